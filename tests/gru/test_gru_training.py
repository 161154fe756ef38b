"""Recipes, variants, resuming, and that a network goes its own way."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from spinlearn.gru.data import INDICATORS, Realisations, pad
from spinlearn.gru.model import DTYPE, Architecture, GruNetworks, neighbour_pairs
from spinlearn.gru.schemas import HISTORY_COLUMNS
from spinlearn.gru.training import (
    RECIPES,
    VARIANTS,
    Settings,
    checkpoint_files,
    feature_curves,
    phase_diagram,
    predict,
    train_variant,
)
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.streams import integer_seed

SEED = 3
QUICK = Settings(
    epochs=3,
    transfer_epochs=2,
    batch_size=16,
    learning_rate=1e-2,
    transfer_learning_rate=1e-2,
    seeds=2,
)


def synthetic(count, seed, lengths=(4, 6), strengths=(1.0, 2.0, 4.0), grid=(0.25, 0.5, 0.75)):
    """Rings whose targets are known functions of the mean |h_i| and of the energy density."""
    rng = np.random.default_rng(seed)
    fields = [rng.uniform(-h, h, (count, L)) for L in lengths for h in strengths]
    L = np.repeat(lengths, count * len(strengths))
    h = np.tile(np.repeat(strengths, count), len(lengths))
    grid = np.array(grid)
    padded = pad(fields)
    mean = np.nanmean(np.abs(padded), axis=1)[:, None] / 2 * np.ones(len(grid))
    targets = np.stack([mean, 1 - mean, mean * mean + grid - 0.5], axis=-1)
    return Realisations(padded, L, h, grid, targets)


@pytest.fixture(scope="module")
def data():
    return synthetic(8, 1)


def same_weights(first, second, tolerance=0.0):
    return all(
        torch.allclose(a, b, rtol=0, atol=tolerance)
        for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    )


# --- learning ---------------------------------------------------------------------------------


def test_learns_an_exactly_learnable_target():
    """Mean |h_i| of rings of two lengths, unseen realisations: R^2 > 0.9 for every network."""
    test = synthetic(100, 2).at(0.5)
    settings = replace(QUICK, epochs=60, batch_size=32, learning_rate=2e-2)
    trained = train_variant("multitask", synthetic(60, 1), settings, seed=SEED)
    prediction = predict(trained.networks, test).prediction
    for network in prediction:
        assert (r_squared(test.targets[:, 0], network) > 0.9).all()
        # The mean of the targets, for all, is what the baseline of 1/2 stands for.
        constant = np.broadcast_to(test.targets[:, 0].mean(axis=0), network.shape)
        assert np.allclose(normalised(r_squared(test.targets[:, 0], constant)), 0.5, atol=1e-12)


def test_the_energy_resolved_head_learns_the_energy():
    """f = (mean |h|)^2 + eps - 1/2: the slope in eps comes out within 0.2 of 1."""
    settings = replace(QUICK, epochs=40, transfer_epochs=40, batch_size=32)
    trained = train_variant("energy", synthetic(30, 1), settings, seed=SEED)
    test = synthetic(20, 2)
    prediction = predict(trained.networks, test).prediction[..., 2].reshape(2, len(test), 3)
    slope = (prediction[..., 2] - prediction[..., 0]).mean(axis=1) / 0.5
    assert np.abs(slope - 1).max() < 0.2


def test_losses_fall_and_are_recorded(data):
    trained = train_variant("transfer", data, replace(QUICK, epochs=30), seed=SEED)
    history = trained.history
    assert tuple(history.columns) == HISTORY_COLUMNS
    assert len(history) == 2 * 30 + 2 * 2
    assert not history.duplicated(["seed", "stage", "epoch"]).any()
    first = history[history["stage"] == "features"].pivot(
        index="epoch", columns="seed", values="train_loss"
    )
    assert (first.loc[30] < 0.5 * first.loc[1]).all()


@pytest.mark.parametrize("recipe", ["text", "code"])
def test_recorded_loss_is_the_mean_squared_error(data, recipe):
    """At a vanishing learning rate the first epoch's loss is that of the initial networks."""
    settings = replace(QUICK, recipe=recipe, epochs=1, learning_rate=1e-15, batch_size=10)
    trained = train_variant("multitask", data, settings, seed=SEED)
    middle = data.at(0.5)
    error = (predict(trained.networks, middle).prediction - middle.targets[:, 0]) ** 2
    assert np.allclose(trained.history["train_loss"], error.mean(axis=(1, 2)), rtol=1e-9)


# --- recipes ----------------------------------------------------------------------------------


def reference_step(data, recipe, learning_rate):
    """One full-batch step of network 0 by torch's own modules and a written-out update rule."""
    key = integer_seed(SEED, "gru", "weights", variant="multitask", stage="features", seed=0)
    start = GruNetworks(1, Architecture(INDICATORS)).initialise([key])
    gru = torch.nn.GRU(2, 2, batch_first=True, dtype=DTYPE)
    gru.load_state_dict({f"{name}_l0": value[0] for name, value in start.gru.state_dict().items()})
    layers = [torch.nn.Linear(2, 10, dtype=DTYPE), torch.nn.Linear(10, 3, dtype=DTYPE)]
    for layer, ours in zip(layers, (start.head.hidden, start.head.output), strict=True):
        layer.load_state_dict({"weight": ours.weight[0], "bias": ours.bias[0]})
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        torch.from_numpy(neighbour_pairs(data.fields, data.L)),
        torch.from_numpy(data.L),
        batch_first=True,
        enforce_sorted=False,
    )
    prediction = layers[1](torch.relu(layers[0](gru(packed)[1][0])))
    error = (prediction - torch.from_numpy(data.at(0.5).targets[:, 0])) ** 2
    (error.mean() if recipe == "text" else error.sum()).backward()
    stepped = []
    for parameter in (*gru.parameters(), *layers[0].parameters(), *layers[1].parameters()):
        g = parameter.grad
        # The first step of Adam is lr g/(|g| + 1e-8), whatever its betas; SGD's is lr g.
        step = g / (g.abs() + 1e-8) if recipe == "text" else g
        stepped.append(parameter.detach() - learning_rate * step)
    return stepped


@pytest.mark.parametrize("recipe", ["text", "code"])
def test_a_step_of_each_recipe_is_what_its_formula_says(data, recipe):
    """Loss and optimiser: text is Adam on the mean, code is SGD on the sum."""
    settings = replace(
        QUICK, recipe=recipe, epochs=1, batch_size=len(data), learning_rate=1e-3, seeds=1
    )
    trained = train_variant("multitask", data, settings, seed=SEED)
    reached = [value[0] for value in trained.networks.parameters()]
    for ours, theirs in zip(reached, reference_step(data, recipe, 1e-3), strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-11)


def test_the_code_recipe_has_its_own_energy_head(data):
    text = train_variant("energy", data, QUICK, seed=SEED).networks.architecture
    code = train_variant(
        "energy", data, replace(QUICK, recipe="code", learning_rate=1e-4), seed=SEED
    ).networks.architecture
    assert (text.head, text.energy_offset) == (10, 0.0)
    assert (code.head, code.energy_offset) == (31, 0.5)
    assert set(RECIPES) == {"text", "code"}


def test_divergence_is_an_error(data):
    with pytest.raises(NotConvergedError, match="diverged"):
        train_variant(
            "multitask", data, replace(QUICK, recipe="code", learning_rate=1.0, epochs=20), seed=1
        )


# --- variants ---------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_each_variant_predicts_its_indicators(data, variant):
    trained = train_variant(variant, data, QUICK, seed=SEED)
    prediction = predict(trained.networks, data)
    known = [INDICATORS.index(name) for name in VARIANTS[variant].indicators]
    assert trained.networks.architecture.indicators == VARIANTS[variant].indicators
    assert prediction.prediction.shape == (2, 3 * len(data), 3)
    assert np.isfinite(prediction.prediction[..., known]).all()
    others = [column for column in range(3) if column not in known]
    assert np.isnan(prediction.prediction[..., others]).all()
    by_energy = prediction.prediction[..., known].reshape(2, len(data), 3, len(known))
    varies = np.ptp(by_energy, axis=2).max() > 0
    assert varies == VARIANTS[variant].resolved


@pytest.mark.parametrize("variant", ["transfer", "energy"])
def test_the_second_stage_leaves_the_features_alone(data, variant):
    """The GRU of the finished network is, bit for bit, that of its first stage."""
    trained = train_variant(variant, data, QUICK, seed=SEED)
    longer = train_variant(variant, data, replace(QUICK, transfer_epochs=5), seed=SEED)
    assert same_weights(trained.networks.gru, longer.networks.gru)
    assert not same_weights(trained.networks.head, longer.networks.head)
    other = train_variant(variant, data, replace(QUICK, epochs=4), seed=SEED)
    assert not same_weights(trained.networks.gru, other.networks.gru)


def test_transfer_features_never_see_the_target(data):
    """Changing f changes the transferred head, and not a bit of the features."""
    changed = Realisations(
        data.fields, data.L, data.h, data.energy_density, data.targets * [1.0, 1.0, -2.0]
    )
    first, second = (train_variant("transfer", d, QUICK, seed=SEED) for d in (data, changed))
    assert same_weights(first.networks.gru, second.networks.gru)
    assert not same_weights(first.networks.head, second.networks.head)


def test_nothing_to_learn_from_is_an_error(data):
    with pytest.raises(ValueError, match="no training data"):
        train_variant("multitask", data.of_lengths([20]), QUICK, seed=SEED)


# --- determinism ------------------------------------------------------------------------------


def test_same_seed_same_networks(data):
    first, second = (train_variant("multitask", data, QUICK, seed=SEED) for _ in range(2))
    assert same_weights(first.networks, second.networks)
    pd.testing.assert_frame_equal(first.history, second.history)
    other = train_variant("multitask", data, QUICK, seed=SEED + 1)
    assert not same_weights(first.networks, other.networks)


@pytest.mark.parametrize("variant", ["multitask", "energy"])
def test_a_network_does_not_depend_on_how_many_are_trained(data, variant):
    """Network 2 trained beside others and alone; 1e-10 leaves room for rounding of batched sums."""
    together = train_variant(variant, data, replace(QUICK, seeds=4, epochs=10), seed=SEED)
    alone = train_variant(variant, data, replace(QUICK, epochs=10), seed=SEED, seeds=range(2, 3))
    for ours, theirs in zip(
        together.networks.parameters(), alone.networks.parameters(), strict=True
    ):
        assert torch.allclose(ours[2], theirs[0], rtol=0, atol=1e-10)
    joint = together.history[together.history["seed"] == 2]["train_loss"].to_numpy()
    assert np.allclose(joint, alone.history["train_loss"], rtol=1e-10)


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_two_blocks_of_networks_are_one_of_twice_as_many(data, variant):
    """Same initial weights and orders of samples, to the last bit.

    Trained networks agree to rounding: how many networks share a batched product decides the order
    in which it is summed (2e-16 apart after ten epochs). A block always holds the same networks, so
    more blocks change no bit.
    """
    settings = replace(QUICK, epochs=10, transfer_epochs=10)
    still = replace(settings, epochs=1, transfer_epochs=1, learning_rate=1e-300)
    still = replace(still, transfer_learning_rate=1e-300)
    for chosen, tolerance in ((still, 0.0), (settings, 1e-10)):
        whole = train_variant(variant, data, chosen, seed=SEED, seeds=range(4))
        blocks = [
            train_variant(variant, data, chosen, seed=SEED, seeds=range(first, first + 2))
            for first in (0, 2)
        ]
        for ours, *parts in zip(
            whole.networks.state_dict().values(),
            *(block.networks.state_dict().values() for block in blocks),
            strict=True,
        ):
            assert torch.allclose(torch.cat(parts), ours, rtol=0, atol=tolerance)
        numbers = [block.history["seed"].unique().tolist() for block in blocks]
        assert numbers == [[0, 1], [2, 3]]


class Killed(Exception):
    """Stands for the end of a process."""


@pytest.mark.parametrize(
    ("variant", "die_at"), [("multitask", 4), ("transfer", 2), ("transfer", 7)]
)
def test_a_killed_training_resumes_to_the_same_networks(
    data, variant, die_at, tmp_path, monkeypatch
):
    """Killed in the first or the second stage, it ends as one that was left alone, bit for bit."""
    settings = replace(QUICK, epochs=5, transfer_epochs=5)
    whole = train_variant(variant, data, settings, seed=SEED)
    checkpoint = tmp_path / ".predictions.h5.checkpoint"

    import spinlearn.gru.training as module

    original = module.train
    count = 0

    def mortal(model, loss, batches, *arguments, **named):
        def counted(epoch):
            nonlocal count
            count += 1
            if count > die_at:
                raise Killed
            return batches(epoch)

        named["checkpoint_interval"] = 0.0
        return original(model, loss, counted, *arguments, **named)

    monkeypatch.setattr(module, "train", mortal)
    with pytest.raises(Killed):
        train_variant(variant, data, settings, seed=SEED, checkpoint=checkpoint, checkpoint_key="a")
    assert any(path.exists() for path in checkpoint_files(checkpoint))
    monkeypatch.setattr(module, "train", original)
    resumed = train_variant(
        variant, data, settings, seed=SEED, checkpoint=checkpoint, checkpoint_key="a"
    )
    assert resumed.resumed
    assert same_weights(whole.networks, resumed.networks)
    pd.testing.assert_frame_equal(whole.history, resumed.history)
    stranger = train_variant(
        variant, data, settings, seed=SEED, checkpoint=checkpoint, checkpoint_key="b"
    )
    assert not stranger.resumed


# --- forward passes ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def resolved(data):
    return train_variant("energy", data, QUICK, seed=SEED).networks


def test_phase_diagram_is_the_average_of_single_predictions(resolved):
    """Point by point the same as predicting the same disorder vectors one set at a time."""
    h, energies, samples, L = np.array([1.0, 3.0]), np.array([0.2, 0.7, 0.9]), 5, 6
    diagram = phase_diagram(resolved, L, h, energies, samples, np.random.default_rng(4))
    directions = np.random.default_rng(4).uniform(-1, 1, (samples, L))
    largest = -np.inf
    for i, strength in enumerate(h):
        rows = Realisations(
            strength * directions,
            np.full(samples, L),
            np.full(samples, strength),
            energies,
            np.zeros((samples, 3, 3)),
        )
        values = predict(resolved, rows).prediction[..., 2].reshape(2, samples, 3)
        assert np.allclose(diagram.mean[:, i], values.mean(axis=1), atol=1e-13)
        assert np.allclose(diagram.deviation[:, i], values.std(axis=1), atol=1e-13)
        largest = max(largest, values.max())
    assert diagram.largest == pytest.approx(largest, abs=1e-13)


def test_phase_diagram_at_one_h_does_not_depend_on_the_grid(resolved):
    grid = np.array([0.3, 0.6])
    whole = phase_diagram(resolved, 8, np.array([1.0, 2.0, 5.0]), grid, 7, np.random.default_rng(1))
    alone = phase_diagram(resolved, 8, np.array([5.0]), grid[1:], 7, np.random.default_rng(1))
    assert np.allclose(whole.mean[:, 2:, 1:], alone.mean, atol=1e-13)


def test_feature_curves_are_within_the_range_of_a_hidden_state(resolved):
    curves = feature_curves(resolved, (4, 6), np.array([0.5, 5.0]), 50, np.random.default_rng(2))
    assert curves.mean.shape == (2, 2, 2, 2)
    assert np.abs(curves.mean).max() < 1
    assert (curves.error > 0).all()
    # At h = 0 every vector is the same, so there is nothing to average.
    still = feature_curves(resolved, (4,), np.array([0.0]), 50, np.random.default_rng(2))
    assert still.error.max() < 1e-15
