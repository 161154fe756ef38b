"""Files of the user's own as inputs: a digest of their content, whatever their time says."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spinlearn.pipeline.errors import UserFileError

KNOWN = Path(".snakemake/spinlearn_files.json")
"""What is known of files of the user's own, so that large ones are read once."""


def content_digest(path: str | Path) -> str:
    """SHA-256 of a file's content, kept as `remembered` does.

    Raises:
        UserFileError: if it cannot be read.
    """
    return remembered(path, "sha256", _sha256)


def remembered(path: str | Path, name: str, compute: Callable[[Path], Any]) -> Any:
    """`compute(path)`, kept in `KNOWN` as long as the file's size and times are the same.

    Args:
        path: the file.
        name: name of the value.
        compute: gives the value, which JSON can hold.

    Raises:
        UserFileError: if there is no such file; and as `compute`.
    """
    path = Path(path)
    try:
        found = path.stat()
    except OSError as error:
        raise UserFileError(path, f"cannot be read ({error.strerror})") from None
    known, place = _read_known(), f"{name} {path.absolute()}"
    # The second time cannot be set back.
    state = [found.st_size, found.st_mtime_ns, found.st_ctime_ns]
    kept = known.get(place)
    if not isinstance(kept, dict) or kept.get("state") != state:
        known[place] = {"state": state, "value": compute(path)}
        _write_known(known)
    return known[place]["value"]


def read_content(path: str | Path, digest: str = "") -> bytes:
    """The bytes of a file of the user's own.

    Args:
        path: the file.
        digest: what `content_digest` gave when the run was planned; empty for no comparison.

    Raises:
        UserFileError: if it cannot be read, is empty, or has changed since the run was planned.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise UserFileError(path, f"cannot be read ({error.strerror})") from None
    if not content.strip():
        raise UserFileError(path, "is empty")
    if digest and hashlib.sha256(content).hexdigest() != digest:
        raise UserFileError(
            path, "has changed since this run was planned; give the same command again"
        )
    return content


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserFileError(path, f"cannot be read ({error.strerror})") from None


def _read_known() -> dict[str, Any]:
    try:
        return dict(json.loads(KNOWN.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return {}


def _write_known(known: dict[str, Any]) -> None:
    """Keep what is known, if the folder can be written to; it only saves time."""
    try:
        KNOWN.parent.mkdir(exist_ok=True)
        partial = KNOWN.with_name(f"{KNOWN.name}.{os.getpid()}")
        partial.write_text(json.dumps(known), encoding="utf-8")
        partial.replace(KNOWN)
    except OSError:
        return
