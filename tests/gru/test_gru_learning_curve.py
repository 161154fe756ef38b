"""Learning curves: subsets, errors, and the networks that learn from them."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from spinlearn import config
from spinlearn.gru import ensembles, files
from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.learning_curve import (
    NetworkSettings,
    baseline,
    learning_curve,
    recurrent_networks,
    symmetric_networks,
)
from spinlearn.pipeline.errors import ConfigError, NotConvergedError

SETTINGS = NetworkSettings(features=2, head=4, updates=30, batch_size=16, learning_rate=0.02)

OWN = ensembles.Settings(
    members=8, width=2, epochs=1, batch_size=16, learning_rate=0.02, weight_decay=0.1
)


def realisations(lengths, count, seed=0):
    """Random disorder; targets are smooth functions of the mean square of the fields."""
    rng = np.random.default_rng(seed)
    strengths = (2.0, 5.0)
    fields = [rng.uniform(-h, h, (count, L)) for L in lengths for h in strengths]
    square = np.concatenate([(block**2).mean(axis=1) for block in fields])
    targets = np.stack([np.exp(-square / 4), 1 / (1 + square), np.tanh(square / 9)], axis=-1)
    return Realisations(
        fields=pad(fields),
        L=np.repeat(lengths, count * len(strengths)),
        h=np.tile(np.repeat(strengths, count), len(lengths)),
        energy_density=np.array([0.5]),
        targets=targets[:, None],
    )


TRAIN, TEST = realisations((6, 8), 12), realisations((6, 8, 10), 9, seed=1)


def curve(learners, sizes=(1, 3, 12), repeats=3, train=TRAIN, seed=5):
    return learning_curve(learners, train, TEST, sizes, repeats, seed=seed)


def test_learners_get_random_subsets_of_every_ensemble():
    seen = []

    def spy(train, test):
        fit = baseline("mean")(train, test)
        return lambda rows, seed: seen.append(rows) or fit(rows, seed)

    curve({"spy": spy, "again": spy})
    first, again = seen[::2], seen[1::2]
    for size, rows, same in zip((1, 3, 12), first, again, strict=True):
        np.testing.assert_array_equal(rows, same)
        cells = np.stack([TRAIN.L[rows], TRAIN.h[rows]], axis=-1)
        for of_repeat in cells:
            assert (np.unique(of_repeat, axis=0, return_counts=True)[1] == size).all()
        assert all(len(set(own)) == 4 * size for own in rows.tolist())
        assert (size == 12) == np.array_equal(rows[0], rows[1])
    curve({"spy": spy}, sizes=(3,))
    np.testing.assert_array_equal(seen[-1], first[1])


def test_errors_are_those_of_the_predictions():
    """Second route: the baseline alone, on all of the training data."""
    found = curve({"mean": baseline("mean")}, sizes=(2, 12))
    nothing = TRAIN.where(TRAIN.L < 0)
    errors = (predict_baseline("mean", TRAIN, nothing, TEST) - TEST.targets)[:, 0] ** 2
    assert found.test_error.shape == (1, 2, 3, 3, 2, 3)
    for i, L in enumerate((6, 8, 10)):
        for j, h in enumerate((2.0, 5.0)):
            cell = (TEST.L == L) & (h == TEST.h)
            for repeat in range(3):
                found_here = found.test_error[0, 1, repeat, i, j]
                np.testing.assert_allclose(found_here, errors[cell].mean(axis=0), rtol=1e-12)
            spread = TEST.targets[cell, 0].var(axis=0)
            np.testing.assert_allclose(found.variance[i, j], spread, rtol=1e-9)
    np.testing.assert_allclose(found.row_error[0, 1], errors, rtol=1e-12)
    known = found.train_error[0, 1, 0, :2]
    cells = TRAIN.targets.reshape(2, 2, 12, 3)
    np.testing.assert_allclose(known, cells.var(axis=2), rtol=1e-9)
    assert np.isnan(found.train_error[:, :, :, 2]).all()
    by_repeat = found.test_error[0, 0].mean(axis=0)
    np.testing.assert_allclose(
        found.row_error[0, 0].reshape(3, 2, 9, 3).mean(axis=2), by_repeat, rtol=1e-12
    )


@pytest.mark.parametrize("learn", [recurrent_networks(SETTINGS), symmetric_networks(OWN, "page")])
def test_networks_of_one_batch_are_those_trained_alone(learn):
    """Repeat 0 among three, and as the only one; rounding depends on the size of the batch."""
    fit = learn(TRAIN, TEST)
    rows = np.arange(len(TRAIN)).reshape(-1, 3).T
    known, together = fit(rows, 5)
    _, alone = fit(rows[:1], 5)
    assert known.shape == (3, len(TRAIN), 3)
    assert together.shape == (3, len(TEST), 3)
    np.testing.assert_allclose(together[0], alone[0], atol=1e-10)
    assert np.abs(together[0] - together[1]).max() > 1e-3


def test_networks_learn_from_their_own_rows_only():
    """Other targets elsewhere change nothing."""
    rows = np.arange(16)[None]
    changed = replace(TRAIN, targets=np.where(np.arange(48)[:, None, None] < 16, TRAIN.targets, 9))
    for learn in (recurrent_networks(SETTINGS), symmetric_networks(OWN, "page")):
        found, same = (learn(data, TEST)(rows, 5)[1] for data in (TRAIN, changed))
        np.testing.assert_array_equal(found, same)


LEARNERS = {
    "network": recurrent_networks(SETTINGS),
    "mean": baseline("mean"),
    "symmetric": symmetric_networks(OWN, "page"),
}


@pytest.mark.parametrize("learner", ["network", "symmetric"])
def test_a_repeat_in_which_a_network_diverges_is_left_out(learner, caplog):
    """Those that draw one row, of a target whose square overflows; the others do not change."""
    learners = {name: LEARNERS[name] for name in (learner, "mean")}
    drawn = []

    def spy(train, test):
        fit = LEARNERS[learner](train, test)
        return lambda rows, seed: drawn.append(rows) or fit(rows, seed)

    expected = curve({"spy": spy, "mean": baseline("mean")}, sizes=(1, 3), repeats=4)
    row = int(drawn[0][1, 0])
    kept = [k for k in range(4) if not any(row in rows[k] for rows in drawn)]
    assert 1 <= len(kept) < 4
    wrong = replace(TRAIN, targets=TRAIN.targets.copy())
    wrong.targets[row] = 1e200
    with caplog.at_level(logging.WARNING, "spinlearn.gru"):
        found = curve(learners, sizes=(1, 3), repeats=4, train=wrong)
    assert found.diverged == 4 - len(kept)
    assert expected.diverged == 0
    last = caplog.messages[-1]
    assert last.startswith(f"learning curve: left out {found.diverged} of 4 repeats")
    np.testing.assert_array_equal(found.test_error, expected.test_error[:, :, kept])
    np.testing.assert_array_equal(found.train_error, expected.train_error[:, :, kept])
    by_row = found.row_error.reshape(2, 2, 3, 2, 9, 3).mean(axis=4)
    np.testing.assert_allclose(by_row, found.test_error.mean(axis=2), rtol=1e-12)


def test_a_network_whose_weights_explode_has_diverged():
    """Of all repeats none is left."""
    wild = replace(SETTINGS, learning_rate=1e3)
    with pytest.raises(NotConvergedError, match="diverged in all 3 repeats"):
        curve({"network": recurrent_networks(wild)})


def test_repeats_worse_than_a_constant_are_left_out_after_the_warm_up():
    """Steps of 1e-9 learn nothing: 300 updates are judged, 30 are not."""
    slow = replace(SETTINGS, learning_rate=1e-9)
    assert curve({"network": recurrent_networks(slow)}).diverged == 0
    long = replace(slow, updates=300)
    with pytest.raises(NotConvergedError, match=r"(?s)diverged in all 3 repeats.*train for longer"):
        curve({"network": recurrent_networks(long)})
    sound = replace(SETTINGS, updates=300)
    assert curve({"network": recurrent_networks(sound)}).diverged == 0


def test_networks_make_the_same_number_of_updates_at_every_size(monkeypatch):
    calls = []

    def counted(found, target, reduction):
        calls.append(found.shape[1])
        return (found - target).square().mean(dim=(1, 2))

    monkeypatch.setattr("spinlearn.gru.learning_curve.squared_error", counted)
    fit = recurrent_networks(SETTINGS)(TRAIN, TEST)
    fit(np.arange(48)[None], 5)
    assert calls == [16] * 30  # 48 realisations are three batches
    calls.clear()
    fit(np.arange(10)[None], 5)
    assert calls == [10] * 30


def test_networks_learn_and_overfit_few_realisations():
    settings = NetworkSettings(features=2, head=8, updates=600, batch_size=48, learning_rate=0.02)
    found = curve({"network": recurrent_networks(settings)}, sizes=(1, 12), repeats=2)
    train, test = np.nanmean(found.train_error, axis=(3, 4, 5)), found.test_error.mean((3, 4, 5))
    assert (train[0, 0] < train[0, 1]).all()
    assert test[0, 0].mean() > 2 * test[0, 1].mean()
    assert test[0, 1].mean() < 0.3 * found.variance.mean()


def test_a_size_above_the_training_data_is_refused():
    with pytest.raises(ValueError, match=r"sizes: 13 realisations .* there are 12"):
        curve({"mean": baseline("mean")}, sizes=(1, 13))


@pytest.mark.parametrize("change", [{"updates": 0}, {"batch_size": 0}, {"learning_rate": -1.0}])
def test_settings_out_of_range_are_named(change):
    (name,) = change
    with pytest.raises(ValueError, match=name):
        NetworkSettings(**{**SETTINGS.__dict__, **change})


def test_sizes_end_with_the_training_split():
    """Four fifths of the realisations: every fifth one is for validation."""
    cfg = config.load({"mbl": {"train_realisations": 30, "block": 30, "test_realisations": 30}})
    assert files.learning_curve_sizes(cfg.gru, cfg.mbl) == [1, 3, 6, 12, 24]
    paper = config.load({"mbl": {"train_realisations": 600}})
    assert files.learning_curve_sizes(paper.gru, paper.mbl) == [1, 3, 6, 12, 50, 100]
    with pytest.raises(ConfigError, match=r"learning_curve.sizes: must ascend"):
        config.load({"gru": {"learning_curve": {"sizes": [3, 1]}}})
