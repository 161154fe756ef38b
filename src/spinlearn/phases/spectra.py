"""Entanglement spectra of eigenstates in the middle of the spectrum of disordered chains."""

from collections.abc import Callable
from contextlib import closing

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.pipeline.progress import track
from spinlearn.spins.eigenwindows import WindowSolver
from spinlearn.spins.entanglement import half_chain_spectra
from spinlearn.spins.hamiltonians import SpinChain

ENERGY_DENSITY = 0.5
"""Energy density of the eigenstates."""


def spectra_of_fields(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    states: int,
    streams: Callable[[int], np.random.Generator],
) -> Float[np.ndarray, "R states levels"]:
    """Spectra of the states nearest to the middle of the energies, of each realisation.

    Returns:
        The 2^(L/2) eigenvalues of the left half's density matrix, descending.

    Raises:
        NotConvergedError, CertificateError, NoWidthError: as `WindowSolver.window`.
    """
    arguments.real("fields", fields, (None, chain.L))
    found = []
    with closing(WindowSolver(chain)) as windows:
        for number, realisation in enumerate(track(fields, "spectra", unit="realisation")):
            window = windows.window(realisation, ENERGY_DENSITY, states, streams(number))
            found.append(half_chain_spectra(window.vectors, chain.states, chain.L))
    return np.array(found)
