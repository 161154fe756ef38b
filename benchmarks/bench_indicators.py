"""All indicators of one realisation on the grid of energy densities, against QuSpin's own route.

    python benchmarks/bench_indicators.py [--L 12 14] [--states 100] [--rounds 3]

Both diagonalise the same Hamiltonian in full and average over the same windows: k eigenstates at
each of 19 energy densities. Both results must agree to 1e-10 before anything counts. One thread for
everybody; rounds are interleaved and the best of each counts, in processor seconds.

- `spinlearn`: `spinlearn.mbl.indicators.indicators_of_block`, with the number entropy besides.
- `QuSpin`: `hamiltonian`, `.eigh()`, `basis.ent_entropy` on the same eigenstates, and the spin
  fraction from QuSpin's operators M and M^dag M.
- `LAPACK eigh`: the diagonalisation alone, the floor of both.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import scipy.linalg
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian
from threadpoolctl import threadpool_limits

from spinlearn.mbl.indicators import (
    energy_densities,
    gap_ratios,
    indicators_of_block,
    nearest_windows,
)
from spinlearn.spins.hamiltonians import xxz_chain

GRID = np.arange(1, 20) / 20
ACCURACY = 1e-10
UNCHECKED = {"check_herm": False, "check_symm": False, "check_pcon": False}


def spinlearn(fields: np.ndarray, states: int) -> np.ndarray:
    """Gap ratio, entropy and spin fraction (3, E)."""
    found = indicators_of_block(fields[None], GRID, states)
    return np.array([found.gap_ratio[0], found.entanglement_entropy[0], found.spin_fraction[0]])


class QuSpin:
    """The same by QuSpin's own functions; what does not depend on the fields is built once."""

    def __init__(self, L: int) -> None:
        self.L = L
        self.basis = spin_basis_1d(L, Nup=L // 2, pauli=True)
        bonds = [[1.0, i, (i + 1) % L] for i in range(L)]
        self.static = [["xx", bonds], ["yy", bonds], ["zz", bonds]]
        phases = [[np.exp(2j * np.pi * j / L), j] for j in range(L)]
        wave = hamiltonian([["z", phases]], [], basis=self.basis, dtype=np.complex128, **UNCHECKED)
        self.wave = wave.diagonal()

    def indicators(self, fields: np.ndarray, states: int) -> np.ndarray:
        static = [*self.static, ["z", [[value, j] for j, value in enumerate(fields)]]]
        built = hamiltonian(static, [], basis=self.basis, dtype=np.float64, **UNCHECKED)
        energies, vectors = built.eigh()
        densities = energy_densities(energies)
        windows = nearest_windows(densities, GRID, states)[:, None] + np.arange(states)
        used = np.unique(windows)
        chosen, place = vectors[:, used], np.searchsorted(used, windows)
        entropy = self.basis.ent_entropy(
            chosen, sub_sys_A=range(self.L // 2), density=False, enforce_pure=True
        )["Sent_A"]
        weights = np.abs(chosen) ** 2
        fraction = 1 - np.abs(self.wave @ weights) ** 2 / (np.abs(self.wave) ** 2 @ weights)
        ratios = gap_ratios(energies[windows]).mean(axis=1)
        return np.array([ratios, entropy[place].mean(axis=1), fraction[place].mean(axis=1)])


def lapack(fields: np.ndarray) -> None:
    matrix = xxz_chain(fields.size, operators="pauli").dense(fields)
    scipy.linalg.eigh(matrix, overwrite_a=True, check_finite=False, driver="evd")


def compare(L: int, states: int, h: float, rounds: int) -> None:
    fields = np.random.default_rng(L).uniform(-h, h, L)
    quspin = QuSpin(L)
    routes: dict[str, Callable[[], np.ndarray | None]] = {
        "LAPACK eigh": lambda: lapack(fields),
        "spinlearn": lambda: spinlearn(fields, states),
        "QuSpin": lambda: quspin.indicators(fields, states),
    }
    difference = np.abs(spinlearn(fields, states) - quspin.indicators(fields, states)).max()
    assert difference < ACCURACY, f"the routes differ by {difference:.1e}"
    best = dict.fromkeys(routes, np.inf)
    for _ in range(rounds):
        for name, route in routes.items():
            start = time.process_time()
            route()
            best[name] = min(best[name], time.process_time() - start)
    print(f"L = {L}, {states} states at {len(GRID)} energy densities, h = {h:g} (Pauli)")
    print(f"  {'route':12s} {'seconds':>9s} {'/ eigh':>7s} {'/ spinlearn':>12s}")
    for name, seconds in best.items():
        over_floor, over_ours = seconds / best["LAPACK eigh"], seconds / best["spinlearn"]
        print(f"  {name:12s} {seconds:9.3f} {over_floor:7.2f} {over_ours:12.2f}")
    print(f"  largest difference of an indicator: {difference:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--L", type=int, nargs="+", default=[12, 14])
    parser.add_argument("--states", type=int, default=100)
    parser.add_argument("--h", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with threadpool_limits(1):
        for L in options.L:
            compare(L, options.states, options.h, options.rounds)


if __name__ == "__main__":
    main()
