"""Figure 12: the table, verdicts that follow their rule, and the picture."""

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
    """Makes the table, with entropies of the VAE that exceed the exact ones."""

    def make(excess, error=0.01):
        n = np.arange(1, 7)
        exact = 0.1 * n * (6 - n)
        columns = {"n": n, "vae": exact + excess, "vae_error": error, "exact": exact}
        parts = [pd.DataFrame({"hx": hx, **columns}) for hx in FIELDS]
        written = pd.concat(parts, ignore_index=True).assign(N=6, training_samples=500000)
        ENTROPIES.write(tmp_path / "e.csv", written)
        return figure12.table(SimpleNamespace(entropies=[tmp_path / "e.csv"]), {})

    return make


def verdict(table):
    (found,) = claims_table(figure12.claims(table), "luchnikov2019.figure12.").verdict
    return found


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
    (claim,) = figure12.claims(rows)
    assert claim["verdict"] == "too small to judge"
    assert claim["needs"].endswith("% of points defined 90 (has 80)")
    assert claim["note"].endswith("7 more are undefined")


def test_scatter_of_the_fields_is_part_of_the_error(table):
    """Excesses of 0.2 and -0.1 in turn: certain at every field, not on average."""
    rows = table(0.2)
    rows.loc[rows.hx.isin(FIELDS[1::2]), "vae"] -= 0.3
    assert verdict(rows) == "inconclusive"
    assert verdict(rows.assign(training_samples=40000)) == "too small to judge"


def test_figure_draws_its_table(table):
    figure = figure12.draw(table(0.1))
    figure.canvas.draw()
    (ax,) = figure.axes
    assert len(ax.get_legend().get_texts()) == 5
