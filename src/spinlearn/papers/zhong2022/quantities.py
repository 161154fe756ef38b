"""Loss, Hamming distance and entropy of trained machines (Zhong 2022, figure 5)."""

from collections.abc import Iterator

import numpy as np

from spinlearn.papers.zhong2022.common import sizes
from spinlearn.papers.zhong2022.entropy_claims import SATURATED
from spinlearn.papers.zhong2022.hamming import scrambled_distance
from spinlearn.spins.entanglement import page_entropy
from spinlearn.storage.hdf5 import Contents


def quantities(contents: Contents) -> Iterator[tuple[str, np.ndarray, np.ndarray, float]]:
    """Each quantity at one strength: name, quenches, values (runs, quenches), thermal value.

    The quantities are listed in `spinlearn.papers.zhong2022.figure5.table`.
    """
    about = sizes(contents)
    L, last = about["visible"] + about["hidden"], about["quenches"]
    quench, late = np.arange(1, last + 1), slice(last // 2, None)
    yield "log10_loss", quench[-1:], np.log10(contents["loss"][:, -1:]), np.nan
    start, h_x = about["initial_state"], contents.attributes["h_x"]
    page = page_entropy(2 ** (L // 2), 2 ** (L - L // 2)) / L
    for name, values, thermal in (
        ("hamming", contents["hamming"], scrambled_distance(start, L, h_x)),
        ("entropy_per_site", contents["entropy"] / L, page),
    ):
        steps = np.diff(values[:, late], axis=1)
        size = np.sqrt((steps**2).mean(axis=1)) if steps.size else np.zeros(len(values))
        yield name, quench, values, thermal
        yield f"{name}_late", quench[-1:], values[:, late].mean(axis=1)[:, None], thermal
        yield f"{name}_step", quench[-1:], size[:, None], np.nan
    entropy = contents["entropy"]
    saturated = entropy >= SATURATED * entropy[:, late].mean(axis=1, keepdims=True)
    first = 1.0 + saturated.argmax(axis=1)
    yield "entropy_per_site_saturation", quench[-1:], first[:, None], np.nan
