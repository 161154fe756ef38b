"""The Born machine of the leaderboard: counts, an optimum that is known, both losses."""

import numpy as np
import pytest

from spinlearn.datasets.leaderboard import Targets
from spinlearn.datasets.patterns import bars, parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm.adjoint import Objective
from spinlearn.hbm.leaderboard import independent_parameters, learn
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.optimisers import Settings, train
from spinlearn.learning.distributions import kl_divergence

TRAINING = {"h": 4.0, "losses": ["kl", "mmd"], "budget": 600, "start": 1.0}


def targets_of(make, n=4, runs=(0, 1)):
    q = make(Request(n=n)).target(0)
    return Targets((make.__name__,), tuple(runs), np.stack([q] * len(runs))[None])


def rank(machine, quenches):
    """Independent route: the rank of dp/dh, by differences of fourth order in 1e-3."""
    start = machine.initial_state("plus")
    objective = Objective(machine, start, np.full(2**machine.visible, 2.0**-machine.visible))
    fields = np.random.default_rng(1).uniform(-1, 1, (quenches, machine.L))

    def p(shift):
        return objective.evaluate(fields + shift.reshape(fields.shape)).distribution

    rows = [
        (8 * (p(shift) - p(-shift)) - (p(2 * shift) - p(-2 * shift))) / 12e-3
        for shift in 1e-3 * np.eye(fields.size)
    ]
    return int((np.linalg.svd(np.array(rows), compute_uv=False) > 1e-8).sum())


@pytest.mark.parametrize("h_x", [0.0, 0.3])
def test_redundant_fields_are_the_means_of_quenches(h_x):
    """Without conserved S^z none is redundant."""
    machine = born_machine(4, 1, quench_time=3.0, h_x=h_x)
    assert independent_parameters(machine, 2) == rank(machine, 2) == (10 if h_x else 8)


def test_quenches_are_as_many_as_parameters_allow():
    (found, *_) = learn(
        born_machine(4, 2, quench_time=1.0), targets_of(bars), 20, 1, {**TRAINING, "budget": 12}
    )
    assert (found.width, found.parameters) == ("3 quenches of 6 spins", 18)


def test_conserved_spin_limits_the_basic_machine_on_parity():
    """Half of |+> has odd parity for ever, so that KL >= ln 2; the uniform |+> has just this."""
    machine = born_machine(4, 0, quench_time=1.0)
    found, _ = learn(machine, targets_of(parity), 12, 1, TRAINING)
    kl = kl_divergence(targets_of(parity).probability, found.distribution)
    assert kl == pytest.approx(np.log(2), abs=1e-9)


def test_both_losses_are_those_of_their_names():
    """Against the definitions, from the distribution of the best fields; both learn something."""
    machine, q = born_machine(4, 2, quench_time=3.0), targets_of(bars).probability[0]
    uniform = np.full(16, 1 / 16)
    losses = {"kl": lambda p: kl_divergence(q[0], p), "mmd": MaximumMeanDiscrepancy(q[0])}
    for name, loss in losses.items():
        settings = Settings(4.0, "gradient", 4, 600, loss=name)
        (run,) = train(machine, q[:1], settings, seed=1, runs=[0]).runs
        assert run.loss[-1] == pytest.approx(float(loss(run.model_distribution)), rel=1e-9)
        assert run.loss[-1] < 0.5 * loss(uniform)


def test_models_are_named_by_their_losses():
    found = learn(born_machine(4, 1, quench_time=1.0), targets_of(bars), 10, 1, TRAINING)
    assert [model.model for model in found] == ["hidden_born", "hidden_born_mmd"]
