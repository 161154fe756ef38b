"""Files of predictions for the test split: their rows, and reading them without torch."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from spinlearn.gru.data import Realisations
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents


def read_predictions(paths: Iterable[str | Path]) -> Contents:
    """The predictions of all runs of a variant, from the files of all blocks.

    Args:
        paths: files of kind `gru/predictions` of one variant, in any order.

    Raises:
        FileError: if a file is missing, damaged or of another kind, or if two files were computed
            with different settings.
        ValueError: if there is no file.
    """
    found = load_blocks(PREDICTIONS, paths, "run")
    if not found:
        raise ValueError("no file of predictions was given")
    return found[0]


def read_all_predictions(paths: Iterable[str | Path]) -> list[Contents]:
    """The predictions of several variants, each of all its runs; see `read_predictions`."""
    return load_blocks(PREDICTIONS, paths, "run", by=("variant",))


def row_arrays(data: Realisations) -> dict[str, np.ndarray]:
    """The arrays of a predictions file that do not depend on who predicts.

    One row per (realisation, energy density), the energy density changing fastest.
    """
    E = len(data.energy_density)
    rows = np.repeat(np.arange(len(data)), E)
    return {
        "fields": data.fields[rows],
        "realisation": rows,
        "L": data.L[rows],
        "h": data.h[rows],
        "energy_density": np.tile(data.energy_density, len(data)),
        "target": data.targets.reshape(-1, len(data.indicators)),
    }
