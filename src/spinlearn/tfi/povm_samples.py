"""Blocks of POVM samples of ground states: draw, write, read."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn import streams
from spinlearn.spins.mps import MPS, sample_povm
from spinlearn.tfi.schemas import POVM


def draw_block(
    mps: MPS, seed: int, hx: float, block: int, samples: int, noise: float = 0.0
) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
    """One block of POVM samples, from its own random stream.

    The stream is keyed by N, by hx with two decimals, and by the block's number. So a block does
    not depend on the number of other blocks or on their size.

    Args:
        mps: the ground state.
        seed: root seed of the pipeline.
        hx: transverse field, in units of J.
        block: number of the block.
        samples: strings to draw.
        noise: probability p of the depolarising channel on each site.

    Returns:
        Outcomes and ln P, as `spinlearn.spins.mps.sample_povm`.
    """
    # Do not rename "shard": it is part of the stream's key, and another key gives other samples.
    rng = streams.rng(seed, "tfi", "povm", N=mps.sites, hx=f"{hx:.2f}", shard=block)
    return sample_povm(mps, samples, rng, noise=noise)


def write_block(
    path: str | Path,
    outcomes: UInt8[np.ndarray, "M N"],
    log_probability: Float[np.ndarray, " M"],
    hx: float,
    block: int,
    attributes: dict[str, Any] | None = None,
) -> None:
    """Write one block of POVM samples (`schemas.POVM`)."""
    about = {"N": outcomes.shape[1], "hx": hx, "block": block}
    arrays = {"outcomes": outcomes, "log_probability": log_probability}
    POVM.write(path, arrays, {**about, **(attributes or {})})


def read_outcomes(paths: Iterable[str | Path]) -> Iterator[UInt8[np.ndarray, "_ N"]]:
    """Outcomes of several blocks, one block in memory at a time.

    The functions of `spinlearn.spins.povm` accept this iterator. It can be used once.
    """
    for path in paths:
        yield POVM.read(path, "outcomes")["outcomes"]
