"""Recipes, runs and yardsticks: held-out strings, marginal likelihood, failure, divergence."""

import shutil
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from spinlearn import config
from spinlearn.learning.distributions import bhattacharyya
from spinlearn.pipeline.errors import ConfigError, DeviceError, NotConvergedError
from spinlearn.spins import povm
from spinlearn.spins.mps import dense, from_dense, sample_povm
from spinlearn.tfi.exact import exact_diagonalisation, ground_vector
from spinlearn.tfi.povm_samples import write_block
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae import files, marginal, training
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.divergences import divergences
from spinlearn.vae.model import ConditionalVAE, kl_to_prior, mass_function
from spinlearn.vae.models import Architecture
from spinlearn.vae.runs import over_runs
from spinlearn.vae.training import Settings, train

FIELDS = (0.5, 1.5)
SETTINGS = Settings(16, 2, 4, 100, 2e-2, schedule="cosine", held_out=0.1)


def state_of(hx, N=3) -> StoredState:
    exact = exact_diagonalisation(N, hx, 1e-5)
    mps = from_dense(ground_vector(N, hx, 1e-5))
    return StoredState(hx, mps, exact.sigma_x, exact.sigma_z, exact.xx, exact.zz)


def strings_of(samples, N=3, fields=FIELDS) -> OutcomeData:
    rng = np.random.default_rng(3)
    return OutcomeData.from_fields(
        {hx: [sample_povm(state_of(hx, N).mps, samples, rng)[0]] for hx in fields}
    )


def weights(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


# --- runs -----------------------------------------------------------------------------------------


def test_a_run_does_not_depend_on_the_other_runs_of_its_job():
    data = strings_of(1000)
    both = train(data, SETTINGS, seed=1, runs=(0, 1))
    alone = train(data, SETTINGS, seed=1, runs=(1,))
    assert torch.equal(weights(both.models[1]), weights(alone.model))
    assert not torch.equal(weights(both.models[0]), weights(both.models[1]))
    second = both.history[both.history.run == 1].reset_index(drop=True)
    assert second.equals(alone.history)
    assert len(both.seconds) == 2


def test_means_over_runs_join_the_scatter_and_the_sampling():
    """By hand: values 1 and 3 with errors 3 and 4: 2, hypot(1, 5/2)."""
    table = pd.DataFrame({"run": [0, 1], "hx": 0.5, "mu": [1.0, 3.0], "mu_error": [3.0, 4.0]})
    found = over_runs(table, ("hx",), ("mu",)).iloc[0]
    assert found.mu == 2.0
    assert found.mu_error == pytest.approx(np.hypot(1.0, 2.5))
    assert found.runs == 2
    single = over_runs(table[table.run == 0], ("hx",), ("mu",)).iloc[0]
    assert single.mu_error == 3.0
    scatter = over_runs(table.drop(columns="mu_error"), ("hx",), ("mu",)).iloc[0]
    assert scatter.mu_error == pytest.approx(1.0)


def test_free_nats_keep_latent_variables_in_use():
    """Strings of a state without correlations, so that nothing else does.

    With a tenth of a nat free, each of the two variables keeps it; otherwise they lose most of it.
    """
    data = strings_of(2000, fields=(5.0, 6.0))
    kept = []
    for free in (0.0, 0.1):
        model = train(data, replace(SETTINGS, free_nats=free), seed=1).model
        outcomes, conditions = data.rows(np.arange(len(data.outcomes)))
        with torch.no_grad():
            mean, log_variance = model.encode(model.one_hot(outcomes), conditions)
        kept.append(float(kl_to_prior(mean, log_variance).mean()) / 2)
    assert kept[0] < 0.05
    assert 0.09 < kept[1] < 0.15


# --- held-out strings -----------------------------------------------------------------------------


def test_held_out_strings_are_in_no_batch():
    data = strings_of(100)
    rows, held_out = data.split(0.2, seed=1)
    assert len(held_out) == 40
    assert sorted([*rows, *held_out]) == list(range(200))
    again, _ = data.split(0.2, seed=1)
    assert (rows == again).all()
    marked = OutcomeData(data.outcomes, np.arange(200.0)[:, None])
    seen = torch.cat([given for _, given in marked.batches(0, 30, 1, 0, rows)])
    assert sorted(seen[:, 0].tolist()) == sorted(rows)


def test_the_best_weights_on_held_out_strings_are_kept():
    """Trained far beyond what 60 strings allow, the model is as good as its best epoch."""
    data = strings_of(30)
    settings = replace(SETTINGS, epochs=60, batch_size=10, held_out=0.3, schedule="constant")
    result = train(data, settings, seed=1)
    history = result.history
    assert history.held_out_loss.idxmin() < 40
    assert history.held_out_loss.iloc[-1] > history.held_out_loss.min() + 0.02
    fit = training._Fit(data, settings, 1, 0, torch.device("cpu"), *data.split(0.3, 1), 8)
    with torch.no_grad():
        kept = fit._held_out_loss(result.model)
    assert kept == pytest.approx(history.held_out_loss.min(), rel=1e-6)
    stopped = train(data, replace(settings, patience=5), seed=1).history
    assert len(stopped) == stopped.held_out_loss.idxmin() + 6


def test_the_importance_weighted_loss_is_below_that_of_the_bound():
    """For sites that agree, whose latent variable has a posterior that is not Gaussian.

    It is recorded in six epochs, the last one among them.
    """
    same = np.repeat(np.random.default_rng(2).integers(0, 2, (3000, 1)), 3, axis=1)
    data = OutcomeData(same.astype(np.uint8), np.zeros((3000, 1)))
    result = train(data, replace(SETTINGS, epochs=12), seed=1)
    known = result.history.dropna(subset=["importance_loss"])
    assert list(known.epoch) == [2, 4, 6, 8, 10, 12]
    assert (known.importance_loss < known.held_out_loss).all()


def test_the_importance_weighted_loss_of_many_draws_is_that_of_the_model():
    """Recipes with several draws: the bound of as many is what is held out. Second route: ln p."""
    same = np.repeat(np.random.default_rng(2).integers(0, 2, (3000, 1)), 3, axis=1)
    data = OutcomeData(same.astype(np.uint8), np.zeros((3000, 1)))
    settings = replace(SETTINGS, epochs=1, batch_size=20, draws=4, held_out=0.5)
    result = train(data, settings, seed=1, importance_draws=64)
    (row,) = result.history.itertuples()
    outcomes, given = data.rows(np.tile(data.split(0.5, 1)[1], 4))
    noise = torch.Generator().manual_seed(3)
    found = {
        draws: -float(result.model.log_probability(outcomes, given, draws, noise).mean())
        for draws in (1, 4, 64)
    }
    assert found[1] - found[4] > 0.5
    assert row.held_out_loss == pytest.approx(found[4], abs=0.02)
    assert row.importance_loss == pytest.approx(found[64], abs=0.02)


def test_a_training_begins_with_the_weights_of_another_model():
    """Without an epoch it has these weights; with one it is the training of no other start."""
    same = np.repeat(np.random.default_rng(2).integers(0, 2, (3000, 1)), 3, axis=1)
    data = OutcomeData(same.astype(np.uint8), np.zeros((3000, 1)))
    starts = {number: train(data, SETTINGS, seed=1, runs=(number,)).model for number in (0, 1)}
    none = train(data, replace(SETTINGS, epochs=0), seed=1, runs=(0, 1), starts=starts)
    for model, start in zip(none.models, starts.values(), strict=True):
        torch.testing.assert_close(model.state_dict(), start.state_dict(), rtol=0, atol=0)
    one = replace(SETTINGS, epochs=1)
    further = train(data, one, seed=1, runs=(0, 1), starts={1: starts[1]})
    alone = train(data, one, seed=1, runs=(0,)).model
    assert further.history.train_loss[1] < further.history.train_loss[0]
    torch.testing.assert_close(further.models[0].state_dict(), alone.state_dict(), rtol=0, atol=0)
    with pytest.raises(ValueError, match="cannot begin with weights of"):
        train(data, replace(SETTINGS, hidden=9), seed=1, starts=starts)


def test_a_model_that_begins_with_another_one_waits_for_its_file():
    models = {"fine": {"start": "factorised", "samples": 20_000}}
    vae = config.load({"vae": {"models": models}}).vae
    assert files.start_of(vae, "N16", "fine", "0001") == [
        "results/vae/N16/factorised/0001/model.pt"
    ]
    assert files.start_of(vae, "N16", "factorised", "0001") == []
    assert "fine" in files.compared_models(vae, 16, "factorised")
    assert "fine" in files.own_models(vae)
    assert "samples_1000" not in files.compared_models(vae, 10)


# --- memory and subsets ---------------------------------------------------------------------------


def test_the_first_samples_of_each_field_are_used(tmp_path):
    rng = np.random.default_rng(0)
    blocks = {}
    for hx in (1.0, 0.5):
        for number in (0, 1):
            outcomes = rng.integers(0, 4, (50, 3), dtype=np.uint8)
            blocks[hx, number] = outcomes
            write_block(tmp_path / f"{hx}{number}.h5", outcomes, np.zeros(50), hx, number)
    paths = sorted(tmp_path.glob("*.h5"))
    data = OutcomeData.from_povm(paths, samples=70)
    assert data.conditions[:, 0].tolist() == [0.5] * 70 + [1.0] * 70
    expected = np.concatenate([blocks[1.0, 0], blocks[1.0, 1][:20]])
    assert (data.outcomes[70:] == expected).all()
    assert len(OutcomeData.from_povm(paths).outcomes) == 200


def test_strings_are_held_once_in_memory(tmp_path):
    """Less than 70 bytes per string of 32 sites, so that the paper's 10.5 million need 0.7 GB.

    Tracemalloc counts what is allocated: 64 bytes while blocks are joined, of which half are pages
    that are not touched before a block is freed; later 32 of outcomes, 8 of conditions, and orders.
    """
    rng, samples, paths = np.random.default_rng(0), 20000, []
    for number in range(10):
        outcomes = rng.integers(0, 4, (samples, 32), dtype=np.uint8)
        paths.append(tmp_path / f"{number}.h5")
        write_block(paths[-1], outcomes, np.zeros(samples), 0.1 * number, 0)
    del outcomes
    tracemalloc.start()
    data = OutcomeData.from_povm(paths)
    rows, _ = data.split(0.05, seed=1)
    for _, given in data.batches(0, 500, 1, 0, rows):
        assert len(given) <= 500
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 70 * 10 * samples


# --- the marginal likelihood ----------------------------------------------------------------------


def test_marginal_loss_is_that_of_the_mass_function():
    """Independent route: the mean over the strings of ln p from `mass_function`, 2^17 vectors.

    The two averages over the prior differ by 0.003 nats at most (they are estimates).
    """
    data = strings_of(200)
    model = ConditionalVAE(Architecture(3, 2, 8), torch.Generator().manual_seed(1)).eval()
    counts, conditions = marginal.string_counts(data, np.arange(400))
    assert counts.sum() == 400
    assert conditions[:, 0].tolist() == list(FIELDS)
    noise = torch.Generator().manual_seed(2)
    with torch.no_grad():
        loss = marginal.negative_log_likelihood(model, counts, conditions, 2**17, noise)
    total = 0.0
    for k, hx in enumerate(FIELDS):
        histogram = povm.empirical_distribution([data.outcomes[200 * k : 200 * (k + 1)]])
        total += float(histogram @ np.log(mass_function(model, hx, 2**17, seed=3))) / 2
    assert float(loss) == pytest.approx(-total, abs=3e-3)


def test_marginal_likelihood_learns_a_short_chain():
    """BC above 0.99 at both fields; guessing (all strings alike) has less than 0.93."""
    data = strings_of(20000)
    settings = Settings(32, 3, 3, 200, 1e-2, schedule="cosine", objective="marginal", held_out=0.05)
    result = train(data, settings, seed=1)
    uniform = np.full(64, 1 / 64)
    for hx in FIELDS:
        exact = povm.outcome_distribution(dense(state_of(hx).mps))
        assert bhattacharyya(exact, uniform) < 0.93
        assert bhattacharyya(exact, mass_function(result.model, hx, 20000, 5)) > 0.99
    assert result.history.held_out_loss.notna().all()


@pytest.mark.parametrize(
    ("sites", "changes", "message"),
    [
        (7, {}, "N <= 6"),
        (3, {"decoder": "autoregressive"}, "factorised"),
        (3, {"decoder": "recurrent"}, "factorised"),
        (3, {"compile": True}, "neither bfloat16 nor compilation"),
        (3, {"draws": 2}, "neither more draws nor pairs"),
        (3, {"pairs": 1.0}, "neither more draws nor pairs"),
    ],
)
def test_what_the_marginal_likelihood_cannot_train_is_refused(sites, changes, message):
    data = OutcomeData(np.zeros((10, sites), np.uint8), np.zeros((10, 1)))
    settings = Settings(4, 1, 1, 10, 1e-3, objective="marginal")
    with pytest.raises(ValueError, match=message):
        train(data, replace(settings, **changes), seed=1)


# --- training that fails --------------------------------------------------------------------------


def test_a_learning_rate_that_is_too_large_is_an_error():
    data = strings_of(300)
    with pytest.raises(NotConvergedError, match=r"run 0 of N = 3: .*guessing 4\.2"):
        train(data, replace(SETTINGS, learning_rate=100.0, epochs=10), seed=1)


def test_what_the_machine_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(training, "_has_bfloat16", lambda device: False)
    with pytest.raises(DeviceError, match="precision: float32"):
        train(strings_of(10), replace(SETTINGS, precision="bfloat16"), seed=1)
    monkeypatch.setattr(training.shutil, "which", lambda name: None)
    with pytest.raises(DeviceError, match="compile: false"):
        train(strings_of(10), replace(SETTINGS, compile=True), seed=1)


@pytest.mark.skipif(not training._has_bfloat16(torch.device("cpu")), reason="no bfloat16 here")
def test_bfloat16_trains_as_float32_does():
    """Weights stay float32, and losses differ by the format's 1 % at most."""
    data = strings_of(1000)
    usual = train(data, SETTINGS, seed=1)
    mixed = train(data, replace(SETTINGS, precision="bfloat16"), seed=1)
    assert mixed.model.dtype == torch.float32
    assert mixed.history.train_loss.to_numpy() == pytest.approx(
        usual.history.train_loss.to_numpy(), rel=1e-2
    )


@pytest.mark.skipif(not training._has_bfloat16(torch.device("cpu")), reason="no bfloat16 here")
@pytest.mark.parametrize("decoder", ["factorised", "tied", "autoregressive"])
def test_losses_of_bfloat16_products_are_float32(decoder):
    """Of losses of about 22 nats bfloat16 has one value every 0.125 nats."""
    model = ConditionalVAE(Architecture(16, 4, 8, decoder), torch.Generator().manual_seed(1))
    outcomes = torch.randint(0, 4, (200, 16), generator=torch.Generator().manual_seed(3))
    with torch.autocast("cpu", torch.bfloat16):
        noise = torch.Generator().manual_seed(2)
        losses = model.loss(outcomes.to(torch.uint8), torch.ones(200, 1), noise, draws=4)
    assert losses.dtype == torch.float32
    assert len(losses.unique()) == 200


COMPILED = """
import numpy as np
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.training import Settings, train

outcomes = np.random.default_rng(0).integers(0, 2, (2000, 3), dtype=np.uint8)
data = OutcomeData(outcomes, np.zeros((2000, 1)))
for more in ({}, {"draws": 4, "free_nats": 0.1}):
    for compile in (False, True):
        settings = Settings(16, 2, 3, 100, 2e-2, schedule="cosine", compile=compile, **more)
        print(*train(data, settings, seed=1).history.train_loss)
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("c++"), reason="no C++ compiler here")
def test_a_compiled_loss_trains_as_usual():
    """Up to rounding: float32 has seven digits, and errors grow over 60 updates.

    In a process of its own, since torch cannot compile the tests' checks of types.
    """
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    losses = [np.array(line.split(), float) for line in done.stdout.splitlines()]
    assert len(losses) == 4
    for usual, compiled in (losses[:2], losses[2:]):
        assert compiled == pytest.approx(usual, rel=1e-4)


# --- divergence -----------------------------------------------------------------------------------


@pytest.mark.parametrize("decoder", ["factorised", "tied", "autoregressive"])
def test_divergence_is_that_of_the_mass_functions(decoder):
    """Independent route: Σ P ln(P/p)/N over all 64 strings, within 4 standard errors and 1e-3.

    Of a factorised decoder it is from the mass function itself, of an autoregressive one from the
    importance-weighted bound, with an encoder that gives the prior. With 2000 latent vectors this
    is below ln p by less than 1e-3.
    """
    architecture = Architecture(3, 1, 8, decoder)
    model = ConditionalVAE(architecture, torch.Generator().manual_seed(4)).eval()
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.zero_()
    states = [state_of(hx) for hx in FIELDS]
    table = divergences(model, states, 1500, 2000, seed=1)
    for state, row in zip(states, table.itertuples(), strict=True):
        exact = povm.outcome_distribution(dense(state.mps))
        learned = mass_function(model, state.hx, 2**16, 1)
        expected = (exact * np.log(exact / learned)).sum() / 3
        entropy = -(exact * np.log(exact)).sum() / 3
        assert row.divergence == pytest.approx(expected, abs=4 * row.divergence_error + 1e-3)
        assert row.elbo_divergence > row.divergence
        assert row.entropy == pytest.approx(entropy, abs=0.03)
    other = ConditionalVAE(architecture, torch.Generator().manual_seed(5)).eval()
    again = divergences(other, states, 1500, 10, seed=1)
    assert (again.entropy == table.entropy).all()  # all models see the same strings
    again = divergences(model, states, 1500, 10, seed=1, run=1)
    assert (again.entropy != table.entropy).all()  # and each run its own
    without = divergences(model, states, 10, 10, seed=1, has_bound=False)
    assert without.elbo_divergence.isna().all()


# --- configuration --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overlay", "message"),
    [
        ({"recipe": "quick"}, "vae.recipe: 'quick' is no name"),
        ({"models": {"mine": {"recipe": "quick"}}}, "models.mine.recipe: 'quick' is none"),
        ({"models": {"marginal": {"N": [10]}}}, r"models.marginal.N: .*N <= 6; without \[10\]"),
        (
            {"models": {"marginal": {"decoder": "autoregressive"}}},
            "models.marginal.decoder: must be factorised",
        ),
        (
            {"recipes": {"marginal": {"precision": "bfloat16"}}},
            "recipes.marginal.precision: must be float32",
        ),
        ({"recipes": {"marginal": {"compile": True}}}, "recipes.marginal.compile: must be false"),
        ({"recipes": {"marginal": {"draws": 2}}}, "recipes.marginal.draws: must be 1"),
        ({"recipes": {"marginal": {"pairs": 1.0}}}, "recipes.marginal.pairs: must be 0"),
        ({"runs": 4, "block": 3}, "vae.runs: must be a multiple of vae.block"),
        (
            {"models": {"mine": {"left_out_hx": list(config.Config().tfi.hx)}}},
            "models.mine.left_out_hx: leaves out all",
        ),
        (
            {"models": {"mine": {"left_out_hx": [0.4, 0.55]}}},
            r"models.mine.left_out_hx: \[0.55\] not among tfi.hx",
        ),
        (
            {"models": {"mine": {"samples": 50_000}}},
            "models.mine.samples: must be at most tfi.samples = 40000, got 50000",
        ),
        ({"models": {"mine": {"start": "yours"}}}, "models.mine.start: 'yours' is none of"),
        (
            {"models": {"a": {"start": "factorised"}, "b": {"start": "a"}}},
            "models.b.start: a begins with the weights of another",
        ),
        ({"models": {"mine": {"start": "mine"}}}, "models.mine.start: mine begins with"),
        ({"models": {"mine": {"start": "factorised", "latent": 7}}}, "has another decoder"),
        (
            {"models": {"mine": {"start": "left_out", "left_out_hx": [0.4, 0.9, 1.0]}}},
            r"models.mine.start: left_out is not trained on N = \[5, 10\]",
        ),
        ({"figure_model": "yours"}, "vae.figure_model: 'yours' is none of vae.models"),
        (
            {"figure_model": "recurrent"},
            "vae.figure_model: decoder recurrent of recurrent has no derivative for figure 9; "
            "name a model with decoder factorised or tied",
        ),
    ],
)
def test_faults_of_recipes_and_models_are_named(overlay, message):
    with pytest.raises(ConfigError, match=message):
        config.load({"vae": overlay})


def test_a_model_of_no_length_may_ask_for_strings_that_are_not_there():
    models = {"mine": {"samples": 50_000, "left_out_hx": [0.55], "N": [32]}}
    assert config.load({"vae": {"models": models}}).vae.models["mine"].samples == 50_000


def test_the_papers_recipe_has_the_values_of_its_text():
    paper = config.Config().vae.recipes["paper"]
    assert (paper.batch_size, paper.epochs, paper.learning_rate) == (100000, 750, 1e-3)
    assert (paper.schedule, paper.held_out, paper.objective) == ("constant", 0.0, "elbo")
