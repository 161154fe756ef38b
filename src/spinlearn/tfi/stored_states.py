"""Ground states read back from their files, without TeNPy."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spinlearn.pipeline.errors import DatasetError
from spinlearn.spins.mps import MPS, unpack
from spinlearn.storage.hdf5 import Contents
from spinlearn.tfi.schemas import GROUND_STATE


@dataclass(frozen=True, eq=False)
class StoredState:
    """A ground state and its observables, as a `GROUND_STATE` file holds them.

    Attributes:
        hx: transverse field, in units of J.
        mps: the state.
        sigma_x, sigma_z: ⟨σ^x_i⟩ and ⟨σ^z_i⟩ of every site.
        xx, zz: ⟨σ^x_i σ^x_j⟩ and ⟨σ^z_i σ^z_j⟩ of every pair.
    """

    hx: float
    mps: MPS
    sigma_x: Float[np.ndarray, " N"]
    sigma_z: Float[np.ndarray, " N"]
    xx: Float[np.ndarray, "N N"]
    zz: Float[np.ndarray, "N N"]


def read_state(path: str | Path) -> StoredState:
    """One ground state.

    Raises:
        FileError: as `Schema.read`, and where the tensors do not fit together.
    """
    stored = GROUND_STATE.read(path)
    observables = {name: stored[name] for name in ("sigma_x", "sigma_z", "xx", "zz")}
    return StoredState(hx=float(stored.attributes["hx"]), mps=_tensors(stored), **observables)


def read_states(paths: Iterable[str | Path]) -> list[StoredState]:
    """The ground states of several fields, in ascending order of the field; raises as above."""
    return sorted((read_state(path) for path in paths), key=lambda state: state.hx)


def _tensors(stored: Contents) -> MPS:
    try:
        return unpack(stored["mps_entries"], stored["mps_bonds"])
    except ValueError as error:
        raise DatasetError(stored.path, f"dataset 'mps_entries' does not fit: {error}") from None
