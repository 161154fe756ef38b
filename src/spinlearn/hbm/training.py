"""Training by quenches (P1 algorithm 1): draw fields, evolve, keep what is nearest the target.

Both argmax of the printed algorithm are argmin. The best candidate of a quench is accepted even
when it is worse than the state before, so the loss need not fall.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float

from spinlearn.hbm.choices import InitialState, Kernel
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import BornMachine
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.pipeline.progress import track
from spinlearn.streams import KeyPart, rng

_log = logging.getLogger("spinlearn.hbm")

_AMPLITUDES = 2**22
"""Amplitudes of all candidates that are held at a time: 64 MiB in each array of states."""


@dataclass(frozen=True)
class TrainingSettings:
    """How one run is trained.

    Attributes:
        h: disorder strength; fields are uniform in [-h, h], in units of J.
        quenches: M, quenches in a run.
        candidates: N, sets of fields tried in each quench.
        initial_state: the state before the first quench.
        kernel: distance in the kernel of the loss.
        batch: candidates evolved at once at most, fewer in long chains; no result depends on it.
    """

    h: float
    quenches: int = 100
    candidates: int = 500
    initial_state: InitialState = "plus"
    kernel: Kernel = "hamming"
    batch: int = 512


@dataclass(frozen=True, eq=False)
class RunResult:
    """History of one run.

    Attributes:
        run: its number.
        initial_state: |psi_0> in the order of the chain's basis.
        initial_loss: squared MMD before the first quench.
        loss: squared MMD after each quench.
        fidelity: classical fidelity (sum sqrt(p q))^2 with the target after each quench.
        hamming: Hamming distance to psi_0 after each quench (P1 eq. 9).
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


def train_run(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"],
    settings: TrainingSettings,
    seed: int,
    run: int,
    **stream: KeyPart,
) -> RunResult:
    """One run of P1's algorithm 1.

    Random streams are keyed by the run and the quench, and the candidates of a quench are drawn
    one after another: more runs, quenches or candidates leave the earlier ones as they were.

    Args:
        machine: the Born machine.
        target: q over the visible strings.
        settings: how it is trained.
        seed: root of the random streams.
        run: number of the run.
        stream: what else tells this training's streams apart, e.g. `task="parity"`.

    Raises:
        ValueError: if the target does not fit the visible spins.
    """
    if target.size != 2**machine.visible:
        raise ValueError(
            f"{machine.visible} visible spins have {2**machine.visible} outcomes; "
            f"the target has {target.size}"
        )
    loss = MaximumMeanDiscrepancy(target, settings.kernel)
    key = {**stream, "h": f"{settings.h:.2f}", "run": run}
    psi = start = machine.initial_state(
        settings.initial_state, rng(seed, "hbm", "initial_state", **key)
    )
    flipped = machine.flipped(psi)
    slices = 0 if machine.drive is None else len(machine.slices)
    batch = min(settings.batch, max(16, _AMPLITUDES // psi.size))
    M = settings.quenches
    history = {name: np.empty(M) for name in ("loss", "fidelity", "hamming", "entropy")}
    fields, drives = np.empty((M, machine.L)), np.empty((M, slices, machine.L))
    p = machine.distribution(psi)
    initial_loss = float(loss(p))
    for m in range(M):
        best = np.inf
        shape = (settings.candidates, machine.L)
        drawn = rng(seed, "hbm", "fields", **key, quench=m).uniform(-settings.h, settings.h, shape)
        noise = machine.draw_drives(settings.candidates, rng(seed, "hbm", "drive", **key, quench=m))
        before = psi
        for begin in range(0, settings.candidates, batch):
            some = slice(begin, begin + batch)
            states = machine.quench(before, drawn[some], None if noise is None else noise[some])
            distributions = machine.distribution(states)
            losses = loss(distributions)
            lowest = int(np.argmin(losses))
            if losses[lowest] < best:
                best, chosen = float(losses[lowest]), begin + lowest
                psi, p = states[lowest], distributions[lowest]
        fields[m] = drawn[chosen]
        kept = np.repeat(drawn[chosen][None], machine.L, axis=0)
        kept_noise = None
        if noise is not None:
            drives[m] = noise[chosen]
            kept_noise = np.repeat(noise[chosen][None], machine.L, axis=0)
        flipped = machine.quench(flipped, kept, kept_noise)
        history["loss"][m] = best
        history["fidelity"][m] = classical_fidelity(p, target)
        history["hamming"][m] = machine.hamming_distance(psi, flipped)
        history["entropy"][m] = machine.entropy(psi)
    return RunResult(
        run=run,
        initial_state=start,
        initial_loss=initial_loss,
        **history,
        fields=fields,
        drives=drives,
        model_distribution=p,
    )


def train_runs(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"],
    settings: TrainingSettings,
    seed: int,
    runs: int | Iterable[int],
    *,
    finished: Mapping[int, RunResult] | None = None,
    on_run: Callable[[dict[int, RunResult]], None] | None = None,
    **stream: KeyPart,
) -> dict[int, RunResult]:
    """Independent runs, in order; see `train_run`.

    Args:
        machine, target, settings, seed, stream: as for `train_run`.
        runs: how many, or which.
        finished: results of earlier runs, which are not trained again.
        on_run: called with all results so far after each new run, e.g. to keep them in a file.
    """
    wanted = range(runs) if isinstance(runs, int) else list(runs)
    results = {run: result for run, result in (finished or {}).items() if run in wanted}
    if results:
        _log.info("%d of %d runs were finished before", len(results), len(wanted))
    for run in track([run for run in wanted if run not in results], "training", unit="run"):
        results[run] = train_run(machine, target, settings, seed, run, **stream)
        if on_run is not None:
            on_run(results)
    return dict(sorted(results.items()))


def replay(
    machine: BornMachine,
    initial_state: Complex[np.ndarray, " D"],
    fields: Float[np.ndarray, "quenches L"],
    drives: Float[np.ndarray, "quenches slices L"] | None = None,
) -> Complex[np.ndarray, "quenches1 D"]:
    """States before the first quench and after each, from a stored history.

    Args:
        machine: the machine that was trained.
        initial_state: |psi_0>.
        fields: fields along z of each quench.
        drives: fields along x of each quench and slice, for a driven machine.
    """
    states = [np.asarray(initial_state, dtype=complex)]
    for m, h in enumerate(fields):
        noise = None if machine.drive is None or drives is None else drives[m : m + 1]
        states.append(machine.quench(states[-1], h[None], noise)[0])
    return np.array(states)
