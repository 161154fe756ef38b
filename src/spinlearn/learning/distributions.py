"""Distances between distributions over bit strings.

A distribution over n bits is a vector of 2^n probabilities.
"""

import numpy as np
from jaxtyping import Float
from scipy.special import rel_entr

from spinlearn import arguments


def classical_fidelity(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """F(p, q) = (sum_i sqrt(p_i q_i))^2 (Zhong 2022, section V.B).

    Raises:
        InvalidArgumentError: if p or q are not distributions.
    """
    return np.asarray(bhattacharyya(p, q) ** 2)


def bhattacharyya(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """BC(p, q) = sum_i sqrt(p_i q_i) (Luchnikov 2019, figure 11).

    Raises:
        InvalidArgumentError: if p or q are not distributions.
    """
    p, q = arguments.distribution("p", p), arguments.distribution("q", q)
    return np.asarray(np.sqrt(np.clip(p, 0, None) * np.clip(q, 0, None)).sum(axis=-1))


def total_variation(
    p: Float[np.ndarray, "*#batch states"], q: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """TVD(p, q) = |p - q|_1 / 2 (Demidik 2025).

    Raises:
        InvalidArgumentError: if p or q are not distributions.
    """
    p, q = arguments.distribution("p", p), arguments.distribution("q", q)
    return np.asarray(0.5 * np.abs(p - q).sum(axis=-1))


def kl_divergence(
    q: Float[np.ndarray, "*#batch states"], p: Float[np.ndarray, "*#batch states"]
) -> Float[np.ndarray, "*batch"]:
    """KL(q||p) = sum_i q_i ln(q_i/p_i) in nats: infinite if p has no weight where q has some.

    Raises:
        InvalidArgumentError: if q or p are not distributions.
    """
    q, p = arguments.distribution("q", q), arguments.distribution("p", p)
    return np.asarray(rel_entr(np.clip(q, 0, None), np.clip(p, 0, None)).sum(axis=-1))
