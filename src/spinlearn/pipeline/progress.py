"""Progress of long work: a bar in a terminal, an occasional line in a log.

`track` wraps an iterable. In a terminal it is tqdm's bar; elsewhere one line every
`LOG_INTERVAL` seconds goes to the logger, with the rate and the time left.
"""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
LOG_INTERVAL = 20.0
"""Seconds between two lines of progress in a log."""

_log = logging.getLogger("spinlearn.progress")


def _line(description: str, done: int, total: int | None, elapsed: float, unit: str) -> str:
    meter = tqdm.format_meter(
        done,
        total if total is not None else None,
        elapsed,
        unit=f" {unit}",
        bar_format="{n_fmt}/{total_fmt} [{elapsed} elapsed, {remaining} left, {rate_fmt}]"
        if total
        else None,
    )
    return f"{description}: {meter}"


def _goes_to_a_file() -> bool:
    handlers = logging.getLogger("spinlearn").handlers
    return any(isinstance(handler, logging.FileHandler) for handler in handlers)


def track(
    items: Iterable[T], description: str, *, unit: str = "step", total: int | None = None
) -> Iterator[T]:
    """Yield the items of `items`, reporting progress.

    Args:
        items: what to go through.
        description: what is being done, e.g. "diagonalising".
        unit: the name of one item, in the singular.
        total: number of items, if `items` has no length.
    """
    if total is None and hasattr(items, "__len__"):
        total = len(items)  # type: ignore[arg-type]
    if sys.stderr.isatty() and not _goes_to_a_file():
        yield from tqdm(items, desc=description, unit=f" {unit}", total=total, leave=False)
        return
    start = last = time.monotonic()
    done = 0
    for item in items:
        yield item
        done += 1
        now = time.monotonic()
        if now - last >= LOG_INTERVAL:
            last = now
            _log.info("%s", _line(description, done, total, now - start, unit))
    _log.info("%s", _line(description, done, total, time.monotonic() - start, unit))
