"""Parity data: bars named by machine and strength, verdicts by their rules."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.verdicts import RATE
from spinlearn.papers.zhong2022 import chain_phases, figure8

SETTINGS = {"localised_h": 6.0}
SIZES = {
    "dataset": "parity",
    "source": "a test",
    "visible": 6,
    "hidden": 2,
    "quenches": 100,
    "candidates": 500,
    "runs": 100,
    "initial_state": "plus",
    "uniform_fidelity": 0.5,
}


@pytest.fixture
def table(trained):
    files = trained.files("parity", ("hidden", "anderson", "tilted"))
    return figure8.table(files, SETTINGS)


def test_bars_are_named_by_machine_and_strength(trained, table):
    found = table.set_index(["machine", "h"])
    assert found.bar.to_dict() == {
        ("hidden", 6.0): "MBL",
        ("hidden", 1.0): "thermal",
        ("anderson", 6.0): "Anderson",
        ("anderson", 1.0): "",
        ("tilted", 6.0): "",
        ("tilted", 1.0): "",
    }
    assert np.allclose(found.uniform_fidelity, 0.5)
    results = trained.results("parity", "anderson", 6.0)
    expected = np.mean([result.fidelity[-1] for result in results])
    assert found.loc[("anderson", 6.0), "mean"] == pytest.approx(expected)


def test_single_run_has_no_error_and_no_verdict(trained):
    files = trained.files("parity", strengths=(6.0,), blocks=slice(1, None))
    table = figure8.table(files, SETTINGS)
    assert list(table.runs) == [1]
    assert math.isnan(table.error.iloc[0])
    assert math.isnan(table["std"].iloc[0])
    assert {claim["verdict"] for claim in figure8.claims(table)} == {"too small to judge"}


def sweep(interacting, anderson=None, error=0.01, **columns):
    """A sweep over h = 0.5, 3.9, 8 and 16 with the fidelities given."""
    rows = [
        {"machine": name, "system": system, "h": h, "mean": mean}
        for name, system, means in (
            ("hidden", "ring", interacting),
            ("anderson", "ring, J_zz = 0", anderson or ()),
        )
        for h, mean in zip((0.5, 3.9, 8.0, 16.0), means, strict=bool(means))
    ]
    about = {name: value for name, value in SIZES.items() if name not in rows[0]}
    table = pd.DataFrame(rows).assign(error=error, **{**about, **columns})
    return chain_phases.name_phases(table, 8.0)


def judged(table):
    """Claims by name."""
    found = figure8.claims(table)
    claims_table(found, "zhong2022.figure8.")
    return {claim["key"].removeprefix("zhong2022.figure8."): claim for claim in found}


PUBLISHED = ((0.55, 0.70, 0.74, 0.74), (0.55, 0.62, 0.65, 0.62))


def test_phases_in_the_papers_order_are_reproduced():
    found = judged(sweep(*PUBLISHED))
    assert {name: claim["verdict"] for name, claim in found.items()} == dict.fromkeys(
        (
            "mbl_above_thermal",
            "mbl_above_anderson",
            "anderson_above_thermal",
            "mbl_fidelity",
            "mbl_above_mps",
        ),
        "reproduced",
    )
    # Means over h = 3.9, 8 and 16, with independent errors; one thermal machine for all three.
    above = found["mbl_above_anderson"]
    assert above["measured"] == pytest.approx((0.08 + 0.09 + 0.12) / 3, abs=2e-4)
    assert above["error"] == pytest.approx(0.01 * math.sqrt(2 / 3), abs=1e-4)
    assert above["note"].startswith("holds at h_d = 3.9: 0.08 ± 0.014; holds at h_d = 8: 0.09 ± ")
    thermal = found["mbl_above_thermal"]
    assert thermal["error"] == pytest.approx(0.01 * math.sqrt(1 + 1 / 3), abs=5e-4)
    assert "h_d = 3.9, 8, 16 against 0.5" in thermal["scale"]


def test_an_order_that_fails_at_one_strength_is_not_reproduced():
    """MBL above Anderson at h = 8 and 16, below it at the paper's 3.9."""
    claim = judged(sweep((0.55, 0.62, 0.74, 0.74), (0.55, 0.70, 0.65, 0.50)))["mbl_above_anderson"]
    assert claim["verdict"] == "not reproduced"
    assert claim["measured"] == pytest.approx((-0.08 + 0.09 + 0.24) / 3, abs=2e-4)
    assert claim["note"].startswith("fails at h_d = 3.9: -0.08 ± 0.014; holds at h_d = 8: 0.09")
    assert claim["error_rate"] == round(4 * RATE, 4)  # the mean and three strengths may refute


@pytest.mark.parametrize(
    ("margin", "error", "verdict"),
    [
        (0.3, 0.1, "reproduced"),
        (0.1, 0.1, "inconclusive"),
        (-0.1, 0.1, "inconclusive"),
        (-0.3, 0.1, "not reproduced"),
        (0.3, math.nan, "inconclusive"),
        (0.3, 0.0, "inconclusive"),
    ],
)
def test_claims_judge_the_mean_over_the_strengths(margin, error, verdict):
    table = sweep((0.6, *(0.6 + margin,) * 3), error=error)
    assert judged(table)["mbl_above_thermal"]["verdict"] == verdict


def test_open_strengths_do_not_refute():
    found = judged(sweep((0.55, 0.69, 0.74, 0.74), (0.55, 0.70, 0.65, 0.62)))["mbl_above_anderson"]
    assert found["verdict"] == "reproduced"
    assert found["note"].startswith("open at h_d = 3.9: -0.01 ± 0.014; ")


def test_order_is_judged_at_strengths_that_both_machines_have():
    table = sweep(*PUBLISHED)
    fewer = table[(table.machine == "hidden") | (table.h != 16.0)]
    claim = judged(fewer)["mbl_above_anderson"]
    assert claim["needs"].endswith("strengths above h_c 3 (has 2)")
    assert claim["measured"] == pytest.approx(0.085, abs=1e-3)


def test_short_training_judges_what_is_large():
    def undecided(**columns):
        found = judged(sweep(*PUBLISHED, **columns))
        return {name for name, claim in found.items() if claim["verdict"] == "too small to judge"}

    with_anderson = {"mbl_above_anderson", "anderson_above_thermal"}
    assert undecided(quenches=80, candidates=150, runs=24) == {"mbl_fidelity", *with_anderson}
    assert undecided(quenches=100, candidates=500, runs=23) == with_anderson
    assert undecided(quenches=100, candidates=500, runs=24) == set()
    assert len(undecided(quenches=80, candidates=149, runs=8)) == 5


@pytest.mark.parametrize(
    ("mean", "error", "verdict"),
    [
        (0.75, 0.01, "reproduced"),
        (0.72, 0.005, "reproduced"),
        (0.69, 0.01, "inconclusive"),
        (0.67, 0.01, "not reproduced"),
        (0.75, 0.03, "inconclusive"),
        (0.75, 0.0, "inconclusive"),
    ],
)
def test_claims_judge_the_fidelity(mean, error, verdict):
    found = judged(sweep((0.55, 0.65, mean, 0.7), error=error))["mbl_fidelity"]
    assert found["verdict"] == verdict
    chosen = "h_d = 8 chosen after a scan (the paper prints 3.9 only); 0.65"
    assert chosen in found["note"]


def test_matrix_product_state_is_exceeded_by_more_than_the_error():
    below = judged(sweep((0.4, 0.4, 0.4, 0.4)))["mbl_above_mps"]
    assert below["verdict"] == "not reproduced"
    assert "the uniform distribution has 0.50" in below["note"]


def test_bars_are_those_of_one_machine_each(trained):
    """Two machines with the paper's couplings: the first by name is judged."""
    files = trained.files("parity", ("hidden", "tilted"))
    found = figure8.table(files, SETTINGS)
    again = found.assign(machine="zero", system="open chain")
    table = chain_phases.name_phases(pd.concat([found, again]), 6.0)
    assert table.bar.tolist() == ["thermal", "MBL", *[""] * 6]
    assert chain_phases.ordered_machines(table) == ["hidden", "", "tilted", "zero"]


@pytest.mark.parametrize(
    ("system", "kind"),
    [
        ("ring", "interacting"),
        ("open chain", "interacting"),
        ("open chain, J_zz = 0", "Anderson"),
        ("ring, J_zz = 0, J2 = 0.3", ""),
        ("ring, J_zz = 0, binary disorder", ""),
        ("ring, Pauli matrices", ""),
    ],
)
def test_phases_are_for_the_papers_chains(system, kind):
    assert chain_phases.kind(system) == kind


def test_no_phase_is_thermal_above_the_transition():
    found = chain_phases.name_phases(sweep(*PUBLISHED).query("h > 1"), 8.0)
    assert sorted(set(found.bar)) == ["", "Anderson", "MBL"]


def test_draw_shows_the_fidelities(table):
    fig = figure8.draw(table)
    fig.draw_without_rendering()
    labels = [text.get_text() for text in fig.axes[1].get_legend().get_texts()]
    assert labels[:3] == ["0.75 MBL (paper)", "0.5 uniform distribution", "0.48 MPS (paper)"]
    for ax in fig.axes:  # the lines of both panels
        assert {0.75, 0.5, 0.48} <= {round(line.get_ydata()[0], 12) for line in ax.lines}
    assert labels[3:] == [
        "$J_{zz} = 1$",
        "$J_{zz} = 0$ (Anderson)",
        "tilted: ring, J2 = 0.2, h_x =\n0.3, Pauli matrices",
    ]
    heights = [bar.get_height() for bar in fig.axes[0].patches[:3]]
    bars = table.set_index("bar")["mean"]
    assert heights == [bars["MBL"], bars["thermal"], bars["Anderson"]]
    assert plt.get_fignums() == []
