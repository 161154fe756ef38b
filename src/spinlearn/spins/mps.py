"""Matrix product states: container, expectation values, operators, and POVM sampling.

A state of N spins 1/2 is psi(s_0, ..., s_(N-1)) = A_0^(s_0) A_1^(s_1) ... A_(N-1)^(s_(N-1)), with
s = 0 for spin up (sigma^z = +1). Tensors have axes (left bond, s, right bond), both end bonds have
dimension one, and every function here that takes an `MPS` relies on right-canonical form:
sum_s A^s (A^s)^dagger = 1.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int, UInt8

from spinlearn import arguments
from spinlearn.spins.povm import AXES, PAULI, check_noise, depolarised, noisy_elements
from spinlearn.spins.povm_walk import Tensor, Walker

Operator = str | Float[np.ndarray, "2 2"] | Complex[np.ndarray, "2 2"]
"""A one-site operator: "x", "y", "z", or a matrix in the basis (up, down)."""

BATCH = 512
"""Strings that are taken at once; their uniform numbers are drawn together."""

CANONICAL = 1e-6
"""Largest entry of sum_s A^s (A^s)^dagger - 1 that counts as rounding."""


@dataclass(frozen=True, eq=False)
class MPS:
    """A right-canonical matrix product state of spins 1/2.

    Attributes:
        tensors: one array (left bond, 2, right bond) per site, real or complex.

    Raises:
        ValueError: if the shapes do not fit together, a number is not finite, or the tensors are
            not right-canonical (`right_canonical` makes them so).
    """

    tensors: tuple[Tensor, ...]

    def __post_init__(self) -> None:
        """Check the shapes and the canonical form."""
        right = 1
        for site, tensor in enumerate(self.tensors):
            arguments.complex_numbers("tensors", tensor)
            if tensor.ndim != 3 or tensor.shape[:2] != (right, 2):
                raise ValueError(
                    f"tensor of site {site} has shape {tensor.shape}, expected ({right}, 2, ...)"
                )
            right = tensor.shape[2]
        if right != 1:
            raise ValueError(f"the last bond has dimension {right}, expected 1")
        for site, tensor in enumerate(self.tensors):
            rows = tensor.reshape(tensor.shape[0], -1)
            error = float(np.abs(rows @ rows.conj().T - np.eye(len(rows))).max())
            if error > CANONICAL:
                raise ValueError(
                    f"tensor of site {site} is not right-canonical: sum_s A^s (A^s)^dagger differs "
                    f"from 1 by {error:.1e}. Use spinlearn.spins.mps.right_canonical(tensors)"
                )

    @property
    def sites(self) -> int:
        """Number of sites."""
        return len(self.tensors)

    @property
    def bond_dimensions(self) -> tuple[int, ...]:
        """Dimensions of all N + 1 bonds, the trivial ones at the ends included."""
        return (*(tensor.shape[0] for tensor in self.tensors), 1)

    @property
    def is_complex(self) -> bool:
        """Whether any tensor is complex."""
        return any(np.iscomplexobj(tensor) for tensor in self.tensors)


# --- canonical form, storage, dense states --------------------------------------------------------


def right_canonical(tensors: Sequence[Tensor]) -> tuple[MPS, float]:
    """Bring any matrix product state into right-canonical form, by QR from the right.

    Returns:
        The normalised state, including its phase, and the norm of the given state.
    """
    done: list[np.ndarray] = []
    carry = np.eye(1)
    for tensor in reversed(tensors):
        block = np.tensordot(tensor, carry, axes=(2, 0))
        rows = block.reshape(block.shape[0], -1)
        q, r = np.linalg.qr(rows.conj().T)
        done.append(q.conj().T.reshape(-1, 2, block.shape[2]))
        carry = r.conj().T
    norm = float(np.abs(carry[0, 0]))
    done[-1] = done[-1] * (carry[0, 0] / norm if norm else 1.0)
    return MPS(tuple(done[::-1])), norm


def from_tenpy(psi: Any) -> MPS:
    """The state of a finite chain of spins 1/2 in TeNPy, a `tenpy.networks.mps.MPS`.

    Raises:
        ValueError: if the chain is infinite, or a site has no states "up" and "down".
    """
    if psi.bc != "finite":
        raise ValueError(f"the state has boundary conditions {psi.bc!r}; a finite chain is needed")
    tensors = []
    for place, site in enumerate(psi.sites):
        if site.dim != 2 or not {"up", "down"} <= set(site.state_labels):
            raise ValueError(f"site {place} has the states {list(site.state_labels)}, not up, down")
        tensor = psi.get_B(place).transpose(["vL", "p", "vR"]).to_ndarray()
        tensors.append(tensor[:, [site.state_index(name) for name in ("up", "down")]])
    return right_canonical(tensors)[0]


def from_dense(
    state: Float[np.ndarray, " D"] | Complex[np.ndarray, " D"], *, cutoff: float = 1e-15
) -> MPS:
    """The matrix product state of a normalised dense state, by singular values from the right.

    Args:
        state: 2^N amplitudes, site 0 the most significant digit, 0 up.
        cutoff: singular values below this, relative to the largest, are dropped.
    """
    sites = int(state.size).bit_length() - 1
    if state.size != 2**sites:
        raise ValueError(f"{state.size} amplitudes are not 2^N for any N")
    state = arguments.normalised("state", state, (None,))
    tensors: list[np.ndarray] = []
    rest = np.asarray(state)[:, None]
    for _ in range(sites - 1):
        left, values, right = np.linalg.svd(
            rest.reshape(-1, 2 * rest.shape[1]), full_matrices=False
        )
        kept = max(1, int(np.count_nonzero(values > cutoff * values[0])))
        tensors.append(right[:kept].reshape(kept, 2, -1))
        rest = left[:, :kept] * values[:kept]
    tensors.append(rest.reshape(1, 2, -1))
    return MPS(tuple(tensors[::-1]))


def pack(mps: MPS) -> tuple[Float[np.ndarray, " entries"], Int[np.ndarray, " bonds"]]:
    """A real state as two plain arrays, for storage.

    Returns:
        All tensors in C order one after another, and the N + 1 bond dimensions.

    Raises:
        ValueError: if the state is complex.
    """
    if mps.is_complex:
        raise ValueError("only a real matrix product state can be packed")
    entries = np.concatenate([np.ravel(tensor) for tensor in mps.tensors])
    return entries, np.array(mps.bond_dimensions)


def unpack(entries: Float[np.ndarray, " entries"], bonds: Int[np.ndarray, " bonds"]) -> MPS:
    """The inverse of `pack`.

    Raises:
        ValueError: if the number of entries does not agree with the bond dimensions.
    """
    sizes = 2 * bonds[:-1] * bonds[1:]
    if sizes.sum() != entries.size:
        raise ValueError(
            f"{entries.size} entries, but the bonds {bonds.tolist()} need {sizes.sum()}"
        )
    parts = np.split(entries, np.cumsum(sizes)[:-1])
    shapes = pairwise(bonds)
    return MPS(tuple(part.reshape(a, 2, b) for part, (a, b) in zip(parts, shapes, strict=True)))


def dense(mps: MPS) -> Float[np.ndarray, " D"] | Complex[np.ndarray, " D"]:
    """All 2^N amplitudes, site 0 the most significant digit, 0 up."""
    state = np.ones((1, 1))
    for tensor in mps.tensors:
        state = np.tensordot(state, tensor, axes=(1, 0)).reshape(-1, tensor.shape[2])
    return state[:, 0]


# --- expectation values ---------------------------------------------------------------------------


def _as_matrix(operator: Operator) -> np.ndarray:
    if isinstance(operator, str):
        arguments.one_of("operator", operator, AXES)
        return _as_matrix(PAULI[AXES[operator]])
    matrix = arguments.complex_numbers("operator", operator, (2, 2))
    if not np.allclose(matrix, matrix.conj().T, rtol=0, atol=1e-12 * np.abs(matrix).max()):
        raise arguments.InvalidArgumentError("operator", "must be a Hermitian matrix")
    return matrix if np.iscomplexobj(matrix) and matrix.imag.any() else matrix.real


def _transfer(stack: np.ndarray, ket: np.ndarray, bra: np.ndarray) -> np.ndarray:
    """Carry left environments (k, ket bond, bra bond) over one site."""
    half = np.tensordot(stack, bra, axes=(2, 0))
    return np.tensordot(half, ket, axes=([1, 2], [0, 1])).swapaxes(1, 2)


def _iterate_environments(mps: MPS) -> Iterator[np.ndarray]:
    """Left environment (ket bond, bra bond) of each site in turn."""
    left = np.ones((1, 1, 1))
    for tensor in mps.tensors:
        yield left[0]
        left = _transfer(left, tensor, tensor.conj())


def _reduce_site(tensor: np.ndarray, operator: np.ndarray) -> np.ndarray:
    """The operator between ket and bra bonds left of a site, the right closed by the identity."""
    ket = np.einsum("ts,bsc->btc", operator, tensor)
    return np.tensordot(ket, tensor.conj(), axes=([1, 2], [1, 2]))


def site_expectations(mps: MPS, operator: Operator) -> Float[np.ndarray, " N"]:
    """<O_i> at every site, for a Hermitian one-site operator."""
    matrix = _as_matrix(operator)
    values = [
        np.sum(left * _reduce_site(tensor, matrix))
        for left, tensor in zip(_iterate_environments(mps), mps.tensors, strict=True)
    ]
    return np.array(values).real


def _correlate_ordered_pairs(mps: MPS, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """<O_i P_j> for i <= j, zeros for i > j; `stack` has the environments of all left sites."""
    values = np.zeros((mps.sites, mps.sites))
    stack = np.zeros((0, 1, 1))
    for site, (left, tensor) in enumerate(
        zip(_iterate_environments(mps), mps.tensors, strict=True)
    ):
        values[site, site] = np.sum(left * _reduce_site(tensor, first @ second)).real
        closed = np.tensordot(stack, _reduce_site(tensor, second), axes=([1, 2], [0, 1]))
        values[:site, site] = closed.real
        acted = np.einsum("ts,bsc->btc", first, tensor)
        started = _transfer(left[None], acted, tensor.conj())
        stack = np.concatenate([_transfer(stack, tensor, tensor.conj()), started])
    return values


def two_point_functions(
    mps: MPS, operator: Operator, other: Operator | None = None
) -> Float[np.ndarray, "N N"]:
    """<O_i P_j> for every pair of sites, for Hermitian one-site operators.

    One sweep carries the environments of all left sites together: N^2 D^3 operations in all.

    Args:
        mps: the state.
        operator, other: O and P; P is O where it is not given.

    Returns:
        The matrix over (i, j); on its diagonal the real part of <O P> at one site.
    """
    first = _as_matrix(operator)
    values = _correlate_ordered_pairs(mps, first, first if other is None else _as_matrix(other))
    below = values if other is None else _correlate_ordered_pairs(mps, _as_matrix(other), first)
    return values + np.tril(below.T, -1)


def expectation_of_product(mps: MPS, operators: Mapping[int, Operator]) -> float:
    """<prod_i O_i> of Hermitian one-site operators on the sites named; 1 if there are none."""
    matrices = {site: _as_matrix(operator) for site, operator in operators.items()}
    left = np.ones((1, 1, 1))
    for site, tensor in enumerate(mps.tensors):
        matrix = matrices.get(site)
        ket = tensor if matrix is None else np.einsum("ts,bsc->btc", matrix, tensor)
        left = _transfer(left, ket, tensor.conj())
    return float(left[0, 0, 0].real)


def overlap(bra: MPS, ket: MPS) -> complex:
    """<bra|ket>."""
    left = np.ones((1, 1, 1))
    for lower, upper in zip(bra.tensors, ket.tensors, strict=True):
        left = _transfer(left, upper, lower.conj())
    return complex(left[0, 0, 0])


def energy_and_variance(
    mps: MPS, hamiltonian: Callable[[float], Sequence[Float[np.ndarray, "_ _ 2 2"]]]
) -> tuple[float, float]:
    """<H> and <H^2> - <H>^2 of a Hamiltonian given as a matrix product operator.

    The variance is the squared norm of (H - <H>)|psi>, which is built as a matrix product state and
    normalised by QR. This avoids a difference of large numbers, so that even 1e-20 is significant.

    Args:
        mps: the state.
        hamiltonian: gives the operator H - shift for a shift, one tensor per site, with axes
            (left bond, right bond, bra, ket).
    """
    left = np.ones((1, 1, 1))
    for tensor, operator in zip(mps.tensors, hamiltonian(0.0), strict=True):
        half = np.tensordot(left, tensor, axes=(1, 0))  # w, bra, s, ket'
        acted = np.tensordot(half, operator, axes=([0, 2], [0, 3]))  # bra, ket', w', t
        left = np.tensordot(acted, tensor.conj(), axes=([0, 3], [0, 1])).transpose(1, 0, 2)
    energy = float(left[0, 0, 0].real)
    applied = []
    for tensor, operator in zip(mps.tensors, hamiltonian(energy), strict=True):
        product = np.einsum("wvts,bsc->wbtvc", operator, tensor, optimize=True)
        w, b, t, v, c = product.shape
        applied.append(product.reshape(w * b, t, v * c))
    return energy, right_canonical(applied)[1] ** 2


# --- POVM -----------------------------------------------------------------------------------------


def sample_povm(
    mps: MPS, samples: int, rng: np.random.Generator, *, noise: float = 0.0
) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
    """Outcomes of the tetrahedral POVM on every site, with the exact log-probability of each.

    Sampling by the chain rule (Luchnikov 2019, appendix B). Since M_a = |phi_a><phi_a| has rank
    one, the state left of a bond stays pure. So a sample is represented by one vector of the bond
    dimension, and in right-canonical form p(a | a_0 ... a_(i-1)) is the squared norm of <phi_a|
    applied to it. One matrix product per site serves many strings.

    Args:
        mps: the state, right-canonical.
        samples: M, number of strings.
        rng: source of uniform numbers, one per (sample, site), sample after sample. So with a
            smaller M the strings are the first ones of a larger M.
        noise: p of the depolarising channel rho -> (1 - p) rho + p/2 on each site before the
            measurement. It replaces each outcome with probability p by a uniform one, by numbers
            of a stream that `rng` spawns; the other outcomes stay as without noise.

    Returns:
        Strings (M, N) in 0..3, and ln P of each (M,), exact for this state; with noise of the noisy
        distribution, as `povm_log_probability`.
    """
    arguments.integer("samples", samples, 0)
    check_noise(noise)
    outcomes = np.empty((samples, mps.sites), dtype=np.uint8)
    log_probability = np.empty(samples)
    walker = Walker(mps.tensors, mps.is_complex)
    for start in range(0, samples, BATCH):
        part = slice(start, min(start + BATCH, samples))
        uniforms = rng.random((part.stop - part.start, mps.sites))
        outcomes[part], log_probability[part] = walker.draw(uniforms)
    if noise == 0.0:
        return outcomes, log_probability
    outcomes = depolarised(outcomes, noise, rng.spawn(1)[0])
    return outcomes, povm_log_probability(mps, outcomes, noise=noise)


def povm_log_probability(
    mps: MPS, outcomes: UInt8[np.ndarray, "M N"], *, noise: float = 0.0
) -> Float[np.ndarray, " M"]:
    """Exact ln P of given strings of outcomes, -inf for impossible ones.

    For strings drawn from a model, minus the mean of ln P estimates the cross-entropy of model and
    state without bias.

    With noise the elements (1 - p) M_a + p/4 have rank two, so that a string carries a D x D matrix
    in place of a vector: 16 N D^3 operations per string in complex arithmetic, in place of 4 N D^2
    in real arithmetic.

    Args:
        mps: the state, right-canonical.
        outcomes: strings in 0..3.
        noise: p of the depolarising channel on each site, as in `sample_povm`.

    Raises:
        InvalidArgumentError: if the strings are not of the state's length, or an outcome is not in
            0..3.
    """
    strings = arguments.whole("outcomes", outcomes, (None, mps.sites), low=0, high=3)
    strings = strings.astype(np.uint8)
    if noise == 0.0:
        look_up = Walker(mps.tensors, mps.is_complex).look_up
    else:
        look_up = partial(_noisy_look_up, mps, noisy_elements(noise))
    parts = [look_up(strings[start : start + BATCH]) for start in range(0, len(strings), BATCH)]
    return np.concatenate([np.zeros(0), *parts])


def _noisy_look_up(mps: MPS, elements: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """ln P of strings by left environments (string, ket bond, bra bond), for any elements."""
    left = np.ones((len(outcomes), 1, 1), dtype=complex)
    log_probability = np.zeros(len(outcomes))
    for tensor, found in zip(mps.tensors, outcomes.T, strict=True):
        ket = np.tensordot(left, tensor, axes=(1, 0))  # string, bra bond, s, ket bond'
        acted = np.einsum("mts,mbsk->mkbt", elements[found], ket)
        left = np.tensordot(acted, tensor.conj(), axes=([2, 3], [0, 1]))
        norm = np.einsum("mkk->m", left).real
        with np.errstate(divide="ignore"):
            log_probability += np.log(np.maximum(norm, 0.0))
        left /= np.where(norm > 0, norm, 1.0)[:, None, None]
    return log_probability
