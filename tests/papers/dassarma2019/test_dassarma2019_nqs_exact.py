"""Figures of machines with exact vectors: tables, pictures, verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.nqs.exact_states import entropy_table, stabiliser_table
from spinlearn.nqs.schemas import ENTROPIES, TORIC_CODE
from spinlearn.papers.dassarma2019 import nqs_entropy_laws, nqs_parameters, nqs_toric_code
from spinlearn.papers.dassarma2019.nqs_entropy_laws import slope


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nqs")
    TORIC_CODE.write(folder / "toric.csv", stabiliser_table(["2x2", "3x2"]))
    entropies = entropy_table(
        1, N=(6, 8, 10), draws=4, reach=2, real_spread=0.3, imaginary_spread=1.0
    )
    ENTROPIES.write(folder / "entropies.csv", entropies)
    return SimpleNamespace(stabilisers=[folder / "toric.csv"], entropies=[folder / "entropies.csv"])


@pytest.mark.parametrize("module", [nqs_toric_code, nqs_entropy_laws, nqs_parameters])
def test_figures_are_drawn(module, files, tmp_path):
    module.draw(module.table(files, {})).savefig(tmp_path / "figure.png", dpi=50)
    assert (tmp_path / "figure.png").stat().st_size > 2000


def test_toric_code_is_judged_by_its_worst_stabiliser(files):
    table = nqs_toric_code.table(files, {})
    assert [claim["verdict"] for claim in nqs_toric_code.claims(table)] == ["reproduced"] * 3
    excited = (table.state == "excited").to_numpy()
    wrong = table.assign(deviation=np.where(excited, 1e-6, 0.0))
    ground, excited, _ = nqs_toric_code.claims(wrong)
    assert ground["verdict"] == "reproduced"
    assert excited["verdict"] == "not reproduced"


def test_maximal_entanglement_is_judged(files):
    table = nqs_parameters.table(files, {})
    (found,) = nqs_parameters.claims(table)
    assert found["verdict"] == "reproduced"
    (found,) = nqs_parameters.claims(table.assign(most_couplings=4))
    assert found["verdict"] == "not reproduced"


def test_small_runs_do_not_judge_the_laws(files):
    table = nqs_entropy_laws.table(files, {})
    assert {claim["verdict"] for claim in nqs_entropy_laws.claims(table)} == {"too small to judge"}


@pytest.mark.parametrize(
    ("ensembles", "verdicts"),
    [
        ({"short_range": 0.0, "generic": 0.5}, ["reproduced", "reproduced"]),
        ({"short_range": 0.5, "generic": 0.0}, ["not reproduced", "not reproduced"]),
    ],
)
def test_laws_are_judged_by_slopes(ensembles, verdicts):
    rows = [
        {
            "ensemble": name,
            "N": N,
            "sites": N // 2,
            "mean": 1 + rate * N / 2,
            "error": 0.01,
            "draws": 40,
            "bound": 9.0,
        }
        for name, rate in ensembles.items()
        for N in (10, 12, 14)
    ]
    assert [c["verdict"] for c in nqs_entropy_laws.claims(pd.DataFrame(rows))] == verdicts


def test_slope_and_its_error_are_those_of_least_squares():
    """Independent route: `numpy.polyfit` with the covariance scaled or not."""
    rows = pd.DataFrame({"sites": [4, 5, 6, 7], "mean": [1.0, 1.4, 2.3, 2.6], "error": 0.2})
    for error in (0.02, 2.0):
        found = slope(rows.assign(error=error))
        unscaled = np.polyfit(rows.sites, rows["mean"], 1, w=np.full(4, 1 / error), cov="unscaled")
        scaled = np.polyfit(rows.sites, rows["mean"], 1, w=np.full(4, 1 / error), cov=True)
        assert found.slope == pytest.approx(unscaled[0][0])
        expected = max(unscaled[1][0, 0], scaled[1][0, 0]) ** 0.5
        assert found.error == pytest.approx(expected)
