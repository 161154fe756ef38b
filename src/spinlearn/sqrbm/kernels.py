"""Kernels over strings, hidden units and runs, for `spinlearn.sqrbm.model`.

A string is cut into a high part h and a low part l. The field of hidden unit j is then a sum of two
vectors, Phi_j^P(h, l) = high[P, j, h] + low[P, j, l].
"""

from typing import no_type_check

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import intrinsic

from spinlearn.spins.compiling import compiled

_REORDERED = {"contract", "reassoc", "nsz"}
"""Sums may be taken in any order, so that loops use vector registers; NaN stays NaN."""
_TINY = 1e-300
"""Floor of |Phi|^2, so that tanh(r)/r is 1 and not 0/0 at r = 0."""
_FACTORS = 500
"""Factors 1 + exp(-2r) <= 2 whose product is finite."""
_BLOCK = 64
"""High parts taken at once: the numbers of 64 * 64 strings fit into a second-level cache."""
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""log 2 in two parts; the first times an integer below 2^20 is exact (from fdlibm)."""


@intrinsic
@no_type_check
def _power_of_two(typingctx, k):
    """2^k of an integer -1022 <= k <= 1023, given as a float: k becomes the exponent's bits."""

    def codegen(context, builder, signature, args):
        whole = builder.fptosi(args[0], ir.IntType(32))
        biased = builder.zext(builder.add(whole, ir.Constant(ir.IntType(32), 1023)), ir.IntType(64))
        bits = builder.shl(biased, ir.Constant(ir.IntType(64), 52))
        return builder.bitcast(bits, ir.DoubleType())

    return types.float64(types.float64), codegen


@compiled(fastmath={"contract"})
@no_type_check
def _expm1(y):
    """exp(y) - 1 for y <= 0, within 2e-16 of its value.

    y = k log 2 + f with |f| <= log(2)/2, and exp(y) - 1 = 2^k (exp(f) - 1) + 2^k - 1. The series of
    exp(f) - 1 ends at f^13: the next term is below 1e-17 f. Below -40 the result is -1.
    """
    y = -40.0 if y < -40.0 else y
    k = np.floor(y * _LOG2_E + 0.5)
    f = y - k * _LN2_HIGH - k * _LN2_LOW
    p = 1 / 6227020800 * f + 1 / 479001600
    p = p * f + 1 / 39916800
    p = p * f + 1 / 3628800
    p = p * f + 1 / 362880
    p = p * f + 1 / 40320
    p = p * f + 1 / 5040
    p = p * f + 1 / 720
    p = p * f + 1 / 120
    p = p * f + 1 / 24
    p = p * f + 1 / 6
    p = p * f + 0.5
    p = p * f * f + f
    scale = _power_of_two(k)
    return scale * p + (scale - 1.0)


@compiled(fastmath=_REORDERED)
@no_type_check
def add_fields(high, low, log_p, product, slope):
    """Add log 2cosh |Phi_j| of all hidden units to log p, up to a constant, and keep the slopes.

    log 2cosh r = r + log(1 + exp(-2r)). The logarithm is left to the caller, who adds
    log(product): one per string, not one per hidden unit.

    Args:
        high: the parts of the fields that depend on h, (run, Pauli, unit, h).
        low: the parts that depend on l, (run, Pauli, unit, l).
        log_p: sum_j |Phi_j| is added to it, (run, h, l).
        product: ones, to be multiplied by 1 + exp(-2 |Phi_j|), (run, h, l).
        slope: tanh(r)/r of each unit, (run, unit, h, l).
    """
    runs, paulis, units, H = high.shape
    L = low.shape[3]
    square = np.empty(L)
    for run in range(runs):
        for first in range(0, H, _BLOCK):
            last = min(first + _BLOCK, H)
            for j in range(units):
                for h in range(first, last):
                    square[:] = 0.0
                    for P in range(paulis):
                        for k in range(L):
                            field = high[run, P, j, h] + low[run, P, j, k]
                            square[k] += field * field
                    for k in range(L):
                        r = np.sqrt(_TINY if square[k] < _TINY else square[k])
                        minus = _expm1(-2.0 * r)
                        factor = 2.0 + minus
                        log_p[run, h, k] += r
                        product[run, h, k] *= factor
                        slope[run, j, h, k] = -minus / (factor * r)
                if (j + 1) % _FACTORS == 0:
                    for h in range(first, last):
                        for k in range(L):
                            log_p[run, h, k] += np.log(product[run, h, k])
                            product[run, h, k] = 1.0


@compiled(fastmath=_REORDERED)
@no_type_check
def add_moments(high, low, slope, weight, by_high, by_low):
    """Sums of weight Phi_j^P tanh(r_j)/r_j over strings with the same h, and with the same l.

    Args:
        high, low, slope: as for `add_fields`.
        weight: of each string, (run, h, l).
        by_high: the sums over l, (run, Pauli, unit, h).
        by_low: zeros, to which the sums over h are added, (run, Pauli, unit, l).
    """
    runs, paulis, units, H = high.shape
    L = low.shape[3]
    weighted = np.empty(L)
    for run in range(runs):
        for first in range(0, H, _BLOCK):
            for j in range(units):
                for h in range(first, min(first + _BLOCK, H)):
                    for k in range(L):
                        weighted[k] = slope[run, j, h, k] * weight[run, h, k]
                    for P in range(paulis):
                        field, row = high[run, P, j, h], 0.0
                        for k in range(L):
                            value = weighted[k] * (field + low[run, P, j, k])
                            by_low[run, P, j, k] += value
                            row += value
                        by_high[run, P, j, h] = row
