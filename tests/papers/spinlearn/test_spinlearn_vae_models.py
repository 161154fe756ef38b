"""The figure that compares models: its table from files of known numbers, picture and verdicts."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.output import claims_table
from spinlearn.papers.spinlearn import vae_models
from spinlearn.papers.spinlearn.model_yardsticks import over_runs_of
from spinlearn.tfi.schemas import TRUNCATED
from spinlearn.vae.schemas import DIVERGENCE, ENTROPIES, OBSERVABLES

FIELDS = (0.0, 0.5, 1.5)
BONDS = (2, 4)
PARAMETERS = 6400


def about(model, run, samples):
    decoder = {"factorised": "factorised"}.get(model, "recurrent")
    return {
        "run": run,
        "model": model,
        "decoder": decoder,
        "N": 16,
        "training_samples": samples,
    }


def exact_rows():
    """μ_x = hx, pairs of spins 0.5 at all distances, S_2 = 0.3, at every field."""
    rows = [(hx, "mu_x", 0, hx) for hx in FIELDS]
    rows += [(hx, f"{a}{a}_1", n, 0.5) for hx in FIELDS for a in "zx" for n in range(1, 17)]
    return pd.DataFrame(rows, columns=["hx", "observable", "site", "exact"])


def write_model(folder, model, divergence, off, samples=500_000, runs=3):
    """Divergences around a mean; slopes, pairs and S_2 that are off by `off`."""
    paths = {name: folder / f"{model}_{name}.csv" for name in ("d", "o", "e")}
    d, o, e = [], [], []
    for run in range(runs):
        spread = 1 + 0.02 * (run - 1)
        given = about(model, run, samples)
        d += [
            {
                "hx": hx,
                "divergence": spread * divergence,
                "divergence_error": 1e-5,
                "elbo_divergence": np.nan,
                "entropy": 1.2,
                "strings": 100,
                "draws": 0,
                "parameters": PARAMETERS,
                "seconds": 10.0 + run,
                **given,
            }
            for hx in FIELDS
        ]
        rows = exact_rows()
        is_mu = rows.observable == "mu_x"
        value = rows.exact + np.where(is_mu, off * spread * rows.hx, off * spread)
        sampled = model == "recurrent"
        o.append(
            rows.assign(
                vae=value,
                vae_error=0.001,
                decoder_mean=np.nan if sampled else value,
                decoder_mean_error=np.nan if sampled else 0.0005,
                **given,
            )
        )
        entropy = {"vae": 0.3 + off * spread, "vae_error": 0.001, "exact": 0.3}
        others = ("von_neumann", "sampled_purity", "sampled_purity_error", "mps_numbers")
        entropy |= dict.fromkeys((*others, "parameters"), 1.0)
        e += [{"hx": hx, "n": n, **entropy, **given} for hx in FIELDS for n in range(1, 7)]
    DIVERGENCE.write(paths["d"], pd.DataFrame(d))
    OBSERVABLES.write(paths["o"], pd.concat(o))
    ENTROPIES.write(paths["e"], pd.DataFrame(e))
    return paths


def write_truncated(path):
    rows = exact_rows()
    entropy = [(hx, "S_2", n, 0.3) for hx in FIELDS for n in range(1, 17)]
    divergence = [(hx, "divergence", 0, 0.0) for hx in FIELDS]
    more = pd.DataFrame(entropy + divergence, columns=rows.columns)
    tables = [
        pd.concat([rows, more]).assign(
            N=16,
            bond_dimension=bond,
            numbers=8 * bond,
            value=lambda table, bond=bond: table.exact + 0.1 / bond,
            error=1e-5,
        )
        for bond in BONDS
    ]
    TRUNCATED.write(path, pd.concat(tables))


def inputs(folder, models):
    """Files of models, each (name, divergence, error of observables) with further settings."""
    written = [write_model(folder, *model[:3], **model[3]) for model in models]
    write_truncated(folder / "truncated.csv")
    return SimpleNamespace(
        divergences=[paths["d"] for paths in written],
        observables=[paths["o"] for paths in written],
        entropies=[paths["e"] for paths in written],
        truncated=[folder / "truncated.csv"],
    )


GOOD = [
    ("factorised", 0.008, 0.1, {}),
    ("recurrent", 0.0002, 0.01, {}),
    ("matrix_product", 0.00005, 0.005, {}),
]


@pytest.fixture
def table(tmp_path):
    return vae_models.table(inputs(tmp_path, GOOD), {})


def verdicts(table):
    rows = claims_table(vae_models.claims(table)).set_index("key").verdict
    return {key.removeprefix("spinlearn.vae_models."): value for key, value in rows.items()}


def single(table, quantity, model):
    found = over_runs_of(table, quantity).set_index("model")
    return found.value[model]


def test_the_table_has_the_numbers_of_the_files(table):
    assert single(table, "mean_divergence", "factorised") == pytest.approx(0.008)
    assert single(table, "seconds", "recurrent") == pytest.approx(11)
    assert single(table, "floor", "recurrent") == pytest.approx(PARAMETERS / (2 * 500_000 * 3 * 16))
    slopes = over_runs_of(table, "chi_xx")
    assert sorted(slopes.x.unique()) == [0.25, 1.0]
    assert slopes.exact.unique() == pytest.approx([1.0])
    assert slopes[slopes.model == "recurrent"].value.to_numpy() == pytest.approx([1.01, 1.01])
    pairs = over_runs_of(table, "zz")
    assert sorted(pairs.x.unique()) == list(range(1, 16))
    # The sampling variance of 0.0005 squared is subtracted from 0.1 squared.
    expected = pytest.approx([np.sqrt(0.1**2 - 0.0005**2)] * 15, rel=1e-6)
    assert pairs[pairs.model == "factorised"].value.to_numpy() == expected
    assert pairs[pairs.model == "MPS, D = 2"].value.to_numpy() == pytest.approx([0.05] * 15)
    assert set(table.model) == {"factorised", "recurrent", "matrix_product"} | {
        f"MPS, D = {bond}" for bond in BONDS
    }


def test_errors_join_runs_and_strings(table):
    """Runs at 0.98, 1 and 1.02 of 0.008: a standard error of 0.00016/sqrt(3), and the strings'."""
    rows = over_runs_of(table, "mean_divergence").set_index("model")
    strings = 1e-5 / np.sqrt(3) / np.sqrt(3)
    expected = np.hypot(0.00016 / np.sqrt(3), strings)
    assert rows.error["factorised"] == pytest.approx(expected, rel=1e-6)


def test_better_models_are_recognised(table):
    assert set(verdicts(table).values()) == {"reproduced"}


def test_worse_models_are_refuted(tmp_path):
    bad = [GOOD[0], ("recurrent", 0.02, 0.3, {}), ("matrix_product", 0.002, 0.005, {})]
    found = verdicts(vae_models.table(inputs(tmp_path, bad), {}))
    assert {found[f"recurrent_{name}"] for name in ("divergence", "neighbours", "entropy")} == {
        "not reproduced"
    }
    assert found["matrix_product_divergence"] == "not reproduced"
    assert found["matrix_product_entropy"] == "reproduced"


@pytest.mark.parametrize(("samples", "runs"), [(40_000, 3), (500_000, 2)])
def test_small_data_are_too_small_to_judge(tmp_path, samples, runs):
    models = [(*model[:3], {"samples": samples, "runs": runs}) for model in GOOD]
    found = verdicts(vae_models.table(inputs(tmp_path, models), {}))
    assert found["recurrent_divergence"] == "too small to judge"
    assert (found["matrix_product_divergence"] == "reproduced") == (runs == 3)


def test_a_model_that_is_not_trained_is_not_judged(tmp_path):
    found = verdicts(vae_models.table(inputs(tmp_path, GOOD[:2]), {}))
    assert found["matrix_product_entropy"] == "too small to judge"
    assert found["recurrent_entropy"] == "reproduced"


def test_the_picture_is_drawn(table, tmp_path):
    figure = vae_models.draw(table)
    figure.savefig(tmp_path / "figure.png")
    *panels, legend = figure.axes
    assert len(panels) == 7
    assert all(ax.get_ylabel() and ax.lines for ax in panels)
    names = [text.get_text() for text in legend.get_legend().get_texts()]
    assert names == ["factorised", "recurrent", "matrix product", "MPS, D = 2", "MPS, D = 4"]
    # mu_x of the recurrent network is off by 0.01 hx, on average over the runs.
    assert any(np.allclose(line.get_ydata(), 0.01 * np.array(FIELDS)) for line in panels[4].lines)
