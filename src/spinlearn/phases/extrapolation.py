"""Where a curve falls, for every lattice, and where this extrapolates to: T(L) = T_c + a/L.

Errors are the spread over bootstrap resamples of independent chains.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.statistics.bootstrap import Realisations, resampled_curves, spread_interval

Place = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of temperatures (T) and curves (curves, T): a temperature of each curve."""


def half(
    T: Float[np.ndarray, " T"], curves: Float[np.ndarray, "curves T"]
) -> Float[np.ndarray, " curves"]:
    """Where a curve falls through 1/2 for the last time, on straight lines; NaN if it does not.

    >>> half(np.array([1.0, 2.0, 3.0]), np.array([[1.0, 0.75, 0.25]])).tolist()
    [2.5]
    """
    falls = (curves[:, :-1] >= 0.5) & (curves[:, 1:] < 0.5)
    last = T.size - 2 - falls[:, ::-1].argmax(axis=1)
    row = np.arange(len(curves))
    above, below = curves[row, last], curves[row, last + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        place = T[last] + (above - 0.5) / (above - below) * (T[last + 1] - T[last])
    return np.where(falls.any(axis=1), place, np.nan)


def steepest(
    T: Float[np.ndarray, " T"], curves: Float[np.ndarray, "curves T"]
) -> Float[np.ndarray, " curves"]:
    """Where a curve falls most steeply: the middle of its fall in a window about the steepest step.

    The slopes of the steepest step and of its two neighbours are weights of their centres, minus
    the smaller slope of the neighbours. NaN if the steepest step is the first or the last one.

    >>> steepest(np.arange(5.0), np.array([[1.0, 0.9, 0.2, 0.1, 0.1]])).tolist()
    [1.5]
    """
    centre = 0.5 * (T[1:] + T[:-1])
    slope = -np.diff(curves, axis=1) / np.diff(T)
    top = slope.argmax(axis=1)
    inside = (top > 0) & (top < centre.size - 1)
    near = np.clip(top, 1, centre.size - 2)[:, None] + np.arange(-1, 2)
    weights = np.take_along_axis(slope, near, axis=1)
    weights = weights - weights.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        place = (weights * centre[near]).sum(axis=1) / weights.sum(axis=1)
    return np.where(inside, place, np.nan)


def extrapolated(
    data: Realisations, place: Place, seed: int, *, resamples: int
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Places of all sizes, and the weighted straight line through them against 1/L.

    Args:
        data: for each (L, T) the averages over independent chains.
        place: the temperature of a curve: `half` or `steepest`.
        seed: of the resamples.
        resamples: their number.

    Returns:
        `L, T, error` of each size, and `T_c, error, slope, chi_square` (per degree of freedom, NaN
        for two sizes); the error is multiplied by its root if that is above 1, as if the errors of
        the places were too small by this factor. All NaN with fewer than two places that are known.
    """
    curves, drawn = resampled_curves(data, seed, resamples)
    rows = []
    places = np.full((len(curves.sizes), resamples + 1), np.nan)
    for row, L in enumerate(curves.sizes):
        T, used = curves.h[row, : curves.counts[row]], slice(0, curves.counts[row])
        places[row] = place(T, np.vstack([curves.means[row, used], drawn[:, row, used]]))
        found = places[row, 1:][np.isfinite(places[row, 1:])]
        rows.append({"L": int(L), "T": places[row, 0], "error": spread_interval(found)["error"]})
    table = pd.DataFrame(rows)
    return table, _line(table, places)


def _line(table: pd.DataFrame, places: Float[np.ndarray, "sizes curves"]) -> dict[str, float]:
    """The line through the places in the first column, and its spread over the others."""
    used = (np.isfinite(places[:, 0]) & (table.error > 0)).to_numpy()
    names = ("T_c", "error", "slope", "chi_square")
    if used.sum() < 2:
        return dict.fromkeys(names, np.nan)
    x, errors = 1.0 / table.L.to_numpy(dtype=float)[used], table.error.to_numpy()[used]
    complete = np.isfinite(places[used]).all(axis=0)
    fit = partial(np.polyfit, x, deg=1, w=1.0 / errors)
    slopes, limits = fit(places[used][:, complete])
    rest = (places[used, 0] - limits[0] - slopes[0] * x) / errors
    freedom = int(used.sum()) - 2
    chi_square = float((rest**2).sum() / freedom) if freedom else np.nan
    stretch = max(1.0, chi_square) ** 0.5 if freedom else 1.0
    error = stretch * spread_interval(limits[1:])["error"]
    return dict(zip(names, (float(limits[0]), error, float(slopes[0]), chi_square), strict=True))
