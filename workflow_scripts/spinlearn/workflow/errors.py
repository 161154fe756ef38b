"""Named errors.

Every error that a user can cause has a class here, and a message that says what is wrong, where,
and what to do about it. A rule script turns any of them into a few plain lines (no traceback) and
exit status 1.
"""

import errno
import os
import shlex
import shutil
import sys
from pathlib import Path

SNAKEMAKE_OPTIONS = "SPINLEARN_SNAKEMAKE_OPTIONS"
"""Environment variable: the options that the running Snakemake was started with, for advice."""


class SpinlearnError(Exception):
    """Base of all errors that a user can cause and mend."""


class ConfigError(SpinlearnError):
    """The configuration is not usable. `faults` holds one line a fault."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)
        count = len(self.faults)
        head = (
            f"{count} fault{'s' if count != 1 else ''} in the configuration; nothing was started."
        )
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class FileError(SpinlearnError):
    """Base of the errors about one stored file; the message ends with how to make it again."""

    def __init__(self, path: str | Path, what: str) -> None:
        self.path = str(path)
        self.what = what
        options = os.environ.get(SNAKEMAKE_OPTIONS, "")
        program = "snakemake" if shutil.which("snakemake") else f"{sys.executable} -m snakemake"
        target = shlex.quote(str(path))
        advice = f"{program} --cores 1 --force {target} {options}".rstrip()
        super().__init__(f"{path}: {what}\n  to remake it: {advice}")


class MissingFileError(FileError):
    """The file does not exist."""


class CorruptFileError(FileError):
    """The file is not readable as HDF5 (or CSV): empty, truncated or damaged."""


class SchemaError(FileError):
    """The file is readable but is not of the kind asked for, or of another version."""


class DatasetError(FileError):
    """One dataset is missing, has another shape or type, or is not finite."""


class UnwritableError(SpinlearnError):
    """A file or a folder of results cannot be written to; the message says what to do."""

    def __init__(self, path: str | Path, error: OSError, outcome: str = "") -> None:
        """State which path, why, and what follows.

        Args:
            path: what cannot be written to.
            error: what the system says.
            outcome: what became of the work; put behind the reason.
        """
        self.path = str(path)
        reason = os.strerror(error.errno) if error.errno else str(error)
        advice = (
            "Make room and give the same command again; what is finished stays as it is."
            if error.errno in (errno.ENOSPC, errno.EDQUOT)
            else "Check its owner, its permissions and the free space, or run in another folder "
            "with --directory."
        )
        super().__init__(f"{path}: cannot be written to ({reason}){outcome}.\n  {advice}")


class DeviceError(SpinlearnError):
    """A GPU is asked for where there is none."""


class EnvironmentVariableError(SpinlearnError):
    """An environment variable that the pipeline reads has a value of no meaning."""


class MissingDependencyError(SpinlearnError):
    """An optional package is needed and absent."""


class NotConvergedError(SpinlearnError):
    """A solver did not reach its tolerance."""


class CertificateError(NotConvergedError):
    """Levels were found, but their count is not that of the spectrum: some are missing."""


class JobError(SpinlearnError):
    """A rule script was started in a way that does not name a job."""
