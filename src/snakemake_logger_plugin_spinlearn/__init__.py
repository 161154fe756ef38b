"""Snakemake's `--logger spinlearn`: a short account of a run in place of a paragraph per job.

Snakemake finds a logger by the name of its package, snakemake_logger_plugin_NAME.
"""

import logging
import shlex
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_spinlearn.progress import Progress


def options_of_run(arguments: Sequence[str]) -> str:
    """The options of a call of Snakemake that say with which settings it works, and where.

    Snakemake reads the call itself, since profiles may hold options too.

    Args:
        arguments: the call's, without its name.

    Returns:
        Text for a shell, to follow the targets of another call from the same folder.
    """
    from snakemake.cli import parse_args

    with redirect_stderr(StringIO()):  # Snakemake has named the profiles before
        _, given = parse_args(list(arguments))
    words = []
    for option, values in (
        ("--snakefile", [given.snakefile]),
        ("--directory", [given.directory]),
        ("--configfile", given.configfile),
        ("--config", given.config or []),
    ):
        words += [option, *map(str, values)] if any(values) else []
    return shlex.join(words)


class LogHandler(LogHandlerBase):
    """Hands Snakemake's events to a `Progress`."""

    def __post_init__(self) -> None:
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        options = options_of_run(sys.argv[1:])
        self.progress = Progress(stream, live=stream.isatty(), options=options)

    def emit(self, record: logging.LogRecord) -> None:
        """Show one event, or nothing."""
        about, progress = vars(record), self.progress
        match about.get("event"):
            case LogEvent.RUN_INFO:
                progress.plan({rule: n for rule, n in about["stats"].items() if rule != "total"})
            case LogEvent.JOB_INFO if not self.common_settings.dryrun:
                progress.describe(about["jobid"], about["rule_name"])
            case LogEvent.JOB_FINISHED:
                progress.finish(about["job_id"])
            case LogEvent.JOB_ERROR:
                progress.fail(about)
            case None | LogEvent.ERROR if _is_news(record):
                progress.say(record.getMessage())

    def close(self) -> None:
        """The run is over; a dry run has had none."""
        if not self.common_settings.dryrun:
            self.progress.end()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of what Snakemake prints."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake's own log file stays as it is."""
        return False

    @property
    def has_filter(self) -> bool:
        """`emit` chooses."""
        return True

    @property
    def has_formatter(self) -> bool:
        """`Progress` words everything."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """It draws none."""
        return False


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a message that belongs to no job says something to a user."""
    return record.levelno >= logging.WARNING or record.getMessage().startswith("Nothing to be done")
