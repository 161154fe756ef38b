"""Checkpoints of long training: written whole, tied to what they belong to, never fatal to read.

A checkpoint carries a key, a string made of everything that the training depends on (parameters
and code digest). One that is absent, belongs to another key or cannot be read counts as no
checkpoint: training then starts from the beginning, and the log says why.
"""

import hashlib
import io
import logging
from pathlib import Path
from typing import Any

import torch

from spinlearn.workflow.storage import atomic

_log = logging.getLogger("spinlearn.checkpoints")

_MAGIC = b"spinlearn checkpoint 1\n"


def save_checkpoint(path: str | Path, key: str, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all, replacing an earlier one.

    Args:
        path: the target.
        key: what the state belongs to; `load_checkpoint` returns it for the same key alone.
        state: tensors, numbers, strings, and lists and dictionaries of them (what
            `torch.load(weights_only=True)` restores).

    Raises:
        UnwritableError: if the folder cannot be written to.
    """
    payload = io.BytesIO()
    torch.save({"key": key, "state": state}, payload)
    content = payload.getvalue()
    with atomic(path) as temporary, open(temporary, "wb") as file:
        file.write(_MAGIC)
        file.write(hashlib.sha256(content).digest())
        file.write(content)


def load_checkpoint(path: str | Path, key: str) -> dict[str, Any] | None:
    """The state saved under `key`, or None if the file is absent, of another key or damaged.

    Every byte is held against a SHA-256 digest, so a damaged file is never used; that, and a key
    that differs, is logged as a warning.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("%s: cannot be read (%s); starting anew", path, error.strerror)
        return None
    head = len(_MAGIC) + hashlib.sha256().digest_size
    payload = content[head:]
    if (
        not content.startswith(_MAGIC)
        or content[len(_MAGIC) : head] != hashlib.sha256(payload).digest()
    ):
        _log.warning("%s: not an intact checkpoint; starting anew", path)
        return None
    try:
        stored = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception as error:
        _log.warning("%s: not restored by this torch (%s); starting anew", path, error)
        return None
    if stored["key"] != key:
        _log.warning("%s: belongs to other parameters or other code; starting anew", path)
        return None
    return stored["state"]
