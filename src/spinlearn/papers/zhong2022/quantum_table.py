"""Fidelities of Born machines with measured quantum states, and their baselines, as a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers.verdicts import Measured
from spinlearn.papers.zhong2022 import common
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import pm
from spinlearn.storage.hdf5 import Contents

TARGETS = ("localised", "thermal")
"""Kinds of targets, as the names of their data sets begin."""


def quantum_table(runs: Sequence[Contents], localised_h: float) -> pd.DataFrame:
    """Fidelities and distributions of all data sets and machines; see `figure7.table`."""

    def case(contents: Contents) -> tuple[str, str]:
        return contents.attributes["dataset"], contents.attributes["machine"]

    thermal_h = min(float(contents.attributes["h"]) for contents in runs)
    phases = {thermal_h: "thermal", localised_h: "localised"}
    thermal = {case(c): c for c in runs if float(c.attributes["h"]) == thermal_h}
    parts = [quantum_rows(contents, phases, thermal.get(case(contents))) for contents in runs]
    return pd.concat(parts, ignore_index=True)


def quantum_rows(
    contents: Contents, phases: dict[float, str], thermal: Contents | None
) -> pd.DataFrame:
    """The rows of one data set, machine and strength; see `figure7.table`.

    Args:
        contents: its runs.
        phases: "localised" or "thermal" by the strength of the machine.
        thermal: the runs of the thermal machine on the same data set; None if there are none.
    """
    learned, fidelity = contents["last_distribution"], contents["fidelity"][:, -1]
    shared = "target_distribution" in contents
    q = contents["target_distribution" if shared else "target_distributions"]
    targets = np.broadcast_to(q, learned.shape)
    median = np.argsort(fidelity)[(len(fidelity) - 1) // 2]
    gap = np.full(1, np.nan) if thermal is None else _gain_per_run(contents, thermal)
    means = fidelities(fidelity, targets)
    means |= {"above_thermal": float(gap.mean()), "above_thermal_error": _error(gap)}
    name = str(contents.attributes["dataset"])
    about = {
        **common.sizes(contents),
        "target": next((phase for phase in TARGETS if name.startswith(phase)), name),
        "phase": phases.get(float(contents.attributes["h"]), ""),
    }
    pixels = {
        "string": np.arange(targets.shape[1]),
        "target_probability": targets[median],
        "probability": learned[median],
        "fidelity": fidelity[median],
    }
    rows = [
        pd.DataFrame([{"part": "fidelity", **means}]),
        pd.DataFrame({"part": "distribution", **pixels}),
    ]
    return pd.concat(rows, ignore_index=True).assign(**about)


def _gain_per_run(contents: Contents, other: Contents) -> Float[np.ndarray, " runs"]:
    """Final fidelity less that of another machine, in the runs of both: they share the target."""
    _, mine, theirs = np.intersect1d(contents["run"], other["run"], return_indices=True)
    return np.asarray(contents["fidelity"][mine, -1] - other["fidelity"][theirs, -1])


def fidelities(
    fidelity: Float[np.ndarray, " runs"], targets: Float[np.ndarray, "runs outcomes"]
) -> dict[str, float]:
    """Means over runs and their errors.

    The mean over all pairs of targets has twice the error of the means per target: each is in two
    places of a pair. So the means per target count twice, too, in the error of a difference from
    it. The error of a ratio of means is that of its linearisation.
    """
    runs, outcomes = targets.shape
    flat = classical_fidelity(np.full(outcomes, 1 / outcomes), targets)
    pairs = classical_fidelity(targets[:, None], targets)
    independent = (pairs.sum(axis=1) - 1) / (runs - 1) if runs > 1 else np.full(1, np.nan)
    removed = (fidelity - flat).mean() / (1 - flat).mean()
    linear = (fidelity - flat - removed * (1 - flat)) / (1 - flat).mean()
    samples = {"fidelity": fidelity, "flat": flat, "excess": fidelity - flat}
    found = {name: (values.mean(), _error(values)) for name, values in samples.items()}
    found["independent"] = (independent.mean(), _error(2 * independent))
    gap = fidelity.mean() - independent.mean()
    found["above_another"] = (gap, _error(fidelity - 2 * independent))
    found["removed"] = (removed, _error(linear))
    names = {name: float(mean) for name, (mean, _) in found.items()}
    return {**names, **{f"{name}_error": error for name, (_, error) in found.items()}}


def _error(values: Float[np.ndarray, " runs"]) -> float:
    """The standard error of the mean over runs; NaN for one run."""
    return float(standard_error(values))


def value(row: Any, name: str) -> Measured:
    """A mean of a row and its error."""
    return float(row[name]), float(row[f"{name}_error"])


def baselines(row: Any) -> str:
    """The fidelity of a row and its baselines, for a note."""
    return (
        f"F = {pm(row.fidelity, row.fidelity_error)}, flat {row.flat:.3f}, another target "
        f"{row.independent:.3f}"
    )
