"""Measurements of S^z in eigenstates of the disordered chain of stage `mbl`."""

import numpy as np

from spinlearn.datasets.strings import Request, Strings, from_dense
from spinlearn.mbl.schemas import EIGENSTATES
from spinlearn.pipeline.errors import UndefinedError
from spinlearn.spins.bases import basis_states
from spinlearn.spins.chain_text import chain_text_with_operators


def eigenstate(request: Request) -> Strings:
    """p(z) = |<z|psi>|^2 of the eigenstate nearest to an energy density, a realisation per run.

    Raises:
        UndefinedError: if the eigenstate of a realisation is undefined, as its level is degenerate.
    """
    stored = EIGENSTATES.read(request.files.eigenstates, "realisation", "states")
    about = stored.attributes
    undefined = stored["realisation"][np.isnan(stored["states"]).any(axis=1)]
    if undefined.size:
        raise UndefinedError(
            f"{request.files.eigenstates}: the eigenstate nearest to energy density "
            f"{about['energy_density']:g} is undefined in {undefined.size} of "
            f"{len(stored['states'])} realisations ({undefined[0]} is the first), since its level "
            "is degenerate.\n  Choose another energy density, or disorder that breaks the symmetry."
        )
    p = np.zeros((len(stored["states"]), 2**request.n))
    p[:, basis_states(request.n)] = stored["states"] ** 2
    source = (
        f"S^z in eigenstates of a {chain_text_with_operators(about)}, h = {about['h']:g}, "
        f"energy density {about['energy_density']:g}; a realisation per run"
    )
    return from_dense(p / p.sum(axis=1, keepdims=True), source, stored["realisation"].tolist())
