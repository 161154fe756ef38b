"""Learning curves: the table from files of known numbers, the verdict and the picture."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from spinlearn.papers.spinlearn import vae_learning
from spinlearn.vae.schemas import DIVERGENCE, HISTORY

FIELDS = (0.0, 0.5, 1.0)


def write(folder, model, bound, runs=3):
    """Two epochs with a loss 0.4 and 0.2 above 16 · 1.25 nats, and a bound that costs `bound`."""
    losses, fresh = [], []
    for run in range(runs):
        for epoch in (1, 2):
            loss = 20.6 - 0.2 * epoch + 0.001 * run
            weighted = np.nan if bound is None else loss - bound * (1 + 0.05 * (run - 1))
            losses.append((run, epoch, loss + 0.1, loss, weighted))
        about = {"run": run, "model": model, "decoder": model, "N": 16, "training_samples": 1000}
        values = {"divergence": 0.01, "divergence_error": 1e-4, "elbo_divergence": np.nan}
        counts = {"strings": 100, "draws": 8, "parameters": 50, "seconds": 1.0}
        for hx, entropy in zip(FIELDS, (1.24, 1.25, 1.26), strict=True):
            fresh.append({"hx": hx, "entropy": entropy + 0.001 * run, **about, **values, **counts})
    paths = folder / f"{model}_h.csv", folder / f"{model}_d.csv"
    HISTORY.write(paths[0], pd.DataFrame(losses, columns=[c.name for c in HISTORY.columns]))
    DIVERGENCE.write(paths[1], pd.DataFrame(fresh))
    return paths


def learned(folder, **models):
    found = [write(folder, name, *given) for name, given in models.items()]
    files = SimpleNamespace(histories=[h for h, _ in found], divergences=[d for _, d in found])
    return vae_learning.table(files, {})


@pytest.fixture
def table(tmp_path):
    return learned(tmp_path, factorised=(0.1,), recurrent=(None,))


def test_each_run_has_the_entropy_of_its_own_strings(table):
    """16 sites times the mean of 1.24, 1.25 and 1.26 nats, and 0.001 more per run."""
    assert len(table) == 2 * 3 * 2
    entropies = table.groupby("run").entropy.unique()
    assert [value.item() for value in entropies] == pytest.approx([20, 20.016, 20.032])
    assert (table.fields == 3).all()
    assert table[table.model == "recurrent"].importance_loss.isna().all()


def test_the_picture_has_a_curve_per_model_and_bound(table, tmp_path):
    figure = vae_learning.draw(table)
    figure.savefig(tmp_path / "figure.png")
    (ax,) = figure.axes
    assert len(ax.containers) == 3
