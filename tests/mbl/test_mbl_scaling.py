"""Finite-size scaling on made-up data of known crossing, exponent and law."""

import numpy as np
import pandas as pd
import pytest
import scipy.interpolate
import scipy.optimize

from spinlearn.mbl import scaling, schemas
from spinlearn.spins.entanglement import entropy_normalisation, page_entropy

H_C, NU = 6.4, 1.0


def gap_ratio(x):
    return 0.4585 - 0.0725 * np.tanh(x / 30)


def made_up(seed, sizes=(8, 10, 12), h=None, R=400, spread=0.06, h_c=H_C, nu=NU, f=gap_ratio):
    """Realisations with Gaussian noise about f((h - h_c) L^(1/nu))."""
    noise = np.random.default_rng(seed)
    h = np.linspace(2.0, 11.0, 13) if h is None else h
    return {
        (L, float(x)): f((x - h_c) * L ** (1 / nu)) + spread * noise.standard_normal(R)
        for L in sizes
        for x in h
    }


def exact(curves, R=10, spread=1e-9):
    """Realisations whose means are those of `curves`: (L, h) -> mean, up to rounding."""
    pattern = np.linspace(-spread, spread, R)
    return {cell: mean + pattern for cell, mean in curves.items()}


def two_curves(h, small, large):
    return {(8, float(x)): y for x, y in zip(h, small, strict=True)} | {
        (10, float(x)): y for x, y in zip(h, large, strict=True)
    }


# --- input ----------------------------------------------------------------------------------------


def write_indicators(path, L, h, entropy, operators="pauli"):
    R = len(entropy)
    ones = np.ones((R, 2))
    names = ("gap_ratio", "number_entropy", "spin_fraction", "window_width", "extremal_energies")
    schemas.INDICATORS.write(
        path,
        {
            **dict.fromkeys(names, ones),
            "fields": np.zeros((R, L)),
            "energy_density": np.array([0.25, 0.5]),
            "entanglement_entropy": np.stack([0 * entropy, entropy], axis=1),
        },
        {"operators": operators, "h": h, "boundary": "ring", "states_per_window": 5},
    )
    return schemas.INDICATORS.read(path)


def test_blocks_are_joined_by_energy_size_and_strength(tmp_path):
    files = [
        write_indicators(tmp_path / "a.h5", 8, 6.0, np.array([1.0, 2.0])),
        write_indicators(tmp_path / "b.h5", 8, 6.0, np.array([3.0])),
        write_indicators(tmp_path / "c.h5", 8, 3.0, np.array([4.0]), operators="spin"),
        write_indicators(tmp_path / "d.h5", 8, 3.0, np.array([5.0])),
    ]
    data = scaling.realisations(files, "entanglement_entropy")
    assert list(data) == [0.25, 0.5]
    assert {cell: v.tolist() for cell, v in data[0.5].items()} == {
        (8, 3.0): [5.0],
        (8, 6.0): [1.0, 2.0, 3.0, 4.0],
    }
    spin = scaling.realisations(files, "gap_ratio", operators="spin")
    assert {cell: v.size for cell, v in spin[0.25].items()} == {(8, 1.5): 1, (8, 3.0): 4}
    page = scaling.realisations(files, "entanglement_entropy", normalisation="page")
    assert page[0.5][8, 3.0][0] == pytest.approx(5.0 / page_entropy(16, 16))
    with pytest.raises(ValueError, match="not divided by an entropy"):
        scaling.realisations(files, "gap_ratio", normalisation="page")


def test_mean_curves_by_hand():
    table = scaling.mean_curves(
        {(10, 2.0): np.array([1.0, 3.0]), (8, 2.0): np.array([0.0, 1.0, 2])}
    )
    assert table.L.tolist() == [8, 10]
    assert table["mean"].tolist() == [1.0, 2.0]
    assert table.error.tolist() == pytest.approx([1 / np.sqrt(3), 1.0])
    assert table.realisations.tolist() == [3, 2]


def test_data_without_an_error_or_a_second_size_are_refused():
    for values in (np.array([1.0]), np.ones(4)):
        assert np.isnan(scaling.mean_curves({(8, 1.0): values}).error[0])
    one_size = {cell: v for cell, v in made_up(0).items() if cell[0] == 8}
    with pytest.raises(ValueError, match="two sizes"):
        scaling.crossing(one_size, 0)
    with pytest.raises(ValueError, match="must ascend"):
        scaling.collapse(made_up(0), 0, resamples=0, nu_bounds=(2.0, 1.0))


def test_too_little_for_a_collapse_leaves_the_curves():
    """One size, one realisation, or no disorder at one strength: no error, no traceback."""
    one_size = {cell: v for cell, v in made_up(0).items() if cell[0] == 8}
    single = {cell: v[:1] for cell, v in made_up(0).items()}
    for data in (one_size, single):
        found = scaling.finite_size_scaling(data, 0, resamples=20)
        assert found.crossings.empty
        assert found.collapses.empty
        assert len(found.table) == len(data)
        assert scaling.entanglement_laws(found.curves).empty
    clean = {**made_up(0), **{(L, 0.0): np.full(9, 0.4) for L in (8, 10, 12)}}
    found = scaling.finite_size_scaling(clean, 0, resamples=20)
    expected = scaling.finite_size_scaling(made_up(0), 0, resamples=20)
    pd.testing.assert_frame_equal(found.collapses, expected.collapses)
    assert len(found.curves) == len(clean)


def test_curves_that_do_not_depend_on_the_size_seldom_cross():
    """Differences are noise: 40 pairs of curves. Without the rule 26 of 40 cross.

    With it a pair needs a point above 2 sigma on one side and one below -2 on the other: rarer
    than one in four; 20 of 40 would be a false alarm in a thousand.
    """
    flat = [made_up(seed, sizes=(8, 10), f=lambda x: 0.5 + 0 * x) for seed in range(40)]
    crossed = [scaling.crossing(data, 0, resamples=0).h_crossing.notna()[0] for data in flat]
    assert sum(crossed) < 20


def test_resamples_do_not_depend_on_the_other_cells_nor_on_their_number(monkeypatch):
    data = made_up(1, R=30)
    few = scaling.resampled_means({(8, 2.0): data[8, 2.0]}, 7, 20)
    many = scaling.resampled_means(data, 7, 50)
    assert np.array_equal(many[8, 2.0][:20], few[8, 2.0])
    monkeypatch.setattr(scaling, "_CHUNK", 70)
    assert np.array_equal(scaling.resampled_means(data, 7, 50)[8, 2.0], many[8, 2.0])


def test_cells_are_resampled_independently():
    values = np.random.default_rng(4).normal(size=50)
    cells = [(8, 2.0), (10, 2.0), (8, 3.0)]
    means = scaling.resampled_means(dict.fromkeys(cells, values), 0, 4000)
    correlation = np.corrcoef([means[cell] for cell in cells])
    # Correlations of independent numbers scatter by 1/sqrt(4000).
    assert correlation == pytest.approx(np.eye(3), abs=5 / np.sqrt(4000))
    other = scaling.resampled_means({cells[0]: values}, 1, 4000)
    assert abs(np.corrcoef(other[cells[0]], means[cells[0]])[0, 1]) < 5 / np.sqrt(4000)


def test_spread_of_the_resamples_is_the_standard_error():
    values = np.random.default_rng(3).exponential(size=40)
    means = scaling.resampled_means({(8, 1.0): values}, 0, 20_000)[8, 1.0]
    expected = values.std() / np.sqrt(40)
    # A standard deviation from n numbers is known to 1/sqrt(2n) = 0.5 %; five of those.
    assert means.std() == pytest.approx(expected, rel=0.025)
    assert means.mean() == pytest.approx(values.mean(), abs=5 * expected / np.sqrt(20_000))


# --- crossings ------------------------------------------------------------------------------------


def test_crossing_is_the_zero_of_the_difference():
    """Against SciPy's root finder on the interpolated curves."""
    h = np.array([1.0, 2.0, 3.5, 4.0, 6.0])
    small = np.array([0.50, 0.49, 0.47, 0.45, 0.42])
    gap = np.array([0.010, 0.013, 0.004, -0.003, -0.012])
    row = scaling.crossing(exact(two_curves(h, small, small + gap)), 0, resamples=50).iloc[0]
    curve = scipy.interpolate.PchipInterpolator(h, gap)
    expected = scipy.optimize.brentq(curve, 3.5, 4.0)
    assert row.h_crossing == pytest.approx(expected, abs=1e-6)
    assert row.value == pytest.approx(
        scipy.interpolate.PchipInterpolator(h, small)(expected), abs=1e-6
    )
    assert (row.L_small, row.L_large, row.crossings, row.fraction) == (8, 10, 1, 1.0)
    assert row.error < 1e-6
    rising = two_curves(h, small + gap, small)
    assert scaling.crossing(exact(rising), 0, resamples=5).h_crossing.isna().all()
    row = scaling.crossing(exact(rising), 0, resamples=5, direction="rising").iloc[0]
    assert row.h_crossing == pytest.approx(expected, abs=1e-6)


def test_crossing_of_polynomial_fits():
    """Against NumPy's polynomial fit of the difference."""
    h = np.linspace(1.0, 6.0, 9)
    noise = np.random.default_rng(5).normal(scale=1e-3, size=9)
    gap = 0.01 * (3.3 - h) + 0.002 * (h - 3.3) ** 2 + noise
    data = exact(two_curves(h, 0 * h, gap))
    row = scaling.crossing(data, 0, resamples=5, degree=2, significance=np.inf).iloc[0]
    roots = np.roots(np.polyfit(h, gap, 2)).real
    assert row.h_crossing == pytest.approx(roots[(roots > 1) & (roots < 6)].min(), abs=1e-4)


def test_error_of_a_crossing_is_that_of_error_propagation():
    """For a straight line the zero is -a/b; its error follows from the fit's covariance."""
    h = np.linspace(0.0, 4.0, 6)
    rng = np.random.default_rng(2)
    data = {
        (L, float(x)): slope * (2.2 - x) + 0.4 * rng.standard_normal(200)
        for L, slope in ((8, 0.1), (10, 0.6))
        for x in h
    }
    row = scaling.crossing(data, 3, resamples=4000, degree=1).iloc[0]
    curves = scaling.mean_curves(data).set_index(["L", "h"])
    gap = curves["mean"][10] - curves["mean"][8]
    sigma = np.hypot(curves.error[10], curves.error[8])
    (b, a), covariance = np.polyfit(h, gap, 1, w=1 / sigma, cov="unscaled")
    gradient = np.array([a / b**2, -1 / b])
    assert row.h_crossing == pytest.approx(-a / b, abs=1e-4)
    assert row.error == pytest.approx(np.sqrt(gradient @ covariance @ gradient), rel=0.06)


def test_curves_that_do_not_cross_or_cross_twice_have_no_crossing():
    h = np.arange(1.0, 7.0)
    apart = scaling.crossing(exact(two_curves(h, 0 * h, 0 * h + 1)), 0, resamples=20).iloc[0]
    assert np.isnan(apart.h_crossing)
    assert np.isnan(apart.value)
    assert (apart.crossings, apart.fraction) == (0, 0.0)
    gap = np.array([1.0, 1.0, -1.0, -1.0, 1.0, -1.0])
    twice = scaling.crossing(exact(two_curves(h, 0 * h, gap)), 0, resamples=20).iloc[0]
    assert np.isnan(twice.h_crossing)
    assert twice.crossings == 3
    assert twice.wrong_side > 3
    no_common = exact({(8, 1.0): 0.0, (8, 2.0): 0.0, (10, 1.5): 0.0, (10, 2.5): 0.0})
    assert np.isnan(scaling.crossing(no_common, 0, resamples=5).h_crossing[0])


def test_noise_about_zero_in_a_saturated_phase_moves_no_crossing():
    h = np.arange(1.0, 9.0)
    gap = np.array([-0.001, 0.001, 0.02, 0.02, -0.02, -0.02, 0.001, -0.001])
    data = exact(two_curves(h, 0 * h, gap), spread=0.01)
    row = scaling.crossing(data, 0, resamples=20).iloc[0]
    assert row.h_crossing == pytest.approx(4.5, abs=1e-6)
    assert row.crossings == 4


def test_an_uncertain_strength_does_not_outweigh_certain_ones():
    h = np.arange(1.0, 7.0)
    gap = np.array([1.0, 1.0, -1.0, -1.0, 4.0, -1.0])
    data = exact(two_curves(h, 0 * h, gap), spread=0.5)
    data[10, 5.0] = 4.0 + np.linspace(-20.0, 20.0, 10)
    row = scaling.crossing(data, 0, resamples=20).iloc[0]
    assert row.h_crossing == pytest.approx(2.5, abs=0.2)
    assert 0 < row.wrong_side < 3


# --- collapse -------------------------------------------------------------------------------------


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
def test_quality_is_houdayer_and_hartmanns(h_c, nu):
    curves = scaling.mean_curves(made_up(0, sizes=(8, 10, 14)))
    curves = curves.drop(index=[3, 20]).sample(frac=1, random_state=0)
    value, points = scaling.quality(curves, h_c, nu)
    expected, terms = quality_by_polyfit(curves, h_c, nu)
    assert value == pytest.approx(expected, rel=1e-8)
    assert points == terms


def test_quality_of_a_perfect_collapse_is_one():
    """Each term has mean 1 if f is straight; here the mean over 80 data sets, to five errors."""
    values = [
        scaling.quality(scaling.mean_curves(made_up(k, f=lambda x: 0.01 * x)), H_C, NU)[0]
        for k in range(80)
    ]
    # Errors that are estimated from 400 realisations raise the mean by half a per cent.
    assert np.mean(values) == pytest.approx(1.005, abs=5 * np.std(values) / np.sqrt(80))
    wrong = scaling.quality(scaling.mean_curves(made_up(0, f=lambda x: 0.01 * x)), H_C + 1, NU)
    assert wrong[0] > 20


def test_quality_without_overlap_is_infinite():
    curves = scaling.mean_curves(made_up(0, sizes=(8,)))
    assert scaling.quality(curves, H_C, NU) == (np.inf, 0)


def test_collapse_recovers_the_parameters_and_its_errors_cover_them():
    """Of 24 data sets, intervals of 68 % should cover 16; 8 or fewer have a chance of 0.1 %.

    The chance that one of the 48 estimates lies beyond five of its errors is below 1e-4.
    """
    rows = pd.concat(
        [scaling.collapse(made_up(k, sizes=(8, 10, 12, 14)), k, resamples=60) for k in range(24)]
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
    row = scaling.collapse(data, 0, resamples=0).iloc[0]
    curves = scaling.mean_curves(data)
    assert scaling.quality(curves, row.h_c, row.nu) == (pytest.approx(row.quality), row.points)
    least = int(np.ceil(0.5 * len(curves)))
    for h_c in np.linspace(5.0, 8.0, 31):
        for nu in np.linspace(0.6, 1.8, 21):
            value, points = scaling.quality(curves, h_c, nu)
            assert points < least or value > row.quality - 2e-2
    assert np.isnan(row.h_c_error)


def test_a_minimum_at_the_edge_is_reported():
    data = made_up(5)
    row = scaling.collapse(data, 0, resamples=10, h_bounds=(8.0, 10.0)).iloc[0]
    assert row.at_bound
    assert row.fraction_at_bound > 0.8
    assert row.h_c == pytest.approx(8.0, abs=0.01)


def test_too_little_overlap_gives_no_collapse():
    row = scaling.collapse(made_up(5), 0, resamples=3, overlap=1.0).iloc[0]
    assert np.isnan([row.h_c, row.nu, row.quality, row.h_c_error]).all()
    assert row.points == 0
    assert not row.at_bound


def test_smallest_sizes_are_left_out_one_by_one():
    data = made_up(6, sizes=(8, 10, 12, 14))
    table = scaling.collapse_by_smallest_size(data, 0, resamples=4)
    assert table.L_min.tolist() == [8, 10]
    assert table.L_max.tolist() == [14, 14]
    without = {cell: v for cell, v in data.items() if cell[0] > 8}
    pd.testing.assert_frame_equal(
        table.iloc[[1]].reset_index(drop=True), scaling.collapse(without, 0, resamples=4)
    )
    pair = {cell: v for cell, v in data.items() if cell[0] > 10}
    assert scaling.collapse_by_smallest_size(pair, 0, resamples=0).L_min.tolist() == [12]


def test_window_and_scaled_variable():
    data = made_up(7)
    inside = {cell: v for cell, v in data.items() if 4 <= cell[1] <= 9}
    pd.testing.assert_frame_equal(
        scaling.collapse(data, 0, resamples=3, window=(4.0, 9.0)),
        scaling.collapse(inside, 0, resamples=3),
    )
    table = scaling.scaled(pd.DataFrame({"L": [4, 9], "h": [3.0, 5.0]}), 1.0, 2.0)
    assert table.x.tolist() == [4.0, 12.0]


# --- entanglement ---------------------------------------------------------------------------------


def test_laws_are_weighted_least_squares():
    """Against NumPy's polynomial fit with known errors."""
    rng = np.random.default_rng(0)
    L, error = np.array([8, 10, 12, 14]), np.array([0.01, 0.03, 0.02, 0.05])
    S = 0.1 + 0.2 * L + error * rng.standard_normal(4)
    row = scaling.entanglement_laws(
        pd.DataFrame({"L": L, "h": 3.0, "mean": S, "error": error})
    ).iloc[0]
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
    row = scaling.entanglement_laws(
        pd.DataFrame({"L": L, "h": 1.0, "mean": S, "error": 1e-3})
    ).iloc[0]
    assert row.slope_ratio == pytest.approx(1.0)
    assert row.slope == pytest.approx(np.log(2) / 2, rel=0.02)
    assert row.preferred == "volume"


def test_an_area_law_is_mistaken_at_the_level_of_the_test():
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
    laws = scaling.entanglement_laws(table)
    assert (laws.preferred == "volume").mean() == pytest.approx(0.05, abs=0.024)
    # If the law holds, its probability of a larger chi^2 is uniform: mean 1/2 +- 1/sqrt(12 n).
    for name in ("area_goodness", "volume_goodness"):
        assert laws[name].mean() == pytest.approx(0.5, abs=5 / np.sqrt(12 * count))


def test_laws_with_few_sizes_or_bad_errors():
    table = pd.DataFrame(
        {"L": [8, 10, 8], "h": [1.0, 1.0, 2.0], "mean": [1.0, 2.0, 1.0], "error": 0.1}
    )
    laws = scaling.entanglement_laws(table)
    assert laws.h.tolist() == [1.0]
    assert np.isnan(laws.volume_goodness[0])
    assert laws.slope[0] == pytest.approx(0.5)
    assert scaling.entanglement_laws(table.assign(error=np.nan)).empty
    with pytest.raises(ValueError, match="standard error of zero"):
        scaling.entanglement_laws(table.assign(error=0.0))


# --- mobility edge --------------------------------------------------------------------------------


def test_mobility_edge_follows_the_energy_density():
    truth = {0.3: 5.0, 0.5: 6.4, 0.7: 5.3}
    data = {
        energy: made_up(k, sizes=(8, 10, 14), R=2000, h_c=h_c)
        for k, (energy, h_c) in enumerate(truth.items())
    }
    table = scaling.mobility_edge(data, 0, resamples=40)
    assert table.energy_density.tolist() == list(truth)
    assert table.L_small.tolist() == [10] * 3
    assert table.L_large.tolist() == [14] * 3
    assert table.dtypes[["L_small", "crossings", "at_bound"]].tolist() == [int, int, bool]
    expected = np.array(list(truth.values()))
    # Five errors each; interpolating over steps of 0.75 costs at most 0.1 more.
    assert (abs(table.h_c - expected) < 5 * table.h_c_error + 0.1).all()
    assert (abs(table.h_crossing - expected) < 5 * table.error + 0.1).all()
    assert (table.fraction > 0.9).all()
    assert table.h_c[1] - table.h_c[0] == pytest.approx(1.4, abs=0.5)


def test_a_collapse_that_fails_has_no_error():
    """S far above 1: curves whose heights depend on the size cannot be laid over each other."""
    good, bad = made_up(0), made_up(0)
    bad = {(L, h): values + 0.1 * L for (L, h), values in bad.items()}
    table = scaling.mobility_edge({0.3: bad, 0.5: good}, 0, resamples=20)
    assert table.quality[0] > scaling.WORST_QUALITY > table.quality[1]
    assert table.h_c_error.isna().tolist() == [True, False]
    assert table.nu_error.isna().tolist() == [True, False]
