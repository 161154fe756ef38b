"""Files of trained Born machines: the histories of a block of runs."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from spinlearn.hbm.choices import AnyModel
from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import Settings, TrainingResult, stacked, unstacked
from spinlearn.storage.blocks import join_blocks

DATA = {
    "digits": "class mean of scikit-learn's load_digits, 8 x 8 pixels",
    "parity": "uniform over the strings of even parity",
}
"""Origin of the targets of each task."""


def description(
    machine: BornMachine, settings: Settings, task: str, model: AnyModel
) -> dict[str, Any]:
    """The attributes of a file of histories; see `RUNS`."""
    return {
        "task": task,
        "data": DATA[task.rstrip("0123456789")],
        "model": model,
        "h": settings.h,
        "visible": machine.visible,
        "hidden": machine.hidden,
        "boundary": machine.boundary,
        "J_zz": machine.J_zz,
        "quench_time": machine.quench_time,
        "candidates": settings.candidates,
        "initial_state_kind": settings.initial_state,
        "kernel": settings.kernel,
        "drive_strength": machine.drive.strength if machine.drive else 0.0,
        "drive_time": machine.drive.correlation_time if machine.drive else 0.0,
    }


def save(
    path: str | Path,
    results: Mapping[int, TrainingResult],
    target: Float[np.ndarray, " outcomes"],
    attributes: Mapping[str, Any],
) -> None:
    """Write the histories of runs, whole or not at all.

    Args:
        path: the file.
        results: the results of `train`.
        target: the target distribution.
        attributes: `description(...)` and provenance.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    arrays = stacked(results)
    if not arrays["drives"].size:
        del arrays["drives"]
    states = arrays["initial_state"]
    arrays["initial_state"] = np.stack([states.real, states.imag], axis=-1)
    RUNS.write(path, {**arrays, "target_distribution": target}, attributes)


def load(paths: str | Path | Iterable[str | Path]) -> dict[int, TrainingResult]:
    """Read the histories of runs of one machine: one block, or several in any order.

    Args:
        paths: a file, or files of blocks with equal settings.

    Returns:
        The result of each run, by its number; the arrays equal those that were saved, bit for bit.

    Raises:
        FileError: if a file cannot be read, or two blocks have different settings.
    """
    files = [paths] if isinstance(paths, str | Path) else paths
    (whole,) = join_blocks(RUNS, (RUNS.read(path) for path in files), "run")
    runs, quenches, sites = whole["fields"].shape
    parts = np.ascontiguousarray(whole["initial_state"])
    arrays = {"drives": np.empty((runs, quenches, 0, sites))} | whole.arrays
    return unstacked(arrays | {"initial_state": parts.view(complex)[..., 0]})
