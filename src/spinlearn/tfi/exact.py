"""Exact ground states of the transverse-field Ising chain: free fermions, and full diagonalisation.

H = -J sum_i sigma^z_i sigma^z_(i+1) - h_x sum_i sigma^x_i - lambda sum_i sigma^z_i on an open
chain, J = 1. This is Luchnikov 2019, section 2, with the sign of h_x used in its figure 8, and with
the field lambda of its code. Energies are in units of J.

At lambda = 0 these functions return the state that is even under the spin flip prod_i sigma^x_i. It
is the ground state for every h_x > 0, and one of two at h_x = 0. In this state <sigma^z_i> = 0.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float
from scipy.sparse.linalg import eigsh

from spinlearn import arguments
from spinlearn.spins.bases import occupations
from spinlearn.spins.hamiltonians import Term, spin_chain
from spinlearn.spins.pauli_strings import Terms

MAX_SITES = 14
"""Longest chain for `exact_diagonalisation`."""


@dataclass(frozen=True, eq=False)
class ExactState:
    """Exact ground-state energy and correlators.

    Attributes:
        energy: E_0, in units of J.
        sigma_x, sigma_z: <sigma^x_i> and <sigma^z_i> of every site.
        xx, zz: <sigma^x_i sigma^x_j> and <sigma^z_i sigma^z_j> of every pair; 1 for i = j.
    """

    energy: float
    sigma_x: Float[np.ndarray, " N"]
    sigma_z: Float[np.ndarray, " N"]
    xx: Float[np.ndarray, "N N"]
    zz: Float[np.ndarray, "N N"]


def pauli_terms(N: int, hx: float, longitudinal_field: float = 0.0) -> Terms:
    """The Hamiltonian as coefficients and Pauli strings, in units of J.

    `spinlearn.spins.pauli_strings.energy` estimates its mean from outcomes.

    >>> pauli_terms(2, 0.5)
    [(-1.0, {0: 'z', 1: 'z'}), (-0.5, {0: 'x'}), (-0.5, {1: 'x'})]
    """
    arguments.integer("N", N, 1)
    terms: list[tuple[float, dict[int, str]]] = []
    terms += [(-1.0, {site: "z", site + 1: "z"}) for site in range(N - 1)]
    for field, axis in ((hx, "x"), (longitudinal_field, "z")):
        if arguments.number("field", field) != 0.0:
            terms += [(-float(field), {site: axis}) for site in range(N)]
    return terms


def fermion_matrix(N: int, hx: float) -> Float[np.ndarray, "N N"]:
    """The bidiagonal M of H = -i sum_ij a_i M_ij b_j at lambda = 0.

    a_j = (prod_(k<j) sigma^x_k) sigma^z_j and b_j = (prod_(k<j) sigma^x_k) sigma^y_j are Majorana
    operators with sigma^x_j = i a_j b_j and sigma^z_j sigma^z_(j+1) = -i a_(j+1) b_j
    (Jordan-Wigner; Lieb, Schultz and Mattis 1961), so M has h_x on the diagonal, -J below it.
    """
    arguments.integer("N", N, 1)
    return arguments.number("hx", hx) * np.eye(N) - np.eye(N, k=-1)


def single_particle_energies(N: int, hx: float) -> Float[np.ndarray, " N"]:
    """Singular values s_k of `fermion_matrix`, descending; all levels of H are sum_k +-s_k."""
    return np.linalg.svd(fermion_matrix(N, hx), compute_uv=False)


def exact_energy(N: int, hx: float) -> float:
    """E_0 = -sum_k s_k at lambda = 0, for any N.

    For h_x = J it is 1 - 1/sin(pi / (2 (2N + 1))).

    >>> bool(abs(exact_energy(32, 1.0) - (1 - 1 / np.sin(np.pi / 130))) < 1e-12)
    True
    """
    return -float(single_particle_energies(N, hx).sum())


def free_fermions(N: int, hx: float) -> ExactState:
    """All correlators of the even ground state at lambda = 0, for any N.

    With M = U S V^T, the ground state has G_ij = i <a_i b_j> = (U V^T)_ij, and Wick's theorem gives
    <x_i> = G_ii, <x_i x_j> = G_ii G_jj - G_ij G_ji, and <z_i z_j> as the determinant of -G between
    rows i+1..j and columns i..j-1 (Lieb, Schultz and Mattis 1961).

    Args:
        N: number of sites.
        hx: transverse field, in units of J, >= 0.

    Raises:
        InvalidArgumentError: if N < 1, or hx is negative or not finite.
    """
    arguments.number("hx", hx, 0)
    u, energies, vt = np.linalg.svd(fermion_matrix(N, hx))
    if np.linalg.det(u) * np.linalg.det(vt) < 0:
        # Spin-flip parity is det G. If a singular value is zero up to rounding (tiny h_x), the sign
        # of its pair of vectors is arbitrary.
        vt[-1] *= -1
    green = u @ vt
    diagonal = np.diag(green).copy()
    xx = np.outer(diagonal, diagonal) - green * green.T
    np.fill_diagonal(xx, 1.0)
    zz = np.eye(N)
    for distance in range(1, N):
        starts = np.arange(N - distance)
        rows = starts[:, None, None] + np.arange(1, distance + 1)[:, None]
        columns = starts[:, None, None] + np.arange(distance)
        values = np.linalg.det(-green[rows, columns])
        zz[starts, starts + distance] = zz[starts + distance, starts] = values
    return ExactState(-float(energies.sum()), diagonal, np.zeros(N), xx, zz)


def terms(N: int, hx: float, longitudinal_field: float = 0.0) -> list[Term]:
    """The terms of H in Pauli matrices, for `spinlearn.spins.hamiltonians.spin_chain`."""
    arguments.integer("N", N, 1)
    arguments.number("hx", hx)
    arguments.number("longitudinal_field", longitudinal_field)
    sites = [(site,) for site in range(N)]
    return [
        *((-1.0, "zz", (site, site + 1)) for site in range(N - 1)),
        *((-hx, "x", site) for site in sites),
        *((-longitudinal_field, "z", site) for site in sites),
    ]


def hamiltonian(N: int, hx: float, longitudinal_field: float = 0.0) -> sp.csr_matrix:
    """H as a sparse matrix of 2^N rows; index sum_i s_i 2^(N-1-i) with s = 0 for up."""
    return spin_chain(N, terms(N, hx, longitudinal_field), operators="pauli").H0


def ground_vector(N: int, hx: float, longitudinal_field: float = 0.0) -> Float[np.ndarray, " D"]:
    """The ground state as 2^N real, non-negative amplitudes.

    H has no positive off-diagonal element, so such a state exists (Perron and Frobenius). At
    lambda = 0 the search is restricted to states that are even under the flip of all spins.

    Raises:
        ValueError: for more than `MAX_SITES` sites.
    """
    if arguments.integer("N", N, 1) > MAX_SITES:
        raise ValueError(f"full diagonalisation takes at most {MAX_SITES} sites, got {N}")
    matrix = hamiltonian(N, hx, longitudinal_field)
    if longitudinal_field == 0.0:
        half = 2 ** (N - 1)
        even = sp.eye(half, format="csr") / np.sqrt(2)
        embedding = sp.vstack([even, even[::-1]]).tocsr()
        matrix = (embedding.T @ matrix @ embedding).tocsr()
    else:
        embedding = sp.eye(2**N, format="csr")
    if matrix.shape[0] <= 64:
        vector = np.linalg.eigh(matrix.toarray())[1][:, 0]
    else:
        start = np.ones(matrix.shape[0])
        vector = eigsh(matrix, k=1, which="SA", v0=start, tol=0.0, ncv=40)[1][:, 0]
    state = embedding @ vector
    return state * np.sign(state.sum())


def exact_diagonalisation(N: int, hx: float, longitudinal_field: float = 0.0) -> ExactState:
    """Energy and correlators from the whole Hilbert space, with the longitudinal field.

    Args:
        N: number of sites, at most `MAX_SITES`.
        hx, longitudinal_field: in units of J.

    Raises:
        ValueError: for more than `MAX_SITES` sites.
    """
    state = ground_vector(N, hx, longitudinal_field)
    matrix = hamiltonian(N, hx, longitudinal_field)
    energy = float(state @ (matrix @ state))
    probability = state**2
    z = 1.0 - 2.0 * occupations(np.arange(2**N), N)
    masks = 1 << np.arange(N - 1, -1, -1)
    index = np.arange(2**N)
    flips = np.stack([state[index ^ mask] for mask in masks])
    return ExactState(
        energy=energy,
        sigma_x=flips @ state,
        sigma_z=probability @ z,
        xx=flips @ flips.T,
        zz=z.T @ (probability[:, None] * z),
    )
