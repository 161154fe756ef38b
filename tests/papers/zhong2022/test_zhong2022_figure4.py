"""Machines compared: means of logarithms, the last quarter judged, curves drawn as tabulated."""

import math

import numpy as np
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.zhong2022 import figure4

MACHINES = ("hidden", "basic", "driven")


@pytest.fixture
def table(trained):
    return figure4.table(trained.files("digits0", MACHINES, (6.0,)), {})


def test_table_holds_means_of_logarithms(trained, table):
    rows = table[table.machine == "driven"].set_index("quench")
    results = trained.results("digits0", "driven", 6.0)
    assert list(rows.index) == list(range(9))
    logs = np.log10([result.loss[4] for result in results])
    assert rows.loc[5, "mean"] == pytest.approx(logs.mean(), rel=1e-12)
    assert rows.loc[5, "std"] == pytest.approx(logs.std(ddof=1), rel=1e-12)
    assert rows.loc[5, "error"] == pytest.approx(logs.std(ddof=1) / math.sqrt(3), rel=1e-12)
    assert rows.loc[0, "mean"] == pytest.approx(np.log10(results[0].initial_loss))
    assert set(rows.drive_strength) == {0.01}


def test_claims_compare_the_last_quarter(trained, table):
    found = figure4.claims(table)
    claims_table(found)
    quarter = max(1, table.quench.nunique() // 4)  # quench 0 is the state before the first
    final = {
        name: np.log10(
            [result.loss[-quarter:] for result in trained.results("digits0", name, 6.0)]
        ).mean()
        for name in MACHINES
    }
    error = found[0]["error"]
    assert found[0]["measured"] == pytest.approx(final["basic"] - final["hidden"], abs=error / 10)
    assert [claim["key"] for claim in found] == [
        f"zhong2022.figure4.{name}"
        for name in ("hidden_below_basic", "driven_below_basic", "hidden_below_driven")
    ]
    assert "D = 0.01" in found[1]["scale"]
    assert "D and tau chosen after a scan" in found[1]["note"]
    assert "chosen" not in figure4.claims(table.assign(h=3.9))[0]["note"]
    assert {claim["verdict"] for claim in found} == {"too small to judge"}
    large = table.assign(quenches=150, candidates=500, runs=24)
    first, second, third = figure4.claims(large.assign(error=1e-9))
    assert {first["verdict"], second["verdict"]} <= {"reproduced", "not reproduced"}
    assert third["needs"].endswith("runs 48 (has 24)")
    unknown = figure4.claims(large.assign(error=np.nan, runs=48))
    assert {claim["verdict"] for claim in unknown} == {"inconclusive"}


def test_claims_need_both_machines(table):
    assert len(figure4.claims(table[table.machine != "driven"])) == 1


def test_draw_shows_the_means(table):
    fig = figure4.draw(table)
    fig.canvas.draw()
    means = {line.get_label(): line.get_ydata() for line in fig.axes[0].lines}
    basic = table[table.machine == "basic"].sort_values("quench")["mean"]
    assert np.array_equal(means["basic, 4 spins"], basic)
