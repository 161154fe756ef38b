"""Area law or volume law of the half-chain entropy."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.stats
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins.entanglement import entropy_normalisation


def entanglement_laws(curves: pd.DataFrame, *, level: float = 0.05) -> pd.DataFrame:
    """Area law or volume law of the half-chain entropy, for each disorder strength.

    Weighted least-squares fits of S = a (area law: the cut of a chain is a point) and S = a + s L
    (volume law) to the mean entropies. The errors of the means are known, so the difference of the
    two chi^2 is (s/ds)^2, and the preference is a one-sided test of s = 0 against s > 0. (An F test
    would estimate these errors again, and AICc is infinite for two parameters and three sizes.)

    The thermal slope is that of Page's entropy, L ln(2)/2 - 1/2 to leading order. It is obtained by
    fitting the same line, with the same weights, to the mean entropies of random S^z = 0 states.

    Args:
        curves: `L, h, mean, error` in nats, as `spinlearn.statistics.bootstrap.mean_curves` gives
            it; other columns are ignored.
        level: the volume law is preferred if the one-sided p-value is below this.

    Returns:
        One row per strength with at least two sizes: `h, sizes, area_entropy, area_error,
        area_chi2, area_goodness, slope, slope_error, intercept, intercept_error, volume_chi2,
        volume_goodness, p_value, preferred, page_slope, slope_ratio, slope_ratio_error`.
        Slopes are in nats per site. `goodness` is the probability of a larger chi^2 if the law
        holds, NaN without a degree of freedom. A preferred law can still fit badly: look at both.
        `slope_ratio` = slope / page_slope, 1 for thermal states. Errors are not rescaled by chi^2.

    Raises:
        InvalidArgumentError: if a standard error is zero, or an entropy is infinite. Entropies with
            an unknown error (NaN) are left out.
    """
    arguments.number("level", level, 0, 1)
    for name in ("L", "h", "mean", "error"):
        arguments.real(f"curves.{name}", curves[name], nan=True)
    if (curves.error <= 0).any():
        raise arguments.InvalidArgumentError(
            "curves.error", "an entropy cannot have a standard error of zero"
        )
    strengths = curves[curves.error.notna()].sort_values("L").groupby("h")
    rows = [_fit_laws(float(h), part, level) for h, part in strengths if len(part) > 1]
    return pd.DataFrame(rows, columns=LAW_COLUMNS)


LAW_COLUMNS = [
    "h",
    "sizes",
    "area_entropy",
    "area_error",
    "area_chi2",
    "area_goodness",
    "slope",
    "slope_error",
    "intercept",
    "intercept_error",
    "volume_chi2",
    "volume_goodness",
    "p_value",
    "preferred",
    "page_slope",
    "slope_ratio",
    "slope_ratio_error",
]
"""Columns of `entanglement_laws`."""


def _fit_laws(h: float, part: pd.DataFrame, level: float) -> dict[str, Any]:
    """Both laws at one disorder strength: a row of `entanglement_laws`."""
    L = part.L.to_numpy(dtype=float)
    S, error = part["mean"].to_numpy(), part.error.to_numpy()
    area, area_covariance, area_chi2 = _least_squares(np.ones((L.size, 1)), S, error)
    line = np.stack([np.ones_like(L), L], axis=1)
    volume, volume_covariance, volume_chi2 = _least_squares(line, S, error)
    page = np.array([entropy_normalisation(int(size), "page_sz0") for size in L])
    page_slope = _least_squares(line, page, error)[0][1]
    slope, slope_error = volume[1], np.sqrt(volume_covariance[1, 1])
    p_value = scipy.stats.norm.sf(slope / slope_error)
    return {
        "h": h,
        "sizes": L.size,
        "area_entropy": area[0],
        "area_error": np.sqrt(area_covariance[0, 0]),
        "area_chi2": area_chi2,
        "area_goodness": _goodness(area_chi2, L.size - 1),
        "slope": slope,
        "slope_error": slope_error,
        "intercept": volume[0],
        "intercept_error": np.sqrt(volume_covariance[0, 0]),
        "volume_chi2": volume_chi2,
        "volume_goodness": _goodness(volume_chi2, L.size - 2),
        "p_value": p_value,
        "preferred": "volume" if p_value < level else "area",
        "page_slope": page_slope,
        "slope_ratio": slope / page_slope,
        "slope_ratio_error": slope_error / page_slope,
    }


def _goodness(chi2: float, freedom: int) -> float:
    """Probability of a larger chi^2; NaN without a degree of freedom."""
    return float(scipy.stats.chi2.sf(chi2, freedom)) if freedom > 0 else np.nan


def _least_squares(
    design: Float[np.ndarray, "points parameters"],
    y: Float[np.ndarray, " points"],
    error: Float[np.ndarray, " points"],
) -> tuple[Float[np.ndarray, " parameters"], Float[np.ndarray, "parameters parameters"], float]:
    """Parameters, their covariance and chi^2, for known errors."""
    q, r = np.linalg.qr(design / error[:, None])
    inverse = np.linalg.inv(r)
    parameters = inverse @ (q.T @ (y / error))
    chi2 = float((((y - design @ parameters) / error) ** 2).sum())
    return parameters, inverse @ inverse.T, chi2
