"""Disorder realisations and random start vectors of blocks, keyed by meaning."""

from collections.abc import Callable
from functools import partial

import numpy as np
from jaxtyping import Float

from spinlearn import arguments, streams
from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields


def draw_fields(
    seed: int,
    L: int,
    h: float,
    split: str,
    block: int,
    realisations: int,
    disorder: Disorder = "uniform",
) -> Float[np.ndarray, "R L"]:
    """Fields of one block of realisations (Gresch 2022, section II.B).

    Args:
        seed: the pipeline's root seed.
        L: number of sites.
        h: disorder parameter, in units of J; the fields are in the same operators as h.
        split: purpose of the realisations ("train", "test", "windows", "eigenstates",
            "dynamics", "phases").
        block: number of the block.
        realisations: number of realisations in the block.
        disorder: distribution of the fields.

    Returns:
        Fields, in units of J. They do not depend on other blocks, nor on the chain: chains with
        the same disorder are compared on the same realisations.
    """
    arguments.integer("L", L, 1)
    arguments.integer("realisations", realisations, 0)
    stream = streams.rng(seed, "mbl", "disorder", L=L, h=f"{h:.2f}", split=split, block=block)
    return random_fields(stream, h, (realisations, L), disorder)


def start_vectors(
    seed: int, chain: str, L: str, h: str, energy_density: str, block: str
) -> Callable[[int], np.random.Generator]:
    """The stream of an eigensolver's start vectors, by the realisation's number in its block.

    Args:
        seed: the pipeline's root seed.
        chain: name of the chain; its place in the key is called "boundary".
        L, h, energy_density, block: as paths have them.
    """
    key: dict[str, streams.KeyPart] = {"L": L, "h": h, "energy_density": energy_density}
    return partial(streams.rng, seed, "mbl", "start vectors", boundary=chain, block=block, **key)
