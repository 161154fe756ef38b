"""Finite-size scaling of made-up data with a known critical point and exponent."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from made_up_curves import H_C, NU, made_up

from spinlearn.statistics.bootstrap import mean_curves
from spinlearn.statistics.collapse import (
    WORST_QUALITY,
    collapse,
    collapse_by_smallest_size,
    scaled,
)
from spinlearn.statistics.master_curve import chi_square
from spinlearn.statistics.scaling_forms import (
    DRIFTING_KOSTERLITZ_THOULESS,
    FORMS,
    KOSTERLITZ_THOULESS,
)

SIZES = (8, 10, 12, 14)
DEFAULT = {"sizes": SIZES, "h": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0), "R": 100, "h_c": 3.4}
"""Sizes, strengths and realisations of the default configuration; the truth lies between two."""


def step(x):
    """Smooth, and as steep as gap ratios."""
    return 0.386 + 0.145 / (1 + np.exp(x / 8))


def infinite_order(seed, b=2.0, h_c=6.4, drift=0.0, R=400):
    """Curves that collapse with Kosterlitz and Thouless's correlation length."""
    noise = np.random.default_rng(seed)
    cells = [(L, float(h)) for L in SIZES for h in np.linspace(2.0, 11.0, 13)]
    data = {}
    for L, h in cells:
        distance = h - h_c - drift * (L - 11)
        x = np.sign(distance) * L * np.exp(-b / np.sqrt(abs(distance)))
        data[L, h] = 0.4585 - 0.0725 * np.tanh(x / 2) + 0.06 * noise.standard_normal(R)
    return data


@cache
def many():
    """Collapses of 40 data sets of the default size that do collapse."""
    made = (made_up(k, f=step, **DEFAULT) for k in range(40))
    return pd.concat([collapse(data, k, resamples=100) for k, data in enumerate(made)])


def test_intervals_cover_the_truth_as_often_as_they_say():
    """At the sizes of the default configuration, on its coarse grid of strengths.

    The number of intervals of 68 % that cover is binomial. Both limits together have a false alarm
    of 1e-4. Two errors (95 %) must cover as in every verdict; nu is judged by its logarithm.
    """
    n = len(many())
    low, high = scipy.stats.binom.interval(1 - 1e-4, n, 0.68)
    least = scipy.stats.binom.ppf(1e-4, n, 0.954)
    logs = many().assign(
        **{f"nu{end}": np.log(many()[f"nu{end}"]) for end in ("", "_low", "_high")}
    )
    for name, truth in (("h_c", DEFAULT["h_c"]), ("nu", np.log(NU))):
        value, below, above = (logs[f"{name}{end}"] for end in ("", "_low", "_high"))
        assert low <= ((below < truth) & (truth < above)).sum() <= high
        longer = np.maximum(above - value, value - below)
        assert (abs(value - truth) < 2 * longer).sum() >= least


def test_a_coarse_grid_does_not_move_the_critical_point():
    """Mean over data sets, to three of its errors; straight lines between points move it by 1/4."""
    error = many().h_c.std() / np.sqrt(len(many()))
    assert many().h_c.mean() == pytest.approx(DEFAULT["h_c"], abs=3 * error)
    assert error < 0.08


def test_quality_of_curves_that_collapse_is_one():
    """The mean to five of its errors. Fewer than 1e-4 of them are above the limit."""
    S = many().quality
    # Errors from 100 realisations raise it by 2 %; the choice of knots lowers it.
    assert S.mean() == pytest.approx(1.0, abs=5 * S.std() / np.sqrt(len(S)))
    assert (S <= WORST_QUALITY).all()


@pytest.mark.parametrize(("lift", "quality"), [(0.06, 8.0), (0.11, 23.0)])
def test_curves_that_do_not_collapse_give_no_critical_point(lift, quality):
    """Made at h_c = 3.4, with a correction that decreases as L^-2."""
    data = made_up(0, f=step, **{**DEFAULT, "R": 400})
    data = {(L, h): values + lift * (8 / L) ** 2 for (L, h), values in data.items()}
    row = collapse(data, 0, resamples=50).iloc[0]
    assert row.quality == pytest.approx(quality, rel=0.3)
    parameters = [
        f"{name}{end}" for name in ("h_c", "nu") for end in ("", "_error", "_low", "_high")
    ]
    assert row[parameters].isna().all()


def test_a_misfit_widens_the_interval():
    """With all errors 1.5 times smaller S is 1.5^2 larger, and the interval keeps its width."""
    data = made_up(1, f=step, **{**DEFAULT, "R": 1000})
    narrow = {cell: v.mean() + (v - v.mean()) / 1.5 for cell, v in data.items()}
    first, second = (collapse(made, 0, resamples=200).iloc[0] for made in (data, narrow))
    assert first.quality > 1
    # A smooth curve may get one knot more.
    assert second.quality == pytest.approx(1.5**2 * first.quality, rel=0.1)
    # Another knot changes the interval by a tenth; without sqrt(S) it is a third less.
    for name in ("h_c_error", "nu_error"):
        assert second[name] == pytest.approx(first[name], rel=0.2)


def test_minimum_is_a_minimum():
    """Against chi-square on a grid of its own, with the points in another order."""
    data = made_up(4, sizes=SIZES)
    row = collapse(data, 0, resamples=0).iloc[0]
    curves = mean_curves(data).sample(frac=1, random_state=0)
    y, errors = curves["mean"].to_numpy()[None], curves.error.to_numpy()

    def quality(h_c, nu):
        x = scaled(curves, h_c, nu).x.to_numpy()[None]
        return chi_square(x, y, errors, int(row.knots))[0, 0] / (len(curves) - row.knots - 2)

    assert quality(row.h_c, row.nu) == pytest.approx(row.quality)
    others = [quality(h, nu) for h in np.linspace(5, 8, 31) for nu in np.linspace(0.6, 1.8, 21)]
    assert min(others) > row.quality - 1e-4
    assert np.isnan(row.h_c_error)


def test_kosterlitz_and_thouless_form_finds_its_parameters():
    """Six errors; the drifting form finds that nothing drifts."""
    row = collapse(infinite_order(0), 0, form=KOSTERLITZ_THOULESS, resamples=60).iloc[0]
    drifting = collapse(infinite_order(0), 0, form=DRIFTING_KOSTERLITZ_THOULESS, resamples=60).iloc[
        0
    ]
    for fit in (row, drifting):
        assert fit.quality < 1.6
        assert fit.h_c == pytest.approx(6.4, abs=6 * fit.h_c_error)
        assert fit.b == pytest.approx(2.0, abs=6 * fit.b_error)
    assert abs(drifting.drift) < 6 * drifting.drift_error


def test_drift_is_found():
    data = infinite_order(1, drift=0.2, R=4000)
    row = collapse(data, 0, form=DRIFTING_KOSTERLITZ_THOULESS, resamples=60).iloc[0]
    assert row.drift == pytest.approx(0.2, abs=5 * row.drift_error)
    assert row.drift_error < 0.05
    assert row.h_c == pytest.approx(6.4, abs=5 * row.h_c_error)
    constant = collapse(data, 0, form=KOSTERLITZ_THOULESS, resamples=0).iloc[0]
    assert constant.quality > 2 * row.quality


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_point_at_the_transition_has_a_variable(form):
    p = np.array([[3.0, 0.5, 0.0][: len(form.parameters)]])
    assert form.x(np.array([3.0]), np.array([10.0]), p) == 0.0


def test_a_minimum_at_the_edge_is_reported():
    data = made_up(5, h=np.linspace(8.0, 11.0, 13))
    row = collapse(data, 0, resamples=10).iloc[0]
    assert row.at_bound
    assert row.fraction_at_bound > 0.8
    assert row.h_c == pytest.approx(8.0, abs=0.01)


def test_too_little_overlap_or_too_few_points_give_no_collapse():
    apart = made_up(5, sizes=(8,)) | made_up(5, sizes=(10,), h=np.linspace(40.0, 50.0, 13))
    few = made_up(5, sizes=(8, 10), h=[3.0, 8.0])
    for data in (apart, few):
        row = collapse(data, 0, resamples=3).iloc[0]
        assert np.isnan([row.h_c, row.nu, row.quality, row.h_c_error]).all()
        assert not row.at_bound


def test_smallest_sizes_are_left_out_one_by_one():
    data = made_up(6, sizes=SIZES)
    table = collapse_by_smallest_size(data, 0, resamples=4)
    assert table.L_min.tolist() == [8, 10]
    assert table.L_max.tolist() == [14, 14]
    without = {cell: v for cell, v in data.items() if cell[0] > 8}
    pd.testing.assert_frame_equal(
        table.iloc[[1]].reset_index(drop=True), collapse(without, 0, resamples=4)
    )
    pair = {cell: v for cell, v in data.items() if cell[0] > 10}
    assert collapse_by_smallest_size(pair, 0, resamples=0).L_min.tolist() == [12]


def test_scaled_variable():
    table = scaled(pd.DataFrame({"L": [4, 9], "h": [3.0, 5.0]}), 1.0, 2.0)
    assert table.x.tolist() == [4.0, 12.0]


def test_a_single_strength_is_refused():
    with pytest.raises(ValueError, match="two disorder strengths"):
        collapse(made_up(0, h=[3.0]), 0, resamples=0)


def test_found_parameters_are_those_of_made_up_data():
    row = collapse(made_up(0, sizes=SIZES), 0, resamples=60).iloc[0]
    assert row.h_c == pytest.approx(H_C, abs=4 * row.h_c_error)
    assert row.nu == pytest.approx(NU, abs=4 * row.nu_error)
