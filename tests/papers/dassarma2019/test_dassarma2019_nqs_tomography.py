"""The figure of tomography: picture and verdicts from made-up tables."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.nqs.schemas import TOMOGRAPHY
from spinlearn.papers.dassarma2019 import nqs_tomography
from spinlearn.papers.output import claims_table

INFIDELITIES = {
    "positive_z": 20.0,
    "positive_local": 40.0,
    "complex_local": 60.0,
    "frequencies": 200.0,
    "projected": 900.0,
}
"""1 - fidelity times the number of samples, at N = 6."""


def made_up(*, runs=4, samples=(400, 6400), lengths=(6, 10), hx=(1.0,), **changed):
    """Errors that fall as 1/M, of frequencies more for N > 6; runs differ by a few per cent."""
    rows = []
    for N, field, run, M in (
        np.array(np.meshgrid(lengths, hx, range(runs), samples)).reshape(4, -1).T
    ):
        about = {"N": int(N), "hx": field, "run": int(run), "samples": int(M), "parameters": 10}
        for place, (method, size) in enumerate({**INFIDELITIES, **changed}.items()):
            grown = 4 if method == "frequencies" and N > 6 else 1
            infidelity = min(grown * size / M * (1 + 0.01 * run * (place + 1)), 0.9 + 0.01 * run)
            rows.append(
                {**about, "method": method, "fidelity": 1 - infidelity, "excess": infidelity / 2}
            )
        errors = {"fidelity_error": 16 / M**0.5, "excess_error": (1 + 0.05 * run) / M**0.5}
        rows.append({**about, "method": "linear", "fidelity": 1.2, "excess": -0.1, **errors})
    return pd.DataFrame(rows, columns=[column.name for column in TOMOGRAPHY.columns])


def verdicts(table):
    rows = claims_table(nqs_tomography.claims(table), "dassarma2019.nqs_tomography.")
    return dict(zip(rows.key.str.split(".").str[-1], rows.verdict, strict=True))


def measured(table, name):
    key = f"dassarma2019.nqs_tomography.{name}"
    (found,) = (claim for claim in nqs_tomography.claims(table) if claim["key"] == key)
    return found["measured"]


def test_effects_of_the_expected_sign_are_reproduced():
    found = verdicts(made_up())
    assert len(found) == 7
    assert set(found.values()) == {"reproduced"}


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"positive_z": 100.0}, "machine_faithful"),
        ({"frequencies": 4.0}, "gain_over_frequencies"),
        ({"positive_local": 10.0}, "cost_of_axes"),
        ({"complex_local": 30.0}, "cost_of_phases"),
        ({"projected": 50.0}, "gain_over_inversion"),
        ({"positive_z": 400.0}, "energy"),
    ],
)
def test_effects_of_the_other_sign_are_not(changed, name):
    assert verdicts(made_up(**changed))[name] == "not reproduced"


def test_a_gain_that_does_not_grow_is_not_reproduced():
    table = made_up()
    short = (table.N == 6) & (table.method == "frequencies")
    table.loc[short, "fidelity"] = 0.1 + 0.01 * table.run
    assert verdicts(table)["gain_grows"] == "not reproduced"


def test_gains_are_logarithms_of_ratios():
    """ln(40/20) and ln(60/40), up to the runs' differences of a few per cent."""
    assert measured(made_up(), "cost_of_axes") == pytest.approx(np.log(2), abs=0.05)
    assert measured(made_up(samples=(6400,)), "cost_of_phases") == pytest.approx(
        np.log(1.5), abs=0.05
    )


def test_the_field_nearest_to_the_transition_is_judged():
    table = made_up(hx=(0.5, 1.0, 2.0))
    table.loc[table.hx != 1.0, "fidelity"] = 0.5
    assert set(verdicts(table).values()) == {"reproduced"}


@pytest.mark.parametrize("changed", [{"runs": 2}, {"samples": (100, 400)}, {"lengths": (4, 5)}])
def test_small_sizes_are_too_small_to_judge(changed):
    assert set(verdicts(made_up(**changed)).values()) == {"too small to judge"}


@pytest.mark.parametrize(("size", "verdict"), [(40.0, "reproduced"), (14.0, "too small to judge")])
def test_a_machine_is_not_faithful_where_frequencies_are(size, verdict):
    """Of N = 10, 6400 samples. Their infidelity is 0.0265, or 0.0093(2), less 3.3 errors 0.0085."""
    found = nqs_tomography.claims(made_up(frequencies=size))
    claims = {row["key"].split(".")[-1]: row for row in found}
    assert claims["machine_faithful"]["verdict"] == verdict
    shown = "infidelity of frequencies 0.01 (has 0.0085)"
    assert (shown in claims["machine_faithful"]["needs"]) == (verdict == "too small to judge")
    assert claims["cost_of_axes"]["verdict"] == "reproduced"


def test_one_chain_says_nothing_about_growth():
    found = verdicts(made_up(lengths=(8,)))
    assert found.pop("gain_grows") == "too small to judge"
    assert set(found.values()) == {"reproduced"}


@pytest.mark.parametrize("lengths", [(6, 8, 10), (8,)])
def test_the_figure_is_drawn(tmp_path, lengths):
    figure = nqs_tomography.draw(made_up(lengths=lengths))
    assert len(figure.axes) == 2 * min(len(lengths), 2)
    figure.savefig(tmp_path / "figure.png", dpi=50)
    assert (tmp_path / "figure.png").stat().st_size > 2000
