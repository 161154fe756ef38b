"""The training loop against closed forms, and resumed runs against uninterrupted ones."""

import io
import logging
import math
import pickle

import numpy as np
import pytest
import torch

from spinlearn.learning.metrics import normalised, r_squared, score
from spinlearn.learning.training import MOST_STEPS_BACK, minimise
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.storage.checkpoints import Checkpoint

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


def written_out(model, batch, generator):
    """`squared_error` and its gradients by their formulas, without autograd."""
    x, y = batch
    with torch.no_grad():
        error = model(x) - y
        model.weight.grad = 2 * (error * x).mean().view(1, 1)
        model.bias.grad = 2 * error.mean().view(1)
        return (error**2).mean()


@pytest.mark.parametrize("loss", [squared_error, written_out])
def test_gradient_descent_follows_its_closed_form(loss):
    """Full-batch SGD on a quadratic: errors shrink by 1 - 2 lr <x^2> and 1 - 2 lr per step."""
    model, rate, epochs = linear(), 0.1, 7
    minimise(
        model,
        loss,
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
    minimise(
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
    result = minimise(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=3,
        seed=0,
        validation=lambda m: float(squared_error(m, (X, Y), None)),
    )
    history = result.table
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
    minimise(
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
def test_resumed_run_equals_an_uninterrupted_one(tmp_path, optimizer):
    """Bit for bit: weights and history, with noise in the loss, momenta and a schedule."""
    options = {"epochs": 9, "seed": 5, "learning_rate_factor": lambda e: 0.9**e}

    def run(batches, checkpoint=None):
        model = linear()
        steps = optimizer(model.parameters(), lr=0.05)
        result = minimise(model, noisy_error, batches, steps, **options, checkpoint=checkpoint)
        return model, result

    reference, expected = run(shuffled)

    def deadly(epoch):
        for number, batch in enumerate(shuffled(epoch)):
            if epoch == 6 and number == 2:
                raise Killed
            yield batch

    checkpoint = Checkpoint(tmp_path / "work", "key", interval=0.0)
    with pytest.raises(Killed):
        run(deadly, checkpoint)
    assert checkpoint.load() is not None
    model, result = run(shuffled, checkpoint)
    assert result.resumed_from == 6
    assert all(
        torch.equal(a, b) for a, b in zip(reference.parameters(), model.parameters(), strict=True)
    )
    assert result.table.equals(expected.table)


def kept(path, key="a", epochs=3, interval=0.0):
    """A minimisation that keeps a checkpoint after every epoch."""
    model = linear()
    return minimise(
        model,
        squared_error,
        whole,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=epochs,
        seed=0,
        checkpoint=Checkpoint(path, key, interval),
    )


def test_checkpoint_of_another_key_is_not_resumed(tmp_path, caplog):
    kept(tmp_path / "work")
    assert kept(tmp_path / "work").resumed_from == 2
    assert kept(tmp_path / "work", key="b").resumed_from == 0
    assert "other parameters" in caplog.text


def test_damaged_checkpoint_is_not_resumed(tmp_path, caplog):
    path = tmp_path / "work"
    kept(path)
    path.write_bytes(path.read_bytes()[:-3])
    assert kept(path).resumed_from == 0
    assert "not an intact checkpoint" in caplog.text


def test_checkpoint_beyond_the_epochs_wanted_is_not_resumed(tmp_path, caplog):
    kept(tmp_path / "work")
    assert kept(tmp_path / "work", epochs=1).resumed_from == 0
    assert "2 epochs old, 1 wanted" in caplog.text


def test_checkpoint_does_not_run_code(tmp_path):
    """A checkpoint may come from elsewhere; torch restores tensors and plain values alone."""
    checkpoint = Checkpoint(tmp_path / "work", "a", interval=0.0)
    file = io.BytesIO()
    torch.save({"model": linear()}, file)
    checkpoint.save({"state": np.frombuffer(file.getvalue(), dtype=np.uint8)})
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        kept(tmp_path / "work")


def test_no_checkpoint_before_its_interval(tmp_path):
    kept(tmp_path / "work", interval=1000.0)
    assert not (tmp_path / "work").exists()


def test_the_seed_and_only_the_seed_decides_the_noise():
    def run(seed):
        torch.manual_seed(seed * 17)
        model = linear()
        minimise(
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
        minimise(
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
        minimise(
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
        minimise(
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
    with pytest.raises(ValueError, match=r"prediction: has the shape \(2, 3\), not \(3, 2\)"):
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


# --- training that fails, best weights, early stop ------------------------------------------------

GUESS = float(((Y - Y.mean()) ** 2).mean())
"""Loss of the constant mean."""


def descend(rate, epochs=20, model=None, loss=squared_error, **named):
    model = linear() if model is None else model
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    return model, minimise(model, loss, whole, optimizer, epochs=epochs, seed=0, **named)


def test_a_step_size_at_which_the_loss_grows_is_halved_until_it_falls():
    """SGD on a quadratic of curvature 2 diverges above a rate of 1, and converges at 0.9."""
    _, history = descend(1.8, epochs=60, guess=GUESS)
    assert history.steps_back == 1
    assert history.table.train_loss.max() > 10 * GUESS
    assert history.table.train_loss.iloc[-1] < 1e-3 * GUESS


def test_a_training_that_stays_worse_than_guessing_is_given_up():
    """At 50 times the largest rate, three halvings do not help; the message names the rate."""
    with pytest.raises(NotConvergedError, match=r"(?s)guessing 3.*learning rate \(50\)"):
        descend(50.0, guess=GUESS)
    assert MOST_STEPS_BACK == 3


def test_a_loss_that_is_not_finite_steps_back_at_once():
    calls = []

    def once_infinite(model, batch, generator):
        calls.append(None)
        return squared_error(model, batch, generator) * (math.nan if len(calls) == 3 else 1.0)

    _, history = descend(0.3, loss=once_infinite, guess=GUESS)
    assert history.steps_back == 1
    assert history.table.train_loss[2] == math.inf
    assert history.table.train_loss.iloc[-1] < GUESS


def test_a_training_that_ends_above_guessing_fails_although_it_falls():
    with pytest.raises(NotConvergedError, match="more epochs"):
        descend(1e-4, epochs=3, guess=GUESS)


def test_a_loss_may_be_above_guessing_while_it_falls():
    _, history = descend(5e-3, epochs=100, guess=GUESS)
    assert history.steps_back == 0
    assert history.table.train_loss.iloc[11] > GUESS


def test_the_best_weights_of_the_validation_are_kept():
    """The validation falls for four epochs and then rises; training stops two epochs later."""
    seen = []

    def validation(model):
        seen.append(model.weight.item())  # of the initial weights first
        return abs(len(seen) - 5.0)

    model, history = descend(0.05, validation=validation, keep_best=True, patience=2)
    assert len(history.table) == 6
    assert model.weight.item() == seen[4]


@pytest.mark.parametrize(("initial", "improved"), [(5.0, True), (3.5, False)])
def test_a_training_is_compared_with_its_initial_weights_by_the_validation(initial, improved):
    """By nothing else: the loss of the first batch, 3.8, lies between the two."""
    losses = iter([initial, 4.0, 4.0])
    if improved:
        descend(0.05, epochs=2, validation=lambda model: next(losses), keep_best=True, guess=9.0)
        return
    with pytest.raises(NotConvergedError, match=r"4 at best, that of the initial weights 3\.5"):
        descend(0.05, epochs=2, validation=lambda model: next(losses), keep_best=True, guess=9.0)


def test_a_training_that_never_improves_is_given_up():
    """The initial weights are better than guessing, so that they alone would seem good enough."""
    with pytest.raises(NotConvergedError, match=r"500 at best, that of the initial weights"):
        descend(0.05, validation=lambda model: 500.0, keep_best=True, guess=1000.0)


def test_step_size_follows_its_schedule_batch_by_batch():
    """Two batches an epoch: the factor is asked for at 0, 0.5, 1, 1.5."""
    asked = []

    def factor(place):
        asked.append(place)
        return 1.0

    model = linear()
    minimise(
        model,
        squared_error,
        lambda epoch: [(X, Y)] * 2,
        torch.optim.SGD(model.parameters(), lr=0.1),
        epochs=2,
        seed=0,
        learning_rate_factor=factor,
        steps=2,
    )
    assert asked == [0, 0.5, 1, 1.5]


def test_a_resumed_training_remembers_its_steps_back_and_best_weights(tmp_path):
    """Bit for bit, after a kill in the middle of a training that had stepped back."""
    expected, history = descend(1.8, epochs=60, guess=GUESS)
    calls = []

    def deadly(model, batch, generator):
        calls.append(None)
        if len(calls) == 40:
            raise KeyboardInterrupt
        return squared_error(model, batch, generator)

    checkpoint = Checkpoint(tmp_path / "c", "k", interval=0)
    with pytest.raises(KeyboardInterrupt):
        descend(1.8, epochs=60, guess=GUESS, loss=deadly, checkpoint=checkpoint)
    model, resumed = descend(1.8, epochs=60, guess=GUESS, checkpoint=checkpoint)
    assert resumed.resumed_from == 39
    assert resumed.steps_back == history.steps_back == 1
    assert torch.equal(model.weight, expected.weight)
    assert resumed.table.equals(history.table)


def test_a_gradient_that_is_not_finite_is_left_out():
    """By hand: w ← w − ½ · 1 for a loss w, except where the slope of sqrt at 0 is infinite."""
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.ones_(model.weight)

    def loss(model, batch, generator):
        return model.weight.sum() + torch.sqrt(batch * model.weight.sum())

    batches = [torch.tensor(0.0), torch.tensor(0.0)]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    about = {"epochs": 1, "seed": 1, "largest_gradient": 10.0}
    history = minimise(model, loss, lambda epoch: batches, optimizer, **about)
    assert model.weight.item() == 1.0
    assert history.table.train_loss.tolist() == [1.0]
    batches = [torch.tensor(0.0), torch.tensor(1.0)]
    minimise(model, loss, lambda epoch: batches, optimizer, **about)
    assert model.weight.item() == pytest.approx(1.0 - 0.5 * 1.5)


def test_longer_gradients_are_shortened_to_the_largest():
    """By hand: slope (3, 4) of norm 5 becomes (0.3, 0.4) of norm ½; one step of size 1."""
    model = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    slope = torch.tensor([[3.0, 4.0]])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    minimise(
        model,
        lambda model, batch, generator: (slope * model.weight).sum(),
        lambda epoch: [None],
        optimizer,
        epochs=1,
        seed=1,
        largest_gradient=0.5,
    )
    expected = -torch.tensor([[0.3, 0.4]])
    torch.testing.assert_close(model.weight.detach(), expected, rtol=1e-5, atol=0)
