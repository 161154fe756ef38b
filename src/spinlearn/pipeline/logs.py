"""Where log lines of the library go while a job runs."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spinlearn.pipeline.errors import UnwritableError


class _LogFile(logging.FileHandler):
    """A log file. If the disk is full it is cut short, which is reported once; the job goes on."""

    _reported = False

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._reported:
            self._reported = True
            print(UnwritableError(self.baseFilename, error), file=sys.stderr)

    def close(self) -> None:
        with suppress(OSError):  # closing tries again to write the rest
            super().close()


@contextmanager
def quieted(name: str) -> Iterator[None]:
    """Let another library log errors only."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def job_log(path: Path | None) -> Iterator[None]:
    """Send log lines and warnings to a job's log file, or to the terminal if it has none.

    Raises:
        UnwritableError: if the log file cannot be made.
    """
    handler: logging.Handler = logging.StreamHandler()
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = _LogFile(path, mode="a", encoding="utf-8")
        except OSError as error:
            raise UnwritableError(path, error) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    library = logging.getLogger("spinlearn")
    library.setLevel(logging.INFO)
    library.propagate = False
    logging.captureWarnings(True)
    loggers = (library, logging.getLogger("py.warnings"))
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()
        logging.captureWarnings(False)
