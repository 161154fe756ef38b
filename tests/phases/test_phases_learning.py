"""Supervised, unsupervised and confusion learning on data whose answer is known."""

import importlib
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from spinlearn.phases.confusion import confuse
from spinlearn.phases.data import shuffled
from spinlearn.phases.extrapolation import extrapolated, half, steepest
from spinlearn.phases.maxima import middle_maximum
from spinlearn.phases.networks import Settings, logits, shift_lattice, train
from spinlearn.phases.supervised import label
from spinlearn.phases.unsupervised import components_and_clusters
from spinlearn.pipeline.errors import MissingDependencyError, NotConvergedError

NETWORKS = Settings(hidden=8, epochs=15, batch_size=50, learning_rate=0.01, weight_decay=0.01)


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def magnets(magnetisations, groups=20, samples=5, sites=36, seed=0):
    """Independent spins with a mean of +m or -m, m given for each value of the parameter."""
    rng = np.random.default_rng(seed)
    shape = (len(magnetisations), groups, samples)
    means = np.asarray(magnetisations)[:, None, None] * rng.choice([-1, 1], shape)
    return np.where(rng.random((*shape, sites)) < 0.5 * (1 + means[..., None]), 1, -1).astype(
        np.int8
    )


T = np.linspace(1.0, 3.0, 9)
STEP = magnets(np.where(T < 2.1, 0.9, 0.0))
"""A transition between the values 2.0 and 2.25: the division 2.125."""


def test_confusion_gives_a_w_at_the_step():
    found = confuse(STEP, T, NETWORKS, seed=1, runs=2, vary=shift_lattice)
    best = found.division[1:-1][found.accuracy[:, 1:-1].argmax(axis=1)]
    assert np.allclose(best, 2.125)
    assert (found.accuracy[:, 4] > 0.97).all()
    assert (found.accuracy[:, 2] < 0.95).all()  # a wrong division is confused
    place, height = middle_maximum(found.division, found.accuracy.mean(axis=0))
    assert place == pytest.approx(2.125, abs=0.13)
    assert height > 0.05


def test_confusion_without_transition_gives_a_v():
    """Accuracies of guessing on 45 groups: no division is learned, within 3 binomial errors."""
    found = confuse(
        shuffled(STEP, np.random.default_rng(1)), T, NETWORKS, seed=1, runs=2, vary=shift_lattice
    )
    assert (found.accuracy.mean(axis=0) - found.guess < 3 * (0.25 / 450) ** 0.5).all()
    assert found.guess.tolist() == pytest.approx(
        np.maximum(found.division - 1, 3 - found.division) / 2
    )


def test_unequal_distances_leave_the_v_straight():
    values = np.array([0.0, 0.1, 0.2, 1.0, 2.0])
    found = confuse(magnets(np.zeros(5), groups=4, samples=1), values, NETWORKS, seed=1, runs=1)
    lower = found.division / 2
    assert np.allclose(found.guess, np.maximum(lower, 1 - lower))


def test_confusion_needs_three_values():
    with pytest.raises(ValueError, match="three values and two groups, there are 2 and 20"):
        confuse(STEP[:2], T[:2], NETWORKS, seed=1, runs=1)


def test_a_monotone_curve_has_no_middle_maximum():
    assert middle_maximum(np.arange(4.0), np.array([1.0, 0.6, 0.7, 1.0]))[1] == 0.0


def test_networks_side_by_side_are_independent():
    """Other labels of the second column leave the first network as it is, number by number."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 3))
    labels = np.stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0.5], axis=1).astype(float)
    settings = Settings(8, 60, 50, 0.01, 0.0)
    both = logits(train(x, labels, np.ones(400), settings, 3), x)
    assert (((both > 0) == labels).mean(axis=0) > 0.97).all()
    labels[:, 1] = x[:, 2] < 0
    other = logits(train(x, labels, np.ones(400), settings, 3), x)
    assert (((other > 0) == labels).mean(axis=0) > 0.97).all()
    assert (both[:, 0] == other[:, 0]).all()
    assert (both[:, 1] != other[:, 1]).any()


def test_networks_that_are_worse_than_guessing_are_an_error():
    """Labels that say nothing are no fault, and no network is judged by its first updates."""
    rng = np.random.default_rng(3)
    x, labels = rng.normal(size=(500, 4)), (rng.random((500, 2)) < 0.3).astype(float)
    weights = np.ones(500)
    train(x, labels, weights, replace(NETWORKS, epochs=30), 1)
    wild = replace(NETWORKS, epochs=30, learning_rate=30.0)
    with pytest.raises(NotConvergedError, match=r"(?s)L = 8: .* of 2 runs .* rate \(30\)"):
        train(x, labels, weights, wild, 1, description="L = 8")
    train(x, labels, weights, replace(wild, epochs=29), 1)


def test_networks_label_what_they_have_not_seen():
    m = np.array([0.95, 0.9, 0.8, 0.1, 0.0, 0.0])
    temperatures = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 3.5])
    found = label(
        magnets(m), temperatures, NETWORKS, ordered_below=1.5, disordered_above=3.0, seed=1, runs=2
    )
    assert found["output"].shape == (2, 6, 20)
    assert (found["output"].mean(axis=(0, 2))[:3] > 0.7).all()
    assert (found["output"].mean(axis=(0, 2))[3:] < 0.3).all()
    assert found["threshold"] == pytest.approx(0.5, abs=0.05)  # (0.925 + 0.13) / 2
    assert found["baseline"].mean(axis=1).round() == pytest.approx([1, 1, 1, 0, 0, 0])


def test_component_is_the_magnetisation_and_clusters_are_the_phases():
    spins = magnets(np.array([0.95, 0.9, 0.0, 0.0]))
    found = components_and_clusters(spins, seed=1)
    both = found["projection"].ravel(), found["magnetisation"].ravel()
    assert np.corrcoef(*both)[0, 1] > 0.99
    assert np.abs(both[0] - both[1]).max() < 0.15
    assert found["explained"][0] > 5 * found["explained"][1]
    assert (found["cluster"][2:] == 1).mean() > 0.98
    outer = found["cluster"][:2] - 1
    assert (outer == np.sign(found["magnetisation"][:2])).all()


def test_missing_scikit_learn_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "spinlearn.phases.unsupervised")
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(MissingDependencyError, match=r"(?s)sklearn.*pip install scikit-learn"):
        importlib.import_module("spinlearn.phases.unsupervised")


def curves(place, sizes=(10, 20, 40), chains=60, width=2.0):
    """Made-up curves whose fall through 1/2 is at T_c + a/L."""
    rng = np.random.default_rng(3)
    grid = np.linspace(1.8, 2.8, 21)
    return {
        (L, float(T)): 0.5
        - 0.5 * np.tanh((T - place(L)) * L / width)
        + 0.02 * rng.normal(size=chains)
        for L in sizes
        for T in grid
    }


@pytest.mark.parametrize("place", [half, steepest])
def test_extrapolation_finds_the_limit(place):
    """Two errors cover it in 95 of 100 draws; four errors and 0.01 for straight lines between."""
    table, limit = extrapolated(curves(lambda L: 2.27 + 1.0 / L), place, 1, resamples=100)
    assert table.L.tolist() == [10, 20, 40]
    assert abs(limit["T_c"] - 2.27) < 4 * limit["error"] + 0.01
    assert limit["error"] < 0.03
    assert limit["slope"] == pytest.approx(1.0, abs=0.4)


def test_a_curve_that_never_falls_has_no_place():
    flat = np.ones((1, 4))
    assert np.isnan(half(np.arange(4.0), flat)).all()
    assert np.isnan(steepest(np.arange(4.0), np.array([[1.0, 0.5, 0.4, 0.3]]))).all()
    table, limit = extrapolated(curves(lambda L: 9.0), half, 1, resamples=20)
    assert np.isnan(table[["T", "error"]]).all(axis=None)
    assert np.isnan([*limit.values()]).all()
