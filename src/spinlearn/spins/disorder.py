"""Disorder: fields drawn from a distribution, in the one place where they are drawn."""

import numpy as np
from jaxtyping import Float


def uniform_fields(
    rng: np.random.Generator, h: float, shape: tuple[int, ...]
) -> Float[np.ndarray, "*shape"]:
    """Fields that are independent and uniform in [-h, h], in the units and operators of h."""
    return rng.uniform(-h, h, size=shape)
