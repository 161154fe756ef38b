"""What the Snakefile needs to plan: checked configuration, names in paths, resources."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from spinlearn.workflow.config import Config, load
from spinlearn.workflow.errors import ConfigError


def checked_config(values: Mapping[str, Any]) -> Config:
    """The validated configuration; prints every fault and ends the process if there is one."""
    try:
        return load(values)
    except ConfigError as error:
        _stop(str(error))


def check_results_folder(folder: str | Path, *, write: bool = True) -> None:
    """End the process with a plain message if results cannot be written.

    Args:
        folder: the folder, which need not exist yet.
        write: whether to try; otherwise only a file in the folder's place is found.
    """
    folder = Path(folder)
    if not write and (folder.is_dir() or not folder.exists()):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable"):
            pass
    except OSError as error:
        _stop(
            f"{folder.absolute()}: cannot be written to ({error.strerror}); nothing was started.\n"
            "  Check its owner, its permissions and the free space, or run in another folder with "
            "--directory."
        )


def _stop(message: str) -> NoReturn:
    sys.stdout.flush()
    print(message, file=sys.stderr, flush=True)
    sys.exit(1)


def hundredths(values: Iterable[float]) -> list[str]:
    """Values as file names carry them, with two decimals.

    >>> hundredths([0.5, 10])
    ['0.50', '10.00']
    """
    return [f"{value:.2f}" for value in values]


def blocks(total: int, size: int) -> list[str]:
    """Numbers of the blocks that hold `total` items, as file names carry them.

    >>> blocks(40, 20)
    ['0000', '0001']
    """
    return [f"{block:04d}" for block in range(total // size)]


def growing(amount: float) -> Callable[[Any, int], int]:
    """A resource that grows with every attempt: `amount`, twice that, three times that, ..."""

    def resource(wildcards: Any, attempt: int) -> int:
        return int(amount * attempt)

    return resource
