"""Restricted machines beyond sums over all strings: Markov chains, log Z, training from samples.

The marginal distribution of the visible units is known up to its norm, for any number of units:

    log f(s) = -a.s + sum_j log 2cosh |Phi_j(s)|,      p(s) = f(s) / Z.

- With one Pauli, hidden states t_j = +-1 and visible units are drawn in turn, all at once (block
  Gibbs sampling). With several, cosh |Phi| is no sum over states of a hidden unit that is positive
  for all s, so visible units are drawn one after the other from f (Gibbs sampling by heat bath).
- A machine with parameters beta theta has the fields beta Phi. So machines between a product
  distribution and the one at hand lie on a straight line of parameters, and annealed importance
  sampling (Neal 2001; Salakhutdinov and Murray 2008) gives log Z with an error.
- Between the same machines, chains exchange their strings (parallel tempering), so that those of
  the machine at hand reach strings that no single flips connect.
- Training keeps its chains from step to step (persistent contrastive divergence, Tieleman 2008).

Signs s_i = (-1)^v_i are +-1, as in `spinlearn.sqrbm.model`.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num
from scipy.special import expit, logsumexp

from spinlearn import arguments, streams
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.progress import track
from spinlearn.sqrbm.amsgrad import Amsgrad
from spinlearn.sqrbm.model import Machine, Parameters
from spinlearn.sqrbm.training import Settings

Signs = Float[np.ndarray, "samples n"]

_TINY = 1e-150
"""Floor of |Phi|, so that tanh(r)/r is 1 and not 0/0 at r = 0."""


def signs_of(strings: Num[np.ndarray, "samples n"]) -> Signs:
    """s = (-1)^v of strings of bits.

    Raises:
        InvalidArgumentError: if a bit is not 0 or 1.
    """
    return 1.0 - 2.0 * arguments.whole("strings", strings, (None, None), low=0, high=1)


def log_weight(
    machine: Machine, theta: Float[np.ndarray, " size"], s: Signs
) -> Float[np.ndarray, " samples"]:
    """log f(s) of signs: log p(s) + log Z."""
    field = machine.unpack(theta)
    return -s @ field.visible_field + _log_cosh_sum(_fields(field, s))


def mean_gradient(
    machine: Machine,
    theta: Float[np.ndarray, " size"],
    s: Signs,
    weights: Float[np.ndarray, " samples"],
) -> Float[np.ndarray, " size"]:
    """Derivative of sum_k weight_k log f(s_k) with respect to the flat parameters.

    The gradient of KL(q||p) is the one of samples of p minus the one of samples of q.
    """
    phi = _fields(machine.unpack(theta), s)
    r = np.maximum(np.sqrt((phi**2).sum(axis=1, keepdims=True)), _TINY)
    slope = weights[:, None, None] * phi * (np.tanh(r) / r)
    coupling = (slope.reshape(len(s), -1).T @ s).reshape(*phi.shape[1:], machine.n)
    return machine.pack(Parameters(-weights @ s, slope.sum(axis=0), coupling))


def _fields(field: Parameters, s: Signs) -> Float[np.ndarray, "samples paulis m"]:
    """Phi_j^P(s)."""
    flat = s @ field.coupling.reshape(-1, s.shape[1]).T
    return field.hidden_field + flat.reshape(len(s), *field.hidden_field.shape)


def _log_cosh_sum(phi: Float[np.ndarray, "samples paulis m"]) -> Float[np.ndarray, " samples"]:
    """sum_j log 2cosh |Phi_j|."""
    r = np.sqrt((phi**2).sum(axis=1))
    return (r + np.log1p(np.exp(-2.0 * r))).sum(axis=1)


def sweep(
    machine: Machine, theta: Float[np.ndarray, " size"], s: Signs, rng: np.random.Generator
) -> Signs:
    """Every visible unit of every chain drawn anew once; p stays as it is.

    Args:
        machine, theta: one machine.
        s: the chains' signs; they are not changed.
        rng: random numbers.
    """
    return (_block_sweep if len(machine.paulis) == 1 else _single_sweep)(machine, theta, s, rng)


def _block_sweep(
    machine: Machine, theta: np.ndarray, s: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Hidden states given the visible ones, then the reverse: one Pauli."""
    field = machine.unpack(theta)
    t = _drawn(_fields(field, s)[:, 0], rng)
    return _drawn(field.visible_field + t @ field.coupling[0], rng)


def _drawn(field: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Signs in fields: the probability of +1 is e^-field / 2cosh(field)."""
    return np.where(rng.random(field.shape) < expit(-2.0 * field), 1.0, -1.0)


def _single_sweep(
    machine: Machine, theta: np.ndarray, s: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One visible unit after the other by heat bath: any Paulis."""
    s, field = s.copy(), machine.unpack(theta)
    phi = _fields(field, s)
    hidden = _log_cosh_sum(phi)
    uniform = rng.random(s.shape)
    for i in range(machine.n):
        flipped = phi - 2.0 * s[:, i, None, None] * field.coupling[:, :, i]
        other = _log_cosh_sum(flipped)
        gain = 2.0 * field.visible_field[i] * s[:, i] + other - hidden
        flips = uniform[:, i] < expit(gain)
        phi[flips], hidden[flips] = flipped[flips], other[flips]
        s[flips, i] *= -1.0
    return s


def line_of_machines(
    theta: Float[np.ndarray, " size"],
    base: Float[np.ndarray, " n"],
    betas: Float[np.ndarray, " levels"],
) -> Float[np.ndarray, "levels size"]:
    """Parameters (1 - beta) theta_0 + beta theta; theta_0 has the fields `base` and no others.

    The machine at beta = 0 is a product distribution: its visible units are independent.
    """
    start = np.concatenate([base, np.zeros(theta.size - base.size)])
    return start + betas[:, None] * (theta - start)


def tempered_sweep(
    machine: Machine,
    thetas: Float[np.ndarray, "levels size"],
    s: Float[np.ndarray, "levels chains n"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "levels chains n"]:
    """A sweep of every chain, then exchanges between neighbouring machines (parallel tempering).

    Two chains exchange their strings with probability min(1, f_1(s_2) f_2(s_1) / f_1(s_1)
    f_2(s_2)), which leaves all machines' distributions as they are.

    Args:
        machine: the family.
        thetas: parameters of each machine, neighbours being similar; see `line_of_machines`.
        s: signs of the chains of each machine; they are not changed.
        rng: random numbers.
    """
    s = np.stack([sweep(machine, *pair, rng) for pair in zip(thetas, s, strict=True)])
    for low, high in pairwise(range(len(thetas))):
        gain = sum(
            log_weight(machine, thetas[own], s[other]) - log_weight(machine, thetas[own], s[own])
            for own, other in ((low, high), (high, low))
        )
        swaps = np.log(rng.random(s.shape[1])) < gain
        s[low, swaps], s[high, swaps] = s[high, swaps], s[low, swaps]
    return s


class LogPartition(NamedTuple):
    """An estimate of log Z, with Z = sum_s f(s).

    Attributes:
        value: the estimate.
        error: its standard error, from the spread of the chains' weights.
        chains: signs of the chains at the end; with their weights they represent p.
        log_weights: logarithms of these weights.
    """

    value: float
    error: float
    chains: Signs
    log_weights: Float[np.ndarray, " chains"]


def log_partition(
    machine: Machine,
    theta: Float[np.ndarray, " size"],
    rng: np.random.Generator,
    *,
    chains: int = 200,
    steps: int = 500,
    base: Float[np.ndarray, " n"] | None = None,
) -> LogPartition:
    """log Z by annealed importance sampling, from a product distribution to the machine.

    The machines between have the parameters (1 - beta) theta_0 + beta theta, where theta_0 has the
    fields `base` on visible units and zeros elsewhere: log Z_0 = m log 2 + sum_i log 2cosh base_i.

    Args:
        machine, theta: one machine.
        rng: random numbers.
        chains: independent chains.
        steps: values of beta above 0, equally spaced; one sweep at each.
        base: a_i of the product distribution, e.g. those with the means of the data; zeros if None.

    Raises:
        InvalidArgumentError: if a number or a shape does not fit.
    """
    arguments.integer("chains", chains, 2)
    arguments.integer("steps", steps, 1)
    theta = arguments.real("theta", theta, (machine.size,))
    field = np.zeros(machine.n) if base is None else arguments.real("base", base, (machine.n,))
    thetas = line_of_machines(theta, field, np.linspace(0.0, 1.0, steps + 1))
    s, log_weights = _drawn(np.tile(field, (chains, 1)), rng), np.zeros(chains)
    for earlier, now in track(pairwise(thetas), "annealing", total=steps):
        log_weights += log_weight(machine, now, s) - log_weight(machine, earlier, s)
        s = sweep(machine, now, s, rng)
    first = machine.m * np.log(2.0) + (np.abs(field) + np.log1p(np.exp(-2 * np.abs(field)))).sum()
    relative = np.exp(log_weights - log_weights.max())
    error = relative.std(ddof=1) / relative.mean() / np.sqrt(chains)
    value = float(first + logsumexp(log_weights) - np.log(chains))
    return LogPartition(value, float(error), s, log_weights)


@dataclass(frozen=True)
class PersistentSettings:
    """How a machine is trained from samples.

    Attributes:
        training: iterations, step size and its schedule; its patience is not used, since the
            divergence is unknown.
        chains: Markov chains that represent the machine.
        sweeps: sweeps of the chains per step.
        levels: machines of parallel tempering, from independent units to the one that is trained;
            1 uses none.
        scale: initial couplings and hidden fields are uniform in [-scale, scale].
    """

    training: Settings
    chains: int = 100
    sweeps: int = 1
    levels: int = 1
    scale: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.integer("chains", self.chains, 1)
        arguments.integer("sweeps", self.sweeps, 1)
        arguments.integer("levels", self.levels, 1)
        arguments.positive("scale", self.scale)


class PersistentResult(NamedTuple):
    """A machine trained from samples.

    Attributes:
        machine: the family.
        parameters: flat parameters, averaged over the last tenth of the steps.
        chains: signs of the chains after the last step.
    """

    machine: Machine
    parameters: Float[np.ndarray, " size"]
    chains: Signs


def product_fields(s: Signs, weights: Float[np.ndarray, " samples"]) -> Float[np.ndarray, " n"]:
    """a_i of independent units with the means of samples, kept a little away from +-1."""
    return -np.arctanh(np.clip(weights @ s, -0.98, 0.98))


def train_persistent(
    machine: Machine,
    strings: Num[np.ndarray, "samples n"],
    settings: PersistentSettings,
    *,
    seed: int,
    run: int = 0,
    weights: Float[np.ndarray, " samples"] | None = None,
    **stream: streams.KeyPart,
) -> PersistentResult:
    """Train a machine on strings of any length by persistent contrastive divergence.

    The positive phase is the mean over the strings, the negative phase that over the chains.

    Args:
        machine: the family.
        strings: strings of bits.
        settings: how to train.
        seed: the pipeline's.
        run: number of the run, a part of the key of its random stream.
        weights: probability of each string; equal ones if None.
        stream: further parts of the key, e.g. `dataset="digits"`.

    Raises:
        InvalidArgumentError: if a bit is not 0 or 1, or a shape does not fit.
        NotConvergedError: if a parameter is no longer finite.
    """
    s = signs_of(arguments.whole("strings", strings, (None, machine.n), low=0, high=1))
    q = np.full(len(s), 1.0 / len(s)) if weights is None else weights
    q = arguments.distribution("weights", q, (len(s),))
    key = {**stream, **machine.stream_key, "run": run}
    rng = streams.rng(seed, "sqrbm", "persistent chains", **key)
    theta = rng.uniform(-settings.scale, settings.scale, machine.size)
    theta[: machine.n] = product_fields(s, q)
    chains = _drawn(np.tile(theta[: machine.n], (settings.levels, settings.chains, 1)), rng)
    theta, chains = _descend(machine, theta, chains, (s, q), settings, rng)
    if not np.isfinite(theta).all():
        raise NotConvergedError(f"{machine}: parameters are no longer finite; use a smaller step")
    return PersistentResult(machine, theta, chains[-1])


def _descend(
    machine: Machine,
    theta: np.ndarray,
    chains: np.ndarray,
    data: tuple[np.ndarray, np.ndarray],
    settings: PersistentSettings,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters averaged over the last tenth of the steps, and the chains."""
    training = settings.training
    optimiser, equal = Amsgrad(theta.shape), np.full(settings.chains, 1.0 / settings.chains)
    base, betas = theta[: machine.n].copy(), np.linspace(1.0, 0.0, settings.levels)[::-1]
    last = max(1, training.iterations // 10)
    total = np.zeros_like(theta)
    for step in track(range(training.iterations), f"training {machine}"):
        thetas = line_of_machines(theta, base, betas)
        chains = _swept(machine, thetas, chains, rng, settings.sweeps)
        gradient = mean_gradient(machine, theta, chains[-1], equal)
        gradient -= mean_gradient(machine, theta, *data)
        optimiser.learning_rate = training.step_size(step)
        optimiser.step(theta, gradient)
        total += theta if step >= training.iterations - last else 0.0
    return (total / last if training.iterations else theta), chains


def _swept(
    machine: Machine, thetas: np.ndarray, s: np.ndarray, rng: np.random.Generator, sweeps: int
) -> np.ndarray:
    for _ in range(sweeps):
        s = tempered_sweep(machine, thetas, s, rng)
    return s
