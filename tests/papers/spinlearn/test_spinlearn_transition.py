"""The transition: table, picture and verdicts."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.spinlearn import transition


def curves():
    return pd.DataFrame(
        [
            {"part": "curve", "L": L, "h": h, "mean": 0.53 - 0.01 * h, "error": 0.01}
            for L in (8, 10, 12)
            for h in (1.0, 3.0, 5.0, 9.0)
        ]
    )


def crossings():
    return pd.DataFrame(
        {
            "part": "crossing",
            "L_small": [8, 10],
            "L_large": [10, 12],
            "h_crossing": [3.5, np.nan],
            "error": [0.5, np.nan],
            "low": [3.0, np.nan],
            "fraction": [0.9, 0.2],
            "high": [4.5, np.nan],
            "value": [0.48, np.nan],
        }
    )


def collapses(h_c=(3.4, 3.5), error=0.1, nu=(3.0, 3.1), nu_error=0.3, at_bound=False):
    return pd.DataFrame(
        {
            "part": "collapse",
            "system": "ring",
            "L_min": [8, 10],
            "L_max": [14, 14],
            "h_c": h_c,
            "h_c_error": error,
            "nu": nu,
            "nu_error": nu_error,
            "quality": 1.23,
            "points": 9,
            "at_bound": at_bound,
        }
    )


def table(**changes):
    scaled = curves().assign(x=lambda rows: (rows.h - 4.0) * rows.L)
    parts = [scaled, crossings(), collapses(**changes)]
    return pd.concat(parts, ignore_index=True).assign(certified=1.0)


def texts(ax):
    return "\n".join(text.get_text() for text in ax.texts)


def test_figure_shows_every_size_twice_and_the_crossings_found():
    fig = transition.draw(table(error=0.31, nu_error=0.024))
    left, right = fig.axes
    by_x = [c.lines[0].get_xdata().tolist() for c in right.containers]
    assert by_x == [[(h - 4.0) * L for h in (1, 3, 5, 9)] for L in (8, 10, 12)]
    assert len(left.containers) == 3 + 1
    marked = left.containers[-1].lines
    assert (marked[0].get_xdata()[0], marked[0].get_ydata()[0]) == (3.5, 0.48)
    assert marked[2][0].get_segments()[0][:, 0].tolist() == [3.0, 4.5]
    assert [t.get_text() for t in left.get_legend().get_texts()] == ["8", "10", "12", "crossing"]
    assert "3.4 ± 0.3" in texts(right)
    assert "3.00 ± 0.02" in texts(right)
    assert "1.23 (9 points)" in texts(right)
    assert "edge" not in texts(right)
    assert {"GOE", "Poisson"} <= {text.get_text() for text in left.texts}


def test_collapse_at_the_edge_says_so():
    assert "edge of the search" in texts(transition.draw(table(at_bound=True)).axes[1])


@pytest.mark.parametrize("rest", [[], [collapses(h_c=(np.nan, np.nan))]])
def test_no_collapse_leaves_an_empty_panel(rest):
    found = pd.concat([curves().assign(error=np.nan), *rest], ignore_index=True)
    left, right = transition.draw(found).axes
    assert right.get_title() == "no collapse"
    assert left.get_title() == "no clear crossing"
    assert not right.containers
    assert np.isfinite(left.get_ylim()).all()
    assert transition.claims(found) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["reproduced", "reproduced"]),
        ({"h_c": (2.4, 2.5), "nu": (0.9, 0.8)}, ["not reproduced", "not reproduced"]),
        # The drift when the smallest size is left out counts as an error.
        ({"h_c": (3.4, 2.0)}, ["inconclusive", "reproduced"]),
        ({"nu": (3.0, 1.0)}, ["reproduced", "inconclusive"]),
        ({"error": 0.4, "nu_error": 1.0}, ["inconclusive", "inconclusive"]),
        ({"error": np.nan}, ["inconclusive", "reproduced"]),
        ({"at_bound": True}, ["inconclusive", "inconclusive"]),
    ],
)
def test_verdicts_on_the_transition(changes, expected):
    found = transition.claims(table(**changes))
    assert [claim["verdict"] for claim in found] == expected
    assert [claim["origin"] for claim in found] == ["paper", "spinlearn"]
    assert "unknown (L = 10, 12;" in found[0]["note"]
    assert "100% of the windows certified" in found[0]["note"]


def test_undefined_gap_ratios_still_draw():
    """Every realisation of a strength, or of all."""
    found = curves()
    for chosen in (found.h == 1.0, found.h > 0):
        undefined = found.assign(**{"mean": found["mean"].mask(chosen), "error": np.nan})
        fig = transition.draw(undefined)
        assert np.isfinite(fig.axes[0].get_ylim()).all()
        fig.canvas.draw()
