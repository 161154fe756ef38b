"""Recipes, variants, resuming, and independence of the networks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from spinlearn.gru.choices import VARIANT_NAMES
from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.evaluation import predict
from spinlearn.gru.model import DTYPE, Architecture, GruNetworks, neighbour_pairs
from spinlearn.gru.recipes import RECIPES, VARIANTS
from spinlearn.gru.schemas import HISTORY, INDICATORS
from spinlearn.gru.training import Settings, train
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed

SEED = 3
QUICK = Settings(
    recipe="paper",
    energy_density=0.5,
    features=2,
    head=10,
    epochs=3,
    transfer_epochs=2,
    batch_size=16,
    learning_rate=1e-2,
    transfer_learning_rate=1e-2,
)
RUNS = range(2)


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
    trained = train("multitask", synthetic(60, 1), settings, seed=SEED, runs=RUNS)
    prediction = predict(trained.networks, test).prediction
    for network in prediction:
        assert (r_squared(test.targets[:, 0], network) > 0.9).all()
        # The baseline of 1/2 is the prediction of the mean of the targets.
        constant = np.broadcast_to(test.targets[:, 0].mean(axis=0), network.shape)
        assert np.allclose(normalised(r_squared(test.targets[:, 0], constant)), 0.5, atol=1e-12)


def test_the_energy_resolved_head_learns_the_energy():
    """f = (mean |h|)^2 + eps - 1/2: the slope in eps comes out within 0.2 of 1."""
    settings = replace(QUICK, epochs=40, transfer_epochs=40, batch_size=32)
    trained = train("energy", synthetic(30, 1), settings, seed=SEED, runs=RUNS)
    test = synthetic(20, 2)
    prediction = predict(trained.networks, test).prediction[..., 2].reshape(2, len(test), 3)
    slope = (prediction[..., 2] - prediction[..., 0]).mean(axis=1) / 0.5
    assert np.abs(slope - 1).max() < 0.2


def test_losses_fall_and_are_recorded(data):
    trained = train("transfer", data, replace(QUICK, epochs=30), seed=SEED, runs=RUNS)
    history = trained.history
    assert list(history.columns) == [column.name for column in HISTORY.columns]
    assert len(history) == 2 * 30 + 2 * 2
    assert not history.duplicated(["run", "stage", "epoch"]).any()
    first = history[history["stage"] == "features"].pivot(
        index="epoch", columns="run", values="train_loss"
    )
    assert (first.loc[30] < 0.5 * first.loc[1]).all()


@pytest.mark.parametrize("recipe", ["paper", "published_code"])
def test_recorded_loss_is_the_mean_squared_error(data, recipe):
    """At a vanishing learning rate the first epoch's loss is that of the initial networks."""
    settings = replace(QUICK, recipe=recipe, epochs=1, learning_rate=1e-15, batch_size=10)
    trained = train("multitask", data, settings, seed=SEED, runs=RUNS)
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
    (error.mean() if recipe == "paper" else error.sum()).backward()
    stepped = []
    for parameter in (*gru.parameters(), *layers[0].parameters(), *layers[1].parameters()):
        g = parameter.grad
        # The first step of Adam is lr g/(|g| + 1e-8), whatever its betas; SGD's is lr g.
        step = g / (g.abs() + 1e-8) if recipe == "paper" else g
        stepped.append(parameter.detach() - learning_rate * step)
    return stepped


@pytest.mark.parametrize("recipe", ["paper", "published_code"])
def test_a_step_of_each_recipe_is_what_its_formula_says(data, recipe):
    """Loss and optimiser: the paper's is Adam on the mean, the published code's SGD on the sum."""
    settings = replace(QUICK, recipe=recipe, epochs=1, batch_size=len(data), learning_rate=1e-3)
    trained = train("multitask", data, settings, seed=SEED, runs=range(1))
    reached = [value[0] for value in trained.networks.parameters()]
    for ours, theirs in zip(reached, reference_step(data, recipe, 1e-3), strict=True):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-11)


def test_published_code_has_its_own_energy_head(data):
    paper = train("energy", data, QUICK, seed=SEED, runs=RUNS).networks.architecture
    other = replace(QUICK, recipe="published_code", learning_rate=1e-4)
    code = train("energy", data, other, seed=SEED, runs=RUNS).networks.architecture
    assert (paper.head, paper.energy_offset) == (10, 0.0)
    assert (code.head, code.energy_offset) == (31, 0.5)
    assert set(RECIPES) == {"paper", "published_code"}


def test_divergence_is_an_error(data):
    with pytest.raises(NotConvergedError, match="diverged"):
        train(
            "multitask",
            data,
            replace(QUICK, recipe="published_code", learning_rate=1.0, epochs=20),
            seed=1,
            runs=RUNS,
        )


# --- variants ---------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_each_variant_predicts_its_indicators(data, variant):
    trained = train(variant, data, QUICK, seed=SEED, runs=RUNS)
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


FURTHER = ("schmidt_gap", "kl_divergence")


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_multitask_and_energy_learn_further_indicators(data, variant):
    """The others are trained as without, bit for bit; columns are named by the data."""
    more = np.stack([data.targets[..., 0] ** 2, 3 * data.targets[..., 1]], axis=-1)
    targets = np.concatenate([data.targets, more], axis=-1)
    wider = replace(data, targets=targets, indicators=(*INDICATORS, *FURTHER))
    settings = replace(QUICK, further_indicators=list(FURTHER))
    trained = train(variant, wider, settings, seed=SEED, runs=RUNS).networks
    prediction = predict(trained, wider).prediction
    assert prediction.shape == (2, 3 * len(data), 5)
    if variant in ("multitask", "energy"):
        assert trained.architecture.indicators == (*INDICATORS, *FURTHER)
        assert np.isfinite(prediction).all()
    else:
        assert np.isnan(prediction[..., 3:]).all()
        assert same_weights(trained, train(variant, data, QUICK, seed=SEED, runs=RUNS).networks)


def test_a_further_indicator_is_learned():
    """R^2 > 0.9 of 0.5 + mean |h_i|, on realisations that were not seen."""

    def with_gap(data):
        gap = 0.5 + data.targets[..., :1]
        targets = np.concatenate([data.targets, gap], axis=-1)
        return replace(data, targets=targets, indicators=(*INDICATORS, "schmidt_gap"))

    settings = replace(QUICK, epochs=60, batch_size=32, learning_rate=2e-2)
    settings = replace(settings, further_indicators=["schmidt_gap"])
    trained = train("multitask", with_gap(synthetic(60, 1)), settings, seed=SEED, runs=RUNS)
    test = with_gap(synthetic(100, 2).at(0.5))
    for network in predict(trained.networks, test).prediction:
        assert r_squared(test.targets[:, 0, 3], network[:, 3]) > 0.9


@pytest.mark.parametrize("variant", ["transfer", "energy"])
def test_the_second_phase_does_not_change_the_features(data, variant):
    """The GRU of the finished network is, bit for bit, that of its first phase."""
    trained = train(variant, data, QUICK, seed=SEED, runs=RUNS)
    longer = train(variant, data, replace(QUICK, transfer_epochs=5), seed=SEED, runs=RUNS)
    assert same_weights(trained.networks.gru, longer.networks.gru)
    assert not same_weights(trained.networks.head, longer.networks.head)
    other = train(variant, data, replace(QUICK, epochs=4), seed=SEED, runs=RUNS)
    assert not same_weights(trained.networks.gru, other.networks.gru)


def test_transfer_features_do_not_depend_on_the_target(data):
    """Changing f changes the transferred head, and not a bit of the features."""
    changed = Realisations(
        data.fields, data.L, data.h, data.energy_density, data.targets * [1.0, 1.0, -2.0]
    )
    first, second = (train("transfer", d, QUICK, seed=SEED, runs=RUNS) for d in (data, changed))
    assert same_weights(first.networks.gru, second.networks.gru)
    assert not same_weights(first.networks.head, second.networks.head)


def test_nothing_to_learn_from_is_an_error(data):
    with pytest.raises(ValueError, match="no training data"):
        train("multitask", data.where(data.L == 20), QUICK, seed=SEED, runs=RUNS)


# --- determinism ------------------------------------------------------------------------------


def test_same_seed_same_networks(data):
    first, second = (train("multitask", data, QUICK, seed=SEED, runs=RUNS) for _ in range(2))
    assert same_weights(first.networks, second.networks)
    pd.testing.assert_frame_equal(first.history, second.history)
    other = train("multitask", data, QUICK, seed=SEED + 1, runs=RUNS)
    assert not same_weights(first.networks, other.networks)


@pytest.mark.parametrize("variant", ["multitask", "energy"])
def test_a_run_does_not_depend_on_the_others(data, variant):
    """Run 2 with others and alone; 1e-10 allows for rounding in batched sums."""
    settings = replace(QUICK, epochs=10)
    together = train(variant, data, settings, seed=SEED, runs=range(4))
    alone = train(variant, data, settings, seed=SEED, runs=range(2, 3))
    for ours, theirs in zip(
        together.networks.parameters(), alone.networks.parameters(), strict=True
    ):
        assert torch.allclose(ours[2], theirs[0], rtol=0, atol=1e-10)
    joint = together.history[together.history["run"] == 2]["train_loss"].to_numpy()
    assert np.allclose(joint, alone.history["train_loss"], rtol=1e-10)


@pytest.mark.parametrize("variant", VARIANT_NAMES)
def test_two_blocks_are_one_of_twice_as_many_runs(data, variant):
    """Same initial weights and orders of samples, to the last bit.

    Trained networks agree to rounding: how many networks share a batched product decides the order
    in which it is summed (2e-16 apart after ten epochs). A block always holds the same runs, so
    more blocks change no bit.
    """
    settings = replace(QUICK, epochs=10, transfer_epochs=10)
    still = replace(settings, epochs=1, transfer_epochs=1, learning_rate=1e-300)
    still = replace(still, transfer_learning_rate=1e-300)
    for chosen, tolerance in ((still, 0.0), (settings, 1e-10)):
        whole = train(variant, data, chosen, seed=SEED, runs=range(4))
        blocks = [
            train(variant, data, chosen, seed=SEED, runs=range(first, first + 2))
            for first in (0, 2)
        ]
        for ours, *parts in zip(
            whole.networks.state_dict().values(),
            *(block.networks.state_dict().values() for block in blocks),
            strict=True,
        ):
            assert torch.allclose(torch.cat(parts), ours, rtol=0, atol=tolerance)
        numbers = [block.history["run"].unique().tolist() for block in blocks]
        assert numbers == [[0, 1], [2, 3]]


class Killed(Exception):
    """Raised in place of a kill of the process."""


class MortalCheckpoint(Checkpoint):
    """A checkpoint after every epoch; after a number of saves the process is "killed"."""

    savings = 0

    def save(self, arrays):
        super().save(arrays)
        MortalCheckpoint.savings -= 1
        if MortalCheckpoint.savings == 0:
            raise Killed


@pytest.mark.parametrize(
    ("variant", "die_at"), [("multitask", 4), ("transfer", 2), ("transfer", 7)]
)
def test_a_killed_training_resumes_to_the_same_networks(data, variant, die_at, tmp_path):
    """Killed in the first or second phase, it gives the uninterrupted result, bit for bit."""
    settings = replace(QUICK, epochs=5, transfer_epochs=5)

    def trained(checkpoint=None):
        return train(variant, data, settings, seed=SEED, runs=RUNS, checkpoint=checkpoint)

    whole = trained()
    MortalCheckpoint.savings = die_at
    path = tmp_path / ".model.pt.checkpoint"
    with pytest.raises(Killed), MortalCheckpoint(path, "a", interval=0) as checkpoint:
        trained(checkpoint)
    resumed = trained(Checkpoint(path, "a"))
    assert resumed.resumed_from > 0
    assert same_weights(whole.networks, resumed.networks)
    pd.testing.assert_frame_equal(whole.history, resumed.history)
    with Checkpoint(path, "b") as checkpoint:
        assert trained(checkpoint).resumed_from == 0
    assert not list(tmp_path.iterdir())
