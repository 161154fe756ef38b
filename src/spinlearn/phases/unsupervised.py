"""Principal components and clusters of Ising configurations, without any label.

L. Wang, Phys. Rev. B 94, 195105 (2016).
"""

import numpy as np
from jaxtyping import Int8

from spinlearn.pipeline.errors import importing

with importing("scikit-learn", "rule phases_unsupervised finds clusters with scikit-learn"):
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

COMPONENTS = 4
"""Principal components that are found."""

CLUSTERS = 3
"""Clusters: both signs of the ordered phase, and the disordered phase."""

STARTS = 5
"""Random starts of k-means; the best is kept."""


def components_and_clusters(
    spins: Int8[np.ndarray, "temperatures chains samples sites"], seed: int
) -> dict[str, np.ndarray]:
    """Principal components of all configurations of one lattice, and k-means on the first two.

    Args:
        spins: configurations, +1 or -1.
        seed: of the randomised decomposition and of the starts of k-means.

    Returns:
        `explained` (components), shares of the variance; `projection`, the first component divided
        by L, `magnetisation`, the mean spin, and `cluster`, 0 to 2 in the order of the projection's
        mean (all temperatures, chains, samples). The sign of the projection is that of the
        magnetisation.
    """
    shape, sites = spins.shape[:-1], spins.shape[-1]
    x = spins.reshape(-1, sites).astype(np.float32)
    count = min(COMPONENTS, sites)
    state = seed % 2**32  # scikit-learn takes 32 bits
    pca = PCA(count, svd_solver="randomized", random_state=state)
    projected = pca.fit_transform(x) / np.sqrt(sites)
    magnetisation = spins.mean(axis=-1, dtype=float)
    projected[:, 0] *= np.sign(projected[:, 0] @ magnetisation.ravel()) or 1.0
    means = KMeans(CLUSTERS, n_init=STARTS, random_state=state).fit(projected[:, :2])
    rank = np.argsort(np.argsort(means.cluster_centers_[:, 0]))
    return {
        "explained": pca.explained_variance_ratio_.astype(float),
        "projection": projected[:, 0].reshape(shape).astype(np.float32),
        "magnetisation": magnetisation.astype(np.float32),
        "cluster": rank[means.labels_].reshape(shape),
    }
