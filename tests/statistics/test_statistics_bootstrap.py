"""Mean curves and resamples, by hand and against the standard error."""

import numpy as np
import pytest
from made_up_curves import made_up

from spinlearn.arguments import InvalidArgumentError
from spinlearn.statistics import bootstrap
from spinlearn.statistics.bootstrap import can_scale, mean_curves, resampled_means, with_errors
from spinlearn.statistics.collapse import collapse
from spinlearn.statistics.crossings import crossing, extrapolated_crossing


def test_mean_curves_by_hand():
    table = mean_curves({(10, 2.0): np.array([1.0, 3.0]), (8, 2.0): np.array([0.0, 1.0, 2])})
    assert table.L.tolist() == [8, 10]
    assert table["mean"].tolist() == [1.0, 2.0]
    assert table.error.tolist() == pytest.approx([1 / np.sqrt(3), 1.0])
    assert table.realisations.tolist() == [3, 2]


def test_resamples_do_not_depend_on_the_other_cells_nor_on_their_number(monkeypatch):
    data = made_up(1, R=30)
    few = resampled_means({(8, 2.0): data[8, 2.0]}, 7, 20)
    many = resampled_means(data, 7, 50)
    assert np.array_equal(many[8, 2.0][:20], few[8, 2.0])
    monkeypatch.setattr(bootstrap, "MAX_DRAWS", 70)
    assert np.array_equal(resampled_means(data, 7, 50)[8, 2.0], many[8, 2.0])


def test_no_resamples_need_no_random_streams(monkeypatch):
    """To make the streams of many cells takes most of the time of a figure without errors."""

    def no_stream(*key, **named):
        raise AssertionError("a random stream was made")

    monkeypatch.setattr(bootstrap, "rng", no_stream)
    data = made_up(1, R=3)
    none = resampled_means(data, 7, 0)
    assert list(none) == list(data)
    assert all(means.shape == (0,) for means in none.values())
    with pytest.raises(AssertionError, match="stream"):
        resampled_means(data, 7, 1)


def test_cells_are_resampled_independently():
    values = np.random.default_rng(4).normal(size=50)
    cells = [(8, 2.0), (10, 2.0), (8, 3.0)]
    means = resampled_means(dict.fromkeys(cells, values), 0, 4000)
    correlation = np.corrcoef([means[cell] for cell in cells])
    # Correlations of independent numbers scatter by 1/sqrt(4000).
    assert correlation == pytest.approx(np.eye(3), abs=5 / np.sqrt(4000))
    other = resampled_means({cells[0]: values}, 1, 4000)
    assert abs(np.corrcoef(other[cells[0]], means[cells[0]])[0, 1]) < 5 / np.sqrt(4000)


def test_spread_of_the_resamples_is_the_standard_error():
    values = np.random.default_rng(3).exponential(size=40)
    means = resampled_means({(8, 1.0): values}, 0, 20_000)[8, 1.0]
    expected = values.std() / np.sqrt(40)
    # A standard deviation from n numbers is known to 1/sqrt(2n) = 0.5 %; five of those.
    assert means.std() == pytest.approx(expected, rel=0.025)
    assert means.mean() == pytest.approx(values.mean(), abs=5 * expected / np.sqrt(20_000))


def test_an_unknown_error_is_nan():
    """A single realisation, or realisations that are all equal."""
    data = {(8, 1.0): np.array([1.0]), (8, 2.0): np.ones(4), (10, 1.0): np.array([1.0, 2.0])}
    assert mean_curves(data).error.isna().tolist() == [True, True, False]
    assert list(with_errors(data)) == [(10, 1.0)]


def test_scaling_needs_two_sizes_and_three_strengths():
    data = made_up(0)
    assert can_scale(data)
    assert not can_scale({cell: v for cell, v in data.items() if cell[0] == 8})
    assert not can_scale({cell: v for cell, v in data.items() if cell[1] < 3})


def test_a_cell_without_values_has_no_mean_and_is_not_scaled():
    data = {(8, 1.0): np.empty(0), (8, 2.0): np.array([1.0, 2.0])}
    table = mean_curves(data)
    assert table.realisations.tolist() == [0, 2]
    np.testing.assert_equal(table["mean"].to_numpy(), [np.nan, 1.5])
    assert list(with_errors(data)) == [(8, 2.0)]


@pytest.mark.parametrize("scale", [crossing, extrapolated_crossing, collapse])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.5, np.nan], r"data\[10, 2\]: holds nan at index 1; all must be finite"),
        ([], r"data\[10, 2\]: is empty"),
    ],
)
def test_undefined_values_are_refused_with_their_place(scale, values, words):
    """They would make a whole curve NaN; callers leave them out."""
    data = {(L, h): np.array([0.4, 0.5 - 0.1 * h]) for L in (8, 10) for h in (1.0, 2.0, 3.0)}
    with pytest.raises(InvalidArgumentError, match=words):
        scale({**data, (10, 2.0): np.array(values)}, 0, resamples=5)
