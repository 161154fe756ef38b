"""Straight lines through points with errors, for power laws and exponentials."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

SIZES = 3
"""Places x that a fit needs: one more than it has parameters."""


class Line(NamedTuple):
    """y = intercept + slope x, by weighted least squares.

    Attributes:
        slope, error: the slope, and its error from the errors of y, enlarged by the square root of
            chi-square per degree of freedom if that is above 1.
        intercept: at x = 0.
        chi_square: sum of squared residuals in units of the errors.
    """

    slope: float
    error: float
    intercept: float
    chi_square: float


def weighted_line(x: ArrayLike, y: ArrayLike, errors: ArrayLike, places: int = SIZES) -> Line:
    """The line through points with errors; all NaN below so many places x, or if an error is NaN.

    >>> found = weighted_line([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], [0.1, 0.1, 0.1])
    >>> round(found.slope, 6), round(found.error, 4), round(found.intercept, 6)
    (2.0, 0.0707, 1.0)
    """
    x, y, errors = (np.asarray(values, dtype=float) for values in (x, y, errors))
    if len(set(x.tolist())) < places or not (np.isfinite(y) & (errors > 0)).all():
        return Line(np.nan, np.nan, np.nan, np.nan)
    (slope, intercept), covariance = np.polyfit(x, y, 1, w=1 / errors, cov="unscaled")
    chi_square = float((((y - intercept - slope * x) / errors) ** 2).sum())
    error = np.sqrt(max(1.0, chi_square / max(len(x) - 2, 1)) * covariance[0, 0])
    return Line(float(slope), float(error), float(intercept), chi_square)
