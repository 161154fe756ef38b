"""A straight line through mean entropies of half rings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Line:
    """S = at_zero + slope * spins of the half.

    Attributes:
        at_zero, slope: in nats, and nats per spin.
        error: standard error of the slope.
    """

    at_zero: float
    slope: float
    error: float


def slope(rows: pd.DataFrame) -> Line:
    """Weighted least squares of `mean` with `error` against `sites`.

    The error is that of the given errors, times the square root of chi^2 per degree of freedom if
    that is above 1. Errors of 0 (all machines equal) are taken as rounding, 1e-12.
    """
    x, y = rows.sites.to_numpy(float), rows["mean"].to_numpy()
    weight = 1 / np.maximum(rows.error.to_numpy(), 1e-12)
    design = np.column_stack([np.ones_like(x), x])
    coefficients, *_ = np.linalg.lstsq(design * weight[:, None], y * weight, rcond=None)
    covariance = np.linalg.inv((design * weight[:, None]).T @ (design * weight[:, None]))
    residuals = (y - design @ coefficients) * weight
    stretch = max(1.0, float(residuals @ residuals) / max(len(x) - 2, 1))
    error = float(np.sqrt(covariance[1, 1] * stretch))
    return Line(float(coefficients[0]), float(coefficients[1]), error)
