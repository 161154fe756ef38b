"""Entanglement scaling: the preferred laws as drawn, and the verdicts on them."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.zhong2022 import figure11


def law(h, L, S, **columns):
    shared = {"h": h, "error": 0.01, "energy_density": 0.3, "certified": 0.5, "realisations": 9}
    shared["system"] = "ring"
    return pd.DataFrame({"L": L, "mean": S, **shared, **columns})


def drawn_table():
    L = np.array([8, 10, 12])
    volume = {"area_entropy": 2.8, "slope": 0.3, "intercept": -0.2, "preferred": "volume"}
    area = {"area_entropy": 0.4, "slope": 0.001, "intercept": 0.39, "preferred": "area"}
    return pd.concat(
        [
            law(0.5, L, 0.3 * L - 0.2, **volume, slope_ratio=0.9, slope_ratio_error=0.01),
            law(5.0, L, 0.4, **area, slope_ratio=0.003, slope_ratio_error=0.02),
        ]
    )


def test_figure_shows_the_preferred_law():
    fig = figure11.draw(drawn_table())
    first, second, third = fig.axes
    assert "0.3" in first.get_ylabel()
    fits = [line for line in first.lines if len(line.get_xdata()) == 50]
    assert [line.get_linestyle() for line in fits] == ["-", "--"]
    assert fits[0].get_ydata() == pytest.approx(0.3 * fits[0].get_xdata() - 0.2)
    assert (fits[1].get_ydata() == 0.4).all()
    L = np.array([8, 10, 12])
    assert second.containers[0].lines[0].get_ydata() == pytest.approx((0.3 * L - 0.2) / L)
    slopes = [c.lines[0] for c in third.containers]
    assert [float(line.get_ydata()[0]) for line in slopes] == [0.9, 0.003]
    assert slopes[0].get_markerfacecolor() != "white"
    assert slopes[1].get_markerfacecolor() == "white"


def test_points_without_a_law_are_drawn():
    fig = figure11.draw(drawn_table().assign(error=np.nan, slope_ratio=np.nan, preferred=np.nan))
    assert not fig.axes[2].containers
    fig.draw_without_rendering()


@pytest.mark.parametrize(
    ("weak", "strong", "error", "expected"),
    [
        (0.98, 0.02, 0.01, ["reproduced", "reproduced"]),
        (0.3, 0.7, 0.01, ["not reproduced", "not reproduced"]),
        (0.98, 0.02, 0.3, ["inconclusive", "inconclusive"]),
        (0.98, 0.02, 0.0, ["inconclusive", "inconclusive"]),
        (0.52, 0.48, 0.02, ["inconclusive"] * 2),
    ],
)
def test_verdicts_on_the_laws(weak, strong, error, expected):
    table = pd.concat(
        [
            law(h, [8, 10, 12], 1.0, preferred="volume", slope_ratio=ratio, slope_ratio_error=error)
            for h, ratio in ((1.0, weak), (3.0, 0.5), (8.0, strong))
        ]
    )
    found = figure11.claims(table)
    assert [claim["verdict"] for claim in found] == expected
    assert "50% of the windows certified" in found[0]["note"]
    for few in (table[table.L != 10], table[table.L != 12]):
        assert {claim["verdict"] for claim in figure11.claims(few)} == {"too small to judge"}


def test_no_verdict_on_a_single_length():
    assert figure11.claims(drawn_table().assign(slope_ratio=np.nan)) == []
