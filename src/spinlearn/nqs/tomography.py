"""Wave functions from measurements: restricted Boltzmann machines by maximum likelihood.

Torlai et al., Nature Physics 14, 447 (2018): Psi(s) = exp(A(s)/2 + i B(s)/2), where A and B are the
logarithms of two real machines, sum_k a_k s_k + sum_j ln 2 cosh(b_j + sum_k W_jk s_k). The first is
the modulus, the second the phase; without the second the wave function is positive. All sums are
exact: the norm over 2^N configurations, and the amplitude of an outcome in any local basis.
"""

import logging
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex, Float, UInt8
from scipy.optimize import minimize

from spinlearn import arguments
from spinlearn.learning.guessing import SURE, refuse_worse_than_guessing
from spinlearn.nqs.rbm import spins
from spinlearn.spins.pauli_samples import outcome_bras

FIRST_SPREAD = 0.05
"""Standard deviation of the initial parameters: all amplitudes are nearly equal."""

Amplitudes = Float[np.ndarray, " D"] | Complex[np.ndarray, " D"]

log = logging.getLogger("spinlearn.nqs")


@dataclass(frozen=True)
class Settings:
    """The machines and their training.

    Attributes:
        alpha: hidden units per site, of the machine of the modulus and of that of the phase.
        held_out: one in so many samples is held out, the first ones.
        iterations: most iterations of L-BFGS.
        patience: iterations without a better likelihood of the held-out samples after which it
            stops.
        starts: trainings from different initial parameters, of which the one with the best
            likelihood of the held-out samples is kept.
    """

    alpha: int
    held_out: int
    iterations: int
    patience: int
    starts: int


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A trained wave function.

    Attributes:
        psi: normalised amplitudes, in the order of `spinlearn.nqs.rbm.spins`.
        judge: likelihood of the held-out samples.
        loss: its loss for psi.
        parameters: number of real parameters.
        iterations: iterations to the parameters that were kept.
    """

    psi: Complex[np.ndarray, " D"]
    judge: "Likelihood"
    loss: float
    parameters: int
    iterations: int


class Likelihood:
    """How likely a wave function makes measured outcomes.

    Equal outcomes count together, so that samples along z take at most 2^N terms.
    """

    def __init__(self, axes: UInt8[np.ndarray, "M N"], outcomes: UInt8[np.ndarray, "M N"]) -> None:
        """Outcomes 0 or 1 of the Pauli matrices with these axes (`spinlearn.spins.pauli_samples`).

        Raises:
            InvalidArgumentError: if the shapes differ, or an axis or outcome does not exist.
        """
        both, counts = np.unique(np.hstack([axes, outcomes]), axis=0, return_counts=True)
        self._bras = outcome_bras(*np.hsplit(both, 2))
        self._samples = int(counts.sum())
        self._weights = counts / self._samples

    def loss(self, psi: Amplitudes) -> float:
        """-(1/M) sum_m ln p(outcome m | axes m), in nats; psi need not be normalised."""
        return self.loss_and_gradient(psi)[0]

    def loss_error(self, psi: Amplitudes) -> float:
        """Standard error of the loss over the samples; infinite for a single one."""
        if self._samples == 1:
            return math.inf
        logarithms = np.log(np.abs(self._bras @ psi) ** 2)
        variance = self._weights @ (logarithms - self._weights @ logarithms) ** 2
        return float(np.sqrt(variance / (self._samples - 1)))

    def loss_and_gradient(self, psi: Amplitudes) -> tuple[float, Complex[np.ndarray, " D"]]:
        """The loss, and g with d loss = Re sum_s g(s) d ln Psi(s).

        g(s) = 2 |Psi(s)|^2 / <Psi|Psi> - (2/M) sum_m <m|s> Psi(s) / <m|Psi>.
        """
        amplitudes = self._bras @ psi
        norm = np.vdot(psi, psi).real
        with np.errstate(divide="ignore", invalid="ignore"):  # an outcome without amplitude
            loss = np.log(norm) - self._weights @ np.log(np.abs(amplitudes) ** 2)
            ratios = psi * (self._bras.T @ (self._weights / amplitudes))
        return float(loss), 2 * (np.abs(psi) ** 2 / norm - ratios)


class Machine:
    """A wave function of two real machines, or of the first alone if it is positive."""

    def __init__(self, N: int, alpha: int, *, has_phase: bool) -> None:
        """Prepare N spins with `alpha` N hidden units per machine."""
        arguments.integer("alpha", alpha, 1)
        self._spins = spins(N).astype(float)
        self._hidden = alpha * N
        self.machines = 2 if has_phase else 1

    @property
    def parameters(self) -> int:
        """Number of real parameters."""
        N = self._spins.shape[1]
        return self.machines * (N + self._hidden + self._hidden * N)

    def psi(self, parameters: Float[np.ndarray, " P"]) -> Complex[np.ndarray, " D"]:
        """The amplitudes of all configurations, not normalised: the largest modulus is 1."""
        modulus, *phase = (self._logarithm(part) for part in self._parts(parameters))
        exponent = 0.5 * (modulus - modulus.max()) + 0j
        return np.exp(exponent + 0.5j * phase[0] if phase else exponent)

    def gradient(
        self, parameters: Float[np.ndarray, " P"], by_psi: Complex[np.ndarray, " D"]
    ) -> Float[np.ndarray, " P"]:
        """Gradient by the parameters, from g with d loss = Re sum_s g(s) d ln Psi(s)."""
        by_machine = (0.5 * by_psi.real, -0.5 * by_psi.imag)
        parts = zip(self._parts(parameters), by_machine, strict=False)
        return np.concatenate([self._gradient(part, by_log) for part, by_log in parts])

    def _parts(self, parameters: np.ndarray) -> list[np.ndarray]:
        """Parameters of each machine as rows: a, then W, with b in the last column."""
        N = self._spins.shape[1]
        return [
            np.vstack([[*part[:N], 0.0], part[N:].reshape(self._hidden, N + 1)])
            for part in parameters.reshape(self.machines, -1)
        ]

    def _logarithm(self, part: np.ndarray) -> Float[np.ndarray, " D"]:
        """The logarithm of one machine; ln 2 cosh x = |x| + ln(1 + e^(-2|x|))."""
        x = np.abs(self._spins @ part[1:, :-1].T + part[1:, -1])
        return self._spins @ part[0, :-1] + (x + np.log1p(np.exp(-2 * x))).sum(axis=1)

    def _gradient(self, part: np.ndarray, by_log: np.ndarray) -> np.ndarray:
        """Gradient by the parameters of one machine, from that by its logarithm."""
        slopes = np.tanh(self._spins @ part[1:, :-1].T + part[1:, -1]) * by_log[:, None]
        hidden = np.column_stack([slopes.T @ self._spins, slopes.sum(axis=0)])
        return np.concatenate([by_log @ self._spins, hidden.ravel()])


def train(
    axes: UInt8[np.ndarray, "M N"],
    outcomes: UInt8[np.ndarray, "M N"],
    settings: Settings,
    rng: np.random.Generator,
    *,
    has_phase: bool,
    description: str = "tomography",
) -> TrainingResult:
    """The machine that makes the outcomes most likely, stopped early by held-out samples.

    Args:
        axes: axis of every sample and site, 0, 1, 2 for x, y, z.
        outcomes: 0 for the eigenvalue +1, 1 for -1.
        settings: the machine and its training.
        rng: stream of the initial parameters.
        has_phase: whether amplitudes are complex; otherwise they are positive.
        description: names the training in errors.

    Raises:
        InvalidArgumentError: if the arguments do not fit together.
        NotConvergedError: if the held-out samples are less likely than for guessing, N ln 2 nats
            per sample, by more than `GUESS_MARGIN` and `SURE` standard errors.
    """
    samples, N = axes.shape
    held_out = samples // arguments.integer("held_out", settings.held_out, 2, samples)
    machine = Machine(N, settings.alpha, has_phase=has_phase)
    learned = Likelihood(axes[held_out:], outcomes[held_out:])
    judge = Likelihood(axes[:held_out], outcomes[:held_out])
    found = []
    for _ in range(arguments.integer("starts", settings.starts, 1)):
        first = FIRST_SPREAD * rng.normal(size=machine.parameters)
        found.append(_descend(machine, learned, judge, first, settings))
    best = min(found, key=lambda result: result.loss)
    guess = N * np.log(2)
    log.info("%s: loss %.4f, guessing %.4f, %d iterations", description, best.loss, guess,
             best.iterations)  # fmt: skip
    refuse_worse_than_guessing(
        np.array([best.loss]),
        np.array([guess]),
        description,
        "Take more samples, or more iterations or starts.",
        margin=SURE * judge.loss_error(best.psi),
    )
    return best


def _descend(
    machine: Machine,
    learned: Likelihood,
    judge: Likelihood,
    first: Float[np.ndarray, " P"],
    settings: Settings,
) -> TrainingResult:
    """L-BFGS from initial parameters; the iterate that `judge` finds best, these included."""
    losses, best = [judge.loss(machine.psi(first))], first

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        loss, by_psi = learned.loss_and_gradient(machine.psi(parameters))
        return loss, machine.gradient(parameters, by_psi)

    def watch(parameters: np.ndarray) -> None:
        nonlocal best
        losses.append(judge.loss(machine.psi(parameters)))
        if losses[-1] == min(losses):
            best = parameters.copy()
        if len(losses) - 1 - np.argmin(losses) > settings.patience:
            raise StopIteration

    options = {"maxiter": settings.iterations}
    minimize(objective, first, jac=True, method="L-BFGS-B", callback=watch, options=options)
    psi = machine.psi(best)
    psi /= np.linalg.norm(psi)
    return TrainingResult(psi, judge, min(losses), machine.parameters, int(np.argmin(losses)))
