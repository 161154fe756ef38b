"""Fidelities of Born machines with measured quantum states, and their baselines, as a table."""

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


def quantum_rows(contents: Contents, phases: dict[float, str]) -> pd.DataFrame:
    """The rows of one data set, machine and strength; see `figure7.table`.

    Args:
        contents: its runs.
        phases: "localised" or "thermal" by the strength of the machine.
    """
    learned, fidelity = contents["model_distribution"], contents["fidelity"][:, -1]
    shared = "target_distribution" in contents
    q = contents["target_distribution" if shared else "target_distributions"]
    targets = np.broadcast_to(q, learned.shape)
    median = np.argsort(fidelity)[(len(fidelity) - 1) // 2]
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
        pd.DataFrame([{"part": "fidelity", **fidelities(fidelity, targets)}]),
        pd.DataFrame({"part": "distribution", **pixels}),
    ]
    return pd.concat(rows, ignore_index=True).assign(**about)


def fidelities(
    fidelity: Float[np.ndarray, " runs"], targets: Float[np.ndarray, "runs outcomes"]
) -> dict[str, float]:
    """Means over runs and their errors.

    The mean over all pairs of targets has twice the error of the means per target: each is in two
    places of a pair. The error of a ratio of means is that of its linearisation.
    """
    runs, outcomes = targets.shape
    flat = classical_fidelity(np.full(outcomes, 1 / outcomes), targets)
    pairs = classical_fidelity(targets[:, None], targets)
    independent = (pairs.sum(axis=1) - 1) / (runs - 1) if runs > 1 else np.full(1, np.nan)
    removed = (fidelity - flat).mean() / (1 - flat).mean()
    linear = (fidelity - flat - removed * (1 - flat)) / (1 - flat).mean()
    samples = {"fidelity": fidelity, "flat": flat, "excess": fidelity - flat}
    found = {name: (values.mean(), standard_error(values)) for name, values in samples.items()}
    found["independent"] = (independent.mean(), 2 * standard_error(independent))
    found["removed"] = (removed, standard_error(linear))
    names = {name: float(mean) for name, (mean, _) in found.items()}
    return {**names, **{f"{name}_error": float(error) for name, (_, error) in found.items()}}


def value(row: Any, name: str) -> Measured:
    """A mean of a row and its error."""
    return float(row[name]), float(row[f"{name}_error"])


def baselines(row: Any) -> str:
    """The fidelity of a row and its baselines, for a note."""
    return (
        f"F = {pm(row.fidelity, row.fidelity_error)}, flat {row.flat:.3f}, another target "
        f"{row.independent:.3f}"
    )
