r"""Exact restricted Boltzmann machines with classical or quantum hidden units (Demidik 2025).

The visible units are diagonal, s_i = (-1)^v_i = +-1, and each hidden unit is a qubit in the field

    Phi_j^P(s) = b_j^P + sum_i s_i w_ij^P,      P in W_h, a subset of {X, Y, Z},

so that the marginal distribution of the visible units is (Demidik 2025, proposition 1)

    p(v) ~ exp(-a.s) prod_j 2 cosh |Phi_j(s)|.

W_h = {Z} is the classical machine.

Method. With s_0 = 1 and w_0 = b, the squared field of a hidden unit is a quadratic form,

    |Phi_j|^2 = sum_ik s_i A^j_ik s_k,      A^j = sum_P w_j^P (w_j^P)^T,

and log 2cosh |Phi| is a smooth function of it. So the values for all 2^n strings follow from
1 + n(n+1)/2 coefficients per hidden unit, for any number of Paulis. The gradient is the transposed
map, again the same for all Paulis:

    dL/dw_j^P = M^j w_j^P,    M^j_ik = sum_v (p_v - q_v) s_i s_k tanh|Phi_j| / |Phi_j|.

(Eqs. 11 and 12 of Demidik 2025 mix v and v' in the negative phase; this is their correct form.) A
string is cut into a high and a low half. Both maps consist of products of at most two signs of one
half times such products of the other. So each map is two small matrix products with 2^(n/2) rows
instead of one with 2^n. Only A^j enters, a positive semi-definite matrix of rank at most |W_h|, so
rotations in the space of Paulis do not change the machine.

Rounding: |Phi|^2 has an absolute error of about eps W^2, where W is the sum of the absolute values
of a unit's parameters. So log p has an error of at most m eps W^2 / 2: 1e-14 at initialisation.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments

_ONE_STAGE_N = 6
"""Up to this many visible units, one matrix product over whole strings is faster."""
_TILE = 80_000
"""Numbers in one work array: three such arrays fit into a second-level cache of 2 MB."""
_UNITS_PER_TILE = 500
"""Largest number of factors 1 + tanh <= 2 whose product cannot overflow."""
_TINY = 1e-300
"""Floor of |Phi|^2, so that tanh(r)/r is 1 and not 0/0 at r = 0."""


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


def _products(n: int) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Products of at most two of n signs for all strings, and the indices of their signs."""
    s = signs(n)
    members: list[tuple[int, ...]] = [()]
    members += [(i,) for i in range(n)]
    members += [(i, k) for i in range(n) for k in range(i + 1, n)]
    table = np.stack([np.prod(s[:, list(group)], axis=1) for group in members], axis=1)
    return np.ascontiguousarray(table), members


@dataclass(frozen=True)
class _Quadratic:
    """The map from A (or its coefficients) to the quadratic form on all strings, and its transpose.

    A string is cut into a high part of `n_high` bits and the low rest. Coefficients are in order
    1, s_i s_k for 0 <= i < k <= n with s_0 = 1.
    """

    n: int
    n_high: int
    high: Float[np.ndarray, "high_states high_products"]
    low: Float[np.ndarray, "low_states low_products"]
    position: Int[np.ndarray, " coefficients"]
    upper: Int[np.ndarray, " pairs"]
    symmetric: Int[np.ndarray, " entries"]

    def coefficients_of(self, matrix: np.ndarray) -> np.ndarray:
        """Coefficients of the form sum_ik s_i A_ik s_k of symmetric matrices A (last two axes)."""
        c = np.empty((*matrix.shape[:-2], 1 + self.upper.size))
        c[..., 0] = np.trace(matrix, axis1=-2, axis2=-1)
        np.multiply(matrix.reshape(*matrix.shape[:-2], -1)[..., self.upper], 2.0, out=c[..., 1:])
        return c

    def matrix_of(self, c: np.ndarray) -> np.ndarray:
        """The symmetric matrices whose entry (i, k) is the coefficient of s_i s_k."""
        return c[..., self.symmetric].reshape(*c.shape[:-1], self.n + 1, self.n + 1)

    def on_strings(self, c: np.ndarray, out: np.ndarray) -> None:
        """out[r, j, v] = sum_K c[r, j, K] (product K of signs of v)."""
        if not self.n_high:
            np.matmul(c, self.low.T, out=out)
            return
        (runs, units), (high, k_high), (low, k_low) = c.shape[:2], self.high.shape, self.low.shape
        block = np.zeros((runs, units, k_high * k_low))
        block[..., self.position] = c
        half = np.matmul(block.reshape(runs, units * k_high, k_low), self.low.T)
        np.matmul(
            self.high,
            half.reshape(runs, units, k_high, low),
            out=out.reshape(runs, units, high, low),
        )

    def transposed(self, g: np.ndarray) -> np.ndarray:
        """c[r, j, K] = sum_v g[r, j, v] (product K of signs of v)."""
        if not self.n_high:
            return np.matmul(g, self.low)
        (runs, units), (high, k_high), (low, k_low) = g.shape[:2], self.high.shape, self.low.shape
        half = np.matmul(self.high.T, g.reshape(runs, units, high, low))
        block = np.matmul(half.reshape(runs, units * k_high, low), self.low)
        return block.reshape(runs, units, k_high * k_low)[..., self.position]


@lru_cache(maxsize=16)
def _quadratic(n: int) -> _Quadratic:
    n_high = 0 if n <= _ONE_STAGE_N else n // 2
    high, high_members = _products(n_high)
    low, low_members = _products(n - n_high)
    place = {
        (*(i + 1 for i in upper), *(k + 1 + n_high for k in lower)): row * len(low_members) + column
        for row, upper in enumerate(high_members)
        for column, lower in enumerate(low_members)
        if len(upper) + len(lower) <= 2
    }
    left, right = np.triu_indices(n + 1, 1)
    pairs = [
        tuple(i for i in pair if i) for pair in zip(left.tolist(), right.tolist(), strict=True)
    ]
    symmetric = np.zeros((n + 1, n + 1), dtype=int)
    symmetric[left, right] = symmetric[right, left] = 1 + np.arange(left.size)
    return _Quadratic(
        n,
        n_high,
        high,
        low,
        np.array([place[()], *(place[pair] for pair in pairs)]),
        left * (n + 1) + right,
        symmetric.ravel(),
    )


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
        if arguments.integer("n", self.n) < 1 or arguments.integer("m", self.m) < 1:
            raise ValueError(f"n and m must be at least 1, got {self.n} and {self.m}")
        if (
            not isinstance(self.paulis, str)
            or not self.paulis
            or set(self.paulis) - set("XYZ")
            or len(set(self.paulis)) < len(self.paulis)
        ):
            raise ValueError(f"paulis must be distinct letters of XYZ, got {self.paulis!r}")

    @property
    def size(self) -> int:
        """Number of parameters, n + |W_h| m (n + 1) (Demidik 2025, table 1)."""
        return self.n + len(self.paulis) * self.m * (self.n + 1)

    @property
    def stream_key(self) -> dict[str, str | int]:
        """What tells this family's random streams from those of others."""
        return {"n": self.n, "paulis": self.paulis, "m": self.m}

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
    """Work space and loops over tiles for a fixed number of runs of one machine.

    Runs are processed in groups, and the hidden units of a group in tiles, so that the work arrays
    stay in the cache. Every matrix product is over one run, and the tiles depend on the machine
    only. So a run's result does not depend on the other runs, to the last bit.
    """

    def __init__(self, machine: Machine, runs: int) -> None:
        self.machine, self.runs = machine, runs
        self.quadratic = _quadratic(machine.n)
        self.states = 2**machine.n
        per_tile = min(machine.m, _UNITS_PER_TILE, max(1, _TILE // self.states))
        tiles = -(-machine.m // per_tile)
        edges = [machine.m * tile // tiles for tile in range(tiles + 1)]
        self.tiles = [slice(*edge) for edge in pairwise(edges)]
        largest = max(tile.stop - tile.start for tile in self.tiles)
        self.group = min(runs, max(1, _TILE // (largest * self.states)))
        shape = (self.group, largest, self.states)
        self.radius, self.scratch = np.empty(shape), np.empty(shape)
        # tanh(r)/r of all hidden units of a group, kept from the probabilities for the gradient
        self.slope = [
            np.empty((self.group, tile.stop - tile.start, self.states)) for tile in self.tiles
        ]
        self.sign_rows = np.ascontiguousarray(signs(machine.n).T)

    def groups(self) -> list[slice]:
        return [
            slice(start, min(start + self.group, self.runs))
            for start in range(0, self.runs, self.group)
        ]

    def log_probability(self, theta: np.ndarray) -> np.ndarray:
        log_p = np.empty((self.runs, self.states))
        for group in self.groups():
            self._group_log_probability(theta[group], log_p[group])
        return log_p

    def _group_log_probability(self, theta: np.ndarray, log_p: np.ndarray) -> None:
        """Normalised log p of a group into `log_p`; leaves tanh(r)/r in `self.slope`."""
        machine, quadratic = self.machine, self.quadratic
        runs = len(theta)
        np.matmul(-theta[:, None, : machine.n], self.sign_rows, out=log_p[:, None, :])
        units = machine._units(theta)
        for tile, slope in zip(self.tiles, self.slope, strict=True):
            w = units[:, :, tile]
            by_unit = w.transpose(0, 2, 3, 1)
            gram = np.matmul(by_unit, by_unit.transpose(0, 1, 3, 2))
            count = w.shape[2]
            r, t = self.radius[:runs, :count], slope[:runs]
            work = self.scratch[:runs, :count]
            quadratic.on_strings(quadratic.coefficients_of(gram), r)
            np.maximum(r, _TINY, out=r)
            np.sqrt(r, out=r)
            np.tanh(r, out=t)
            # log 2cosh r = r - log(1 + tanh r) + log 2; normalisation removes the last term
            log_p += np.add.reduce(r, axis=1)
            np.add(t, 1.0, out=work)
            log_p -= np.log(np.multiply.reduce(work, axis=1))
            np.divide(t, r, out=t)
        log_p -= np.max(log_p, axis=1, keepdims=True)
        log_p -= np.log(np.add.reduce(np.exp(log_p), axis=1, keepdims=True))

    def group_gradient(
        self, theta: np.ndarray, difference: np.ndarray, gradient: np.ndarray
    ) -> None:
        """Gradient of a group whose `difference` is p - q, after `_group_log_probability`."""
        machine, quadratic = self.machine, self.quadratic
        runs = len(theta)
        np.matmul(-difference[:, None, :], signs(machine.n), out=gradient[:, None, : machine.n])
        units, units_gradient = machine._units(theta), machine._units(gradient)
        for tile, slope in zip(self.tiles, self.slope, strict=True):
            weighted = slope[:runs]
            weighted *= difference[:, None, :]
            moments = quadratic.matrix_of(quadratic.transposed(weighted))
            by_unit = units[:, :, tile].transpose(0, 2, 3, 1)
            units_gradient[:, :, tile] = np.matmul(moments, by_unit).transpose(0, 3, 1, 2)


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
        q = np.atleast_2d(target)
        logs = np.log(np.where(q > 0, q, 1.0))
        self._negentropy = np.broadcast_to((q * logs).sum(axis=-1), (runs,))
        self._sweep = _Sweep(machine, runs)

    def __call__(self, theta: Float[np.ndarray, "runs size"]) -> KLGradient:
        """Divergence and gradient at the parameters of every run."""
        log_p = np.empty((self.runs, 2**self.machine.n))
        gradient = np.empty_like(theta)
        kl = np.empty(self.runs)
        for group in self._sweep.groups():
            q = self.target[group]
            self._sweep._group_log_probability(theta[group], log_p[group])
            kl[group] = self._negentropy[group] - np.add.reduce(q * log_p[group], axis=1)
            difference = np.exp(log_p[group]) - q
            self._sweep.group_gradient(theta[group], difference, gradient[group])
        return KLGradient(kl, gradient, log_p)
