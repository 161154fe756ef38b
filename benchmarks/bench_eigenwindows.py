"""One window of 100 eigenstates in the middle of the spectrum.

Every peer gets the same chain (Pauli matrices, ring, S^z = 0), fields and target, and finds E_min
and E_max too. Ours includes the certificate that no level is missing; the peers have none.
`spinlearn` chooses its solver itself; `spinlearn dense` and `spinlearn polfed` are its other two.
"""

from contextlib import contextmanager
from functools import lru_cache, partial
from math import comb

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from quspin.operators import hamiltonian
from scipy.sparse.linalg import LinearOperator, eigsh

from spinlearn.spins.eigenwindows import eigenwindow
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.spectra import nearest_windows

DENSITY = 0.5
STATES = 100
SPARE = 6
"""Levels that shift-invert peers find beyond the window, which need not be centred."""
LIMIT = 1e-9


@lru_cache
def problem(L):
    """The chain and its fields."""
    return xxz_chain(L, "ring", operators="pauli"), np.random.default_rng(1).uniform(-3, 3, L)


def start_vector(D):
    return np.random.default_rng(0).standard_normal(D)


def nearest(energies, vectors, ends):
    order = np.argsort(energies)
    densities = (energies[order] - ends[0]) / (ends[1] - ends[0])
    first = nearest_windows(densities, np.array([DENSITY]), STATES)[0]
    window = order[first : first + STATES]
    return energies[window], vectors[:, window]


def extremal_levels(H):
    return np.sort(eigsh(H, 2, which="BE", v0=start_vector(H.shape[0]))[0])


def spinlearn(solver, L):
    window = eigenwindow(*problem(L), DENSITY, STATES, np.random.default_rng(2), solver=solver)
    assert solver in ("auto", window.solver), window.cost.failures
    assert window.certified
    return window.energies, window.vectors


def quspin(L):
    chain, fields = problem(L)
    energies, vectors = hamiltonian([chain.sparse(fields)], [], dtype=np.float64).eigh()
    return nearest(energies, vectors, energies[[0, -1]])


def lapack(L):
    """LAPACK's bisection and inverse iteration in an interval that a Gaussian density suggests."""
    chain, fields = problem(L)
    H = chain.sparse(fields)
    ends = extremal_levels(H)
    target = ends[0] + DENSITY * (ends[1] - ends[0])
    mean = H.diagonal().mean()
    variance = H.multiply(H).sum() / H.shape[0] - mean**2
    gaussian = np.exp(-((target - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    reach = 0.75 * STATES / (H.shape[0] * gaussian)
    energies, vectors = scipy.linalg.eigh(
        chain.dense(fields),
        subset_by_value=(target - reach, target + reach),
        driver="evr",
        overwrite_a=True,
        check_finite=False,
    )
    return nearest(energies, vectors, ends)


@contextmanager
def by_superlu(H, sigma):
    """Nothing: ARPACK's own choice."""
    yield None


@lru_cache
def pardiso():
    """MKL PARDISO for symmetric matrices, loaded once: the search for the library takes long."""
    return pytest.importorskip("pypardiso").PyPardisoSolver(mtype=-2)


@contextmanager
def by_pardiso(H, sigma):
    """(H - sigma)^-1 by MKL PARDISO's L D L^T, without the check of the matrix at every solve."""
    solver = pardiso()
    upper = sp.csr_matrix(sp.triu(H - sigma * sp.eye_array(H.shape[0]), format="csr"))
    solver.factorize(upper)
    solver.set_phase(33)
    yield LinearOperator(H.shape, lambda b: solver._call_pardiso(upper, b), dtype=np.float64)
    solver.free_memory(everything=True)


def shift_invert(inverse_by, L):
    """ARPACK on (H - sigma)^-1."""
    chain, fields = problem(L)
    H = chain.sparse(fields)
    ends = extremal_levels(H)
    sigma = ends[0] + DENSITY * (ends[1] - ends[0])
    start = start_vector(H.shape[0])
    with inverse_by(H, sigma) as inverse:
        found = eigsh(H.tocsc(), STATES + SPARE, sigma=sigma, OPinv=inverse, v0=start)
    return nearest(*found, ends)


PEERS = {
    "spinlearn": partial(spinlearn, "auto"),
    "spinlearn dense": partial(spinlearn, "dense"),
    "spinlearn polfed": partial(spinlearn, "polfed"),
    "SciPy eigsh, PARDISO": partial(shift_invert, by_pardiso),
    "SciPy eigsh, SuperLU": partial(shift_invert, by_superlu),
    "LAPACK eigh, interval": lapack,
    "QuSpin eigh": quspin,
}
FAST_PEERS = ["spinlearn", "spinlearn polfed", "SciPy eigsh, PARDISO"]


@lru_cache
def window_found(peer, L):
    """Levels of the window by a peer, and their largest residual."""
    chain, fields = problem(L)
    energies, vectors = PEERS[peer](L)
    residuals = np.linalg.norm(chain.sparse(fields) @ vectors - vectors * energies, axis=0)
    return energies, residuals.max()


def compare(measure, peer, L, rival="SciPy eigsh, SuperLU"):
    energies, residual = window_found(peer, L)
    expected, _ = window_found(rival if "spinlearn" in peer else "spinlearn", L)
    error = max(residual, np.abs(energies - expected).max())
    series = ("eigenwindows against D", comb(L, L // 2))
    measure(lambda: PEERS[peer](L), error, LIMIT, series=series)


@pytest.mark.benchmark(group="eigenwindows: L = 12")
@pytest.mark.parametrize("peer", PEERS)
def test_window_L12(measure, peer):
    compare(measure, peer, 12)


@pytest.mark.slow
@pytest.mark.benchmark(group="eigenwindows: L = 14")
@pytest.mark.parametrize("peer", PEERS)
def test_window_L14(measure, peer):
    compare(measure, peer, 14)


@pytest.mark.long
@pytest.mark.benchmark(group="eigenwindows: L = 16")
@pytest.mark.parametrize("peer", FAST_PEERS)
def test_window_L16(measure, peer):
    compare(measure, peer, 16, rival="SciPy eigsh, PARDISO")
