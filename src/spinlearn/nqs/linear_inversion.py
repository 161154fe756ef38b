"""States from POVM outcomes by linear inversion, without a model.

rho = (1/M) sum_m D_(a_m), with the dual frame D_a = 6 M_a - 1 of the tetrahedral POVM on every site
(Luchnikov 2019, eq. 9). It is Hermitian and of trace one, and its expectation values are right on
average. But it is not positive until there are far more samples than its 4^N numbers.
"""

import numpy as np
from jaxtyping import Complex, Float, UInt8
from scipy.linalg import eigh

from spinlearn.spins.povm import (
    INVERSE_OVERLAPS,
    apply_on_every_site,
    density_matrix,
    empirical_distribution,
    outcome_distribution,
)
from spinlearn.statistics.errors import standard_error


def fidelity(
    outcomes: UInt8[np.ndarray, "M N"],
    state: Float[np.ndarray, " D"] | Complex[np.ndarray, " D"],
) -> tuple[float, float]:
    """<psi|rho|psi>, the mean of <psi|D_a|psi> over the outcomes; it may exceed 1.

    D_a = sum_b (T^-1)_ab M_b on every site, so that <psi|D_a|psi> follows for all 4^N strings from
    the mass function of the exact state.

    Returns:
        The mean and its standard error.

    Raises:
        InvalidArgumentError: if the state is not normalised.
    """
    duals = apply_on_every_site(INVERSE_OVERLAPS, outcome_distribution(state), 4)
    sites = outcomes.shape[1]
    values = duals[outcomes.astype(np.int64) @ 4 ** np.arange(sites - 1, -1, -1)]
    return float(values.mean()), float(standard_error(values))


FIRST_TAKEN = 16
"""Largest eigenvalues that are computed at first; about five are kept at the default's sizes."""


def projected(
    outcomes: UInt8[np.ndarray, "M N"],
) -> tuple[Float[np.ndarray, " kept"], Complex[np.ndarray, "D kept"]]:
    """The density matrix nearest to rho in the Frobenius norm.

    It has the eigenvectors of rho, and the eigenvalues max(w - c, 0), with c such that their sum is
    1 (Smolin, Gambetta and Smith, Physical Review Letters 108, 070502 (2012)). Only a few are above
    0, so that the largest ones are computed, four times as many if these do not suffice.

    Returns:
        The eigenvalues above 0, ascending, and their eigenvectors, as columns.
    """
    rho = density_matrix(empirical_distribution(outcomes))
    size, taken = len(rho), FIRST_TAKEN
    while True:
        taken = min(taken, size)
        values, states = eigh(rho, subset_by_index=[size - taken, size - 1])
        shifts = (np.cumsum(values[::-1]) - 1) / np.arange(1, taken + 1)
        kept = int(np.count_nonzero(values[::-1] > shifts))
        if kept < taken or taken == size:
            return values[taken - kept :] - shifts[kept - 1], states[:, taken - kept :]
        taken *= 4
