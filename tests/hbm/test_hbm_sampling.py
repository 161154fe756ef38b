"""Samples of a distribution, and the package's own names."""

import numpy as np
import pytest

import spinlearn.hbm
from spinlearn.hbm import sample


def test_samples_have_the_frequencies_of_the_distribution():
    """20000 strings: chi-squared of 15 degrees of freedom is below 44 but for 1e-4."""
    p = np.random.default_rng(0).dirichlet(np.ones(16))
    strings = sample(p, 20000, np.random.default_rng(1))
    assert strings.shape == (20000, 4)
    index = [int("".join(map(str, row)), 2) for row in strings.tolist()]
    counts = np.bincount(index, minlength=16)
    assert (((counts - 20000 * p) ** 2) / (20000 * p)).sum() < 44


def test_bit_0_is_the_first_column():
    p = np.zeros(8)
    p[0b110] = 1.0
    assert sample(p, 3, np.random.default_rng(0)).tolist() == [[1, 1, 0]] * 3


def test_faults_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="distribution: has 3 probabilities; strings of n bits"):
        sample(np.full(3, 1 / 3), 1, rng)
    with pytest.raises(ValueError, match="count: must be a whole number >= 1, not 0"):
        sample(np.full(4, 1 / 4), 0, rng)


def test_names_of_the_package_exist():
    for name in spinlearn.hbm.__all__:
        assert getattr(spinlearn.hbm, name).__module__.startswith("spinlearn.hbm.")
