"""Values of single realisations, read from the files of many blocks."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
from jaxtyping import Float

from spinlearn.storage.hdf5 import Contents

Indicator = Literal["gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction"]
"""A dataset of the kinds `INDICATORS` and `WINDOWS` of `spinlearn.mbl.schemas`."""


def by_size_and_strength(files: Iterable[Contents]) -> dict[tuple[int, float], list[Contents]]:
    """The files of each (L, h), in ascending order; the blocks of one in the order given."""
    cells: dict[tuple[int, float], list[Contents]] = {}
    for contents in files:
        key = (contents["fields"].shape[1], float(contents.attributes["h"]))
        cells.setdefault(key, []).append(contents)
    return dict(sorted(cells.items()))


def window_values(
    files: Iterable[Contents], indicator: Indicator
) -> dict[tuple[int, float], Float[np.ndarray, " realisations"]]:
    """An indicator of each realisation by (L, h), ascending; blocks are joined.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.WINDOWS`, of one energy density
            and boundary.
        indicator: name of the dataset.
    """
    return {
        cell: np.concatenate([part[indicator] for part in parts])
        for cell, parts in by_size_and_strength(files).items()
    }


def certified_share(files: Iterable[Contents]) -> float:
    """Share of windows with a certificate that no level is missing."""
    return float(np.concatenate([contents["certified"] for contents in files]).mean())
