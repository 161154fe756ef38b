"""Exact results for clusters."""

from functools import reduce

import numpy as np
import pytest

from spinlearn.gru.clusters import cluster_means

X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])


def on_site(operator, site, m):
    return reduce(np.kron, [operator if i == site else np.eye(2) for i in range(m)])


def expected(fields, sides):
    """Means over all 2^m eigenstates, from Kronecker products and singular values."""
    m = len(fields)
    z = [on_site(Z, i, m) for i in range(m)]
    H = sum(h * zi for h, zi in zip(fields, z, strict=True))
    for i in range(m - 1):
        H = H + sum(on_site(P, i, m) @ on_site(P, i + 1, m) for P in (X, Y, Z))
    H = H + sides[0] * z[0] + sides[1] * z[-1]
    # A small uniform field keeps the magnetisations apart, and leaves the states as they are.
    _, states = np.linalg.eigh(H + 1e-3 * sum(z))
    middle = np.array(
        [np.einsum("in,ij,jn->n", states.conj(), z[k], states).real for k in (m // 2 - 1, m // 2)]
    )
    p = np.linalg.svd(states.T.reshape(-1, 2 ** (m // 2), 2 ** (m // 2)), compute_uv=False) ** 2
    entropy = -(p * np.log(np.maximum(p, 1e-300))).sum(axis=1)
    return (
        entropy.mean() / (m / 2 * np.log(2)),
        (middle**2).mean(),
        (middle[0] * middle[1]).mean(),
    )


@pytest.mark.parametrize(("m", "neighbours"), [(4, True), (4, False), (6, False)])
def test_means_are_those_of_all_eigenstates_of_the_cluster(m, neighbours):
    fields = np.random.default_rng(m).uniform(-3, 3, (2, m))
    found = cluster_means(fields, neighbours=neighbours)
    sides = [(a, b) for a in (-1, 1) for b in (-1, 1)] if neighbours else [(0, 0)]
    for row, cluster in enumerate(fields):
        means = np.mean([expected(cluster, side) for side in sides], axis=0)
        own = (found.entropy[row], found.memory[row], found.correlation[row])
        np.testing.assert_allclose(own, means, atol=1e-10)


def test_strong_fields_localise():
    found = cluster_means(np.array([[900.0, -500.0, 300.0, -700.0]]), neighbours=True)
    assert found.entropy[0] < 1e-3
    assert found.memory[0] == pytest.approx(1, abs=1e-3)
