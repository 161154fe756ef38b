"""Recipes, networks, divergence, resuming, and independence of the runs."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from spinlearn.config import load
from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.evaluation import predict
from spinlearn.gru.model import DTYPE, Architecture, GruNetworks, neighbour_pairs
from spinlearn.gru.recipes import RECIPES
from spinlearn.gru.schemas import HISTORY, INDICATORS
from spinlearn.gru.training import Settings, train
from spinlearn.learning.metrics import normalised, r_squared
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed

PRESET = Path(__file__).parents[2] / "presets/workstation.yaml"
NETWORKS = load(yaml.safe_load(PRESET.read_text(encoding="utf-8"))).gru.networks

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


def network(name, base=QUICK):
    """The settings of a network of the workstation preset, with the numbers of another one."""
    parts = NETWORKS[name].model_dump(include={"first", "then", "energy", "cell", "sites"})
    return replace(base, **parts)


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


def test_losses_fall_and_are_recorded(data):
    trained = train("transfer", data, replace(network("transfer"), epochs=30), seed=SEED, runs=RUNS)
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
    frozen = network("energy_frozen")
    paper = train("energy", data, frozen, seed=SEED, runs=RUNS).networks.architecture
    other = replace(frozen, recipe="published_code", learning_rate=1e-4)
    code = train("energy", data, other, seed=SEED, runs=RUNS).networks.architecture
    assert (paper.head, paper.energy_offset) == (10, 0.0)
    assert (code.head, code.energy_offset) == (31, 0.5)
    assert set(RECIPES) == {"paper", "published_code"}


# --- divergence -------------------------------------------------------------------------------

WILD = replace(QUICK, recipe="published_code", learning_rate=0.0615, epochs=20)
"""A step size at which the trainings of some runs diverge."""


def test_a_diverging_run_does_not_end_the_others(data, caplog):
    """Some of eight runs diverge: they are drawn again or left out, and named.

    The others are, to rounding, what they are when trained alone.
    """
    with caplog.at_level(logging.WARNING):
        trained = train("multitask", data, WILD, seed=SEED, runs=range(8))
    left_out = sorted({*range(8)} - {*trained.runs})
    kept = [run for run in trained.runs if run not in trained.redrawn]
    assert all((trained.redrawn, left_out, kept))
    assert trained.networks.networks == len(trained.runs)
    assert all(np.isfinite(value).all() for value in predict(trained.networks, data).prediction)
    history = trained.history
    assert set(history.loc[history["draw"] == 2, "run"]) == {*trained.redrawn, *left_out}
    last = history[history["epoch"] == 20].set_index("run")["train_loss"]
    assert last[left_out].min() > 100 * last[kept].max()
    assert f"runs {', '.join(map(str, left_out))} diverged" in caplog.text
    assert "left out" in caplog.text
    alone = train("multitask", data, WILD, seed=SEED, runs=kept[:1])
    place = trained.runs.index(kept[0])
    assert same_weights(trained.networks.select([place]), alone.networks, 1e-8)


def test_a_diverging_head_is_drawn_again(data):
    """The second phase begins with the same features; the runs left out have no history of it."""
    settings = replace(network("transfer", WILD), learning_rate=1e-3, transfer_epochs=20)
    settings = replace(settings, transfer_learning_rate=0.063)
    trained = train("transfer", data, settings, seed=SEED, runs=range(8))
    calm = replace(settings, transfer_learning_rate=1e-3)
    expected = train("transfer", data, calm, seed=SEED, runs=range(8))
    assert len(expected.runs) == 8
    assert 0 < len(trained.runs) < 8
    places = [expected.runs.index(run) for run in trained.runs]
    assert same_weights(trained.networks.gru, expected.networks.select(places).gru)


@pytest.mark.parametrize("variant", ["multitask", "energy", "energy_heads"])
def test_networks_worse_than_a_constant_have_diverged_after_the_warm_up(data, variant, caplog):
    """Steps of 1e-9 learn nothing: trainings of 300 updates are judged, shorter ones are not."""
    settings = replace(network(variant), learning_rate=1e-9, epochs=50)
    still = train(variant, data, settings, seed=SEED, runs=RUNS)
    assert (still.runs, still.redrawn) == ((0, 1), ())
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(NotConvergedError, match=r"(?s)diverged.*learning rate.*more epochs"),
    ):
        train(variant, data, replace(settings, epochs=100), seed=SEED, runs=RUNS)
    assert "runs 0, 1 diverged in phase features" in caplog.text
    assert "A lower learning rate or more epochs may help" in caplog.text


def test_targets_without_structure_do_not_make_a_network_diverge(data):
    """Nothing is lower than their variance, not even that if they are constant."""
    settings = replace(QUICK, epochs=100, batch_size=16)
    noise = 0.5 + 0.05 * np.random.default_rng(4).standard_normal(data.targets.shape)
    for targets in (noise, np.full_like(noise, 0.5)):
        flat = replace(data, targets=targets)
        trained = train("multitask", flat, settings, seed=SEED, runs=RUNS)
        assert (trained.runs, trained.redrawn) == ((0, 1), ())


def test_divergence_of_all_runs_is_an_error(data):
    with pytest.raises(NotConvergedError, match="diverged"):
        train(
            "multitask",
            data,
            replace(QUICK, recipe="published_code", learning_rate=1.0, epochs=20),
            seed=1,
            runs=RUNS,
        )


# --- networks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_predicts_its_indicators(data, name):
    settings = network(name)
    trained = train(name, data, settings, seed=SEED, runs=RUNS)
    prediction = predict(trained.networks, data)
    learned = settings.then or settings.first
    known = [INDICATORS.index(indicator) for indicator in learned]
    assert trained.networks.architecture.indicators == tuple(learned)
    assert prediction.prediction.shape == (2, 3 * len(data), 3)
    assert np.isfinite(prediction.prediction[..., known]).all()
    others = [column for column in range(3) if column not in known]
    assert np.isnan(prediction.prediction[..., others]).all()
    by_energy = prediction.prediction[..., known].reshape(2, len(data), 3, len(known))
    varies = np.ptp(by_energy, axis=2).max() > 0
    assert varies == (settings.energy != "none")


def test_a_further_indicator_is_learned():
    """R^2 > 0.9 of 0.5 + mean |h_i|, on realisations that were not seen."""

    def with_gap(data):
        gap = 0.5 + data.targets[..., :1]
        targets = np.concatenate([data.targets, gap], axis=-1)
        return replace(data, targets=targets, indicators=(*INDICATORS, "schmidt_gap"))

    settings = replace(QUICK, epochs=60, batch_size=32, learning_rate=2e-2)
    settings = replace(settings, first=(*INDICATORS, "schmidt_gap"))
    trained = train("multitask", with_gap(synthetic(60, 1)), settings, seed=SEED, runs=RUNS)
    test = with_gap(synthetic(100, 2).at(0.5))
    for prediction in predict(trained.networks, test).prediction:
        assert r_squared(test.targets[:, 0, 3], prediction[:, 3]) > 0.9


def test_lstm_has_as_many_parameters_as_gru():
    """The paper's network has 99 (its figure 7); the LSTM's head is narrower."""
    counts = []
    for name in ("multitask", "lstm"):
        settings = replace(network(name), head=NETWORKS[name].head or 10)
        networks = GruNetworks(1, settings.architecture(INDICATORS))
        counts.append(sum(parameter.numel() for parameter in networks.parameters()))
    assert counts == [99, 99]


ENERGIES = [name for name, chosen in NETWORKS.items() if chosen.energy != "none"]


@pytest.mark.parametrize("name", ENERGIES)
def test_energy_resolved_networks_learn_the_energy(name):
    """f = (mean |h|)^2 + eps - 1/2: the slope in eps comes out within 0.2 of 1."""
    settings = replace(network(name), epochs=60, transfer_epochs=60, batch_size=32)
    settings = replace(settings, learning_rate=2e-2)
    trained = train("energy", synthetic(30, 1), settings, seed=SEED, runs=RUNS)
    test = synthetic(20, 2)
    prediction = predict(trained.networks, test).prediction[..., 2].reshape(2, len(test), 3)
    slope = (prediction[..., 2] - prediction[..., 0]).mean(axis=1) / 0.5
    assert np.abs(slope - 1).max() < 0.2


def test_each_energy_has_a_head_of_its_own(data):
    """Heads trained on targets at one energy density ignore those at the others."""
    changed = replace(data, targets=data.targets * np.array([1.0, 1.0, 5.0])[:, None])
    first, second = (
        predict(train("heads", d, network("energy_heads"), seed=SEED, runs=RUNS).networks, data)
        for d in (data, changed)
    )
    same = np.isclose(first.prediction, second.prediction, rtol=0, atol=1e-12)
    assert same.reshape(2, -1, 3, 3).all(axis=(0, 1, 3)).tolist() == [True, True, False]


def test_a_head_per_energy_predicts_at_its_energies_only(data):
    trained = train("heads", data, network("energy_heads"), seed=SEED, runs=RUNS).networks
    between = replace(data, energy_density=np.array([0.25, 0.5, 0.7]))
    with pytest.raises(ValueError, match=r"energy_density: 0.7: .* each of \[0.25, 0.5, 0.75\]"):
        predict(trained, between)


def test_published_code_learns_features_at_all_energies(data):
    """Its features change with targets at another energy density; those of the paper do not."""
    changed = replace(data, targets=data.targets * np.array([3.0, 1.0, 1.0])[:, None])
    for recipe, is_same in (("paper", True), ("published_code", False)):
        settings = replace(network("energy_frozen"), recipe=recipe, learning_rate=1e-3)
        first, second = (
            train("energy", d, settings, seed=SEED, runs=RUNS) for d in (data, changed)
        )
        assert same_weights(first.networks.gru, second.networks.gru) == is_same


# --- validation -------------------------------------------------------------------------------


def test_validation_is_recorded_and_changes_nothing(data):
    """The last epoch's value is the error of the trained networks on the other data."""
    other = synthetic(3, 5)
    with_it = train("multitask", data, QUICK, validation=other, seed=SEED, runs=RUNS)
    without = train("multitask", data, QUICK, seed=SEED, runs=RUNS)
    assert same_weights(with_it.networks, without.networks)
    assert without.history["validation_loss"].isna().all()
    middle = other.at(0.5)
    error = (predict(with_it.networks, middle).prediction - middle.targets[:, 0]) ** 2
    last = with_it.history.groupby("run")["validation_loss"].last()
    assert np.allclose(last, error.mean(axis=(1, 2)), rtol=1e-12)


def test_long_trainings_validate_now_and_then(data):
    settings = replace(QUICK, epochs=50)
    trained = train("multitask", data, settings, validation=data, seed=SEED, runs=range(1))
    recorded = trained.history.dropna()["epoch"].tolist()
    assert recorded == list(range(2, 51, 2))


# --- the second phase -------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["transfer", "energy", "energy_frozen", "energy_heads"])
def test_the_second_phase_does_not_change_the_features(data, variant):
    """The GRU of the finished network is, bit for bit, that of its first phase."""
    quick = network(variant)
    trained = train(variant, data, quick, seed=SEED, runs=RUNS)
    longer = train(variant, data, replace(quick, transfer_epochs=5), seed=SEED, runs=RUNS)
    assert same_weights(trained.networks.gru, longer.networks.gru)
    assert not same_weights(trained.networks.head, longer.networks.head)
    other = train(variant, data, replace(quick, epochs=4), seed=SEED, runs=RUNS)
    assert not same_weights(trained.networks.gru, other.networks.gru)


def test_transfer_features_do_not_depend_on_the_target(data):
    """Changing f changes the transferred head, and not a bit of the features."""
    changed = Realisations(
        data.fields, data.L, data.h, data.energy_density, data.targets * [1.0, 1.0, -2.0]
    )
    first, second = (
        train("transfer", d, network("transfer"), seed=SEED, runs=RUNS) for d in (data, changed)
    )
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


@pytest.mark.parametrize("variant", ["multitask", "energy", "energy_heads", "lstm"])
def test_a_run_does_not_depend_on_the_others(data, variant):
    """Run 2 with others and alone; 1e-10 allows for rounding in batched sums."""
    settings = replace(network(variant), epochs=10)
    together = train(variant, data, settings, seed=SEED, runs=range(4))
    alone = train(variant, data, settings, seed=SEED, runs=range(2, 3))
    assert same_weights(together.networks.select([2]), alone.networks, 1e-10)
    joint = together.history[together.history["run"] == 2]["train_loss"].to_numpy()
    assert np.allclose(joint, alone.history["train_loss"], rtol=1e-10)


@pytest.mark.parametrize("variant", NETWORKS)
def test_two_blocks_are_one_of_twice_as_many_runs(data, variant):
    """Same initial weights and orders of samples, to the last bit.

    Trained networks agree to rounding: how many networks share a batched product decides the order
    in which it is summed (2e-16 apart after ten epochs). A block always holds the same runs, so
    more blocks change no bit.
    """
    settings = replace(network(variant), epochs=10, transfer_epochs=10)
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


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", NETWORKS)
def test_training_on_a_gpu_gives_the_same_networks(data, name):
    """Up to rounding; they are on the CPU."""
    expected, found = (
        train(name, data, network(name), validation=data, seed=SEED, runs=RUNS, device=device)
        for device in ("cpu", "cuda")
    )
    assert found.networks.head.output.weight.device.type == "cpu"
    assert same_weights(expected.networks, found.networks, 1e-9)


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
    ("variant", "die_at"), [("multitask", 4), ("transfer", 2), ("transfer", 7), ("energy", 7)]
)
def test_a_killed_training_resumes_to_the_same_networks(data, variant, die_at, tmp_path):
    """Killed in the first or second phase, it gives the uninterrupted result, bit for bit."""
    settings = replace(network(variant), epochs=5, transfer_epochs=5)

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
