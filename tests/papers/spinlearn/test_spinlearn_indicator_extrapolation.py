"""Predictions for longer rings: table, picture and verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from spinlearn.gru.data import Realisations, pad, row_arrays
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import indicator_extrapolation as figure

SETTINGS = {"energy_density": 0.5, "seed": 0, "dpi": 100}
RUNS = {"multitask": 2, "regression": 1, "symmetric": 1}
NOISE = {"multitask": 0.3, "regression": 0.2, "symmetric": 0.1}


def data(lengths, count=30, strengths=(2.0, 4.0, 8.0)):
    rng = np.random.default_rng(sum(lengths))
    fields = pad([rng.uniform(-h, h, (count, L)) for L in lengths for h in strengths])
    L = np.repeat(lengths, count * len(strengths))
    h = np.tile(np.repeat(strengths, count), len(lengths))
    targets = rng.uniform(size=(len(L), 1, 3))
    return Realisations(fields, L, h, np.array([0.5]), targets)


def write(path, name, test):
    """Predictions that are off by noise of a known size, and by 0.05 for the symmetric ensemble."""
    rng = np.random.default_rng(len(name))
    shape = (RUNS[name], len(test), 3)
    prediction = test.targets[None, :, 0] + NOISE[name] * rng.standard_normal(shape)
    arrays = {"run": np.arange(RUNS[name]), **row_arrays(test), "prediction": prediction}
    if name == "symmetric":
        arrays |= {"prediction": prediction + 0.05, "deviation": np.full(shape, 0.1)}
    about = {"variant": name, "indicators": list(INDICATORS), "system": "ring"}
    about |= {"disorder": "uniform", "train_L": [6], "train_realisations": 40, "recipe": "none"}
    about |= {"entropy_normalisation": "page", "parameters": {}, "training_code_digest": "0"}
    PREDICTIONS.write(path, arrays, about)
    return path


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predictions")
    test, windows = data([6, 8]), data([8, 10])
    files = SimpleNamespace(
        test=[write(folder / f"test_{name}.h5", name, test) for name in RUNS],
        windows=[write(folder / f"windows_{name}.h5", name, windows) for name in RUNS],
    )
    return figure.table(files, SETTINGS)


def cell(table, **where):
    chosen = table
    for name, value in where.items():
        chosen = chosen[chosen[name] == value]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_table_has_scores_bias_and_calibration(table, tmp_path):
    assert len(table) == 2 * 3 * 2 * 3 * 3  # parts, variants, lengths, h, indicators
    where = {"part": "windows", "L": 10, "h": 4.0, "indicator": "spin_fraction"}
    own = cell(table, variant="symmetric", **where)
    test = data([8, 10])
    rows = (test.L == 10) & (test.h == 4.0)
    exact = test.targets[rows, 0, 2]
    written = write(tmp_path / "again.h5", "symmetric", test)
    predicted = PREDICTIONS.read(written)["prediction"][0, rows, 2]
    assert own.r2_norm == pytest.approx(float(normalised(r_squared(exact, predicted))))
    assert own.bias == pytest.approx((predicted - exact).mean())
    assert own.within_one == pytest.approx((np.abs(predicted - exact) < 0.1).mean())
    assert own.log_likelihood == pytest.approx(stats.norm.logpdf(exact, predicted, 0.1).mean())
    network = cell(table, variant="multitask", **where)
    assert own.gain_over_multitask == pytest.approx(own.r2_norm - network.r2_norm)
    assert np.isnan(network.within_one)
    assert bool(own.held_out)


def test_picture_has_a_column_per_indicator_and_longer_ring(table, tmp_path):
    drawn = figure.draw(table)
    assert len(drawn.axes) == 2 * 4
    assert [len(ax.lines) for ax in drawn.axes] == [4] * 8
    path = tmp_path / "figure.png"
    drawn.savefig(path, dpi=60)
    assert path.stat().st_size > 5000


def made_up(gains, count=100, strengths=(3.0, 4.0, 6.0), runs=5, network=0.6):
    """A table in which gains are as given, with an error of 0.02 each.

    Args:
        gains: of the ensemble over the networks, and over the regression, at each h.
    """
    rows = []
    for variant in RUNS:
        for L, part in ((8, "test"), (14, "windows")):
            for indicator in INDICATORS:
                for i, h in enumerate(strengths):
                    row = {"variant": variant, "part": part, "L": L, "indicator": indicator, "h": h}
                    row |= {"run_spread": 0.01, "sampling_error": 0.02, "error": 0.02}
                    row |= {"system": "ring", "train_L": "8, 10", "train_realisations": 48}
                    row |= {"runs": runs if variant == "multitask" else 1, "r2_norm": network}
                    row |= {"test_realisations": count}
                    for other in ("multitask", "regression"):
                        own = gains[i % len(gains)] if variant == "symmetric" else network - 0.5
                        row |= {f"gain_over_{other}": own, f"gain_over_{other}_error": 0.02}
                    rows.append(row)
    return pd.DataFrame(rows)


def verdicts(table):
    claims = figure.claims(table)
    claims_table(claims, "spinlearn.indicator_extrapolation.")
    assert {claim["origin"] for claim in claims} == {"spinlearn"}
    return [claim["verdict"] for claim in claims]


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ([0.1], "reproduced"),
        ([0.01], "inconclusive"),
        ([-0.1], "not reproduced"),
        ([0.3, 0.3, -0.06], "not reproduced"),  # better on average, worse at one h
        ([0.3, 0.3, -0.03], "reproduced"),  # not significantly
    ],
)
def test_ensemble_must_gain_on_average_and_lose_nowhere(gains, verdict):
    assert verdicts(made_up(gains))[:2] == [verdict, verdict]


@pytest.mark.parametrize(
    ("network", "verdict"), [(0.6, "reproduced"), (0.51, "inconclusive"), (0.4, "not reproduced")]
)
def test_networks_must_beat_a_constant_and_the_regression(network, verdict):
    assert verdicts(made_up([0.1], network=network))[2] == verdict


@pytest.mark.parametrize("small", [{"count": 40}, {"strengths": (1.0, 3.0, 4.0)}, {"runs": 4}])
def test_small_samples_are_not_judged(small):
    assert verdicts(made_up([0.1], **small)) == ["too small to judge"] * 3


def test_other_chains_and_weak_disorder_have_no_claims():
    assert figure.claims(made_up([0.1]).assign(system="ring, J_zz = 0.5")) == []
    assert figure.claims(made_up([0.1], strengths=(1.0, 2.0))) == []
