"""The training loop against closed forms, and resumed runs against uninterrupted ones."""

import logging
import math

import numpy as np
import pytest
import torch

from spinlearn.learning.checkpoints import load_checkpoint
from spinlearn.learning.metrics import normalised, r_squared, score
from spinlearn.learning.training import train
from spinlearn.pipeline.errors import NotConvergedError

X = torch.linspace(-1, 1, 32, dtype=torch.float64)[:, None]
Y = 3 * X - 1


def linear() -> torch.nn.Module:
    model = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        model.weight.fill_(0.5)
        model.bias.fill_(0.25)
    return model


def squared_error(model, batch, generator):
    x, y = batch
    return ((model(x) - y) ** 2).mean()


def noisy_error(model, batch, generator):
    """A loss that draws from the epoch's generator, as a reparametrised sample does."""
    x, y = batch
    noise = 0.3 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
    return ((model(x + noise) - y) ** 2).mean()


def shuffled(epoch):
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(epoch))
    for index in order.split(8):
        yield X[index], Y[index]


def whole(epoch):
    return [(X, Y)]


def test_gradient_descent_follows_its_closed_form():
    """Full-batch SGD on a quadratic: errors shrink by 1 - 2 lr <x^2> and 1 - 2 lr a step."""
    model, rate, epochs = linear(), 0.1, 7
    train(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=rate),
        epochs=epochs,
        seed=0,
    )
    variance = float((X**2).mean())
    weight = 3 + (0.5 - 3) * (1 - 2 * rate * variance) ** epochs
    bias = -1 + (0.25 + 1) * (1 - 2 * rate) ** epochs
    assert model.weight.item() == pytest.approx(weight, rel=1e-12)
    assert model.bias.item() == pytest.approx(bias, rel=1e-12)


def test_learning_rate_factor_multiplies_the_initial_rate():
    """The same closed form with a rate that differs from epoch to epoch."""
    model, rate = linear(), 0.1
    train(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=rate),
        epochs=4,
        seed=0,
        learning_rate_factor=lambda epoch: 1 / (1 + epoch),
    )
    bias = -1 + 1.25 * math.prod(1 - 2 * rate / (1 + epoch) for epoch in range(4))
    assert model.bias.item() == pytest.approx(bias, rel=1e-12)


def test_history_holds_the_loss_before_each_update_and_the_validation_after():
    model = linear()
    result = train(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=3,
        seed=0,
        validation=lambda m: float(squared_error(m, (X, Y), None)),
    )
    history = result.history
    assert list(history.columns) == ["epoch", "train_loss", "validation_loss"]
    assert list(history.epoch) == [1, 2, 3]
    assert np.allclose(history.train_loss[1:], history.validation_loss[:-1], rtol=1e-14)
    assert result.resumed_from == 0


def test_validation_runs_in_evaluation_mode_without_gradients():
    seen = []

    def validation(model):
        seen.append((model.training, torch.is_grad_enabled()))
        return 0.0

    model = linear()
    train(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=2,
        seed=0,
        validation=validation,
    )
    assert seen == [(False, False)] * 2
    assert model.training


class Killed(Exception):
    """Stands for a job that is killed."""


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.SGD])
def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(tmp_path, optimizer):
    """Bit for bit: weights and history, with noise in the loss, momenta and a schedule."""
    options = {"epochs": 9, "seed": 5, "learning_rate_factor": lambda e: 0.9**e}

    def run(batches, **more):
        model = linear()
        result = train(
            model, noisy_error, batches, optimizer(model.parameters(), lr=0.05), **options, **more
        )
        return model, result

    reference, expected = run(shuffled)

    def deadly(epoch):
        for number, batch in enumerate(shuffled(epoch)):
            if epoch == 6 and number == 2:
                raise Killed
            yield batch

    checkpoint = {
        "checkpoint": tmp_path / "c.pt",
        "checkpoint_key": "k",
        "checkpoint_interval": 0.0,
    }
    with pytest.raises(Killed):
        run(deadly, **checkpoint)
    assert load_checkpoint(tmp_path / "c.pt", "k")["epoch"] == 6
    model, result = run(shuffled, **checkpoint)
    assert result.resumed_from == 6
    assert all(
        torch.equal(a, b) for a, b in zip(reference.parameters(), model.parameters(), strict=True)
    )
    assert result.history.equals(expected.history)


def test_a_checkpoint_of_other_settings_or_a_damaged_one_is_not_resumed(tmp_path):
    path = tmp_path / "c.pt"

    def run(key, epochs=3):
        model = linear()
        return train(
            model,
            squared_error,
            whole,
            torch.optim.SGD(model.parameters(), lr=0.1),
            epochs=epochs,
            seed=0,
            checkpoint=path,
            checkpoint_key=key,
            checkpoint_interval=0.0,
        )

    run("a")
    assert run("a").resumed_from == 2
    assert run("b").resumed_from == 0
    path.write_bytes(path.read_bytes()[:-3])
    assert run("b").resumed_from == 0
    assert run("b", epochs=1).resumed_from == 0


def test_no_checkpoint_is_written_before_its_interval(tmp_path):
    model = linear()
    train(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=3,
        seed=0,
        checkpoint=tmp_path / "c.pt",
        checkpoint_key="k",
    )
    assert not (tmp_path / "c.pt").exists()


def test_the_seed_and_only_the_seed_decides_the_noise():
    def run(seed):
        torch.manual_seed(seed * 17)
        model = linear()
        train(
            model,
            noisy_error,
            shuffled,
            torch.optim.SGD(model.parameters(), lr=0.1),
            epochs=2,
            seed=seed,
        )
        return model.weight.item()

    first = run(1)
    torch.manual_seed(99)
    assert run(1) == first
    assert run(2) != first


def test_divergence_is_an_error_that_says_where():
    model = linear()
    with pytest.raises(NotConvergedError, match=r"batch 1 of epoch \d+.*\n.*learning rate"):
        train(
            model,
            squared_error,
            whole,
            torch.optim.SGD(model.parameters(), lr=1e60),
            epochs=20,
            seed=0,
        )


def test_no_batches_is_an_error():
    model = linear()
    with pytest.raises(ValueError, match="no batches"):
        train(
            model,
            squared_error,
            lambda epoch: [],
            torch.optim.SGD(model.parameters(), lr=0.1),
            epochs=1,
            seed=0,
        )


def test_progress_goes_to_the_log(caplog):
    model = linear()
    with caplog.at_level(logging.INFO, logger="spinlearn.progress"):
        train(
            model,
            squared_error,
            whole,
            torch.optim.SGD(model.parameters(), lr=0.1),
            epochs=2,
            seed=0,
            description="learning a line",
        )
    assert "learning a line" in caplog.text


def test_r_squared_agrees_with_scikit_learn():
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    target = rng.normal(size=(200, 3))
    prediction = target + rng.normal(size=(200, 3)) * [0.1, 1.0, 3.0]
    expected = sklearn_metrics.r2_score(target, prediction, multioutput="raw_values")
    assert np.allclose(r_squared(target, prediction), expected, rtol=1e-12)


def test_r_squared_where_targets_do_not_vary():
    target = np.full(50, 0.1)
    assert r_squared(target, target + 1e-3) == -np.inf
    assert normalised(r_squared(target, target + 1e-3)) == 0.0
    assert np.isnan(r_squared(target, target))
    unvarying = score(target, target + 1e-3, np.random.default_rng(0), resamples=20)
    assert np.isnan(unvarying.r_squared_error)
    assert unvarying.normalised_error == 0.0


def test_constant_predictor_has_normalised_score_one_half():
    target = np.random.default_rng(1).normal(size=30)
    constant = np.full(30, target.mean())
    assert normalised(r_squared(target, constant)) == pytest.approx(0.5, rel=1e-12)


def test_mismatched_shapes_are_refused():
    with pytest.raises(ValueError, match="do not match"):
        r_squared(np.zeros((3, 2)), np.zeros((2, 3)))


def test_bootstrap_error_is_the_spread_over_independent_samples():
    """Independent route: R^2 of 300 fresh samples of the same size.

    The two standard deviations each carry a relative error of about 1/sqrt(2·300) = 4 %, and the
    bootstrap's own depends on the one sample at hand (n = 400: another 5–10 %); 35 % is more than
    three of these, so a false alarm is below one in a thousand.
    """
    rng = np.random.default_rng(2)

    def draw():
        target = rng.normal(size=400)
        return target, target + 0.7 * rng.normal(size=400)

    spread = np.std([r_squared(*draw()) for _ in range(300)], ddof=1)
    measured = score(*draw(), rng, resamples=300)
    assert measured.r_squared_error == pytest.approx(spread, rel=0.35)
    assert measured.samples == 400
    assert 0 < measured.normalised_error < measured.r_squared_error
