"""One window of interior eigenstates: spinlearn's solvers against full and shift-invert peers.

    python benchmarks/bench_eigenwindows.py [--L 12 14] [--states 100] [--h 3] [--rounds 3]
    python benchmarks/bench_eigenwindows.py --crossover
    python benchmarks/bench_eigenwindows.py --large 16 18

All get the same chain (Pauli matrices, ring, S^z = 0), the same fields and the same target in the
middle of the spectrum, and one thread. Rounds are interleaved and the best round of each counts,
in processor seconds, so that other work on the machine matters little. The table shows the largest
residual ||H v - E v||, and the largest difference of a level from QuSpin's.

- `QuSpin eigh`: `hamiltonian.eigh`, LAPACK on the whole matrix.
- `SciPy eigsh`: ARPACK in shift-invert mode on SuperLU's factors, E_min and E_max included.
- `dense`, `shift_invert`, `polfed`: `spinlearn.spins.eigenwindows`; E_min, E_max and the
  certificate included.

`--crossover` times the three solvers for many sizes of the matrix and of the window. `--large` runs
whole jobs (one realisation, one window, all indicators), each in a child process, whose processor
time and peak memory it prints beside the dense time, extrapolated by D^3 from L = 14.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
from quspin.operators import hamiltonian  # noqa: E402
from scipy.sparse.linalg import eigsh  # noqa: E402

from spinlearn.mbl.indicators import (  # noqa: E402
    gap_ratios,
    indicators_of_block,
    spin_fractions,
    spin_wave,
)
from spinlearn.spins import pardiso  # noqa: E402
from spinlearn.spins.eigenwindows import eigenwindow, extremal_energies  # noqa: E402
from spinlearn.spins.entanglement import half_chain_entropies  # noqa: E402
from spinlearn.spins.hamiltonians import XXZChain, xxz_chain  # noqa: E402
from spinlearn.spins.spectra import nearest_windows  # noqa: E402

DENSITY = 0.5
Found = tuple[np.ndarray, np.ndarray]


def problem(L: int, h: float, seed: int = 1) -> tuple[XXZChain, np.ndarray]:
    fields = np.random.default_rng(seed).uniform(-h, h, L)
    return xxz_chain(L, "ring", operators="pauli"), fields


def nearest(energies: np.ndarray, vectors: np.ndarray, ends: np.ndarray, states: int) -> Found:
    densities = (energies - ends[0]) / (ends[1] - ends[0])
    start = nearest_windows(densities, np.array([DENSITY]), states)[0]
    return energies[start : start + states], vectors[:, start : start + states]


def quspin(chain: XXZChain, fields: np.ndarray, states: int) -> Found:
    built = hamiltonian([chain.sparse(fields)], [], dtype=np.float64)
    energies, vectors = built.eigh()
    return nearest(energies, vectors, energies[[0, -1]], states)


def scipy(chain: XXZChain, fields: np.ndarray, states: int) -> Found:
    H = chain.sparse(fields)
    ends = extremal_energies(H)
    sigma = ends[0] + DENSITY * (ends[1] - ends[0])
    start = np.random.default_rng(0).standard_normal(chain.dimension)
    energies, vectors = eigsh(H.tocsc(), states + 6, sigma=sigma, v0=start)
    order = np.argsort(energies)
    return nearest(energies[order], vectors[:, order], ends, states)


def ours(solver: str) -> Callable[[XXZChain, np.ndarray, int], Found]:
    def route(chain: XXZChain, fields: np.ndarray, states: int) -> Found:
        rng = np.random.default_rng(2)
        window = eigenwindow(chain, fields, DENSITY, states, rng, solver=solver)
        assert window.solver == solver, window.cost.failures
        return window.energies, window.vectors

    return route


def compare(L: int, states: int, h: float, rounds: int) -> None:
    chain, fields = problem(L, h)
    routes = {"QuSpin eigh": quspin, "SciPy eigsh": scipy, "dense": ours("dense")}
    if pardiso.available():
        routes["shift_invert"] = ours("shift_invert")
    routes["polfed"] = ours("polfed")
    found, best = {}, dict.fromkeys(routes, np.inf)
    ours("polfed")(*problem(10, h), 10)  # compile
    for _ in range(rounds):
        for name, route in routes.items():
            start = time.process_time()
            found[name] = route(chain, fields, states)
            best[name] = min(best[name], time.process_time() - start)
    H, exact = chain.sparse(fields), found["QuSpin eigh"][0]
    print(
        f"L = {L} (dimension {chain.dimension}), {states} states at epsilon = {DENSITY}, h = {h:g}"
    )
    print(f"  {'route':14s} {'seconds':>9s} {'speed':>8s} {'residual':>10s} {'difference':>11s}")
    for name, seconds in best.items():
        energies, vectors = found[name]
        residual = np.linalg.norm(H @ vectors - vectors * energies, axis=0).max()
        difference = np.abs(energies - exact).max()
        print(
            f"  {name:14s} {seconds:9.3f} {best['QuSpin eigh'] / seconds:8.1f} {residual:10.1e} "
            f"{difference:11.1e}"
        )


def crossover(h: float) -> None:
    solvers = ["dense", *(["shift_invert"] if pardiso.available() else []), "polfed"]
    print(f"processor seconds for one window at epsilon = {DENSITY}, h = {h:g}; - means no result")
    print(f"  {'L':>3s} {'D':>6s} {'states':>7s}" + "".join(f"{name:>14s}" for name in solvers))
    for L in (8, 10, 12, 14):
        chain, fields = problem(L, h)
        for part in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
            states = max(3, round(part * chain.dimension))
            row = []
            for solver in solvers:
                best = np.inf
                for _ in range(2):
                    start = time.process_time()
                    try:
                        ours(solver)(chain, fields, states)
                    except AssertionError:
                        break
                    best = min(best, time.process_time() - start)
                    if best > 5:
                        break
                row.append("-" if np.isinf(best) else f"{best:.3f}")
            print(
                f"  {L:3d} {chain.dimension:6d} {states:7d}" + "".join(f"{x:>14s}" for x in row),
                flush=True,
            )


def job(L: int, solver: str, states: int, h: float) -> None:
    """One whole job; prints its figures as JSON."""
    start = time.process_time()
    chain, fields = problem(L, h)
    report: dict[str, float | str | bool] = {}
    if solver == "whole":
        indicators_of_block(fields[None], np.array([DENSITY]), states)
    else:
        window = eigenwindow(
            chain, fields, DENSITY, states, np.random.default_rng(2), solver=solver
        )
        half_chain_entropies(window.vectors, chain.states, L)
        spin_fractions(window.vectors**2, spin_wave(chain))
        gap_ratios(window.energies)
        report = {
            "solver": window.solver,
            "residual": float(window.residuals.max()),
            "certified": window.certified,
        }
    report["seconds"] = time.process_time() - start
    report["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps(report))


def run_job(L: int, solver: str, states: int, h: float) -> dict:
    command = [sys.executable, __file__, "--job", str(L), solver, "--states", str(states)]
    done = subprocess.run(
        [*command, "--h", str(h)], capture_output=True, text=True, check=True, env=os.environ
    )
    return json.loads(done.stdout.splitlines()[-1])


def large(sizes: list[int], solvers: list[str], states: int, h: float) -> None:
    dense = run_job(14, "whole", states, h)
    print(f"whole jobs: one realisation, {states} states at epsilon = {DENSITY}, h = {h:g}")
    print(f"  L = 14 by indicators_of_block: {dense['seconds']:.2f} s, {dense['memory']:.2f} GiB")
    print(
        f"  {'L':>3s} {'solver':>13s} {'seconds':>9s} {'GiB':>6s} {'residual':>9s} "
        f"{'certified':>10s} {'dense, by D^3':>14s} {'ratio':>8s}"
    )
    for L in sizes:
        for solver in solvers:
            done = run_job(L, solver, states, h)
            D = xxz_chain(L).dimension
            expected = dense["seconds"] * (D / 3432) ** 3
            print(
                f"  {L:3d} {done['solver']:>13s} {done['seconds']:9.1f} {done['memory']:6.2f} "
                f"{done['residual']:9.1e} {done['certified']!s:>10s} {expected:14.0f} "
                f"{expected / done['seconds']:8.0f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--L", type=int, nargs="*", default=[12, 14])
    parser.add_argument("--states", type=int, default=100)
    parser.add_argument("--h", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--crossover", action="store_true")
    parser.add_argument("--large", type=int, nargs="*")
    parser.add_argument("--solver", nargs="*", default=["shift_invert", "polfed"])
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        job(int(options.job[0]), options.job[1], options.states, options.h)
    elif options.crossover:
        crossover(options.h)
    elif options.large:
        large(options.large, options.solver, options.states, options.h)
    else:
        for L in options.L:
            compare(L, options.states, options.h, options.rounds)


if __name__ == "__main__":
    main()
