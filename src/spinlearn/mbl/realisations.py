"""Values of single realisations, read from the files of many blocks."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.storage.hdf5 import Contents


def by_size_and_strength(files: Iterable[Contents]) -> dict[tuple[int, float], list[Contents]]:
    """The files of each (L, h), in ascending order; the blocks of one in the order given."""
    cells: dict[tuple[int, float], list[Contents]] = {}
    for contents in files:
        key = (contents["fields"].shape[1], float(contents.attributes["h"]))
        cells.setdefault(key, []).append(contents)
    return dict(sorted(cells.items()))


def observables_in(files: Sequence[Contents]) -> list[str]:
    """The observables that all files have, in the order of `spinlearn.mbl.choices.OBSERVABLES`."""
    return [name for name in OBSERVABLES if all(name in contents for contents in files)]


def window_values(
    files: Iterable[Contents], indicator: str
) -> dict[tuple[int, float], Float[np.ndarray, " realisations"]]:
    """An indicator of each realisation by (L, h), ascending; blocks are joined.

    Realisations for which it is undefined (NaN) are left out.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.WINDOWS`, of one energy density
            and chain.
        indicator: name of the dataset.
    """
    return {
        cell: defined(np.concatenate([part[indicator] for part in parts]))
        for cell, parts in by_size_and_strength(files).items()
    }


def defined(values: Float[np.ndarray, " realisations"]) -> Float[np.ndarray, " defined"]:
    """The values that are not NaN."""
    return values[~np.isnan(values)]


def certified_share(files: Iterable[Contents]) -> float:
    """Share of windows with a certificate that no level is missing."""
    return float(np.concatenate([contents["certified"] for contents in files]).mean())
