"""The picture of hidden units, and verdicts on ratios and orders."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.papers.demidik2025.comparisons import pairs_of_machines, support
from spinlearn.papers.demidik2025.figure3 import claims, draw, table
from spinlearn.papers.demidik2025.hidden_units import minimum_hidden_units
from spinlearn.papers.output import claims_table
from spinlearn.sqrbm.choices import DATASETS, PAULIS


def test_supports_agree_with_the_distributions():
    for n in (4, 6, 8, 10):
        for dataset in DATASETS:
            q = getattr(patterns, dataset)(Request(n=n)).target(0)
            assert np.count_nonzero(q) == support(dataset, n)


def test_every_data_set_is_drawn(trained_files, tmp_path):
    minimum = table(SimpleNamespace(fits=trained_files), {"tvd_threshold": 0.2, "seed": 1})
    assert len(minimum) == 6
    fig = draw(minimum)
    assert len(fig.axes) == 4
    fig.savefig(tmp_path / "figure3.png", dpi=50)
    assert (tmp_path / "figure3.png").stat().st_size > 2000
    claims_table(claims(minimum), "demidik2025.figure3.")


def test_bounds_are_open_markers(made_up_runs):
    runs = made_up_runs({("parity", "Z"): 40.0, ("parity", "XZ"): 0.5, ("parity", "XYZ"): 3.5})
    top = draw(minimum_hidden_units(runs, 0.2, 1)).axes[0]
    points = [line for line in top.lines if line.get_marker() not in ("None", "", None)]
    faces = {line.get_marker(): line.get_markerfacecolor() for line in points}
    assert faces["s"] == faces["D"] == "white"
    assert faces["o"] != "white"
    assert len(top.texts) == 2  # an arrow per bound


def test_single_runs_are_drawn_and_too_small(made_up_runs, tmp_path):
    needed = {("bars", "Z"): 6.5, ("bars", "XZ"): 3.5, ("parity", "Z"): 9.5, ("parity", "XZ"): 5.0}
    minimum = minimum_hidden_units(made_up_runs(needed, runs=1), 0.2, 1)
    draw(minimum).savefig(tmp_path / "figure3.png", dpi=50)
    assert set(claims_table(claims(minimum), "demidik2025.figure3.").verdict) == {
        "too small to judge"
    }


@pytest.fixture
def verdicts(made_up_runs):
    """Verdicts where an RBM needs so many times the hidden units of the other machines."""

    def judge(factor_xz, factor_xyz, grid=tuple(range(1, 13))):
        needed = {}
        for dataset, m in {"bars": 4.0, "random": 6.0, "cardinality": 8.0, "parity": 10.0}.items():
            needed[dataset, "Z"] = m
            needed[dataset, "XZ"] = m / factor_xz
            needed[dataset, "XYZ"] = m / factor_xyz
        found = claims(minimum_hidden_units(made_up_runs(needed, grid), 0.2, 1))
        return list(claims_table(found, "demidik2025.figure3.").verdict)

    return judge


def test_predicted_ratios_are_reproduced(verdicts):
    growth = ["too small to judge"] * 2  # there is one n
    assert verdicts(2.0, 3.0) == ["reproduced"] * 4 + growth


def test_other_ratios_are_not_reproduced(verdicts):
    judged = ["not reproduced", "not reproduced", "reproduced", "reproduced"]
    assert verdicts(1.5, 2.4) == judged + ["too small to judge"] * 2


def test_reversed_order_is_not_reproduced(verdicts):
    assert verdicts(3.0, 2.0)[2] == "not reproduced"


def test_ratios_known_as_bounds_are_too_few(verdicts):
    assert verdicts(2.0, 3.0, grid=(1, 2))[:2] == ["too small to judge"] * 2


def test_equal_numbers_of_units_are_inconclusive(verdicts):
    assert verdicts(1.0, 1.0)[2] == "inconclusive"


def _minimum(ratios, error):
    """A table with ratios and their errors given; an RBM needs 6 hidden units."""
    unknown = {"ratio": np.nan, "ratio_error": np.nan, "ratio_bound": "unknown"}
    rows = []
    for dataset, ratio in zip(("bars", "random", "cardinality"), ratios, strict=True):
        exact = {"ratio": ratio, "ratio_error": error, "ratio_bound": "exact"}
        rows.append({"dataset": dataset, "paulis": "Z", "m": 6.0, **unknown})
        rows.append({"dataset": dataset, "paulis": "XZ", "m": 6.0 / ratio, **exact})
    return pd.DataFrame(rows).assign(n=8, status="reached", m_error=0.1, runs=20, iterations=2000)


@pytest.mark.parametrize(
    ("ratios", "error", "expected"),
    [
        ((2.0, 2.02, 1.98), 0.05, "reproduced"),
        ((1.8, 1.81, 1.79), 0.05, "inconclusive"),  # two errors straddle 2 - 0.2
        ((1.6, 1.61, 1.59), 0.05, "not reproduced"),
        ((1.6, 1.61, 1.59), 0.30, "inconclusive"),
        ((2.0, 2.0, 2.0), 0.0, "inconclusive"),
    ],
)
def test_ratios_are_judged_within_a_tenth(ratios, error, expected):
    found = claims(_minimum(ratios, error))[0]
    assert (found["key"], found["verdict"]) == ("demidik2025.figure3.ratio_xz", expected)
    assert found["measured"] == pytest.approx(np.prod(ratios) ** (1 / 3), abs=0.01)


@pytest.mark.parametrize(
    ("more", "fewer", "expected"),
    [
        (("reached", 5.0, 0.1), ("reached", 4.0, 0.1), "reproduced"),
        (("reached", 4.0, 0.1), ("reached", 5.0, 0.1), "not reproduced"),
        (("reached", 4.1, 0.1), ("reached", 4.0, 0.1), "inconclusive"),
        (("reached", 5.0, 0.0), ("reached", 4.0, 0.0), "inconclusive"),
        (("reached", 5.0, np.nan), ("reached", 4.0, 0.1), "inconclusive"),
        # 8 is the largest m of the grid and not enough; 1 is the smallest, and enough.
        (("not_reached", 8.0, np.nan), ("reached", 4.0, 0.1), "reproduced"),
        (("reached", 4.0, 0.1), ("not_reached", 8.0, np.nan), "not reproduced"),
        (("not_reached", 8.0, np.nan), ("not_reached", 8.0, np.nan), "inconclusive"),
        (("reached", 4.0, 0.1), ("at_smallest_m", 1.0, np.nan), "reproduced"),
        (("at_smallest_m", 1.0, np.nan), ("reached", 4.0, 0.1), "not reproduced"),
        (("at_smallest_m", 1.0, np.nan), ("at_smallest_m", 1.0, np.nan), "inconclusive"),
        # Fewer than 4 hidden units for certain; whether fewer than 2 nobody knows.
        (("at_smallest_m", 4.0, np.nan), ("reached", 2.0, 0.1), "inconclusive"),
    ],
)
def test_order_needs_two_errors_or_a_bound(more, fewer, expected):
    table = _minimum((2.0, 2.0, 2.0), 0.1)
    table = table[table.dataset == "bars"].reset_index(drop=True)
    for place, values in enumerate((more, fewer)):
        table.loc[place, ["status", "m", "m_error"]] = values
    found = {claim["key"].split(".")[-1]: claim for claim in claims(table)}
    assert found["paulis_save_units"]["verdict"] == expected


def test_all_pauli_sets_of_the_paper_are_compared(made_up_runs, tmp_path):
    """One Pauli is classical, two are compared with one, three with two."""
    needed = {("bars", name): 12.0 / len(name) for name in PAULIS}
    minimum = minimum_hidden_units(made_up_runs(needed, tuple(range(1, 14))), 0.2, 1)
    pairs = {(few.paulis, many.paulis) for few, many in pairs_of_machines(minimum)}
    assert pairs == {
        ("X", "XZ"), ("Z", "XZ"), ("Y", "YZ"), ("Z", "YZ"), ("XZ", "XYZ"), ("YZ", "XYZ")
    }  # fmt: skip
    keys = {found["key"] for found in claims(minimum)}
    assert {f"demidik2025.figure3.ratio_{name}" for name in ("xz", "yz", "xyz")} <= keys
    assert minimum[minimum.paulis.isin(["X", "Y", "Z"])].ratio.isna().all()
    draw(minimum).savefig(tmp_path / "figure3.png", dpi=50)


def test_a_machine_between_two_others_stands_between_them(made_up_runs):
    needed = {("bars", "Z"): 9.0, ("bars", "XYZ"): 3.0}
    (pair,) = pairs_of_machines(minimum_hidden_units(made_up_runs(needed), 0.2, 1))
    assert [row.paulis for row in pair] == ["Z", "XYZ"]
