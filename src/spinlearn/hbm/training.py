"""Training by quenches (Zhong 2022, algorithm 1): draw fields, evolve, keep the best candidate.

Both argmax in the printed algorithm must be argmin. The best candidate of a quench is accepted even
if it is worse than the state before, so the loss can increase. The histories, and all that figures
show of them, go to the last quench; the model is the state of lowest loss. Two settings change the
algorithm as controls: `acceptance` and `search`.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from jaxtyping import Bool, Complex, Float

from spinlearn import arguments
from spinlearn.hbm.choices import Acceptance, Kernel, Search, StartState
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.runs import (
    CHANGE,
    ROUNDING,
    TrainingResult,
    described,
    losses_beside_guessing,
    train_in_order,
)
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.learning.guessing import (
    is_worse_than_guessing,
    warn_of_guessing,
    warn_of_models_left_out,
)
from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import KeyPart, rng

_log = logging.getLogger("spinlearn.hbm")

WARM_UP_QUENCHES = 20
"""Quenches from which on a model must be no worse than the uniform distribution."""

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
        acceptance: "always" keeps the best candidate of each quench; "if_lower" keeps the state
            instead if no candidate has a lower loss.
        search: "sequence" quenches the state kept before; "single" quenches psi_0 each time, and
            keeps the best state so far of all M N single quenches.
        batch: largest number of candidates evolved at once (fewer for long chains). Results of up
            to 10 spins do not depend on it; with more, those of batches with at most 4 candidates
            differ by rounding (see `evolve`), and so do those of a drive in the xy plane.
    """

    h: float
    quenches: int
    candidates: int
    initial_state: StartState = "plus"
    kernel: Kernel = "hamming"
    disorder: Disorder = "uniform"
    acceptance: Acceptance = "always"
    search: Search = "sequence"
    batch: int = 512

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.number("h", self.h, 0)
        arguments.one_of("initial_state", self.initial_state, get_args(StartState))
        arguments.one_of("kernel", self.kernel, get_args(Kernel))
        arguments.one_of("disorder", self.disorder, get_args(Disorder))
        arguments.one_of("acceptance", self.acceptance, get_args(Acceptance))
        arguments.one_of("search", self.search, get_args(Search))
        for name in ("quenches", "candidates", "batch"):
            arguments.integer(name, getattr(self, name), 1)


@dataclass(frozen=True, eq=False)
class Run:
    """History of one run.

    Attributes:
        run: its number.
        initial_state: |psi_0> in the order of the chain's basis.
        initial_loss: squared MMD before the first quench.
        accepted: whether the best candidate of each quench was kept; if not, the state stayed.
        loss: squared MMD after each quench, of the state kept, like all that follows.
        fidelity: classical fidelity (sum sqrt(p q))^2 with the target after each quench.
        hamming: Hamming distance to psi_0 after each quench (Zhong 2022, eq. 9).
        entropy: von Neumann entropy of the first half of all sites after each quench, in nats.
        fields: fields along z of the best candidate of each quench, in units of J.
        drives: fields across z of this candidate, by slice, site and axis (x, or x and y), in units
            of J; no slices without a drive.
        last_distribution: p over visible strings after the last quench.
        lowest_quench: number of quenches after which the loss was lowest; 0 is before the first.
        model_distribution: p over visible strings after `lowest_quench` quenches; NaN where `train`
            found it worse than the uniform distribution.
    """

    run: int
    initial_state: Complex[np.ndarray, " D"]
    initial_loss: float
    accepted: Bool[np.ndarray, " quenches"]
    loss: Float[np.ndarray, " quenches"]
    fidelity: Float[np.ndarray, " quenches"]
    hamming: Float[np.ndarray, " quenches"]
    entropy: Float[np.ndarray, " quenches"]
    fields: Float[np.ndarray, "quenches L"]
    drives: Float[np.ndarray, "quenches slices L axes"]
    last_distribution: Float[np.ndarray, " outcomes"]
    lowest_quench: int
    model_distribution: Float[np.ndarray, " outcomes"]


def train(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"] | Float[np.ndarray, "draws outcomes"],
    settings: Settings,
    *,
    seed: int,
    runs: Iterable[int],
    start: TrainingResult[Run] | None = None,
    checkpoint: Checkpoint | None = None,
    **stream: KeyPart,
) -> TrainingResult[Run]:
    """Independent runs, in order; see `train_run`.

    The models of runs whose lowest loss is above that of the uniform distribution after
    `WARM_UP_QUENCHES` quenches or more are left out, and the log names the runs.

    Args:
        machine, settings, seed, stream: as for `train_run`.
        target: q over the visible strings: one row for all runs, or one per run.
        runs: numbers of the runs, ascending.
        start: a result of the same training with fewer quenches. Its runs go on after their last
            quench, to the results of a training with all quenches, bit for bit (to rounding where
            results depend on `Settings.batch`). Runs that it does not have begin anew. `train_run`
            says what is checked.
        checkpoint: where finished runs are stored; stored runs are not trained again.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings, with one
            row for all runs or one per run, or if a run of `start` cannot be continued.
    """
    begun = {} if start is None else {run.run: run for run in start.runs}

    def train_one(run: int, q: Float[np.ndarray, " outcomes"]) -> Run:
        return train_run(machine, q, settings, seed, run, start=begun.get(run), **stream)

    result = train_in_order(
        Run,
        train_one,
        machine,
        np.atleast_2d(target),
        runs,
        label="training",
        checkpoint=checkpoint,
    )
    description = described("training", settings.h, stream)
    last, lowest, guess = losses_beside_guessing(result, settings.kernel)
    warn_of_guessing(_log, last, guess, description, CHANGE)
    worse = is_worse_than_guessing(lowest, guess, ROUNDING)
    if settings.quenches < WARM_UP_QUENCHES or not worse.any():
        return result
    numbers = np.array([run.run for run in result.runs])
    warn_of_models_left_out(_log, numbers[worse], len(numbers), description, CHANGE)
    none = np.full(result.target.shape[1], np.nan)
    kept = [
        replace(run, model_distribution=none) if bad else run
        for run, bad in zip(result.runs, worse, strict=True)
    ]
    return replace(result, runs=tuple(kept))


def train_run(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"],
    settings: Settings,
    seed: int,
    run: int,
    *,
    start: Run | None = None,
    **stream: KeyPart,
) -> Run:
    """One run of algorithm 1 of Zhong 2022.

    Random streams are keyed by the run and the quench, and the candidates of a quench are drawn
    one after another. So more runs, quenches or candidates do not change the earlier ones, but for
    rounding where results depend on `Settings.batch`.

    Args:
        machine: the Born machine.
        target: q over the visible strings.
        settings: how it is trained.
        seed: root of the random streams.
        run: number of the run.
        start: this run with fewer quenches, to go on with; its quenches are replayed, which costs
            L + 1 states per quench, and their candidates are drawn again. Checked are the initial
            state, the losses before the first and after the last quench, that the fields of each
            quench are among its candidates, and that the quenches accepted are those that the
            settings accept. So another machine, target, kernel, seed, stream, h or disorder is
            refused, and fewer candidates, unless the best ones are among them. Not noticed are more
            candidates than `start` was trained with.
        stream: further parts of the streams' keys, e.g. `task="parity"`.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings, or
            `start` has too many quenches, or one of the checks above shows another training.
    """
    target = arguments.distribution("target", target, (2**machine.visible,))
    loss = MaximumMeanDiscrepancy(target, settings.kernel)
    key = {**stream, "h": f"{settings.h:.2f}", "run": run}
    fresh = rng(seed, "hbm", "initial_state", **key)
    psi = machine.initial_state(settings.initial_state, fresh, target)
    p = machine.distribution(psi)
    first = now = _Kept(float(loss(p)), psi, p, machine.flipped(psi))
    lowest = _Lowest(first.loss, 0, p)
    history, done = _empty_history(machine, settings.quenches), 0
    streams = _streams(machine, seed, key, settings.quenches)
    if start is not None:
        _check_start(first, start, settings, history)
        for m in range(len(start.loss)):
            drawn, noise = _draw_candidates(machine, settings, *streams[m])
            _check_candidate(start, m, drawn, noise)
        now, done = _continued(machine, loss, first, start, settings), len(start.loss)
        lowest = _lowest_of(start, loss)
        for name, values in history.items():
            values[:done] = getattr(start, name)
    now, lowest = _search(machine, loss, settings, streams[done:], first, now, lowest, history)
    return Run(
        run=run,
        initial_state=psi,
        initial_loss=first.loss,
        last_distribution=now.distribution,
        lowest_quench=lowest.quench,
        model_distribution=lowest.distribution,
        **history,
    )


def _must_improve(settings: Settings, m: int) -> bool:
    """Whether quench m is rejected if it does not lower the loss."""
    return settings.acceptance == "if_lower" or (settings.search == "single" and m > 0)


def _streams(
    machine: BornMachine, seed: int, key: Mapping[str, KeyPart], M: int
) -> list[list[np.random.Generator]]:
    """Generators of the fields of every quench: along z, and across z if there is a drive."""
    purposes = ["fields"] if machine.drive is None else ["fields", "drive"]
    return [[rng(seed, "hbm", name, **key, quench=m) for name in purposes] for m in range(M)]


def _draw_candidates(
    machine: BornMachine,
    settings: Settings,
    fields: np.random.Generator,
    drives: np.random.Generator | None = None,
) -> tuple[Float[np.ndarray, "candidates L"], Float[np.ndarray, "candidates slices L axes"] | None]:
    """Fields along z and across z of all candidates of a quench."""
    shape = (settings.candidates, machine.L)
    drawn = random_fields(fields, settings.h, shape, settings.disorder)
    if drives is None:
        return drawn, None
    return drawn, machine.draw_drives(settings.candidates, drives)


def _empty_history(machine: BornMachine, M: int) -> dict[str, np.ndarray]:
    """Arrays for what is recorded of each quench."""
    shape = (0, machine.L, 1)
    if machine.drive is not None:
        shape = (len(machine.slices), machine.L, len(machine.drive.plane))
    history = {name: np.empty(M) for name in ("loss", "fidelity", "hamming", "entropy")}
    return history | {
        "accepted": np.empty(M, dtype=bool),
        "fields": np.empty((M, machine.L)),
        "drives": np.empty((M, *shape)),
    }


@dataclass(eq=False)
class _Kept:
    """The state that a run has after a quench.

    `flipped` are the states that `BornMachine.hamming_distance` needs. They follow one quench late,
    see `_Late`: until `_catch_up` they are those before the quench.
    """

    loss: float
    state: Complex[np.ndarray, " D"]
    distribution: Float[np.ndarray, " outcomes"]
    flipped: Complex[np.ndarray, "L D"]


@dataclass(frozen=True, eq=False)
class _Lowest:
    """The lowest loss of a run so far, after how many quenches it was found, and its p."""

    loss: float
    quench: int
    distribution: Float[np.ndarray, " outcomes"]


@dataclass(frozen=True, eq=False)
class _Late:
    """Flipped states, and the quench that they still have to go through.

    They do so in the last batch of the next quench's candidates, which costs hardly anything: the
    evolution takes 16 states at once, and most numbers of candidates leave room for L more.
    """

    states: Complex[np.ndarray, "L D"]
    fields: Float[np.ndarray, " L"]
    drives: Float[np.ndarray, "slices L axes"] | None


def _not_continued(start: Run, fault: str) -> arguments.InvalidArgumentError:
    return arguments.InvalidArgumentError(
        "start",
        f"{fault}; continue run {start.run} with the machine, target, seed and settings that it "
        "was trained with",
    )


def _check_start(
    first: _Kept,
    start: Run,
    settings: Settings,
    history: Mapping[str, np.ndarray],
) -> None:
    """Refuse a run that is too long, or whose arrays or accepted quenches do not fit."""
    M = len(start.loss)
    if settings.quenches < M:
        raise arguments.InvalidArgumentError(
            "start",
            f"run {start.run} has {M} quenches, more than the {settings.quenches} of the settings",
        )
    for name, values in history.items():
        if getattr(start, name).shape != (M, *values.shape[1:]):
            raise _not_continued(start, f"{name} has shape {getattr(start, name).shape}")
    if start.initial_state.shape != first.state.shape or not np.allclose(
        start.initial_state, first.state, rtol=0.0, atol=1e-9
    ):
        raise _not_continued(start, "the initial state differs")
    must = np.array([_must_improve(settings, m) for m in range(M)])
    lower = start.loss < np.concatenate([[start.initial_loss], start.loss[:-1]])
    wrong = np.where(start.accepted, must & ~lower, ~must)
    if wrong.any():
        m = int(np.argmax(wrong))
        done = "accepted" if start.accepted[m] else "rejected"
        raise _not_continued(start, f"quench {m} was {done}, against the settings")


def _check_candidate(
    start: Run,
    m: int,
    drawn: Float[np.ndarray, "candidates L"],
    noise: Float[np.ndarray, "candidates slices L axes"] | None,
) -> None:
    """Refuse a run whose quench m is none of the candidates that the settings draw."""
    found = (drawn == start.fields[m]).all(axis=1)
    if noise is not None:
        found &= (noise == start.drives[m]).all(axis=(1, 2, 3))
    if not found.any():
        raise _not_continued(start, f"the fields of quench {m} are none of its candidates")


def _continued(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    first: _Kept,
    start: Run,
    settings: Settings,
) -> _Kept:
    """The state after the last quench of `start`, replayed together with its flipped states."""
    initial = states = np.concatenate([first.state[None], first.flipped])
    for m in np.flatnonzero(start.accepted):
        before = states if settings.search == "sequence" else initial
        noise = None if machine.drive is None else start.drives[m]
        states = _quench_alike(machine, before, start.fields[m], noise)
    p = machine.distribution(states[0])
    if abs(loss(p) - start.loss[-1]) > 1e-9 or abs(first.loss - start.initial_loss) > 1e-9:
        raise _not_continued(start, "its fields do not lead to its last loss")
    return _Kept(float(start.loss[-1]), states[0], p, states[1:])


def _lowest_of(start: Run, loss: MaximumMeanDiscrepancy) -> _Lowest:
    """The lowest loss of a run that goes on."""
    value = float(np.append(start.loss, start.initial_loss).min())
    if abs(loss(start.model_distribution) - value) > 1e-9:
        raise _not_continued(start, "its model does not have its lowest loss")
    return _Lowest(value, start.lowest_quench, start.model_distribution)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """One set of fields tried in a quench, and the resulting state."""

    loss: float
    fields: Float[np.ndarray, " L"]
    drives: Float[np.ndarray, "slices L axes"] | None
    state: Complex[np.ndarray, " D"]
    distribution: Float[np.ndarray, " outcomes"]


def _search(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    settings: Settings,
    streams: Sequence[list[np.random.Generator]],
    first: _Kept,
    now: _Kept,
    lowest: _Lowest,
    history: Mapping[str, np.ndarray],
) -> tuple[_Kept, _Lowest]:
    """The last quenches of a run, one for each of `streams`; the state after them, and the best."""
    late, states, learned = None, [], []
    begin = settings.quenches - len(streams)
    for m, stream in enumerate(streams, begin):
        drawn, noise = _draw_candidates(machine, settings, *stream)
        before = now if settings.search == "sequence" else first
        best, flipped = _best_candidate(
            machine, loss, before.state, drawn, noise, settings.batch, late
        )
        if late is not None:
            _catch_up(history, m - 1, machine, now, flipped)
        late = None
        if accepted := best.loss < now.loss or not _must_improve(settings, m):
            late = _Late(before.flipped, best.fields, best.drives)
            now = _Kept(best.loss, best.state, best.distribution, before.flipped)
        _record(history, m, machine, best, now, accepted)
        states.append(now.state)
        learned.append(now.distribution)
        if now.loss < lowest.loss:
            lowest = _Lowest(now.loss, m + 1, now.distribution)
    if late is not None:
        flipped = _quench_alike(machine, late.states, late.fields, late.drives)
        _catch_up(history, settings.quenches - 1, machine, now, flipped)
    if learned:
        history["fidelity"][begin:] = classical_fidelity(np.array(learned), loss.target)
        history["entropy"][begin:] = machine.entropy(np.array(states))
    return now, lowest


def _record(
    history: Mapping[str, np.ndarray],
    m: int,
    machine: BornMachine,
    best: _Candidate,
    now: _Kept,
    accepted: bool,
) -> None:
    """Write down quench m: its best candidate, and the state that the run has after it.

    Fidelities and entropies are written at the end, all at once, and the Hamming distance after an
    accepted quench when the flipped states have gone through it.
    """
    history["accepted"][m] = accepted
    history["loss"][m] = now.loss
    if not accepted:
        _catch_up(history, m, machine, now, now.flipped)
    history["fields"][m] = best.fields
    if best.drives is not None:
        history["drives"][m] = best.drives


def _catch_up(
    history: Mapping[str, np.ndarray],
    m: int,
    machine: BornMachine,
    now: _Kept,
    flipped: Complex[np.ndarray, "L D"],
) -> None:
    """Complete the state that the run has after quench m, and what is written down of it."""
    now.flipped = flipped
    history["hamming"][m] = machine.hamming_distance(now.state, flipped)


def _best_candidate(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    psi: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "candidates L"],
    drives: Float[np.ndarray, "candidates slices L axes"] | None,
    batch: int,
    late: _Late | None,
) -> tuple[_Candidate, Complex[np.ndarray, "_ D"]]:
    """The candidate with the lowest loss, the first one if several are equal; the late states."""
    size = min(batch, max(16, _AMPLITUDES // psi.size))
    found = []
    for begin in range(0, len(fields), size):
        some = slice(begin, begin + size)
        noise = None if drives is None else drives[some]
        joining = late if begin + size >= len(fields) else None
        states = _quench_with(machine, psi, fields[some], noise, joining)
        found.append(_best_of_batch(machine, loss, states, fields[some], noise))
    late_states = states[len(fields) - begin :].copy()
    return min(found, key=lambda candidate: candidate.loss), late_states


def _quench_with(
    machine: BornMachine,
    psi: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "batch L"],
    drives: Float[np.ndarray, "batch slices L axes"] | None,
    late: _Late | None,
) -> Complex[np.ndarray, "_ D"]:
    """The states of a batch of candidates, and after them the late ones."""
    if late is None:
        return machine.quench(psi, fields, drives)
    L = machine.L
    fields = np.concatenate([fields, np.repeat(late.fields[None], L, axis=0)])
    if drives is not None and late.drives is not None:
        drives = np.concatenate([drives, np.repeat(late.drives[None], L, axis=0)])
    return machine.quench(np.concatenate([psi[None], late.states]), fields, drives)


def _best_of_batch(
    machine: BornMachine,
    loss: MaximumMeanDiscrepancy,
    states: Complex[np.ndarray, "_ D"],
    fields: Float[np.ndarray, "batch L"],
    drives: Float[np.ndarray, "batch slices L axes"] | None,
) -> _Candidate:
    distributions = machine.distribution(states[: len(fields)])
    losses = loss(distributions)
    n = int(np.argmin(losses))
    noise = None if drives is None else drives[n]
    # Copies, so that the other states of the batch can be freed.
    return _Candidate(float(losses[n]), fields[n], noise, states[n].copy(), distributions[n].copy())


def _quench_alike(
    machine: BornMachine,
    states: Complex[np.ndarray, "n D"],
    fields: Float[np.ndarray, " L"],
    drives: Float[np.ndarray, "slices L axes"] | None,
) -> Complex[np.ndarray, "n D"]:
    """Several states after the quench of one candidate."""
    n = len(states)
    noise = None if drives is None else np.repeat(drives[None], n, axis=0)
    return machine.quench(states, np.repeat(fields[None], n, axis=0), noise)


def replay(
    machine: BornMachine,
    initial_state: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "quenches L"],
    drives: Float[np.ndarray, "quenches slices L axes"] | None = None,
    accepted: Bool[np.ndarray, " quenches"] | None = None,
    *,
    search: Search = "sequence",
) -> Complex[np.ndarray, "quenches1 D"]:
    """States before the first quench and after each quench, recomputed from a stored history.

    Args:
        machine: the machine that was trained.
        initial_state: |psi_0>.
        fields: fields along z of each quench.
        drives: fields across z of each quench, slice, site and axis, for a driven machine.
        accepted: whether each quench was kept; all of them by default.
        search: whether quenches start in the state before, or in the initial state ("single").

    Raises:
        InvalidArgumentError: if the state is not normalised, or a shape does not fit.
    """
    fields = arguments.real("fields", fields, (None, machine.L))
    start = arguments.normalised("initial_state", initial_state, (machine.chain.dimension,))
    kept = np.ones(len(fields), dtype=bool) if accepted is None else accepted
    states = [start.astype(complex)]
    for m, h in enumerate(fields):
        noise = None if machine.drive is None or drives is None else drives[m : m + 1]
        before = states[-1] if search == "sequence" else states[0]
        states.append(machine.quench(before, h[None], noise)[0] if kept[m] else states[-1])
    return np.array(states)
