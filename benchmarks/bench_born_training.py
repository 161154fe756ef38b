"""Training of a Born machine by quenches, against the evolution of its candidates alone.

The figure of merit is the time per candidate. Training adds the drawing of fields, distributions
and losses of all candidates, and for the best one the fidelity, the entropy and the Hamming
distance, for which L further states are evolved. A ratio of 0.8 or more for `evolution alone` means
that all of this adds at most a quarter. The fewer candidates a quench has, the larger is the share
of what is done once per quench.

Both must agree with a replay of the kept fields by eigendecomposition of each S^z block.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pytest

from spinlearn.hbm.machine import BornMachine, born_machine
from spinlearn.hbm.training import Run, Settings, replay, train_run
from spinlearn.spins.evolution import evolve, evolve_by_eigendecomposition
from spinlearn.streams import rng

QUENCHES = 40
"""As many as in the default configuration, since some costs are once per run."""
LIMIT = 1e-10


class Problem(NamedTuple):
    """A trained machine, its target, and what the evolution of its candidates starts from."""

    machine: BornMachine
    settings: Settings
    target: np.ndarray
    run: Run
    states: np.ndarray
    diagonals: list[np.ndarray]


@lru_cache
def problem(hidden, candidates):
    machine = born_machine(6, hidden)
    settings = Settings(h=8.0, quenches=QUENCHES, candidates=candidates)
    target = np.random.default_rng(0).dirichlet(np.ones(64))
    run = train_run(machine, target, settings, 1, 0)
    shape = (candidates, machine.L)
    drawn = [
        rng(1, "hbm", "fields", h="8.00", run=0, quench=m).uniform(-8.0, 8.0, shape)
        for m in range(QUENCHES)
    ]
    diagonals = [machine.chain.diagonal(fields) for fields in drawn]
    states = replay(machine, run.initial_state, run.fields)
    return Problem(machine, settings, target, run, states, diagonals)


def spinlearn(here):
    return train_run(here.machine, here.target, here.settings, 1, 0).model_distribution


def evolution_alone(here):
    """The distribution after the last quench; all candidates of all quenches are evolved."""
    T = here.machine.quench_time
    for psi, diagonals in zip(here.states, here.diagonals, strict=False):
        states = evolve(here.machine.family, diagonals, psi, T).states
    best = np.abs(diagonals - here.machine.chain.diagonal(here.run.fields[-1])).sum(axis=1).argmin()
    return here.machine.distribution(states[best])


PEERS = {"spinlearn": spinlearn, "evolution alone": evolution_alone}


def replayed_by_eigendecomposition(here):
    machine, run = here.machine, here.run
    psi = run.initial_state
    for diagonal in machine.chain.diagonal(run.fields):
        psi = evolve_by_eigendecomposition(
            machine.family, diagonal[None], psi, machine.quench_time
        ).states[0]
    return machine.distribution(psi)


def compare(measure, peer, hidden, candidates):
    here = problem(hidden, candidates)
    error = np.abs(PEERS[peer](here) - replayed_by_eigendecomposition(here)).max()
    measure(lambda: PEERS[peer](here), error, LIMIT, items=QUENCHES * candidates)


@pytest.mark.benchmark(group="training: 6 + 2 spins, h = 8, time 10, per one of 500 candidates")
@pytest.mark.parametrize("peer", PEERS)
def test_training_hidden(measure, peer):
    compare(measure, peer, 2, 500)


@pytest.mark.benchmark(group="training: 6 + 2 spins, h = 8, time 10, per one of 150 candidates")
@pytest.mark.parametrize("peer", PEERS)
def test_training_hidden_with_few_candidates(measure, peer):
    compare(measure, peer, 2, 150)


@pytest.mark.benchmark(group="training: 6 spins, h = 8, time 10, per one of 500 candidates")
@pytest.mark.parametrize("peer", PEERS)
def test_training_basic(measure, peer):
    compare(measure, peer, 0, 500)


@pytest.mark.benchmark(group="training: 6 spins, h = 8, time 10, per one of 150 candidates")
@pytest.mark.parametrize("peer", PEERS)
def test_training_basic_with_few_candidates(measure, peer):
    compare(measure, peer, 0, 150)
