"""Disorder realisations: fields i.i.d. uniform in [-h, h], keyed by meaning."""

import numpy as np
from jaxtyping import Float

from spinlearn import streams
from spinlearn.spins.disorder import random_fields


def draw_fields(
    seed: int, L: int, h: float, split: str, block: int, realisations: int
) -> Float[np.ndarray, "R L"]:
    """Fields of one block of realisations (Gresch 2022, section II.B).

    Args:
        seed: the pipeline's root seed.
        L: number of sites.
        h: disorder parameter, in units of J; the fields are in the same operators as h.
        split: purpose of the realisations ("train", "test", "windows", "eigenstates").
        block: number of the block.
        realisations: number of realisations in the block.

    Returns:
        Fields, in units of J. They depend on the stream's key only, not on other blocks.
    """
    stream = streams.rng(seed, "mbl", "disorder", L=L, h=f"{h:.2f}", split=split, block=block)
    return random_fields(stream, h, (realisations, L))
