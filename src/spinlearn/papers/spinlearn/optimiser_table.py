"""The table of figure `born_optimisers`: loss and fidelity against the quenches spent."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.optimised_results import load as load_optimised
from spinlearn.hbm.results import load
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers.spinlearn.born_runs import bounds, log_loss
from spinlearn.papers.zhong2022.common import spread
from spinlearn.spins.chain_text import chain_text_with_operators
from spinlearn.storage.hdf5 import Contents


def optimiser_rows(runs: Iterable[str | Path], optimised: Iterable[str | Path]) -> pd.DataFrame:
    """The rows of `spinlearn.papers.spinlearn.born_optimisers.table`.

    Args:
        runs: files of greedy searches.
        optimised: files of runs whose fields were optimised at once.
    """
    greedy = [_greedy(found) for found in load(runs)]
    at_once = [_optimised(found) for found in load_optimised(optimised)]
    return pd.concat([*greedy, *at_once], ignore_index=True)


def _greedy(found: Contents) -> pd.DataFrame:
    """The rows of a greedy search: the lowest loss so far, and the fidelity there."""
    loss, fidelity = _from_initial_state(found)
    lowest = np.minimum.accumulate(loss, axis=1)
    since = np.maximum.accumulate(np.where(loss == lowest, np.arange(loss.shape[1]), 0), axis=1)
    candidates = int(found.attributes["candidates"])
    spent = candidates * np.arange(loss.shape[1])
    best = np.take_along_axis(fidelity, since, axis=1)
    return _rows(found, "greedy", spent, lowest, best).assign(candidates=candidates)


def _optimised(found: Contents) -> pd.DataFrame:
    """The rows of an optimiser, whose histories are the best so far."""
    spent = np.insert(found["spent"][0], 0, 0)
    rows = _rows(found, found.attributes["optimiser"], spent, *_from_initial_state(found))
    return rows.assign(candidates=np.nan)


def _targets(found: Contents) -> Float[np.ndarray, "draws outcomes"]:
    """q: one row for all runs, or one per run."""
    single = "target_distribution" in found
    return found["target_distribution"][None] if single else found["target_distributions"]


def _from_initial_state(found: Contents) -> tuple[np.ndarray, np.ndarray]:
    """Loss and fidelity of |psi_0>, then those in the file; one row per run."""
    about = found.attributes
    sizes = int(about["visible"]), int(about["hidden"])
    machine = born_machine(*sizes, hidden_sites=about["hidden_sites"])
    p = machine.distribution(found["initial_state"] @ np.array([1, 1j]))
    q = np.broadcast_to(_targets(found), p.shape)
    pairs = zip(p, q, strict=True)
    loss = [float(MaximumMeanDiscrepancy(target, about["kernel"])(row)) for row, target in pairs]
    return (
        np.column_stack([loss, found["loss"]]),
        np.column_stack([classical_fidelity(p, q), found["fidelity"]]),
    )


def _rows(
    found: Contents, method: str, spent: np.ndarray, loss: np.ndarray, fidelity: np.ndarray
) -> pd.DataFrame:
    attributes, q = found.attributes, _targets(found)
    flat = classical_fidelity(np.full(q.shape, 1.0 / q.shape[1]), q)
    columns = {}
    for name, values in (("log_loss", log_loss(loss)), ("fidelity", fidelity)):
        for part, column in spread(values).items():
            columns[name if part == "mean" else f"{name}_{part}"] = column
    return pd.DataFrame(
        {
            **{name: attributes[name] for name in ("dataset", "source", "machine", "h")},
            **{name: int(attributes[name]) for name in ("visible", "hidden")},
            "initial_state": attributes["initial_state_kind"],
            "method": method,
            "spent": spent,
            **columns,
            "flat_fidelity": float(flat.mean()),
            "least_log_loss": _least_log_loss(found),
            "quenches": found["fields"].shape[1],
            "runs": len(loss),
            "system": chain_text_with_operators(attributes),
        }
    )


def _least_log_loss(found: Contents) -> float:
    """What S^z allows, if all runs have one target and one initial state."""
    is_shared = "target_distribution" in found and not np.ptp(found["initial_state"], axis=0).any()
    return bounds(found)["floor"] if is_shared else np.nan
