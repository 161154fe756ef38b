"""Configurations of the Ising model on a periodic square lattice, by Swendsen-Wang sweeps.

Independent Markov chains are advanced side by side, so that one call of
`scipy.sparse.csgraph.connected_components` finds the clusters of all. What is averaged over a
chain is independent of the other chains: errors come from the spread over chains, and need no
autocorrelation time.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from jaxtyping import Float, Int, Int8
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from spinlearn import arguments, streams
from spinlearn.pipeline.progress import track

DISCARDED = 30
"""Sweeps before the first sample. Half of the chains start ordered, half at random.

The slowest decay of the energy takes 6 sweeps at T_c for L = 40, and less elsewhere."""


def block_streams(seed: int, L: int, block: int) -> Callable[[float], np.random.Generator]:
    """The random stream of each temperature of one block."""

    def stream(T: float) -> np.random.Generator:
        return streams.rng(seed, "phases", "ising", L=L, T=f"{T:.3f}", block=block)

    return stream


def configurations(
    L: int,
    temperatures: Sequence[float],
    stream: Callable[[float], np.random.Generator],
    *,
    chains: int,
    samples: int,
    sweeps: int,
) -> Int8[np.ndarray, "temperatures chains samples sites"]:
    """Configurations at every temperature, spins +1 or -1, row by row.

    H = -J sum over neighbours s_i s_j; temperatures in units of J. A sweep joins equal neighbours
    with probability 1 - exp(-2J/T), and gives each cluster of joined sites a random sign
    (R. H. Swendsen and J.-S. Wang, Phys. Rev. Lett. 58, 86 (1987)).

    Args:
        L: length of the lattice, at least 3.
        temperatures: in units of J, above 0.
        stream: gives the random stream of a temperature.
        chains: independent chains per temperature.
        samples: configurations per chain.
        sweeps: between the configurations of a chain.
    """
    for name, value, low in (("L", L, 3), ("chains", chains, 1), ("samples", samples, 1)):
        arguments.integer(name, value, low)
    arguments.integer("sweeps", sweeps, 1)
    neighbours = _neighbours(L, chains)
    found = np.empty((len(temperatures), chains, samples, L * L), dtype=np.int8)
    for row, T in enumerate(track(temperatures, f"L = {L}", unit="temperature")):
        rng, p = stream(T), 1 - np.exp(-2 / arguments.positive("temperatures", T))
        advance = partial(_sweep, bond_probability=np.float32(p), neighbours=neighbours, rng=rng)
        start = np.ones((chains, L * L), dtype=np.int8)
        start[1::2] = 2 * rng.integers(0, 2, start[1::2].shape, dtype=np.int8) - 1
        spins = start.ravel()
        for _ in range(DISCARDED):
            spins = advance(spins)
        for sample in range(samples):
            for _ in range(sweeps):
                spins = advance(spins)
            found[row, :, sample] = spins.reshape(chains, -1)
    return found


def _neighbours(L: int, chains: int) -> Int[np.ndarray, "sites 2"]:
    """Right and lower neighbour of every site of every chain."""
    sites = np.arange(chains * L * L, dtype=np.int32).reshape(chains, L, L)
    return np.stack([np.roll(sites, -1, axis=axis).ravel() for axis in (2, 1)], axis=1)


def _sweep(
    spins: Int8[np.ndarray, " sites"],
    bond_probability: np.float32,
    neighbours: Int[np.ndarray, "sites 2"],
    rng: np.random.Generator,
) -> Int8[np.ndarray, " sites"]:
    """One sweep of all chains."""
    joined = rng.random(neighbours.shape, dtype=np.float32) < bond_probability
    joined &= spins[:, None] == spins[neighbours]
    ends = np.concatenate([[0], np.cumsum(joined.sum(axis=1))])
    to = neighbours[joined]
    graph = csr_array((np.ones(to.size, dtype=np.int8), to, ends), shape=(spins.size,) * 2)
    clusters, of_site = connected_components(graph, directed=False)
    signs = 2 * rng.integers(0, 2, clusters, dtype=np.int8) - 1
    return signs[of_site]


def energies(spins: Int8[np.ndarray, "*samples sites"]) -> Float[np.ndarray, "*samples"]:
    """Energy per site, -(1/L^2) sum over neighbours s_i s_j, in units of J.

    Raises:
        InvalidArgumentError: if the number of sites is no square.
    """
    sites = spins.shape[-1]
    L = round(sites**0.5)
    if sites != L**2:
        raise arguments.InvalidArgumentError("spins", f"{sites} sites are no square lattice")
    lattice = spins.reshape(*spins.shape[:-1], L, L)
    bonds = sum((lattice * np.roll(lattice, -1, axis=axis)).sum((-2, -1)) for axis in (-1, -2))
    return np.asarray(-bonds / L**2, dtype=float)


def magnetisations(spins: Int8[np.ndarray, "*samples sites"]) -> Float[np.ndarray, "*samples"]:
    """Mean spin of each configuration."""
    return spins.mean(axis=-1, dtype=float)
