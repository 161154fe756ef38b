"""Finite-size scaling of made-up data with a known critical point and exponent."""

import numpy as np
import pandas as pd
import pytest
from made_up_curves import H_C, NU, made_up

from spinlearn.statistics.bootstrap import mean_curves
from spinlearn.statistics.collapse import collapse, collapse_by_smallest_size, quality, scaled


def quality_by_polyfit(curves, h_c, nu):
    """Houdayer and Hartmann's S, point by point, with NumPy's straight-line fit."""
    x = ((curves.h - h_c) * curves.L ** (1 / nu)).to_numpy()
    L, y, dy = curves.L.to_numpy(), curves["mean"].to_numpy(), curves.error.to_numpy()
    terms = []
    for p in range(x.size):
        chosen = []
        for other in set(L) - {L[p]}:
            (members,) = np.nonzero(other == L)
            below, above = members[x[members] <= x[p]], members[x[members] >= x[p]]
            if below.size and above.size:
                chosen += [below[np.argmax(x[below])], above[np.argmin(x[above])]]
        if chosen:
            line, covariance = np.polyfit(
                x[chosen] - x[p], y[chosen], 1, w=1 / dy[chosen], cov="unscaled"
            )
            terms.append((y[p] - line[1]) ** 2 / (dy[p] ** 2 + covariance[1, 1]))
    return np.mean(terms), len(terms)


@pytest.mark.parametrize(("h_c", "nu"), [(6.4, 1.0), (5.05, 0.7), (9.0, 2.3)])
def test_quality_agrees_with_houdayer_and_hartmann(h_c, nu):
    curves = mean_curves(made_up(0, sizes=(8, 10, 14)))
    curves = curves.drop(index=[3, 20]).sample(frac=1, random_state=0)
    value, points = quality(curves, h_c, nu)
    expected, terms = quality_by_polyfit(curves, h_c, nu)
    assert value == pytest.approx(expected, rel=1e-8)
    assert points == terms


def test_quality_of_a_perfect_collapse_is_one():
    """Each term has mean 1 if f is straight; here the mean over 80 data sets, to five errors."""
    values = [quality(mean_curves(made_up(k, f=lambda x: 0.01 * x)), H_C, NU)[0] for k in range(80)]
    # Errors that are estimated from 400 realisations raise the mean by half a per cent.
    assert np.mean(values) == pytest.approx(1.005, abs=5 * np.std(values) / np.sqrt(80))
    wrong = quality(mean_curves(made_up(0, f=lambda x: 0.01 * x)), H_C + 1, NU)
    assert wrong[0] > 20


def test_quality_without_overlap_is_infinite():
    curves = mean_curves(made_up(0, sizes=(8,)))
    assert quality(curves, H_C, NU) == (np.inf, 0)


def test_collapse_recovers_the_parameters_and_its_errors_cover_them():
    """Of 24 data sets, intervals of 68 % should cover 16; 8 or fewer have a chance of 0.1 %.

    The chance that one of the 48 estimates lies beyond five of its errors is below 1e-4.
    """
    rows = pd.concat(
        [collapse(made_up(k, sizes=(8, 10, 12, 14)), k, resamples=60) for k in range(24)]
    )
    for name, truth in (("h_c", H_C), ("nu", NU)):
        covered = (rows[f"{name}_low"] < truth) & (truth < rows[f"{name}_high"])
        assert covered.sum() >= 9
        assert (abs(rows[name] - truth) < 5 * rows[f"{name}_error"]).all()
        # The error reported is the scatter of the estimates, to 40 % (2.8 of its own errors).
        assert rows[f"{name}_error"].mean() == pytest.approx(rows[name].std(), rel=0.4)
    assert rows.quality.mean() == pytest.approx(1.0, abs=0.25)
    assert not rows.at_bound.any()


def test_minimum_is_a_minimum():
    data = made_up(4, sizes=(8, 10, 12, 14))
    row = collapse(data, 0, resamples=0).iloc[0]
    curves = mean_curves(data)
    assert quality(curves, row.h_c, row.nu) == (pytest.approx(row.quality), row.points)
    least = int(np.ceil(0.5 * len(curves)))
    for h_c in np.linspace(5.0, 8.0, 31):
        for nu in np.linspace(0.6, 1.8, 21):
            value, points = quality(curves, h_c, nu)
            assert points < least or value > row.quality - 2e-2
    assert np.isnan(row.h_c_error)


def test_a_minimum_at_the_edge_is_reported():
    data = made_up(5, h=np.linspace(8.0, 11.0, 13))
    row = collapse(data, 0, resamples=10).iloc[0]
    assert row.at_bound
    assert row.fraction_at_bound > 0.8
    assert row.h_c == pytest.approx(8.0, abs=0.01)


def test_too_little_overlap_gives_no_collapse():
    apart = made_up(5, sizes=(8,)) | made_up(5, sizes=(10,), h=np.linspace(40.0, 50.0, 13))
    row = collapse(apart, 0, resamples=3).iloc[0]
    assert np.isnan([row.h_c, row.nu, row.quality, row.h_c_error]).all()
    assert row.points == 0
    assert not row.at_bound


def test_smallest_sizes_are_left_out_one_by_one():
    data = made_up(6, sizes=(8, 10, 12, 14))
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
