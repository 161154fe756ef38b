"""One quench for many sets of fields: the batched Chebyshev kernel against its peers.

    python benchmarks/bench_quench_evolution.py [--L 8] [--candidates 100] [--h 8] [--time 10]

All get the same chain in all S^z sectors, the same fields and the same initial state, and all must
agree with an eigendecomposition to 1e-12 before anything is timed. One thread for everybody;
rounds are interleaved and the best round of each counts, in processor seconds, so that other work
on the machine matters little. Slow peers are timed on a few candidates.

- `spinlearn`: `spinlearn.spins.evolution.evolve`, a compiled series on each S^z block.
- `csr Chebyshev`, `gemm Chebyshev`: the same series for all candidates at once in NumPy, with a
  sparse H_0 in the whole space, or a dense one on each block.
- `block eigh`: `evolve_by_eigendecomposition`, LAPACK on each S^z block of each candidate.
- `eigh`: LAPACK on the whole matrix of each candidate.
- `QuSpin expm`: `quspin.tools.evolution.ExpmMultiplyParallel`, candidate by candidate.
- `SciPy expm`: `scipy.sparse.linalg.expm_multiply`, candidate by candidate.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from quspin.tools.evolution import ExpmMultiplyParallel
from scipy.sparse.linalg import expm_multiply
from scipy.special import jv
from threadpoolctl import threadpool_limits

from spinlearn.spins.chebyshev import series_order
from spinlearn.spins.evolution import chain_family, evolve, evolve_by_eigendecomposition
from spinlearn.spins.hamiltonians import XXZChain, xxz_chain

ACCURACY = 1e-12
Route = Callable[[np.ndarray], np.ndarray]


def series(
    apply: Callable[[np.ndarray], np.ndarray],
    diagonals: np.ndarray,
    extremes: np.ndarray,
    psi: np.ndarray,
    duration: float,
) -> np.ndarray:
    """The series for columns (D, n) whose off-diagonal part is `apply`, with Weyl's bounds."""
    low, high = extremes[0] + diagonals.min(axis=0), extremes[1] + diagonals.max(axis=0)
    centre, width = (high + low) / 2, np.maximum((high - low) / 2 * 1.01, 1e-8)
    order = max(series_order(w * duration, 1e-14)[0] for w in width)
    level = (diagonals - centre) / width
    one = np.repeat(psi[:, None], diagonals.shape[1], axis=1)
    two = apply(one) / width + level * one
    total = jv(0, width * duration) * one - 2j * jv(1, width * duration) * two
    for k in range(2, order + 1):
        one, two = two, 2 * (apply(two) / width + level * two) - one
        total += 2 * (-1j) ** k * jv(k, width * duration) * two
    return np.exp(-1j * centre * duration) * total


@dataclass
class Problem:
    """A chain, fields and a state."""

    chain: XXZChain
    psi: np.ndarray
    duration: float

    def __post_init__(self) -> None:
        self.family = chain_family(self.chain)
        self.hops = sp.csr_array(self.chain.bonds.copy())
        self.ising = self.hops.diagonal()
        self.hops.setdiag(0)
        self.hops.eliminate_zeros()
        self.matrix = sp.csr_array(self.chain.bonds + 9 * sp.eye_array(self.chain.dimension))
        rows = np.repeat(np.arange(self.chain.dimension), np.diff(self.matrix.indptr))
        self.place = np.flatnonzero(rows == self.matrix.indices)
        self.blocks = []
        for block in self.family.blocks:
            dense = self.hops[block.rows][:, block.rows].toarray()
            self.blocks.append((block.rows, dense, np.linalg.eigvalsh(dense)[[0, -1]]))

    def hamiltonians(self, fields: np.ndarray):
        """Each candidate's sparse matrix in turn; only the diagonal of one matrix is rewritten."""
        for diagonal in self.chain.diagonal(fields):
            self.matrix.data[self.place] = self.ising + diagonal
            yield self.matrix

    def spinlearn(self, fields: np.ndarray) -> np.ndarray:
        return evolve(self.family, self.chain.diagonal(fields), self.psi, self.duration).states

    def block_eigh(self, fields: np.ndarray) -> np.ndarray:
        diagonals = self.chain.diagonal(fields)
        return evolve_by_eigendecomposition(self.family, diagonals, self.psi, self.duration).states

    def eigh(self, fields: np.ndarray) -> np.ndarray:
        out = []
        for h in fields:
            levels, vectors = np.linalg.eigh(self.chain.dense(h))
            out.append(vectors @ (np.exp(-1j * levels * self.duration) * (vectors.T @ self.psi)))
        return np.array(out)

    def quspin(self, fields: np.ndarray) -> np.ndarray:
        return np.array(
            [
                ExpmMultiplyParallel(sp.csr_matrix(H), a=-1j * self.duration).dot(self.psi)
                for H in self.hamiltonians(fields)
            ]
        )

    def scipy(self, fields: np.ndarray) -> np.ndarray:
        return np.array(
            [expm_multiply(-1j * self.duration * H, self.psi) for H in self.hamiltonians(fields)]
        )

    def csr_chebyshev(self, fields: np.ndarray) -> np.ndarray:
        diagonals = (self.chain.diagonal(fields) + self.ising).T
        extremes = np.array(
            [min(e[0] for *_, e in self.blocks), max(e[1] for *_, e in self.blocks)]
        )
        return series(
            lambda columns: self.hops @ columns, diagonals, extremes, self.psi, self.duration
        ).T

    def gemm_chebyshev(self, fields: np.ndarray) -> np.ndarray:
        diagonals = (self.chain.diagonal(fields) + self.ising).T
        out = np.empty(diagonals.shape, dtype=complex)
        for rows, dense, extremes in self.blocks:

            def apply(columns: np.ndarray, dense: np.ndarray = dense) -> np.ndarray:
                real = np.ascontiguousarray(columns).view(float)
                return (dense @ real).view(complex)

            out[rows] = series(apply, diagonals[rows], extremes, self.psi[rows], self.duration)
        return out.T


def compare(L: int, candidates: int, h: float, duration: float, rounds: int) -> None:
    rng = np.random.default_rng(0)
    chain = xxz_chain(L, magnetisation=None)
    psi = rng.normal(size=chain.dimension) + 1j * rng.normal(size=chain.dimension)
    problem = Problem(chain, psi / np.linalg.norm(psi), duration)
    fields = rng.uniform(-h, h, (candidates, L))
    few = max(1, candidates // 20)
    routes: dict[str, tuple[Route, int]] = {
        "spinlearn": (problem.spinlearn, candidates),
        "gemm Chebyshev": (problem.gemm_chebyshev, candidates),
        "csr Chebyshev": (problem.csr_chebyshev, candidates),
        "block eigh": (problem.block_eigh, candidates),
        "QuSpin expm": (problem.quspin, few),
        "eigh": (problem.eigh, few),
        "SciPy expm": (problem.scipy, few),
    }
    exact = problem.block_eigh(fields)
    errors, best = {}, dict.fromkeys(routes, np.inf)
    for name, (route, count) in routes.items():
        errors[name] = np.abs(route(fields[:count]) - exact[:count]).max()
        assert errors[name] < ACCURACY, f"{name} is off by {errors[name]:.1e}"
    for _ in range(rounds):
        for name, (route, count) in routes.items():
            start = time.process_time()
            route(fields[:count])
            best[name] = min(best[name], (time.process_time() - start) / count)
    print(f"L = {L}, {candidates} candidates, h = {h:g}, T = {duration:g}")
    print(f"  {'route':16s} {'candidates/s':>13s} {'ratio':>8s} {'largest error':>14s}")
    for name, seconds in best.items():
        ratio = seconds / best["spinlearn"]
        print(f"  {name:16s} {1 / seconds:13.1f} {ratio:8.1f} {errors[name]:14.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--L", type=int, default=8)
    parser.add_argument("--candidates", type=int, default=100)
    parser.add_argument("--h", type=float, default=8.0)
    parser.add_argument("--time", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with threadpool_limits(1):
        compare(options.L, options.candidates, options.h, options.time, options.rounds)


if __name__ == "__main__":
    main()
