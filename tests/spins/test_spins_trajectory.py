"""The kernel for few members of a long chain, against QuSpin, dense matrices and `evolve_block`."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from quspin.tools.evolution import ExpmMultiplyParallel

from spinlearn.spins import chebyshev, trajectory
from spinlearn.spins.evolution import chain_family, diagonal_family, evolve
from spinlearn.spins.hamiltonians import spin_chain, xxz_chain

ACCURACY = 1e-12


def random_state(rng, size, real=False):
    state = rng.normal(size=size) + (0.0 if real else 1j * rng.normal(size=size))
    return state / np.linalg.norm(state)


def sector_problem(L, h, members=1, seed=0, magnetisation=0, **options):
    rng = np.random.default_rng(seed)
    chain = xxz_chain(L, magnetisation=magnetisation, **options)
    return chain, rng.uniform(-h, h, (members, L)), random_state(rng, chain.dimension)


def without_hops(family):
    """The same family, for which `evolve` takes the kernel for many members."""
    return replace(family, hops=(None,) * len(family.blocks))


def random_matrix(rng, size, values):
    """A connected matrix with random diagonal; elements are drawn from these values, or zero."""
    pattern = np.triu(rng.random((size, size)) < 3.0 / size, 1)
    pattern[np.arange(size - 1), np.arange(1, size)] = True
    upper = pattern * rng.choice(values, (size, size))
    return upper + upper.T + np.diag(rng.normal(size=size))


VALUES = st.one_of(
    st.sampled_from([[1.0], [-0.5], [1e-6], [1e-200], [1.0, 0.5], [-1.0, 1.0], [3.0, 1e-17]]),
    st.lists(st.floats(-4.0, 4.0).filter(lambda value: abs(value) > 1e-3), min_size=2, max_size=9),
)
"""Off-diagonal elements: equal ones, and others, of both signs and different sizes."""


def chain_of(name):
    """Chains whose off-diagonal elements are not all equal, with 924 rows at least in a block."""
    if name == "J2":
        return xxz_chain(12, J2=0.5)
    if name == "h_x":
        return xxz_chain(10, h_x=0.7, magnetisation=None)
    couplings = {"xx": 1.0, "yy": 0.6, "zz": 0.8}
    bonds = [(i, (i + 1) % 11) for i in range(11)]
    strengths = np.random.default_rng(5).uniform(0.5, 1.5, 11) if name == "random XYZ" else [1] * 11
    terms = [
        (float(strength * value), letters, bond)
        for strength, bond in zip(strengths, bonds, strict=True)
        for letters, value in couplings.items()
    ]
    return spin_chain(11, terms)


UNEQUAL = ["J2", "h_x", "XYZ", "random XYZ"]


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(trajectory, "MIN_ROWS", 2)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("boundary", ["ring", "open"])
def test_chain_agrees_with_quspin(boundary, real):
    chain, fields, psi = sector_problem(12, 8.0, boundary=boundary)
    psi = random_state(np.random.default_rng(1), chain.dimension, real)
    found = evolve(chain_family(chain), chain.diagonal(fields), psi, 10.0)
    exact = ExpmMultiplyParallel(chain.sparse(fields[0]), a=-10j).dot(psi.astype(complex))
    assert np.abs(found.states[0] - exact).max() < ACCURACY
    assert 0 < found.truncation[0] <= 1e-14


def test_all_sectors_agree_with_eigendecomposition():
    chain, fields, psi = sector_problem(11, 2.0, magnetisation=None)
    found = evolve(chain_family(chain), chain.diagonal(fields), psi, -7.0).states[0]
    total = chain.z.sum(axis=1)
    H = chain.sparse(fields[0])
    for m in np.unique(total):
        rows = np.flatnonzero(total == m)
        levels, vectors = np.linalg.eigh(H[rows][:, rows].toarray())
        exact = vectors @ (np.exp(7j * levels) * (vectors.T @ psi[rows]))
        assert np.abs(found[rows] - exact).max() < ACCURACY


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("name", UNEQUAL)
def test_unequal_elements_agree_with_quspin_and_the_other_kernel(name, real):
    rng, chain = np.random.default_rng(3), chain_of(name)
    family, fields = chain_family(chain), rng.uniform(-4.0, 4.0, (1, chain.L))
    psi, diagonals = random_state(rng, chain.dimension, real), chain.diagonal(fields)
    found = evolve(family, diagonals, psi, 6.0)
    other = evolve(without_hops(family), diagonals, psi, 6.0)
    exact = ExpmMultiplyParallel(chain.sparse(fields[0]), a=-6j).dot(psi.astype(complex))
    assert not np.array_equal(found.states, other.states)  # they did take different kernels
    assert np.abs(found.states - other.states).max() < 1e-13
    assert np.abs(found.states[0] - exact).max() < ACCURACY
    assert found.order[0] <= other.order[0]


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(2, 30),
    values=VALUES,
    time=st.sampled_from([0.0, 1e-13, 0.7, -2.5, 10.0]),
    spread=st.sampled_from([0.0, 1.0, 20.0]),
    real=st.booleans(),
)
def test_any_elements_agree_with_expm(seed, size, values, time, spread, real):
    rng = np.random.default_rng(seed)
    H0 = random_matrix(rng, size, values)
    diagonal, psi = rng.uniform(-spread, spread, (1, size)), random_state(rng, size, real)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trajectory, "MIN_ROWS", 2)
        family = diagonal_family(sp.csr_array(H0))
        assert family.hops[0] is not None
        found = evolve(family, diagonal, psi, time).states[0]
    exact = scipy.linalg.expm(-1j * time * (H0 + np.diag(diagonal[0]))) @ psi
    # expm squares a scaled matrix: it loses about one unit of rounding for each unit of phase.
    phase = abs(time) * (np.linalg.norm(H0, 2) + spread)
    assert np.abs(found - exact).max() < ACCURACY + 1e-14 * phase


@pytest.mark.parametrize("time", [0.3, 25.0, 200.0])
def test_norm_energy_and_reversal(time):
    chain, fields, psi = sector_problem(12, 3.0)
    family, diagonals, H = chain_family(chain), chain.diagonal(fields), chain.sparse(fields[0])
    (there,) = evolve(family, diagonals, psi, time).states
    assert abs(np.linalg.norm(there) - 1) < ACCURACY
    assert abs(np.vdot(there, H @ there) - np.vdot(psi, H @ psi)) < ACCURACY
    (back,) = evolve(family, diagonals, there, -time).states
    assert np.abs(back - psi).max() < ACCURACY


@pytest.mark.parametrize("magnetisation", [0, None])
@pytest.mark.parametrize("own_states", [False, True])
def test_few_members_agree_with_many(own_states, magnetisation):
    chain, fields, psi = sector_problem(12, 6.0, 20, magnetisation=magnetisation)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    if own_states:
        rng = np.random.default_rng(2)
        psi = np.array([random_state(rng, chain.dimension) for _ in fields])
    many = evolve(family, diagonals, psi, 5.0)
    for few in ([7], [0, 19, 3]):
        found = evolve(family, diagonals[few], psi[few] if own_states else psi, 5.0)
        assert np.abs(found.states - many.states[few]).max() < 1e-13
        assert np.all(found.order <= many.order[few])


def test_few_members_are_independent_of_each_other():
    chain, fields, psi = sector_problem(12, 6.0, 3)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    together = evolve(family, diagonals, psi, 5.0).states
    for n in range(3):
        alone = evolve(family, diagonals[n : n + 1], psi, 5.0).states[0]
        assert np.array_equal(alone, together[n])


def test_real_state_equals_the_complex_one():
    chain, fields, psi = sector_problem(12, 6.0)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    real, imaginary, both = (
        evolve(family, diagonals, part, 9.0).states[0] for part in (psi.real, psi.imag, psi)
    )
    assert np.abs(real + 1j * imaginary - both).max() < 1e-14


def test_batches_and_short_chains_keep_their_kernel(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("this is not for the kernel of few members")

    monkeypatch.setattr("spinlearn.spins.evolution.evolve_few", refuse)
    for L, members, magnetisation in ((8, 1, None), (10, 1, None), (8, 150, None), (12, 5, 0)):
        chain, fields, psi = sector_problem(L, 8.0, members, magnetisation=magnetisation)
        family, diagonals = chain_family(chain), chain.diagonal(fields)
        same = evolve(without_hops(family), diagonals, psi, 1.0).states
        assert np.array_equal(evolve(family, diagonals, psi, 1.0).states, same)
    chain, fields, psi = sector_problem(12, 8.0, 5, J2=0.5)
    evolve(chain_family(chain), chain.diagonal(fields), psi, 0.1)
    chain, fields, psi = sector_problem(9, 8.0, magnetisation=None)
    evolve(chain_family(chain, True), chain.diagonal(fields), psi, 0.1, x_fields=np.ones(9))
    chain, fields, psi = sector_problem(12, 8.0)
    with pytest.raises(AssertionError, match="kernel of few"):
        evolve(chain_family(chain), chain.diagonal(fields), psi, 1.0)


def test_blocks_of_one_state_stay_phases(small_blocks):
    H0 = scipy.linalg.block_diag([[2.0]], [[0.0, 1.0], [1.0, 0.0]], [[0.0]])
    family = diagonal_family(sp.csr_array(H0))
    assert [hops is None for hops in family.hops] == [True, False, True]
    psi = np.full(4, 0.5)
    (found,) = evolve(family, np.array([[1.0, 0.0, 0.0, 0.0]]), psi, 2.0).states
    levels = np.array([3.0, 1.0, 1.0, 0.0])
    assert np.abs(found - np.exp(-2j * levels) * psi).max() < ACCURACY


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(2, 40),
    values=VALUES,
    spread=st.sampled_from([0.0, 1.0, 1e3]),
)
def test_tightened_bounds_hold_every_eigenvalue(seed, size, values, spread):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, size, values) + np.diag(rng.uniform(-spread, spread, size))
    assert_bounds_hold(matrix, 1e-13 * (1 + spread))


@pytest.mark.parametrize("values", [[1e-17], [1e-17, 1e-200]])
def test_bounds_hold_where_elements_vanish_beside_the_diagonal(values):
    # The radius is lost in rounding in the lowest and the highest rows, which are neighbours.
    for levels in ([20.0, 20.0, 20.0], [5.0, 5.0, 20.0, 20.0], [20.0, 5.0, 5.0, 20.0, 20.0]):
        links = np.resize(values, len(levels) - 1)
        assert_bounds_hold(np.diag(levels) + np.diag(links, 1) + np.diag(links, -1), 1e-13)


def assert_bounds_hold(matrix, rounding):
    """Bounds of a connected matrix hold its eigenvalues, and are not wider than Gershgorin's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trajectory, "MIN_ROWS", 2)
        family = diagonal_family(sp.csr_array(matrix))
    (block,), (hops,) = family.blocks, family.hops
    levels, radius = block.diagonal, block.radius
    discs = (levels - radius).min(), (levels + radius).max()
    lower, upper = trajectory.tightened(*hops.magnitudes(), levels, radius, *discs, 1e3)
    exact = np.linalg.eigvalsh(matrix)
    assert discs[0] <= lower <= exact[0] + rounding
    assert exact[-1] - rounding <= upper <= discs[1]


@pytest.mark.parametrize(("h", "time", "fewer"), [(0.5, 10.0, 0.15), (2.0, 100.0, 0.15)])
def test_tighter_bounds_save_orders(h, time, fewer):
    chain, fields, psi = sector_problem(14, h)
    family, diagonals = chain_family(chain), chain.diagonal(fields)
    new, old = (evolve(f, diagonals, psi, time) for f in (family, without_hops(family)))
    assert new.order[0] < (1 - fewer) * old.order[0]
    assert np.abs(new.states - old.states).max() < ACCURACY


def test_bounds_are_as_tight_as_promised():
    chain, fields, _ = sector_problem(10, 4.0)
    (block,) = chain_family(chain).blocks
    states = np.ones((1, block.rows.size), dtype=complex)
    batch = chebyshev.Batch(chain.diagonal(fields), np.zeros((1, 0)), np.zeros(1), states)
    wide = replace_extremes(block)
    lower, upper = chebyshev.spectral_bounds(wide, batch)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trajectory, "MIN_ROWS", 2)
        hops = trajectory.find_hops(block)
    levels = batch.diagonals[0] + block.diagonal
    low, high = trajectory.tightened(
        *hops.magnitudes(), levels, block.radius, lower[0], upper[0], 1e3
    )
    exact = np.linalg.eigvalsh(chain.dense(fields[0]))
    assert high - low < 1.02 * (exact[-1] - exact[0]) < 1.02 / 1.1 * (upper[0] - lower[0])


def replace_extremes(block):
    """The block with Gershgorin's bounds only, as larger blocks have them."""
    infinite = np.array([-np.inf, np.inf])
    return block._replace(extremes=infinite, off_diagonal_extremes=infinite)
