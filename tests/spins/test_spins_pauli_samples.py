"""Samples of Pauli matrices against Born's rule with Kronecker products."""

from functools import reduce
from itertools import product

import numpy as np
import pytest
from scipy.stats import chi2

from spinlearn.arguments import InvalidArgumentError
from spinlearn.spins import mps as mp
from spinlearn.spins.pauli_samples import outcome_bras, random_axes, sample_paulis, sample_z
from spinlearn.spins.povm import AXES, PAULI

FALSE_ALARM = 1e-6
"""Rate of each chi-square test; the seeds are fixed."""


def random_state(sites, seed, is_complex):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**sites)
    if is_complex:
        state = state + 1j * rng.normal(size=2**sites)
    return state / np.linalg.norm(state)


def probabilities(state, axes):
    """<psi| prod_i (1 + (-1)^(o_i) sigma_i)/2 |psi> of all strings o, by Kronecker products."""
    projectors = [[(np.eye(2) + sign * PAULI[axis]) / 2 for sign in (1, -1)] for axis in axes]
    strings = product((0, 1), repeat=len(axes))
    products = [
        reduce(np.kron, [projectors[site][o] for site, o in enumerate(string)])
        for string in strings
    ]
    return np.array([np.vdot(state, each @ state).real for each in products])


def chi_square(drawn, expected):
    """Probability of a larger chi-square, over all strings."""
    sites = drawn.shape[1]
    counts = np.bincount(
        drawn.astype(int) @ (1 << np.arange(sites - 1, -1, -1)), minlength=2**sites
    )
    expected = expected * len(drawn)
    assert expected.min() > 5
    return chi2.sf(((counts - expected) ** 2 / expected).sum(), 2**sites - 1)


@pytest.mark.parametrize("is_complex", [False, True])
def test_samples_of_z_follow_the_born_rule(is_complex):
    state = random_state(4, 3, is_complex)
    drawn = sample_z(mp.from_dense(state), 20000, np.random.default_rng(1))
    assert chi_square(drawn, np.abs(state) ** 2) > FALSE_ALARM


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("axes", ["xyz", "yxy", "zzy", "xxx"])
def test_samples_along_axes_follow_the_born_rule(is_complex, axes):
    state = random_state(3, 6, is_complex)
    rows = np.tile(np.array([AXES[axis] for axis in axes], dtype=np.uint8), (20000, 1))
    drawn = sample_paulis(mp.from_dense(state), rows, np.random.default_rng(2))
    assert chi_square(drawn, probabilities(state, rows[0])) > FALSE_ALARM


def test_samples_of_different_axes_follow_the_born_rule_side_by_side():
    """The outcomes of two settings, drawn in turn."""
    state = random_state(3, 6, True)
    rows = np.tile(np.array([[0, 1, 2], [2, 2, 1]], dtype=np.uint8), (20000, 1))
    drawn = sample_paulis(mp.from_dense(state), rows, np.random.default_rng(3))
    for place in (0, 1):
        assert chi_square(drawn[place::2], probabilities(state, rows[place])) > FALSE_ALARM


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("batch", [1, 7, 100, 999])
def test_samples_do_not_depend_on_the_batch(is_complex, batch):
    state = mp.from_dense(random_state(8, 4, is_complex))
    axes = random_axes(150, 8, np.random.default_rng(5))
    whole = sample_paulis(state, axes[:100], np.random.default_rng(1))
    again = sample_paulis(state, axes[:100], np.random.default_rng(1), batch=batch)
    np.testing.assert_array_equal(again, whole)
    more = sample_paulis(state, axes, np.random.default_rng(1), batch=batch)
    np.testing.assert_array_equal(more[:100], whole)
    z = sample_z(state, 100, np.random.default_rng(1))
    np.testing.assert_array_equal(sample_z(state, 150, np.random.default_rng(1))[:100], z)


def test_samples_of_z_know_certain_outcomes():
    """A GHZ state: all spins alike, whatever the first is; 0 is up."""
    state = np.zeros(2**6)
    state[0], state[-1] = 0.6, 0.8
    drawn = sample_z(mp.from_dense(state), 500, np.random.default_rng(1))
    assert (drawn == drawn[:, :1]).all()
    assert abs((drawn[:, 0] == 0).mean() - 0.36) < 5 * np.sqrt(0.36 * 0.64 / 500)


def test_eigenstates_have_certain_outcomes():
    """A product of the eigenvectors of x, y and z, one with each sign."""
    spinors, axes, signs = [], [0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]
    for axis, sign in zip(axes, signs, strict=True):
        spinors.append(np.linalg.eigh(PAULI[axis])[1][:, 1 - sign])
    rows = np.tile(np.array(axes, dtype=np.uint8), (50, 1))
    drawn = sample_paulis(mp.from_dense(reduce(np.kron, spinors)), rows, np.random.default_rng(1))
    assert (drawn == signs).all()


def test_random_axes_are_drawn_alike():
    """27 settings of three sites, chi-square over 27000 of them."""
    drawn = random_axes(27000, 3, np.random.default_rng(1))
    counts = np.bincount(drawn.astype(int) @ (9, 3, 1), minlength=27)
    assert chi2.sf(((counts - 1000) ** 2 / 1000).sum(), 26) > FALSE_ALARM


def test_bras_give_the_probability_of_every_outcome():
    state = random_state(3, 1, True)
    for axes in product(range(3), repeat=3):
        outcomes = np.array(list(product((0, 1), repeat=3)), dtype=np.uint8)
        rows = np.tile(np.array(axes, dtype=np.uint8), (8, 1))
        bras = outcome_bras(rows, outcomes)
        np.testing.assert_allclose(
            np.abs(bras @ state) ** 2, probabilities(state, axes), atol=1e-14
        )
        assert bras.nnz == 8 * 2 ** sum(axis != AXES["z"] for axis in axes)


def test_wrong_axes_and_outcomes_are_refused():
    state, good = mp.from_dense(random_state(3, 1, False)), np.zeros((2, 3), dtype=np.uint8)
    with pytest.raises(InvalidArgumentError, match="axes"):
        sample_paulis(state, good[:, :2], np.random.default_rng(1))
    with pytest.raises(InvalidArgumentError, match="allowed are 0 to 2"):
        sample_paulis(state, good + np.uint8(3), np.random.default_rng(1))
    with pytest.raises(InvalidArgumentError, match="allowed are 0 to 1"):
        outcome_bras(good, good + np.uint8(2))
