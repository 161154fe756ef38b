"""Figure 12: the table, verdicts that follow their rules, and the picture."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.luchnikov2019 import figure12
from spinlearn.papers.output import claims_table
from spinlearn.vae.schemas import ENTROPIES

FIELDS = [0.0, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0]


@pytest.fixture
def table(tmp_path):
    """Makes the table, with entropies of the VAE that exceed the exact ones.

    The variance of the purity from strings grows by a factor of 3 per spin.
    """

    def make(excess, error=0.01, runs=1, spread=0.0):
        n = np.arange(1, 7)
        exact = 0.1 * n * (6 - n)
        columns = {
            "n": n,
            "vae_error": error,
            "exact": exact,
            "von_neumann": exact,
            "sampled_purity": np.exp(-exact),
            "sampled_purity_error": 0.01 * np.exp(-exact) * 3 ** (n / 2),
            "mps_numbers": 100,
            "parameters": 5000,
            "model": "factorised",
            "decoder": "factorised",
        }
        parts = []
        for run in range(runs):
            vae = exact + excess + spread * (run - (runs - 1) / 2)
            parts += [pd.DataFrame({"hx": hx, "run": run, "vae": vae, **columns}) for hx in FIELDS]
        written = pd.concat(parts, ignore_index=True).assign(N=6, training_samples=500000)
        ENTROPIES.write(tmp_path / "e.csv", written)
        return figure12.table(SimpleNamespace(entropies=[tmp_path / "e.csv"]), {})

    return make


def found(table, name):
    """The claim of a name; all must fit the scorecard."""
    claims = figure12.claims(table)
    claims_table(claims, "luchnikov2019.figure12.")
    return next(claim for claim in claims if claim["key"].endswith(f".{name}"))


def verdict(table):
    return found(table, "entropy_overestimated")["verdict"]


def test_table_marks_drawn_fields(table):
    rows = table(0.1)
    assert sorted(rows.hx[rows.shown].unique()) == [0.4, 1.0, 1.6]


@pytest.mark.parametrize(
    ("excess", "error", "expected"),
    [
        (0.1, 0.01, "reproduced"),
        (-0.1, 0.01, "not reproduced"),
        (0.1, 1.0, "inconclusive"),
        (0.1, 0.0, "inconclusive"),
    ],
)
def test_verdict_follows_the_excess(table, excess, error, expected):
    assert verdict(table(excess, error)) == expected


def test_whole_chain_does_not_count(table):
    rows = table(-0.1)
    rows.loc[rows.n == 6, "vae"] = 9.0  # S_2 of a pure state is zero, so every error is positive
    assert verdict(rows) == "not reproduced"


def test_undefined_entropies_are_too_small(table):
    rows = table(0.1)
    rows.loc[rows.n == 5, "vae"] = np.nan
    claim = found(rows, "entropy_overestimated")
    assert claim["verdict"] == "too small to judge"
    assert claim["needs"].endswith("% of points defined 90 (has 80)")
    assert claim["note"].endswith("7 more are undefined")


def test_scatter_of_the_fields_is_part_of_the_error(table):
    """Excesses of 0.2 and -0.1 in turn: certain at every field, not on average."""
    rows = table(0.2)
    rows.loc[rows.hx.isin(FIELDS[1::2]), "vae"] -= 0.3
    assert verdict(rows) == "inconclusive"
    assert verdict(rows.assign(training_samples=40000)) == "too small to judge"


def test_scatter_of_the_runs_is_part_of_the_error(table):
    """Excesses of the runs 0.0, 0.1, 0.2 at every field: standard error 0.1/sqrt(3)."""
    claim = found(table(0.1, runs=3, spread=0.1), "entropy_overestimated")
    assert claim["measured"] == pytest.approx(0.1)
    assert claim["error"] == pytest.approx(0.058)
    assert claim["verdict"] == "inconclusive"


def test_entropy_of_a_part_against_the_whole(table):
    """Exact: 0.9 nats at n = 3 and none at n = 6. The fields must scatter for an error."""
    rows = table(0.1)
    rows.loc[rows.n == 3, "vae"] += 0.01 * rows.hx
    claim = found(rows, "part_above_whole")
    assert claim["verdict"] == "reproduced"
    assert claim["note"].endswith("the exact difference is 0.900")
    rows.loc[rows.n == 6, "vae"] = 2.0
    assert found(rows, "part_above_whole")["verdict"] == "not reproduced"


@pytest.mark.parametrize(("power", "expected"), [(False, "reproduced"), (True, "not reproduced")])
def test_variance_grows_exponentially(table, power, expected):
    """An exponential with a factor of 3 per spin, or n to the third, with scatter of the fields."""
    rows = table(0.1)
    if power:
        rows["sampled_purity_error"] = 0.01 * np.exp(-rows.exact) * rows.n**1.5
    rows["sampled_purity_error"] *= 1 + 0.001 * rows.hx * rows.n
    claim = found(rows, "variance_grows")
    assert claim["verdict"] == expected
    if not power:
        assert claim["measured"] == pytest.approx(np.log(3), abs=0.01)


def test_memory_counts_all_fields(table):
    """7 fields of 2·6·exp(2·0.9) = 72.6 numbers each, against 5000 parameters: a ratio of 9.84."""
    rows = table(0.1)
    claim = found(rows, "memory")
    assert claim["measured"] == pytest.approx(9.84, abs=0.01)
    assert claim["verdict"] == "reproduced"
    assert "700 as stored" in claim["note"]
    assert found(rows.assign(parameters=50), "memory")["verdict"] == "not reproduced"


def test_figure_draws_its_table(table):
    figure = figure12.draw(table(0.1, runs=3))
    figure.draw_without_rendering()
    entropies, variance = figure.axes
    assert len(entropies.get_legend().get_texts()) == 5
    assert len(variance.lines) == 2
