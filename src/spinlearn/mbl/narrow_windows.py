"""Indicators where the windows of eigenstates are near their energy density and narrow."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from spinlearn.arguments import number
from spinlearn.mbl.realisations import by_size_and_strength, observables_in
from spinlearn.storage.hdf5 import Contents


def leave_out_wide_windows(
    files: Iterable[Contents], *, largest_shift: float, largest_width: float
) -> list[Contents]:
    """The files with NaN in place of the indicators of wide windows.

    A window with a fixed number of states is wide where levels are few: in short chains, and at
    the ends of the spectrum. Near an end its mean energy density is also shifted towards the
    middle. Windows are judged by their means over all realisations of an (L, h), so no realisation
    is selected.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.INDICATORS`, with one grid.
        largest_shift: largest distance of the windows' mean energy density from the one wanted.
        largest_width: largest energy-density span of a window.

    Returns:
        The files by ascending (L, h). Those given do not change.

    Raises:
        InvalidArgumentError: if a limit is not a number >= 0.
    """
    number("largest_shift", largest_shift, 0)
    number("largest_width", largest_width, 0)
    kept = []
    for blocks in by_size_and_strength(files).values():
        mean, width = (
            np.concatenate([block[name] for block in blocks]).mean(axis=0)
            for name in ("window_mean", "window_width")
        )
        shift = abs(mean - blocks[0]["energy_density"])
        is_wide = (shift > largest_shift) | (width > largest_width)
        for block in blocks:
            narrow = {
                name: np.where(is_wide, np.nan, block[name]) for name in observables_in([block])
            }
            kept.append(replace(block, arrays={**block.arrays, **narrow}))
    return kept
