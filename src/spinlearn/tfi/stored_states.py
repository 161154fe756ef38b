"""Reading ground states from their files, without TeNPy."""

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
    """A ground state and its observables, read from a `GROUND_STATE` file.

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
    """Read one ground state.

    Raises:
        FileError: as `Schema.read`, or if the tensors do not fit together.
    """
    stored = GROUND_STATE.read(path)
    observables = {name: stored[name] for name in ("sigma_x", "sigma_z", "xx", "zz")}
    return StoredState(hx=float(stored.attributes["hx"]), mps=_tensors(stored), **observables)


def read_states(paths: Iterable[str | Path]) -> list[StoredState]:
    """Read ground states, sorted by ascending field; raises as `read_state`."""
    return sorted((read_state(path) for path in paths), key=lambda state: state.hx)


def _tensors(stored: Contents) -> MPS:
    try:
        return unpack(stored["mps_entries"], stored["mps_bonds"])
    except ValueError as error:
        raise DatasetError(stored.path, f"dataset 'mps_entries' does not fit: {error}") from None
