"""Whole spectra by LAPACK, energy densities, and the levels of a window."""

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int

from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.hamiltonians import SpinChain


def energy_densities(energies: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
    """epsilon = (E - E_min)/(E_max - E_min), ascending spectrum (Gresch 2022, section II.B)."""
    return (energies - energies[0]) / (energies[-1] - energies[0])


def nearest_windows(
    densities: Float[np.ndarray, " D"], grid: Float[np.ndarray, " E"], states: int
) -> Int[np.ndarray, " E"]:
    """First index of the `states` consecutive levels nearest to each energy density.

    Args:
        densities: ascending energy densities of all levels.
        grid: the energy densities wanted.
        states: levels in a window.

    Returns:
        Start of each window; the window is `start : start + states`.
    """
    last = densities.size - states
    if last < 0:
        raise ValueError(f"a window of {states} states does not fit into {densities.size} levels")
    # The window may slide up as long as the level it gains is nearer than the one it loses.
    middle = 0.5 * (densities[:last] + densities[states:])
    return np.searchsorted(middle, grid, side="left")


def diagonalise(
    chain: SpinChain, fields: Float[np.ndarray, " L"]
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, "D D"]]:
    """All eigenvalues and eigenvectors of H(h), by LAPACK (divide and conquer).

    Raises:
        NotConvergedError: if LAPACK reports a failure.
    """
    try:
        return scipy.linalg.eigh(
            chain.dense(fields), overwrite_a=True, check_finite=False, driver="evd"
        )
    except np.linalg.LinAlgError as error:
        raise NotConvergedError(
            f"LAPACK did not diagonalise a chain of L = {chain.L} ({error})"
        ) from None
