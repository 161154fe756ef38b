"""Training of restricted Boltzmann machines on exact gradients (P3, 'Numerical results').

Many runs of one machine are trained at once. Each has its own random stream, so that a run's
result depends neither on how many runs there are nor on which ones are trained beside it.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from spinlearn import streams
from spinlearn.learning import distributions
from spinlearn.learning.distributions import total_variation
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.progress import track
from spinlearn.sqrbm.model import KullbackLeibler, Machine
from spinlearn.storage.checkpoints import INTERVAL, load_arrays, save_arrays

_log = logging.getLogger("spinlearn.sqrbm")

DATASETS = ("bars", "random", "cardinality", "parity")
"""Target distributions, in P3's order of difficulty (growing support)."""

UNIFORM_DISTANCE = 0.1
"""A run is stuck if it ends within this total variation distance of the uniform distribution.

The uniform distribution is a saddle of the divergence, and for parity a wide one: no correlation of
fewer than n units tells it from the target.
"""


def target_distribution(
    dataset: str, n: int, root_seed: int, run: int = 0
) -> Float[np.ndarray, " states"]:
    """q(v) of a data set of P3; for "random" each run draws its own, the same for all machines.

    Args:
        dataset: one of `DATASETS`.
        n: visible units.
        root_seed: the pipeline's seed.
        run: index of the run.
    """
    fixed: dict[str, Callable[[int], np.ndarray]] = {
        "bars": distributions.bars,
        "cardinality": distributions.cardinality,
        "parity": distributions.parity,
    }
    if dataset in fixed:
        return fixed[dataset](n)
    if dataset != "random":
        raise ValueError(f"data set {dataset!r} is not one of {', '.join(DATASETS)}")
    stream = streams.rng(root_seed, "sqrbm", "target", dataset=dataset, n=n, run=run)
    return distributions.random_strings(n, stream)


def initial_parameters(
    machine: Machine, dataset: str, root_seed: int, runs: Sequence[int]
) -> Float[np.ndarray, "runs size"]:
    """Parameters uniform in [-1, 1] (P3), each run from its own stream."""
    return np.stack(
        [
            streams.rng(
                root_seed, "sqrbm", "initial parameters",
                dataset=dataset, n=machine.n, paulis=machine.paulis, m=machine.m, run=run,
            ).uniform(-1.0, 1.0, machine.size)
            for run in runs
        ]
    )  # fmt: skip


class Amsgrad:
    """AMSGRAD (Reddi, Kale and Kumar 2018), as `torch.optim.Adam(amsgrad=True)` defines it.

        m <- b1 m + (1 - b1) g,    v <- b2 v + (1 - b2) g^2,    u <- max(u, v)
        theta <- theta - lr/(1 - b1^t) m / (sqrt(u)/sqrt(1 - b2^t) + epsilon)

    The maximum is taken before the correction of the bias, as torch does.

    Args:
        shape: shape of the parameters; everything is element by element.
        learning_rate: lr.
        betas: b1 and b2.
        epsilon: guards the division.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        learning_rate: float = 0.1,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.learning_rate, self.betas, self.epsilon = learning_rate, betas, epsilon
        self.steps = 0
        self._mean, self._square, self._largest = (np.zeros(shape) for _ in range(3))
        self._work = np.empty(shape)

    def state(self) -> dict[str, np.ndarray]:
        """What decides the steps to come, by name; views, not copies."""
        return {
            "steps": np.array(self.steps),
            "mean": self._mean,
            "square": self._square,
            "largest": self._largest,
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave."""
        self.steps = int(state["steps"])
        self._mean[...], self._square[...] = state["mean"], state["square"]
        self._largest[...] = state["largest"]

    def step(self, theta: np.ndarray, gradient: np.ndarray) -> None:
        """Move `theta` in place."""
        b1, b2 = self.betas
        work = self._work
        self.steps += 1
        np.subtract(gradient, self._mean, out=work)
        work *= 1.0 - b1
        self._mean += work
        np.multiply(gradient, gradient, out=work)
        work *= 1.0 - b2
        self._square *= b2
        self._square += work
        np.maximum(self._largest, self._square, out=self._largest)
        np.sqrt(self._largest, out=work)
        work /= np.sqrt(1.0 - b2**self.steps)
        work += self.epsilon
        np.divide(self._mean, work, out=work)
        work *= self.learning_rate / (1.0 - b1**self.steps)
        theta -= work


@dataclass(frozen=True)
class Training:
    """What a training gave.

    Attributes:
        parameters: flat parameters of each run after the last step.
        kl_history: KL(q||p) of each run before each step, in nats.
        kl: KL(q||p) after the last step, in nats.
        tvd: total variation distance to the target after the last step.
        tvd_uniform: total variation distance to the uniform distribution after the last step.
        stuck: whether the run ended at the uniform distribution; see `UNIFORM_DISTANCE`.
        probability: p(v) of each run after the last step.
        resumed_from: steps that a checkpoint had already done; 0 for a fresh start.
    """

    parameters: Float[np.ndarray, "runs size"]
    kl_history: Float[np.ndarray, "runs iterations"]
    kl: Float[np.ndarray, " runs"]
    tvd: Float[np.ndarray, " runs"]
    tvd_uniform: Float[np.ndarray, " runs"]
    stuck: Bool[np.ndarray, " runs"]
    probability: Float[np.ndarray, "runs states"]
    resumed_from: int = 0


def train(
    machine: Machine,
    target: Float[np.ndarray, "*runs states"],
    initial: Float[np.ndarray, "runs size"],
    *,
    iterations: int = 2000,
    learning_rate: float = 0.1,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_interval: float = INTERVAL,
    description: str = "training",
) -> Training:
    """Minimise KL(q||p) by AMSGRAD on exact gradients, many runs at once.

    The caller deletes the checkpoint once it has stored what it wanted. A training that goes on
    from one ends with the numbers of an uninterrupted one, to the last bit.

    Args:
        machine: the family.
        target: q, one for all runs or one a run.
        initial: parameters of each run before the first step.
        iterations: steps.
        learning_rate: step size (P3: 0.1).
        checkpoint: where to keep the state of an unfinished training; None keeps none.
        checkpoint_key: what the training depends on; a checkpoint of another key is ignored. All
            other arguments are part of it without being named.
        checkpoint_interval: least time between two checkpoints, in seconds; 0 writes one after
            every step.
        description: what progress reports call it.

    Raises:
        NotConvergedError: if a divergence or a parameter is no longer finite.
        UnwritableError: if the checkpoint cannot be written.
    """
    theta = np.array(initial, dtype=float)
    runs = len(theta)
    objective = KullbackLeibler(machine, target, runs)
    optimiser = Amsgrad(theta.shape, learning_rate)
    history = np.empty((runs, iterations))
    key = f"{checkpoint_key} {machine} {iterations} {learning_rate!r} " + _digest(target, initial)
    kept = None if checkpoint is None else load_arrays(checkpoint, key)
    if kept is not None:
        optimiser.restore(kept)
        theta[...] = kept["parameters"]
        history[:, : optimiser.steps] = kept["kl_history"]
        _log.info("%s: resuming after step %d of %d", description, optimiser.steps, iterations)
    resumed_from, saved = optimiser.steps, time.monotonic()
    for step in track(range(resumed_from, iterations), description):
        value = objective(theta)
        history[:, step] = value.kl
        optimiser.step(theta, value.gradient)
        due = step + 1 < iterations and time.monotonic() - saved >= checkpoint_interval
        if checkpoint is not None and due:
            state = {"parameters": theta, "kl_history": history[:, : step + 1]}
            save_arrays(checkpoint, key, {**state, **optimiser.state()})
            saved = time.monotonic()
    final = objective(theta)
    if not all(np.isfinite(values).all() for values in (history, theta, final.kl)):
        raise NotConvergedError(
            f"{machine}: parameters or divergence ran out of the range of numbers; "
            f"take a learning rate below {learning_rate:g}"
        )
    p = np.exp(final.log_probability)
    uniform = np.full(p.shape[1], 1.0 / p.shape[1])
    tvd_uniform = total_variation(p, uniform)
    return Training(
        parameters=theta,
        kl_history=history,
        kl=final.kl,
        tvd=total_variation(p, objective.target),
        tvd_uniform=tvd_uniform,
        stuck=tvd_uniform < UNIFORM_DISTANCE,
        probability=p,
        resumed_from=resumed_from,
    )


def _digest(*arrays: np.ndarray) -> str:
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(np.ascontiguousarray(array, dtype=float).tobytes())
    return whole.hexdigest()[:16]


def train_on_dataset(
    dataset: str,
    machine: Machine,
    *,
    root_seed: int,
    runs: int | Sequence[int],
    iterations: int = 2000,
    learning_rate: float = 0.1,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_interval: float = INTERVAL,
) -> tuple[Training, Float[np.ndarray, "runs states"]]:
    """Train on a data set of P3 from streams keyed by data set, sizes, Paulis and run.

    Args:
        dataset: one of `DATASETS`.
        machine: the family.
        root_seed: the pipeline's seed.
        runs: how many runs, or the indices of those wanted.
        iterations, learning_rate, checkpoint, checkpoint_key, checkpoint_interval: see `train`.

    Returns:
        The training, and the target of each run.

    A run's numbers are the same to the last bit whichever runs are trained beside it, on one
    machine with one NumPy; elsewhere rounding differs and the optimiser amplifies it.
    """
    indices = range(runs) if isinstance(runs, int) else runs
    targets = np.stack([target_distribution(dataset, machine.n, root_seed, run) for run in indices])
    initial = initial_parameters(machine, dataset, root_seed, indices)
    result = train(
        machine,
        targets,
        initial,
        iterations=iterations,
        learning_rate=learning_rate,
        checkpoint=checkpoint,
        checkpoint_key=checkpoint_key,
        checkpoint_interval=checkpoint_interval,
        description=f"{dataset}, n = {machine.n}, {machine.paulis}, m = {machine.m}",
    )
    return result, targets


def file_contents(
    dataset: str,
    machine: Machine,
    result: Training,
    runs: Sequence[int],
    targets: Float[np.ndarray, "runs states"],
    target: Float[np.ndarray, " states"],
) -> tuple[dict[str, np.ndarray], dict[str, str | int]]:
    """Arrays and attributes of `spinlearn.sqrbm.schemas.FIT` for one block of runs.

    Args:
        dataset: what the machine was trained on.
        machine: the family.
        result: the training.
        runs: numbers of the runs.
        targets: the target of each.
        target: that of run 0, which every block has in its file.
    """
    fields = machine.unpack(result.parameters)
    arrays = {
        "run": np.asarray(runs, dtype=np.int64),
        "tvd": result.tvd,
        "kl": result.kl,
        "kl_history": result.kl_history,
        "tvd_uniform": result.tvd_uniform,
        "stuck": result.stuck,
        "target": target,
        "visible_field": fields.visible_field,
        "hidden_field": fields.hidden_field,
        "coupling": fields.coupling,
    }
    if dataset == "random":
        arrays["targets"] = targets
    attributes: dict[str, str | int] = {
        "dataset": dataset,
        "n": machine.n,
        "m": machine.m,
        "paulis": machine.paulis,
        "parameter_count": machine.size,
    }
    return arrays, attributes
