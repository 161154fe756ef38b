"""Where the mean curves of successive sizes cross, and where the crossings move with the size."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.interpolate
from jaxtyping import Float

from spinlearn.statistics.bootstrap import Curves, Realisations, resampled_curves, spread_interval

SIGNIFICANCE = 3.0
"""If the difference of two curves has the wrong sign at some strength by more than this many
standard errors, they cross more than once significantly, and no crossing is reported."""

LEAST_OPENING = 2.0
"""Standard errors by which the difference must have the right sign at some strength on each side.

Two curves whose difference is only noise cross in most samples; this condition accepts about one in
ten of them.
"""


def crossing(data: Realisations, seed: int, *, resamples: int = 1000) -> pd.DataFrame:
    """Disorder strengths at which the mean curves of successive sizes cross.

    The larger size lies above before the crossing (gap ratio, entropy, spin fraction against h).
    The difference D(h) of the two mean curves, at the strengths that both have, is interpolated by
    a monotone piecewise cubic (PCHIP; Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 300
    (1984)). Between neighbouring strengths it has one zero if D changes its sign there, and none
    otherwise.

    Deep in both phases, D is noise around zero and changes its sign at random. Therefore one sign
    change is selected: the k that maximises sum_{i <= k} D_i / sigma_i^2, which is the
    maximum-likelihood position of a step from +D to -D. If k is at either end, there is no
    crossing.

    Args:
        data: the indicator of each realisation.
        seed: root seed of the resamples.
        resamples: bootstrap resamples of the realisations.

    Returns:
        One row per pair: `L_small, L_large, h_crossing, error, low, high, value, crossings,
        wrong_side, right_side, fraction, resamples`. `low` and `high` are the 16 % and 84 %
        quantiles of the resamples that cross, `error` is half their distance, and `fraction` is the
        share of resamples that cross. `value` is the indicator at the crossing. `crossings` counts
        all sign changes of D. `wrong_side` is the largest |D| with the wrong sign, in standard
        errors (0 if there is none). `right_side` is the largest |D| with the right sign, in
        standard errors, on the side where it is smaller. `h_crossing` and `value` are NaN if there
        is no crossing, or if `SIGNIFICANCE` or `LEAST_OPENING` rejects it.

    Raises:
        InvalidArgumentError: if values are not finite, or an (L, h) has none.
        ValueError: if there are fewer than two sizes.
    """
    return _crossings(data, seed, resamples)[0]


def extrapolated_crossing(data: Realisations, seed: int, *, resamples: int = 1000) -> pd.DataFrame:
    """Where the crossings of successive sizes extrapolate to: h(L) = h_infinity + slope / L.

    A weighted straight line through the crossings that `crossing` reports, each at the mean L of
    its two sizes. Crossings that share a size are correlated. The error is therefore the spread
    of lines through the crossings of each resample, with the same weights. It is statistical: how
    the drift goes on beyond the sizes at hand is not known (Suntajs, Bonca, Prosen and Vidmar,
    Phys. Rev. B 102, 064207 (2020), find one that is linear in L, without a limit).

    Args:
        data, seed, resamples: as for `crossing`.

    Returns:
        One row: `pairs`, the number of crossings, `h_infinity, error, low, high`, as for
        `crossing`, `slope`, and `fraction`, the share of resamples in which all of these cross.
        All but `pairs` are NaN for fewer than two crossings.

    Raises:
        InvalidArgumentError: if values are not finite, or an (L, h) has none.
        ValueError: if there are fewer than two sizes.
    """
    table, drawn = _crossings(data, seed, resamples)
    used = (table.h_crossing.notna() & (table.error > 0)).to_numpy()
    row: dict[str, Any] = {"pairs": int(used.sum())}
    row |= dict.fromkeys(("h_infinity", "slope", "error", "low", "high", "fraction"), np.nan)
    if used.sum() > 1:
        chosen = table[used]
        x = 2.0 / (chosen.L_small + chosen.L_large).to_numpy(dtype=float)
        values = np.vstack([chosen.h_crossing.to_numpy(dtype=float), drawn[:, used]])
        complete = np.isfinite(values).all(axis=1)
        weights = 1.0 / chosen.error.to_numpy(dtype=float)
        slopes, limits = np.polyfit(x, values[complete].T, 1, w=weights)
        row |= spread_interval(limits[1:])
        row |= {"h_infinity": float(limits[0]), "slope": float(slopes[0])}
        row["fraction"] = float(complete[1:].mean()) if len(drawn) else np.nan
    return pd.DataFrame([row])


def _crossings(
    data: Realisations, seed: int, resamples: int
) -> tuple[pd.DataFrame, Float[np.ndarray, "resamples pairs"]]:
    """The table of `crossing`, and the crossings of each resample, infinite where there is none."""
    curves, resampled = resampled_curves(data, seed, resamples)
    drawn = np.full((resamples, curves.sizes.size - 1), np.inf)
    rows = []
    for small in range(curves.sizes.size - 1):
        row: dict[str, Any] = {
            "L_small": int(curves.sizes[small]),
            "L_large": int(curves.sizes[small + 1]),
            **dict.fromkeys(("h_crossing", "error", "low", "high", "value"), np.nan),
            "crossings": 0,
            **dict.fromkeys(("wrong_side", "right_side", "fraction"), 0.0),
            "resamples": resamples,
        }
        pair = _compare(curves, resampled, small)
        if pair.h.size > 1:
            zeros = _principal_zeros(pair.h, pair.differences, pair.sigma)
            row |= _describe(pair, zeros)
            drawn[:, small] = zeros[1:]
        rows.append(row)
    return pd.DataFrame(rows), drawn


@dataclass(frozen=True)
class _Pair:
    """Two curves at the strengths that both have.

    Attributes:
        h: those strengths.
        small: the mean curve of the smaller size.
        differences: larger size minus smaller size, positive before the crossing; the data in the
            first row, the resamples in the others.
        sigma: standard error of the difference.
    """

    h: Float[np.ndarray, " strengths"]
    small: Float[np.ndarray, " strengths"]
    differences: Float[np.ndarray, "curves strengths"]
    sigma: Float[np.ndarray, " strengths"]


def _compare(
    curves: Curves, resampled: Float[np.ndarray, "resamples sizes strengths"], small: int
) -> _Pair:
    large = small + 1
    h, at_small, at_large = np.intersect1d(
        curves.h[small, : curves.counts[small]],
        curves.h[large, : curves.counts[large]],
        return_indices=True,
    )
    difference = curves.means[large, at_large] - curves.means[small, at_small]
    drawn = resampled[:, large, at_large] - resampled[:, small, at_small]
    sigma = np.hypot(curves.errors[large, at_large], curves.errors[small, at_small])
    differences = np.vstack([difference, drawn])
    return _Pair(h, curves.means[small, at_small], differences, sigma)


def _describe(pair: _Pair, zeros: Float[np.ndarray, " curves"]) -> dict[str, Any]:
    """The columns of `crossing` for one pair of sizes; zeros as `_principal_zeros` gives them."""
    zero, found = zeros[0], zeros[1:][np.isfinite(zeros[1:])]
    wrong_side, right_side = _sides(pair, zero)
    row = {
        **spread_interval(found),
        "crossings": int((np.diff(pair.differences[0] > 0) != 0).sum()),
        "wrong_side": wrong_side,
        "right_side": right_side,
        "fraction": found.size / max(1, zeros.size - 1),
    }
    if np.isfinite(zero) and wrong_side <= SIGNIFICANCE and right_side >= LEAST_OPENING:
        row["h_crossing"] = float(zero)
        row["value"] = float(scipy.interpolate.PchipInterpolator(pair.h, pair.small)(zero))
    return row


def _sides(pair: _Pair, zero: float) -> tuple[float, float]:
    """`wrong_side` and `right_side` of `crossing`."""
    before = pair.h < zero
    wrong = np.where(before, -pair.differences[0], pair.differences[0]) / pair.sigma
    openings = [max(0.0, (-wrong[side]).max(initial=0.0)) for side in (before, ~before)]
    return float(max(0.0, wrong.max())), float(min(openings))


def _principal_zeros(
    h: Float[np.ndarray, " strengths"],
    differences: Float[np.ndarray, "curves strengths"],
    sigma: Float[np.ndarray, " strengths"],
) -> Float[np.ndarray, " curves"]:
    """The zero of each curve's PCHIP at its best sign change; -inf or inf if that is at an end."""
    gain = np.cumsum(differences / sigma**2, axis=1)
    splits = np.argmax(np.pad(gain, ((0, 0), (1, 0))), axis=1)
    zeros = np.where(splits == 0, -np.inf, np.inf)
    (inside,) = np.nonzero((splits > 0) & (splits < h.size))
    if inside.size == 0:
        return zeros
    left = splits[inside] - 1
    pchip = scipy.interpolate.PchipInterpolator(h, differences[inside], axis=1)
    # Coefficients (power, interval, curve); the cubic falls from above zero to below it.
    cubic = pchip.c[:, left, np.arange(inside.size)]
    low, high = np.zeros(inside.size), h[left + 1] - h[left]
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = ((cubic[0] * middle + cubic[1]) * middle + cubic[2]) * middle + cubic[3] > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    zeros[inside] = h[left] + 0.5 * (low + high)
    return zeros
