"""Files of trained Born machines: the histories of a block of runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.runs import TrainingResult, file_arrays, file_attributes
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import Run, Settings
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents


def description(machine: BornMachine, settings: Settings, **about: Any) -> dict[str, Any]:
    """The attributes of a file of histories; see `RUNS`.

    Args:
        machine, settings: what was trained, and how.
        about: `dataset`, `source`, `name`, `couplings`; see `spinlearn.hbm.runs.file_attributes`.
    """
    drive = machine.drive
    return {
        **file_attributes(machine, settings, **about),
        "disorder": settings.disorder,
        "candidates": settings.candidates,
        "drive_strength": drive.strength if drive else 0.0,
        "drive_time": drive.correlation_time if drive else 0.0,
        "drive_variance": drive.variance if drive else "",
        "drive_plane": drive.plane if drive else "",
        "acceptance": settings.acceptance,
        "search": settings.search,
    }


def save(
    path: str | Path, result: TrainingResult[Run], attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the histories of one block of runs, of the kind `spinlearn.hbm.schemas.RUNS`.

    Args:
        path: the file.
        result: the result of `train`.
        attributes: `description(...)` and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    arrays = file_arrays(Run, result)
    if not arrays["drives"].size:
        del arrays["drives"]
    RUNS.write(path, arrays, attributes or {})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, machine and strength, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.load_blocks`.
    """
    return load_blocks(RUNS, paths, "run", names, by=("dataset", "machine", "h"))
