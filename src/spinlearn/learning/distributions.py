"""Target distributions over bit strings that the generative models learn.

A distribution over n bits is a vector of 2^n probabilities; the index of a string has bit 0 as its
most significant digit.
"""

from math import comb

import numpy as np
from jaxtyping import Float, Int


def bit_strings(n: int) -> Int[np.ndarray, "states n"]:
    """All 2^n strings in the order of their index, bit 0 first."""
    index = np.arange(2**n)
    return ((index[:, None] >> np.arange(n - 1, -1, -1)) & 1).astype(np.int8)


def _uniform(mask: np.ndarray) -> Float[np.ndarray, " states"]:
    return mask / mask.sum()


def parity(n: int) -> Float[np.ndarray, " states"]:
    """Uniform over the 2^(n-1) strings with an even number of ones.

    The data of Zhong 2022, section V.C, and of Demidik 2025.
    """
    return _uniform(bit_strings(n).sum(axis=1) % 2 == 0)


def cardinality(n: int) -> Float[np.ndarray, " states"]:
    """Uniform over the C(n, n/2) strings with n/2 ones (Demidik 2025)."""
    probabilities = _uniform(bit_strings(n).sum(axis=1) == n // 2)
    assert np.count_nonzero(probabilities) == comb(n, n // 2)
    return probabilities


def bars(n: int) -> Float[np.ndarray, " states"]:
    """Uniform over the 2 + n/2 single lines of a 2 x n/2 grid, row by row.

    The simplified bars and stripes of Demidik 2025.
    """
    grid = np.zeros((2 + n // 2, 2, n // 2), dtype=int)
    for row in range(2):
        grid[row, row, :] = 1
    for column in range(n // 2):
        grid[2 + column, :, column] = 1
    lines = grid.reshape(-1, n) @ (1 << np.arange(n - 1, -1, -1))
    mask = np.zeros(2**n, dtype=bool)
    mask[lines] = True
    return _uniform(mask)


def random_strings(n: int, rng: np.random.Generator) -> Float[np.ndarray, " states"]:
    """Uniform over n^2 distinct strings drawn at random; all of them where 2^n < n^2.

    The random data of Demidik 2025.
    """
    mask = np.zeros(2**n, dtype=bool)
    mask[rng.choice(2**n, size=min(n**2, 2**n), replace=False)] = True
    return _uniform(mask)


def classical_fidelity(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """F(p, q) = (sum_i sqrt(p_i q_i))^2 (Zhong 2022, section V.B)."""
    return np.asarray(np.sqrt(np.clip(p, 0, None) * q).sum(axis=-1) ** 2)


def bhattacharyya(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """BC(p, q) = sum_i sqrt(p_i q_i) (Luchnikov 2019, figure 11)."""
    return np.asarray(np.sqrt(np.clip(p, 0, None) * q).sum(axis=-1))


def total_variation(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """TVD(p, q) = |p - q|_1 / 2 (Demidik 2025)."""
    return np.asarray(0.5 * np.abs(p - q).sum(axis=-1))
