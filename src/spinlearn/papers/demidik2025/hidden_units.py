"""Number of hidden units that a machine needs: where mean distances cross a threshold."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spinlearn import streams
from spinlearn.papers.demidik2025.common import ordered
from spinlearn.papers.demidik2025.ratios import with_ratios

RESAMPLES = 2000
"""Bootstrap samples over runs."""

BOUNDS = {"reached": "exact", "at_smallest_m": "upper", "not_reached": "lower"}
"""Whether a number of hidden units is exact or a bound, by its status."""


class Crossing(NamedTuple):
    """Where mean distances first fall below a threshold, for many resampled curves at once.

    Attributes:
        m: interpolated hidden units; NaN where the threshold is not reached.
        place: index in the grid of the first m below the threshold; the grid's length if there is
            none.
    """

    m: Float[np.ndarray, " curves"]
    place: Int[np.ndarray, " curves"]


def first_crossing(
    m: Sequence[int], means: Float[np.ndarray, "curves grid"], threshold: float
) -> Crossing:
    """The number of hidden units at which mean distances first fall below a threshold.

    Linear interpolation between neighbouring m of the grid. If the smallest m is already below the
    threshold, the result is this m.

    >>> first_crossing([1, 2, 4], np.array([[0.5, 0.3, 0.1], [0.1, 0.0, 0.0]]), 0.2).m
    array([3., 1.])
    """
    grid = np.asarray(m, dtype=float)
    below = means < threshold
    place = np.where(below.any(axis=1), below.argmax(axis=1), len(grid))
    found = np.full(len(means), np.nan)
    found[place == 0] = grid[0]
    inside = np.flatnonzero((place > 0) & (place < len(grid)))
    at = place[inside]
    high, low = means[inside, at - 1], means[inside, at]
    found[inside] = grid[at - 1] + (high - threshold) / (high - low) * (grid[at] - grid[at - 1])
    return Crossing(found, place)


def minimum_hidden_units(runs: pd.DataFrame, threshold: float, seed: int) -> pd.DataFrame:
    """Fewest hidden units that reach a mean distance below a threshold.

    Args:
        runs: as `spinlearn.papers.demidik2025.runs.runs_table` gives it.
        threshold: total variation distance that counts as learned (Demidik 2025: 0.2).
        seed: the pipeline's seed, for the bootstrap over runs.

    Returns:
        One row per (data set, n, machine).

        status: `reached`; `at_smallest_m` if the smallest m of the grid is already below the
            threshold, so that the crossing is at or below it; `not_reached` if the crossing is
            above the largest m of the grid.
        m_grid: the smallest m of the grid below the threshold, as the paper reports it; NaN if not
            reached.
        m_below: the grid point before `m_grid` (0 if none), or the largest one if not reached.
        m, m_error: interpolated between the two; a bound with error NaN if not reached or at the
            smallest m. The error combines the bootstrap over runs with (gap - 1)/sqrt(12), the
            standard deviation of a step somewhere between two grid points; NaN for a single run.
        ratio, ratio_error: m of the classical machine over m of this one (NaN for the classical).
        ratio_bound: `exact`, `lower` (the ratio is at least this), `upper`, or `unknown`.
        ratio_theorem: |W|, the prediction of theorem 2: equal numbers of parameters.
        ratio_dimension: |W| - |W|(|W| - 1)/(2(n + 1)): equal numbers of independent parameters,
            without those that only rotate the Paulis of a hidden unit.
        runs, iterations (the most steps of a run), threshold.
    """
    found = []
    for (dataset, n, paulis), group in runs.groupby(["dataset", "n", "paulis"], sort=False):
        key: dict[str, Any] = {"dataset": str(dataset), "n": int(n), "paulis": str(paulis)}
        count = len(key["paulis"])
        found.append(
            {
                **key,
                **_crossing(group, threshold, seed, key),
                "ratio_theorem": float(count),
                "ratio_dimension": count - count * (count - 1) / (2 * (key["n"] + 1)),
                "runs": int(group.run.nunique()),
                "iterations": int(group.steps.max()),
                "threshold": threshold,
            }
        )
    return ordered(with_ratios(pd.DataFrame(found)))


def _crossing(
    group: pd.DataFrame, threshold: float, seed: int, key: dict[str, Any]
) -> dict[str, Any]:
    """Status, m, its error and its neighbours in the grid, for the runs of one machine."""
    grid = sorted(int(m) for m in group.m.unique())
    curves = {m: group.tvd[group.m == m].to_numpy() for m in grid}
    means = np.array([[values.mean() for values in curves.values()]])
    exact = first_crossing(grid, means, threshold)
    at = int(exact.place[0])
    below = float(grid[at - 1]) if at else 0.0
    if at == len(grid):
        bound = {"status": "not_reached", "m": below, "m_error": np.nan}
        return {**bound, "m_grid": np.nan, "m_below": below}
    status, error = "at_smallest_m", np.nan
    if at:
        status = "reached"
        drawn = _resampled_means(curves, seed, **key)
        several = group.run.nunique() > 1
        spread = np.nanstd(first_crossing(grid, drawn, threshold).m) if several else np.nan
        error = float(np.hypot(spread, (grid[at] - below - 1.0) / np.sqrt(12.0)))
    found = {"status": status, "m": float(exact.m[0]), "m_error": error}
    return {**found, "m_grid": float(grid[at]), "m_below": below}


def _resampled_means(
    curves: dict[int, np.ndarray], seed: int, **key: str | int
) -> Float[np.ndarray, "curves grid"]:
    """Mean distances of bootstrap samples of the runs; each m has its own random stream."""
    columns = []
    for m, values in curves.items():
        stream = streams.rng(seed, "sqrbm", "bootstrap", m=m, **key)
        drawn = stream.integers(len(values), size=(RESAMPLES, len(values)))
        columns.append(values[drawn].mean(axis=1))
    return np.stack(columns, axis=1)
