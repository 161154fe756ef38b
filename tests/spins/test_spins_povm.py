"""The tetrahedral POVM against its algebra, and estimates against direct formulas.

Independent route throughout: Pauli matrices on the whole Hilbert space by Kronecker products.
"""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.mass_functions import distribution_of_density_matrix

from spinlearn.spins import povm

ROUNDING = 1e-13
"""Sums of at most 4^4 numbers of order one, in double precision."""


def random_state(sites, seed):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**sites) + 1j * rng.normal(size=2**sites)
    return state / np.linalg.norm(state)


def random_density_matrix(sites, seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2**sites, 3)) + 1j * rng.normal(size=(2**sites, 3))
    rho = root @ root.conj().T
    return rho / np.trace(rho)


def embedded(sites, **factors):
    """Kronecker product of Pauli matrices, e.g. `embedded(3, s0="x", s2="z")`."""
    names = [factors.get(f"s{site}") for site in range(sites)]
    matrices = [np.eye(2) if name is None else povm.PAULI[povm.AXES[name]] for name in names]
    return reduce(np.kron, matrices)


def random_outcomes(samples, sites, seed=0):
    """Strings with correlations: a site repeats its left neighbour half of the time."""
    rng = np.random.default_rng(seed)
    outcomes = rng.choice(4, size=(samples, sites), p=[0.4, 0.3, 0.2, 0.1]).astype(np.uint8)
    for site in range(1, sites):
        repeat = rng.random(samples) < 0.5
        outcomes[repeat, site] = outcomes[repeat, site - 1]
    return outcomes


def test_elements_are_a_measurement():
    np.testing.assert_allclose(povm.ELEMENTS.sum(axis=0), np.eye(2), atol=1e-15)
    for element, ket in zip(povm.ELEMENTS, povm.KETS, strict=True):
        np.testing.assert_allclose(np.linalg.eigvalsh(element), [0, 0.5], atol=1e-15)
        np.testing.assert_allclose(np.outer(ket, ket.conj()), element, atol=1e-15)


def test_corners_are_a_regular_tetrahedron_in_the_order_of_equation_5():
    cosines = povm.VECTORS @ povm.VECTORS.T
    np.testing.assert_allclose(cosines, (4 * np.eye(4) - 1) / 3, atol=1e-15)
    np.testing.assert_array_equal(povm.VECTORS[0], [0, 0, 1])
    assert povm.VECTORS[1, 0] > 0
    assert povm.VECTORS[1, 1] == 0
    assert povm.VECTORS[2, 1] > 0 > povm.VECTORS[3, 1]


def test_overlaps_and_their_inverse():
    expected = np.full((4, 4), 1 / 12) + np.eye(4) / 6
    np.testing.assert_allclose(povm.OVERLAPS, expected, atol=1e-15)
    np.testing.assert_array_equal(np.diag(povm.INVERSE_OVERLAPS), 5)
    np.testing.assert_array_equal(povm.INVERSE_OVERLAPS[~np.eye(4, dtype=bool)], -1)
    np.testing.assert_allclose(povm.OVERLAPS @ povm.INVERSE_OVERLAPS, np.eye(4), atol=1e-14)


def test_dual_frame_is_biorthogonal_and_follows_from_the_inverse():
    pairing = np.einsum("ast,bts->ab", povm.DUALS, povm.ELEMENTS)
    np.testing.assert_allclose(pairing, np.eye(4), atol=1e-15)
    combined = np.einsum("ab,bst->ast", povm.INVERSE_OVERLAPS, povm.ELEMENTS)
    np.testing.assert_allclose(povm.DUALS, combined, atol=1e-15)


@given(sites=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_pure_state_is_recovered(sites, seed):
    state = random_state(sites, seed)
    p = povm.outcome_distribution(state)
    assert p.min() >= 0
    assert p.sum() == pytest.approx(1, abs=ROUNDING)
    projector = np.outer(state, state.conj())
    np.testing.assert_allclose(povm.density_matrix(p), projector, atol=ROUNDING)
    assert povm.purity(p) == pytest.approx(1, abs=ROUNDING)
    np.testing.assert_allclose(distribution_of_density_matrix(projector), p, atol=ROUNDING)


@given(sites=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_mixed_state_and_purity_are_recovered(sites, seed):
    rho = random_density_matrix(sites, seed)
    p = distribution_of_density_matrix(rho)
    np.testing.assert_allclose(povm.density_matrix(p), rho, atol=ROUNDING)
    assert povm.purity(p) == pytest.approx(np.trace(rho @ rho).real, abs=ROUNDING)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_dual_frame_gives_pauli_expectations(seed):
    """E[3 v], E[9 v v'] under the exact mass function are the Pauli expectations themselves."""
    state = random_state(3, seed)
    p = povm.outcome_distribution(state).reshape(4, 4, 4)
    for axis, number in povm.AXES.items():
        v = 3 * povm.VECTORS[:, number]
        exact = (state.conj() @ embedded(3, s1=axis) @ state).real
        assert np.einsum("abc,b->", p, v) == pytest.approx(exact, abs=ROUNDING)
        for other, position in povm.AXES.items():
            w = 3 * povm.VECTORS[:, position]
            exact = (state.conj() @ embedded(3, s0=axis, s2=other) @ state).real
            assert np.einsum("abc,a,c->", p, v, w) == pytest.approx(exact, abs=ROUNDING)


def test_marginal_is_the_mass_function_of_the_reduced_state():
    rho = random_density_matrix(4, 5)
    tensor = rho.reshape((2,) * 8)
    reduced = np.einsum("abcdefgd->abcefg", tensor)  # without site 3
    reduced = np.einsum("abcebg->aceg", reduced).reshape(4, 4)  # nor site 1
    p = distribution_of_density_matrix(rho)
    expected = distribution_of_density_matrix(reduced)
    np.testing.assert_allclose(povm.marginal(p, (0, 2)), expected, atol=ROUNDING)
    np.testing.assert_allclose(povm.marginal(p, (-2, 0)), expected, atol=ROUNDING)


def test_unphysical_mass_function_has_negative_eigenvalues():
    """All weight on one string: the product of duals, each with eigenvalues 2 and -1."""
    p = np.zeros(16)
    p[6] = 1.0
    rho = povm.density_matrix(p)
    np.testing.assert_allclose(np.linalg.eigvalsh(rho), [-2, -2, 1, 4], atol=ROUNDING)
    assert np.trace(rho) == pytest.approx(1)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_estimates_are_means_and_standard_errors(axis):
    """Against NumPy on the whole matrix of single-shot values."""
    outcomes = random_outcomes(500, 6)
    shots = 3 * povm.VECTORS[outcomes, povm.AXES[axis]]
    root = np.sqrt(len(shots))
    row = povm.AXES[axis]

    single = povm.site_expectations(outcomes, at_once=64)
    np.testing.assert_allclose(single.mean[row], shots.mean(axis=0), atol=ROUNDING)
    np.testing.assert_allclose(single.error[row], shots.std(axis=0, ddof=1) / root, rtol=1e-12)

    chain = shots.mean(axis=1)
    total = povm.magnetisation(outcomes, at_once=64)
    assert total.mean[row] == pytest.approx(chain.mean(), abs=ROUNDING)
    assert total.error[row] == pytest.approx(chain.std(ddof=1) / root, rel=1e-12)

    pairs = shots[:, :, None] * shots[:, None, :]
    two = povm.two_point_functions(outcomes, axis, at_once=64)
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(two.mean[off], pairs.mean(axis=0)[off], atol=ROUNDING)
    deviation = pairs.std(axis=0, ddof=1) / root
    np.testing.assert_allclose(two.error[off], deviation[off], rtol=1e-12)
    np.testing.assert_array_equal(np.diag(two.mean), 1)
    np.testing.assert_array_equal(np.diag(two.error), 0)
    assert single.samples == total.samples == two.samples == 500


def test_errors_of_a_single_sample_are_unknown():
    outcomes = random_outcomes(1, 3)
    assert np.isnan(povm.site_expectations(outcomes).error).all()
    assert np.isnan(povm.magnetisation(outcomes).error).all()
    error = povm.two_point_functions(outcomes, "x").error
    np.testing.assert_array_equal(np.isnan(error), ~np.eye(3, dtype=bool))


def test_mixed_two_point_functions_are_ordered_by_site():
    outcomes = random_outcomes(300, 4, seed=1)
    x = 3 * povm.VECTORS[outcomes, 0]
    z = 3 * povm.VECTORS[outcomes, 2]
    found = povm.two_point_functions(outcomes, "x", "z")
    assert found.mean[0, 2] == pytest.approx(np.mean(x[:, 0] * z[:, 2]), abs=ROUNDING)
    assert found.mean[2, 0] == pytest.approx(np.mean(x[:, 2] * z[:, 0]), abs=ROUNDING)
    np.testing.assert_array_equal(np.diag(found.mean), 0)


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_outcomes_in_parts_give_the_same_estimates(at_once):
    outcomes = random_outcomes(200, 5, seed=2)
    blocks = [outcomes[:30], outcomes[30:31], outcomes[31:]]
    for estimate in (
        povm.site_expectations,
        povm.magnetisation,
        lambda given, **options: povm.two_point_functions(given, "x", **options),
    ):
        whole, parts = estimate(outcomes), estimate(iter(blocks), at_once=at_once)
        np.testing.assert_allclose(parts.mean, whole.mean, atol=ROUNDING)
        np.testing.assert_allclose(parts.error, whole.error, rtol=1e-10)
    np.testing.assert_array_equal(
        povm.empirical_distribution(blocks, at_once=at_once), povm.empirical_distribution(outcomes)
    )


def test_site_0_is_the_most_significant_digit():
    outcomes = np.array([[1, 0, 2], [1, 0, 2], [3, 3, 3], [0, 0, 1]], dtype=np.uint8)
    p = povm.empirical_distribution(outcomes)
    assert p[1 * 16 + 2] == 0.5
    assert p[63] == p[1] == 0.25
    assert p.sum() == 1
    np.testing.assert_array_equal(
        povm.outcome_counts(outcomes), [[1, 2, 0, 1], [3, 0, 0, 1], [0, 1, 2, 1]]
    )


def test_spin_up_is_index_0():
    p = povm.outcome_distribution(np.array([1.0, 0.0]))
    np.testing.assert_allclose(p, [1 / 2, 1 / 6, 1 / 6, 1 / 6], atol=1e-15)


def test_wrong_outcomes_are_refused():
    with pytest.raises(ValueError, match=r"holds 4 at index \(0, 1\); allowed are 0 to 3"):
        povm.site_expectations(np.array([[0, 4]], dtype=np.uint8))
    empty = np.zeros((0, 3), dtype=np.uint8)
    for estimate in (povm.site_expectations, povm.magnetisation, povm.empirical_distribution):
        with pytest.raises(ValueError, match="no outcomes"):
            estimate(empty)
    with pytest.raises(ValueError, match="no outcomes"):
        povm.two_point_functions([], "z")
    with pytest.raises(ValueError, match="not 4"):
        povm.density_matrix(np.full(8, 1 / 8))
