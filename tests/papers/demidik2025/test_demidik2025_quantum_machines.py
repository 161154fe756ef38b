"""Kinds of Boltzmann machines: table, picture, and verdicts on made-up distances and times."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.papers.demidik2025.machine_claims import growth
from spinlearn.papers.demidik2025.quantum_machines import LABELS, claims, draw, table
from spinlearn.papers.output import claims_table
from spinlearn.sqrbm.choices import MACHINES
from spinlearn.sqrbm.comparison import compare, family, gradient_costs
from spinlearn.sqrbm.schemas import COSTS
from spinlearn.sqrbm.schemas import MACHINES as COMPARISON
from spinlearn.sqrbm.training import Settings, train

HIDDEN = {"rbm": [1, 2], "sqrbm": [1], "bm": [1], "sqbm": [1], "tfim": [1], "qrbm": [1]}
PREFIX = "demidik2025.quantum_machines."


def target_of(dataset):
    return patterns.__dict__[dataset](Request(n=4)).target(0)[None]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files as the pipeline writes them: n = 4, two data sets, two runs, and times."""
    folder = tmp_path_factory.mktemp("machines")
    paths = [folder / f"{name}.csv" for name in ("bars", "parity")]
    for path in paths:
        found = compare(
            path.stem, target_of(path.stem), HIDDEN, Settings(30, 0.1), seed=1, runs=range(2)
        )
        COMPARISON.write(path, found)
    COSTS.write(folder / "costs.csv", gradient_costs([3, 4, 5]))
    return SimpleNamespace(machines=paths, costs=[folder / "costs.csv"])


def test_table_has_means_of_runs_and_times(files):
    found = table(files, {})
    assert (found.part == "distance").sum() == 2 * 7
    assert (found.part == "cost").sum() == 3 * len(MACHINES)
    row = found[(found.dataset == "parity") & (found.machine == "qrbm")].iloc[0]
    runs = train(
        family("qrbm", 4, 1), target_of("parity"), Settings(30, 0.1),
        seed=1, runs=range(2), dataset="parity",
    )  # fmt: skip
    assert row.tvd == pytest.approx(runs.tvd.mean(), abs=1e-9)
    assert row.tvd_error == pytest.approx(runs.tvd.std(ddof=1) / np.sqrt(2), abs=1e-9)
    assert (row.parameters, row.runs) == (family("qrbm", 4, 1).size, 2)


def test_picture_has_a_panel_per_data_set_and_one_of_times(files, tmp_path):
    found = table(files, {})
    fig = draw(found)
    titles = [ax.get_title() for ax in fig.axes]
    assert titles[:2] == ["bars, $n = 4$", "even parity, $n = 4$"]
    fig.savefig(tmp_path / "machines.png", dpi=50)
    judged = claims_table(claims(found), PREFIX)
    assert set(judged.verdict) == {"too small to judge"}


def test_machines_that_are_only_timed_are_named(files):
    """A kind without hidden units in the comparison has times all the same."""
    found = table(files, {})
    fig = draw(found[(found.machine != "rbm") | (found.part == "cost")])
    (legend,) = [ax.get_legend() for ax in fig.axes if ax.get_legend()]
    words = [text.get_text() for text in legend.get_texts()]
    assert words == [LABELS[name] for name in MACHINES]


def test_large_machines_are_not_timed():
    """Dense quantum machines end at 10 units; restricted ones do not."""
    found = gradient_costs([2, 11])
    assert set(found[found.n + found.m == 11].machine) == {"rbm", "sqrbm", "bm", "sqbm"}
    assert (found.seconds > 0).all()


def made_up(distance, exponent):
    """20 runs at n = 6 with given distances of the machines, and times of given exponents."""
    means = [
        {"part": "distance", "dataset": dataset, "machine": name, "n": 6, "m": 1, "runs": 20,
         "iterations": 300, "parameters": 10, "tvd": tvd, "tvd_error": 0.004, "tvd_best": tvd}
        for dataset in ("bars", "parity")
        for name, tvd in distance.items()
    ]  # fmt: skip
    noise = np.array([0.01, -0.02, 0.02, -0.01])
    times = [
        {"part": "cost", "machine": name, "n": n, "m": n, "seconds": 1e-5 * 2 ** (b * 2 * n + e)}
        for name, b in exponent.items()
        for n, e in zip((2, 3, 4, 5), noise, strict=True)
    ]
    return pd.DataFrame([*means, *times])


@pytest.mark.parametrize(
    ("distance", "exponent", "expected"),
    [
        (
            {"rbm": 0.5, "tfim": 0.49, "sqrbm": 0.3, "qrbm": 0.2},
            {"sqrbm": 0.5, "qrbm": 3.0},
            ["reproduced"] * 4,
        ),
        (
            {"rbm": 0.5, "tfim": 0.3, "sqrbm": 0.2, "qrbm": 0.4},
            {"sqrbm": 1.0, "qrbm": 0.5},
            ["not reproduced"] * 4,
        ),
        (
            {"rbm": 0.4, "tfim": 0.352, "sqrbm": 0.3, "qrbm": 0.3505},
            {"sqrbm": 1.0, "qrbm": 1.0},
            ["inconclusive"] * 4,
        ),
    ],
)
def test_verdicts_follow_distances_and_exponents(distance, exponent, expected):
    found = made_up(distance, exponent)
    assert list(claims_table(claims(found), PREFIX).verdict) == expected


def test_machines_that_are_trained_too_shortly_are_not_judged():
    found = made_up(
        {"rbm": 0.5, "tfim": 0.5, "sqrbm": 0.1, "qrbm": 0.4}, {"sqrbm": 0.5, "qrbm": 3.0}
    )
    short = found.assign(iterations=found.iterations.where(found.iterations.isna(), 120.0))
    *compared, cost = claims(short)
    assert {row["verdict"] for row in compared} == {"too small to judge"}
    assert all("iterations 300 (has 120)" in row["needs"] for row in compared)
    assert cost["verdict"] == "reproduced"


def test_transverse_fields_need_a_control_that_helps():
    """Where {X,Y,Z} does not help either, a gain of zero says nothing about transverse fields."""
    found = made_up({"rbm": 0.5, "tfim": 0.5, "sqrbm": 0.5}, {"sqrbm": 0.5, "qrbm": 3.0})
    (row,) = [x for x in claims(found) if x["key"].endswith("transverse_field")]
    assert row["verdict"] == "too small to judge"
    assert "pairs with a gain by {X,Y,Z} 1 (has 0)" in row["needs"]


def test_pairs_that_are_stuck_do_not_count():
    """A machine that loses what it learned at `bars` is not excused by two stuck at `parity`."""
    found = made_up({"rbm": 0.9, "tfim": 0.8, "sqrbm": 0.1, "qrbm": 0.19}, {"sqrbm": 1, "qrbm": 3})
    stuck = found.part.eq("distance") & found.dataset.eq("parity")
    found.loc[stuck, "tvd"] = 0.5
    judged = {row["key"].removeprefix(PREFIX): row for row in claims(found)}
    measured = {name: judged[name]["measured"] for name in ("inclusion", "generic")}
    # the pair of `bars` alone: 0.1 - 0.19 and 0.8 - 0.19; with parity both would be halved
    assert measured["inclusion"] == pytest.approx(-0.09)
    assert measured["generic"] == pytest.approx(0.61)
    assert judged["transverse_field"]["measured"] == pytest.approx(0.1)


def test_growth_is_the_exponent_per_unit():
    times = made_up({}, {"qrbm": 3.0})
    exponent, error = growth(times.assign(units=times.n + times.m), "qrbm")
    assert exponent == pytest.approx(3.0, abs=0.01)
    assert 0 < error < 0.02
    assert np.isnan(growth(times.assign(units=4), "qrbm")[0])
