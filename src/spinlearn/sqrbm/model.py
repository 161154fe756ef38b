r"""Exact restricted Boltzmann machines with classical or quantum hidden units (Demidik 2025).

The visible units are diagonal, s_i = (-1)^v_i = +-1, and each hidden unit is a qubit in the field

    Phi_j^P(s) = b_j^P + sum_i s_i w_ij^P,      P in W_h, a subset of {X, Y, Z},

so that the marginal distribution of the visible units is (Demidik 2025, proposition 1)

    p(v) ~ exp(-a.s) prod_j 2 cosh |Phi_j(s)|.

W_h = {Z} is the classical machine.

Method. A string is cut into a high and a low part, v = (h, l). The field is then a sum of a vector
for each high part and one for each low part,

    Phi_j^P(s) = high_j^P(h) + low_j^P(l),

and so is its gradient: with g_j(v) = (p_v - q_v) tanh|Phi_j| / |Phi_j|,

    dL/dhigh_j^P(h) = sum_l g_j(h, l) Phi_j^P(h, l),    dL/dlow_j^P(l) = sum_h (the same).

(Eqs. 11 and 12 of Demidik 2025 mix v and v' in the negative phase; this is their correct form.) The
parts are small products of signs and parameters. What is left for every string and hidden unit are
two additions and a product per Pauli, tanh(r)/r and log 2cosh r, in `spinlearn.sqrbm.kernels`.

Rounding: Phi has an absolute error of about eps W, where W is the sum of the absolute values of a
unit's parameters. So log p has an error of at most m eps W, beside that of the sum over j.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from spinlearn import arguments
from spinlearn.sqrbm.kernels import add_fields, add_moments

_LOW_BITS = 6
"""Bits of the low part: 64 numbers fill the vector registers, and are many per call of a kernel."""
_AT_ONCE = 130_000
"""Strings of hidden units that are kept at once: they fit into a second-level cache of 2 MB."""


@lru_cache(maxsize=16)
def signs(n: int) -> Float[np.ndarray, "states n"]:
    """s_i = (-1)^v_i of all 2^n strings, bit 0 being the most significant digit of the index.

    >>> signs(2)
    array([[ 1.,  1.],
           [ 1., -1.],
           [-1.,  1.],
           [-1., -1.]])
    """
    index = np.arange(2**n)[:, None]
    table = 1.0 - 2.0 * ((index >> np.arange(n - 1, -1, -1)) & 1)
    table.flags.writeable = False
    return table


class Parameters(NamedTuple):
    """Parameters of one or many machines, in the notation of Demidik 2025, eq. 5.

    Attributes:
        visible_field: a_i.
        hidden_field: b_j^P.
        coupling: w_ij^{Z,P}.
    """

    visible_field: Float[np.ndarray, "*runs n"]
    hidden_field: Float[np.ndarray, "*runs paulis m"]
    coupling: Float[np.ndarray, "*runs paulis m n"]


@dataclass(frozen=True)
class Machine:
    """A family of restricted Boltzmann machines (Demidik 2025, table 1).

    Attributes:
        n: visible units.
        m: hidden units.
        paulis: operators on the hidden units, any distinct letters of "XYZ"; "Z" is the classical
            machine.

    The parameters are one flat vector: a_i, then b, w_1, ..., w_n per Pauli and hidden unit.

    >>> Machine(6, 2, "XZ").size
    34
    """

    n: int
    m: int
    paulis: str

    def __post_init__(self) -> None:
        """Refuse numbers of units below 1, and unknown Paulis."""
        arguments.integer("n", self.n, 1)
        arguments.integer("m", self.m, 1)
        if (
            not isinstance(self.paulis, str)
            or not self.paulis
            or set(self.paulis) - set("XYZ")
            or len(set(self.paulis)) < len(self.paulis)
        ):
            text = f"must be distinct letters of XYZ, not {self.paulis!r}"
            raise arguments.InvalidArgumentError("paulis", text)

    @property
    def size(self) -> int:
        """Number of parameters, n + |W_h| m (n + 1) (Demidik 2025, table 1)."""
        return self.n + len(self.paulis) * self.m * (self.n + 1)

    @property
    def stream_key(self) -> dict[str, str | int]:
        """What tells this family's random streams from those of others."""
        return {"n": self.n, "paulis": self.paulis, "m": self.m}

    @property
    def attributes(self) -> dict[str, str | int]:
        """What the files of this family's machines say of it."""
        return {**self.stream_key, "parameter_count": self.size}

    def objective(self, target: Float[np.ndarray, "*runs states"], runs: int) -> "KullbackLeibler":
        """KL(q||p) and its gradient, for so many machines at once."""
        return KullbackLeibler(self, target, runs)

    def unpack(self, theta: Float[np.ndarray, "*runs size"]) -> Parameters:
        """Views of a flat parameter vector as fields and couplings."""
        units = self._units(theta)
        return Parameters(theta[..., : self.n], units[..., 0], units[..., 1:])

    def pack(self, parameters: Parameters) -> Float[np.ndarray, "*runs size"]:
        """The flat vector of given fields and couplings."""
        a, b, w = parameters
        units = np.concatenate([b[..., None], w], axis=-1)
        return np.concatenate([a, units.reshape(*a.shape[:-1], -1)], axis=-1)

    def _units(self, theta: np.ndarray) -> np.ndarray:
        shape = (*theta.shape[:-1], len(self.paulis), self.m, self.n + 1)
        return theta[..., self.n :].reshape(shape)

    def log_probability(
        self, theta: Float[np.ndarray, "*runs size"]
    ) -> Float[np.ndarray, "*runs states"]:
        """log p(v) of all 2^n strings, normalised (Demidik 2025, eqs. 8 and 9), in log space.

        Raises:
            InvalidArgumentError: if a parameter is not finite, or their number is not `size`.
        """
        theta = arguments.real("theta", theta, (..., self.size))
        flat = np.ascontiguousarray(theta.reshape(-1, self.size), dtype=float)
        log_p = _Sweep(self, len(flat)).log_probability(flat)
        return log_p.reshape(*theta.shape[:-1], -1)

    def probability(
        self, theta: Float[np.ndarray, "*runs size"]
    ) -> Float[np.ndarray, "*runs states"]:
        """p(v) of all 2^n strings; see `log_probability`."""
        return np.exp(self.log_probability(theta))


class KLGradient(NamedTuple):
    """KL(q||p) and its gradient, for each of many machines.

    Attributes:
        kl: KL(q||p), in nats.
        gradient: its derivative with respect to the flat parameters.
        log_probability: log p(v) of all strings.
    """

    kl: Float[np.ndarray, " runs"]
    gradient: Float[np.ndarray, "runs size"]
    log_probability: Float[np.ndarray, "runs states"]


def relative_entropy(q: Float[np.ndarray, " states"], log_p: Float[np.ndarray, " states"]) -> float:
    """KL(q||p) = sum_v q_v (log q_v - log p_v) in nats; strings with q_v = 0 add nothing."""
    support = q > 0
    return float(q[support] @ (np.log(q[support]) - log_p[support]))


@runtime_checkable
class Objective(Protocol):
    """KL(q||p) of many machines of one family against their targets."""

    target: Float[np.ndarray, "runs states"]

    def __call__(self, theta: Float[np.ndarray, "runs size"]) -> KLGradient:
        """Divergence and gradient at the parameters of every run."""
        ...


@runtime_checkable
class Family(Protocol):
    """What training needs to know of a family of machines."""

    @property
    def n(self) -> int:
        """Visible units."""
        ...

    @property
    def size(self) -> int:
        """Number of parameters."""
        ...

    @property
    def stream_key(self) -> dict[str, str | int]:
        """What tells this family's random streams from those of others."""
        ...

    def objective(self, target: Float[np.ndarray, "*runs states"], runs: int) -> Objective:
        """KL(q||p) and its gradient, for so many machines at once."""
        ...


class _Sweep:
    """Work space for the strings and hidden units of one machine, for groups of runs.

    All arrays of a group stay in the cache. Every matrix product and every sum is over one run. So
    a run's result does not depend on the other runs, to the last bit.
    """

    def __init__(self, machine: Machine, runs: int) -> None:
        n, m, paulis = machine.n, machine.m, len(machine.paulis)
        self.machine, self.runs = machine, runs
        self.cut = n - min(n, _LOW_BITS)  # bits of the high part
        self.states = (2**self.cut, 2 ** (n - self.cut))
        # rows 1, s_1, s_2, ... of the high part and s_i of the low part
        self.high_rows = np.ones((1 + self.cut, self.states[0]))
        if self.cut:
            self.high_rows[1:] = signs(self.cut).T
        self.low_rows = np.ascontiguousarray(signs(n - self.cut).T)
        self.group = min(runs, max(1, _AT_ONCE // (m * 2**n)))
        self.product = np.empty((self.group, *self.states))
        self.slope = np.empty((self.group, m, *self.states))
        # fields and moments, by the high and by the low part
        shapes = [(2, self.group, paulis, m, size) for size in self.states]
        (self.high, self.by_high), (self.low, self.by_low) = map(np.empty, shapes)

    def groups(self) -> list[slice]:
        return [
            slice(start, min(start + self.group, self.runs))
            for start in range(0, self.runs, self.group)
        ]

    def log_probability(self, theta: np.ndarray) -> np.ndarray:
        log_p = np.empty((self.runs, 2**self.machine.n))
        for group in self.groups():
            self.group_log_probability(theta[group], log_p[group])
        return log_p

    def group_log_probability(self, theta: np.ndarray, log_p: np.ndarray) -> None:
        """Normalised log p of a group into `log_p`; leaves the fields and slopes."""
        runs, n, cut = len(theta), self.machine.n, self.cut
        units = self._units_by_run(theta)
        high, low, product = self.high[:runs], self.low[:runs], self.product[:runs]
        np.matmul(units[..., : cut + 1], self.high_rows, out=_flat(high))
        np.matmul(units[..., cut + 1 :], self.low_rows, out=_flat(low))
        visible = theta[:, None, :n]
        by_high = np.matmul(visible[..., :cut], self.high_rows[1:])
        by_low = np.matmul(visible[..., cut:], self.low_rows)
        strings = log_p.reshape(product.shape)
        np.add(by_high[:, 0, :, None], by_low, out=strings)
        np.negative(strings, out=strings)
        product[...] = 1.0
        add_fields(high, low, strings, product, self.slope[:runs])
        strings += np.log(product, out=product)
        log_p -= np.max(log_p, axis=1, keepdims=True)
        log_p -= np.log(np.add.reduce(np.exp(log_p), axis=1, keepdims=True))

    def group_gradient(
        self, theta: np.ndarray, difference: np.ndarray, gradient: np.ndarray
    ) -> None:
        """Gradient of a group whose `difference` is p - q, after `group_log_probability`."""
        runs, n, cut = len(theta), self.machine.n, self.cut
        high, low, slope = self.high[:runs], self.low[:runs], self.slope[:runs]
        by_high, by_low = self.by_high[:runs], self.by_low[:runs]
        weight = difference.reshape(runs, *self.states)
        by_low[...] = 0.0
        add_moments(high, low, slope, weight, by_high, by_low)
        units = self._units_by_run(gradient)
        units[..., : cut + 1] = np.matmul(_flat(by_high), self.high_rows.T)
        units[..., cut + 1 :] = np.matmul(_flat(by_low), self.low_rows.T)
        visible = gradient[:, None, :n]
        visible[..., :cut] = np.matmul(-weight.sum(axis=2)[:, None], self.high_rows[1:].T)
        visible[..., cut:] = np.matmul(-weight.sum(axis=1)[:, None], self.low_rows.T)

    def _units_by_run(self, theta: np.ndarray) -> np.ndarray:
        """A view (run, Pauli and hidden unit, parameter): b, w_1, ..., w_n in each row."""
        return theta[:, self.machine.n :].reshape(len(theta), -1, self.machine.n + 1)


def _flat(parts: np.ndarray) -> np.ndarray:
    """A view of (run, Pauli, unit, ...) as (run, Pauli and unit, ...)."""
    return parts.reshape(len(parts), -1, parts.shape[-1])


class KullbackLeibler:
    """KL(q||p) of machines against their targets, with its exact gradient.

    Demidik 2025, proposition 2:

    dL/da_i   = <s_i>_q - <s_i>_p
    dL/db_j^P = <Phi_j^P tanh r_j / r_j>_p - <...>_q,   r_j = |Phi_j|
    dL/dw_ij^P likewise with s_i Phi_j^P tanh r_j / r_j.

    Args:
        machine: the family.
        target: q, one for all runs or one per run; rows sum to 1.
        runs: number of machines evaluated at once.

    Raises:
        InvalidArgumentError: if the target is not a distribution over the 2^n strings.
    """

    def __init__(
        self, machine: Machine, target: Float[np.ndarray, "*runs states"], runs: int
    ) -> None:
        self.machine, self.runs = machine, arguments.integer("runs", runs, 1)
        target = arguments.distribution("target", target, (..., 2**machine.n))
        self.target = np.broadcast_to(target, (runs, 2**machine.n))
        negentropy = [-entr(q).sum() for q in np.atleast_2d(target)]
        self._negentropy = np.broadcast_to(negentropy, (runs,))
        self._sweep = _Sweep(machine, runs)

    def __call__(self, theta: Float[np.ndarray, "runs size"]) -> KLGradient:
        """Divergence and gradient at the parameters of every run."""
        log_p = np.empty((self.runs, 2**self.machine.n))
        gradient = np.empty_like(theta)
        kl = np.empty(self.runs)
        for group in self._sweep.groups():
            q = self.target[group]
            self._sweep.group_log_probability(theta[group], log_p[group])
            kl[group] = self._negentropy[group] - np.add.reduce(q * log_p[group], axis=1)
            difference = np.exp(log_p[group]) - q
            self._sweep.group_gradient(theta[group], difference, gradient[group])
        return KLGradient(kl, gradient, log_p)
