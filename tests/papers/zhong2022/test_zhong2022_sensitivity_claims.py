"""What does not matter: more than two hidden spins, and the plane of the drive."""

import math

import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.verdicts import RATE
from spinlearn.papers.zhong2022.sensitivity_claims import sensitivity_claims

HIDDEN = {"basic": 0, "one_hidden": 1, "hidden": 2, "three_hidden": 3, "four_hidden": 4}
LOSSES = {"basic": -2.5, "one_hidden": -2.55, "hidden": -2.6, "three_hidden": -2.61}
LOSSES |= {"four_hidden": -2.59, "driven": -2.57, "driven_xy": -2.56}
SIZES = {
    "dataset": "digits0",
    "source": "a test",
    "h": 8.0,
    "visible": 6,
    "quenches": 100,
    "candidates": 500,
    "runs": 24,
    "initial_state": "plus",
    "system": "ring",
}


def judged(losses=LOSSES, error=0.005, **columns):
    rows = [
        {"machine": name, "hidden": HIDDEN.get(name, 0), "mean": mean}
        for name, mean in losses.items()
    ]
    found = sensitivity_claims(pd.DataFrame(rows).assign(error=error, **{**SIZES, **columns}))
    claims_table(found, "spinlearn.born_sensitivity.")
    assert {claim["paper"] for claim in found} <= {"zhong2022"}
    return {claim["key"]: claim for claim in found}


def hidden_spins(**columns):
    return judged(**columns)["spinlearn.born_sensitivity.more_hidden_units"]


def test_claims_of_a_table_as_published():
    found = judged()
    assert {claim["verdict"] for claim in found.values()} == {"reproduced"}
    assert list(found) == [
        "spinlearn.born_sensitivity.more_hidden_units",
        "spinlearn.born_sensitivity.drive_plane",
    ]
    assert hidden_spins()["measured"] == 0.01  # -2.6 + 2.61
    assert "0: -2.5 ± 0.005, 1: -2.55 ± 0.005, 2: -2.6 " in hidden_spins()["note"]


@pytest.mark.parametrize(
    ("four", "error", "verdict"),
    [
        (-2.70, 0.005, "not reproduced"),
        (-2.645, 0.005, "inconclusive"),
        (-2.4, 0.005, "reproduced"),
        (-2.6, math.nan, "inconclusive"),
    ],
)
def test_more_hidden_spins_are_judged_by_the_largest_gain(four, error, verdict):
    claim = hidden_spins(losses={**LOSSES, "four_hidden": four}, error=error)
    assert claim["verdict"] == verdict
    assert claim["error_rate"] == {
        "not reproduced": round(2 * RATE, 4), "reproduced": round(RATE, 4), "inconclusive": 0
    }[verdict]  # fmt: skip


@pytest.mark.parametrize(
    ("plane", "verdict"),
    [(-2.5, "not reproduced"), (-2.64, "not reproduced"), (-2.56, "reproduced")],
)
def test_drives_are_similar_within_a_tolerance(plane, verdict):
    found = judged({**LOSSES, "driven_xy": plane})["spinlearn.born_sensitivity.drive_plane"]
    assert found["verdict"] == verdict
    assert found["measured"] == pytest.approx(plane + 2.57)


def test_small_training_and_few_runs_are_too_small():
    for size in ({"quenches": 40}, {"candidates": 100}, {"runs": 8}):
        assert {claim["verdict"] for claim in judged(**size).values()} == {"too small to judge"}


def test_missing_machines_and_other_chains_have_no_claim():
    assert judged({"hidden": -2.6, "driven": -2.5}) == {}
    assert judged({"hidden": -2.6, "three_hidden": -2.5}) != {}
    assert judged(system="ring, J2 = 0.3") == {}
