"""Models of outcomes of the user's own, with several conditions: training, files, likelihoods."""

import math

import numpy as np
import pytest
import torch

from spinlearn.config import Config
from spinlearn.tfi.own_outcomes import Outcomes
from spinlearn.tfi.own_outcomes import save as save_outcomes
from spinlearn.vae import files
from spinlearn.vae.config import Model
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.likelihood import independent_entropy, likelihoods
from spinlearn.vae.model import ConditionalVAE, all_strings, log_likelihood
from spinlearn.vae.results import Training, load, save
from spinlearn.vae.schemas import LIKELIHOOD
from spinlearn.vae.training import Settings, train

SETTINGS = Settings(32, 1, epochs=12, batch_size=200, learning_rate=5e-3, schedule="cosine")
NAMES = ("hx", "temperature")


def one_or_the_other(rng, first, second, samples=3000):
    """Strings of two sites: site 1 is 0 with probability `first`, site 2 with `second`; else 3."""
    return (3 * (rng.random((samples, 2)) >= (first, second))).astype(np.uint8)


@pytest.fixture(scope="module")
def data() -> OutcomeData:
    """The first site depends on hx alone, the second on the temperature alone."""
    rng = np.random.default_rng(7)
    values = [(hx, t) for hx in (1.0, 0.0) for t in (0.0, 1.0)]
    blocks = [one_or_the_other(rng, 0.1 + 0.8 * hx, 0.2 + 0.5 * t) for hx, t in values]
    return OutcomeData(np.concatenate(blocks), np.repeat(values, 3000, axis=0), NAMES)


@pytest.fixture(scope="module")
def model(data) -> ConditionalVAE:
    return train(data, SETTINGS, seed=1).model


def test_strings_are_grouped_by_all_conditions():
    conditions = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, -1.0], [0.0, 2.0]])
    data = OutcomeData(np.zeros((4, 2), np.uint8), conditions, NAMES)
    assert [rows.tolist() for rows in data.by_condition()] == [[1, 3], [2], [0]]
    training = Training.on(data, {})
    assert training.conditions == ((0.0, 2.0), (1.0, -1.0), (1.0, 0.0))
    assert training.samples == 1


def test_a_trained_model_depends_on_both_conditions(model):
    """Every string's probability at each of four conditions, within 0.05 of the truth.

    Among the truths of a string, the conditions make differences of up to 0.7. The bound of 3000
    latent vectors is exact to better than 1e-2 here.
    """
    strings = all_strings(2)
    first, second = strings[:, 0].numpy(), strings[:, 1].numpy()
    for hx in (0.0, 1.0):
        for t in (0.0, 1.0):
            given = torch.tensor([[hx, t]]).repeat(16, 1)
            noise = torch.Generator().manual_seed(0)
            found = log_likelihood(model, strings, given, 3000, noise).exp().numpy()
            p, q = 0.1 + 0.8 * hx, 0.2 + 0.5 * t
            one = np.select([first == 0, first == 3], [p, 1 - p], 0.0)
            two = np.select([second == 0, second == 3], [q, 1 - q], 0.0)
            assert np.abs(found - one * two).max() < 0.05


def test_model_file_keeps_the_conditions(model, data, tmp_path):
    training = Training.on(data, {"rule": "vae_train_outcomes"})
    save(tmp_path / "model.pt", [(model, training)])
    ((back, stored),) = load(tmp_path / "model.pt")
    assert back.architecture.conditions == NAMES
    assert back.architecture == model.architecture
    assert stored == training
    assert stored.conditions == ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    assert stored.samples == 3000
    for name, weight in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], weight)


def test_data_come_from_a_file_of_outcomes(data, tmp_path):
    stored = Outcomes(data.outcomes, data.conditions, NAMES, "made up")
    save_outcomes(tmp_path / "device.h5", stored, "device", {})
    back = OutcomeData.from_file(tmp_path / "device.h5")
    assert (back.outcomes == data.outcomes).all()
    assert (back.conditions == data.conditions).all()
    assert back.names == NAMES


def test_likelihood_of_independent_sites_is_the_entropy_of_their_frequencies():
    """By hand: one site with frequencies 1/2 and 1/2, one with 1/4 and 3/4, one certain."""
    outcomes = np.array([[0, 1, 2], [0, 3, 2], [1, 3, 2], [1, 3, 2]], dtype=np.uint8)
    expected = math.log(2) + (math.log(4) + 3 * math.log(4 / 3)) / 4
    assert independent_entropy(outcomes) == pytest.approx(expected, rel=1e-12)


def test_likelihoods_of_independent_sites_agree_with_a_model_that_learned_them(
    model, data, tmp_path
):
    """The sites are independent at each condition: the model comes near, and is no better.

    It is fitted to all conditions at once, so it may be worse by its own error of training.
    """
    table = likelihoods(model, data, samples=1000, draws=64, seed=1)
    assert table.conditions[1] == "hx = 0; temperature = 1"
    assert (table.strings == 1000).all()
    gap = table.vae - table.independent_sites
    assert (gap > -1e-3).all()
    assert (gap < 0.1).all()
    assert table.equals(likelihoods(model, data, samples=1000, draws=64, seed=1))
    LIKELIHOOD.write(
        tmp_path / "likelihood.csv", table.assign(run=0, model="mine", decoder="factorised")
    )
    assert len(LIKELIHOOD.read(tmp_path / "likelihood.csv")) == 4


def test_a_model_that_learned_a_correlation_is_better_than_independent_sites():
    """Two sites that agree: independent sites need ln 4 nats per string, the truth is ln 2."""
    same = np.repeat(np.random.default_rng(2).integers(0, 2, (6000, 1)), 2, axis=1)
    data = OutcomeData(same.astype(np.uint8), np.zeros((6000, 1)), ("delay",))
    settings = Settings(32, 1, 10, 200, 5e-3, decoder="autoregressive")
    table = likelihoods(train(data, settings, seed=1).model, data, 2000, 64, seed=1)
    assert table.independent_sites[0] == pytest.approx(math.log(4), abs=0.01)
    assert table.vae[0] == pytest.approx(math.log(2), abs=0.03)


def test_models_of_all_samples_are_trained_on_outcomes_of_the_users_own():
    tfi = Config().tfi.model_copy(update={"outcomes_files": {"device": "device.csv"}})
    models = {
        "own": Model(N=(5,)),
        "short": Model(recipe="marginal"),
        "few": Model(samples=10),
        "gap": Model(left_out_hx=(0.5,)),
    }
    vae = Config().vae.model_copy(update={"models": models, "runs": 6, "block": 3})
    assert files.outcome_files(vae, "model.pt", tfi) == [
        "results/vae/device/own/0000/model.pt",
        "results/vae/device/own/0001/model.pt",
    ]


def test_requests_grow_with_the_number_of_conditions():
    vae = Config().vae
    name = "factorised"
    one, more = (files.train_memory(vae, name, 10**6, 5, count) for count in (1, 3))
    assert more - one == pytest.approx(16.0)
    few, many = (files.train_minutes(vae, name, 10**6, 5, count) for count in (1, 3))
    assert many > few
    assert files.likelihood_minutes(vae, name, 10**6, 5, 3) > 10


def test_requests_of_the_marginal_recipe_grow_with_the_number_of_fields():
    """An update has 256 latent vectors per field, with 24 bytes per hidden unit and 60 per site."""
    vae = Config().vae
    one, more = (files.train_memory(vae, "marginal", 10**6, 5, 1, fields) for fields in (1, 4))
    assert more - one == pytest.approx(2e-6 * 3 * 256 * (24 * 64 + 60 * 5))
    few, many = (files.train_minutes(vae, "marginal", 10**6, 5, 1, fields) for fields in (3, 12))
    assert many - 10 == pytest.approx(4 * (few - 10))
