"""Symmetries, limits and likelihood of symmetric ensembles, and their training."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from gru.symmetric_examples import QUICK, synthetic, trained, training
from scipy import stats

from spinlearn.gru.ensembles import gaussian_loss, load, save, sum_of_finite
from spinlearn.gru.schemas import INDICATORS
from spinlearn.gru.symmetric import INPUTS, Shape, inputs, predict_distribution, upper_limits
from spinlearn.pipeline.errors import NotConvergedError, SchemaError
from spinlearn.spins.entanglement import page_entropy
from spinlearn.storage.checkpoints import Checkpoint

S = INDICATORS.index("entanglement_entropy")


@pytest.fixture(scope="module")
def result():
    return trained()


def predicted(ensemble, fields):
    lengths = np.full(len(fields), fields.shape[1])
    found = predict_distribution(ensemble, fields, lengths, "page")
    return np.stack([found.mean, found.deviation])


@pytest.mark.parametrize("L", [6, 8, 12])
def test_predictions_have_the_symmetries_of_the_indicators(result, L):
    """Spin flip, a uniform field, reflection; translation of r and f, by half a ring of S.

    Exact up to the rounding of eigenvectors in clusters, which 1e-9 allows for.
    """
    fields = np.random.default_rng(L).uniform(-4, 4, (5, L))
    found = predicted(result.ensemble, fields)
    for same in (-fields, fields + 2.5, fields[:, ::-1], np.roll(fields, L // 2, axis=1)):
        np.testing.assert_allclose(predicted(result.ensemble, same), found, atol=1e-9)
    moved = predicted(result.ensemble, np.roll(fields, 1, axis=1))
    others = [i for i in range(3) if i != S]
    np.testing.assert_allclose(moved[..., others], found[..., others], atol=1e-9)
    assert np.abs(moved[..., S] - found[..., S]).max() > 1e-4


def test_means_stay_within_their_limits(result):
    """Whatever the weights and the fields are."""
    rng = np.random.default_rng(0)
    fields = rng.uniform(-1, 1, (40, 8)) * np.logspace(-1, 1.7, 40)[:, None]
    ensemble = trained(replace(QUICK, epochs=0)).ensemble
    with torch.no_grad():
        generator = torch.Generator().manual_seed(1)
        for name, parameter in ensemble.named_parameters():
            if name != "exponent":
                parameter.normal_(0.0, 0.3, generator=generator)
    mean, deviation = predicted(ensemble, fields)
    assert (mean >= 0).all()
    assert (mean <= 1).all()
    assert np.ptp(mean) > 0.9
    assert (deviation > 0).all()


def test_upper_limit_of_the_entropy_is_page_s_value():
    lengths = np.array([8, 12])
    limits = upper_limits(INDICATORS, lengths, "page_sz0")
    assert limits[:, [0, 2]].tolist() == [[1, 1], [1, 1]]
    assert limits[0, S] > limits[1, S] > 1
    assert upper_limits(INDICATORS, lengths, "page")[:, S].tolist() == [1, 1]
    assert page_entropy(16, 16) == pytest.approx(2.27, abs=0.01)


def test_loss_is_minus_the_log_density_of_scipy():
    rng = np.random.default_rng(2)
    mean, log_deviation, target = rng.standard_normal((3, 4, 5))
    found = gaussian_loss(*map(torch.from_numpy, (mean, log_deviation, target)))
    expected = -stats.norm.logpdf(target, mean, np.exp(log_deviation))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_ensemble_is_the_mixture_of_its_members(result):
    """Mean and variance of draws from it, within four standard errors of 200,000 draws."""
    data = synthetic(2)
    found = predict_distribution(result.ensemble, data.fields, data.L, "page")
    x = torch.from_numpy(inputs(data.fields, data.L)).expand(2, -1, -1)
    L = torch.from_numpy(data.L).expand(2, -1)
    upper = torch.from_numpy(upper_limits(INDICATORS, data.L, "page")).expand(2, -1, -1)
    with torch.no_grad():
        mean, log_deviation = (part.numpy() for part in result.ensemble(x, L, upper))
    rng, count = np.random.default_rng(3), 100_000
    draws = mean[:, None] + np.exp(log_deviation)[:, None] * rng.standard_normal(
        (2, count, *mean.shape[1:])
    )
    draws = draws.reshape(-1, *mean.shape[1:])
    deviation = found.deviation / result.ensemble.widening.numpy()
    error = 4 * deviation / np.sqrt(2 * count)
    assert (np.abs(draws.mean(axis=0) - found.mean) < error).all()
    np.testing.assert_allclose(draws.std(axis=0), deviation, rtol=4 / np.sqrt(4 * count))


def test_a_member_alone_is_the_same(result):
    """Trained alone, up to the rounding of batched products."""
    alone = trained(replace(QUICK, members=1))
    assert (alone.members, result.members) == ((0,), (0, 1))
    single = dict(alone.ensemble.named_parameters())
    for name, both in result.ensemble.named_parameters():
        np.testing.assert_allclose(
            both.detach()[: len(INDICATORS)], single[name].detach(), rtol=1e-9, atol=1e-12
        )


def test_a_member_that_diverges_is_left_out(caplog):
    """Member 1 alone learns from a target whose square overflows; it does not touch member 0."""
    data = synthetic()
    held, rows = data.where(data.h > 1), np.arange(32).reshape(2, 16)
    wrong = replace(data, targets=data.targets.copy())
    wrong.targets[20] = 1e200
    with caplog.at_level(logging.WARNING, "spinlearn.gru"):
        found = trained(QUICK, wrong, held, subsets=rows)
    assert caplog.messages == [
        "symmetric ensemble: left out 1 of 2 members, which diverged: 1. "
        "A lower learning rate or a longer training may help."
    ]
    assert (found.members, found.ensemble.shape.members) == ((0,), 1)
    same = trained(QUICK, data, held, subsets=rows).ensemble.select([0])
    for (name, one), other in zip(
        found.ensemble.named_parameters(), same.parameters(), strict=True
    ):
        assert torch.equal(one, other), name
    assert np.isfinite(found.history.to_numpy()).all()
    assert found.ensemble.widening.isfinite().all()


def test_members_worse_than_guessing_are_left_out_after_the_warm_up():
    """Steps of 1e-9 learn nothing: 320 updates are judged, 16 are not."""
    slow = replace(QUICK, learning_rate=1e-9)
    assert trained(slow).members == (0, 1)
    with pytest.raises(NotConvergedError, match=r"(?s)diverged in all 2 members.*train for longer"):
        trained(replace(slow, epochs=80))
    assert trained(replace(QUICK, epochs=80)).members == (0, 1)


def test_losses_are_means_over_the_members_that_are_finite():
    losses = torch.tensor([1.0, np.inf, 4.0, np.nan], dtype=torch.float64, requires_grad=True)
    total = sum_of_finite(losses)
    total.backward()
    assert total.item() / 4 == 2.5
    assert losses.grad.tolist() == [1, 0, 1, 0]


def test_training_ends_if_all_members_diverge():
    data = synthetic()
    data.targets[:] = 1e200
    with pytest.raises(NotConvergedError, match="training diverged"):
        trained(QUICK, data)


def test_training_lowers_the_loss_and_fits_the_deviations():
    data, held = synthetic(40), synthetic(20, seed=2)
    found = trained(replace(QUICK, epochs=40, batch_size=32), data, held)
    first, *_, last = found.history["validation_loss"]
    assert last < first - 0.5
    own = predict_distribution(found.ensemble, held.fields, held.L, "page")
    errors = (held.targets[:, 0] - own.mean) / own.deviation
    np.testing.assert_allclose((errors**2).mean(axis=0), 1, rtol=1e-9)


class Killed(BaseException):
    """The process ends."""


class MortalCheckpoint(Checkpoint):
    """A checkpoint after every epoch; after the second one the process is "killed"."""

    def save(self, arrays):
        super().save(arrays)
        self.savings = getattr(self, "savings", 0) + 1
        if self.savings == 2:
            raise Killed


def test_a_killed_training_resumes_to_the_same_ensemble(result, tmp_path):
    path = tmp_path / ".model.pt.checkpoint"
    with pytest.raises(Killed), MortalCheckpoint(path, "a", interval=0) as checkpoint:
        trained(checkpoint=checkpoint)
    resumed = trained(checkpoint=Checkpoint(path, "a"))
    assert resumed.resumed_from == 2
    pd.testing.assert_frame_equal(resumed.history, result.history)
    states = (part.ensemble.state_dict() for part in (resumed, result))
    for one, other in zip(*(state.values() for state in states), strict=True):
        assert torch.equal(one, other)


def test_files_give_back_the_ensemble(result, tmp_path):
    data = synthetic()
    save(tmp_path / "model.pt", result.ensemble, training(data))
    ensemble, about = load(tmp_path / "model.pt")
    assert about == training(data)
    assert ensemble.shape == Shape(INDICATORS, 2, 4)
    assert (
        predicted(ensemble, data.fields[:3, :6]) == predicted(result.ensemble, data.fields[:3, :6])
    ).all()
    torch.save({"kind": "something else"}, tmp_path / "other.pt")
    with pytest.raises(SchemaError, match="not a file of kind"):
        load(tmp_path / "other.pt")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"system": "open chain"}, "another chain"),
        (
            {"energy_density": np.array([0.4, 0.5]), "targets": np.zeros((32, 2, 3))},
            "2 energy densities",
        ),
        ({"L": np.full(32, 4)}, "4 sites"),
    ],
)
def test_data_that_do_not_fit_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        trained(data=replace(synthetic(), **change))


def test_inputs_do_not_know_the_length():
    """Repeated once more, a ring has the same inputs, but for the waves and the mean over cuts."""
    fields = np.random.default_rng(4).uniform(-3, 3, (3, 6))
    once = inputs(fields, np.full(3, 6))
    twice = inputs(np.tile(fields, 2), np.full(3, 12))
    same = [i for i, name in enumerate(INPUTS) if "Fourier" not in name and "cuts" not in name]
    assert len(same) == 12
    np.testing.assert_allclose(once[:, same], twice[:, same], atol=1e-9)
