"""Samples of a trained machine: what its measurements would give."""

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn import arguments
from spinlearn.datasets.strings import bit_strings


def sample(
    distribution: Float[np.ndarray, " outcomes"], count: int, rng: np.random.Generator
) -> UInt8[np.ndarray, "count n"]:
    """Independent bit strings drawn from a distribution over all strings of n bits.

    Args:
        distribution: p by the strings' index, such as `Run.model_distribution`.
        count: number of strings.
        rng: generator of the draws.

    Returns:
        One string per row; column i is the i-th visible spin, 1 is up.

    Raises:
        InvalidArgumentError: if p is not a distribution over 2^n strings, or the count below 1.
    """
    p = arguments.distribution("distribution", distribution, (None,)).clip(0.0)
    count = arguments.integer("count", count, 1)
    n = p.size.bit_length() - 1
    if p.size != 2**n:
        raise arguments.InvalidArgumentError(
            "distribution", f"has {p.size} probabilities; strings of n bits have 2^n"
        )
    return bit_strings(n)[rng.choice(p.size, count, p=p / p.sum())].astype(np.uint8)
