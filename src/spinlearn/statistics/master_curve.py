"""Weighted least-squares fit of one smooth curve to points, for many abscissae at once."""

import numpy as np
from jaxtyping import Float

CHUNK = 200
"""Trials whose products with all curves are held in memory at once."""

LEAST_PIVOT = 1e-10
"""Smallest relative pivot of a design matrix whose columns count as independent."""


def chi_square(
    x: Float[np.ndarray, "trials points"],
    y: Float[np.ndarray, "curves points"],
    errors: Float[np.ndarray, " points"],
    knots: int,
) -> Float[np.ndarray, "trials curves"]:
    """Smallest sum_i (y_i - f(x_i))^2 / error_i^2 over natural cubic splines f.

    A natural cubic spline is a straight line beyond its outermost knots, and linear in as many
    coefficients as it has knots, so that the smallest sum follows from one QR decomposition for
    each row of x. The knots are at equally spaced quantiles of x.

    Args:
        x: abscissae of the points, one row for each trial.
        y: ordinates, one row for each curve.
        errors: standard errors of the ordinates, above zero.
        knots: number of knots, at least 3.

    Returns:
        The sum for each trial and curve. It is infinite for a trial whose points do not determine
        the spline, for example because too many have the same x.
    """
    q, r = np.linalg.qr(_natural_cubic(x, knots) / errors[:, None])
    pivots = np.abs(np.diagonal(r, axis1=1, axis2=2))
    determined = pivots.min(axis=1) > LEAST_PIVOT * pivots.max(axis=1)
    scaled = y / errors
    total = (scaled**2).sum(axis=1)
    sums = np.full((len(x), len(y)), np.inf)
    for start in range(0, len(x), CHUNK):
        part = slice(start, start + CHUNK)
        fitted = np.swapaxes(q[part], 1, 2) @ scaled.T
        sums[part] = total - (fitted**2).sum(axis=1)
    sums[~determined] = np.inf
    return np.maximum(sums, 0.0)


def _natural_cubic(
    x: Float[np.ndarray, "trials points"], knots: int
) -> Float[np.ndarray, "trials points knots"]:
    """Basis of natural cubic splines.

    The functions are 1, x and d_k - d_(K-1) with d_k = ((x - t_k)_+^3 - (x - t_K)_+^3) /
    (t_K - t_k) for knots t_1 to t_K (Hastie, Tibshirani and Friedman, The Elements of Statistical
    Learning, 2nd ed., equations 5.4 and 5.5). Functions that ties of the knots leave undefined are
    zero.
    """
    low, high = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
    u = (x - low) / np.where(high > low, high - low, 1.0)
    t = np.quantile(u, np.linspace(0.0, 1.0, knots), axis=1).T[:, None, :]
    beyond = np.maximum(u[:, :, None] - t, 0.0)
    cubes = beyond * beyond * beyond  # faster than ** 3
    widths = t[..., -1:] - t[..., :-1]
    d = np.where(
        widths > 0, (cubes[..., :-1] - cubes[..., -1:]) / np.where(widths > 0, widths, 1), 0
    )
    straight = np.stack([np.ones_like(u), u], axis=-1)
    return np.concatenate([straight, d[..., :-1] - d[..., -1:]], axis=-1)
