"""Where a curve falls through a level, with the error of this place."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Fall(NamedTuple):
    """Where a curve falls through a level; all NaN if it does not.

    Attributes:
        place: x, by linear interpolation.
        error: standard error of `place`, from the errors of the two points around it.
        spacing: distance of these two points.
    """

    place: float
    error: float
    spacing: float


def first_fall(
    x: Float[np.ndarray, " points"],
    values: Float[np.ndarray, " points"],
    errors: Float[np.ndarray, " points"] | float = 0.0,
    *,
    level: float,
) -> Fall:
    """The first place at which values fall through a level.

    Args:
        x: ascending.
        values, errors: of the curve, with standard errors.
        level: the curve is at or above it before the fall, and below it afterwards.

    >>> first_fall(np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.0]), level=0.25)
    Fall(place=1.75, error=0.0, spacing=1.0)
    """
    falls = np.flatnonzero((values[:-1] >= level) & (values[1:] < level))
    if not len(falls):
        return Fall(math.nan, math.nan, math.nan)
    k = falls[0]
    before, after = np.broadcast_to(errors, values.shape)[k : k + 2]
    spacing, drop = float(x[k + 1] - x[k]), float(values[k] - values[k + 1])
    share = float(values[k] - level) / drop
    error = math.hypot((1 - share) * before, share * after) * spacing / drop
    return Fall(float(x[k]) + share * spacing, error, spacing)
