"""The propositions of appendix A: largest distances over draws, verdicts by exponents."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.zhong2022 import appendix_a


@pytest.fixture(scope="module")
def table():
    return appendix_a.table(SimpleNamespace(), {"seed": 5})


def judged(table):
    """Claims by name."""
    found = appendix_a.claims(table)
    claims_table(found, "zhong2022.appendix_a.")
    return {claim["key"].removeprefix("zhong2022.appendix_a."): claim for claim in found}


def test_both_propositions_hold_for_any_seed(table):
    for found in (table, appendix_a.table(SimpleNamespace(), {"seed": 6})):
        claims = judged(found)
        assert {name: claim["verdict"] for name, claim in claims.items()} == dict.fromkeys(
            ("basic_contained", "pulses_give_ising", "plus_does_not_decouple"), "reproduced"
        )
        assert claims["basic_contained"]["measured"] == pytest.approx(-1, abs=0.05)
        assert claims["pulses_give_ising"]["measured"] == pytest.approx(-1, abs=0.01)
        assert claims["plus_does_not_decouple"]["measured"] == pytest.approx(0, abs=0.01)
    origins = [claim["origin"] for claim in claims.values()]
    assert origins == ["paper", "paper", "spinlearn"]
    assert {claim["error_rate"] for claim in claims.values()} == {0.0}
    assert {claim["figure"] for claim in claims.values()} == {"appendix A"}


def test_hidden_spins_in_plus_without_ising_coupling_decouple_too(table):
    ends = table[table.case == "plus_exchange"].distance.iloc[[0, -1]].tolist()
    assert ends[1] < ends[0] / 20  # over a factor of 64 in the field; it oscillates around 1/h


def made_up(**exponents):
    """Curves with the exponents given, over factors of two; -1 for the others."""
    x = 2.0 ** np.arange(1, 6)
    powers = {"up": -1.0, "plus": 0.0, "plus_exchange": -1.0, "pulses": -1.0, **exponents}
    parts = [pd.DataFrame({"case": n, "x": x, "distance": x**p}) for n, p in powers.items()]
    unpulsed = pd.DataFrame({"case": ["pulses"], "x": [0.0], "distance": [2.0]})
    return pd.concat([unpulsed, *parts], ignore_index=True).assign(draws=4, system="a test")


@pytest.mark.parametrize(
    ("exponents", "name"),
    [
        ({"up": -0.85}, "basic_contained"),
        ({"pulses": -1.15}, "pulses_give_ising"),
        ({"plus": -1.0}, "plus_does_not_decouple"),
    ],
)
def test_another_exponent_refutes(exponents, name):
    claims = judged(made_up(**exponents))
    refuted = [found for found, claim in claims.items() if claim["verdict"] == "not reproduced"]
    assert refuted == [name]


def test_a_limit_above_zero_refutes():
    """1/x + 0.02: the mean exponent is near -1, but that of the last step is not."""
    table = made_up()
    table.loc[table.case == "up", "distance"] += 0.02
    claim = judged(table)["basic_contained"]
    assert claim["measured"] == pytest.approx(-0.83, abs=0.05)
    assert claim["verdict"] == "not reproduced"


def test_draw_shows_every_curve(table):
    fig = appendix_a.draw(table)
    fig.draw_without_rendering()
    first, second = fig.axes
    rows = table[table.x > 0]
    for line, case in zip(first.lines, appendix_a.CASES, strict=False):
        assert line.get_ydata().tolist() == rows.distance[rows.case == case].tolist()
    assert second.lines[0].get_ydata().tolist() == rows.distance[rows.case == "pulses"].tolist()
    assert second.lines[1].get_ydata()[0] == table.distance[table.x == 0].item()
    for ax in fig.axes:
        x, y = ax.lines[-1].get_data()
        assert np.allclose(x * y, x[0] * y[0])  # proportional to 1/x
