"""Blocks of independent runs of a Born machine, however it is trained: in order, and as arrays.

A run is a dataclass: its number `run`, its `initial_state`, further numbers and arrays. The ways
to train are `spinlearn.hbm.training` and `spinlearn.hbm.optimisers`.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar, cast

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.hbm.choices import Kernel, Loss
from spinlearn.hbm.loss import distance_to
from spinlearn.hbm.machine import BornMachine
from spinlearn.pipeline.progress import track
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import KeyPart

_log = logging.getLogger("spinlearn.hbm")

OneRun = TypeVar("OneRun")

ROUNDING = 1e-12
"""Loss that a model may be above that of the uniform distribution if the latter has none."""

CHANGE = "Try another h or initial state, or more quenches, candidates or budget."
"""What to change if runs are no better than guessing."""


@dataclass(frozen=True, eq=False)
class TrainingResult(Generic[OneRun]):
    """Results of many runs of one machine.

    Attributes:
        target: q over visible strings: one row for all runs, or one per run.
        runs: the history of each run, in ascending order of their numbers.
        resumed_from: number of runs already done in a checkpoint; 0 without one.
    """

    target: Float[np.ndarray, "draws outcomes"]
    runs: tuple[OneRun, ...]
    resumed_from: int = 0


def train_in_order(
    kind: type[OneRun],
    train_one: Callable[[int, Float[np.ndarray, " outcomes"]], OneRun],
    machine: BornMachine,
    target: Float[np.ndarray, "draws outcomes"],
    runs: Iterable[int],
    *,
    label: str,
    checkpoint: Checkpoint | None,
) -> TrainingResult[OneRun]:
    """Train runs one after another; those in a checkpoint are not trained again.

    Args:
        kind: the class of a run.
        train_one: trains a run, given its number and its target.
        machine: the machine that learns.
        target: q over the visible strings: one row for all runs, or one per run.
        runs: numbers of the runs, ascending.
        label: names the training on the progress bar.
        checkpoint: where finished runs are stored.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings, with one
            row for all runs or one per run.
    """
    wanted = list(runs)
    target = arguments.distribution("target", target, (None, 2**machine.visible))
    if len(target) not in (1, len(wanted)):
        raise arguments.InvalidArgumentError(
            "target", f"has {len(target)} rows; give one for all {len(wanted)} runs, or one each"
        )
    rows = np.broadcast_to(target, (len(wanted), target.shape[1]))
    targets = dict(zip(wanted, rows, strict=True))
    kept = None if checkpoint is None else checkpoint.load()
    done: dict[int, OneRun] = {}
    if kept is not None:
        done = dict(zip(kept["run"].tolist(), unstacked(kind, kept), strict=True))
    resumed_from = len(done)
    if done:
        _log.info("%d of %d runs are in the checkpoint", resumed_from, len(wanted))
    for run in track([run for run in wanted if run not in done], label, unit="run"):
        done[run] = train_one(run, targets[run])
        if checkpoint is not None and checkpoint.due():
            checkpoint.save(stacked(kind, done.values()))
    return TrainingResult(target, tuple(done[run] for run in wanted), resumed_from)


def described(method: str, h: float, stream: Mapping[str, KeyPart]) -> str:
    """Name a training in messages: how, at which strength, and the parts of its streams' keys."""
    return ", ".join([method, *(f"{name} = {part}" for name, part in stream.items()), f"h = {h:g}"])


def losses_beside_guessing(
    result: TrainingResult[OneRun], kernel: Kernel, loss: Loss = "mmd"
) -> tuple[Float[np.ndarray, " runs"], Float[np.ndarray, " runs"], Float[np.ndarray, " draws"]]:
    """The last loss of each run, that of its model, and that of the uniform distribution.

    Args:
        result: of the training; runs have `loss` and `model_distribution`.
        kernel: of the squared MMD.
        loss: which loss it is.
    """
    distances = [distance_to(q, loss, kernel) for q in result.target]
    outcomes = result.target.shape[1]
    guess = np.array([distance(np.full(outcomes, 1 / outcomes)) for distance in distances])
    runs = [cast(Any, run) for run in result.runs]
    each = distances if len(distances) == len(runs) else distances * len(runs)
    found = [distance(run.model_distribution) for distance, run in zip(each, runs, strict=True)]
    return np.array([run.loss[-1] for run in runs]), np.array(found), guess


def stacked(kind: type[OneRun], runs: Iterable[OneRun]) -> dict[str, np.ndarray]:
    """The attributes of runs as arrays, one row per run; see `unstacked`."""
    rows = list(runs)
    return {name: np.array([getattr(row, name) for row in rows]) for name in _names(kind)}


def unstacked(kind: type[OneRun], arrays: Mapping[str, np.ndarray]) -> list[OneRun]:
    """The inverse of `stacked`, to the last bit."""
    rows = []
    for row in range(len(arrays["run"])):
        values = {name: arrays[name][row] for name in _names(kind)}
        # Numbers are plain Python ones again, as in a run that was just trained.
        rows.append(kind(**{k: v if np.ndim(v) else v.item() for k, v in values.items()}))
    return rows


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(cast(Any, kind))]


def file_arrays(kind: type[OneRun], result: TrainingResult[OneRun]) -> dict[str, np.ndarray]:
    """The arrays of a file of runs: real and imaginary part of |psi_0>, and the target."""
    arrays = stacked(kind, result.runs)
    states = arrays["initial_state"]
    arrays["initial_state"] = np.stack([states.real, states.imag], axis=-1)
    if len(result.target) == 1:
        arrays["target_distribution"] = result.target[0]
    else:
        arrays["target_distributions"] = result.target
    return arrays


def file_attributes(
    machine: BornMachine,
    settings: Any,
    *,
    dataset: str,
    source: str,
    name: str,
    couplings: Mapping[str, Any],
) -> dict[str, Any]:
    """The attributes that every file of runs has.

    Args:
        machine: what was trained.
        settings: of its training, with `h`, `initial_state` and `kernel`.
        dataset, source: name of the data set, and where it comes from.
        name: name of the machine.
        couplings: of its chain: J_xy, J_zz, J2, h_x, boundary and operators.
    """
    return {
        "dataset": dataset,
        "source": source,
        "machine": name,
        "h": settings.h,
        "visible": machine.visible,
        "hidden": machine.hidden,
        "hidden_sites": machine.hidden_sites,
        **couplings,
        "quench_time": machine.quench_time,
        "initial_state_kind": settings.initial_state,
        "kernel": settings.kernel,
    }
