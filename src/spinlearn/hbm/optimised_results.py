"""Files of Born machines whose fields are optimised at once: a block of runs of one optimiser."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.optimisers import Settings, TrainingResult, stacked
from spinlearn.hbm.schemas import OPTIMISED_RUNS
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
    """The attributes of a file; see `OPTIMISED_RUNS`.

    Args:
        machine, settings: what was trained, and how.
        dataset, source: name of the data set, and where it comes from.
        name: name of the machine.
        couplings: of its chain: J_xy, J_zz, J2, h_x, boundary and operators.
    """
    return {
        "dataset": dataset,
        "source": source,
        "machine": name,
        "h": settings.h,
        "visible": machine.visible,
        "hidden": machine.hidden,
        "hidden_sites": machine.hidden_sites,
        **couplings,
        "quench_time": machine.quench_time,
        "initial_state_kind": settings.initial_state,
        "kernel": settings.kernel,
        "optimiser": settings.optimiser,
        "budget": settings.budget,
        "start": settings.start,
        "step": settings.step,
    }


def save(
    path: str | Path, result: TrainingResult, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write one block of runs, of the kind `spinlearn.hbm.schemas.OPTIMISED_RUNS`.

    Args:
        path: the file.
        result: the result of `train`.
        attributes: `description(...)` and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    arrays = stacked(result.runs)
    states = arrays["initial_state"]
    arrays["initial_state"] = np.stack([states.real, states.imag], axis=-1)
    if len(result.target) == 1:
        arrays["target_distribution"] = result.target[0]
    else:
        arrays["target_distributions"] = result.target
    OPTIMISED_RUNS.write(path, arrays, attributes or {})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, machine, strength and optimiser, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.join_blocks`.
    """
    wanted = ("run", *names) if names else ()
    files = (OPTIMISED_RUNS.read(path, *wanted) for path in paths)
    return join_blocks(OPTIMISED_RUNS, files, "run", by=("dataset", "machine", "h", "optimiser"))
