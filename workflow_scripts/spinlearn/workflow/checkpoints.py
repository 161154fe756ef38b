"""Checkpoints of unfinished work: written whole, tied to what they belong to, never fatal to read.

A checkpoint carries a key, a string made of everything that the work depends on (`Job.key`: rule,
wildcards, parameters, code and inputs). One that is absent, belongs to another key or is damaged
counts as no checkpoint: the work then starts from the beginning, and the log says why. What is
kept here is bytes or NumPy arrays; `spinlearn.learning.checkpoints` keeps the state of torch.
"""

import hashlib
import io
import json
import logging
import math
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spinlearn.workflow.errors import EnvironmentVariableError
from spinlearn.workflow.storage import atomic, partial_files

_log = logging.getLogger("spinlearn.checkpoints")

INTERVAL = 30.0
"""Least time between two checkpoints of a job, in seconds, unless `INTERVAL_VARIABLE` is set."""
INTERVAL_VARIABLE = "SPINLEARN_CHECKPOINT_INTERVAL"
"""Environment variable with another interval; no setting of a rule, since it decides no result."""

_MAGIC = b"spinlearn checkpoint 2\n"
_HEAD = len(_MAGIC) + hashlib.sha256().digest_size


def interval() -> float:
    """Least time between two checkpoints, in seconds; 0 keeps a checkpoint after every step.

    Raises:
        EnvironmentVariableError: if the variable is set to what is not a number >= 0.
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


def write_checkpoint(path: str | Path, key: str, content: bytes) -> None:
    """Write a checkpoint, whole or not at all, replacing an earlier one.

    Args:
        path: the target.
        key: what the content belongs to; `read_checkpoint` returns it for the same key alone.
        content: what to keep.

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    named = json.dumps(key).encode() + b"\n"
    digest = hashlib.sha256(named)
    digest.update(content)
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.writelines((_MAGIC, digest.digest(), named, content))


def read_checkpoint(path: str | Path, key: str) -> bytes | None:
    """The content written under `key`, or None if the file is absent, of another key or damaged.

    Every byte is held against a SHA-256 digest, so a damaged file is never used; that, and a key
    that differs, is logged as a warning.
    """
    path = Path(path)
    try:
        whole = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("%s: cannot be read (%s); starting anew", path, error.strerror)
        return None
    digest = hashlib.sha256(memoryview(whole)[_HEAD:]).digest()
    if not whole.startswith(_MAGIC) or whole[len(_MAGIC) : _HEAD] != digest:
        _log.warning("%s: not an intact checkpoint; starting anew", path)
        return None
    end = whole.index(b"\n", _HEAD)
    if json.loads(whole[_HEAD:end]) != key:
        _log.warning("%s: belongs to other parameters or other code; starting anew", path)
        return None
    return whole[end + 1 :]


def discard_checkpoint(path: str | Path) -> None:
    """Remove the checkpoint of work that is done, and what a kill has left of unfinished ones."""
    for file in (Path(path), *partial_files(path)):
        file.unlink(missing_ok=True)


def save_arrays(path: str | Path, key: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Keep numeric arrays under their names; see `write_checkpoint`."""
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    write_checkpoint(path, key, content.getvalue())


def load_arrays(path: str | Path, key: str) -> dict[str, np.ndarray] | None:
    """The arrays kept under `key`, to the last bit, or None; see `read_checkpoint`."""
    content = read_checkpoint(path, key)
    if content is None:
        return None
    with np.load(io.BytesIO(content)) as stored:
        return dict(stored)
