"""Variance of gradients: table, picture and verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.demidik2025.gradient_variance import claims, draw, table
from spinlearn.sqrbm.schemas import GRADIENT_VARIANCE

PREFIX = "demidik2025.gradient_variance."


def invented(n, rates, runs=100):
    """Variances 2^(b n) with errors of a hundredth, b by (data set, initialisation)."""
    rows = [
        {
            "dataset": dataset,
            "n": size,
            "m": size // 2,
            "paulis": paulis,
            "initialisation": initialisation,
            "component": component,
            "runs": runs,
            "variance": 2.0 ** (rate * size),
            "variance_error": 0.01 * 2.0 ** (rate * size),
            "target_variance": 2.0 ** (rate * size),
            "target_variance_error": 0.01 * 2.0 ** (rate * size),
        }
        for (dataset, initialisation), rate in rates.items()
        for size in n
        for paulis in ("Z", "XYZ")
        for component in ("visible_field", "hidden_field", "coupling")
    ]
    return pd.DataFrame(rows)


RATES = {
    ("bars", "training"): 0.0,
    ("bars", "published_code"): 0.0,
    ("parity", "training"): -1.0,
    ("parity", "published_code"): -0.1,
}


def verdicts(found):
    return {claim["key"].removeprefix(PREFIX): claim["verdict"] for claim in claims(found)}


def test_files_are_joined(tmp_path):
    found = invented([6, 8, 10], RATES)
    paths = []
    for dataset, part in found.groupby("dataset"):
        paths.append(tmp_path / f"{dataset}.csv")
        GRADIENT_VARIANCE.write(paths[-1], part)
    again = table(SimpleNamespace(variances=paths), {})
    assert len(again) == len(found)


def test_exponential_fall_is_told_from_none():
    found = invented([6, 8, 10], RATES)
    assert verdicts(found) == {
        "training": "not reproduced",
        "published_code": "reproduced",
        "target_bars": "reproduced",
        "target_parity": "not reproduced",
    }
    training = claims(found)[0]
    assert training["measured"] == pytest.approx(-1.0)
    assert training["note"].startswith("lowest: parity")
    assert training["figure"] == "supplement 9"
    assert training["error"] == pytest.approx(0.01 / np.log(2) / np.sqrt(8), rel=0.1)


def test_two_sizes_or_few_machines_are_too_small():
    assert set(verdicts(invented([6, 10], RATES)).values()) == {"too small to judge"}
    assert set(verdicts(invented([6, 8, 10], RATES, runs=5)).values()) == {"too small to judge"}
    assert set(verdicts(invented([4], RATES)).values()) == {"too small to judge"}


def test_power_laws_are_not_taken_for_exponentials():
    """n^-2 between 6 and 12 falls by a factor of 4, and 2^-n by 64."""
    found = invented([6, 8, 10, 12], RATES)
    for column in ("variance", "target_variance"):
        found[column] = found.n**-2.0
        found[f"{column}_error"] = 0.01 * found[column]
    assert set(verdicts(found).values()) == {"reproduced"}


def test_parts_that_do_not_vary_are_left_out():
    found = invented([6, 8, 10], RATES)
    found.loc[found.component == "visible_field", "variance"] = 1e-31
    found.loc[found.component == "visible_field", "variance_error"] = 0.0
    assert verdicts(found)["published_code"] == "reproduced"


@pytest.mark.parametrize("n", [[4], [6, 8, 10]])
def test_figure_is_drawn(n, tmp_path):
    fig = draw(invented(n, RATES))
    assert len(fig.axes) == 4
    fig.savefig(tmp_path / "figure.png", dpi=50)
