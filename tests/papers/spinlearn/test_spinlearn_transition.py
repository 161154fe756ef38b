"""The transition: table, picture and verdicts."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import transition


def curves():
    return pd.DataFrame(
        [
            {"part": "curve", "L": L, "h": h, "mean": 0.53 - 0.01 * h, "error": 0.01}
            for L in (8, 10, 12)
            for h in (1.0, 3.0, 5.0, 9.0)
        ]
    )


def crossings(second=0.2):
    """The first crossing is certain; the second is found in a share of the resamples."""
    return pd.DataFrame(
        {
            "part": "crossing",
            "L_small": [8, 10],
            "L_large": [10, 12],
            "h_crossing": [3.5, 3.7 if second > 0.5 else np.nan],
            "error": [0.5, 0.4 if second > 0.5 else np.nan],
            "low": [3.0, 3.3 if second > 0.5 else np.nan],
            "fraction": [0.9, second],
            "high": [4.5, 4.1 if second > 0.5 else np.nan],
            "value": [0.48, 0.45 if second > 0.5 else np.nan],
        }
    )


def extrapolation():
    return pd.DataFrame(
        {"part": ["extrapolation"], "h_infinity": 4.5, "error": 0.6, "slope": -9.0, "pairs": 2}
    )


def other_forms(quality=1.4):
    return pd.DataFrame(
        {
            "part": "other_form",
            "form": ["Kosterlitz-Thouless", "Kosterlitz-Thouless, drifting"],
            "L_min": 8,
            "L_max": 14,
            "h_c": [3.1, 3.2] if quality <= 3 else np.nan,
            "h_c_error": 0.3,
            "drift": [np.nan, 0.1],
            "drift_error": [np.nan, 0.04],
            "quality": quality,
            "at_bound": False,
        }
    )


def collapses(h_c=(3.4, 3.5), error=0.1, nu=(3.0, 3.1), nu_error=0.3, at_bound=False, quality=1.23):
    h_c, nu = np.array(h_c), np.array(nu)
    return pd.DataFrame(
        {
            "part": "collapse",
            "form": "power law",
            "system": "ring",
            "L_min": [8, 10],
            "L_max": [14, 14],
            "h_c": h_c,
            "h_c_error": error,
            "h_c_low": h_c - error,
            "h_c_high": h_c + error,
            "nu": nu,
            "nu_error": nu_error,
            "nu_low": nu - nu_error,
            "nu_high": nu + nu_error,
            "quality": quality,
            "points": 9,
            "at_bound": at_bound,
        }
    )


def table(second=0.2, **changes):
    scaled = curves().assign(x=lambda rows: (rows.h - 4.0) * rows.L)
    parts = [scaled, crossings(second), extrapolation(), collapses(**changes), other_forms()]
    return pd.concat(parts, ignore_index=True).assign(certified=1.0)


def texts(ax):
    return "\n".join(text.get_text() for text in ax.texts)


def test_figure_shows_every_size_twice_and_the_crossings_found():
    fig = transition.draw(table(error=0.31, nu_error=0.024))
    left, right, _ = fig.axes
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


def test_drift_panel_shows_crossings_their_extrapolation_and_every_form():
    drift = transition.draw(table()).axes[2]
    labels = [text.get_text() for text in drift.get_legend().get_texts()]
    assert labels == [
        "power law: $S$ = 1.23",
        "KT: $S$ = 1.40",
        "KT, drifting: $S$ = 1.40",
        r"crossings, $L\to\infty$",
    ]
    lines = {line.get_label(): line.get_xydata() for line in drift.lines}
    drifting = lines["KT, drifting: $S$ = 1.40"]
    # h_c at the mean size, 10; the line goes from 1/8 to 1/14.
    assert drifting[[0, -1]] == pytest.approx(np.array([[1 / 8, 3.0], [1 / 14, 3.6]]))
    points = [c.lines[0].get_xydata()[0].tolist() for c in drift.containers]
    assert [1 / 9, 3.5] in points
    assert [0.0, 4.5] in points


def test_a_collapse_above_the_limit_is_none():
    """No number, no verdict; figure and note say why."""
    nan = (np.nan, np.nan)
    scaling = [collapses(h_c=nan, nu=nan, quality=8.0), other_forms(quality=9.0)]
    found = pd.concat([curves(), crossings(1.0), *scaling], ignore_index=True).assign(certified=1.0)
    _, right, drift = transition.draw(found).axes
    assert right.get_title() == "no collapse"
    assert "best $S$ = 8" in texts(right)
    assert "KT: none ($S$ = 9)" in [t.get_text() for t in drift.get_legend().get_texts()]
    claims = transition.claims(found)
    claims_table(claims, "spinlearn.transition.")
    for claim in claims:
        assert (claim["verdict"], claim["measured"]) == ("inconclusive", "")
        assert "S = 8 at best, above 3: the curves do not collapse" in claim["note"]


NO_SCALING = [
    crossings().assign(h_crossing=np.nan),
    collapses((np.nan,) * 2, nu=(np.nan,) * 2, quality=np.nan),
]


@pytest.mark.parametrize("rest", [[], NO_SCALING])
def test_no_collapse_leaves_an_empty_panel(rest):
    found = pd.concat([curves().assign(error=np.nan), *rest], ignore_index=True)
    left, right, _ = transition.draw(found).axes
    assert right.get_title() == "no collapse"
    assert left.get_title() == "no clear crossing"
    assert not right.containers
    assert np.isfinite(left.get_ylim()).all()
    claims = transition.claims(found.assign(certified=1.0))
    assert all("too few points" in claim["note"] for claim in claims)
    assert len(claims) == len(rest)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ["reproduced", "reproduced"]),
        ({"h_c": (2.4, 2.5), "nu": (0.9, 0.8), "nu_error": 0.1}, ["not reproduced"] * 2),
        # The drift when the smallest size is left out counts as an error.
        ({"h_c": (3.4, 2.0)}, ["inconclusive", "reproduced"]),
        ({"nu": (3.0, 1.0)}, ["reproduced", "inconclusive"]),
        ({"error": 0.4, "nu_error": 1.0}, ["inconclusive", "inconclusive"]),
        # Without the smallest size the curves do not collapse.
        ({"h_c": (3.4, np.nan), "nu": (3.0, np.nan)}, ["inconclusive", "inconclusive"]),
        ({"error": np.nan}, ["inconclusive", "reproduced"]),
        ({"at_bound": True}, ["inconclusive", "inconclusive"]),
    ],
)
def test_verdicts_on_the_transition(changes, expected):
    found = transition.claims(table(second=0.95, **changes))
    assert [claim["verdict"] for claim in found] == expected
    assert [claim["origin"] for claim in found] == ["paper", "spinlearn"]
    assert "3.7 ± 0.4 (L = 10, 12;" in found[0]["note"]
    assert "100% of the windows certified" in found[0]["note"]
    assert "extrapolated to infinite L: 4.5 ± 0.6" in found[0]["note"]
    assert "drifting: h_c = 3.2 ± 0.3, moving by 0.1 ± 0.04 per site" in found[0]["note"]


@pytest.mark.parametrize("second", [0.2, 0.8])
def test_without_two_certain_crossings_the_drift_is_unknown(second):
    """A firm number is shown, not judged, whether a crossing is missing or only uncertain."""
    firm = {"h_c": (2.4, 2.5), "nu": (0.9, 0.8), "nu_error": 0.1}
    for claim in transition.claims(table(second=second, **firm)):
        assert claim["verdict"] == "too small to judge"
        assert claim["needs"] == "certain crossings of r 2 (has 1)"
        assert claim["measured"] != ""
    none = table().assign(h_crossing=np.nan)
    assert "(has 0)" in transition.claims(none)[0]["needs"]


def test_undefined_gap_ratios_still_draw():
    """Every realisation of a strength, or of all."""
    found = curves()
    for chosen in (found.h == 1.0, found.h > 0):
        undefined = found.assign(**{"mean": found["mean"].mask(chosen), "error": np.nan})
        fig = transition.draw(undefined)
        assert np.isfinite(fig.axes[0].get_ylim()).all()
        fig.draw_without_rendering()
