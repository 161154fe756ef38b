"""Files that appear whole or not at all."""

import glob
import os
import tempfile
from pathlib import Path

from spinlearn.pipeline.errors import CorruptFileError, MissingFileError, UnwritableError


def existing_file(path: str | Path) -> Path:
    """The path, if it is a file.

    Raises:
        MissingFileError: if it does not exist.
        CorruptFileError: if it is a folder, or a folder above it cannot be entered.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise CorruptFileError(path, "a folder is in its place; move it away")
        if not path.is_file():
            raise MissingFileError(path, "the file does not exist")
    except PermissionError as error:
        raise CorruptFileError(path, f"cannot be read ({error})") from None
    return path


def _around_partial(path: Path) -> tuple[str, str]:
    """How the name of a temporary file of `path` begins and ends."""
    return f".{path.stem}.", f".partial{path.suffix}"


def partial_files(path: str | Path) -> list[Path]:
    """Temporary files of `path`, left by processes that were killed while they wrote it."""
    path = Path(path)
    prefix, suffix = (glob.escape(part) for part in _around_partial(path))
    return sorted(path.parent.glob(f"{prefix}*{suffix}"))


def write_bytes(path: str | Path, content: bytes | memoryview) -> None:
    """Write a file, whole or not at all: beside the target, flushed to disk, then renamed.

    Raises:
        UnwritableError: if the folder cannot be made, or it or the file cannot be written to.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix, suffix = _around_partial(path)
        handle, temporary = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise UnwritableError(path, error) from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_bytes(path, text.encode())
