"""Boltzmann machines with lateral couplings or quantum visible units, as dense matrices.

Two families of Demidik 2025 that have no closed form:

- `SemiQuantumMachine` (definition 2): diagonal in the visible units, all pairs of units coupled.
  For each string v the hidden units have a Hamiltonian H(v) of 2^m states, and proposition 3 gives
  the gradient from its Gibbs state: 2^n eigenproblems of 2^m states.
- `QuantumMachine` (definition 4): any Paulis on visible and hidden units. Nothing factorises: one
  eigenproblem of 2^(n+m) states. Proposition 4 gives the gradient.

Both have the attributes and methods of `spinlearn.sqrbm.model.Machine` that training uses.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.sqrbm.model import KLGradient, Machine, relative_entropy, signs
from spinlearn.sqrbm.pauli_strings import Matrices, PauliStrings, Term

MAX_SEMI_QUANTUM_UNITS = 12
"""Units of a `SemiQuantumMachine`, visible and hidden together."""

MAX_QUANTUM_UNITS = 10
"""Units of a `QuantumMachine`: 1024 states."""

_BLOCK = 2**20
"""Numbers in one array of matrices H(v): 16 MB if they are complex."""


@dataclass(frozen=True)
class SemiQuantumMachine:
    """Semi-quantum Boltzmann machines with all lateral couplings (Demidik 2025, eq. 13).

        H = H_restricted + sum_{i<k} c_ik Z_i Z_k + sum_{j<l} sum_{P,Q in W_h} d_jl^PQ P_j Q_l

    Attributes:
        n: visible units.
        m: hidden units; n + m is at most 12.
        paulis: operators on the hidden units, distinct letters of "XYZ". "Z" is the classical
            Boltzmann machine in which every pair of units is coupled.

    The parameters are those of the restricted machine (see `Machine`), then c by (i, k), then d by
    (j, l, P, Q).

    >>> SemiQuantumMachine(4, 2, "XZ").size
    34
    """

    n: int
    m: int
    paulis: str

    def __post_init__(self) -> None:
        """Refuse too many units, and unknown Paulis."""
        if self.restricted.n + self.restricted.m > MAX_SEMI_QUANTUM_UNITS:
            _refuse_units(self.n, self.m, MAX_SEMI_QUANTUM_UNITS)

    @cached_property
    def restricted(self) -> Machine:
        """The machine without lateral couplings, whose parameters are the first ones of this."""
        return Machine(self.n, self.m, self.paulis)

    @property
    def size(self) -> int:
        """Number of parameters."""
        pairs = self.n * (self.n - 1) // 2
        return self.restricted.size + pairs + self.hidden_pairs

    @property
    def hidden_pairs(self) -> int:
        """Number of couplings among hidden units."""
        return len(self.paulis) ** 2 * self.m * (self.m - 1) // 2

    @property
    def stream_key(self) -> dict[str, str | int]:
        """What tells this family's random streams from those of others."""
        return {"family": "sqBM", "n": self.n, "paulis": self.paulis, "m": self.m}

    @cached_property
    def visible_products(self) -> Float[np.ndarray, "states products"]:
        """s_i, then s_i s_k for i < k, of all strings."""
        s = signs(self.n)
        pairs = [s[:, i] * s[:, k] for i, k in combinations(range(self.n), 2)]
        return np.concatenate([s, np.reshape(pairs, (-1, len(s))).T], axis=1)

    @cached_property
    def hidden_strings(self) -> PauliStrings:
        """Strings on the hidden units: single Paulis by (P, j), then pairs by (j, l, P, Q)."""
        single: list[Term] = [{j: P} for P in self.paulis for j in range(self.m)]
        pairs: list[Term] = [
            {j: P, k: Q}
            for j, k in combinations(range(self.m), 2)
            for P, Q in product(self.paulis, repeat=2)
        ]
        return PauliStrings(self.m, [*single, *pairs])

    def objective(
        self, target: Float[np.ndarray, "*runs states"], runs: int
    ) -> "SemiQuantumDivergence":
        """KL(q||p) and its gradient, for so many machines at once."""
        return SemiQuantumDivergence(self, target, runs)

    def probability(
        self, theta: Float[np.ndarray, "runs size"]
    ) -> Float[np.ndarray, "runs states"]:
        """p(v) = Tr[Lambda_v e^-H] / Tr e^-H of all 2^n strings, for each of many machines."""
        theta = arguments.real("theta", theta, (None, self.size))
        uniform = np.full(2**self.n, 0.5**self.n)
        return np.exp(self.objective(uniform, len(theta))(theta).log_probability)


class SemiQuantumDivergence:
    """KL(q||p) of machines with lateral couplings, with the gradient of proposition 3.

    dL/dtheta_i = sum_v (q_v - p_v) Tr[Lambda_v e^-H H_i] / Tr[Lambda_v e^-H]   (eq. 14)

    Args:
        machine: the family.
        target: q, one for all runs or one per run; rows sum to 1.
        runs: number of machines evaluated at once.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the 2^n strings.
    """

    def __init__(
        self, machine: SemiQuantumMachine, target: Float[np.ndarray, "*runs states"], runs: int
    ) -> None:
        self.machine = machine
        self.target = _targets(target, machine.n, runs)
        self._rows = np.hstack([np.ones((2**machine.n, 1)), signs(machine.n)])

    def __call__(self, theta: Float[np.ndarray, "runs size"]) -> KLGradient:
        """Divergence and gradient at the parameters of every run."""
        return _joined([self._of_run(*pair) for pair in zip(theta, self.target, strict=True)])

    def _of_run(self, theta: np.ndarray, q: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """KL(q||p), its gradient and log p of one machine."""
        machine, n, inner = self.machine, self.machine.n, self.machine.restricted.size
        units = theta[n:inner].reshape(-1, n + 1)
        lateral = np.concatenate([theta[:n], theta[inner : theta.size - machine.hidden_pairs]])
        constant = np.broadcast_to(
            theta[theta.size - machine.hidden_pairs :], (len(self._rows), machine.hidden_pairs)
        )
        weights = np.concatenate([self._rows @ units.T, constant], axis=1)
        log_traces, expectations = _gibbs_states(machine.hidden_strings, weights)
        log_p = log_traces - machine.visible_products @ lateral
        log_p -= log_p.max()
        log_p -= np.log(np.exp(log_p).sum())
        difference = q - np.exp(log_p)
        by_string = difference[:, None] * expectations
        of_visible = difference @ machine.visible_products
        of_units = by_string[:, : len(units)].T @ self._rows
        of_pairs = by_string[:, len(units) :].sum(axis=0)
        gradient = [of_visible[:n], of_units.ravel(), of_visible[n:], of_pairs]
        return relative_entropy(q, log_p), np.concatenate(gradient), log_p


def _gibbs_states(
    strings: PauliStrings, weights: Float[np.ndarray, "states terms"]
) -> tuple[Float[np.ndarray, " states"], Float[np.ndarray, "states terms"]]:
    """log Tr e^-H(v), and Tr[e^-H(v) P_t] / Tr e^-H(v), with H(v) = sum_t weight_vt P_t."""
    step = max(1, _BLOCK // 4**strings.units)
    parts = [
        _gibbs_block(strings, weights[start : start + step])
        for start in range(0, len(weights), step)
    ]
    logs, expectations = zip(*parts, strict=True)
    return np.concatenate(logs), np.concatenate(expectations)


def _gibbs_block(strings: PauliStrings, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    energy, states = np.linalg.eigh(strings.matrix(weights))
    boltzmann = np.exp(energy[:, :1] - energy)
    total = boltzmann.sum(axis=1)
    gibbs = (states * (boltzmann / total[:, None])[:, None, :]) @ states.conj().swapaxes(1, 2)
    return np.log(total) - energy[:, 0], strings.traces(gibbs)


@dataclass(frozen=True)
class QuantumMachine:
    """Quantum restricted Boltzmann machines (Demidik 2025, definition 4, eq. 25).

    Attributes:
        n: visible units.
        m: hidden units; n + m is at most 10.
        visible: W_v, the Paulis of the fields on visible units: letters of "XYZ".
        hidden: W_h, those on hidden units.
        couplings: W_int, pairs of a Pauli on a visible and one on a hidden unit, e.g. ("ZZ", "ZX").

    The parameters are a by (P, i), b by (P, j), w by (PQ, i, j).

    >>> QuantumMachine.generic(3, 1).size, QuantumMachine.transverse_field(3, 1).size
    (39, 11)
    """

    n: int
    m: int
    visible: str
    hidden: str
    couplings: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse too many units, and unknown Paulis."""
        arguments.integer("n", self.n, 1)
        arguments.integer("m", self.m, 1)
        if self.n + self.m > MAX_QUANTUM_UNITS:
            _refuse_units(self.n, self.m, MAX_QUANTUM_UNITS)
        pairs = {first + second for first, second in product("XYZ", repeat=2)}
        for name, allowed in (("visible", "XYZ"), ("hidden", "XYZ"), ("couplings", pairs)):
            found = getattr(self, name)
            if not found or set(found) - set(allowed) or len(set(found)) < len(found):
                text = f"must be distinct ones of {', '.join(sorted(allowed))}, not {found!r}"
                raise arguments.InvalidArgumentError(name, text)

    @classmethod
    def generic(cls, n: int, m: int) -> "QuantumMachine":
        """All Paulis on all units, and all their couplings."""
        return cls(n, m, "XYZ", "XYZ", tuple(P + Q for P, Q in product("XYZ", repeat=2)))

    @classmethod
    def transverse_field(cls, n: int, m: int) -> "QuantumMachine":
        """The transverse-field Ising model: W_v = W_h = {X, Z}, W_int = {ZZ}."""
        return cls(n, m, "XZ", "XZ", ("ZZ",))

    @property
    def size(self) -> int:
        """Number of parameters."""
        fields = len(self.visible) * self.n + len(self.hidden) * self.m
        return fields + len(self.couplings) * self.n * self.m

    @property
    def stream_key(self) -> dict[str, str | int]:
        """What tells this family's random streams from those of others."""
        paulis = ",".join([self.visible, self.hidden, *self.couplings])
        return {"family": "QRBM", "n": self.n, "paulis": paulis, "m": self.m}

    @cached_property
    def strings(self) -> PauliStrings:
        """The Pauli strings of the Hamiltonian, one per parameter."""
        visible, hidden = range(self.n), range(self.n, self.n + self.m)
        terms: list[Term] = [{i: P} for P in self.visible for i in visible]
        terms += [{j: P} for P in self.hidden for j in hidden]
        terms += [
            {i: pair[0], j: pair[1]} for pair in self.couplings for i in visible for j in hidden
        ]
        return PauliStrings(self.n + self.m, terms)

    def objective(
        self, target: Float[np.ndarray, "*runs states"], runs: int
    ) -> "QuantumDivergence":
        """KL(q||p) and its gradient, for so many machines at once."""
        return QuantumDivergence(self, target, runs)

    def probability(
        self, theta: Float[np.ndarray, "runs size"]
    ) -> Float[np.ndarray, "runs states"]:
        """p(v) = Tr[Lambda_v e^-H] / Tr e^-H of all 2^n strings, for each of many machines."""
        theta = arguments.real("theta", theta, (None, self.size))
        return np.stack([_visible_weights(*self._spectrum(row), self.n)[0] for row in theta])

    def _spectrum(self, theta: np.ndarray) -> tuple[np.ndarray, Matrices]:
        return np.linalg.eigh(self.strings.matrix(theta))


class QuantumDivergence:
    """KL(q||p) of quantum restricted machines, with the gradient of proposition 4.

    dL/dtheta_i = -sum_v q_v (Tr[Lambda_v D_i] / Tr[Lambda_v e^-H] - Tr D_i / Tr e^-H)   (eq. 28)

    Here D_i = d e^-H / d theta_i is exact. In the eigenbasis of H, with eigenvalues E, it is
    -(H_i)_ab G_ab with the divided differences G_ab = (e^-E_a - e^-E_b) / (E_b - E_a) (Daleckii and
    Krein). All parameters need one matrix, K = U [(U^+ F U) o G] U^+ with the diagonal matrix
    F = q_v / Tr[Lambda_v e^-H] - 1 / Tr e^-H: dL/dtheta_i = Tr[K H_i]. So a gradient costs one
    diagonalisation and three products of matrices with 2^(n+m) rows.

    Rounding: eigenvectors have errors of 1e-16, so a probability below about 1e-30 is not resolved.
    Its logarithm is wrong, and infinite if the probability is rounded to zero.

    Args:
        machine, target, runs: as for `SemiQuantumDivergence`.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the 2^n strings.
    """

    def __init__(
        self, machine: QuantumMachine, target: Float[np.ndarray, "*runs states"], runs: int
    ) -> None:
        self.machine = machine
        self.target = _targets(target, machine.n, runs)

    def __call__(self, theta: Float[np.ndarray, "runs size"]) -> KLGradient:
        """Divergence and gradient at the parameters of every run."""
        return _joined([self._of_run(*pair) for pair in zip(theta, self.target, strict=True)])

    def _of_run(self, theta: np.ndarray, q: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """KL(q||p), its gradient and log p of one machine."""
        energy, states = self.machine._spectrum(theta)
        p, total = _visible_weights(energy, states, self.machine.n)
        ratio = np.divide(q, p, out=np.zeros_like(q), where=q > 0)
        factor = np.repeat((ratio - 1.0) / total, len(energy) // len(p))
        inner = (states.conj().T * factor) @ states
        inner *= _divided_differences(energy)
        gradient = self.machine.strings.traces(states @ inner @ states.conj().T)
        log_p = np.log(p)
        return relative_entropy(q, log_p), gradient, log_p


def _visible_weights(energy: np.ndarray, states: Matrices, n: int) -> tuple[np.ndarray, float]:
    """p(v), and Tr e^-(H - E_0)."""
    boltzmann = np.exp(energy[0] - energy)
    diagonal = (states.real**2 + states.imag**2) @ boltzmann
    total = float(boltzmann.sum())
    return diagonal.reshape(2**n, -1).sum(axis=1) / total, total


def _divided_differences(energy: np.ndarray) -> np.ndarray:
    """(e^-x_a - e^-x_b) / (x_b - x_a) with x = E - E_0, and e^-x_a where they are equal."""
    gap = np.abs(energy[:, None] - energy)
    lower = np.minimum(energy[:, None], energy) - energy[0]
    slope = np.divide(-np.expm1(-gap), gap, out=np.ones_like(gap), where=gap > 0)
    return slope * np.exp(-lower)


def _targets(target: np.ndarray, n: int, runs: int) -> np.ndarray:
    """One distribution over the 2^n strings per run."""
    arguments.integer("runs", runs, 1)
    return np.broadcast_to(arguments.distribution("target", target, (..., 2**n)), (runs, 2**n))


def _joined(parts: list[tuple[float, np.ndarray, np.ndarray]]) -> KLGradient:
    """Results of single runs as those of all."""
    kl, gradient, log_p = zip(*parts, strict=True)
    return KLGradient(np.array(kl), np.stack(gradient), np.stack(log_p))


def _refuse_units(n: int, m: int, most: int) -> None:
    text = f"n + m = {n} + {m} units; dense matrices are for at most {most}"
    raise arguments.InvalidArgumentError("m", text)
