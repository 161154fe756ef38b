"""Standard errors against their definition and against repeated experiments."""

import numpy as np
import pytest
import scipy.stats

from spinlearn.statistics.errors import standard_error


def test_standard_error_agrees_with_scipy():
    samples = np.random.default_rng(0).exponential(size=(7, 3))
    np.testing.assert_allclose(standard_error(samples), scipy.stats.sem(samples), rtol=1e-14)


def test_error_of_a_single_sample_is_unknown():
    assert np.isnan(standard_error(np.ones((1, 4)))).tolist() == [True] * 4


def test_error_is_the_scatter_of_means():
    """Over 2000 experiments; both sides scatter by less than 2 %, five of those are allowed."""
    samples = np.random.default_rng(1).normal(size=(20, 2000))
    expected = samples.mean(axis=0).std(ddof=1)
    assert np.sqrt((standard_error(samples) ** 2).mean()) == pytest.approx(expected, rel=0.1)
