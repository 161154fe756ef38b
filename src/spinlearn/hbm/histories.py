"""Histories of training runs on disk: finished ones, and those of an interrupted job."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from spinlearn.hbm.choices import AnyModel
from spinlearn.hbm.machine import BornMachine
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import RunResult, TrainingSettings
from spinlearn.pipeline.errors import FileError, MissingFileError
from spinlearn.storage.checkpoints import INTERVAL
from spinlearn.storage.hdf5 import Contents

_log = logging.getLogger("spinlearn.hbm")

DATA = {
    "digits": "class mean of scikit-learn's load_digits, 8 x 8 pixels",
    "parity": "uniform over the strings of even parity",
}
"""Where the targets of a task come from."""


def description(
    machine: BornMachine, settings: TrainingSettings, task: str, model: AnyModel
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


def write_runs(
    path: str | Path,
    results: Mapping[int, RunResult],
    target: Float[np.ndarray, " outcomes"],
    attributes: Mapping[str, Any],
) -> None:
    """Write the histories of runs, whole or not at all.

    Args:
        path: the file.
        results: one result for each run.
        target: what was learned.
        attributes: `description(...)` and provenance.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    RUNS.write(path, _arrays(results, target), attributes)


def _arrays(
    results: Mapping[int, RunResult], target: Float[np.ndarray, " outcomes"]
) -> dict[str, np.ndarray]:
    runs = [results[run] for run in sorted(results)]
    names = ("initial_loss", "loss", "fidelity", "hamming", "entropy", "fields")
    arrays = {name: np.array([getattr(result, name) for result in runs]) for name in names}
    if runs[0].drives.size:
        arrays["drives"] = np.array([result.drives for result in runs])
    states = np.array([result.initial_state for result in runs])
    return arrays | {
        "run": np.array([result.run for result in runs]),
        "initial_state": np.stack([states.real, states.imag], axis=-1),
        "model_distribution": np.array([result.model_distribution for result in runs]),
        "target_distribution": target,
    }


def runs_of(contents: Contents) -> dict[int, RunResult]:
    """The results in a file that has been read."""
    count, quenches, sites = contents["fields"].shape
    drives = contents["drives"] if "drives" in contents else np.empty((count, quenches, 0, sites))
    states = contents["initial_state"] @ np.array([1, 1j])
    return {
        int(run): RunResult(
            run=int(run),
            initial_state=states[i],
            initial_loss=float(contents["initial_loss"][i]),
            loss=contents["loss"][i],
            fidelity=contents["fidelity"][i],
            hamming=contents["hamming"][i],
            entropy=contents["entropy"][i],
            fields=contents["fields"][i],
            drives=drives[i],
            model_distribution=contents["model_distribution"][i],
        )
        for i, run in enumerate(contents["run"])
    }


def keeper(
    path: str | Path,
    key: str,
    target: Float[np.ndarray, " outcomes"],
    attributes: Mapping[str, Any],
    interval: float = INTERVAL,
) -> Callable[[dict[int, RunResult]], None]:
    """What `train_runs` calls after each run: keeps unfinished work, at most every `interval` s.

    Args:
        path: where to.
        key: what the work belongs to; `kept_runs` returns it for the same key alone.
        target, attributes: as for `write_runs`.
        interval: seconds between two writings; the first comes no sooner.
    """
    last = time.monotonic()

    def keep(results: dict[int, RunResult]) -> None:
        nonlocal last
        if time.monotonic() - last < interval:
            return
        RUNS.write(path, _arrays(results, target), {**attributes, "key": key})
        last = time.monotonic()

    return keep


def kept_runs(path: str | Path, key: str) -> dict[int, RunResult]:
    """Finished runs of an interrupted job; none if the file is absent, foreign or damaged.

    Args:
        path: where `keeper` wrote to.
        key: what the work must belong to.
    """
    try:
        contents = RUNS.read(path)
    except MissingFileError:
        return {}
    except FileError as error:
        _log.warning("%s: not usable (%s); starting anew", path, error.what)
        return {}
    if contents.attributes.get("key") != key:
        _log.warning("%s: belongs to other parameters or other code; starting anew", path)
        return {}
    return runs_of(contents)
