"""Checkpoints of torch's training: see `spinlearn.workflow.checkpoints`, which writes the files.

Tensors come back on the CPU, on whatever device they were; `load_state_dict` then copies them to
where the model is, so that a training that was begun on one device can go on on another.
"""

import io
import logging
from pathlib import Path
from typing import Any

import torch

from spinlearn.workflow.checkpoints import read_checkpoint, write_checkpoint

_log = logging.getLogger("spinlearn.checkpoints")


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
    content = io.BytesIO()
    torch.save(state, content)
    write_checkpoint(path, key, content.getvalue())


def load_checkpoint(path: str | Path, key: str) -> dict[str, Any] | None:
    """The state saved under `key`, or None if the file is absent, of another key or damaged.

    What is not used, for whatever reason, is logged as a warning.
    """
    content = read_checkpoint(path, key)
    if content is None:
        return None
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        _log.warning("%s: not restored by this torch (%s); starting anew", path, error)
        return None
