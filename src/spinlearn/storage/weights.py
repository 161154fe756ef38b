"""Files of trained weights: written whole, checked byte by byte when they are read.

A file is what `torch.save` writes, a zip archive with a CRC-32 of each member. Torch does not check
these CRCs, so they are checked here.
"""

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch

from spinlearn.pipeline.digest import FORMAT, OLDER_FORMATS
from spinlearn.pipeline.errors import CorruptFileError, DatasetError, SchemaError
from spinlearn.storage.files import existing_file, write_bytes

Model = TypeVar("Model")


def save_weights(path: str | Path, kind: str, content: Mapping[str, Any]) -> None:
    """Write weights and what is needed to rebuild their model, whole or not at all.

    Args:
        path: the target.
        kind: the kind of file, stored in it.
        content: tensors, numbers, strings, and lists and dictionaries of them.

    Raises:
        UnwritableError: if it cannot be written.
    """
    payload = io.BytesIO()
    torch.save({"kind": kind, "format": FORMAT, **content}, payload)
    write_bytes(path, payload.getbuffer())


def load_weights(path: str | Path, kind: str, build: Callable[[dict[str, Any]], Model]) -> Model:
    """Read a file that `save_weights` wrote.

    Args:
        path: the file.
        kind: the kind of file that is expected.
        build: makes the model from the content.

    Raises:
        MissingFileError: if there is no such file.
        CorruptFileError: if it is empty, truncated or damaged.
        SchemaError: if it is of another kind, or does not fit its model.
        DatasetError: if a number in it is not finite.
    """
    path = existing_file(path)
    stored = _read(path)
    if not isinstance(stored, dict):
        raise SchemaError(path, f"not a file of kind '{kind}'")
    found = str(stored.get("kind"))
    if found.rstrip(" 0123456789") != kind.rstrip(" 0123456789"):
        raise SchemaError(path, f"not a file of kind '{kind}'")
    if stored.get("format") not in (FORMAT, *OLDER_FORMATS) or found != kind:
        raise SchemaError(
            path,
            f"made by another version of spinlearn (format {stored.get('format', 1)}, this one "
            f"reads {FORMAT})",
        )
    if not _is_finite(stored):
        raise DatasetError(path, "it holds weights that are not finite")
    try:
        return build(stored)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise SchemaError(path, f"its weights do not fit their model ({error})") from None


def stored_kind(path: str | Path) -> str:
    """The kind of a file of weights; empty if it names none.

    Raises:
        MissingFileError, CorruptFileError: as `load_weights`.
    """
    stored = _read(existing_file(path))
    return str(stored.get("kind", "")) if isinstance(stored, dict) else ""


def _read(path: Path) -> Any:
    """What `torch.save` wrote."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        stored = torch.load(path, map_location="cpu", weights_only=True) if not damaged else None
    except Exception as error:  # a damaged archive can raise many kinds of errors
        why = type(error).__name__
        raise CorruptFileError(path, f"not a readable file of weights ({why})") from None
    if damaged:
        raise CorruptFileError(path, f"'{damaged}' in it is not what was written (checksum)")
    return stored


def _is_finite(value: Any) -> bool:
    if isinstance(value, torch.Tensor):
        return bool(torch.isfinite(value).all())
    return all(map(_is_finite, value.values())) if isinstance(value, Mapping) else True
