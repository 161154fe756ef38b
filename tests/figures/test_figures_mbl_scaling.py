"""Figures of finite-size scaling draw what their tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from spinlearn.papers import mbl_scaling

LIMITS = {"GOE": 0.53, "Poisson": 0.386}


def curves():
    return pd.DataFrame(
        [
            {"L": L, "h": h, "mean": 0.53 - 0.01 * h, "error": 0.01, "x": (h - 4.0) * L}
            for L in (8, 10, 12)
            for h in (1.0, 3.0, 5.0, 9.0)
        ]
    )


def crossings():
    return pd.DataFrame(
        {
            "L_small": [8, 10],
            "L_large": [10, 12],
            "h_crossing": [3.5, np.nan],
            "low": [3.0, np.nan],
            "fraction": [1.0, 0.2],
            "high": [4.5, np.nan],
            "value": [0.48, np.nan],
        }
    )


def fit(**changes):
    row = {"h_c": 4.0, "h_c_error": 0.31, "nu": 1.0, "nu_error": 0.024, "quality": 1.23}
    return pd.DataFrame([row | {"points": 9, "at_bound": False} | changes])


def texts(ax):
    return "\n".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (4.03, 0.31, "4.0 ± 0.3"),
        (4.03, 0.149, "4.03 ± 0.15"),
        (1.0, 0.024, "1.00 ± 0.02"),
        (123.4, 30.0, "123 ± 30"),
        (1.2345, np.nan, "1.23"),
        (1.2345, 0.0, "1.23"),
    ],
)
def test_numbers_have_the_digits_of_their_errors(value, error, text):
    assert mbl_scaling._number(value, error) == text


def test_collapse_draws_every_size_twice_and_the_crossings_found():
    fig = mbl_scaling.collapse_figure(curves(), crossings(), fit(), limits=LIMITS)
    left, right = fig.axes
    by_x = [c.lines[0].get_xdata().tolist() for c in right.containers]
    assert by_x == [[(h - 4.0) * L for h in (1, 3, 5, 9)] for L in (8, 10, 12)]
    assert len(left.containers) == 3 + 1
    marked = left.containers[-1].lines
    assert (marked[0].get_xdata()[0], marked[0].get_ydata()[0]) == (3.5, 0.48)
    assert marked[2][0].get_segments()[0][:, 0].tolist() == [3.0, 4.5]
    assert [t.get_text() for t in left.get_legend().get_texts()] == ["8", "10", "12", "crossing"]
    assert "4.0 ± 0.3" in texts(right)
    assert "1.00 ± 0.02" in texts(right)
    assert "1.23 (9 points)" in texts(right)
    assert "edge" not in texts(right)
    assert {"GOE", "Poisson"} <= {text.get_text() for text in left.texts}


def test_points_without_an_error_are_drawn():
    table = curves().drop(columns="x").assign(error=np.nan)
    fig = mbl_scaling.collapse_figure(table, pd.DataFrame(), pd.DataFrame(), limits=LIMITS)
    assert np.isfinite(fig.axes[0].get_ylim()).all()
    laws = pd.DataFrame({"h": []})
    fig = mbl_scaling.entanglement_figure(table.assign(energy_density=0.5), laws)
    fig.canvas.draw()


def test_collapse_at_the_edge_says_so():
    fig = mbl_scaling.collapse_figure(curves(), crossings(), fit(at_bound=True))
    assert "edge of the search" in texts(fig.axes[1])


@pytest.mark.parametrize("found", [fit(h_c=np.nan), pd.DataFrame()])
def test_no_collapse_leaves_an_empty_panel(found):
    table = curves().drop(columns="x")
    fig = mbl_scaling.collapse_figure(table, pd.DataFrame(), found, limits=LIMITS)
    assert fig.axes[1].get_title() == "no collapse"
    assert fig.axes[0].get_title() == "no clear crossing"
    assert not fig.axes[1].containers


def test_entanglement_draws_the_preferred_law():
    L = np.array([8, 10, 12])
    entropy = pd.concat(
        [
            pd.DataFrame({"L": L, "h": 0.5, "mean": 0.3 * L - 0.2, "error": 0.01}),
            pd.DataFrame({"L": L, "h": 5.0, "mean": 0.4, "error": 0.01}),
        ]
    )
    laws = pd.DataFrame(
        {
            "h": [0.5, 5.0],
            "area_entropy": [2.8, 0.4],
            "slope": [0.3, 0.001],
            "intercept": [-0.2, 0.39],
            "preferred": ["volume", "area"],
            "slope_ratio": [0.9, 0.003],
            "slope_ratio_error": [0.01, 0.02],
        }
    )
    fig = mbl_scaling.entanglement_figure(entropy.assign(energy_density=0.3), laws)
    first, second, third = fig.axes
    assert "0.3" in first.get_ylabel()
    fits = [line for line in first.lines if len(line.get_xdata()) == 50]
    assert [line.get_linestyle() for line in fits] == ["-", "--"]
    assert fits[0].get_ydata() == pytest.approx(0.3 * fits[0].get_xdata() - 0.2)
    assert (fits[1].get_ydata() == 0.4).all()
    assert second.containers[0].lines[0].get_ydata() == pytest.approx((0.3 * L - 0.2) / L)
    slopes = [c.lines[0] for c in third.containers]
    assert [float(line.get_ydata()[0]) for line in slopes] == [0.9, 0.003]
    assert slopes[0].get_markerfacecolor() != "white"
    assert slopes[1].get_markerfacecolor() == "white"


def edge():
    return pd.DataFrame(
        {
            "energy_density": [0.3, 0.5, 0.7],
            "L_small": 10,
            "L_large": 12,
            "crossings": [1, 0, 1],
            "h_crossing": [3.0, np.nan, 2.5],
            "low": [2.0, np.nan, 2.0],
            "high": [3.5, np.nan, 3.0],
            "fraction": [1.0, 0.2, 0.7],
            "h_c": [2.8, 3.6, 2.9],
            "quality": [1.0, 1.2, 50.0],
            "at_bound": [False, False, False],
        }
    )


def test_mobility_edge_is_drawn_within_the_limits_of_the_map():
    ax = Figure().subplots()
    ax.set_xlim(1, 15)
    ax.set_ylim(0, 1)
    mbl_scaling.draw_mobility_edge(ax, edge())
    assert (ax.get_xlim(), ax.get_ylim()) == ((1, 15), (0, 1))
    points = [c.lines[0] for c in ax.containers]
    assert [(p.get_xdata()[0], p.get_ydata()[0]) for p in points] == [(3.0, 0.3), (2.5, 0.7)]
    assert [p.get_markerfacecolor() for p in points] == ["white", "none"]
    line = next(line for line in ax.lines if line.get_linestyle() == "--")
    np.testing.assert_equal(line.get_xdata(), [2.8, 3.6, np.nan])


def test_mobility_edges_lie_over_the_maps_of_their_indicator():
    table = pd.DataFrame(
        [
            {"L": L, "h": h, "energy_density": e, "indicator": name, "mean": 0.4}
            for L in (8, 10, 12)
            for h in (1.0, 5.0)
            for e in (0.3, 0.5, 0.7)
            for name in mbl_scaling.MAP_ROWS
        ]
    ).assign(entropy_normalisation="page", states_per_window=30)
    fig = mbl_scaling.mobility_edge_maps(table, edge().assign(indicator="entanglement_entropy"))
    panels = [ax for ax in fig.axes if ax.get_label() != "<colorbar>"]
    assert [len(ax.containers) for ax in panels] == [0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 0, 0]
