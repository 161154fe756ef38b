"""Registers of doubles for kernels that Numba compiles.

Numba does not vectorise loops over arrays that may overlap. These intrinsics work on explicit
lanes: LLVM vectors of 8 doubles, legal on every target.
"""
# mypy: disable-error-code="no-untyped-def"

from typing import no_type_check

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model
from numba.np.arrayobj import make_array

WIDTH = 8
"""Doubles in one vector register."""

_CONTRACT = ("contract",)
_VECTOR = ir.VectorType(ir.DoubleType(), WIDTH)


@no_type_check
class _Lanes(types.Type):
    """Numba's name for one register of doubles."""

    def __init__(self) -> None:
        super().__init__(name=f"float64x{WIDTH}")


_lanes = _Lanes()


@register_model(_Lanes)
@no_type_check
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm, fe_type) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


@no_type_check
def _locate(context, builder, array_type, array, offset):
    return builder.gep(make_array(array_type)(context, builder, array).data, [offset])


@intrinsic
@no_type_check
def load(typingctx, array, offset):
    """WIDTH successive elements of a flat array."""

    def codegen(context, builder, signature, args):
        pointer = _locate(context, builder, signature.args[0], args[0], args[1])
        value = builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()))
        value.align = 8
        return value

    return _lanes(array, types.intp), codegen


@intrinsic
@no_type_check
def store(typingctx, array, offset, value):
    """Write a register to WIDTH successive elements of a flat array."""

    def codegen(context, builder, signature, args):
        pointer = _locate(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(pointer, _VECTOR.as_pointer())).align = 8
        return context.get_dummy_value()

    return types.void(array, types.intp, _lanes), codegen


@intrinsic
@no_type_check
def get(typingctx, array, offset):
    """One element of a flat array; unlike array[offset], without a test for a negative offset."""

    def codegen(context, builder, signature, args):
        return builder.load(_locate(context, builder, signature.args[0], args[0], args[1]))

    return array.dtype(array, types.intp), codegen


@intrinsic
@no_type_check
def fill(typingctx, number):
    """A register with one number in every lane."""

    def codegen(context, builder, signature, args):
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, args[0], ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
        return builder.shuffle_vector(first, undefined, mask)

    return _lanes(types.float64), codegen


@intrinsic
@no_type_check
def fma(typingctx, a, b, c):
    """a * b + c, fused if the processor supports it."""

    def codegen(context, builder, signature, args):
        product = builder.fmul(args[0], args[1], flags=_CONTRACT)
        return builder.fadd(product, args[2], flags=_CONTRACT)

    return _lanes(_lanes, _lanes, _lanes), codegen


@intrinsic
@no_type_check
def mul(typingctx, a, b):
    """a * b."""

    def codegen(context, builder, signature, args):
        return builder.fmul(args[0], args[1], flags=_CONTRACT)

    return _lanes(_lanes, _lanes), codegen


@intrinsic
@no_type_check
def sub(typingctx, a, b):
    """a - b."""

    def codegen(context, builder, signature, args):
        return builder.fsub(args[0], args[1], flags=_CONTRACT)

    return _lanes(_lanes, _lanes), codegen
