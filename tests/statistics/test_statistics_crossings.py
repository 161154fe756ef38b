"""Crossings of made-up curves, against SciPy's roots and error propagation."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.optimize
from made_up_curves import made_up

from spinlearn.statistics.bootstrap import mean_curves
from spinlearn.statistics.crossings import crossing, extrapolated_crossing


def exact(curves, R=10, spread=1e-9):
    """Realisations whose means are those of `curves`: (L, h) -> mean, up to rounding."""
    pattern = np.linspace(-spread, spread, R)
    return {cell: mean + pattern for cell, mean in curves.items()}


def two_curves(h, small, large):
    return {(8, float(x)): y for x, y in zip(h, small, strict=True)} | {
        (10, float(x)): y for x, y in zip(h, large, strict=True)
    }


def test_crossing_is_the_zero_of_the_difference():
    """Against SciPy's root finder on the interpolated curves."""
    h = np.array([1.0, 2.0, 3.5, 4.0, 6.0])
    small = np.array([0.50, 0.49, 0.47, 0.45, 0.42])
    gap = np.array([0.010, 0.013, 0.004, -0.003, -0.012])
    row = crossing(exact(two_curves(h, small, small + gap)), 0, resamples=50).iloc[0]
    curve = scipy.interpolate.PchipInterpolator(h, gap)
    expected = scipy.optimize.brentq(curve, 3.5, 4.0)
    assert row.h_crossing == pytest.approx(expected, abs=1e-6)
    assert row.value == pytest.approx(
        scipy.interpolate.PchipInterpolator(h, small)(expected), abs=1e-6
    )
    assert (row.L_small, row.L_large, row.crossings, row.fraction) == (8, 10, 1, 1.0)
    assert row.error < 1e-6
    rising = two_curves(h, small + gap, small)
    assert crossing(exact(rising), 0, resamples=5).h_crossing.isna().all()


def test_error_of_a_crossing_is_that_of_error_propagation():
    """Between two strengths the difference is a straight line, with its zero at D_1/(D_1 - D_2)."""
    rng = np.random.default_rng(2)
    data = {
        (L, h): slope * (0.55 - h) + 0.4 * rng.standard_normal(200)
        for L, slope in ((8, 0.1), (10, 0.6))
        for h in (0.0, 1.0)
    }
    row = crossing(data, 3, resamples=4000).iloc[0]
    curves = mean_curves(data).set_index(["L", "h"])
    first, second = curves["mean"][10] - curves["mean"][8]
    sigma = np.hypot(curves.error[10], curves.error[8])
    gradient = np.array([-second, first]) / (first - second) ** 2
    assert row.h_crossing == pytest.approx(first / (first - second), abs=1e-9)
    assert row.error == pytest.approx(np.linalg.norm(gradient * sigma), rel=0.06)


def straight(crossings, sizes, slope=0.1, R=400, spread=0.02, seed=0):
    """Straight curves whose successive pairs cross at the given strengths."""
    rng = np.random.default_rng(seed)
    h = np.linspace(0.0, 8.0, 9)
    means = [0 * h]
    for place in crossings:
        means.append(means[-1] + slope * (place - h))
    return {
        (L, x): y + spread * rng.standard_normal(R)
        for L, curve in zip(sizes, means, strict=True)
        for x, y in zip(h.tolist(), curve, strict=True)
    }


def test_crossings_extrapolate_to_infinite_size():
    """h(L) = 5 - 10/L at the mean sizes 9, 11 and 13; four errors.

    The error is the scatter over data sets, to a third (2.6 of its own errors for 30 of them).
    """
    places = [5 - 10 / L for L in (9, 11, 13)]
    rows = [
        extrapolated_crossing(straight(places, (8, 10, 12, 14), seed=k), k, resamples=200).iloc[0]
        for k in range(30)
    ]
    limits, errors = np.array([[row.h_infinity, row.error] for row in rows]).T
    assert (abs(limits - 5) < 4 * errors).all()
    assert errors.mean() == pytest.approx(limits.std(), rel=0.33)
    assert rows[0].slope == pytest.approx(-10, abs=40 * errors[0])
    assert (rows[0].pairs, rows[0].fraction) == (3, 1.0)


def test_one_crossing_has_no_extrapolation():
    row = extrapolated_crossing(straight([4.0], (8, 10)), 0, resamples=20).iloc[0]
    assert row.pairs == 1
    assert np.isnan([row.h_infinity, row.error, row.slope]).all()


def test_curves_that_do_not_cross_or_cross_twice_have_no_crossing():
    h = np.arange(1.0, 7.0)
    apart = crossing(exact(two_curves(h, 0 * h, 0 * h + 1)), 0, resamples=20).iloc[0]
    assert np.isnan(apart.h_crossing)
    assert np.isnan(apart.value)
    assert (apart.crossings, apart.fraction) == (0, 0.0)
    gap = np.array([1.0, 1.0, -1.0, -1.0, 1.0, -1.0])
    twice = crossing(exact(two_curves(h, 0 * h, gap)), 0, resamples=20).iloc[0]
    assert np.isnan(twice.h_crossing)
    assert twice.crossings == 3
    assert twice.wrong_side > 3
    no_common = exact({(8, 1.0): 0.0, (8, 2.0): 0.0, (10, 1.5): 0.0, (10, 2.5): 0.0})
    assert np.isnan(crossing(no_common, 0, resamples=5).h_crossing[0])


def test_noise_about_zero_in_a_saturated_phase_moves_no_crossing():
    h = np.arange(1.0, 9.0)
    gap = np.array([-0.001, 0.001, 0.02, 0.02, -0.02, -0.02, 0.001, -0.001])
    data = exact(two_curves(h, 0 * h, gap), spread=0.01)
    row = crossing(data, 0, resamples=20).iloc[0]
    assert row.h_crossing == pytest.approx(4.5, abs=1e-6)
    assert row.crossings == 4


def test_an_uncertain_strength_does_not_outweigh_certain_ones():
    h = np.arange(1.0, 7.0)
    gap = np.array([1.0, 1.0, -1.0, -1.0, 4.0, -1.0])
    data = exact(two_curves(h, 0 * h, gap), spread=0.5)
    data[10, 5.0] = 4.0 + np.linspace(-20.0, 20.0, 10)
    row = crossing(data, 0, resamples=20).iloc[0]
    assert row.h_crossing == pytest.approx(2.5, abs=0.2)
    assert 0 < row.wrong_side < 3


def test_curves_that_do_not_depend_on_the_size_seldom_cross():
    """Differences are noise: 40 pairs of curves. Without the rule 26 of 40 cross.

    With it a pair needs a point above 2 sigma on one side and one below -2 on the other: rarer
    than one in four; 20 of 40 would be a false alarm in a thousand.
    """
    flat = [made_up(seed, sizes=(8, 10), f=lambda x: 0.5 + 0 * x) for seed in range(40)]
    crossed = [crossing(data, 0, resamples=0).h_crossing.notna()[0] for data in flat]
    assert sum(crossed) < 20


def test_a_single_size_is_refused():
    one_size = {cell: values for cell, values in made_up(0).items() if cell[0] == 8}
    with pytest.raises(ValueError, match="two sizes"):
        crossing(one_size, 0)
