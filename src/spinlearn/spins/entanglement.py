"""Half-chain entanglement in the S^z = 0 sector, and its three named normalisations.

With total S^z fixed, the reduced density matrix of the left half is block diagonal in the left
half's magnetisation. Each state splits into blocks of C(L/2, a) x C(L/2, L/2 - a) amplitudes, where
a is the number of up spins on the left. The singular values of all blocks together are those of the
whole matrix. No block has more than C(L/2, L/4)^2 amplitudes.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import get_args

import numpy as np
from jaxtyping import Float, Inexact, Int
from scipy.special import digamma, entr

from spinlearn.spins.choices import EntropyNormalisation


@dataclass(frozen=True)
class HalfChainEntropies:
    """Entropies of the left half, in nats, one value per state.

    Attributes:
        total: S = -Tr rho ln rho.
        number: -sum_a p_a ln p_a over the left half's number of up spins.
    """

    total: Float[np.ndarray, " states"]
    number: Float[np.ndarray, " states"]

    @property
    def configuration(self) -> Float[np.ndarray, " states"]:
        """sum_a p_a S(rho_a), the total entropy minus the number entropy."""
        return self.total - self.number


@lru_cache(maxsize=16)
def _find_blocks(L: int, key: bytes) -> tuple[Int[np.ndarray, "left right"], ...]:
    """For each number a of up spins on the left: rows of the state vector as a matrix."""
    states = np.frombuffer(key, dtype=np.int64)
    half = L // 2
    left, right = states >> half, states & ((1 << half) - 1)
    ups = np.bitwise_count(left)
    blocks = []
    for a in range(half + 1):
        rows = np.flatnonzero(ups == a)
        order = rows[np.lexsort((right[rows], left[rows]))]
        blocks.append(order.reshape(comb(half, a), comb(half, half - a)))
    return tuple(blocks)


def half_chain_entropies(
    vectors: Inexact[np.ndarray, "D states"], states: Int[np.ndarray, " D"], L: int
) -> HalfChainEntropies:
    """Von Neumann and number entropy of the left half for a batch of S^z = 0 states.

    S = -Tr rho ln rho (Gresch 2022, eq. 3, with the missing sign). rho is A A^dagger for each block
    A of amplitudes. Its eigenvalues have an absolute error near 1e-16, so those below are lost, but
    they change S by less than 1e-13; `half_chain_spectra` keeps them.

    Args:
        vectors: normalised states as columns.
        states: the basis states as integers, site 0 the most significant bit.
        L: number of sites, even; the left half is sites 0 to L/2 - 1.

    Returns:
        Both entropies in nats.
    """
    rows = np.ascontiguousarray(np.asarray(vectors).T)
    total = np.zeros(len(rows))
    number = np.zeros(len(rows))
    for block in _find_blocks(L, np.ascontiguousarray(states, dtype=np.int64).tobytes()):
        amplitudes = np.take(rows, block, axis=1)
        rho = amplitudes @ amplitudes.conj().swapaxes(1, 2)
        p = np.clip(np.linalg.eigvalsh(rho), 0.0, 1.0)  # rounding gives -1e-17 and 1 + 1e-16
        total += entr(p).sum(axis=1)
        number += entr(np.minimum(p.sum(axis=1), 1.0))
    return HalfChainEntropies(total=total, number=number)


def half_chain_spectra(
    vectors: Inexact[np.ndarray, "D states"], states: Int[np.ndarray, " D"], L: int
) -> Float[np.ndarray, "states levels"]:
    """Eigenvalues of the left half's density matrix of S^z = 0 states, descending; their sum is 1.

    Args:
        vectors, states, L: as for `half_chain_entropies`.

    Returns:
        All 2^(L/2) eigenvalues of each state.
    """
    rows = np.ascontiguousarray(np.asarray(vectors).T)
    key = np.ascontiguousarray(states, dtype=np.int64).tobytes()
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
    m, n = min(m, n), max(m, n)
    return float(digamma(m * n + 1) - digamma(n + 1) - (m - 1) / (2 * n))


def page_entropy_sz0(L: int) -> float:
    """Mean half-chain entropy of a random state of the S^z = 0 sector, in nats.

    sum_a (d_a/D) [S_Page(d_Aa, d_Ba) + psi(D+1) - psi(d_a+1)] with d_a = C(L/2,a) C(L/2,L/2-a)
    (Bianchi and Dona, Phys. Rev. D 100, 105010 (2019)).
    """
    half, D = L // 2, comb(L, L // 2)
    mean = 0.0
    for a in range(half + 1):
        left, right = comb(half, a), comb(half, half - a)
        d = left * right
        mean += d / D * (page_entropy(left, right) + digamma(D + 1) - digamma(d + 1))
    return float(mean)


def entropy_normalisation(L: int, name: EntropyNormalisation) -> float:
    """The value by which a half-chain entropy in nats is divided, to normalise it.

    Args:
        L: number of sites.
        name: "page" (random state of the whole space), "page_sz0" (of the S^z = 0 sector), or
            "gresch2022_code" (the published code of Gresch 2022, which mixes nats and bits:
            S[nats] / this = S[bits] / ((sum_{k=n+1}^{n^2} 1/k) / ln 2 - (n-1)/(2n)), n = 2^(L/2)).
    """
    n = 2 ** (L // 2)
    if name == "page":
        return page_entropy(n, n)
    if name == "page_sz0":
        return page_entropy_sz0(L)
    if name == "gresch2022_code":
        harmonic = float(digamma(n * n + 1) - digamma(n + 1))
        return float((harmonic / np.log(2) - (n - 1) / (2 * n)) * np.log(2))
    raise ValueError(f"{name!r} is not one of {get_args(EntropyNormalisation)}")
