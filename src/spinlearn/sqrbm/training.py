"""Training of restricted Boltzmann machines on exact gradients (Demidik 2025, 'Numerical results').

Many runs of one machine are trained at once. Each has its own random stream, so that a run's result
does not depend on the other runs or on their number.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, get_args

import numpy as np
from jaxtyping import Bool, Float, Int

from spinlearn import arguments
from spinlearn.learning.distributions import total_variation
from spinlearn.learning.guessing import (
    divergence_of_guessing,
    is_worse_than_guessing,
    refuse_worse_than_guessing,
    warn_of_guessing,
    warn_of_models_left_out,
)
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.progress import track
from spinlearn.sqrbm.amsgrad import Amsgrad
from spinlearn.sqrbm.choices import StepSchedule
from spinlearn.sqrbm.model import Family, Objective
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import KeyPart, rng

AnyFamily = TypeVar("AnyFamily", bound=Family)

_log = logging.getLogger("spinlearn.sqrbm")

UNIFORM_DISTANCE = 0.1
"""A run is stuck if it ends within this total variation distance of the uniform distribution.

The uniform distribution is a saddle of the divergence. For parity the saddle is wide, since all
correlations of fewer than n units are the same as those of the target.
"""

WARM_UP_STEPS = 100
"""Gradient steps from which on a machine must be no worse than the uniform distribution.

With a learning rate of 0.1 and up to 16 hidden units, runs on bars, cardinality, parity and random
targets of 6 and 8 bits are so within 60 steps. With 90 hidden units XYZ some need 1100.
"""

CHANGE = "Try other starts, more iterations or another learning rate."
"""What to change if machines are no better than guessing."""


def initial_parameters(
    machine: Family, seed: int, runs: Iterable[int], **stream: KeyPart
) -> Float[np.ndarray, "runs size"]:
    """Parameters uniform in [-1, 1] (Demidik 2025), each run from its own stream.

    Args:
        machine: the family.
        seed: the pipeline's.
        runs: numbers of the runs.
        stream: further parts of the streams' keys, e.g. `dataset="bars"`.
    """
    key = {**stream, **machine.stream_key}
    generators = (rng(seed, "sqrbm", "initial parameters", **key, run=run) for run in runs)
    return np.stack([generator.uniform(-1.0, 1.0, machine.size) for generator in generators])


@dataclass(frozen=True)
class Settings:
    """How a machine is trained.

    Attributes:
        iterations: gradient steps.
        learning_rate: step size of AMSGRAD.
        schedule: "constant" as in the paper; "decaying" lets it fall linearly to 0 in the second
            half of the iterations, so that runs do not lose late what they have learned.
        patience: a run stops when its divergence has not fallen by `tolerance` in so many steps; 0
            never stops it.
        tolerance: fall of the divergence, in nats. At the saddle of parity it is small.
    """

    iterations: int
    learning_rate: float
    schedule: StepSchedule = "constant"
    patience: int = 0
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.integer("iterations", self.iterations, 0)
        arguments.positive("learning_rate", self.learning_rate)
        arguments.one_of("schedule", self.schedule, get_args(StepSchedule))
        arguments.integer("patience", self.patience, 0)
        arguments.number("tolerance", self.tolerance, 0)

    def step_size(self, step: int) -> float:
        """The step size of a step, which counts from 0.

        >>> [Settings(8, 0.1, "decaying").step_size(step) for step in (0, 4, 6)]
        [0.1, 0.1, 0.05]
        """
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * min(1.0, 2.0 * (1.0 - step / self.iterations))


@dataclass(frozen=True, eq=False)
class TrainingResult(Generic[AnyFamily]):
    """Results of many runs of one machine.

    What is kept of a run is its machine of lowest divergence. With a constant step size a run can
    lose at the end what it had learned (Demidik 2025 takes the last step).

    Attributes:
        machine: the family.
        run: number of each run.
        target: q(v): one row for all runs, or one per run.
        parameters: flat parameters of each run where its divergence was lowest; NaN if `train` left
            them out.
        probability: p(v) of each run with these parameters.
        kl_history: KL(q||p) of each run before each step, in nats; the last value from the step on
            at which a run stopped.
        steps: gradient steps of each run.
        kl: KL(q||p) after the last step, in nats.
        tvd: total variation distance to the target after the last step.
        kl_best: lowest KL(q||p) of the training, in nats.
        tvd_best: total variation distance to the target where the divergence was lowest.
        tvd_uniform: total variation distance to the uniform distribution after the last step.
        stuck: whether the run ended at the uniform distribution; see `UNIFORM_DISTANCE`.
        resumed_from: number of steps already done in a checkpoint; 0 without one.
    """

    machine: AnyFamily
    run: Int[np.ndarray, " runs"]
    target: Float[np.ndarray, "draws states"]
    parameters: Float[np.ndarray, "runs size"]
    probability: Float[np.ndarray, "runs states"]
    kl_history: Float[np.ndarray, "runs iterations"]
    steps: Int[np.ndarray, " runs"]
    kl: Float[np.ndarray, " runs"]
    tvd: Float[np.ndarray, " runs"]
    kl_best: Float[np.ndarray, " runs"]
    tvd_best: Float[np.ndarray, " runs"]
    tvd_uniform: Float[np.ndarray, " runs"]
    stuck: Bool[np.ndarray, " runs"]
    resumed_from: int = 0


def train(
    machine: AnyFamily,
    target: Float[np.ndarray, "draws states"],
    settings: Settings,
    *,
    seed: int,
    runs: Iterable[int],
    checkpoint: Checkpoint | None = None,
    **stream: KeyPart,
) -> TrainingResult[AnyFamily]:
    """Train many runs of one machine at once, from streams keyed by machine and run.

    On one computer with one version of NumPy, a run does not depend on the other runs, to the last
    bit. On others rounding differs, and the optimiser amplifies the difference. The log says how
    many runs end no better than the uniform distribution, whose divergence is
    sum q ln q + n ln 2: that is a result too. The machines of runs that are worse after
    `WARM_UP_STEPS` steps or more are left out (NaN), and the log names the runs.

    Args:
        machine, settings, checkpoint: as for `descend`.
        target: q(v): one row for all runs, or one per run.
        seed: the pipeline's.
        runs: numbers of the runs.
        stream: further parts of the streams' keys, e.g. `dataset="bars"`.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the 2^n strings, with one row
            for all runs or one per run.
        NotConvergedError, UnwritableError: as `descend`.
    """
    numbers = list(runs)
    target = arguments.distribution("target", target, (None, 2**machine.n))
    if len(target) not in (1, len(numbers)):
        raise arguments.InvalidArgumentError(
            "target", f"has {len(target)} rows; give one for all {len(numbers)} runs, or one each"
        )
    key = machine.stream_key
    name = f"n = {key['n']}, {key['paulis']}, m = {key['m']}"
    description = ", ".join([*map(str, stream.values()), name])
    result = descend(
        machine,
        np.broadcast_to(target, (len(numbers), target.shape[1])),
        initial_parameters(machine, seed, numbers, **stream),
        settings,
        checkpoint=checkpoint,
        description=description,
    )
    result = replace(result, run=np.array(numbers), target=target)
    guess = divergence_of_guessing(target)
    warn_of_guessing(_log, result.kl, guess, description, CHANGE)
    worse = is_worse_than_guessing(result.kl_best, guess)
    if settings.iterations < WARM_UP_STEPS or not worse.any():
        return result
    warn_of_models_left_out(_log, result.run[worse], len(numbers), description, CHANGE)
    return replace(
        result,
        parameters=np.where(worse[:, None], np.nan, result.parameters),
        probability=np.where(worse[:, None], np.nan, result.probability),
    )


def refuse_worse_than_uniform(
    kl: Float[np.ndarray, " runs"],
    target: Float[np.ndarray, "draws states"],
    settings: Settings,
    description: str,
) -> None:
    """Refuse machines that are worse than the uniform distribution, before they are kept.

    Args:
        kl: KL(q||p) of each, in nats.
        target: q, one row for all or one for each.
        settings: of the training; one of fewer than `WARM_UP_STEPS` iterations is not judged.
        description: names the training.

    Raises:
        NotConvergedError: if a divergence is above that of the uniform distribution, by more than
            `spinlearn.learning.guessing.GUESS_MARGIN`.
    """
    if settings.iterations >= WARM_UP_STEPS:
        refuse_worse_than_guessing(kl, divergence_of_guessing(target), description, CHANGE)


def descend(
    machine: AnyFamily,
    target: Float[np.ndarray, "*runs states"],
    initial: Float[np.ndarray, "runs size"],
    settings: Settings,
    *,
    checkpoint: Checkpoint | None = None,
    description: str = "training",
) -> TrainingResult[AnyFamily]:
    """Minimise KL(q||p) by AMSGRAD on exact gradients, many runs at once.

    A run whose divergence no longer falls (see `Settings`) keeps its parameters from then on.
    Training ends when all runs have stopped.

    A training that continues from a checkpoint gives the same numbers as an uninterrupted one, to
    the last bit.

    Args:
        machine: the family.
        target: q, one for all runs or one per run.
        initial: parameters of each run before the first step.
        settings: how to train.
        checkpoint: where to store the state of an unfinished training; None stores nothing. Its key
            must identify the training. A checkpoint whose arrays do not fit is ignored.
        description: text of the progress line.

    Raises:
        InvalidArgumentError: if a target is no distribution, a parameter is not finite, or the
            shape of either does not fit the machine.
        NotConvergedError: if a divergence or a parameter is no longer finite.
        UnwritableError: if the checkpoint cannot be written.
    """
    theta = np.array(arguments.real("initial", initial))
    target = np.asarray(target)
    _check_shapes(machine, target, theta)
    objective = machine.objective(target, len(theta))
    optimiser = Amsgrad(theta.shape, settings.learning_rate)
    history, lowest = np.empty((len(theta), settings.iterations)), _Lowest(theta, settings)
    resumed_from = _resume(checkpoint, theta, history, optimiser, lowest)
    if resumed_from:
        _log.info(
            "%s: resuming after step %d of %d", description, resumed_from, settings.iterations
        )
    for step in track(range(resumed_from, settings.iterations), description):
        value = objective(theta)
        history[:, step] = value.kl
        lowest.update(step, value.kl, theta)
        stopped = lowest.has_stopped(step)
        if stopped.all():
            history[:, step:] = value.kl[:, None]
            break
        kept, optimiser.learning_rate = theta[stopped], settings.step_size(step)
        optimiser.step(theta, value.gradient)
        theta[stopped] = kept
        if checkpoint is not None and step + 1 < settings.iterations and checkpoint.due():
            state = {"parameters": theta, "kl_history": history[:, : step + 1]}
            checkpoint.save({**state, **optimiser.state(), **lowest.state()})
    return _evaluate(machine, objective, theta, history, lowest, settings, resumed_from)


class _Lowest:
    """The lowest divergence of each run with its parameters, and the step of its last fall."""

    def __init__(self, theta: np.ndarray, settings: Settings) -> None:
        self.settings, self.parameters = settings, theta.copy()
        self.kl, self.mark = (np.full(len(theta), np.inf) for _ in range(2))
        self.step = np.zeros(len(theta), dtype=np.int64)

    def update(self, step: int, kl: np.ndarray, theta: np.ndarray) -> None:
        lower = kl < self.kl
        self.kl[lower], self.parameters[lower] = kl[lower], theta[lower]
        fell = kl < self.mark - self.settings.tolerance
        self.mark[fell], self.step[fell] = kl[fell], step

    def last_steps(self) -> np.ndarray:
        """The step at which each run stops, as far as is known, or the number of all steps."""
        patience = self.settings.patience or self.settings.iterations
        return np.minimum(self.step + patience, self.settings.iterations)

    def has_stopped(self, step: int) -> np.ndarray:
        return step >= self.last_steps()

    def state(self) -> dict[str, np.ndarray]:
        names = ("parameters", "kl", "mark", "step")
        return {f"lowest_{name}": getattr(self, name) for name in names}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        for name in ("parameters", "kl", "mark", "step"):
            getattr(self, name)[...] = state[f"lowest_{name}"]


def _check_shapes(machine: Family, target: np.ndarray, theta: np.ndarray) -> None:
    if theta.ndim != 2 or theta.shape[1] != machine.size:
        text = f"has the shape {theta.shape}; {machine} takes {machine.size} per run"
        raise arguments.InvalidArgumentError("initial", text)
    states = 2**machine.n
    if target.shape not in ((states,), (len(theta), states)):
        text = (
            f"has the shape {target.shape}; {machine} takes {states} probabilities, for all runs "
            f"or for each of the {len(theta)}"
        )
        raise arguments.InvalidArgumentError("target", text)


def _resume(
    checkpoint: Checkpoint | None,
    theta: np.ndarray,
    history: np.ndarray,
    optimiser: Amsgrad,
    lowest: _Lowest,
) -> int:
    """Load a checkpoint, if there is one that fits; return the number of its steps."""
    kept = None if checkpoint is None else checkpoint.load()
    if kept is None:
        return 0
    parameters, past = kept["parameters"], kept["kl_history"]
    if parameters.shape != theta.shape or past.shape[1] > history.shape[1]:
        _log.warning(
            "the checkpoint (%d steps of %d runs with %d parameters) does not fit; starting anew",
            past.shape[1],
            *parameters.shape,
        )
        return 0
    optimiser.restore(kept)
    lowest.restore(kept)
    theta[...] = parameters
    history[:, : optimiser.steps] = past
    return optimiser.steps


def _evaluate(
    machine: AnyFamily,
    objective: Objective,
    theta: np.ndarray,
    history: np.ndarray,
    lowest: _Lowest,
    settings: Settings,
    resumed_from: int,
) -> TrainingResult[AnyFamily]:
    """The result of a training that ended with the parameters `theta`."""
    final = objective(theta)
    if not all(np.isfinite(values).all() for values in (history, theta, final.kl)):
        raise NotConvergedError(
            f"{machine}: parameters or divergence are no longer finite; "
            f"use a learning rate below {settings.learning_rate:g}"
        )
    last = np.exp(final.log_probability)
    lowest.update(settings.iterations, final.kl, theta)
    best = objective(lowest.parameters)
    p = np.exp(best.log_probability)
    tvd_uniform = total_variation(last, np.full(last.shape[1], 1.0 / last.shape[1]))
    return TrainingResult(
        machine=machine,
        run=np.arange(len(theta)),
        target=objective.target,
        parameters=lowest.parameters,
        probability=p,
        kl_history=history,
        steps=lowest.last_steps(),
        kl=final.kl,
        tvd=total_variation(last, objective.target),
        kl_best=best.kl,
        tvd_best=total_variation(p, objective.target),
        tvd_uniform=tvd_uniform,
        stuck=tvd_uniform < UNIFORM_DISTANCE,
        resumed_from=resumed_from,
    )
