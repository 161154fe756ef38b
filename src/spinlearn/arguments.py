"""Checks of the arguments of public functions, with errors that name the argument.

Each function takes the name of an argument and its value. It returns the value, as an array or a
number of the type that calculations use, or raises `InvalidArgumentError`. A shape is a tuple of
sizes, in which None stands for any size and a first `...` for any number of axes.
"""

from collections.abc import Collection
from numbers import Integral, Real
from types import EllipsisType
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Integer

Shape = tuple[int | EllipsisType | None, ...]

NORM_TOLERANCE = 1e-8
"""Largest deviation of the norm of a state from 1."""

SUM_TOLERANCE = 1e-6
"""Largest deviation of the sum of a distribution from 1."""

NEGATIVE_TOLERANCE = 1e-12
"""Probabilities may be negative by this much: rounding."""


class InvalidArgumentError(ValueError):
    """An argument has a wrong type, shape or value; the message says which, and what is allowed."""

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        super().__init__(f"{name}: {what}")


def number(name: str, value: Any, low: int | float = -np.inf, high: int | float = np.inf) -> float:
    """A finite real number from `low` to `high`.

    >>> number("h", 3, 0)
    3.0
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        raise InvalidArgumentError(name, f"must be a real number, not {value!r}")
    found = float(value)
    if not np.isfinite(found) or not low <= found <= high:
        raise InvalidArgumentError(name, f"must be {_limits('a finite number', low, high)}{value}")
    return found


def positive(name: str, value: Any) -> float:
    """A finite real number above zero."""
    if number(name, value) <= 0:
        raise InvalidArgumentError(name, f"must be above 0, not {value}")
    return float(value)


def integer(name: str, value: Any, low: int | float = -np.inf, high: int | float = np.inf) -> int:
    """A whole number from `low` to `high`."""
    if not isinstance(value, Integral) or isinstance(value, bool | np.bool_):
        raise InvalidArgumentError(name, f"must be a whole number, not {value!r}")
    if not low <= int(value) <= high:
        raise InvalidArgumentError(name, f"must be {_limits('a whole number', low, high)}{value}")
    return int(value)


def _limits(kind: str, low: int | float, high: int | float) -> str:
    """What a number must be, as the first part of a message that ends with the number."""
    bounds = [f">= {low:g}"] * bool(low > -np.inf) + [f"<= {high:g}"] * bool(high < np.inf)
    return f"{' '.join([kind, ' and '.join(bounds)]).strip()}, not "


def one_of(name: str, value: Any, choices: Collection[Any]) -> None:
    """One of a few values."""
    if value not in choices:
        raise InvalidArgumentError(name, f"{value!r} is not one of {', '.join(map(str, choices))}")


def real(
    name: str, values: Any, shape: Shape = (...,), *, nan: bool = False
) -> Float[np.ndarray, "..."]:
    """An array of real numbers, at least one, all of them finite.

    Args:
        name: the argument.
        values: its value; whole numbers are allowed, complex ones are not.
        shape: the shape that it must have.
        nan: whether NaN is allowed, for unknown values.

    >>> real("fields", [1, 2], (2,)).tolist()
    [1.0, 2.0]
    """
    array = _unmasked(name, values)
    if array.dtype.kind not in "iuf":
        raise InvalidArgumentError(name, f"must be real numbers, not {array.dtype}")
    _check_shape(name, array, shape)
    array = np.asarray(array, dtype=float)
    is_good = ~np.isinf(array) if nan else np.isfinite(array)
    if not is_good.all():
        _refuse_first(name, array, ~is_good, "all must be finite")
    return array


def complex_numbers(
    name: str, values: Any, shape: Shape = (...,)
) -> Float[np.ndarray, "..."] | Complex[np.ndarray, "..."]:
    """An array of real or complex numbers, at least one, all of them finite."""
    array = _unmasked(name, values)
    if array.dtype.kind != "c":
        return real(name, array, shape)
    _check_shape(name, array, shape)
    is_good = np.isfinite(array)
    if not is_good.all():
        _refuse_first(name, array, ~is_good, "all must be finite")
    return array


def normalised(
    name: str, states: Any, shape: Shape = (...,), *, axis: int = -1
) -> Float[np.ndarray, "..."] | Complex[np.ndarray, "..."]:
    """Normalised states, real or complex: sum |psi|^2 = 1 along an axis."""
    array = _unmasked(name, states)
    array = array if array.dtype.kind in "fc" else real(name, array)
    _check_shape(name, array, shape)
    rows = np.moveaxis(array, axis, -1)
    norms = np.einsum("...i,...i->...", rows.real, rows.real)
    if array.dtype.kind == "c":
        norms = norms + np.einsum("...i,...i->...", rows.imag, rows.imag)
    is_wrong = ~(np.abs(np.sqrt(norms) - 1) <= NORM_TOLERANCE)
    if is_wrong.any():
        complex_numbers(name, array)
        norm = np.sqrt(norms[is_wrong][0])
        raise InvalidArgumentError(name, f"a state has the norm {norm:.9g}, not 1")
    return array


def distribution(name: str, p: Any, shape: Shape = (...,)) -> Float[np.ndarray, "..."]:
    """Probabilities: not negative, with the sum 1 along the last axis.

    >>> distribution("target", [0.25, 0.75]).tolist()
    [0.25, 0.75]
    """
    array = real(name, p, shape)
    if array.min() < -NEGATIVE_TOLERANCE:
        _refuse_first(name, array, array < 0, "a probability must not be negative")
    sums = array.sum(axis=-1)
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if wrong.any():
        total = sums[wrong][0]
        raise InvalidArgumentError(
            name, f"probabilities sum to {total:.7g}, not to 1; divide counts by their sum"
        )
    return array


def whole(
    name: str, values: Any, shape: Shape = (...,), *, low: int, high: int
) -> Integer[np.ndarray, "..."]:
    """An array of whole numbers from `low` to `high`, of any integer type."""
    array = _unmasked(name, values)
    if array.dtype.kind not in "iu":
        raise InvalidArgumentError(name, f"must be whole numbers, not {array.dtype}")
    _check_shape(name, array, shape)
    if array.min() < low or array.max() > high:
        _refuse_first(name, array, (array < low) | (array > high), f"allowed are {low} to {high}")
    return array


def _unmasked(name: str, values: Any) -> np.ndarray:
    """Values as an array; masked ones are refused, since calculations would use what is hidden."""
    if np.ma.isMaskedArray(values):
        raise InvalidArgumentError(name, "is a masked array; fill or leave out what is masked")
    return np.asarray(values)


def _check_shape(name: str, array: np.ndarray, shape: Shape) -> None:
    """Refuse an array of another shape, or without entries."""
    sizes = shape[1:] if shape[:1] == (...,) else shape
    found = array.shape[max(0, array.ndim - len(sizes)) :] if sizes is not shape else array.shape
    fits = len(found) == len(sizes) and all(
        size is None or size == own for size, own in zip(sizes, found, strict=True)
    )
    if not fits:
        text = ", ".join("any" if s is None else "..." if s is ... else str(s) for s in shape)
        raise InvalidArgumentError(name, f"has the shape {array.shape}, not ({text})")
    if not array.size:
        raise InvalidArgumentError(name, f"is empty: its shape is {array.shape}")


def _refuse_first(name: str, array: np.ndarray, is_bad: np.ndarray, what: str) -> None:
    """Raise an error that shows the first bad entry."""
    index = tuple(int(i) for i in np.argwhere(is_bad)[0])
    place = f" at index {index[0] if len(index) == 1 else index}" if index else ""
    raise InvalidArgumentError(name, f"holds {array[index]}{place}; {what}")
