"""The mean of ratios of hidden units, with its error."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.demidik2025.ratios import mean_ratio


def _ratios(values, error):
    return pd.DataFrame({"ratio": values, "ratio_error": error})


def test_error_is_the_larger_of_propagation_and_scatter():
    alike = mean_ratio(_ratios([2.0, 2.0], 0.1))
    assert alike == pytest.approx((2.0, 0.1 / np.sqrt(2)))
    mean, error = mean_ratio(_ratios([1.0, 4.0], 0.01))
    assert (mean, error) == pytest.approx((2.0, 2.0 * np.log(2)))


def test_single_ratio_has_its_own_error():
    assert mean_ratio(_ratios([2.0], 0.1)) == pytest.approx((2.0, 0.1))


def test_mean_of_no_ratio_is_unknown():
    assert np.isnan(mean_ratio(_ratios([], 0.1))).all()
