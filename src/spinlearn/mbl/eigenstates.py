"""Single eigenstates in the spectrum, kept with their entanglement spectra."""

import logging
from collections.abc import Callable
from contextlib import closing

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Solver
from spinlearn.spins.eigenwindows import WindowSolver
from spinlearn.spins.entanglement import half_chain_spectra
from spinlearn.spins.hamiltonians import SpinChain

_log = logging.getLogger("spinlearn.mbl")

NEIGHBOURS = 5
"""Levels that are computed around the energy density; the nearest one is kept."""


def eigenstates_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: float,
    streams: Callable[[int], np.random.Generator],
    *,
    solver: Solver = "auto",
    tolerance: float = 1e-10,
) -> dict[str, np.ndarray]:
    """The eigenstate nearest to an energy density of each realisation.

    Eigenvectors in a degenerate subspace are arbitrary. If the nearest level is degenerate, the
    state and its spectrum are undefined (NaN); the log gives the number of these realisations.

    Args:
        chain: the chain without disorder.
        fields: one row per realisation, in units of J.
        energy_density: target (E - E_min)/(E_max - E_min).
        streams: gives the random stream of the start vectors for a realisation's number.
        solver, tolerance: see `spinlearn.spins.eigenwindows.WindowSolver`.

    Returns:
        `energy` (R), `energy_density` (R), `states` (R, D), real amplitudes in the order of
        `chain.states`, the largest one positive, and `spectrum` (R, 2^(L/2)),
        the eigenvalues of the left half's density matrix, descending.

    Raises:
        NotConvergedError, CertificateError: as `WindowSolver.window`.
        NoWidthError: if all levels are equal.
        InvalidArgumentError: as `WindowSolver.window`.
    """
    fields = arguments.real("fields", fields, (None, chain.L))
    count = min(NEIGHBOURS, len(chain.states))
    energies, densities, vectors, degenerate = [], [], [], []
    with closing(WindowSolver(chain, solver=solver, tolerance=tolerance)) as windows:
        for number, realisation in enumerate(track(fields, "eigenstates", unit="realisation")):
            window = windows.window(realisation, energy_density, count, streams(number))
            nearest = int(np.argmin(np.abs(window.energy_densities - energy_density)))
            vector = window.vectors[:, nearest]
            vectors.append(vector * np.sign(vector[np.argmax(np.abs(vector))]))
            energies.append(window.energies[nearest])
            densities.append(window.energy_densities[nearest])
            degenerate.append(window.degenerate[nearest])
    states, is_undefined = np.array(vectors), np.array(degenerate)
    spectra = half_chain_spectra(states.T, chain.states, chain.L)
    states[is_undefined], spectra[is_undefined] = np.nan, np.nan
    if is_undefined.any():
        text = "undefined (NaN) in %d of %d realisations: the state, since its level is degenerate"
        _log.warning(text, is_undefined.sum(), len(fields))
    return {
        "energy": np.array(energies),
        "energy_density": np.array(densities),
        "states": states,
        "spectrum": spectra,
    }
