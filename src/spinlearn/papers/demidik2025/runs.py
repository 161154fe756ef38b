"""Training runs as tables: one row per run, and averages over runs."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025.common import ordered
from spinlearn.sqrbm.results import load


def runs_table(paths: Iterable[str | Path]) -> pd.DataFrame:
    """One row per run: `dataset, n, paulis, m, parameters, run, steps, tvd, kl, stuck`.

    And `tvd_of_uniform`, the distance of the uniform distribution to the target (of the first run;
    it is the same for all).

    Args:
        paths: files of the kind `spinlearn.sqrbm.schemas.FIT`, in any order.

    Raises:
        FileError: as `spinlearn.sqrbm.results.load`.
    """
    frames = []
    for file in load(paths, "steps", "tvd", "kl", "stuck", "target", "targets"):
        attributes = file.attributes
        target = file["target"] if "target" in file else file["targets"][0]
        frames.append(
            pd.DataFrame(
                {
                    "dataset": attributes["dataset"],
                    "n": int(attributes["n"]),
                    "paulis": attributes["paulis"],
                    "m": int(attributes["m"]),
                    "parameters": int(attributes["parameter_count"]),
                    "run": file["run"],
                    "steps": file["steps"],
                    "tvd": file["tvd"],
                    "kl": file["kl"],
                    "stuck": file["stuck"].astype(int),
                    "tvd_of_uniform": 0.5 * np.abs(target - 1.0 / target.size).sum(),
                }
            )
        )
    return ordered(pd.concat(frames, ignore_index=True), "m", "run")


def training_results(runs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Total variation distance per (data set, n, machine, m).

    Args:
        runs: as `runs_table` gives it.
        threshold: distance that counts as learned.

    Returns:
        `tvd` (mean over runs), `tvd_std` (standard deviation), `tvd_error` (standard error of the
        mean; both NaN for a single run), `tvd_median`, `kl` (mean, nats), `stuck` (runs at the
        uniform distribution), `runs`, `iterations` (the most steps of a run), `tvd_of_uniform`,
        `threshold`.
    """
    groups = runs.groupby(["dataset", "n", "paulis", "m", "parameters"], as_index=False)
    results = groups.agg(
        tvd=("tvd", "mean"),
        tvd_std=("tvd", "std"),
        tvd_median=("tvd", "median"),
        kl=("kl", "mean"),
        stuck=("stuck", "sum"),
        runs=("run", "size"),
        iterations=("steps", "max"),
        tvd_of_uniform=("tvd_of_uniform", "first"),
    )
    results.insert(7, "tvd_error", results.tvd_std / np.sqrt(results.runs))
    return ordered(results.assign(threshold=threshold), "m")
