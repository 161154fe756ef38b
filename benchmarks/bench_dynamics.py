"""Dynamics of one realisation: imbalance, half-chain entropy, return probability at 41 times.

Every peer gets the same ring of 12 spins with h = 5 and the Neel state, up to t = 1000/J. Ours also
has the number entropy, which QuSpin does not compute.

- `spinlearn`: 16 realisations together, step by step.
- `QuSpin eigh`: `eigh`, `ED_state_vs_time` and `ent_entropy`, for one realisation.
- `QuSpin expm`: `ExpmMultiplyParallel` from each time to the next, and `ent_entropy`.
"""

from functools import lru_cache

import numpy as np
import pytest
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian
from quspin.tools.evolution import ED_state_vs_time, ExpmMultiplyParallel

from spinlearn.mbl.dynamics import dynamics_of_block, log_times
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.product_states import product_state

L, STRENGTH, MANY = 12, 5.0, 16
TIMES = log_times(1000.0, 41)
FIELDS = np.random.default_rng(0).uniform(-STRENGTH, STRENGTH, (MANY, L))
NEEL = np.arange(L) % 2
LIMIT = 1e-10
UNCHECKED = {"check_herm": False, "check_symm": False, "check_pcon": False}


def spinlearn():
    """Imbalance, entropy, return probability of each realisation (3, R, T)."""
    spins = np.stack([product_state("neel", L)] * MANY)
    found = dynamics_of_block(xxz_chain(L), FIELDS, TIMES, spins)
    return np.array([found.imbalance, found.entanglement_entropy, found.return_probability])


@lru_cache
def quspin_parts():
    """What does not depend on the fields: basis, couplings, signs of the imbalance, state."""
    basis = spin_basis_1d(L, Nup=L // 2, pauli=False)
    bonds = [[1.0, i, (i + 1) % L] for i in range(L)]
    bits = (np.asarray(basis.states, dtype=np.int64)[:, None] >> np.arange(L)[::-1]) & 1
    start = np.zeros(basis.Ns, dtype=complex)
    start[basis.index("".join(map(str, NEEL)))] = 1.0
    static = [["xx", bonds], ["yy", bonds], ["zz", bonds]]
    return basis, static, ((2 * bits - 1) * (2 * NEEL - 1)).mean(axis=1), start


def quspin_hamiltonian():
    basis, couplings, *_ = quspin_parts()
    static = [*couplings, ["z", [[value, i] for i, value in enumerate(FIELDS[0])]]]
    return hamiltonian(static, [], basis=basis, dtype=np.float64, **UNCHECKED)


def quspin_observables(states):
    """From states as columns: (3, 1, T)."""
    basis, _, signs, start = quspin_parts()
    entropy = basis.ent_entropy(states, sub_sys_A=range(L // 2), density=False, enforce_pure=True)[
        "Sent_A"
    ]
    p = np.abs(states) ** 2
    return np.array([signs @ p, entropy, np.abs(start.conj() @ states) ** 2])[:, None]


def quspin_eigh():
    energies, vectors = quspin_hamiltonian().eigh()
    return quspin_observables(ED_state_vs_time(quspin_parts()[3], energies, vectors, TIMES))


def quspin_expm():
    matrix, states = quspin_hamiltonian().tocsr(), [quspin_parts()[3]]
    for step in np.diff(TIMES, prepend=0.0):
        states.append(ExpmMultiplyParallel(matrix, a=-1j * step).dot(states[-1]))
    return quspin_observables(np.array(states[1:]).T)


PEERS = {
    "spinlearn": (spinlearn, MANY),
    "QuSpin eigh": (quspin_eigh, 1),
    "QuSpin expm": (quspin_expm, 1),
}


@lru_cache
def found_by(peer):
    return PEERS[peer][0]()[:, 0]


@pytest.mark.slow
@pytest.mark.benchmark(group="dynamics: L = 12, S^z = 0, h = 5, 41 times to 1000, per realisation")
@pytest.mark.parametrize("peer", PEERS)
def test_dynamics_L12(measure, peer):
    route, realisations = PEERS[peer]
    rival = found_by("QuSpin eigh" if peer == "spinlearn" else "spinlearn")
    measure(route, np.abs(found_by(peer) - rival).max(), LIMIT, items=realisations)
