"""Half-chain entanglement, in an S^z sector or the whole space, and its three named normalisations.

With total S^z fixed, the reduced density matrix of the left half is block diagonal in the left
half's magnetisation. A state with N spins up splits into blocks of C(L/2, a) x C(L/2, N - a)
amplitudes, where a is the number of up spins on the left. The singular values of all blocks
together are those of the whole matrix. Without conserved S^z there is one block, the matrix itself.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import comb, log
from typing import get_args

import numpy as np
from jaxtyping import Float, Inexact, Int
from scipy.special import digamma, entr

from spinlearn import arguments
from spinlearn.spins.choices import EntropyNormalisation


@dataclass(frozen=True)
class HalfChainEntropies:
    """Entropies of the left half, in nats, one value per state.

    Attributes:
        total: S = -Tr rho ln rho.
        number: -sum_a p_a ln p_a over the left half's number of up spins.
        schmidt_gap: difference of the two largest eigenvalues of rho; 1 for a product state.
        of_one_sector: whether the basis is an S^z sector; only then the number entropy is a part of
            the total.
    """

    total: Float[np.ndarray, " states"]
    number: Float[np.ndarray, " states"]
    schmidt_gap: Float[np.ndarray, " states"]
    of_one_sector: bool

    @property
    def configuration(self) -> Float[np.ndarray, " states"]:
        """sum_a p_a S(rho_a), the total entropy minus the number entropy.

        Raises:
            ValueError: in the basis of all 2^L states, in which rho need not be block diagonal.
        """
        if not self.of_one_sector:
            raise ValueError(
                "the configuration entropy is defined in one S^z sector, but these states are in "
                "the basis of all 2^L; give their amplitudes in a sector, if they have one"
            )
        return self.total - self.number


@lru_cache(maxsize=16)
def _find_blocks(L: int, key: bytes) -> tuple[Int[np.ndarray, "left right"], ...]:
    """Blocks of a state vector as a matrix (left half, right half), as its rows.

    One block for each number of up spins on the left if all states have the same total; otherwise
    the whole matrix is the only block.

    Raises:
        ValueError: if the states are neither a whole S^z sector nor all 2^L states.
    """
    states = np.frombuffer(key, dtype=np.int64)
    half = L // 2
    left, right = states >> (L - half), states & ((1 << (L - half)) - 1)
    order = np.lexsort((right, left))
    if states.size == 2**L:
        return (order.reshape(2**half, 2 ** (L - half)),)
    total = int(states[0]).bit_count()
    if (np.bitwise_count(states) != total).any() or states.size != comb(L, total):
        raise ValueError(
            "half-chain entropies need all states of one S^z sector, or all 2^L states"
        )
    ups = np.bitwise_count(left[order])
    sizes = ((a, comb(half, a), comb(L - half, total - a)) for a in range(min(half, total) + 1))
    return tuple(order[ups == a].reshape(rows, columns) for a, rows, columns in sizes if columns)


@lru_cache(maxsize=16)
def _left_ups(L: int, key: bytes) -> Int[np.ndarray, " states"]:
    """Up spins in the left half of each basis state."""
    return np.bitwise_count(np.frombuffer(key, dtype=np.int64) >> (L - L // 2)).astype(np.int64)


def half_chain_entropies(
    vectors: Inexact[np.ndarray, "D states"], states: Int[np.ndarray, " D"], L: int
) -> HalfChainEntropies:
    """Von Neumann and number entropy of the left half for a batch of states, and the Schmidt gap.

    S = -Tr rho ln rho (Gresch 2022, eq. 3, with the missing sign). rho is A A^dagger for each block
    A of amplitudes. Its eigenvalues have an absolute error near 1e-16, so those below are lost, but
    they change S by less than 1e-13; `half_chain_spectra` keeps them.

    Args:
        vectors: normalised states as columns.
        states: the basis states as integers, site 0 the most significant bit: an S^z sector, or all
            2^L.
        L: number of sites; the left half is sites 0 to L//2 - 1.

    Returns:
        Entropies in nats, and the Schmidt gap.

    Raises:
        InvalidArgumentError: if a vector is not finite, not normalised, or not of the basis.
        ValueError: if the basis is neither a whole sector nor the whole space.
    """
    return entropies_of_rows(*_rows_and_key(vectors, states, L), L)


def entropies_of_rows(
    rows: Inexact[np.ndarray, "states D"], key: bytes, L: int
) -> HalfChainEntropies:
    """`half_chain_entropies` without checks, for inner loops.

    Args:
        rows: normalised states as rows.
        key: the basis states as bytes of 64-bit integers.
        L: number of sites.
    """
    blocks = _find_blocks(L, key)
    total = np.zeros(len(rows))
    number = np.zeros(len(rows))
    largest = [np.zeros((len(rows), 2))]
    for block in blocks:
        amplitudes = np.take(rows, block, axis=1)
        rho = amplitudes @ amplitudes.conj().swapaxes(1, 2)
        p = np.clip(np.linalg.eigvalsh(rho), 0.0, 1.0)  # rounding gives -1e-17 and 1 + 1e-16
        total += entr(p).sum(axis=1)
        number += entr(np.minimum(p.sum(axis=1), 1.0))
        largest.append(p[:, -2:])
    if len(blocks) == 1:
        number = _number_entropies(np.abs(rows) ** 2, _left_ups(L, key))
    second, first = np.sort(np.concatenate(largest, axis=1), axis=1)[:, -2:].T
    return HalfChainEntropies(total, number, first - second, rows.shape[1] < 2**L)


def _number_entropies(
    probabilities: Float[np.ndarray, "states D"], ups: Int[np.ndarray, " D"]
) -> Float[np.ndarray, " states"]:
    """Entropy of the number of up spins on the left, from the probabilities of basis states."""
    p = np.stack([probabilities[:, ups == a].sum(axis=1) for a in range(ups.max() + 1)])
    return entr(np.minimum(p, 1.0)).sum(axis=0)


def _rows_and_key(
    vectors: Inexact[np.ndarray, "D states"], states: Int[np.ndarray, " D"], L: int
) -> tuple[Inexact[np.ndarray, "states D"], bytes]:
    """The states as contiguous rows, checked, and the basis as bytes."""
    basis = arguments.whole(
        "states", states, (None,), low=0, high=2 ** arguments.integer("L", L) - 1
    )
    columns = arguments.normalised("vectors", vectors, (len(basis), None), axis=0)
    return np.ascontiguousarray(columns.T), np.ascontiguousarray(basis, dtype=np.int64).tobytes()


def half_chain_spectra(
    vectors: Inexact[np.ndarray, "D states"], states: Int[np.ndarray, " D"], L: int
) -> Float[np.ndarray, "states levels"]:
    """Eigenvalues of the left half's density matrix, descending; their sum is 1.

    Args:
        vectors, states, L: as for `half_chain_entropies`.

    Returns:
        All 2^(L//2) eigenvalues of each state.

    Raises:
        InvalidArgumentError, ValueError: as `half_chain_entropies`.
    """
    rows, key = _rows_and_key(vectors, states, L)
    parts = [np.linalg.svd(rows[:, block], compute_uv=False) ** 2 for block in _find_blocks(L, key)]
    found = np.zeros((len(rows), 2 ** (L // 2)))
    joined = np.concatenate(parts, axis=1)
    found[:, : joined.shape[1]] = -np.sort(-joined, axis=1)
    return found


def page_entropy(m: int, n: int) -> float:
    """Mean entropy of a random state's smaller part: sum_{k=n+1}^{mn} 1/k - (m-1)/(2n), in nats.

    Page, Phys. Rev. Lett. 71, 1291 (1993); dimensions in either order.

    >>> page_entropy(1, 5)
    0.0
    """
    arguments.integer("m", m, 1)
    arguments.integer("n", n, 1)
    m, n = min(m, n), max(m, n)
    return _digamma(m * n + 1) - _digamma(n + 1) - (m - 1) / (2 * n)


def _digamma(n: int) -> float:
    """psi(n) of a whole number of any size; ln n beyond 2^53, where both round to the same."""
    return float(digamma(n)) if n < 2**53 else log(n)


def page_entropy_sz0(L: int) -> float:
    """Mean half-chain entropy of a random state of the S^z = 0 sector, in nats.

    sum_a (d_a/D) [S_Page(d_Aa, d_Ba) + psi(D+1) - psi(d_a+1)] with d_a = C(L/2,a) C(L/2,L/2-a)
    (Bianchi and Dona, Phys. Rev. D 100, 105010 (2019)).
    """
    if arguments.integer("L", L, 2) % 2:
        raise arguments.InvalidArgumentError("L", f"a chain of S^z = 0 has even length, not {L}")
    half, D = L // 2, comb(L, L // 2)
    mean = 0.0
    for a in range(half + 1):
        left, right = comb(half, a), comb(half, half - a)
        d = left * right
        mean += d / D * (page_entropy(left, right) + _digamma(D + 1) - _digamma(d + 1))
    return mean


def entropy_normalisation(L: int, name: EntropyNormalisation) -> float:
    """The value by which a half-chain entropy in nats is divided, to normalise it.

    Args:
        L: number of sites.
        name: "page" (random state of the whole space), "page_sz0" (of the S^z = 0 sector), or
            "gresch2022_code" (the published code of Gresch 2022, which mixes nats and bits:
            S[nats] / this = S[bits] / ((sum_{k=n+1}^{n^2} 1/k) / ln 2 - (n-1)/(2n)), n = 2^(L/2)).
    """
    arguments.one_of("name", name, get_args(EntropyNormalisation))
    n = 2 ** (arguments.integer("L", L, 2) // 2)
    if name == "page":
        return page_entropy(n, n)
    if name == "page_sz0":
        return page_entropy_sz0(L)
    harmonic = _digamma(n * n + 1) - _digamma(n + 1)
    return float((harmonic / np.log(2) - (n - 1) / (2 * n)) * np.log(2))
