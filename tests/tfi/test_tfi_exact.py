"""Exact references: free fermions against full diagonalisation, closed forms and identities."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from spinlearn.tfi import exact

OBSERVABLES = ("sigma_x", "sigma_z", "xx", "zz")
ROUNDING = 1e-11
"""Lanczos vectors are good to about 1e-13 times the inverse gap of the sector (at least 0.1)."""


def assert_equal_states(one, other, tolerance):
    assert one.energy == pytest.approx(other.energy, abs=tolerance)
    for name in OBSERVABLES:
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("N", [2, 3, 5, 32, 100])
def test_critical_energy_has_a_closed_form(N):
    expected = 1 - 1 / np.sin(np.pi / (2 * (2 * N + 1)))
    assert exact.exact_energy(N, 1.0) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(("hx", "field"), [(0.0, 0.0), (0.7, 0.0), (0.7, 0.1), (1.3, 1e-5)])
@pytest.mark.parametrize("N", [1, 2, 3, 6])
def test_hamiltonian_equals_kronecker_products(N, hx, field):
    """Site 0 is the first factor, and up comes first; sums of N terms of order 1 are rounded."""
    x, z, one = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)
    expected = np.zeros((2**N, 2**N))
    for site in range(N):
        expected -= hx * reduce(np.kron, [x if i == site else one for i in range(N)])
        expected -= field * reduce(np.kron, [z if i == site else one for i in range(N)])
    for site in range(N - 1):
        factors = [z if i in (site, site + 1) else one for i in range(N)]
        expected -= reduce(np.kron, factors)
    np.testing.assert_allclose(exact.hamiltonian(N, hx, field).toarray(), expected, atol=1e-14)


@pytest.mark.parametrize("hx", [0.0, 0.3, 1.0, 1.7])
def test_every_level_is_a_signed_sum_of_single_particle_energies(hx):
    """All 2^N levels of N = 6, against dense diagonalisation of the spin Hamiltonian."""
    energies = exact.single_particle_energies(6, hx)
    signs = 1 - 2 * (np.arange(64)[:, None] >> np.arange(6) & 1)
    levels = np.linalg.eigvalsh(exact.hamiltonian(6, hx).toarray())
    np.testing.assert_allclose(np.sort(signs @ energies), levels, atol=1e-13)


@given(N=st.integers(2, 9), hx=st.floats(0.0, 3.0))
@settings(max_examples=30)
def test_free_fermions_give_every_correlator_of_the_even_state(N, hx):
    assert_equal_states(exact.free_fermions(N, hx), exact.exact_diagonalisation(N, hx), ROUNDING)


@given(N=st.integers(2, 60), hx=st.floats(0.0, 4.0))
@settings(max_examples=20)
def test_correlators_add_up_to_the_energy(N, hx):
    """E_0 = -sum <zz> - hx sum <x>: determinants against singular values, any N."""
    state = exact.free_fermions(N, hx)
    energy = -np.trace(state.zz, offset=1) - hx * state.sigma_x.sum()
    assert energy == pytest.approx(exact.exact_energy(N, hx), rel=1e-12)
    for name in ("xx", "zz"):
        matrix = getattr(state, name)
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-13)
        np.testing.assert_allclose(matrix, matrix[::-1, ::-1], atol=1e-10)  # reflection
        np.testing.assert_allclose(np.diag(matrix), 1, atol=1e-15)
        assert np.abs(matrix).max() <= 1 + 1e-12


@pytest.mark.parametrize("hx", [0.2, 0.9, 1.0, 1.6])
def test_hellmann_feynman_for_the_transverse_field(hx):
    """dE_0/dhx = -sum <x>; central difference, error ~ step^2 E''' / 6 < 1e-8 N."""
    N, step = 32, 1e-5
    slope = (exact.exact_energy(N, hx + step) - exact.exact_energy(N, hx - step)) / (2 * step)
    assert -slope == pytest.approx(exact.free_fermions(N, hx).sigma_x.sum(), abs=1e-6)


def test_hellmann_feynman_for_the_longitudinal_field():
    """dE_0/dlambda = -sum <z>, on a state found by full diagonalisation."""
    N, hx, field, step = 8, 0.7, 0.05, 1e-4
    energies = [exact.exact_diagonalisation(N, hx, field + sign * step).energy for sign in (1, -1)]
    slope = (energies[0] - energies[1]) / (2 * step)
    found = exact.exact_diagonalisation(N, hx, field).sigma_z.sum()
    assert -slope == pytest.approx(found, abs=1e-5)
    assert found > 1  # the field does magnetise the chain


@pytest.mark.parametrize("hx", [1.5, 2.0])
def test_middle_of_a_long_gapped_chain_is_the_infinite_chain(hx):
    """Pfeuty's integral; the ends are 40 sites away and the correlation length is 1/ln hx."""
    value, _ = quad(lambda k: (hx + np.cos(k)) / np.sqrt(1 + hx**2 + 2 * hx * np.cos(k)), 0, np.pi)
    assert exact.free_fermions(80, hx).sigma_x[40] == pytest.approx(value / np.pi, abs=1e-9)


def test_zero_transverse_field_gives_the_even_cat_state():
    state = exact.free_fermions(7, 0.0)
    assert state.energy == pytest.approx(-6)
    np.testing.assert_allclose(state.zz, np.ones((7, 7)), atol=1e-14)
    np.testing.assert_allclose(state.sigma_x, 0, atol=1e-14)


@pytest.mark.parametrize("hx", [0.0, 1e-200, 1e-30, 1e-9])
def test_parity_is_even_where_rounding_hides_it(hx):
    """Two sites: <x x> is +1 in the even cat state and -1 in the odd one, whose energy is equal."""
    assert exact.free_fermions(2, hx).xx[0, 1] == pytest.approx(1, abs=1e-8)


def test_weak_field_perturbation_theory():
    """Second order in hx: a flip costs 4J inside and 2J at an end, so <x> is hx/2 and hx."""
    hx = 1e-3
    state = exact.free_fermions(20, hx)
    np.testing.assert_allclose(state.sigma_x[1:-1], hx / 2, rtol=1e-5)
    np.testing.assert_allclose(state.sigma_x[[0, -1]], hx, rtol=1e-5)


@pytest.mark.parametrize("field", [0.0, 1e-5, 0.1])
@pytest.mark.parametrize("hx", [0.0, 0.4, 1.3])
@pytest.mark.parametrize("N", [4, 9])
def test_ground_vectors_are_non_negative_eigenvectors(N, hx, field):
    vector = exact.ground_vector(N, hx, field)
    matrix = exact.hamiltonian(N, hx, field)
    energy = vector @ matrix @ vector
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-13)
    assert np.linalg.norm(matrix @ vector - energy * vector) < 1e-11
    assert vector.min() > -1e-11  # rounding: eps |H| over the gap, 2 N lambda at h_x = 0
    lowest = np.linalg.eigvalsh(matrix.toarray())[0]
    assert energy == pytest.approx(lowest, abs=1e-12)
    flipped = vector[::-1]
    if field == 0:
        np.testing.assert_allclose(flipped, vector, atol=1e-12)
    else:
        assert exact.exact_diagonalisation(N, hx, field).sigma_z.min() > 0


def test_long_chains_are_refused():
    with pytest.raises(ValueError, match="at most 14 sites"):
        exact.ground_vector(15, 1.0)
