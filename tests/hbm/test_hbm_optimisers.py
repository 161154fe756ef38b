"""Optimisers of all fields at once: budget, bounds, minima, reproducibility, resumption."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest

from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request
from spinlearn.hbm import optimisers
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.optimisers import Settings, train
from spinlearn.hbm.training import replay
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.storage.checkpoints import Checkpoint

TARGET = parity(Request(n=4)).target(0)
MACHINE = born_machine(4, 2, quench_time=3.0)
SETTINGS = {
    "gradient": Settings(h=4.0, optimiser="gradient", quenches=6, budget=600),
    "cma_es": Settings(h=4.0, optimiser="cma_es", quenches=2, budget=300),
}
BOTH = pytest.mark.parametrize("optimiser", SETTINGS)


def trained(settings, runs=2, checkpoint=None, machine=MACHINE, target=TARGET):
    return train(
        machine, target[None], settings, seed=5, runs=range(runs), checkpoint=checkpoint, task="x"
    )


def assert_same(one, two):
    for field in fields(one):
        assert np.array_equal(getattr(one, field.name), getattr(two, field.name)), field.name


def recorded(monkeypatch):
    """What every evaluation costs, as counted at the machine itself."""
    counted = []
    quench, gradient = optimisers.BornMachine.quench, optimisers.Objective.gradient

    def counting_quench(self, states, h, *more):
        counted.append(len(h))
        return quench(self, states, h, *more)

    def counting_gradient(self, h):
        counted.append(2 * len(h))
        return gradient(self, h)

    monkeypatch.setattr(optimisers.BornMachine, "quench", counting_quench)
    monkeypatch.setattr(optimisers.Objective, "gradient", counting_gradient)
    return counted


def test_runs_no_better_than_guessing_are_named_and_kept(caplog):
    """Quenches too short to change the uniform distribution of |+>."""
    still = born_machine(4, 2, quench_time=1e-6)
    with caplog.at_level("WARNING", "spinlearn.hbm"):
        result = trained(replace(SETTINGS["cma_es"], budget=20), machine=still)
    assert len(result.runs) == 2
    (line,) = caplog.messages
    assert re.match(r"cma_es, task = x, h = \S+: 2 of 2 runs end no better than guessing", line)


@BOTH
def test_budget_counts_every_quench_of_a_state(optimiser, monkeypatch):
    counted = recorded(monkeypatch)
    settings = SETTINGS[optimiser]
    trained(settings, runs=1)
    assert 0.9 * settings.budget < sum(counted) <= settings.budget


@BOTH
def test_stored_fields_give_the_stored_result(optimiser):
    """By `replay`: the machine's own evolution, step by step."""
    for run in trained(SETTINGS[optimiser]).runs:
        assert np.abs(run.fields).max() <= 4.0
        state = replay(MACHINE, run.initial_state, run.fields)[-1]
        p = MACHINE.distribution(state)
        assert np.abs(p - run.model_distribution).max() < 1e-12
        assert run.loss[-1] == pytest.approx(MaximumMeanDiscrepancy(TARGET)(p), rel=1e-9)
        assert run.fidelity[-1] == pytest.approx(classical_fidelity(p, TARGET), abs=1e-12)
        assert (np.diff(run.loss) <= 0).all()
        np.testing.assert_allclose(run.spent, SETTINGS[optimiser].budget * np.arange(1, 101) / 100)


def test_gradient_learns_parity_and_cma_es_improves():
    """|+> has F = 0.5; four visible spins and 12 quenches suffice for F = 0.99."""
    longer = replace(SETTINGS["gradient"], quenches=12, budget=4800)
    best = trained(longer, runs=1).runs[0]
    assert best.fidelity[-1] > 0.99
    start = MaximumMeanDiscrepancy(TARGET)(np.full(16, 1 / 16))
    wide = replace(SETTINGS["cma_es"], step=0.5)
    assert trained(wide, runs=1).runs[0].loss[-1] < 0.9 * start


@BOTH
def test_bounds_hold_where_they_bind(optimiser):
    """A rough target wants larger fields than 0.2."""
    rough = np.random.default_rng(0).dirichlet(np.full(16, 0.2))
    settings = replace(SETTINGS[optimiser], h=0.2, quenches=3, budget=600)
    (run,) = trained(settings, runs=1, target=rough).runs
    assert 0.15 < np.abs(run.fields).max() <= 0.2


def test_converged_starts_begin_again():
    """A single quench has few fields: L-BFGS-B converges within some 20 gradients."""
    settings = replace(SETTINGS["gradient"], quenches=1)
    (run,) = trained(settings, runs=1).runs
    assert run.starts > 1


@BOTH
def test_runs_do_not_depend_on_each_other_or_on_global_state(optimiser):
    np.random.seed(1)  # noqa: NPY002
    three = trained(SETTINGS[optimiser], runs=3)
    np.random.seed(2)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    (second,) = train(MACHINE, TARGET[None], SETTINGS[optimiser], seed=5, runs=[1], task="x").runs
    assert_same(three.runs[1], second)
    assert not np.array_equal(three.runs[0].fields, second.fields)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@BOTH
def test_training_resumes_from_a_checkpoint(optimiser, tmp_path, monkeypatch):
    whole = trained(SETTINGS[optimiser], runs=2)
    checkpoint = Checkpoint(tmp_path / "checkpoint", "key", interval=0.0)
    train_run, done = optimisers.train_run, []

    def interrupted(*args, **stream):
        if done:
            raise KeyboardInterrupt
        done.append(1)
        return train_run(*args, **stream)

    monkeypatch.setattr(optimisers, "train_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(SETTINGS[optimiser], runs=2, checkpoint=checkpoint)
    monkeypatch.setattr(optimisers, "train_run", train_run)
    resumed = trained(SETTINGS[optimiser], runs=2, checkpoint=checkpoint)
    assert resumed.resumed_from == 1
    for one, two in zip(whole.runs, resumed.runs, strict=True):
        assert_same(one, two)


def test_a_target_that_is_the_initial_state_stays():
    """|+> is uniform: no field improves a loss that is rounding."""
    (run,) = trained(SETTINGS["gradient"], runs=1, target=np.full(16, 1 / 16)).runs
    assert run.loss[-1] < 1e-25
    assert run.fidelity[-1] == pytest.approx(1.0, abs=1e-9)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="budget: must be a whole number >= 12"):
        replace(SETTINGS["gradient"], budget=11)
    with pytest.raises(ValueError, match="step: must be above 0"):
        replace(SETTINGS["cma_es"], step=0.0)
    with pytest.raises(ValueError, match="has 2 rows; give one for all 3 runs"):
        train(MACHINE, np.tile(TARGET, (2, 1)), SETTINGS["gradient"], seed=1, runs=range(3))
    driven = born_machine(4, 0, drive_strength=0.1)
    with pytest.raises(ValueError, match="has a drive"):
        trained(SETTINGS["cma_es"], machine=driven)
