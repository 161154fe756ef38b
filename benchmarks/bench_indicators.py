"""All indicators of one realisation on the grid of energy densities.

Every peer gets the same Hamiltonian and averages over the same windows: 100 eigenstates at each of
19 energy densities. QuSpin's route has no number entropy, ours has; one row of ours has all
observables. `LAPACK eigh` is the diagonalisation alone, which no route that needs all eigenstates
can beat. Its operations are counted without those of the tridiagonal problem, which depend on the
spectrum: 4/3 D^3 to make the matrix tridiagonal and 2 D^3 to turn the eigenvectors back.
"""

from functools import lru_cache
from math import comb

import numpy as np
import pytest
import scipy.linalg
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian

from spinlearn.mbl.choices import DEFAULT_OBSERVABLES, OBSERVABLES
from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.spectra import energy_densities, nearest_windows

GRID = np.arange(1, 20) / 20
STATES = 100
COMPARED = ("gap_ratio", "entanglement_entropy", "spin_fraction")
LIMIT = 1e-10
UNCHECKED = {"check_herm": False, "check_symm": False, "check_pcon": False}


def disorder(L):
    return np.random.default_rng(L).uniform(-6, 6, L)


def mean_gap_ratios(energies):
    first = nearest_windows(energy_densities(energies), GRID, STATES)
    return gap_ratios(energies[first[:, None] + np.arange(STATES)]).mean(axis=1)


def spinlearn(L, observables=DEFAULT_OBSERVABLES):
    """Gap ratio, entanglement entropy, spin fraction (3, E)."""
    chain = xxz_chain(L, operators="pauli")
    found = indicators_of_block(chain, disorder(L)[None], GRID, STATES, observables=observables)
    return np.array([found[name][0] for name in COMPARED])


def all_observables(L):
    """The same, while all observables are computed."""
    return spinlearn(L, tuple(OBSERVABLES))


@lru_cache
def quspin_parts(L):
    """What does not depend on the fields, built once: basis, couplings, diagonal of the wave M."""
    basis = spin_basis_1d(L, Nup=L // 2, pauli=True)
    bonds = [[1.0, i, (i + 1) % L] for i in range(L)]
    phases = [[np.exp(2j * np.pi * j / L), j] for j in range(L)]
    wave = hamiltonian([["z", phases]], [], basis=basis, dtype=np.complex128, **UNCHECKED)
    return basis, [["xx", bonds], ["yy", bonds], ["zz", bonds]], wave.diagonal()


def quspin(L):
    basis, couplings, wave = quspin_parts(L)
    static = [*couplings, ["z", [[value, j] for j, value in enumerate(disorder(L))]]]
    built = hamiltonian(static, [], basis=basis, dtype=np.float64, **UNCHECKED)
    energies, vectors = built.eigh()
    first = nearest_windows(energy_densities(energies), GRID, STATES)
    windows = first[:, None] + np.arange(STATES)
    used = np.unique(windows)  # windows overlap
    place = np.searchsorted(used, windows)
    entropy = basis.ent_entropy(
        vectors[:, used], sub_sys_A=range(L // 2), density=False, enforce_pure=True
    )["Sent_A"]
    weights = np.abs(vectors[:, used]) ** 2
    fraction = 1 - np.abs(wave @ weights) ** 2 / (np.abs(wave) ** 2 @ weights)
    return np.array(
        [
            mean_gap_ratios(energies),
            entropy[place].mean(axis=1),
            fraction[place].mean(axis=1),
        ]
    )


def lapack(L):
    matrix = xxz_chain(L, operators="pauli").dense(disorder(L))
    energies, _ = scipy.linalg.eigh(matrix, overwrite_a=True, check_finite=False, driver="evd")
    return energies


PEERS = {
    "spinlearn": spinlearn,
    "spinlearn, all observables": all_observables,
    "QuSpin": quspin,
    "LAPACK eigh": lapack,
}


@lru_cache
def indicators_found(peer, L):
    """Indicators by a peer, the gap ratio alone (1, E) where it gives only levels."""
    found = PEERS[peer](L)
    return mean_gap_ratios(found)[None] if found.ndim == 1 else found


def compare(measure, peer, L):
    found = indicators_found(peer, L)
    rival = indicators_found("QuSpin" if peer == "spinlearn" else "spinlearn", L)
    error = np.abs(found - rival[: len(found)]).max()
    D = comb(L, L // 2)
    series = ("indicators against D", D)
    measure(lambda: PEERS[peer](L), error, LIMIT, operations=10 / 3 * D**3, series=series)


@pytest.mark.benchmark(group="indicators: L = 12")
@pytest.mark.parametrize("peer", PEERS)
def test_indicators_L12(measure, peer):
    compare(measure, peer, 12)


@pytest.mark.slow
@pytest.mark.benchmark(group="indicators: L = 14")
@pytest.mark.parametrize("peer", PEERS)
def test_indicators_L14(measure, peer):
    compare(measure, peer, 14)
