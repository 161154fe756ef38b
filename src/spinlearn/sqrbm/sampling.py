"""Restricted machines beyond sums over all strings: Markov chains, log Z, training from samples.

The marginal distribution of the visible units is known up to its norm, for any number of units:

    log f(s) = -a.s + sum_j log 2cosh |Phi_j(s)|,      p(s) = f(s) / Z.

- Visible units are drawn one after the other from f (Gibbs sampling by heat bath): any Paulis. With
  one Pauli, hidden states t_j = +-1 and visible units may also be drawn in turn, all at once (block
  Gibbs sampling). With several, cosh |Phi| is no sum over states of a hidden unit that is positive
  for all s.
- A machine with parameters beta theta has the fields beta Phi. So machines between a product
  distribution and the one at hand lie on a straight line of parameters (`Line`), and annealed
  importance sampling (Neal 2001; Salakhutdinov and Murray 2008) gives log Z with an error.
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
from spinlearn.sqrbm.heat_bath import heat_bath
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
    r = np.sqrt((_fields(field, s) ** 2).sum(axis=1))
    return -s @ field.visible_field + _log_2cosh(r).sum(axis=1)


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


def _log_2cosh(r: np.ndarray) -> np.ndarray:
    """log 2cosh r of r >= 0."""
    return r + np.log1p(np.exp(-2.0 * r))


@dataclass(frozen=True, eq=False)
class Moments:
    """What the weights of strings on a line of machines are made of.

    Attributes:
        start, end: -a.s at beta = 0 and at beta = 1.
        radius: |Phi_j(s)| at beta = 1.
    """

    start: Float[np.ndarray, "*samples"]
    end: Float[np.ndarray, "*samples"]
    radius: Float[np.ndarray, "*samples m"]

    def log_weight(self, beta: Float[np.ndarray, "*betas"]) -> Float[np.ndarray, "*samples"]:
        """log f_beta of each string, at its own beta or at one for all."""
        r = beta[..., None] * self.radius
        fields = self.start + beta * (self.end - self.start)
        return fields + _log_2cosh(r).sum(axis=-1)


@dataclass(frozen=True, eq=False)
class Line:
    """The machines between independent units and one machine, at beta from 0 to 1.

    They have the parameters (1 - beta) theta_0 + beta theta; theta_0 has the fields `base` on
    visible units and no others. So hidden units are in the fields beta Phi_j, and

        log f_beta(s) = -(base + beta (a - base)).s + sum_j log 2cosh(beta |Phi_j(s)|).

    Attributes:
        machine, theta: one machine, at beta = 1.
        base: fields of the independent units, at beta = 0.
    """

    machine: Machine
    theta: Float[np.ndarray, " size"]
    base: Float[np.ndarray, " n"]

    @property
    def log_z_of_base(self) -> float:
        """log Z at beta = 0, where all units are independent."""
        return float(self.machine.m * np.log(2.0) + _log_2cosh(np.abs(self.base)).sum())

    def parameters(self, betas: Float[np.ndarray, " levels"]) -> Float[np.ndarray, "levels size"]:
        """Parameters of the machines at some beta."""
        start = np.concatenate([self.base, np.zeros(self.theta.size - self.base.size)])
        return start + betas[:, None] * (self.theta - start)

    def moments(self, s: Signs) -> Moments:
        """What the weights of strings are made of, at any beta."""
        field = self.machine.unpack(self.theta)
        radius = np.sqrt((_fields(field, s) ** 2).sum(axis=1))
        return Moments(-s @ self.base, -s @ field.visible_field, radius)

    def sweep(
        self, s: Signs, beta: Float[np.ndarray, " samples"], rng: np.random.Generator
    ) -> Signs:
        """Every visible unit of every chain drawn anew once, given the others (heat bath).

        Args:
            s: the chains' signs; they are not changed.
            beta: of each chain.
            rng: random numbers.
        """
        field, uniform = self.machine.unpack(self.theta), rng.random(s.shape)
        coupling = np.ascontiguousarray(field.coupling.transpose(2, 0, 1))
        drawn, phi = s.copy(), np.ascontiguousarray(_fields(field, s))
        odds = uniform / (1.0 - uniform)
        heat_bath(drawn, phi, beta, self.base, field.visible_field, coupling, odds)
        return drawn

    def block_sweep(
        self, s: Signs, beta: Float[np.ndarray, " samples"], rng: np.random.Generator
    ) -> Signs:
        """Hidden states given the visible ones, then the reverse: for one Pauli."""
        field, scale = self.machine.unpack(self.theta), beta[:, None]
        t = _drawn(scale * _fields(field, s)[:, 0], rng)
        visible = self.base + scale * (field.visible_field - self.base)
        return _drawn(visible + scale * (t @ field.coupling[0]), rng)


def _drawn(field: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Signs in fields: the probability of +1 is e^-field / 2cosh(field)."""
    return np.where(rng.random(field.shape) < expit(-2.0 * field), 1.0, -1.0)


def tempered_sweep(
    line: Line,
    betas: Float[np.ndarray, " levels"],
    s: Float[np.ndarray, "levels chains n"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "levels chains n"]:
    """A sweep of every chain, then exchanges between neighbouring machines (parallel tempering).

    Two chains exchange their strings with probability min(1, f_1(s_2) f_2(s_1) / f_1(s_1)
    f_2(s_2)), which leaves all machines' distributions as they are.

    Args:
        line: the machines.
        betas: of each level, in ascending order.
        s: signs of the chains of each level; they are not changed.
        rng: random numbers.
    """
    levels, chains, n = s.shape
    flat = line.sweep(s.reshape(-1, n), np.repeat(betas, chains), rng)
    if levels > 1:
        parts = [flat, *vars(line.moments(flat)).values()]
        parts = [part.reshape(levels, chains, *part.shape[1:]) for part in parts]
        for first in (0, 1):
            _exchange(betas, parts, first, rng)
    return flat.reshape(s.shape)


def _exchange(
    betas: np.ndarray, parts: list[np.ndarray], first: int, rng: np.random.Generator
) -> None:
    """Exchange strings and their moments between levels first and first + 1, and every second."""
    low = np.arange(first, len(betas) - 1, 2)
    strings = [[part[level] for part in parts] for level in (low, low + 1)]
    weight = [
        [Moments(*at[1:]).log_weight(betas[level, None]) for at in strings]
        for level in (low, low + 1)
    ]
    gain = weight[0][1] - weight[0][0] + weight[1][0] - weight[1][1]
    swaps = np.log(rng.random(gain.shape)) < gain
    for part, lower, higher in zip(parts, *strings, strict=True):
        mask = swaps.reshape(*swaps.shape, *(1,) * (part.ndim - 2))
        part[low] = np.where(mask, higher, lower)
        part[low + 1] = np.where(mask, lower, higher)


class LogPartition(NamedTuple):
    """An estimate of log Z, with Z = sum_s f(s).

    Attributes:
        value: the estimate.
        error: its standard error, from the spread of the chains' weights. It is too small if all
            chains miss the same strings; `log_partition_backward` can show that.
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

    See `Line` for the machines between. At beta = 0, log Z = m log 2 + sum_i log 2cosh base_i.

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
    line = Line(machine, theta, field)
    s = _drawn(np.tile(field, (chains, 1)), rng)
    s, log_weights = _annealed(line, np.linspace(0.0, 1.0, steps + 1), s, rng)
    ratio, error = _log_mean(log_weights)
    return LogPartition(line.log_z_of_base + ratio, error, s, log_weights)


def log_partition_backward(
    machine: Machine,
    theta: Float[np.ndarray, " size"],
    s: Signs,
    rng: np.random.Generator,
    *,
    steps: int = 500,
    base: Float[np.ndarray, " n"] | None = None,
) -> LogPartition:
    """log Z by annealing samples of the machine back to a product distribution.

    If the samples are exact, exp(-value) is 1/Z in the mean, so that the value is too high by half
    its variance, as that of `log_partition` is too low (Grosse, Ghahramani and Adams 2015). Chains
    of `log_partition` that all miss some strings agree with one another: their error is then too
    small. Samples that have these strings show it, since this value is larger by more than errors.

    Args:
        machine, theta: one machine.
        s: signs of samples of the machine, at least 2, one chain each; they are not changed.
        rng, steps, base: as for `log_partition`.

    Raises:
        InvalidArgumentError: if a number or a shape does not fit.
    """
    arguments.integer("steps", steps, 1)
    theta = arguments.real("theta", theta, (machine.size,))
    s = arguments.real("s", s, (None, machine.n))
    arguments.integer("samples", len(s), 2)
    field = np.zeros(machine.n) if base is None else arguments.real("base", base, (machine.n,))
    line = Line(machine, theta, field)
    s, log_weights = _annealed(line, np.linspace(1.0, 0.0, steps + 1), s, rng)
    ratio, error = _log_mean(log_weights)
    return LogPartition(line.log_z_of_base - ratio, error, s, log_weights)


def _annealed(
    line: Line, betas: np.ndarray, s: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Chains after one sweep at each beta but the first, and the logarithms of their weights."""
    log_weights = np.zeros(len(s))
    for earlier, now in track(pairwise(betas[:, None]), "annealing", total=len(betas) - 1):
        moments = line.moments(s)
        log_weights += moments.log_weight(now) - moments.log_weight(earlier)
        s = line.sweep(s, np.repeat(now, len(s)), rng)
    return s, log_weights


def _log_mean(log_weights: np.ndarray) -> tuple[float, float]:
    """Logarithm of the mean of weights, and its standard error from their spread."""
    count = len(log_weights)
    relative = np.exp(log_weights - log_weights.max())
    error = relative.std(ddof=1) / relative.mean() / np.sqrt(count)
    return float(logsumexp(log_weights) - np.log(count)), float(error)


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
        batch: strings of the data per step, drawn anew by their weights; 0 takes all of them.
        scale: initial couplings and hidden fields are uniform in [-scale, scale].
    """

    training: Settings
    chains: int = 100
    sweeps: int = 1
    levels: int = 1
    batch: int = 0
    scale: float = 0.1

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.integer("chains", self.chains, 1)
        arguments.integer("sweeps", self.sweeps, 1)
        arguments.integer("levels", self.levels, 1)
        arguments.integer("batch", self.batch, 0)
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
        line = Line(machine, theta, base)
        for _ in range(settings.sweeps):
            chains = tempered_sweep(line, betas, chains, rng)
        gradient = mean_gradient(machine, theta, chains[-1], equal)
        gradient -= mean_gradient(machine, theta, *_batch(*data, settings.batch, rng))
        optimiser.learning_rate = training.step_size(step)
        optimiser.step(theta, gradient)
        total += theta if step >= training.iterations - last else 0.0
    return (total / last if training.iterations else theta), chains


def _batch(
    s: np.ndarray, weights: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Some strings drawn by their weights, or all of them with their weights."""
    if not 0 < size < len(s):
        return s, weights
    drawn = np.searchsorted(np.cumsum(weights), rng.random(size) * weights.sum(), side="right")
    return s[np.minimum(drawn, len(s) - 1)], np.full(size, 1.0 / size)
