"""Mass functions of short chains: the field compared, and errors (figures 10, 11 and 13)."""

from typing import TypeVar

import numpy as np
from jaxtyping import Complex, Float

from spinlearn.spins import povm

COMPARED_FIELD = 0.9
"""The field of the paper's figures 10 and 13, in units of J."""

FIDELITY = 0.99
"""Luchnikov 2019 reports Bhattacharyya coefficients above this value."""

Coefficient = TypeVar("Coefficient", float, Float[np.ndarray, " fields"])


def coefficient_error(coefficient: Coefficient, draws: int, strings: int) -> Coefficient:
    """Upper limit of the error of a Bhattacharyya coefficient, sqrt((1-BC^2)/4n + (K-1)/32n^2).

    The model's p(a), over K strings, is the decoder's mean over n latent vectors. If p were
    estimated from n strings drawn from it, BC = sum_a sqrt(P p) would have the variance
    (1/4n) [sum_a p (P/p) - (sum_a p sqrt(P/p))^2] to first order (delta method). This is the first
    term for p above zero. It vanishes where p is close to P; there the next order, -chi^2/8n with
    K - 1 degrees of freedom, gives the second term (if most strings are drawn more than once). The
    variance of a mean over latent vectors is not larger (Rao and Blackwell). The variation between
    runs is not included. Without latent vectors (n = 0) p has no error.
    """
    if draws == 0:
        return 0.0 * coefficient
    first = np.clip(1.0 - np.square(coefficient), 0.0, None) / (4 * draws)
    return np.sqrt(first + (strings - 1) / (32 * draws**2))


def spectrum_with_errors(
    p: Float[np.ndarray, " strings"], draws: int
) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]]:
    """Eigenvalues of rho = sum_a p(a) D_a, ascending, and upper limits of their standard errors.

    First-order perturbation theory: an eigenvalue with eigenvector u is the mean over p of
    d_a = <u|D_a|u>. Estimated from n strings drawn from p, it would have the variance
    (E[d^2] - E[d]^2)/n. The variance of the decoder's mean over n latent vectors is not larger (Rao
    and Blackwell). Without latent vectors (n = 0) p has no error.
    """
    values, vectors = np.linalg.eigh(povm.density_matrix(p))
    if draws == 0:
        return values, np.zeros_like(values)
    second = [float(p @ _dual_expectations(column) ** 2) for column in vectors.T]
    return values, np.sqrt(np.clip(np.array(second) - values**2, 0.0, None) / draws)


def _dual_expectations(vector: Complex[np.ndarray, " D"]) -> Float[np.ndarray, " strings"]:
    """<u|D_a|u> of a normalised vector u for the dual frame D of every outcome string a."""
    values = np.outer(vector, vector.conj())[None]
    while values.shape[1] > 1:
        count, half = len(values), values.shape[1] // 2
        split = values.reshape(count, 2, half, 2, half)
        values = np.einsum("aij,mjris->mars", povm.DUALS, split).reshape(-1, half, half)
    return values[:, 0, 0].real
