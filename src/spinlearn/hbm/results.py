"""Files of trained Born machines: the histories of a block of runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import Settings, TrainingResult, stacked
from spinlearn.storage.blocks import join_blocks
from spinlearn.storage.hdf5 import Contents


def description(
    machine: BornMachine,
    settings: Settings,
    *,
    dataset: str,
    source: str,
    name: str,
    couplings: Mapping[str, Any],
) -> dict[str, Any]:
    """The attributes of a file of histories; see `RUNS`.

    Args:
        machine, settings: what was trained, and how.
        dataset, source: name of the data set, and where it comes from.
        name: name of the machine.
        couplings: of its chain: J_xy, J_zz, J2, h_x, boundary and operators.
    """
    drive = machine.drive
    return {
        "dataset": dataset,
        "source": source,
        "machine": name,
        "h": settings.h,
        "visible": machine.visible,
        "hidden": machine.hidden,
        "hidden_sites": machine.hidden_sites,
        **couplings,
        "disorder": settings.disorder,
        "quench_time": machine.quench_time,
        "candidates": settings.candidates,
        "initial_state_kind": settings.initial_state,
        "kernel": settings.kernel,
        "drive_strength": drive.strength if drive else 0.0,
        "drive_time": drive.correlation_time if drive else 0.0,
        "drive_variance": drive.variance if drive else "",
        "drive_plane": drive.plane if drive else "",
        "acceptance": settings.acceptance,
        "search": settings.search,
    }


def save(
    path: str | Path, result: TrainingResult, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the histories of one block of runs, of the kind `spinlearn.hbm.schemas.RUNS`.

    Args:
        path: the file.
        result: the result of `train`.
        attributes: `description(...)` and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    arrays = stacked(result.runs)
    if not arrays["drives"].size:
        del arrays["drives"]
    states = arrays["initial_state"]
    arrays["initial_state"] = np.stack([states.real, states.imag], axis=-1)
    if len(result.target) == 1:
        arrays["target_distribution"] = result.target[0]
    else:
        arrays["target_distributions"] = result.target
    RUNS.write(path, arrays, attributes or {})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, machine and strength, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.join_blocks`.
    """
    wanted = ("run", *names) if names else ()
    files = (RUNS.read(path, *wanted) for path in paths)
    return join_blocks(RUNS, files, "run", by=("dataset", "machine", "h"))
