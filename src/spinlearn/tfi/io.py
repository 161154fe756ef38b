"""Ground states read back from their files; POVM samples drawn, written and read."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn import streams
from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins.mps import MPS, sample_povm, unpack
from spinlearn.tfi.schemas import GROUND_STATE, POVM


def read_mps(path: str | Path) -> MPS:
    """The matrix product state of a `GROUND_STATE` file.

    Raises:
        FileError: as `Schema.read`, and where the tensors do not fit together.
    """
    stored = GROUND_STATE.read(path, "mps_bonds", "mps_entries")
    try:
        return unpack(stored["mps_entries"], stored["mps_bonds"])
    except ValueError as error:
        raise DatasetError(stored.path, f"dataset 'mps_entries' does not fit: {error}") from None


def draw_shard(
    mps: MPS, seed: int, hx: float, shard: int, samples: int
) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
    """One shard of POVM samples, on a stream of its own.

    The stream is keyed by N, by hx as file names carry it, and by the shard's number, so that no
    shard depends on how many others there are, nor on its neighbours' size.

    Args:
        mps: the ground state.
        seed: root seed of the pipeline.
        hx: transverse field, in units of J.
        shard: number of the shard.
        samples: strings to draw.

    Returns:
        Outcomes and ln P, as `spinlearn.spins.mps.sample_povm`.
    """
    rng = streams.rng(seed, "tfi", "povm", N=mps.sites, hx=f"{hx:.2f}", shard=shard)
    return sample_povm(mps, samples, rng)


def write_shard(
    path: str | Path,
    outcomes: UInt8[np.ndarray, "M N"],
    log_probability: Float[np.ndarray, " M"],
    hx: float,
    shard: int,
    attributes: dict[str, Any] | None = None,
) -> None:
    """Write one shard of POVM samples (`schemas.POVM`)."""
    about = {"N": outcomes.shape[1], "hx": hx, "shard": shard}
    arrays = {"outcomes": outcomes, "log_probability": log_probability}
    POVM.write(path, arrays, {**about, **(attributes or {})})


def outcomes_of(paths: Iterable[str | Path]) -> Iterator[UInt8[np.ndarray, "M N"]]:
    """Outcomes of several shards, one shard in memory at a time.

    What the functions of `spinlearn.spins.povm` take; a generator, so it can be gone through once.
    """
    for path in paths:
        yield POVM.read(path, "outcomes")["outcomes"]
