"""Named errors.

Every error that a user can cause has a class here, and a message that says what is wrong, where,
and what to do about it. A rule script prints it in a few plain lines (no traceback) and ends with
exit status 1.
"""

import errno
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parents[3]
"""The checkout that holds this library, its Snakefile and its profiles."""


class SpinlearnError(Exception):
    """Base of all errors that a user can cause and correct."""


class ConfigError(SpinlearnError):
    """The configuration is not usable. `faults` holds one line per fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)
        count = len(self.faults)
        head = f"{count} fault{'s' if count > 1 else ''} in the configuration; nothing was started."
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class FileError(SpinlearnError):
    """Base of the errors about one stored file; the message says how to make it again.

    Args:
        path: the file.
        what: what is wrong with it.
        advice: what to do; None is for results, which Snakemake makes.
    """

    def __init__(self, path: str | Path, what: str, advice: str | None = None) -> None:
        self.path = str(path)
        self.what = what
        super().__init__(f"{path}: {what}\n  {advice or _way_to_remake(Path(path))}")


def _way_to_remake(path: Path) -> str:
    """A command that can be run where the program runs, or where to look for one.

    Snakemake only knows files by their paths from results/ on, and results that were copied to a
    folder of another name not at all.
    """
    command = "snakemake --cores 1 --force"
    if path.parts[:1] == ("results",):
        return f"To remake it: {command} {shlex.quote(str(path))} (and the options of your run)"
    folders = [folder for folder in path.absolute().parents if folder.name == "results"]
    root = next((folder for folder in folders if (folder / "config.yaml").is_file()), None)
    if root is None or not (HOME / "Snakefile").is_file():
        return "To remake it, use Snakemake in the folder where its results were made."
    options = [f"--directory={root.parent}", f"--snakefile={HOME / 'Snakefile'}"]
    words = [str(path.absolute().relative_to(root.parent)), *options]
    return f"To remake it: {command} {shlex.join(words)} (and the options of your run)"


class MissingFileError(FileError):
    """The file does not exist."""


class CorruptFileError(FileError):
    """The file is not readable as HDF5 (or CSV): empty, truncated or damaged."""


class SchemaError(FileError):
    """The file is readable, but of another kind or made by another version."""


class DatasetError(FileError):
    """One dataset is missing, has another shape or type, or is not finite."""


class UndefinedError(SpinlearnError):
    """A quantity is undefined for everything that it was to be computed from."""


class UserFileError(SpinlearnError):
    """A file of the user's own cannot be used; the message says where in it, and what is allowed.

    Args:
        path: the file.
        what: what is wrong, and what is allowed.
        line: number of the line, from 1.
        unit: what is numbered: "line" of a text, "row" of an array.
    """

    def __init__(
        self, path: str | Path, what: str, line: int | None = None, unit: str = "line"
    ) -> None:
        self.path, self.what, self.line = str(path), what, line
        place = f"{path}, {unit} {line}" if line else str(path)
        super().__init__(f"{place}: {what}")


class UnwritableError(SpinlearnError):
    """A file or a folder cannot be written to; the message says what to do.

    Args:
        path: the file or folder.
        error: why.
        advice: what to do if nothing is in its way; None is for results, which Snakemake makes.
    """

    def __init__(self, path: str | Path, error: OSError, advice: str | None = None) -> None:
        self.path, self.error = str(path), error
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = _not_a_folder(Path(path)) or advice or _way_to_write(error)
        super().__init__(f"{path}: cannot be written to ({reason}).\n  {advice}")


def _way_to_write(error: OSError) -> str:
    """What to do if results cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Make room and give the same command again; finished results are kept."
    return "Check its owner and permissions, or use another folder with --directory."


def _not_a_folder(path: Path) -> str:
    """What to do if a folder above a path is something else: a file, or a link to nowhere."""
    for above in path.parents:
        if above.is_symlink() and not above.exists():
            return (
                f"{above} is a link to {os.readlink(above)}, which does not exist: "
                "make that folder, or remove the link."
            )
        if above.is_file():
            return f"{above} is a file, where a folder is needed: move it away."
    return ""


@contextmanager
def own_file(to_read: str, to_write: str) -> Iterator[None]:
    """Give errors about a file that a user of the Python API names advice that fits it.

    Without it they advise what remakes a result of Snakemake.

    Args:
        to_read: what to do if the file cannot be read.
        to_write: what to do if it cannot be written.
    """
    try:
        yield
    except FileError as error:
        raise type(error)(error.path, error.what, to_read) from None
    except UnwritableError as error:
        raise UnwritableError(error.path, error.error, to_write) from None


class DeviceError(SpinlearnError):
    """A GPU was requested, but there is none."""


class EnvironmentVariableError(SpinlearnError):
    """An environment variable of the pipeline has an invalid value."""


class MissingDependencyError(SpinlearnError):
    """An optional package is needed but not installed."""


@contextmanager
def importing(package: str, purpose: str) -> Iterator[None]:
    """Name what needs a package, and how to install it, if an import within fails.

    Args:
        package: its name on PyPI.
        purpose: what needs it, as the start of a sentence.

    Raises:
        MissingDependencyError: if the import fails.
    """
    try:
        yield
    except ImportError as error:
        raise MissingDependencyError(
            f"{purpose}, which cannot be imported ({error}).\n"
            f"  Install it with: pip install {package}"
        ) from None


class NotConvergedError(SpinlearnError):
    """A solver did not reach its tolerance."""


class CertificateError(NotConvergedError):
    """The number of levels found differs from the number counted by inertia: some are missing."""


class JobError(SpinlearnError):
    """A command line does not name a job that exists."""
