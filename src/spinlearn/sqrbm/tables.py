"""Tidy tables of the figures of P3."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spinlearn import streams
from spinlearn.sqrbm.crossfit import CrossFit
from spinlearn.sqrbm.schemas import FIT
from spinlearn.storage.blocks import join_blocks
from spinlearn.storage.hdf5 import Contents

MODELS = ("Z", "XZ", "XYZ")
"""Machines in the order in which they are listed; Z is the classical one."""

DATASETS = ("bars", "random", "cardinality", "parity")
"""Data sets in P3's order of difficulty."""

RESAMPLES = 2000
"""Bootstrap samples over runs."""


def join_runs(files: Iterable[Contents]) -> list[Contents]:
    """All runs of each data set, size, machine and m, from the files of their blocks.

    Args:
        files: contents of files of the kind `spinlearn.sqrbm.schemas.FIT`, the dataset `run` among
            them, in any order.

    Raises:
        FileError: if two blocks of the same were not computed alike; see `join_blocks`.
    """
    return join_blocks(FIT, files, "run", by=("dataset", "n", "paulis", "m"))


def runs_table(files: Iterable[Contents]) -> pd.DataFrame:
    """One row a training run: `dataset, n, paulis, m, parameters, run, tvd, kl, stuck`.

    Files of several blocks may be given in any order; see `join_runs`.

    Besides, `tvd_of_uniform` is the distance of the uniform distribution to the target (of run 0;
    it is the same for all runs).
    """
    frames = []
    for file in join_runs(files):
        attributes, target = file.attributes, file["target"]
        frames.append(
            pd.DataFrame(
                {
                    "dataset": attributes["dataset"],
                    "n": int(attributes["n"]),
                    "paulis": attributes["paulis"],
                    "m": int(attributes["m"]),
                    "parameters": int(attributes["parameter_count"]),
                    "run": file["run"],
                    "tvd": file["tvd"],
                    "kl": file["kl"],
                    "stuck": file["stuck"].astype(int),
                    "tvd_of_uniform": 0.5 * np.abs(target - 1.0 / target.size).sum(),
                }
            )
        )
    return _ordered(pd.concat(frames, ignore_index=True), "m", "run")


def _ordered(table: pd.DataFrame, *last: str) -> pd.DataFrame:
    keys = table.assign(
        dataset=table.dataset.map(DATASETS.index), paulis=table.paulis.map(MODELS.index)
    )
    order = keys.sort_values(["n", "dataset", "paulis", *last], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def training_results(runs: pd.DataFrame) -> pd.DataFrame:
    """Total variation distance against hidden units (P3 figure 2).

    Args:
        runs: as `runs_table` gives it.

    Returns:
        A row for each data set, n, machine and m: `tvd` (mean over runs), `tvd_std` (standard
        deviation), `tvd_error` (standard error of the mean), `tvd_median`, `kl` (mean, nats),
        `stuck` (runs at the uniform distribution), `runs`, `tvd_of_uniform`.
    """
    groups = runs.groupby(["dataset", "n", "paulis", "m", "parameters"], as_index=False)
    table = groups.agg(
        tvd=("tvd", "mean"),
        tvd_std=("tvd", "std"),
        tvd_median=("tvd", "median"),
        kl=("kl", "mean"),
        stuck=("stuck", "sum"),
        runs=("run", "size"),
        tvd_of_uniform=("tvd_of_uniform", "first"),
    )
    table["tvd_std"] = table.tvd_std.fillna(0.0)
    table.insert(7, "tvd_error", table.tvd_std / np.sqrt(table.runs))
    return _ordered(table, "m")


class Crossing(NamedTuple):
    """Where mean distances first fall below a threshold, for many resampled curves at once.

    Attributes:
        m: interpolated hidden units; NaN where the threshold is not reached.
        place: position in the grid of the first m below the threshold; its length if there is none.
    """

    m: Float[np.ndarray, " curves"]
    place: Int[np.ndarray, " curves"]


def first_crossing(
    m: Sequence[int], means: Float[np.ndarray, "curves grid"], threshold: float
) -> Crossing:
    """The number of hidden units at which mean distances first fall below a threshold.

    Straight lines between neighbouring m of the grid; at the smallest m of the grid, that m.

    >>> first_crossing([1, 2, 4], np.array([[0.5, 0.3, 0.1], [0.1, 0.0, 0.0]]), 0.2).m
    array([3., 1.])
    """
    grid = np.asarray(m, dtype=float)
    below = means < threshold
    place = np.where(below.any(axis=1), below.argmax(axis=1), len(grid))
    found = np.full(len(means), np.nan)
    found[place == 0] = grid[0]
    rows = np.flatnonzero((place > 0) & (place < len(grid)))
    at = place[rows]
    high, low = means[rows, at - 1], means[rows, at]
    found[rows] = grid[at - 1] + (high - threshold) / (high - low) * (grid[at] - grid[at - 1])
    return Crossing(found, place)


def _resampled_means(
    curves: dict[int, np.ndarray], root_seed: int, **key: str | int
) -> Float[np.ndarray, "curves grid"]:
    """Mean distances of bootstrap samples of the runs, from a stream of its own for each m."""
    columns = []
    for m, values in curves.items():
        stream = streams.rng(root_seed, "sqrbm", "bootstrap", m=m, **key)
        drawn = stream.integers(len(values), size=(RESAMPLES, len(values)))
        columns.append(values[drawn].mean(axis=1))
    return np.stack(columns, axis=1)


def minimum_hidden_units(runs: pd.DataFrame, threshold: float, root_seed: int) -> pd.DataFrame:
    """Fewest hidden units that reach a mean distance below a threshold (P3 figure 3).

    Args:
        runs: as `runs_table` gives it.
        threshold: total variation distance that counts as learned (P3: 0.2).
        root_seed: the pipeline's seed, for the bootstrap over runs.

    Returns:
        A row for each data set, n and machine.

        status: `reached`; `at_smallest_m` if the smallest m of the grid is already below the
            threshold, so that the true crossing is at or below it; `not_reached`, so that it is
            above the largest m of the grid.
        m_grid: the smallest m of the grid below the threshold, which is what P3 reports;
            m_below: the one before it (0 if none). NaN where not reached.
        m, m_error: interpolated between the two; the bound where not reached or at the smallest m
            (error NaN). The error joins the bootstrap over runs with the standard deviation
            (gap - 1)/sqrt(12) of a step hidden between two grid points.
        ratio, ratio_error: m of the classical machine over that of this one (nothing for it).
        ratio_bound: `exact`, `lower` (the ratio is at least this), `upper`, or `unknown`.
        ratio_theorem: |W|, what P3's theorem 2 predicts, by equal numbers of parameters.
        ratio_dimension: |W| - |W|(|W| - 1)/(2(n + 1)), by equal numbers of parameters that are
            independent, those that rotate the Paulis of a hidden unit left out.
        runs, threshold.
    """
    rows = []
    for key, group in runs.groupby(["dataset", "n", "paulis"], sort=False):
        dataset, n, paulis = str(key[0]), int(group.n.iloc[0]), str(key[2])
        grid = sorted(int(m) for m in group.m.unique())
        curves = {m: group.tvd[group.m == m].to_numpy() for m in grid}
        means = np.array([[values.mean() for values in curves.values()]])
        exact = first_crossing(grid, means, threshold)
        drawn = _resampled_means(curves, root_seed, dataset=dataset, n=n, paulis=paulis)
        resampled = first_crossing(grid, drawn, threshold).m
        at = int(exact.place[0])
        status = "at_smallest_m" if at == 0 else "not_reached" if at == len(grid) else "reached"
        row: dict[str, Any] = {
            "dataset": dataset, "n": n, "paulis": paulis, "status": status,
            "m": float(exact.m[0]), "m_error": np.nan,
            "m_grid": np.nan, "m_below": float(grid[at - 1]) if at else 0.0,
            "ratio_theorem": float(len(paulis)),
            "ratio_dimension": len(paulis) - len(paulis) * (len(paulis) - 1) / (2 * (n + 1)),
            "runs": int(group.run.nunique()), "threshold": threshold,
        }  # fmt: skip
        if status == "not_reached":
            row["m"] = float(grid[-1])
        else:
            row["m_grid"] = float(grid[at])
        if status == "reached":
            gap = row["m_grid"] - row["m_below"]
            spread = np.nanstd(resampled) if np.isfinite(resampled).sum() > 1 else 0.0
            row["m_error"] = float(np.hypot(spread, (gap - 1.0) / np.sqrt(12.0)))
        rows.append(row)
    return _ordered(_with_ratios(pd.DataFrame(rows)))


def _with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Add the ratio of the classical machine's hidden units to each other machine's."""
    rows: list[Any] = list(table.itertuples())
    classical = {(row.dataset, row.n): row for row in rows if row.paulis == "Z"}
    ratios = []
    for row in rows:
        entry: dict[str, Any] = {"ratio": np.nan, "ratio_error": np.nan, "ratio_bound": "unknown"}
        if row.paulis != "Z" and (row.dataset, row.n) in classical:
            reference = classical[row.dataset, row.n]
            entry["ratio"] = reference.m / row.m
            # the numerator is a lower bound if not reached, the denominator an upper bound at the
            # smallest m: each alone makes the ratio a lower bound; the opposite cases an upper one
            lower = reference.status == "not_reached" or row.status == "at_smallest_m"
            upper = reference.status == "at_smallest_m" or row.status == "not_reached"
            bounds = {
                (False, False): "exact",
                (True, False): "lower",
                (False, True): "upper",
                (True, True): "unknown",
            }
            entry["ratio_bound"] = bounds[lower, upper]
            if entry["ratio_bound"] == "exact":
                relative = np.hypot(reference.m_error / reference.m, row.m_error / row.m)
                entry["ratio_error"] = entry["ratio"] * relative
        ratios.append(entry)
    return pd.concat([table, pd.DataFrame(ratios, index=table.index)], axis=1)


def cross_fit_table(fits: Iterable[CrossFit], paulis: str) -> pd.DataFrame:
    """Cross-fits of one hidden qubit with given Paulis and |W| classical hidden units (theorem 1).

    Args:
        fits: as `spinlearn.sqrbm.crossfit.theorem1` gives them.
        paulis: operators on the hidden qubit.

    Returns:
        A row for each pair of families and target: `n, paulis, source, fitted, target, kl`
        (lowest found, nats), `source_dimension`, `fitted_dimension`.
    """
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "n": fit.source.n,
                    "paulis": paulis,
                    "source": fit.source.paulis,
                    "fitted": fit.fitted.paulis,
                    "target": np.arange(len(fit.kl)),
                    "kl": fit.kl,
                    "source_dimension": fit.dimensions[0],
                    "fitted_dimension": fit.dimensions[1],
                }
            )
            for fit in fits
        ],
        ignore_index=True,
    )
