"""The distance between the pair distributions of a model and of strings, as a part of the loss."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spinlearn import config
from spinlearn.spins import povm
from spinlearn.spins.mps import dense, from_dense, sample_povm
from spinlearn.tfi.exact import ground_vector
from spinlearn.vae import files
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import mass_function
from spinlearn.vae.pairs import RAREST, Pairs
from spinlearn.vae.training import Settings, initial_model, train

FIELDS = (0.5, 1.5)
SETTINGS = Settings(16, 3, 4, 100, 1e-2, schedule="cosine", held_out=0.1, decoder="tied")


def strings(samples) -> OutcomeData:
    rng = np.random.default_rng(3)
    states = {hx: from_dense(ground_vector(3, hx, 1e-5)) for hx in FIELDS}
    return OutcomeData.from_fields(
        {hx: [sample_povm(state, samples, rng)[0]] for hx, state in states.items()}
    )


def pair_distributions(p) -> np.ndarray:
    """Of (1, 2), (1, 3) and (2, 3), from the probabilities of all 4^3 strings."""
    return np.stack([povm.marginal(p, pair) for pair in ((0, 1), (0, 2), (1, 2))])


def test_pairs_of_equal_strings_are_counted_by_field():
    outcomes = np.array([[0, 3], [0, 3], [2, 3], [1, 1]], dtype=np.uint8)
    data = OutcomeData(outcomes, np.array([[0.5], [0.5], [0.5], [0.5]]))
    model = initial_model(SETTINGS, 2, 1)
    found = Pairs.of(model, data, np.array([0, 1, 2]))
    assert found.conditions.tolist() == [[0.5]]
    four = found.frequencies[0].reshape(4, 2, 4, 2)  # (a, i, b, j)
    expected = torch.zeros(4, 4)
    expected[0, 3], expected[2, 3] = 2 / 3, 1 / 3
    torch.testing.assert_close(four[:, 0, :, 1], expected)
    torch.testing.assert_close(four[:, 1, :, 0], expected.T)


def test_distance_has_no_bias():
    """The mean over many draws is χ²/2 from the probabilities of all strings: second route."""
    data = strings(5000)
    model = initial_model(SETTINGS, 3, 1)
    pairs = Pairs.of(model, data, np.arange(len(data.outcomes)))
    expected = 0.0
    for k, hx in enumerate(FIELDS):
        p = pair_distributions(mass_function(model, hx, 2**18, seed=1))
        f = pair_distributions(
            povm.empirical_distribution([data.outcomes[5000 * k : 5000 * (k + 1)]])
        )
        expected += 0.5 * ((p - f) ** 2 / np.maximum(f, RAREST)).sum() / len(FIELDS)
    noise = torch.Generator().manual_seed(5)
    with torch.no_grad():
        found = np.array([float(pairs.distance(model, noise, 16)) for _ in range(2000)])
    assert found.mean() == pytest.approx(expected, abs=4 * found.std() / np.sqrt(len(found)))
    assert found.std() / np.sqrt(len(found)) < 0.05 * expected


def test_guessing_has_the_distance_of_a_model_without_weights():
    data = strings(1000)
    model = initial_model(SETTINGS, 3, 1)
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    pairs = Pairs.of(model, data, np.arange(len(data.outcomes)))
    found = pairs.distance(model, torch.Generator().manual_seed(1), 4).detach()
    assert pairs.distance_of_guessing(3) == pytest.approx(found.item(), rel=1e-5)
    assert pairs.distance_of_guessing(3) > 0.05


def test_pairs_are_nearer_with_the_term_than_without():
    data = strings(4000)
    distances = []
    for weight in (0.0, 10.0):
        model = train(data, replace(SETTINGS, pairs=weight), seed=1).model
        total = 0.0
        for hx in FIELDS:
            exact = povm.outcome_distribution(dense(from_dense(ground_vector(3, hx, 1e-5))))
            p, f = map(pair_distributions, (mass_function(model, hx, 2**16, seed=1), exact))
            total += float(((p - f) ** 2 / f).sum())
        distances.append(total)
    assert distances[1] < 0.5 * distances[0]


def test_sites_that_depend_on_others_have_no_term():
    data = strings(1500)
    for decoder, has_it in (("factorised", True), ("autoregressive", False)):
        plain, more = (
            train(data, replace(SETTINGS, decoder=decoder, pairs=w), seed=1).history
            for w in (0.0, 50.0)
        )
        equal = plain.drop(columns="importance_loss").equals(more.drop(columns="importance_loss"))
        assert equal != has_it
        if has_it:
            assert more.train_loss[0] > plain.train_loss[0]


def test_the_weights_that_are_kept_are_best_with_the_term_and_held_out_losses_are_without():
    """Begun near the strings and trained on pairs alone, nearly: the last epoch is kept.

    Second route to its held-out loss: the bound of the strings that are held out.
    """
    data = strings(4000)
    start = train(data, replace(SETTINGS, epochs=8), seed=1).model
    settings = replace(SETTINGS, pairs=1e4, schedule="constant", learning_rate=1e-3)
    result = train(data, settings, seed=1, starts={0: start})
    held_out = data.rows(data.split(settings.held_out, 1)[1])
    noise = torch.Generator().manual_seed(4)
    with torch.no_grad():
        found = [float(result.model.loss(*held_out, noise).mean()) for _ in range(20)]
    history = result.history
    assert history.train_loss.min() > history.held_out_loss.max() + 1
    assert np.abs(history.held_out_loss - np.mean(found)).min() < 0.02
    assert (history.importance_loss < history.held_out_loss + 0.02).all()


def test_a_recipe_without_pairs_has_the_jobs_of_before():
    cfg = config.load({})
    assert '"pairs"' not in files.train_settings(1, cfg.vae, cfg.tfi, "factorised")
    cfg = config.load({"vae": {"recipes": {"efficient": {"pairs": 10.0}}}})
    assert '"pairs"' in files.train_settings(1, cfg.vae, cfg.tfi, "factorised")
    assert '"pairs"' not in files.train_settings(1, cfg.vae, cfg.tfi, "autoregressive")


def test_memory_has_room_for_the_pairs_of_all_fields():
    """Four arrays of (4 · 256)² numbers of 4 bytes, one per field."""
    changes = {"recipes": {"efficient": {"pairs": 1.0}}}
    plain, more = (config.load({"vae": vae}).vae for vae in ({}, changes))
    shape = 1000, 256, 1, 21
    extra = files.train_memory(more, "factorised", *shape)
    extra -= files.train_memory(plain, "factorised", *shape)
    assert extra == pytest.approx(21 * 4 * 1024**2 * 4e-6)
