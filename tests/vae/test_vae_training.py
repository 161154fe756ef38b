"""Training: data, determinism, resuming, the model file, and that something is learned."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spinlearn import config
from spinlearn.learning.distributions import bhattacharyya
from spinlearn.pipeline.errors import CorruptFileError, MissingFileError, SchemaError
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import decoder_probabilities, string_probabilities
from spinlearn.vae.results import Training, load, save
from spinlearn.vae.training import Settings, initial_model, mean_loss, train

SETTINGS = Settings(hidden=16, latent=0, epochs=4, batch_size=100, learning_rate=3e-2)
SEED = 11
TRAINING = Training(((0.5,), (1.0,)), 300, provenance={"parameters": {"epochs": 4}})


def random_data(samples=330, sites=3) -> OutcomeData:
    """Independent sites; outcome 0 is as frequent as all others together."""
    rng = np.random.default_rng(0)
    shape = (samples, sites)
    blocks = {
        hx: [(rng.integers(1, 4, shape) * rng.integers(0, 2, shape)).astype(np.uint8)]
        for hx in (0.0, 0.5, 1.0)
    }
    return OutcomeData.from_fields(blocks)


def test_data_is_ordered_by_field_whatever_the_order_given():
    blocks = {hx: [np.full((2, 3), int(hx), dtype=np.uint8)] for hx in (2.0, 0.0, 1.0)}
    data = OutcomeData.from_fields(blocks)
    assert data.conditions.tolist() == [[0], [0], [1], [1], [2], [2]]
    assert data.outcomes[:, 0].tolist() == [0, 0, 1, 1, 2, 2]
    assert data.outcomes.dtype == np.uint8
    assert data.sites == 3


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ({}, "one length"),
        ({0.0: [np.zeros((1, 2), np.uint8), np.zeros((1, 3), np.uint8)]}, r"\[2, 3\]"),
        ({0.0: [np.full((1, 2), 4, np.uint8)]}, "outcomes: holds 4"),
    ],
)
def test_unusable_data_is_refused(blocks, message):
    with pytest.raises(ValueError, match=message):
        OutcomeData.from_fields(blocks)


def test_every_string_is_in_one_batch_of_each_epoch_with_its_field():
    number = np.arange(250)
    data = OutcomeData((number % 4).astype(np.uint8)[:, None], number.astype(float)[:, None])
    batches = list(data.batches(3, 100, seed=1))
    sizes = [len(hx) for _, hx in batches]
    assert sorted(torch.cat([hx for _, hx in batches])[:, 0].tolist()) == list(range(250))
    assert max(sizes) <= 100
    assert max(sizes) - min(sizes) <= 1
    assert all(torch.equal(a.float(), hx % 4) for a, hx in batches)


def test_shuffling_is_keyed_by_seed_and_epoch():
    data = random_data()

    def first(epoch, seed):
        return next(data.batches(epoch, 100, seed))[0]

    assert torch.equal(first(0, 1), first(0, 1))
    assert not torch.equal(first(0, 1), first(1, 1))
    assert not torch.equal(first(0, 1), first(0, 2))


def test_latent_zero_takes_one_variable_per_site():
    assert initial_model(SETTINGS, 7, SEED).architecture.latent == 7


def weights(model):
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_equal_seeds_give_equal_models_and_histories():
    data = random_data()
    first, second = (train(data, SETTINGS, seed=SEED) for _ in range(2))
    assert torch.equal(weights(first.model), weights(second.model))
    assert first.history.equals(second.history)
    columns = ["run", "epoch", "train_loss", "held_out_loss", "importance_loss"]
    assert list(first.history.columns) == columns


class Killed(Exception):
    """Stands for a job that is killed."""


def kill_in_the_third_epoch(monkeypatch, data, checkpoint, device="cpu"):
    """Train, and die when two epochs are done."""
    whole = OutcomeData.batches

    def deadly(self, epoch, *named):
        if epoch == 2:
            raise Killed
        return whole(self, epoch, *named)

    with monkeypatch.context() as patch:
        patch.setattr(OutcomeData, "batches", deadly)
        with pytest.raises(Killed):
            train(data, SETTINGS, seed=SEED, checkpoint=checkpoint, device=device)


def test_a_resumed_training_equals_an_uninterrupted_one(tmp_path, monkeypatch):
    """Bit for bit: weights and history."""
    data = random_data()
    expected = train(data, SETTINGS, seed=SEED)
    checkpoint = Checkpoint(tmp_path / "c", "k", interval=0)
    kill_in_the_third_epoch(monkeypatch, data, checkpoint)
    result = train(data, SETTINGS, seed=SEED, checkpoint=checkpoint)
    assert result.resumed_from == 2
    assert torch.equal(weights(result.model), weights(expected.model))
    assert result.history.equals(expected.history)


def test_harmonics_learn_a_jump_within_the_range_of_a_condition():
    """Outcome 0 becomes outcome 1 between 0.7 and 0.8, in 60 updates of 3 sites.

    The entropy is 3 · 0.6390 nats; guessing has 3 ln 4 = 4.16.
    """
    fields, p = np.arange(21) / 10, np.array([0.85, 0.05, 0.05, 0.05])
    stream = np.random.default_rng(2)
    by_field = {
        hx: [stream.choice(4, (600, 3), p=p if hx < 0.75 else np.roll(p, 1)).astype(np.uint8)]
        for hx in fields
    }
    data = OutcomeData.from_fields(by_field)
    jumping = Settings(32, 1, 1, 200, 1e-2, "cosine", held_out=0.05)
    plain, harmonic = (
        train(data, replace(jumping, harmonics=count), seed=SEED) for count in (0, 8)
    )
    assert harmonic.model.architecture.ranges == ((0.0, 2.0),)
    losses = [found.history.held_out_loss.min() for found in (plain, harmonic)]
    assert losses[1] < losses[0] - 0.1


@pytest.mark.parametrize(
    ("columns", "most"),
    [
        ([np.arange(21) / 10], 8),
        ([[0.0, 0.2, 0.6, 0.8, 1.2, 1.4, 1.8, 2.0]], 2),
        ([[0.0, 0.5, 1.0]], 0),
        ([[0.0, 1.0]], 0),
        ([[0.5, 0.5]], 0),
        ([np.arange(21) / 10, np.arange(21) ** 2, np.full(21, 3.0)], 4),
    ],
)
def test_harmonics_are_as_many_as_the_values_of_the_conditions_determine(columns, most):
    """0.4 half waves per largest gap: range/gap is 20, 5, 2, 1, none, and 400/39."""
    conditions = np.array(columns, dtype=float).T
    outcomes = np.zeros((len(conditions), 2), dtype=np.uint8)
    names = ("a", "b", "c")[: len(columns)]
    data = OutcomeData(outcomes, conditions, names)
    assert data.most_harmonics == most
    trained = train(data, replace(SETTINGS, harmonics=3, epochs=0), seed=SEED)
    assert trained.model.architecture.harmonics == min(3, most)


def test_the_page_states_the_harmonics_of_the_default_fields(repository):
    """0.4 half waves per gap: at most 3 for 1.6/0.2, and 1 where 0.4 is left out, for 1.6/0.4."""
    cfg = config.Config()
    left = set(cfg.vae.models["left_out"].left_out_hx)
    counts = []
    for fields in (cfg.tfi.hx, [hx for hx in cfg.tfi.hx if hx not in left]):
        outcomes = np.zeros((len(fields), 2), dtype=np.uint8)
        data = OutcomeData(outcomes, np.array(fields)[:, None], ("hx",))
        counts.append(min(cfg.vae.harmonics, data.most_harmonics))
    text = " ".join((repository / "docs/vae.md").read_text().split())
    assert f"{counts[0]} on the default one, {counts[1]} for model `left_out`" in text


def test_it_learns_a_product_distribution():
    """BC above 0.999 from 20000 strings of 3 independent sites, in a few seconds.

    The histogram of so many strings alone has 1 − 63/(8 · 20000) = 0.9996.
    """
    rng = np.random.default_rng(5)
    sites = np.array([[0.1, 0.2, 0.3, 0.4], [0.55, 0.25, 0.15, 0.05], [0.25, 0.4, 0.3, 0.05]])
    outcomes = np.stack([rng.choice(4, size=20000, p=p) for p in sites], axis=1)
    data = OutcomeData.from_fields({0.5: [outcomes.astype(np.uint8)]})
    settings = Settings(32, 2, epochs=8, batch_size=200, learning_rate=3e-3, schedule="cosine")
    model = train(data, settings, seed=1).model
    learned = string_probabilities(decoder_probabilities(model, 0.5, 5000, seed=1))
    exact = np.einsum("a,b,c->abc", *sites).reshape(-1)
    assert bhattacharyya(exact, learned) > 0.999


def test_it_learns_a_correlation_and_how_it_depends_on_the_field():
    """Two sites that are both 0 or both 1 at hx = 0, and independent at hx = 1.

    Without the correlation, BC at hx = 0 would be 1/sqrt(2) = 0.71; a Gaussian latent variable
    leaves a smooth step between the two strings, so 1 is not reached.
    """
    rng = np.random.default_rng(6)
    same = np.repeat(rng.integers(0, 2, (8000, 1)), 2, axis=1).astype(np.uint8)
    free = rng.integers(0, 2, (8000, 2)).astype(np.uint8)
    data = OutcomeData.from_fields({0.0: [same], 1.0: [free]})
    settings = Settings(hidden=32, latent=1, epochs=10, batch_size=200, learning_rate=5e-3)
    model = train(data, settings, seed=1).model
    together, apart = np.zeros(16), np.zeros(16)
    together[[0, 5]] = 1 / 2
    apart[[0, 1, 4, 5]] = 1 / 4
    for hx, exact, least in ((0.0, together, 0.9), (1.0, apart, 0.99)):
        learned = string_probabilities(decoder_probabilities(model, hx, 20000, seed=1))
        assert bhattacharyya(exact, learned) > least


def test_model_file_roundtrip(tmp_path):
    model = initial_model(SETTINGS, 3, SEED)
    save(tmp_path / "model.pt", [(model, TRAINING)])
    ((back, training),) = load(tmp_path / "model.pt")
    assert training == TRAINING
    assert back.architecture == model.architecture
    assert torch.equal(weights(back), weights(model))
    assert not back.training


def test_unusable_model_files_are_named_errors(tmp_path):
    path = tmp_path / "model.pt"
    with pytest.raises(MissingFileError, match="Snakemake"):
        load(path)
    save(path, [(initial_model(SETTINGS, 3, SEED), TRAINING)])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CorruptFileError, match="not a readable"):
        load(path)
    torch.save({"weights": 1}, path)
    with pytest.raises(SchemaError, match="not a file of kind"):
        load(path)


def test_equal_models_are_equal_bytes(tmp_path):
    for name in ("a.pt", "another.pt"):
        save(tmp_path / name, [(initial_model(SETTINGS, 3, SEED), TRAINING)])
    assert (tmp_path / "a.pt").read_bytes() == (tmp_path / "another.pt").read_bytes()


# --- devices ------------------------------------------------------------------------------------

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")


@pytest.mark.parametrize("decoder", ["factorised", "tied", "autoregressive"])
def test_everything_that_the_loss_touches_is_on_the_models_device(decoder):
    """On torch's device without storage: a tensor that was left on the CPU is an error there."""
    settings = replace(SETTINGS, decoder=decoder)
    model = initial_model(settings, 3, SEED).to("meta")
    outcomes, hx = next(random_data().batches(0, 100, 1))
    loss = mean_loss(model, (outcomes.to("meta"), hx.to("meta")), torch.Generator())
    loss.backward()
    assert loss.device.type == "meta"
    assert all(parameter.grad.device.type == "meta" for parameter in model.parameters())


@pytest.mark.parametrize("there", ["cpu", pytest.param("cuda", marks=needs_gpu)])
@pytest.mark.parametrize("here", ["cpu", pytest.param("cuda", marks=needs_gpu)])
def test_a_training_moves_between_devices(tmp_path, monkeypatch, here, there):
    """Begun on one device and ended on another: the model is on the CPU, equal up to rounding."""
    data = random_data()
    expected = train(data, SETTINGS, seed=SEED)
    checkpoint = Checkpoint(tmp_path / "c", "k", interval=0)
    kill_in_the_third_epoch(monkeypatch, data, checkpoint, here)
    result = train(data, SETTINGS, seed=SEED, checkpoint=checkpoint, device=there)
    assert result.resumed_from == 2
    assert weights(result.model).device.type == "cpu"
    torch.testing.assert_close(weights(result.model), weights(expected.model), rtol=1e-3, atol=1e-4)
