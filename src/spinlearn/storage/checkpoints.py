"""Unfinished work of a job, kept beside its output so that a killed job can go on.

A checkpoint is not an output of a rule, so it survives a kill. It has a key: the digest of
everything that determines the result (`Job.key`). If it is missing, damaged or has another key, the
work starts from the beginning, and the log says why.
"""

import glob
import hashlib
import io
import logging
import math
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from spinlearn.pipeline.errors import EnvironmentVariableError
from spinlearn.pipeline.job import Job
from spinlearn.storage.files import partial_files, write_bytes

_log = logging.getLogger("spinlearn.checkpoints")

INTERVAL = 30.0
"""Least time between two checkpoints of a job, in seconds, unless `INTERVAL_VARIABLE` is set."""

INTERVAL_VARIABLE = "SPINLEARN_CHECKPOINT_INTERVAL"
"""Environment variable with another interval; not a setting, since no result depends on it."""


def interval() -> float:
    """Least time between two checkpoints, in seconds; 0 keeps a checkpoint after every step.

    Raises:
        EnvironmentVariableError: if the variable is not a number >= 0.
    """
    given = os.environ.get(INTERVAL_VARIABLE, str(INTERVAL))
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not 0.0 <= seconds < math.inf:
        raise EnvironmentVariableError(
            f"{INTERVAL_VARIABLE}={given!r} is not a number of seconds.\n"
            "  Set it to 0 (a checkpoint after every step) or more, or unset it "
            f"({INTERVAL:g} seconds)."
        )
    return seconds


class Checkpoint:
    """The unfinished work behind one output, as named arrays; removed when the work is done.

    Used as a context: leaving it without an exception removes the file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Checkpoint(Path(folder, "work"), key="settings", interval=0) as checkpoint:
    ...         print(checkpoint.load(), checkpoint.due())
    ...         checkpoint.save({"x": np.arange(3)})
    ...         print(checkpoint.load())
    None True
    {'x': array([0, 1, 2])}
    """

    def __init__(self, path: str | Path, key: str, interval: float = INTERVAL) -> None:
        """Name a checkpoint; nothing is read or written.

        Args:
            path: its file.
            key: what the work belongs to; only a checkpoint of the same key is loaded.
            interval: least time between two savings, in seconds.
        """
        self.path = Path(path)
        self.key = key
        self.interval = interval
        self._saved = time.monotonic()

    @classmethod
    def of(cls, job: Job, output: Path) -> Self:
        """The checkpoint of a job's work on one of its outputs."""
        return cls(output.parent / f".{output.name}.checkpoint", job.key, interval())

    def part(self, name: str) -> Self:
        """The checkpoint of one of several parts of the work; it is removed with the whole."""
        path = self.path.with_name(f"{self.path.name}.{name}")
        return type(self)(path, f"{self.key} {name}", self.interval)

    def load(self) -> dict[str, np.ndarray] | None:
        """The arrays that were saved last, to the last bit, or None."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            _log.warning("%s: cannot be read (%s); starting anew", self.path, error.strerror)
            return None
        digest, content = content[:32], content[32:]
        if hashlib.sha256(content).digest() != digest:
            _log.warning("%s: not an intact checkpoint; starting anew", self.path)
            return None
        with np.load(io.BytesIO(content)) as stored:
            arrays = dict(stored)
        if arrays.pop("_key").item() != self.key:
            _log.warning("%s: belongs to other parameters or code; starting anew", self.path)
            return None
        return arrays

    def due(self) -> bool:
        """Whether at least `interval` seconds have passed since the last save, or the start."""
        return time.monotonic() - self._saved >= self.interval

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep arrays under their names, whole or not at all, in place of earlier ones.

        Raises:
            UnwritableError: if the folder cannot be written to.
        """
        file = io.BytesIO()
        np.savez(file, _key=np.array(self.key), **arrays)  # type: ignore[arg-type]
        content = file.getvalue()
        write_bytes(self.path, hashlib.sha256(content).digest() + content)
        self._saved = time.monotonic()

    def remove(self) -> None:
        """Remove the file, those of its parts, and unfinished files that a kill has left."""
        name = glob.escape(self.path.name)
        parts = self.path.parent.glob(f"{name}.*")
        unfinished_parts = self.path.parent.glob(f".{name}.*")
        for file in (self.path, *parts, *partial_files(self.path), *unfinished_parts):
            file.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.remove()
