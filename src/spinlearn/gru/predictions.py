"""Reading predictions for the test split from files, without torch."""

from collections.abc import Iterable
from pathlib import Path

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
