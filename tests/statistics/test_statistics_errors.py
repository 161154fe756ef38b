"""Standard errors against their definition and against repeated experiments."""

import numpy as np
import pytest
import scipy.stats

from spinlearn.statistics.errors import defined_moments, standard_error
from spinlearn.statistics.rounding import known


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


def test_moments_without_what_is_undefined():
    """Against NumPy's own functions that skip NaN; a column of NaN only, and one with one value."""
    samples = np.random.default_rng(0).normal(size=(7, 4))
    samples[[0, 3], 1] = np.nan
    samples[1:, 2] = np.nan
    samples[:, 3] = np.nan
    found = defined_moments(samples)
    assert found.count.tolist() == [7, 5, 1, 0]
    np.testing.assert_allclose(found.mean[:3], np.nanmean(samples[:, :3], axis=0))
    np.testing.assert_allclose(found.deviation[:3], np.nanstd(samples[:, :3], axis=0), atol=1e-15)
    errors = np.nanstd(samples[:, :2], axis=0, ddof=1) / np.sqrt([7, 5])
    np.testing.assert_allclose(found.error[:2], errors)
    assert np.isnan(found.error[2:]).all()
    assert np.isnan([found.mean[3], found.deviation[3]]).all()


def test_moments_of_defined_samples_are_the_usual_ones_to_the_last_bit():
    samples = np.random.default_rng(1).normal(size=(60, 19))
    found = defined_moments(samples)
    np.testing.assert_array_equal(found.mean, samples.mean(axis=0))
    np.testing.assert_array_equal(found.deviation, samples.std(axis=0))
    np.testing.assert_array_equal(found.error, standard_error(samples))


@pytest.mark.parametrize("value", [0.1, 0.3, 1 / 3, 1e-300])
def test_equal_samples_have_no_error(value):
    """Not the rounding of their mean, which would look like a very small error."""
    samples = np.full((7, 2), value)
    assert standard_error(samples).tolist() == [0.0, 0.0]
    found = defined_moments(np.concatenate([samples, [[np.nan, np.nan]]]))
    assert found.error.tolist() == found.deviation.tolist() == [0.0, 0.0]
    assert not known(float(found.error[0]))
