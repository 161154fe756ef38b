"""Bounds for Born machines that conserve S^z, from the initial state alone.

Quenches by fields along z conserve S^z, so the weight w_N of each number N of up spins, hidden ones
included, stays that of the initial state. From |+> it is C(L, N) / 2^L.
"""

from itertools import product

import numpy as np
from jaxtyping import Float
from scipy.optimize import nnls

from spinlearn.hbm.loss import kernel_matrix

LONGEST = 8
"""Most visible spins for which `least_discrepancy` is computed: its matrix has 4^n elements."""

_PENALTY = 1e4
"""Weight of the constraints: at 1e2 the bounds differ by 5e-5 of their value at most."""

_STEPS = 1000
"""Steps of `least_divergence`."""


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


def least_divergence(
    target: Float[np.ndarray, " N"], weights: Float[np.ndarray, " sectors"]
) -> float:
    """Lower bound of KL(target || p), in nats, of every state with these sector weights.

    Of N up spins m are visible, 0 <= N - m <= hidden, so that p_m = sum_N w_N k(m|N). With the
    target's weight Q_m, KL(q||p) >= sum_m Q_m ln(Q_m / p_m), equal if p is proportional to q at
    each m. By Jensen's inequality this is, for any r_m >= 0, at least

        sum_m Q_m ln r_m - ln sum_N w_N max_m r_m,   m from N - hidden to N.

    This is returned. It is the minimum if r_m = Q_m / p_m of the best k, which is approached by
    k(m|N) -> k(m|N) r_m, normalised; whatever r is reached, the bound holds. A target of a single
    m has -ln(w_m + ... + w_(m + hidden)).

    Args:
        target, weights: as for `least_discrepancy`.

    Returns:
        The bound; infinite if the target has strings that no such state has.

    >>> plus = np.array([1, 3, 3, 1]) / 8  # two visible spins and a hidden one
    >>> least = least_divergence(np.array([0.0, 0.5, 0.5, 0.0]), plus)
    >>> print(f"{np.exp(-least):.6f}")  # m = 1 needs N = 1 or 2
    0.750000
    """
    Q, may_have = _visible_weights(target, weights)
    if (may_have @ weights)[Q > 0].min() == 0:
        return float("inf")
    r, k = np.ones_like(Q), may_have
    for _ in range(_STEPS):
        k = k * r[:, None]
        k = np.divide(k, k.sum(axis=0), out=np.zeros_like(k), where=k.any(axis=0))
        r = np.divide(Q, k @ weights, out=np.zeros_like(Q), where=Q > 0)
    ceiling = weights @ (may_have * r[:, None]).max(axis=0)
    return max(float(Q[Q > 0] @ np.log(r[Q > 0]) - np.log(ceiling)), 0.0)


def least_variation(
    target: Float[np.ndarray, " N"], weights: Float[np.ndarray, " sectors"]
) -> float:
    """Least total variation distance to the target of states with these sector weights.

    max_S sum_(m in S) Q_m - sum_(N in S') w_N over sets S of numbers of visible up spins, where S'
    are all N from m to m + hidden of an m in S: no more weight can come to S. By the theorem of
    maximal flow and minimal cut it is reached by some distribution.

    Args:
        target, weights: as for `least_discrepancy`.
    """
    Q, may_have = _visible_weights(target, weights)
    chosen = np.array(list(product((0.0, 1.0), repeat=Q.size)))
    return float((chosen @ Q - (chosen @ may_have > 0) @ weights).max())


def _visible_weights(
    target: Float[np.ndarray, " N"], weights: Float[np.ndarray, " sectors"]
) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, "m sectors"]]:
    """Q_m, the target's weight of m up spins; and where m of N up spins may be the visible ones."""
    n = target.size.bit_length() - 1
    Q = np.bincount(np.bitwise_count(np.arange(target.size)), weights=target, minlength=n + 1)
    left = np.arange(weights.size) - np.arange(n + 1)[:, None]
    return Q, ((left >= 0) & (left < weights.size - n)).astype(float)
