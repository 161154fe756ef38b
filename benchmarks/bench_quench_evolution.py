"""One quench of one state: under many sets of fields of a short chain, or one of a long chain.

The many sets are the candidates of a search.

Every peer gets the same chain in all S^z sectors, fields and initial state, and must agree with an
eigendecomposition. Peers that take the candidates one by one are timed on fewer of them.

- `spinlearn`: a compiled Chebyshev series on each S^z block.
- `dense Chebyshev`, `sparse Chebyshev`: the same series for all candidates at once in NumPy, with
  a dense H_0 on each block, or a sparse one in the whole space.
- `block eigh`, `eigh`: LAPACK on each S^z block of each candidate, or on the whole matrix.
- `QuSpin expm`: `quspin.tools.evolution.ExpmMultiplyParallel`.
- `SciPy expm`: `scipy.sparse.linalg.expm_multiply`.

For one set of fields of a long chain, in the sector S^z = 0 or in all sectors, `sparse Chebyshev`
has Gershgorin's bounds, and peers must agree with each other. The initial state is complex. With
next-nearest neighbours (J2) the off-diagonal elements have two values instead of one.

The bytes that a series moves are counted as in a stream test: at each order, every array is read or
written once. What rows of H gather from other rows comes on top.
"""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from quspin.tools.evolution import ExpmMultiplyParallel
from scipy.fft import fft, next_fast_len
from scipy.sparse.linalg import expm_multiply
from scipy.special import jv

from spinlearn.spins.chebyshev import TILE
from spinlearn.spins.evolution import chain_family, evolve, evolve_by_eigendecomposition
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.trajectory import are_few

TIME = 10.0
STRENGTH, ONE_STRENGTH = 10.0, 8.0
"""h of many sets of fields, and of one set."""

MANY, FEW = {8: 500, 10: 100}, 5
"""Candidates by L, 500 as in Zhong 2022; and those of peers that take them one by one."""

LIMIT = 1e-12


class Problem(NamedTuple):
    """A chain, an initial state, and what does not depend on the fields."""

    chain: object
    family: object
    psi: np.ndarray
    fields: np.ndarray
    H0: sp.csr_array


class Sector(NamedTuple):
    """States of equal S^z, with H_0's hops among them and their extremal eigenvalues."""

    rows: np.ndarray
    hops: np.ndarray
    extremes: np.ndarray


@lru_cache
def problem(L):
    rng = np.random.default_rng(0)
    chain = xxz_chain(L, magnetisation=None)
    psi = rng.normal(size=chain.dimension) + 1j * rng.normal(size=chain.dimension)
    fields = rng.uniform(-STRENGTH, STRENGTH, (MANY[L], L))
    H0 = sp.csr_array(chain.sparse(np.zeros(L)))
    return Problem(chain, chain_family(chain), psi / np.linalg.norm(psi), fields, H0)


@lru_cache
def hops(L):
    matrix = problem(L).H0.copy()
    matrix.setdiag(0)
    matrix.eliminate_zeros()
    return matrix


@lru_cache
def sectors(L):
    up = problem(L).chain.z.sum(axis=1)
    found = []
    for magnetisation in np.unique(up):
        rows = np.flatnonzero(up == magnetisation)
        dense = hops(L)[rows][:, rows].toarray()
        found.append(Sector(rows, dense, np.linalg.eigvalsh(dense)[[0, -1]]))
    return found


def levels_of_basis(L, candidates):
    """Diagonals of the candidates' Hamiltonians (D, candidates)."""
    here = problem(L)
    return (here.chain.diagonal(here.fields[:candidates]) + here.H0.diagonal()).T


def hamiltonians(L, candidates):
    """Each candidate's sparse matrix in turn; only the diagonal of one matrix is rewritten."""
    here = problem(L)
    matrix = sp.csr_matrix(here.H0 + 99 * sp.eye_array(here.chain.dimension))
    rows = np.repeat(np.arange(here.chain.dimension), np.diff(matrix.indptr))
    place = np.flatnonzero(rows == matrix.indices)
    for diagonal in levels_of_basis(L, candidates).T:
        matrix.data[place] = diagonal
        yield matrix


def centre_and_width(diagonals, extremes):
    """Of the spectra of columns (D, n), by Weyl's bounds."""
    low, high = extremes[0] + diagonals.min(axis=0), extremes[1] + diagonals.max(axis=0)
    return (high + low) / 2, np.maximum((high - low) / 2 * 1.01, 1e-8)


def series(hop, diagonals, extremes, psi):
    """The Chebyshev series for columns (D, n) with off-diagonal part `hop` and Weyl's bounds."""
    centre, width = centre_and_width(diagonals, extremes)
    coefficients = 2 * chebyshev_coefficients(width * TIME)
    level = (diagonals - centre) / width
    one = np.repeat(psi[:, None], diagonals.shape[1], axis=1)
    two = hop(one) / width + level * one
    total = coefficients[0] / 2 * one + coefficients[1] * two
    twice_level, scale = 2 * level, 2 / width
    for coefficient in coefficients[2:]:
        three = hop(two)
        three *= scale
        three += twice_level * two
        three -= one
        one, two = two, three
        total += coefficient * three
    return np.exp(-1j * centre * TIME) * total


def chebyshev_coefficients(arguments):
    """(-i)^k J_k(z) of all z at once, up to the last order above rounding, by a Fourier transform.

    exp(-i z cos theta) = sum_k (-i)^k J_k(z) exp(i k theta).
    """
    orders = np.arange(int(arguments.max()) + 200)
    order = max(1, np.flatnonzero(np.abs(jv(orders, arguments.max())) > 1e-15)[-1])
    points = next_fast_len(2 * order + 2)
    angles = 2 * np.pi * np.arange(points) / points
    waves = np.exp(-1j * np.cos(angles)[:, None] * arguments)
    return fft(waves, axis=0)[: order + 1] / points


def moved_by_series(elements, diagonals, extremes):
    """Bytes of `series` for columns (D, n) with a sparse matrix of so many elements.

    An order makes seven passes over complex columns, with temporary arrays: 280 bytes per number.
    The matrix has 12 bytes per element.
    """
    orders = len(chebyshev_coefficients(centre_and_width(diagonals, extremes)[1] * TIME)) - 1
    return orders * (280 * diagonals.size + 12 * elements)


def times_real(matrix, columns):
    """A real matrix times complex columns, in real arithmetic."""
    return (matrix @ np.ascontiguousarray(columns).view(float)).view(complex)


def moved_by_spinlearn(family, diagonals, psi):
    """Bytes of `evolve` for all members, at least: the orders of each are those of its own series.

    Levels, two work vectors and the sum of the series take 92 bytes per order and basis state if a
    member is evolved alone; in a tile there is no such sum, and 16 members share the matrix and the
    initial state.
    """
    total = 0
    for block, hops in zip(family.blocks, family.hops, strict=True):
        alone, size = np.zeros_like(psi), block.rows.size
        alone[block.rows] = psi[block.rows]
        orders = int(evolve(family, diagonals, alone, TIME).order.sum())
        if hops is not None and are_few(block, len(diagonals)):
            factors = 0 if hops.factors is None else hops.factors.nbytes
            total += orders * (92 * size + hops.columns.nbytes + factors)
        else:
            shared = 24 * size + block.columns.nbytes + block.weights.nbytes
            total += orders * (56 * size + shared / TILE)
    return total


def spinlearn(L, candidates):
    here = problem(L)
    diagonals = here.chain.diagonal(here.fields[:candidates])
    return evolve(here.family, diagonals, here.psi, TIME).states


def dense_chebyshev(L, candidates):
    diagonals = levels_of_basis(L, candidates)
    out = np.empty(diagonals.shape, dtype=complex)
    for rows, dense, extremes in sectors(L):
        hop = partial(times_real, dense)
        out[rows] = series(hop, diagonals[rows], extremes, problem(L).psi[rows])
    return out.T


def extremes_of(L):
    lowest, highest = np.array([sector.extremes for sector in sectors(L)]).T
    return np.array([lowest.min(), highest.max()])


def sparse_chebyshev(L, candidates):
    diagonals = levels_of_basis(L, candidates)
    return series(partial(times_real, hops(L)), diagonals, extremes_of(L), problem(L).psi).T


def block_eigh(L, candidates):
    here = problem(L)
    diagonals = here.chain.diagonal(here.fields[:candidates])
    return evolve_by_eigendecomposition(here.family, diagonals, here.psi, TIME).states


def eigh(L, candidates):
    here, out = problem(L), []
    for fields in here.fields[:candidates]:
        levels, vectors = np.linalg.eigh(here.chain.dense(fields))
        out.append(vectors @ (np.exp(-1j * levels * TIME) * (vectors.T @ here.psi)))
    return np.array(out)


def quspin(L, candidates):
    psi = problem(L).psi
    return np.array(
        [ExpmMultiplyParallel(H, a=-1j * TIME).dot(psi) for H in hamiltonians(L, candidates)]
    )


def scipy(L, candidates):
    psi = problem(L).psi
    return np.array([expm_multiply(-1j * TIME * H, psi) for H in hamiltonians(L, candidates)])


PEERS = {
    "spinlearn": spinlearn,
    "dense Chebyshev": dense_chebyshev,
    "sparse Chebyshev": sparse_chebyshev,
    "block eigh": block_eigh,
    "QuSpin expm": quspin,
    "eigh": eigh,
    "SciPy expm": scipy,
}
ONE_AT_A_TIME = ("QuSpin expm", "eigh", "SciPy expm")


def moved_per_candidate(L):
    here = problem(L)
    diagonals = here.chain.diagonal(here.fields)
    return moved_by_spinlearn(here.family, diagonals, here.psi) / MANY[L]


def moved_by_sparse_chebyshev(L):
    diagonals = levels_of_basis(L, MANY[L])
    return moved_by_series(hops(L).nnz, diagonals, extremes_of(L)) / MANY[L]


MOVED = {"spinlearn": moved_per_candidate, "sparse Chebyshev": moved_by_sparse_chebyshev}
"""Bytes per candidate."""


@lru_cache
def states_found(peer, L):
    return PEERS[peer](L, FEW)


def compare(measure, peer, L):
    route, candidates = PEERS[peer], FEW if peer in ONE_AT_A_TIME else MANY[L]
    rival = states_found("block eigh" if peer == "eigh" else "eigh", L)
    error = np.abs(route(L, candidates)[:FEW] - rival).max()
    moved = MOVED.get(peer, lambda L: None)(L)
    measure(lambda: route(L, candidates), error, LIMIT, items=candidates, moved=moved)


@pytest.mark.benchmark(group="quench evolution: L = 8, h = 10, time 10, per candidate")
@pytest.mark.parametrize("peer", PEERS)
def test_quench_L8(measure, peer):
    compare(measure, peer, 8)


@pytest.mark.long
@pytest.mark.benchmark(group="quench evolution: L = 10, h = 10, time 10, per candidate")
@pytest.mark.parametrize("peer", PEERS)
def test_quench_L10(measure, peer):
    compare(measure, peer, 10)


class Trajectory(NamedTuple):
    """One Hamiltonian of a long chain, and an initial state."""

    chain: object
    family: object
    psi: np.ndarray
    fields: np.ndarray
    H: sp.csr_matrix


@lru_cache
def trajectory(L, magnetisation, J2):
    rng = np.random.default_rng(0)
    chain = xxz_chain(L, J2=J2, magnetisation=magnetisation)
    psi = rng.normal(size=chain.dimension) + 1j * rng.normal(size=chain.dimension)
    fields = rng.uniform(-ONE_STRENGTH, ONE_STRENGTH, L)
    family = chain_family(chain)
    return Trajectory(chain, family, psi / np.linalg.norm(psi), fields, chain.sparse(fields))


def one_spinlearn(here):
    return evolve(here.family, here.chain.diagonal(here.fields)[None], here.psi, TIME).states[0]


def parts(here):
    """Off-diagonal part, diagonal, and what Gershgorin's bounds add to the diagonal's extremes."""
    levels = here.H.diagonal()
    hop = here.H - sp.diags_array(levels)
    radius = np.asarray(abs(hop).sum(axis=1)).ravel()
    extremes = np.array(
        [(levels - radius).min() - levels.min(), (levels + radius).max() - levels.max()]
    )
    return hop.tocsr(), levels[:, None], extremes


def one_sparse_chebyshev(here):
    hop, levels, extremes = parts(here)
    return series(partial(times_real, hop), levels, extremes, here.psi)[:, 0]


def one_quspin(here):
    return ExpmMultiplyParallel(here.H, a=-1j * TIME).dot(here.psi)


def one_scipy(here):
    return expm_multiply(-1j * TIME * here.H, here.psi)


ONE_BY_ONE = {
    "spinlearn": one_spinlearn,
    "sparse Chebyshev": one_sparse_chebyshev,
    "QuSpin expm": one_quspin,
    "SciPy expm": one_scipy,
}


def moved_by_one(here):
    return moved_by_spinlearn(here.family, here.chain.diagonal(here.fields)[None], here.psi)


def moved_by_one_sparse_chebyshev(here):
    hop, levels, extremes = parts(here)
    return moved_by_series(np.count_nonzero(hop.data), levels, extremes)


MOVED_BY_ONE = {"spinlearn": moved_by_one, "sparse Chebyshev": moved_by_one_sparse_chebyshev}


def compare_one(measure, peer, L, magnetisation, J2=0.0):
    here, route = trajectory(L, magnetisation, J2), ONE_BY_ONE[peer]
    rival = ONE_BY_ONE["sparse Chebyshev" if peer == "QuSpin expm" else "QuSpin expm"]
    error = np.abs(route(here) - rival(here)).max()
    name = f"one trajectory against D: magnetisation {magnetisation}, J2 = {J2:g}"
    moved = MOVED_BY_ONE.get(peer, lambda here: None)(here)
    measure(lambda: route(here), error, LIMIT, moved=moved, series=(name, here.chain.dimension))


@pytest.mark.benchmark(group="one trajectory: L = 14, S^z = 0, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L14(measure, peer):
    compare_one(measure, peer, 14, 0)


@pytest.mark.benchmark(group="one trajectory: L = 16, S^z = 0, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L16(measure, peer):
    compare_one(measure, peer, 16, 0)


@pytest.mark.benchmark(group="one trajectory: L = 14, J2 = 0.5, S^z = 0, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L14_next_neighbours(measure, peer):
    compare_one(measure, peer, 14, 0, J2=0.5)


@pytest.mark.long
@pytest.mark.benchmark(group="one trajectory: L = 16, J2 = 0.5, S^z = 0, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L16_next_neighbours(measure, peer):
    compare_one(measure, peer, 16, 0, J2=0.5)


@pytest.mark.long
@pytest.mark.benchmark(group="one trajectory: L = 14, all sectors, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L14_all_sectors(measure, peer):
    compare_one(measure, peer, 14, None)


@pytest.mark.long
@pytest.mark.benchmark(group="one trajectory: L = 16, all sectors, h = 8, time 10")
@pytest.mark.parametrize("peer", ONE_BY_ONE)
def test_one_trajectory_L16_all_sectors(measure, peer):
    compare_one(measure, peer, 16, None)
