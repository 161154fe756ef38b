"""Measurements of S^z in eigenstates of the disordered chain of stage `mbl`."""

import numpy as np

from spinlearn.datasets.strings import Request, Strings, from_dense
from spinlearn.mbl.schemas import EIGENSTATES
from spinlearn.spins.bases import chain_basis
from spinlearn.spins.chain_text import chain_text_with_operators


def eigenstate(request: Request) -> Strings:
    """p(z) = |<z|psi>|^2 of the eigenstate nearest to an energy density, a realisation per run."""
    stored = EIGENSTATES.read(request.files.eigenstates, "realisation", "states")
    about = stored.attributes
    p = np.zeros((len(stored["states"]), 2**request.n))
    p[:, chain_basis(request.n).states.astype(np.int64)] = stored["states"] ** 2
    source = (
        f"S^z in eigenstates of a {chain_text_with_operators(about)}, h = {about['h']:g}, "
        f"energy density {about['energy_density']:g}; a realisation per run"
    )
    return from_dense(p / p.sum(axis=1, keepdims=True), source, stored["realisation"].tolist())
