"""Files of Born machines whose fields are optimised at once: a block of runs of one optimiser."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.optimisers import Run, Settings
from spinlearn.hbm.runs import TrainingResult, file_arrays, file_attributes
from spinlearn.hbm.schemas import OPTIMISED_RUNS
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents


def description(machine: BornMachine, settings: Settings, **about: Any) -> dict[str, Any]:
    """The attributes of a file; see `OPTIMISED_RUNS`.

    Args:
        machine, settings: what was trained, and how.
        about: `dataset`, `source`, `name`, `couplings`; see `spinlearn.hbm.runs.file_attributes`.
    """
    return {
        **file_attributes(machine, settings, **about),
        "optimiser": settings.optimiser,
        "budget": settings.budget,
        "start": settings.start,
        "step": settings.step,
    }


def save(
    path: str | Path, result: TrainingResult[Run], attributes: Mapping[str, Any] | None = None
) -> None:
    """Write one block of runs, of the kind `spinlearn.hbm.schemas.OPTIMISED_RUNS`.

    Args:
        path: the file.
        result: the result of `train`.
        attributes: `description(...)` and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    OPTIMISED_RUNS.write(path, file_arrays(Run, result), attributes or {})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, machine, strength and optimiser, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.load_blocks`.
    """
    by = ("dataset", "machine", "h", "optimiser")
    return load_blocks(OPTIMISED_RUNS, paths, "run", names, by=by)
