"""Boltzmann machines of the leaderboard: counts, and an optimum that is known."""

import numpy as np
import pytest

from spinlearn.datasets.leaderboard import Targets
from spinlearn.datasets.strings import bit_strings
from spinlearn.learning.distributions import kl_divergence
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.sqrbm.leaderboard import Budget, independent_parameters, learn
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.training import Settings

SETTINGS = Settings(400, 0.1, "decaying")


def product_target(means):
    bits = bit_strings(len(means))
    return np.where(bits == 1, means, 1 - np.array(means)).prod(axis=1)


def rank(machine):
    """Independent route: the rank of d ln p/d theta, by differences of fourth order."""
    theta = np.random.default_rng(1).uniform(-1, 1, machine.size)
    step, columns = 1e-3, []
    objective = machine.objective(np.full(2**machine.n, 2.0**-machine.n), 4)
    for shift in step * np.eye(machine.size):
        points = np.stack([theta + k * shift for k in (1, -1, 2, -2)])
        one, minus, two, minus_two = objective(points).log_probability
        columns.append((8 * (one - minus) - (two - minus_two)) / (12 * step))
    return int((np.linalg.svd(np.array(columns), compute_uv=False) > 1e-8).sum())


@pytest.mark.parametrize("paulis", ["Z", "XZ", "XYZ"])
def test_redundant_parameters_are_rotations(paulis):
    machine = Machine(6, 2, paulis)
    assert independent_parameters(machine) == rank(machine)


def test_both_machines_have_equally_many_parameters():
    """6 + 7 m and 6 + 21 m: m = 6 and 2."""
    targets = Targets(("mine",), (0,), product_target([0.5] * 6)[None, None])
    found = learn(targets, Budget(48, 1), Settings(1, 0.1), 1)
    assert [model.parameters for model in found] == [48, 48]
    assert [model.width for model in found] == ["6 hidden units", "2 hidden units"]


def test_a_product_is_learned_exactly():
    """Visible fields alone represent it, so that the optimum is 0, for each run's own target."""
    q = np.stack([product_target([0.2, 0.5, 0.9, 0.4]), product_target([0.8, 0.3, 0.6, 0.7])])
    targets = Targets(("mine",), (0, 1), q[None])
    for model in learn(targets, Budget(14, 2), SETTINGS, 1):
        assert kl_divergence(q, model.distribution[0]) == pytest.approx(0, abs=1e-4)


def test_machines_worse_than_guessing_are_refused():
    """Guessing knows all of the uniform distribution; steps of order 100 lead far away from it."""
    targets = Targets(("flat",), (0, 1), np.full((1, 2, 16), 1 / 16))
    learn(targets, Budget(14, 2), Settings(99, 100.0), 1)
    with pytest.raises(NotConvergedError, match=r"leaderboard, rbm: the loss of . of 2 runs"):
        learn(targets, Budget(14, 2), Settings(100, 100.0), 1)


def test_more_starts_are_never_worse():
    even = (bit_strings(4).sum(axis=1) % 2 == 0) / 8
    targets = Targets(("parity",), (0, 1), np.stack([even, even])[None])
    one, many = (
        [kl_divergence(targets.probability, model.distribution) for model in found]
        for found in (learn(targets, Budget(14, starts), SETTINGS, 1) for starts in (1, 4))
    )
    assert (np.array(many) <= np.array(one) + 1e-12).all()
    assert (np.array(many) < np.array(one) - 1e-3).any()
