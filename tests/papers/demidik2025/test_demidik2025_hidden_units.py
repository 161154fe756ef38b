"""Where distances cross the threshold, with errors and bounds."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.demidik2025.hidden_units import first_crossing, minimum_hidden_units


def test_first_crossing_interpolates():
    means = np.array(
        [
            [0.5, 0.4, 0.1, 0.0],  # between 2 and 4
            [0.1, 0.5, 0.1, 0.0],  # already below at the smallest
            [0.5, 0.5, 0.4, 0.3],  # never
            [0.5, 0.1, 0.3, 0.0],  # the first time counts
        ]
    )
    found = first_crossing([1, 2, 4, 8], means, 0.2)
    np.testing.assert_allclose(found.m, [2 + 2 * 2 / 3, 1.0, np.nan, 1.75])
    np.testing.assert_array_equal(found.place, [2, 0, 4, 1])


def test_minimum_and_ratios(made_up_runs):
    runs = made_up_runs({("bars", "Z"): 7.0, ("bars", "XZ"): 3.5, ("bars", "XYZ"): 2.5}, runs=10)
    table = minimum_hidden_units(runs, 0.2, 1).set_index("paulis")
    assert list(table.status) == ["reached"] * 3
    np.testing.assert_allclose(table.m, [7.0, 3.5, 2.5], atol=0.02)
    np.testing.assert_allclose(table.m_grid, [8, 4, 3])
    np.testing.assert_allclose(table.m_below, [6, 3, 2])
    np.testing.assert_allclose(table.ratio[["XZ", "XYZ"]], [2.0, 2.8], rtol=0.01)
    # slope 0.1 and noise 0.01/sqrt(10) give 0.03; the step from 6 to 8 adds 1/sqrt(12)
    assert table.m_error["XZ"] == pytest.approx(0.032, rel=0.4)
    assert table.m_error["Z"] == pytest.approx(np.hypot(0.032, 1 / np.sqrt(12)), rel=0.05)
    np.testing.assert_allclose(table.ratio_theorem, [1, 2, 3])
    np.testing.assert_allclose(table.ratio_dimension, [1, 2 - 1 / 9, 3 - 3 / 9])


def test_bootstrap_error_is_that_of_repeated_experiments(made_up_runs):
    """The spread of the crossing over 60 independent experiments; its own error is 9 per cent."""
    rng = np.random.default_rng(5)
    found, errors = [], []
    for experiment in range(60):
        runs = made_up_runs({("bars", "Z"): 3.5}, grid=(2, 3, 4, 5), runs=20)
        runs["tvd"] += rng.normal(size=len(runs)) * 0.05
        row = minimum_hidden_units(runs, 0.2, experiment).iloc[0]
        found.append(row.m)
        errors.append(row.m_error)
    # four of its standard errors: false alarm below 1e-4
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.36)


def test_error_of_a_single_run_is_unknown(made_up_runs):
    row = minimum_hidden_units(made_up_runs({("bars", "Z"): 3.5}, runs=1), 0.2, 1).iloc[0]
    assert (row.status, row.runs) == ("reached", 1)
    assert np.isnan(row.m_error)


def test_bounds_are_kept_and_named(made_up_runs):
    bars = {("bars", "Z"): 5.0, ("bars", "XZ"): 0.5, ("bars", "XYZ"): 2.0}
    parity = {("parity", "Z"): 40.0, ("parity", "XZ"): 9.0, ("parity", "XYZ"): 50.0}
    runs = made_up_runs(bars | parity)
    table = minimum_hidden_units(runs, 0.2, 1).set_index(["dataset", "paulis"])
    assert len(table) == 6
    first = table.loc[("bars", "XZ")]
    assert (first.status, first.m, first.m_grid) == ("at_smallest_m", 1.0, 1.0)
    assert first.ratio_bound == "lower"
    assert np.isnan(first.ratio_error)
    never = table.loc[("parity", "Z")]
    assert (never.status, never.m) == ("not_reached", 12.0)
    assert np.isnan(never.m_grid)
    assert table.loc[("parity", "XZ")].ratio_bound == "lower"
    assert table.loc[("parity", "XYZ")].ratio_bound == "unknown"
    assert table.loc[("bars", "XYZ")].ratio_bound == "exact"


def test_bootstrap_streams_are_keyed_by_meaning(made_up_runs):
    """A data set more does not change the error of what was there."""
    needed = {("bars", "Z"): 5.0, ("bars", "XZ"): 2.5}
    few = minimum_hidden_units(made_up_runs(needed), 0.2, 3)
    extra = made_up_runs({("parity", "Z"): 6.0, ("parity", "XZ"): 3.0})
    runs = pd.concat([extra, made_up_runs(needed)], ignore_index=True)
    many = minimum_hidden_units(runs, 0.2, 3)
    pd.testing.assert_frame_equal(few, many[many.dataset == "bars"].reset_index(drop=True))
