"""Distances between distributions over bit strings.

A distribution over n bits is a vector of 2^n probabilities.
"""

import numpy as np
from jaxtyping import Float


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
