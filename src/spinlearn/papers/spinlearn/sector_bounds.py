"""Bounds for Born machines that conserve S^z, from the initial state alone.

Quenches by fields along z conserve S^z, so the weight w_N of each number N of up spins, hidden ones
included, stays that of the initial state. From |+> it is C(L, N) / 2^L.
"""

import numpy as np
from jaxtyping import Float
from scipy.optimize import nnls

from spinlearn.hbm.loss import kernel_matrix

LONGEST = 8
"""Most visible spins for which `least_discrepancy` is computed: its matrix has 4^n elements."""

_PENALTY = 1e4
"""Weight of the constraints: at 1e2 the bounds differ by 5e-5 of their value at most."""


def sector_weights(amplitudes: Float[np.ndarray, "D 2"]) -> Float[np.ndarray, " sectors"]:
    """w_N of a state: the probability of N up spins, N = 0 to L.

    Args:
        amplitudes: real and imaginary part in the basis from all up to all down, as in files of
            runs.
    """
    ups = np.bitwise_count(np.arange(len(amplitudes))[::-1])
    return np.bincount(ups, weights=(amplitudes**2).sum(axis=1))


def least_discrepancy(
    target: Float[np.ndarray, " N"], weights: Float[np.ndarray, " sectors"]
) -> float:
    """Lower bound of the squared MMD (Hamming kernel) of every state with these sector weights.

    The minimum of (p - q)^T K (p - q), p(z) = sum_j P(z, j), over P >= 0 whose sum over |z| + j = N
    is w_N; |z| and j are the numbers of visible and hidden up spins. It is the quadratic programme
    |R (p - q)|^2 + c |sums - w|^2 -> min with K = R^T R. A finite c relaxes the constraints, so the
    value is never above the minimum.

    Args:
        target: q over the visible strings; a set bit is an up spin.
        weights: w_N of all spins; more than the visible ones have room for, if some are hidden.

    Returns:
        The bound; NaN for more than `LONGEST` visible spins.
    """
    n = target.size.bit_length() - 1
    if n > LONGEST:
        return float("nan")
    hidden = np.arange(weights.size - n)
    ups = np.bitwise_count(np.arange(target.size)).astype(int)
    N = np.add.outer(ups, hidden).ravel()
    sums = (np.arange(weights.size)[:, None] == N).astype(float)
    R = np.linalg.cholesky(kernel_matrix(n)).T
    rows = np.vstack([np.repeat(R, hidden.size, axis=1), _PENALTY * sums])
    _, distance = nnls(rows, np.concatenate([R @ target, _PENALTY * weights]))
    return float(distance**2)


def greatest_fidelity(
    target: Float[np.ndarray, " N"], weights: Float[np.ndarray, " sectors"]
) -> float:
    """Largest fidelity of a machine without hidden spins: (sum_N sqrt(w_N Q_N))^2.

    Q_N is the target's weight in each sector. By Cauchy and Schwarz, sum sqrt(p q) in a sector is
    at most sqrt(w_N Q_N).

    Args:
        target, weights: as for `least_discrepancy`.

    Returns:
        The bound; NaN for a machine with hidden spins.

    >>> plus = np.array([0.25, 0.5, 0.25])
    >>> round(greatest_fidelity(np.array([0.5, 0.0, 0.0, 0.5]), plus), 12)
    0.5
    """
    if 2 ** (weights.size - 1) != target.size:
        return float("nan")
    ups = np.bitwise_count(np.arange(target.size))
    Q = np.bincount(ups, weights=target)
    return float(np.sqrt(weights * Q).sum() ** 2)
