"""Whole spectra by LAPACK, energy densities, and the levels of a window."""

import numpy as np
import scipy.linalg
from jaxtyping import Float, Int

from spinlearn import arguments
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.degeneracies import spectrum_width
from spinlearn.spins.hamiltonians import SpinChain


def energy_densities(energies: Float[np.ndarray, " D"]) -> Float[np.ndarray, " D"]:
    """epsilon = (E - E_min)/(E_max - E_min), ascending spectrum (Gresch 2022, section II.B).

    Raises:
        NoWidthError: if all levels are equal.
    """
    levels = arguments.real("energies", energies, (None,))
    return (levels - levels[0]) / spectrum_width(levels[[0, -1]])


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

    Raises:
        InvalidArgumentError: if a window does not fit, or a number is not finite.
    """
    densities = arguments.real("densities", densities, (None,))
    grid = arguments.real("grid", grid, (None,))
    arguments.integer("states", states, 1, densities.size)
    last = densities.size - states
    # The window may slide up as long as the level it gains is nearer than the one it loses.
    middle = 0.5 * (densities[:last] + densities[states:])
    return np.searchsorted(middle, grid, side="left")


def diagonalise(
    chain: SpinChain, fields: Float[np.ndarray, " L"]
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, "D D"]]:
    """All eigenvalues and eigenvectors of H(h), by LAPACK (divide and conquer).

    Raises:
        NotConvergedError: if LAPACK reports a failure.
        InvalidArgumentError: if fields are not finite, or not one per site.
    """
    matrix = chain.dense(arguments.real("fields", fields, (chain.L,)))
    try:
        return scipy.linalg.eigh(matrix, overwrite_a=True, check_finite=False, driver="evd")
    except np.linalg.LinAlgError as error:
        raise NotConvergedError(
            f"LAPACK did not diagonalise a chain of L = {chain.L} ({error})"
        ) from None
