"""Functions for the rules: names in paths, settings, resources, messages that end Snakemake."""

import errno
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from spinlearn.pipeline.errors import UnwritableError

MIN_FREE_BYTES = 100_000
"""Disk space that Snakemake needs at least for its own records."""


def two_decimals(values: Iterable[float]) -> list[str]:
    """Values as they are written in file names, with two decimals.

    >>> two_decimals([0.5, 10])
    ['0.50', '10.00']
    """
    return [f"{value:.2f}" for value in values]


def blocks(total: int, size: int) -> list[str]:
    """Numbers of the blocks that hold `total` items, as they are written in file names.

    >>> blocks(40, 20)
    ['0000', '0001']
    """
    return [f"{block:04d}" for block in range(total // size)]


def settings(**values: Any) -> str:
    """A rule's settings as one canonical JSON string: just the values that it uses.

    Snakemake compares parameters as an unnamed set of values, and ignores values that are not plain
    (numbers, strings). So a rule carries all of its settings in one string with sorted keys.

    >>> settings(b=2, a=(1, 2)) == settings(a=[1, 2], b=2)
    True
    >>> settings(a=1, b=2) == settings(a=2, b=1)
    False

    Raises:
        TypeError: if a value has no canonical form as JSON.
        ValueError: if a number is not finite.
    """
    return json.dumps(values, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Request:
    """A resource per attempt: base + need, base + 2 need, base + 3 need, ...

    Attributes:
        need: an amount, or a function of a job's wildcards.
        base: an amount that is the same for every attempt.
        start: the part of the need that does not depend on the size of the job.
    """

    need: float | Callable[[Any], float]
    base: float = 0
    start: float = 0

    def __call__(self, wildcards: Any, attempt: int) -> int:
        """The amount that Snakemake asks for."""
        return int(self._amount(wildcards) * attempt + self.base)

    def work(self, wildcards: Any) -> float:
        """The part of the need that grows with the size of the job."""
        return max(self._amount(wildcards) - self.start, 0.0)

    def _amount(self, wildcards: Any) -> float:
        return self.need(wildcards) if callable(self.need) else self.need


def per_attempt(need: float | Callable[[Any], float], base: float = 0, start: float = 0) -> Request:
    """A resource that grows with the attempts; arguments as the attributes of `Request`."""
    return Request(need, base, start)


def check_room(folder: str | Path) -> None:
    """End Snakemake with a plain message if the disk is full, instead of with a traceback."""
    if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
        stop(UnwritableError(Path(folder).absolute(), OSError(errno.ENOSPC, "no room")))


def check_results(folder: str | Path) -> None:
    """End Snakemake with a plain message if the folder of results is a file, or leads nowhere."""
    if os.path.lexists(folder) and not Path(folder).is_dir():
        stop(UnwritableError(Path(folder) / "config.yaml", OSError(errno.ENOTDIR, "no folder")))


def stop(message: object) -> NoReturn:
    """End Snakemake with a message on stderr and exit status 1, before any job is started."""
    sys.stdout.flush()
    sys.exit(str(message))
