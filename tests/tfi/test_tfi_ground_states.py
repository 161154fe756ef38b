"""DMRG against free fermions and full diagonalisation, and what a result promises."""

import logging

import numpy as np
import pytest
from reference.canonical_form import canonical_error

from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins import povm
from spinlearn.spins.mps import MPS, dense, overlap, right_canonical, sample_povm
from spinlearn.tfi import exact, ground_states
from spinlearn.tfi.ground_states import ground_state, hamiltonian_mpo

OBSERVABLES = ("sigma_x", "sigma_z", "xx", "zz")
TOLERANCE = 1e-8
"""Energies converge to 1e-10, observables to about its root times a prefactor; in practice both
routes agree to 1e-10, limited by singular values dropped below 1e-10."""


def assert_is(state, reference, tolerance=TOLERANCE, observables=OBSERVABLES):
    assert state.energy == pytest.approx(reference.energy, abs=1e-9)
    for name in observables:
        np.testing.assert_allclose(
            getattr(state, name), getattr(reference, name), atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize(
    ("N", "hx", "field"),
    [
        (2, 0.0, 1e-5),
        (2, 0.6, 1e-5),
        (2, 1.3, 0.0),
        (3, 0.0, 1e-5),
        (3, 0.5, 1e-5),
        (5, 0.1, 1e-5),
        (5, 1.0, 1e-5),
        (6, 0.8, 0.1),
        (8, 0.3, 1e-5),
    ],
)
def test_short_chains_equal_full_diagonalisation(N, hx, field):
    state = ground_state(N, hx, longitudinal_field=field)
    assert_is(state, exact.exact_diagonalisation(N, hx, field))
    assert state.energy_variance < 1e-16
    assert canonical_error(state.mps) < 1e-12
    assert not state.mps.is_complex
    # Up to a sign, the same vector: the amplitudes, not the observables alone.
    vector = exact.ground_vector(N, hx, field)
    assert abs(vector @ dense(state.mps)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("N", [2, 4, 7])
def test_without_fields_all_spins_point_up(N):
    state = ground_state(N, 0.0, longitudinal_field=0.0)
    np.testing.assert_array_equal(state.sigma_z, 1)
    np.testing.assert_array_equal(state.zz, 1)
    np.testing.assert_array_equal(state.sigma_x, 0)
    assert state.energy == -(N - 1)
    assert state.bond_dimension == 1


@pytest.mark.slow
@pytest.mark.parametrize("hx", [1.0, 1.4])
def test_long_chains_equal_free_fermions(hx):
    """N = 32 as in Luchnikov 2019, where nothing but the determinants can check every pair."""
    state = ground_state(32, hx, longitudinal_field=0.0)
    reference = exact.free_fermions(32, hx)
    # Bond dimension 25 discards 1e-15 at the critical point; correlators feel its root.
    assert_is(state, reference, tolerance=1e-6)
    assert state.energy_variance < 1e-10
    assert state.truncation_error < 1e-13


@pytest.mark.slow
def test_ordered_branch_wins_where_parities_are_degenerate():
    """N = 24, hx = 0.3, no tie-breaking field: splitting hx^N ~ 1e-13, below every tolerance."""
    state = ground_state(24, 0.3, longitudinal_field=0.0)
    assert state.start == "up"
    assert state.sigma_z.min() > 0.9
    # Even correlators do not tell the branches apart.
    assert_is(state, exact.free_fermions(24, 0.3), tolerance=1e-6, observables=("sigma_x", "zz"))


@pytest.mark.parametrize("shift", [0.0, -3.7])
def test_operator_is_the_hamiltonian(shift):
    tensors = hamiltonian_mpo(4, 0.7, 0.2, shift)
    matrix = tensors[0][0]
    for tensor in tensors[1:]:
        joined = np.einsum("vab,vwcd->wacbd", matrix, tensor)
        side = matrix.shape[1] * 2
        matrix = joined.reshape(tensor.shape[1], side, side)
    expected = exact.hamiltonian(4, 0.7, 0.2).toarray() - shift * np.eye(16)
    np.testing.assert_allclose(matrix[0], expected, atol=1e-14)


def test_energy_falls_and_variance_vanishes_with_bond_dimension():
    """Variational: a smaller bond dimension lies above, and the variance tells."""
    small = ground_state(10, 1.0, longitudinal_field=0.0, bond_dimension=2)
    large = ground_state(10, 1.0, longitudinal_field=0.0, bond_dimension=16)
    reference = exact.exact_energy(10, 1.0)
    assert small.bond_dimension == 2
    assert small.energy > large.energy + 1e-5
    assert large.energy == pytest.approx(reference, abs=1e-9)
    assert small.energy_variance > 1e-4 > 1e-14 > large.energy_variance
    # Temple: E - E_0 <= variance / gap, the gap of the even sector being at least 0.3 here.
    assert small.energy - reference < small.energy_variance / 0.3


def test_too_few_sweeps_are_an_error():
    with pytest.raises(NotConvergedError, match=r"N = 10, hx = 0\.5(.|\n)*tfi\.max_sweeps"):
        ground_state(10, 0.5, max_sweeps=2, energy_tolerance=1e-14)


@pytest.mark.parametrize(("N", "hx", "field"), [(1, 1.0, 0.0), (4, -0.1, 0.0), (4, 1.0, -1e-5)])
def test_fields_out_of_range_are_refused(N, hx, field):
    with pytest.raises(ValueError, match=r"(N|hx|longitudinal_field): must be .* >= "):
        ground_state(N, hx, longitudinal_field=field)


def mirrored(mps):
    """All spins flipped."""
    return MPS(tuple(np.ascontiguousarray(tensor[:, ::-1]) for tensor in mps.tensors))


def wrong_branch(start, N, hx, field, *options):
    """What DMRG would return from the wrong branch: the mirror image of the ground state."""
    vector = exact.ground_vector(N, hx, 1e-3)[::-1]
    tensors = ground_states.from_dense(vector).tensors
    return ground_states._candidate(start, list(tensors), hx, field)


def test_wrong_branch_is_an_error_with_a_field_and_mirrored_without(monkeypatch):
    monkeypatch.setattr(ground_states, "_dmrg", wrong_branch)
    with pytest.raises(NotConvergedError, match="wrong branch"):
        ground_state(6, 0.3, longitudinal_field=1e-5)
    state = ground_state(6, 0.3, longitudinal_field=0.0)
    assert state.sigma_z.min() > 0.5


def test_the_lower_branch_is_chosen(monkeypatch):
    """If the start from all spins up stays above, the other start gives the result."""
    N, hx, field = 8, 0.9, 1e-5
    vector = exact.ground_vector(N, hx, field)
    excited = exact.ground_vector(N, hx, 0.5)  # ordered too strongly: a higher energy

    def dmrg(start, *options):
        chosen = excited if start == "up" else vector
        tensors = list(ground_states.from_dense(chosen).tensors)
        return ground_states._candidate(start, tensors, hx, field)

    monkeypatch.setattr(ground_states, "_dmrg", dmrg)
    state = ground_state(N, hx, longitudinal_field=field)
    assert state.start == "plus"
    assert abs(vector @ dense(state.mps)) == pytest.approx(1, abs=1e-12)


def test_mirror_image_has_the_same_energy_without_a_field():
    state = ground_state(6, 0.4, longitudinal_field=1e-2)
    image = mirrored(state.mps)
    energy, _ = ground_states.energy_and_variance(
        image, lambda shift: hamiltonian_mpo(6, 0.4, 0.0, shift)
    )
    straight, _ = ground_states.energy_and_variance(
        state.mps, lambda shift: hamiltonian_mpo(6, 0.4, 0.0, shift)
    )
    assert energy == pytest.approx(straight, abs=1e-12)
    assert abs(overlap(image, state.mps)) < 0.5


def test_same_result_twice_and_a_quiet_log(caplog):
    with caplog.at_level(logging.INFO):
        one = ground_state(7, 0.8)
        other = ground_state(7, 0.8)
    assert one.energy == other.energy
    for first, second in zip(one.mps.tensors, other.mps.tensors, strict=True):
        np.testing.assert_array_equal(first, second)
    assert {record.name for record in caplog.records} == {"spinlearn.tfi"}
    assert "E = -" in caplog.text
    assert "variance" in caplog.text


def test_samples_of_a_ground_state_reproduce_its_observables():
    """N = 8 near the crossover. 16 one-site and 56 two-site numbers; each exceeds 5.2 standard
    errors with probability 2e-7 under a right sampler: false-alarm rate below 2e-5.
    """
    state = ground_state(8, 0.6, longitudinal_field=1e-2)
    outcomes, log_probability = sample_povm(state.mps, 40_000, np.random.default_rng(17))
    single = povm.site_expectations(outcomes)
    upper = np.triu_indices(8, 1)
    for row, axis, exact_single, exact_pairs in (
        (0, "x", state.sigma_x, state.xx),
        (2, "z", state.sigma_z, state.zz),
    ):
        assert np.abs((single.mean[row] - exact_single) / single.error[row]).max() < 5.2
        pairs = povm.two_point_functions(outcomes, axis)
        deviation = (pairs.mean - exact_pairs)[upper] / pairs.error[upper]
        assert np.abs(deviation).max() < 5.2
    # Real amplitudes: no magnetisation along y.
    assert np.abs(single.mean[1] / single.error[1]).max() < 5.2
    # Mean ln P over samples is minus the entropy of the exact mass function.
    p = povm.outcome_distribution(dense(state.mps))
    entropy = -np.sum(p * np.log(p))
    error = log_probability.std() / np.sqrt(log_probability.size)
    assert abs(log_probability.mean() + entropy) < 5.2 * error


def test_right_canonical_form_does_not_change_the_ground_state():
    state = ground_state(6, 0.7)
    again, norm = right_canonical(state.mps.tensors)
    assert norm == pytest.approx(1, abs=1e-12)
    assert abs(overlap(again, state.mps)) == pytest.approx(1, abs=1e-12)
