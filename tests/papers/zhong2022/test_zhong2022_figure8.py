"""Parity data: bars named by machine and strength, verdicts by their rules."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.zhong2022 import chain_phases, figure8

STRENGTHS = {"thermal_h": 1.0, "localised_h": 6.0}
SIZES = {
    "dataset": "parity",
    "source": "a test",
    "visible": 6,
    "hidden": 2,
    "quenches": 100,
    "candidates": 500,
    "runs": 100,
    "machine": "hidden",
    "initial_state": "plus",
    "system": "ring",
    "uniform_fidelity": 0.5,
}


@pytest.fixture
def table(trained):
    files = trained.files("parity", ("hidden", "anderson", "tilted"))
    return figure8.table(files, STRENGTHS)


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
    table = figure8.table(files, STRENGTHS)
    assert list(table.runs) == [1]
    assert math.isnan(table.error.iloc[0])
    assert math.isnan(table["std"].iloc[0])
    assert [claim["verdict"] for claim in figure8.claims(table)] == ["too small to judge"]


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (0.3, 0.1, "reproduced"),
        (0.15, 0.1, "inconclusive"),
        (-0.15, 0.1, "inconclusive"),
        (-0.3, 0.1, "not reproduced"),
        (0.3, math.nan, "inconclusive"),
    ],
)
def test_claims_judge_the_order_of_the_phases(difference, error, verdict):
    bars = {
        "bar": ["MBL", "thermal"],
        "mean": [0.6 + difference, 0.6],
        "error": [error, 0.0],
        "h": [8.0, 0.5],
    }
    first = figure8.claims(pd.DataFrame({**bars, **SIZES}))[0]
    assert first["key"] == "zhong2022.figure8.mbl_above_thermal"
    assert first["verdict"] == verdict
    assert first["measured"] == pytest.approx(difference)


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
    row = {"bar": "MBL", "mean": mean, "error": error, "h": 8.0, **SIZES}
    (claim,) = figure8.claims(pd.DataFrame([row]))
    assert claim["verdict"] == verdict
    assert claim["key"] == "zhong2022.figure8.mbl_fidelity"


def test_rows_say_that_their_strength_was_chosen_and_what_holds_at_the_printed_one():
    """MBL above Anderson at h = 8, below it at h = 4, the nearest one to the paper's 3.9."""
    rows = [
        {"machine": name, "h": h, "bar": bar, "mean": mean, "error": 0.01, "system": name}
        for name, h, bar, mean in (
            ("hidden", 4.0, "", 0.65),
            ("hidden", 8.0, "MBL", 0.74),
            ("anderson", 4.0, "", 0.70),
            ("anderson", 8.0, "Anderson", 0.65),
        )
    ]
    about = {name: value for name, value in SIZES.items() if name not in rows[0]}
    first = figure8.claims(pd.DataFrame(rows).assign(**about))[0]
    assert (first["verdict"], first["measured"]) == ("reproduced", 0.09)
    chosen, printed = first["note"].split("; ")
    assert chosen == "h_d = 8 chosen after a scan (the paper prints 3.9 only)"
    assert printed == "-0.05 ± 0.014 at h_d = 4"
    few = figure8.claims(pd.DataFrame(rows).assign(**{**about, "candidates": 100}))
    assert {claim["verdict"] for claim in few} == {"too small to judge"}


def test_bars_are_those_of_one_machine_each(trained):
    """Two machines with the paper's couplings: the first by name is judged."""
    files = trained.files("parity", ("hidden", "tilted"))
    found = figure8.table(files, STRENGTHS)
    again = found.assign(machine="zero", system="open chain", bar=["", "", "", ""])
    assert sorted(found.bar) == ["", "", "MBL", "thermal"]
    table = pd.concat([found, again])
    assert chain_phases.ordered_machines(table) == ["hidden", "", "tilted", "zero"]


@pytest.mark.parametrize(
    ("system", "h", "bar"),
    [
        ("ring", 6.0, "MBL"),
        ("open chain", 1.0, "thermal"),
        ("open chain, J_zz = 0", 6.0, "Anderson"),
        ("ring, J_zz = 0", 1.0, ""),
        ("ring, J_zz = 0, J2 = 0.3", 6.0, ""),
        ("ring, J_zz = 0, binary disorder", 6.0, ""),
        ("ring, Pauli matrices", 6.0, ""),
        ("ring", 3.0, ""),
    ],
)
def test_phases_are_for_the_papers_chains(system, h, bar):
    assert chain_phases.phase(system, h, STRENGTHS) == bar


def test_draw_shows_the_fidelities(table):
    fig = figure8.draw(table)
    fig.canvas.draw()
    labels = [text.get_text() for text in fig.axes[1].get_legend().get_texts()]
    assert labels[:3] == [
        "$J_{zz} = 1$",
        "$J_{zz} = 0$ (Anderson)",
        "tilted: ring, J2 = 0.2, h_x =\n0.3, Pauli matrices",
    ]
    heights = [bar.get_height() for bar in fig.axes[0].patches[:3]]
    bars = table.set_index("bar")["mean"]
    assert heights == [bars["MBL"], bars["thermal"], bars["Anderson"]]
    assert plt.get_fignums() == []
