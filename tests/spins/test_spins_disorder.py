"""Disorder: uniform fields, from the stream that is given."""

import numpy as np
import pytest
from scipy.stats import kstest

from spinlearn.spins.disorder import random_fields


@pytest.mark.parametrize("h", [0.5, 8.0])
def test_fields_are_uniform(h):
    """Kolmogorov and Smirnov on 20000 fields; false alarm 1e-6, and the seed is fixed."""
    fields = random_fields(np.random.default_rng(2), h, (2000, 10))
    assert fields.shape == (2000, 10)
    assert kstest(fields.ravel(), "uniform", args=(-h, 2 * h)).pvalue > 1e-6


def test_fields_follow_the_stream_and_scale_with_the_strength():
    draws = [random_fields(np.random.default_rng(seed), 2.0, (5,)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    double = random_fields(np.random.default_rng(1), 4.0, (5,))
    np.testing.assert_allclose(double, 2 * draws[0], rtol=1e-15)
    assert not random_fields(np.random.default_rng(1), 0.0, (5,)).any()
