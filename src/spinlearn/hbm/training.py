"""Training by quenches (Zhong 2022, algorithm 1): draw fields, evolve, keep the best candidate.

Both argmax in the printed algorithm must be argmin. The best candidate of a quench is accepted even
if it is worse than the state before, so the loss can increase.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import get_args

import numpy as np
from jaxtyping import Complex, Float

from spinlearn import arguments
from spinlearn.hbm.choices import Kernel, Model
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import BornMachine
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Disorder, InitialState
from spinlearn.spins.disorder import random_fields
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import KeyPart, rng

_log = logging.getLogger("spinlearn.hbm")

_AMPLITUDES = 2**22
"""Largest number of amplitudes of all candidates evolved at once: 64 MiB per array of states."""


@dataclass(frozen=True)
class Settings:
    """How one run is trained.

    Attributes:
        h: disorder strength, in units of J and in the operators of the chain.
        quenches: M, quenches per run.
        candidates: N, sets of fields tried per quench.
        initial_state: the state before the first quench.
        kernel: distance in the kernel of the loss.
        disorder: distribution of the fields; see `spinlearn.spins.disorder.random_fields`.
        batch: largest number of candidates evolved at once (fewer for long chains). Results of up
            to 10 spins do not depend on it; with more, those of batches with at most 4 candidates
            differ by rounding (see `evolve`).
    """

    h: float
    quenches: int
    candidates: int
    initial_state: InitialState = "plus"
    kernel: Kernel = "hamming"
    disorder: Disorder = "uniform"
    batch: int = 512

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.number("h", self.h, 0)
        arguments.one_of("initial_state", self.initial_state, get_args(InitialState))
        arguments.one_of("kernel", self.kernel, get_args(Kernel))
        arguments.one_of("disorder", self.disorder, get_args(Disorder))
        for name in ("quenches", "candidates", "batch"):
            arguments.integer(name, getattr(self, name), 1)


@dataclass(frozen=True, eq=False)
class Run:
    """History of one run.

    Attributes:
        run: its number.
        initial_state: |psi_0> in the order of the chain's basis.
        initial_loss: squared MMD before the first quench.
        loss: squared MMD after each quench.
        fidelity: classical fidelity (sum sqrt(p q))^2 with the target after each quench.
        hamming: Hamming distance to psi_0 after each quench (Zhong 2022, eq. 9).
        entropy: von Neumann entropy of the first half of all sites after each quench, in nats.
        fields: fields along z of each quench, in units of J.
        drives: fields along x of each quench and slice, in units of J; no slices without a drive.
        model_distribution: p over visible strings after the last quench.
    """

    run: int
    initial_state: Complex[np.ndarray, " D"]
    initial_loss: float
    loss: Float[np.ndarray, " quenches"]
    fidelity: Float[np.ndarray, " quenches"]
    hamming: Float[np.ndarray, " quenches"]
    entropy: Float[np.ndarray, " quenches"]
    fields: Float[np.ndarray, "quenches L"]
    drives: Float[np.ndarray, "quenches slices L"]
    model_distribution: Float[np.ndarray, " outcomes"]


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """Results of many runs of one machine.

    Attributes:
        target: q over visible strings: one row for all runs, or one per run.
        runs: the history of each run, in ascending order of their numbers.
        resumed_from: number of runs already done in a checkpoint; 0 without one.
    """

    target: Float[np.ndarray, "draws outcomes"]
    runs: tuple[Run, ...]
    resumed_from: int = 0


def stream_name(model: Model, chain: str) -> str:
    """The part of the streams' keys for a machine on a chain.

    On the chain `default` it is the machine's name, for the hidden machine on another chain the
    chain's name, else both. Names have no "/", and no chain has the name of a machine.

    >>> stream_name("basic", "default"), stream_name("hidden", "weak"), stream_name("basic", "weak")
    ('basic', 'weak', 'weak/basic')
    """
    if chain == "default":
        return model
    return chain if model == "hidden" else f"{chain}/{model}"


def train(
    machine: BornMachine,
    target: Float[np.ndarray, "draws outcomes"],
    settings: Settings,
    *,
    seed: int,
    runs: Iterable[int],
    checkpoint: Checkpoint | None = None,
    **stream: KeyPart,
) -> TrainingResult:
    """Independent runs, in order; see `train_run`.

    Args:
        machine, settings, seed, stream: as for `train_run`.
        target: q over the visible strings: one row for all runs, or one per run.
        runs: numbers of the runs, ascending.
        checkpoint: where finished runs are stored; stored runs are not trained again.

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
    targets = dict(
        zip(wanted, np.broadcast_to(target, (len(wanted), target.shape[1])), strict=True)
    )
    kept = None if checkpoint is None else checkpoint.load()
    done = {} if kept is None else {run.run: run for run in unstacked(kept)}
    resumed_from = len(done)
    if done:
        _log.info("%d of %d runs are in the checkpoint", resumed_from, len(wanted))
    for run in track([run for run in wanted if run not in done], "training", unit="run"):
        done[run] = train_run(machine, targets[run], settings, seed, run, **stream)
        if checkpoint is not None and checkpoint.due():
            checkpoint.save(stacked(done.values()))
    return TrainingResult(target, tuple(done[run] for run in wanted), resumed_from)


def stacked(runs: Iterable[Run]) -> dict[str, np.ndarray]:
    """The attributes of runs as arrays, one row per run; see `unstacked`."""
    rows = list(runs)
    return {
        field.name: np.array([getattr(row, field.name) for row in rows]) for field in fields(Run)
    }


def unstacked(arrays: Mapping[str, np.ndarray]) -> list[Run]:
    """The inverse of `stacked`, to the last bit."""
    rows = []
    for row, run in enumerate(arrays["run"]):
        values = {field.name: arrays[field.name][row] for field in fields(Run)}
        values |= {"run": int(run), "initial_loss": float(values["initial_loss"])}
        rows.append(Run(**values))
    return rows


def train_run(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"],
    settings: Settings,
    seed: int,
    run: int,
    **stream: KeyPart,
) -> Run:
    """One run of algorithm 1 of Zhong 2022.

    Random streams are keyed by the run and the quench, and the candidates of a quench are drawn
    one after another. So more runs, quenches or candidates do not change the earlier ones.

    Args:
        machine: the Born machine.
        target: q over the visible strings.
        settings: how it is trained.
        seed: root of the random streams.
        run: number of the run.
        stream: further parts of the streams' keys, e.g. `task="parity"`.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings.
    """
    target = arguments.distribution("target", target, (2**machine.visible,))
    loss = MaximumMeanDiscrepancy(target, settings.kernel)
    key = {**stream, "h": f"{settings.h:.2f}", "run": run}
    start = machine.initial_state(settings.initial_state, rng(seed, "hbm", "initial_state", **key))
    psi, p, flipped = start, machine.distribution(start), machine.flipped(start)
    M, slices = settings.quenches, 0 if machine.drive is None else len(machine.slices)
    history = {name: np.empty(M) for name in ("loss", "fidelity", "hamming", "entropy")}
    history |= {"fields": np.empty((M, machine.L)), "drives": np.empty((M, slices, machine.L))}
    initial_loss = float(loss(p))
    for m in range(M):
        shape = (settings.candidates, machine.L)
        fresh = rng(seed, "hbm", "fields", **key, quench=m)
        drawn = random_fields(fresh, settings.h, shape, settings.disorder)
        noise = machine.draw_drives(settings.candidates, rng(seed, "hbm", "drive", **key, quench=m))
        best = _best_candidate(machine, loss, psi, drawn, noise, settings.batch)
        psi, p = best.state, best.distribution
        flipped = _quench_alike(machine, flipped, best)
        history["loss"][m] = best.loss
        history["fidelity"][m] = classical_fidelity(p, target)
        history["hamming"][m] = machine.hamming_distance(psi, flipped)
        history["entropy"][m] = machine.entropy(psi)
        history["fields"][m] = best.fields
        if best.drives is not None:
            history["drives"][m] = best.drives
    return Run(
        run=run, initial_state=start, initial_loss=initial_loss, model_distribution=p, **history
    )


@dataclass(frozen=True, eq=False)
class _Candidate:
    """One set of fields tried in a quench, and the resulting state."""

    loss: float
    fields: Float[np.ndarray, " L"]
    drives: Float[np.ndarray, "slices L"] | None
    state: Complex[np.ndarray, " D"]
    distribution: Float[np.ndarray, " outcomes"]


def _best_candidate(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    psi: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "candidates L"],
    drives: Float[np.ndarray, "candidates slices L"] | None,
    batch: int,
) -> _Candidate:
    """The candidate with the lowest loss; the first one if several are equal."""
    size = min(batch, max(16, _AMPLITUDES // psi.size))
    parts = [slice(begin, begin + size) for begin in range(0, len(fields), size)]
    best = (
        _best_of_batch(machine, loss, psi, fields[s], None if drives is None else drives[s])
        for s in parts
    )
    return min(best, key=lambda candidate: candidate.loss)


def _best_of_batch(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    psi: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "batch L"],
    drives: Float[np.ndarray, "batch slices L"] | None,
) -> _Candidate:
    states = machine.quench(psi, fields, drives)
    distributions = machine.distribution(states)
    losses = loss(distributions)
    n = int(np.argmin(losses))
    noise = None if drives is None else drives[n]
    # Copies, so that the other states of the batch can be freed.
    return _Candidate(float(losses[n]), fields[n], noise, states[n].copy(), distributions[n].copy())


def _quench_alike(
    machine: BornMachine, states: Complex[np.ndarray, "n D"], candidate: _Candidate
) -> Complex[np.ndarray, "n D"]:
    """Several states after the quench of one candidate."""
    n = len(states)
    drives = candidate.drives
    return machine.quench(
        states,
        np.repeat(candidate.fields[None], n, axis=0),
        None if drives is None else np.repeat(drives[None], n, axis=0),
    )


def replay(
    machine: BornMachine,
    initial_state: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "quenches L"],
    drives: Float[np.ndarray, "quenches slices L"] | None = None,
) -> Complex[np.ndarray, "quenches1 D"]:
    """States before the first quench and after each quench, recomputed from a stored history.

    Args:
        machine: the machine that was trained.
        initial_state: |psi_0>.
        fields: fields along z of each quench.
        drives: fields along x of each quench and slice, for a driven machine.

    Raises:
        InvalidArgumentError: if the state is not normalised, or a shape does not fit.
    """
    fields = arguments.real("fields", fields, (None, machine.L))
    start = arguments.normalised("initial_state", initial_state, (machine.chain.dimension,))
    states = [start.astype(complex)]
    for m, h in enumerate(fields):
        noise = None if machine.drive is None or drives is None else drives[m : m + 1]
        states.append(machine.quench(states[-1], h[None], noise)[0])
    return np.array(states)
