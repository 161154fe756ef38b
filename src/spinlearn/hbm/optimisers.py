"""Born machines trained by optimising all fields of a short sequence of quenches at once.

Algorithm 1 of Zhong 2022 chooses the fields of one quench after another, out of random candidates
(`spinlearn.hbm.training`). Here all fields of M quenches are the parameters, each in [-h, h]:

- `gradient`: L-BFGS-B (Byrd et al., SIAM J. Sci. Comput. 16, 1190 (1995); SciPy) on exact gradients
  (`spinlearn.hbm.adjoint`);
- `cma_es`: the evolution strategy with covariance matrix adaptation (Hansen, arXiv:1604.00772;
  package `cma`), without derivatives.

Both minimise the logarithm of the loss, so that steps and tolerances are relative. If they converge
before the budget is spent, they start again elsewhere, and the best fields of all starts count. The
budget is the number of quenches of single states. A loss costs M, a gradient 2M: the adjoint state
goes through the same quenches.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

import cma
import numpy as np
import scipy.optimize
from jaxtyping import Complex, Float

from spinlearn import arguments
from spinlearn.hbm.adjoint import Objective
from spinlearn.hbm.choices import Kernel, Loss, Optimiser, StartState
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
from spinlearn.learning.guessing import refuse_worse_than_guessing, warn_of_guessing
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import KeyPart, rng

_log = logging.getLogger("spinlearn.hbm")

STEPS = 100
"""Equal parts of the budget after which the best loss is recorded."""

FLOOR = 1e-20
"""Added to the loss in its logarithm; smaller losses are rounding."""


@dataclass(frozen=True)
class Settings:
    """How one run is trained.

    Attributes:
        h: largest magnitude of a field, in units of J and in the operators of the chain.
        optimiser: "gradient" or "cma_es".
        quenches: M, quenches of the sequence.
        budget: largest number of quenches of single states.
        start: fields of a start are uniform in [-start, start] (at most [-h, h]), in units of J.
        step: initial step of `cma_es`, a standard deviation, in units of J.
        initial_state: the state before the first quench.
        kernel: distance in the kernel of the squared MMD.
        loss: what is minimised, "mmd" (Zhong 2022) or "kl".
    """

    h: float
    optimiser: Optimiser
    quenches: int
    budget: int
    start: float = 1.0
    step: float = 0.05
    initial_state: StartState = "plus"
    kernel: Kernel = "hamming"
    loss: Loss = "mmd"

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.one_of("loss", self.loss, get_args(Loss))
        for name in ("h", "start", "step"):
            arguments.positive(name, getattr(self, name))
        arguments.one_of("optimiser", self.optimiser, get_args(Optimiser))
        arguments.one_of("initial_state", self.initial_state, get_args(StartState))
        arguments.one_of("kernel", self.kernel, get_args(Kernel))
        arguments.integer("quenches", self.quenches, 1)
        arguments.integer("budget", self.budget, 2 * self.quenches)


@dataclass(frozen=True, eq=False)
class Run:
    """History and result of one run.

    Attributes:
        run: its number.
        initial_state: |psi_0> in the order of the chain's basis.
        spent: quenches of single states at which the history is recorded.
        loss: lowest squared MMD (or KL divergence) so far, that of |psi_0> included.
        fidelity: classical fidelity (sum sqrt(p q))^2 with the target, at the lowest loss so far.
        starts: number of starts.
        fields: the best fields along z of each quench, in units of J.
        model_distribution: p over visible strings after these quenches.
    """

    run: int
    initial_state: Complex[np.ndarray, " D"]
    spent: Float[np.ndarray, " steps"]
    loss: Float[np.ndarray, " steps"]
    fidelity: Float[np.ndarray, " steps"]
    starts: int
    fields: Float[np.ndarray, "quenches L"]
    model_distribution: Float[np.ndarray, " outcomes"]


def train(
    machine: BornMachine,
    target: Float[np.ndarray, "draws outcomes"],
    settings: Settings,
    *,
    seed: int,
    runs: Iterable[int],
    checkpoint: Checkpoint | None = None,
    **stream: KeyPart,
) -> TrainingResult[Run]:
    """Independent runs, in order; see `train_run`.

    Args:
        machine, settings, seed, stream: as for `train_run`.
        target: q over the visible strings: one row for all runs, or one per run.
        runs: numbers of the runs, ascending.
        checkpoint: where finished runs are stored; stored runs are not trained again.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings, with one
            row for all runs or one per run.
        NotConvergedError: if the lowest loss of a run is above that of the uniform distribution.
        ValueError: if the machine has a drive.
    """

    def train_one(run: int, q: Float[np.ndarray, " outcomes"]) -> Run:
        return train_run(machine, q, settings, seed, run, **stream)

    result = train_in_order(
        Run, train_one, machine, target, runs, label=settings.optimiser, checkpoint=checkpoint
    )
    description = described(settings.optimiser, settings.h, stream)
    last, lowest, guess = losses_beside_guessing(result, settings.kernel, settings.loss)
    warn_of_guessing(_log, last, guess, description, CHANGE)
    refuse_worse_than_guessing(lowest, guess, description, CHANGE, margin=ROUNDING)
    return result


def train_run(
    machine: BornMachine,
    target: Float[np.ndarray, " outcomes"],
    settings: Settings,
    seed: int,
    run: int,
    **stream: KeyPart,
) -> Run:
    """One run: starts of the optimiser until the budget is spent.

    Args:
        machine: a Born machine without a drive.
        target: q over the visible strings.
        settings: how it is trained.
        seed: root of the random streams.
        run: number of the run.
        stream: further parts of the streams' keys, e.g. `task="parity"`.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the visible strings.
        ValueError: if the machine has a drive.
    """
    key = {**stream, "h": f"{settings.h:.2f}", "run": run}
    fresh = rng(seed, "hbm", "initial_state", **key)
    start = machine.initial_state(settings.initial_state, fresh, target)
    objective = Objective(machine, start, target, settings.kernel, settings.loss)
    search = _Search(objective, settings)
    random = rng(seed, "hbm", "optimiser", **key, optimiser=settings.optimiser)
    start_once = _descend if settings.optimiser == "gradient" else _adapt
    try:
        while True:
            search.starts += 1
            start_once(search, random)
    except _BudgetSpentError:
        pass
    return search.result(run)


class _BudgetSpentError(Exception):
    """The next evaluation would exceed the budget."""


class _Search:
    """Evaluations of a run: what they cost, and the best fields so far."""

    def __init__(self, objective: Objective, settings: Settings) -> None:
        self.objective, self.settings = objective, settings
        self.shape = (settings.quenches, objective.machine.L)
        self.spent = self.starts = 0
        self.distance = objective.distance
        self.fields = np.zeros(self.shape)
        self.p = objective.machine.distribution(objective.initial_state)
        self.best = float(self.distance(self.p))
        self.history = [(0, self.best, self._fidelity())]

    def _fidelity(self) -> float:
        return float(classical_fidelity(self.p, self.objective.target))

    def first_fields(self, random: np.random.Generator) -> Float[np.ndarray, " size"]:
        """Fields at which a start begins."""
        limit = min(self.settings.start, self.settings.h)
        return random.uniform(-limit, limit, self.shape[0] * self.shape[1])

    def spend(self, quenches: int) -> None:
        """Count quenches of single states; ends the run if they exceed the budget."""
        if self.spent + quenches > self.settings.budget:
            raise _BudgetSpentError
        self.spent += quenches

    def record(self, fields: np.ndarray, loss: float, p: np.ndarray) -> None:
        """Keep fields if their loss is the lowest so far."""
        if loss < self.best:
            self.best, self.p, self.fields = loss, p.copy(), fields.reshape(self.shape).copy()
            self.history.append((self.spent, loss, self._fidelity()))

    def losses(self, points: np.ndarray) -> Float[np.ndarray, " points"]:
        """Losses of many sets of fields, all evolved together."""
        machine = self.objective.machine
        fields = points.reshape(len(points), *self.shape)
        self.spend(len(points) * self.shape[0])
        states = self.objective.initial_state
        for m in range(self.shape[0]):
            states = machine.quench(states, fields[:, m])
        p = machine.distribution(states)
        losses = self.distance(p)
        best = int(losses.argmin())
        self.record(fields[best], float(losses[best]), p[best])
        return losses

    def log_loss(self, point: np.ndarray) -> tuple[float, Float[np.ndarray, " size"]]:
        """The logarithm of the loss and its gradient."""
        self.spend(2 * self.shape[0])
        found, slope = self.objective.gradient(point.reshape(self.shape))
        self.record(point, found.loss, found.distribution)
        loss = found.loss + FLOOR
        return float(np.log(loss)), slope.ravel() / loss

    def result(self, run: int) -> Run:
        """The history at equal parts of the budget, and the best fields."""
        spent, loss, fidelity = np.array(self.history).T
        parts = self.settings.budget * np.arange(1, STEPS + 1) / STEPS
        last = np.searchsorted(spent, parts, side="right") - 1
        return Run(
            run=run,
            initial_state=np.asarray(self.objective.initial_state, dtype=complex),
            spent=parts,
            loss=loss[last],
            fidelity=fidelity[last],
            starts=self.starts,
            fields=self.fields,
            model_distribution=self.p,
        )


def _descend(search: _Search, random: np.random.Generator) -> None:
    """One start of L-BFGS-B."""
    start, budget = search.first_fields(random), search.settings.budget
    scipy.optimize.minimize(
        search.log_loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-search.settings.h, search.settings.h)] * start.size,
        options={"maxcor": 20, "maxiter": budget, "maxfun": budget, "ftol": 1e-6},
    )


def _adapt(search: _Search, random: np.random.Generator) -> None:
    """One start of CMA-ES; random numbers come from the run's own stream."""
    options = {
        "bounds": [-search.settings.h, search.settings.h],
        "seed": np.nan,  # leaves NumPy's global generator alone
        "randn": lambda *shape: random.standard_normal(shape),
        "verbose": -9,
    }
    start = search.first_fields(random)
    strategy = cma.CMAEvolutionStrategy(start, search.settings.step, options)
    while not strategy.stop():
        points = strategy.ask()
        losses = search.losses(np.array(points))
        strategy.tell(points, np.log(losses + FLOOR).tolist())
