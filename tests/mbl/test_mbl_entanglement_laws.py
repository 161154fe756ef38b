"""Area and volume law, against NumPy's fits and the entropy of random states."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.mbl.entanglement_laws import entanglement_laws
from spinlearn.spins.entanglement import entropy_normalisation


def test_laws_are_weighted_least_squares():
    """Against NumPy's polynomial fit with known errors."""
    rng = np.random.default_rng(0)
    L, error = np.array([8, 10, 12, 14]), np.array([0.01, 0.03, 0.02, 0.05])
    S = 0.1 + 0.2 * L + error * rng.standard_normal(4)
    row = entanglement_laws(pd.DataFrame({"L": L, "h": 3.0, "mean": S, "error": error})).iloc[0]
    (slope, intercept), covariance = np.polyfit(L, S, 1, w=1 / error, cov="unscaled")
    assert (row.slope, row.intercept) == pytest.approx((slope, intercept))
    assert (row.slope_error, row.intercept_error) == pytest.approx(np.sqrt(np.diag(covariance)))
    mean = np.average(S, weights=error**-2)
    assert row.area_entropy == pytest.approx(mean)
    assert row.area_error == pytest.approx((error**-2).sum() ** -0.5)
    assert row.area_chi2 == pytest.approx((((S - mean) / error) ** 2).sum())
    # The difference of the two chi^2 is the square of the slope over its error.
    assert row.area_chi2 - row.volume_chi2 == pytest.approx((slope / row.slope_error) ** 2)
    assert row.preferred == "volume"


def test_thermal_states_have_the_thermal_slope():
    L = np.array([8, 10, 12, 14])
    S = np.array([entropy_normalisation(int(size), "page_sz0") for size in L])
    row = entanglement_laws(pd.DataFrame({"L": L, "h": 1.0, "mean": S, "error": 1e-3})).iloc[0]
    assert row.slope_ratio == pytest.approx(1.0)
    assert row.slope == pytest.approx(np.log(2) / 2, rel=0.02)
    assert row.preferred == "volume"


def test_false_alarm_rate_of_the_volume_law_is_the_level():
    """5 % of 2000 area laws; five binomial standard deviations are 2.4 %."""
    rng = np.random.default_rng(1)
    L, count = np.array([8, 10, 12]), 2000
    table = pd.DataFrame(
        {
            "L": np.tile(L, count),
            "h": np.repeat(np.arange(count, dtype=float), 3),
            "mean": 0.3 + 0.02 * rng.standard_normal(3 * count),
            "error": 0.02,
        }
    )
    laws = entanglement_laws(table)
    assert (laws.preferred == "volume").mean() == pytest.approx(0.05, abs=0.024)
    # If the law holds, its probability of a larger chi^2 is uniform: mean 1/2 +- 1/sqrt(12 n).
    for name in ("area_goodness", "volume_goodness"):
        assert laws[name].mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * count))


def test_laws_with_few_sizes_or_bad_errors():
    table = pd.DataFrame(
        {"L": [8, 10, 8], "h": [1.0, 1.0, 2.0], "mean": [1.0, 2.0, 1.0], "error": 0.1}
    )
    laws = entanglement_laws(table)
    assert laws.h.tolist() == [1.0]
    assert np.isnan(laws.volume_goodness[0])
    assert laws.slope[0] == pytest.approx(0.5)
    assert entanglement_laws(table.assign(error=np.nan)).empty
    with pytest.raises(ValueError, match="standard error of zero"):
        entanglement_laws(table.assign(error=0.0))
