"""Exact results for small clusters of a disordered ring: a local view of its eigenstates.

A cluster of m neighbouring sites is an open Heisenberg chain in the ring's fields (Pauli matrices),
whose 2^m eigenstates are found by full diagonalisation. The averages over all of them, at all
magnetisations, are what the chain would show at infinite temperature if it ended there. The cost is
proportional to the number of sites. The averages are the same for h and -h and for a reflected
cluster, and do not change with a uniform field.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from jaxtyping import Float

from spinlearn.spins.entanglement import entropies_of_rows
from spinlearn.spins.hamiltonians import SpinChain, xxz_chain

SIDES = tuple(product((-1.0, 1.0), repeat=2))
"""Spins of both sites beside a cluster, whose coupling J_zz acts on its ends like a field."""


@dataclass(frozen=True)
class ClusterMeans:
    """Averages over all eigenstates of each cluster.

    Attributes:
        entropy: entropy of half a cluster over its largest value, m/2 ln 2.
        memory: squared expectation value of sigma^z at the two central sites, from 1/m (thermal) to
            1 (localised).
        correlation: product of both expectation values.
    """

    entropy: Float[np.ndarray, "*n"]
    memory: Float[np.ndarray, "*n"]
    correlation: Float[np.ndarray, "*n"]


@lru_cache(maxsize=4)
def _sectors(m: int) -> tuple[SpinChain, ...]:
    """The open chain of m sites at each magnetisation."""
    magnetisations = (up - m / 2 for up in range(m + 1))
    return tuple(xxz_chain(m, "open", operators="pauli", magnetisation=M) for M in magnetisations)


def cluster_means(clusters: Float[np.ndarray, "*n m"], *, neighbours: bool) -> ClusterMeans:
    """Averages over the eigenstates of clusters.

    Args:
        clusters: fields of each cluster, in units of J (Pauli); m is even.
        neighbours: whether to average over the spins of the sites beside a cluster too. If not, the
            cluster is cut out of the ring.
    """
    *n, m = clusters.shape
    fields = clusters.reshape(-1, m)
    ends = np.zeros((4 if neighbours else 1, m))
    if neighbours:
        ends[:, [0, -1]] = SIDES
    total = np.zeros((3, len(fields)))
    for end, sector in product(ends, _sectors(m)):
        total += _sums(sector, fields + end)
    entropy, memory, correlation = (total / (len(ends) * 2**m)).reshape(3, *n)
    return ClusterMeans(entropy / (m / 2 * np.log(2)), memory, correlation)


def _sums(sector: SpinChain, fields: Float[np.ndarray, "N m"]) -> Float[np.ndarray, "3 N"]:
    """Entropy, memory and correlation of each cluster, added up over the states of one sector."""
    N, m = fields.shape
    D = sector.dimension
    matrices = np.broadcast_to(sector.H0.toarray(), (N, D, D)).copy()
    matrices[:, np.arange(D), np.arange(D)] += sector.diagonal(fields)
    _, vectors = np.linalg.eigh(matrices)
    rows = np.ascontiguousarray(vectors.swapaxes(1, 2))
    left, right = (rows**2 @ sector.z[:, site] for site in (m // 2 - 1, m // 2))
    states = np.ascontiguousarray(sector.states, dtype=np.int64)
    entropy = entropies_of_rows(rows.reshape(-1, D), states.tobytes(), m).total
    return np.stack(
        [
            entropy.reshape(N, D).sum(axis=1),
            (left**2 + right**2).sum(axis=1) / 2,
            (left * right).sum(axis=1),
        ]
    )
