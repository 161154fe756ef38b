"""What the figures on Born machines take from the files of runs, one row per machine."""

from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.spinlearn.sector_bounds import (
    greatest_fidelity,
    least_discrepancy,
    sector_weights,
)
from spinlearn.papers.zhong2022.common import sizes, spread
from spinlearn.storage.hdf5 import Contents

DATASETS = ("initial_loss", "loss", "fidelity", "initial_state", "target_distribution")
"""The datasets that these functions need, for `spinlearn.hbm.results.load`."""

ZERO = 1e-16
"""Squared discrepancies below this one are rounding."""


def log_loss(losses: Any) -> np.ndarray:
    """log10 of squared discrepancies; -16 for what is zero but for rounding.

    >>> log_loss([0.01, 0.0]).tolist()
    [-2.0, -16.0]
    """
    return np.asarray(np.log10(np.maximum(losses, ZERO)))


def final(contents: Contents) -> dict[str, Any]:
    """Means over runs, and their standard errors, of one machine.

    Returns:
        `mean` of log10 of the squared MMD and `fidelity`, both averaged over the last quarter of
        the quenches of each run; `best`, log10 of the lowest loss of each run; each with its error
        (`error`, `fidelity_error`, `best_error`). Then `fidelity_max`, of any run and quench;
        `starts_at_target`; and the columns of `sizes`.
    """
    logs, fidelity = log_loss(contents["loss"]), contents["fidelity"]
    tail = max(1, logs.shape[1] // 4)
    values = {
        "mean": logs[:, -tail:].mean(axis=1),
        "best": logs.min(axis=1),
        "fidelity": fidelity[:, -tail:].mean(axis=1),
    }
    found: dict[str, Any] = {}
    for name, value in values.items():
        over_runs = spread(value[:, None])
        found[name] = float(over_runs["mean"][0])
        found["error" if name == "mean" else f"{name}_error"] = float(over_runs["error"][0])
    found["fidelity_max"] = float(fidelity.max())
    found["starts_at_target"] = bool((contents["initial_loss"] <= ZERO).all())
    return {**found, **sizes(contents)}


def bounds(contents: Contents) -> dict[str, float]:
    """What S^z allows, from the first run's initial state: `floor` (of `mean`), `ceiling` (of F).

    NaN if the machine does not conserve S^z; see `spinlearn.papers.spinlearn.sector_bounds`. The
    floor is that of the Hamming kernel, and NaN for losses with another one. Files of optimised
    fields say nothing of a drive, since these machines have none.
    """
    attributes = contents.attributes
    if attributes["h_x"] != 0 or attributes.get("drive_strength", 0.0) != 0:
        return {"floor": np.nan, "ceiling": np.nan}
    target, weights = contents["target_distribution"], sector_weights(contents["initial_state"][0])
    is_hamming = attributes["kernel"] == "hamming"
    return {
        "floor": float(log_loss(least_discrepancy(target, weights))) if is_hamming else np.nan,
        "ceiling": greatest_fidelity(target, weights),
    }


def history(contents: Contents) -> pd.DataFrame:
    """One row per quench, 0 being the initial state: means over runs with their errors.

    Returns:
        `quench, mean, error, fidelity, fidelity_error` and the columns of `sizes`; no fidelity at
        quench 0.
    """
    losses = spread(log_loss(np.column_stack([contents["initial_loss"], contents["loss"]])))
    fidelity = spread(contents["fidelity"])
    return pd.DataFrame(
        {
            "quench": np.arange(losses["mean"].size),
            "mean": losses["mean"],
            "error": losses["error"],
            "fidelity": np.concatenate([[np.nan], fidelity["mean"]]),
            "fidelity_error": np.concatenate([[np.nan], fidelity["error"]]),
            **sizes(contents),
        }
    )
