"""Tables of what restricted Boltzmann machines hold, from exact vectors."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Complex

from spinlearn import arguments
from spinlearn.nqs import maximal_entanglement, toric_code
from spinlearn.nqs.choices import ENSEMBLES, STATES
from spinlearn.nqs.rbm import RBMState, block_entropies, vector, without_biases
from spinlearn.streams import rng

MAXIMAL_DRAWS = 4
"""Machines of maximal entanglement per N."""


def stabiliser_table(tori: Iterable[str]) -> pd.DataFrame:
    """All stabilisers of a ground and of an excited state on each torus ("3x2").

    The excited state is that of `spinlearn.nqs.toric_code.excitations`.
    """
    lattices = [toric_code.torus(*map(int, name.split("x"))) for name in tori]
    cases = [(lattice, state) for lattice in lattices for state in STATES]
    return pd.concat([_stabilisers(*case) for case in cases], ignore_index=True)


def _stabilisers(lattice: toric_code.Torus, state: str) -> pd.DataFrame:
    """The rows of one state."""
    named = toric_code.excitations(lattice) if state == "excited" else ((), ())
    machine = toric_code.machine(lattice, *named)
    found = toric_code.stabilisers(lattice, vector(machine))
    meant = toric_code.expected(lattice, *named)
    size = len(lattice.faces)
    expected = np.concatenate([meant.vertices, meant.faces])
    value = np.concatenate([found.vertices, found.faces])
    return pd.DataFrame(
        {
            "Lx": lattice.Lx,
            "Ly": lattice.Ly,
            "qubits": lattice.qubits,
            "hidden": len(machine.hidden_bias),
            "couplings": machine.couplings,
            "state": state,
            "kind": np.repeat(["vertex", "face"], size),
            "number": np.tile(np.arange(size), 2),
            "expected": expected,
            "value": value,
            "deviation": value - expected,
        }
    )


def random_machine(
    N: int,
    reach: int,
    generator: np.random.Generator,
    *,
    real_spread: float,
    imaginary_spread: float,
) -> RBMState:
    """A machine of N spins and N hidden units; unit j is coupled to spins j, ..., j + reach - 1.

    Real and imaginary parts of couplings are normal, with spreads real_spread / sqrt(reach) and
    imaginary_spread / sqrt(reach), so that those of the unit's argument do not depend on its reach.
    There are no biases.

    Args:
        N: number of spins, on a ring.
        reach: spins per hidden unit; N for a generic machine.
        generator: random numbers.
        real_spread, imaginary_spread: spreads of sum_k W_jk s_k.
    """
    arguments.integer("reach", reach, 1, N)
    spread = np.array([real_spread, imaginary_spread]) / np.sqrt(reach)
    draws = generator.normal(size=(N, N, 2)) * spread
    distance = (np.arange(N) - np.arange(N)[:, None]) % N
    return without_biases(np.where(distance < reach, draws[..., 0] + 1j * draws[..., 1], 0))


def entropy_table(
    seed: int,
    *,
    N: Sequence[int],
    draws: int,
    reach: int,
    real_spread: float,
    imaginary_spread: float,
) -> pd.DataFrame:
    """Entropies of blocks of 1 to N/2 spins, for every N, ensemble and draw.

    Those of `ENSEMBLES`: short-range and generic machines (`random_machine`), and the family of
    `spinlearn.nqs.maximal_entanglement` with a random phase between neighbours, of which there are
    `MAXIMAL_DRAWS` at most: all have the same entropies.
    """
    spreads = {"real_spread": real_spread, "imaginary_spread": imaginary_spread}

    def drawn(ensemble: str, size: int, draw: int) -> RBMState:
        generator = rng(seed, "nqs", "entanglement", ensemble, N=size, draw=draw)
        if ensemble == "maximal":
            return maximal_entanglement.machine(size, generator.uniform(0.1, np.pi - 0.1))
        spins = {"short_range": reach, "generic": size}[ensemble]
        return random_machine(size, spins, generator, **spreads)

    numbers = {name: draws for name in ENSEMBLES} | {"maximal": min(draws, MAXIMAL_DRAWS)}
    cases = [(name, n, draw) for name in ENSEMBLES for n in N for draw in range(numbers[name])]
    return pd.DataFrame([row for case in cases for row in _rows(drawn(*case), *case)])


def _rows(machine: RBMState, ensemble: str, N: int, draw: int) -> Iterator[dict[str, object]]:
    """One row per block size."""
    sizes = range(1, N // 2 + 1)
    entropies = block_entropies(vector(machine), sizes)
    for size, entropy in zip(sizes, entropies, strict=True):
        yield {
            "ensemble": ensemble,
            "N": N,
            "draw": draw,
            "couplings": machine.couplings,
            "most_couplings": int(np.count_nonzero(machine.coupling, axis=0).max()),
            "cut_units": cut_units(machine.coupling, size),
            "sites": size,
            "entropy": entropy,
            "missing": size * np.log(2) - entropy,
        }


def cut_units(coupling: Complex[np.ndarray, "M N"], sites: int) -> int:
    """Hidden units that are coupled to the first `sites` spins and to others.

    Each multiplies the Schmidt rank by 2 at most, so S is at most ln 2 times their number.
    """
    inside, outside = coupling[:, :sites].any(axis=1), coupling[:, sites:].any(axis=1)
    return int((inside & outside).sum())
