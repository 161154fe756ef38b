"""Batched time evolution against scipy's matrix exponential and against eigendecomposition.

Where a tolerance is 1e-12 it is the accuracy promised; with a long time the rounding of the phases,
about 1e-16 times the phase itself, comes on top and is written out.
"""

from functools import reduce

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import quspin_chain

from spinlearn.spins import chebyshev
from spinlearn.spins.evolution import (
    chain_family,
    diagonal_family,
    evolve,
    evolve_by_eigendecomposition,
    spectral_trajectory,
    spin_flips,
)
from spinlearn.spins.hamiltonians import spin_chain, xxz_chain

ACCURACY = 1e-12


def random_states(rng, *shape):
    states = rng.normal(size=shape) + 1j * rng.normal(size=shape)
    return states / np.linalg.norm(states, axis=-1, keepdims=True)


def random_symmetric(rng, size, density):
    dense = np.where(rng.random((size, size)) < density, rng.normal(size=(size, size)), 0.0)
    return dense + dense.T


def chain_problem(L, h, candidates, seed, **options):
    rng = np.random.default_rng(seed)
    chain = xxz_chain(L, magnetisation=None, **options)
    fields = rng.uniform(-h, h, (candidates, L))
    return chain, fields, random_states(rng, chain.dimension)


def transverse(L, x):
    """sum_i x_i S^x_i by Kronecker products, in descending order of states (up before down)."""
    half_x, one = np.array([[0, 0.5], [0.5, 0]]), np.eye(2)
    return sum(
        x[i] * reduce(np.kron, [half_x if j == i else one for j in range(L)]) for i in range(L)
    )


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 24),
    density=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    time=st.sampled_from([0.0, 1e-13, 1e-3, 0.7, -2.5, 10.0]),
    spread=st.sampled_from([0.0, 1.0, 20.0]),
    own_states=st.booleans(),
)
def test_any_symmetric_matrix_agrees_with_expm(seed, size, density, time, spread, own_states):
    rng = np.random.default_rng(seed)
    candidates = int(rng.integers(1, 20))
    H0 = random_symmetric(rng, size, density)
    diagonals = rng.uniform(-spread, spread, (candidates, size))
    psi = random_states(rng, candidates, size) if own_states else random_states(rng, size)
    found = evolve(diagonal_family(sp.csr_array(H0)), diagonals, psi, time)
    start = np.broadcast_to(psi, (candidates, size))
    for n in range(candidates):
        exact = scipy.linalg.expm(-1j * time * (H0 + np.diag(diagonals[n]))) @ start[n]
        # expm squares a scaled matrix: it loses about one unit of rounding for each unit of phase.
        phase = abs(time) * (np.linalg.norm(H0, 2) + spread)
        assert np.abs(found.states[n] - exact).max() < ACCURACY + 1e-14 * phase


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("L", "h"), [(4, 3.0), (6, 0.5), (8, 8.0)])
def test_chain_agrees_with_eigendecomposition(L, h, boundary):
    chain, fields, psi = chain_problem(L, h, 21, L, boundary=boundary)
    family = chain_family(chain)
    for time in (0.0, 0.3, 10.0, -10.0):
        found = evolve(family, chain.diagonal(fields), psi, time)
        exact = evolve_by_eigendecomposition(family, chain.diagonal(fields), psi, time)
        assert np.abs(found.states - exact.states).max() < ACCURACY
        assert found.truncation.max() <= 1e-14


COUPLINGS = {"J_xy": 0.8, "J_zz": 0.5, "J2": 0.6}


@pytest.mark.parametrize("operators", ["spin", "pauli"])
@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(
    ("L", "magnetisation", "h_x"), [(6, None, 0.7), (7, None, 0.0), (8, 0, 0.0), (7, -0.5, 0.0)]
)
def test_chain_agrees_with_quspin(L, magnetisation, h_x, boundary, operators):
    """scipy's `expm` of QuSpin's matrix, with next neighbours and a uniform field along x.

    Phases reach about 60 (spin) and 300 (Pauli); `expm` loses one unit of rounding for each.
    """
    options = {"operators": operators, "magnetisation": magnetisation, **COUPLINGS, "h_x": h_x}
    chain = xxz_chain(L, boundary, **options)
    rng = np.random.default_rng(L)
    fields = rng.uniform(-3, 3, (18, L))
    psi = random_states(rng, chain.dimension)
    family = chain_family(chain)
    if h_x:
        assert len(family.blocks) == 1
    diagonals = chain.diagonal(fields)
    found = evolve(family, diagonals, psi, 5.0).states
    by_levels = evolve_by_eigendecomposition(family, diagonals, psi, 5.0).states
    assert np.abs(found - by_levels).max() < 2 * ACCURACY
    for n in (0, 9, 17):
        H = quspin_chain.matrix(L, fields[n], boundary, **options)
        exact = scipy.linalg.expm(-5j * H) @ psi
        assert np.abs(found[n] - exact).max() < ACCURACY + 1e-14 * 5 * np.linalg.norm(H, 2)


@pytest.mark.parametrize("h_x", [0.0, 0.7])
def test_single_trajectory_agrees_with_quspin(h_x):
    """One member on blocks of 300 rows and more takes other kernels; exact levels of QuSpin's H."""
    L, options = 11, {"magnetisation": 0.5, **COUPLINGS}
    if h_x:
        L, options = 9, {"magnetisation": None, "h_x": h_x, **COUPLINGS}
    chain = xxz_chain(L, "open", **options)
    rng = np.random.default_rng(L)
    fields = rng.uniform(-3, 3, (1, L))
    psi = random_states(rng, chain.dimension)
    found = evolve(chain_family(chain), chain.diagonal(fields), psi, 20.0).states[0]
    levels, vectors = np.linalg.eigh(quspin_chain.matrix(L, fields[0], "open", **options))
    exact = vectors @ (np.exp(-20j * levels) * (vectors.T @ psi))
    assert np.abs(found - exact).max() < 2 * ACCURACY


def test_terms_of_three_sites_evolve():
    """Any chain of `spin_chain`; the cluster Hamiltonian sum_i x_(i-1) z_i x_(i+1)."""
    L = 6
    terms = [(1.0, "xzx", (i - 1, i, i + 1)) for i in range(1, L - 1)]
    chain = spin_chain(L, terms, operators="pauli")
    rng = np.random.default_rng(3)
    fields, psi = rng.uniform(-1, 1, (2, L)), random_states(rng, 2**L)
    found = evolve(chain_family(chain), chain.diagonal(fields), psi, 4.0).states
    cluster = quspin_chain.matrix_of_terms(L, terms, "pauli")
    for n, h in enumerate(fields):
        H = cluster + np.diag(chain.diagonal(h))
        assert np.abs(found[n] - scipy.linalg.expm(-4j * H) @ psi).max() < ACCURACY


def test_long_times_lose_only_rounding_of_the_phase():
    chain, fields, psi = chain_problem(6, 4.0, 3, 5)
    family, time = chain_family(chain), 3000.0
    found = evolve(family, chain.diagonal(fields), psi, time)
    exact = evolve_by_eigendecomposition(family, chain.diagonal(fields), psi, time)
    largest = max(np.abs(np.linalg.eigvalsh(chain.dense(h))).max() for h in fields)
    # Both routes round energies to about 2e-16 of the largest, and phases are energies times time.
    assert np.abs(found.states - exact.states).max() < 4e-16 * largest * time
    assert found.order.min() > 3000


def test_eigendecomposition_agrees_with_whole_space():
    chain, fields, psi = chain_problem(6, 2.0, 4, 8)
    found = evolve_by_eigendecomposition(chain_family(chain), chain.diagonal(fields), psi, 7.0)
    for n, h in enumerate(fields):
        levels, vectors = np.linalg.eigh(chain.dense(h))
        exact = vectors @ (np.exp(-7j * levels) * (vectors.T @ psi))
        assert np.abs(found.states[n] - exact).max() < ACCURACY


@pytest.mark.parametrize("real", [False, True])
def test_spectral_trajectory_agrees_with_evolve_at_each_time(real):
    """Also conserved: norm and energy, at a time that steps would not reach."""
    chain, fields, psi = chain_problem(7, 4.0, 1, 12)
    psi = np.where(chain.z.sum(axis=1) > -2, psi.real if real else psi, 0.0).astype(complex)
    family, diagonal = chain_family(chain), chain.diagonal(fields)
    times = np.array([-3.0, 0.0, 0.5, 20.0, 1e6])
    found = spectral_trajectory(family, diagonal[0], psi, times)
    for time, states in zip(times[:-1], found[:-1], strict=True):
        exact = evolve(family, diagonal, psi, time).states[0]
        assert np.abs(states - exact).max() < ACCURACY
    H = chain.sparse(fields[0])
    energies = np.einsum("ti,ti->t", found.conj(), (H @ found.T).T).real
    assert np.abs(energies - energies[1]).max() < ACCURACY
    assert np.abs(np.linalg.norm(found, axis=1) - np.linalg.norm(psi)).max() < ACCURACY
    with pytest.raises(ValueError, match="do not fit"):
        spectral_trajectory(family, diagonal[0, :-1], psi[:-1], times)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), t=st.floats(-20, 20), s=st.floats(-20, 20))
def test_norm_reversal_and_composition(seed, t, s):
    chain, fields, psi = chain_problem(6, 5.0, 5, seed)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    there = evolve(family, diagonals, psi, t).states
    assert np.abs(np.linalg.norm(there, axis=1) - 1).max() < ACCURACY
    back = evolve(family, diagonals, there, -t).states
    assert np.abs(back - psi).max() < ACCURACY
    further = evolve(family, diagonals, there, s).states
    assert np.abs(further - evolve(family, diagonals, psi, t + s).states).max() < ACCURACY


def test_energy_and_total_magnetisation_are_conserved():
    chain, fields, psi = chain_problem(8, 6.0, 9, 3)
    states = evolve(chain_family(chain), chain.diagonal(fields), psi, 13.0).states
    total = chain.z.sum(axis=1)
    for n, h in enumerate(fields):
        H = chain.sparse(h)
        before, after = (np.vdot(v, H @ v).real for v in (psi, states[n]))
        assert abs(after - before) < 1e-12
        for m in np.unique(total):
            sector = total == m
            before, after = (np.linalg.norm(v[sector]) for v in (psi, states[n]))
            assert abs(after - before) < ACCURACY


def test_result_is_independent_of_the_batch():
    chain, fields, psi = chain_problem(8, 8.0, 37, 11)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    own = random_states(np.random.default_rng(0), 37, chain.dimension)
    for start in (psi, own):
        whole = evolve(family, diagonals, start, 10.0).states
        for part in ([5], list(range(20)), list(range(36, -1, -1)), [3, 3, 30]):
            some = start if start.ndim == 1 else start[part]
            assert np.array_equal(evolve(family, diagonals[part], some, 10.0).states, whole[part])


def test_shared_state_equals_its_copies():
    chain, fields, psi = chain_problem(6, 3.0, 18, 2)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    copies = np.repeat(psi[None], 18, axis=0)
    shared, own = (evolve(family, diagonals, start, 4.0).states for start in (psi, copies))
    assert np.array_equal(shared, own)


@pytest.mark.parametrize(("L", "n"), [(6, 3), (6, 20), (6, 50), (11, 20), (12, 3)])
def test_last_members_have_the_last_states(L, n):
    """The others share the first one; more than a tile of members, and few of a long chain."""
    chain, fields, _ = chain_problem(L, 3.0, n, 4)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    psi = random_states(np.random.default_rng(1), 2, chain.dimension)
    each = psi[[0] * (n - 1) + [1]]
    assert np.array_equal(
        evolve(family, diagonals, psi, 2.0).states, evolve(family, diagonals, each, 2.0).states
    )
    if L == 6:
        exact = evolve_by_eigendecomposition(family, diagonals, psi, 2.0).states
        assert np.abs(evolve(family, diagonals, psi, 2.0).states - exact).max() < ACCURACY
    with pytest.raises(ValueError, match="do not fit"):
        evolve(family, diagonals[:1], psi, 2.0)


def test_blocks_of_a_chain_are_its_magnetisation_sectors():
    chain = xxz_chain(8, magnetisation=None)
    blocks = chain_family(chain).blocks
    assert sorted(block.rows.size for block in blocks) == sorted([1, 8, 28, 56, 70, 56, 28, 8, 1])
    for block in blocks:
        assert np.unique(chain.z[block.rows].sum(axis=1)).size == 1


def test_state_stays_in_its_sector():
    chain, fields, _ = chain_problem(6, 3.0, 4, 9)
    neel = (chain.states == 0b010101).astype(float)
    states = evolve(chain_family(chain), chain.diagonal(fields), neel, 10.0).states
    outside = chain.z.sum(axis=1) != 0
    assert np.all(states[:, outside] == 0)
    assert np.count_nonzero(np.abs(states[0]) > 0) == 20


def test_without_hopping_only_phases_change():
    chain, fields, psi = chain_problem(6, 3.0, 5, 4, J_xy=0.0)
    family = chain_family(chain)
    assert all(block.rows.size == 1 for block in family.blocks)
    states = evolve(family, chain.diagonal(fields), psi, 10.0).states
    levels = chain.diagonal(fields) + chain.H0.diagonal()
    assert np.abs(states - np.exp(-10j * levels) * psi).max() < 1e-14


@pytest.mark.parametrize("boundary", ["ring", "open"])
def test_transverse_fields_agree_with_kronecker_products(boundary):
    chain, fields, psi = chain_problem(5, 4.0, 18, 6, boundary=boundary)
    x = np.random.default_rng(1).normal(size=(18, 5))
    family, diagonals = chain_family(chain, True), chain.diagonal(fields)
    assert len(family.blocks) == 1
    for x_fields in (x, x[0], None):
        found = evolve(family, diagonals, psi, 6.0, x_fields=x_fields).states
        by_levels = evolve_by_eigendecomposition(family, diagonals, psi, 6.0, x_fields=x_fields)
        assert np.abs(found - by_levels.states).max() < ACCURACY
        rows = np.broadcast_to(0.0 if x_fields is None else x_fields, x.shape)
        for n in (0, 7, 17):
            H = chain.dense(fields[n]) + transverse(5, rows[n])
            assert np.abs(found[n] - scipy.linalg.expm(-6j * H) @ psi).max() < ACCURACY


def test_transverse_fields_of_zero_change_nothing():
    chain, fields, psi = chain_problem(6, 4.0, 3, 6)
    diagonals = chain.diagonal(fields)
    with_flips = evolve(chain_family(chain, True), diagonals, psi, 5.0, x_fields=np.zeros(6))
    without = evolve(chain_family(chain), diagonals, psi, 5.0)
    assert np.abs(with_flips.states - without.states).max() < ACCURACY


def test_spin_flips_are_involutions_that_move_one_spin():
    chain = xxz_chain(5, magnetisation=None)
    flips = spin_flips(chain.states, 5)
    for site in range(5):
        assert np.array_equal(flips[flips[:, site], site], np.arange(32))
        changed = chain.z[flips[:, site]] != chain.z
        assert np.array_equal(changed, np.arange(5) == np.full((32, 1), site))


@settings(max_examples=60)
@given(x=st.floats(1e-9, 2000.0), exponent=st.integers(1, 16))
def test_series_order_is_safe_and_tight(x, exponent):
    tolerance = 10.0**-exponent
    order, bound = chebyshev.series_order(x, tolerance)
    tail = 2 * np.abs(scipy.special.jv(np.arange(order + 1, order + 200), x)).sum()
    # scipy's own values are only good to a few 1e-16.
    assert tail <= bound + 3e-16
    assert bound <= tolerance
    # Enough orders lower the tail is above the tolerance: 15 + a tenth of x^(1/3)'s scale is ample.
    fewer = order - 15 - int(2 * x ** (1 / 3))
    if fewer >= 0 and tolerance > 1e-13:
        lost = 2 * np.abs(scipy.special.jv(np.arange(fewer + 1, order + 200), x)).sum()
        assert lost > tolerance


@settings(max_examples=60)
@given(x=st.floats(0.0, 2000.0) | st.floats(1e-300, 1e-5))
def test_bessel_functions_agree_with_scipy(x):
    order, _ = chebyshev.series_order(x, 1e-14)
    table = np.full((order + 1, 2), np.nan)
    chebyshev.bessel(x, order, 1, table)
    # AMOS computes J_k(x) for x ~ 1000 to about 1e-13.
    exact = scipy.special.jv(np.arange(order + 1), x)
    assert np.abs(table[:, 1] - exact).max() < 1e-15 + 3e-16 * x
    # Independent of any library: J_0^2 + 2 sum J_k^2 = 1.
    assert abs(2 * (table[:, 1] ** 2).sum() - table[0, 1] ** 2 - 1) < 1e-13


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), h=st.sampled_from([0.0, 0.5, 8.0]), flips=st.booleans())
def test_spectral_bounds_hold_every_eigenvalue(seed, h, flips):
    rng = np.random.default_rng(seed)
    chain = xxz_chain(6, magnetisation=None, J_zz=float(rng.uniform(-2, 2)))
    fields = rng.uniform(-h, h, (3, 6))
    x = rng.normal(size=(3, 6))
    reach = 0.5 * np.abs(x).sum(axis=1) if flips else np.zeros(3)
    batch = chebyshev.Batch(chain.diagonal(fields), x, reach, np.empty((1, 64), dtype=complex))
    for block in chain_family(chain, flips).blocks:
        lower, upper = chebyshev.spectral_bounds(block, batch)
        for n in range(3):
            H = chain.dense(fields[n]) + (transverse(6, x[n]) if flips else 0.0)
            levels = np.linalg.eigvalsh(H[np.ix_(block.rows, block.rows)])
            assert lower[n] - 1e-12 <= levels[0]
            assert levels[-1] <= upper[n] + 1e-12


@pytest.mark.parametrize("tolerance", [1e-3, 1e-6, 1e-10])
def test_coarser_tolerance_takes_fewer_orders(tolerance):
    chain, fields, psi = chain_problem(8, 4.0, 16, 1)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    fine, coarse = (evolve(family, diagonals, psi, 10.0, tolerance=t) for t in (1e-15, tolerance))
    error = np.linalg.norm(coarse.states - fine.states, axis=1)
    assert error.max() <= tolerance
    assert np.all(coarse.truncation <= tolerance)
    assert np.all(coarse.order < fine.order)


def test_wrong_arguments_are_refused():
    chain, fields, psi = chain_problem(4, 1.0, 2, 0)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    with pytest.raises(ValueError, match="do not fit"):
        evolve(family, diagonals[:, :-1], psi[:-1], 1.0)
    with pytest.raises(ValueError, match="tolerance"):
        evolve(family, diagonals, psi, 1.0, tolerance=0.0)
    with pytest.raises(ValueError, match="no transverse fields"):
        evolve(family, diagonals, psi, 1.0, x_fields=np.ones(4))
    with pytest.raises(ValueError, match="all sectors"):
        chain_family(xxz_chain(4), True)
    with pytest.raises(ValueError, match="symmetric"):
        diagonal_family(sp.csr_array([[0.0, 1.0], [0.0, 0.0]]))
    with pytest.raises(ValueError, match="real square"):
        diagonal_family(sp.csr_array([[0.0, 1j], [-1j, 0.0]]))
