"""Figure 9: verdicts that follow their rules, and the picture."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.luchnikov2019 import figure9
from spinlearn.papers.output import claims_table
from spinlearn.vae.schemas import SUSCEPTIBILITIES


@pytest.fixture
def table(tmp_path):
    """Makes the table, with derivatives by Gumbel-softmax that are off by an offset."""

    def make(offset=0.0):
        rows = []
        for name in ("chi_xx", "chi_zx"):
            for k, hx in enumerate((0.0, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0)):
                value = 0.5 + 0.1 * k
                rows.append(
                    {
                        "hx": hx,
                        "observable": name,
                        "autograd": value,
                        "autograd_error": 0.001,
                        "gumbel_softmax": value + offset,
                        "gumbel_softmax_error": 0.001,
                        "central_difference": value + 0.01 * (-1) ** k,
                        "central_difference_error": 0.01,
                        "exact": value if name == "chi_xx" else np.nan,
                        "midpoint": hx + 0.1,
                        "exact_difference": value,
                        "N": 6,
                        "training_samples": 100,
                    }
                )
        SUSCEPTIBILITIES.write(tmp_path / "s.csv", pd.DataFrame(rows))
        return figure9.table(SimpleNamespace(susceptibilities=[tmp_path / "s.csv"]), {})

    return make


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0.0, "reproduced"),
        (0.5, "not reproduced"),
        # Twice the standard error of 0.01.
        (0.018, "inconclusive"),
    ],
)
def test_verdict_follows_the_deviation(table, offset, expected):
    assert (
        list(claims_table(figure9.claims(table(offset)), "luchnikov2019.figure9.").verdict)
        == [expected] * 2
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [(0.3, "too small to judge"), (0.0, "inconclusive"), (np.nan, "inconclusive")],
)
def test_noise_or_unknown_error_is_not_judged(table, error, expected):
    noisy = table(0.1).assign(
        central_difference_error=error, gumbel_softmax_error=0.0 if error == 0.0 else 0.001
    )
    assert (
        list(claims_table(figure9.claims(noisy), "luchnikov2019.figure9.").verdict)
        == [expected] * 2
    )


def test_exact_derivative_is_not_what_the_paper_claims(table):
    found = figure9.claims(table(0.5))
    assert found[0]["verdict"] == "not reproduced"
    assert "exact derivative: 1" in found[0]["note"]


def test_claim_texts_do_not_change_with_the_numbers(table):
    first, second = (
        claims_table(figure9.claims(table(offset)), "luchnikov2019.figure9.")
        for offset in (0.0, 0.1)
    )
    assert list(first.claim) == list(second.claim)
    assert list(first.key) == ["luchnikov2019.figure9.chi_xx", "luchnikov2019.figure9.chi_zx"]


def test_legend_names_every_curve_once(table):
    figure = figure9.draw(table())
    figure.canvas.draw()
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert len(names) == len(set(names)) == 5
