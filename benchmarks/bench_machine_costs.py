"""One quench of each machine of Zhong 2022, figure 4, per candidate.

The paper says that a drive raises the cost by T/tau, here 10, and that the hidden machine is more
efficient than the driven one. Compare the groups with one another.

- `spinlearn`: a Chebyshev series in each slice of the quench.
- `eigh`: an eigendecomposition of each slice, on the S^z blocks if there is no drive.
"""

from functools import lru_cache

import numpy as np
import pytest

from spinlearn.hbm.machine import born_machine
from spinlearn.spins.evolution import evolve_by_eigendecomposition

MACHINES = {
    "basic": {"hidden": 0},
    "hidden": {"hidden": 2},
    "driven": {"hidden": 0, "drive_strength": 0.001, "drive_time": 1.0},
}
CANDIDATES = 100
STRENGTH = 8.0
LIMIT = 1e-11


@lru_cache
def problem(name):
    """The machine, its initial state, and the fields and drives of the candidates."""
    rng = np.random.default_rng(0)
    machine = born_machine(6, **MACHINES[name])
    fields = rng.uniform(-STRENGTH, STRENGTH, (CANDIDATES, machine.L))
    return machine, machine.initial_state("plus"), fields, machine.draw_drives(CANDIDATES, rng)


def spinlearn(name):
    machine, psi, fields, drives = problem(name)
    return machine.quench(psi, fields, drives)


def eigh(name):
    machine, states, fields, drives = problem(name)
    diagonals = machine.chain.diagonal(fields)
    for index, duration in enumerate(machine.slices):
        x_fields = None if drives is None else drives[:, index, :, 0]
        states = evolve_by_eigendecomposition(
            machine.family, diagonals, states, duration, x_fields=x_fields
        ).states
    return states


PEERS = {"spinlearn": spinlearn, "eigh": eigh}


def compare(measure, peer, name):
    error = np.abs(spinlearn(name) - eigh(name)).max()
    measure(lambda: PEERS[peer](name), error, LIMIT, items=CANDIDATES)


@pytest.mark.benchmark(group="quench of the basic machine, 6 spins, h = 8, T = 10, per candidate")
@pytest.mark.parametrize("peer", PEERS)
def test_basic_machine(measure, peer):
    compare(measure, peer, "basic")


@pytest.mark.benchmark(group="quench of the hidden machine, 6 + 2 spins, per candidate")
@pytest.mark.parametrize("peer", PEERS)
def test_hidden_machine(measure, peer):
    compare(measure, peer, "hidden")


@pytest.mark.benchmark(group="quench of the driven machine, 6 spins, tau = 1, per candidate")
@pytest.mark.parametrize("peer", PEERS)
def test_driven_machine(measure, peer):
    compare(measure, peer, "driven")
