"""Snakemake's `--logger spinlearn`: a short account of a run in place of a paragraph per job.

Snakemake finds a logger by the name of its package, snakemake_logger_plugin_NAME.
"""

import logging
import sys

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_spinlearn.progress import Progress


class LogHandler(LogHandlerBase):
    """Hands Snakemake's events to a `Progress`."""

    def __post_init__(self) -> None:
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        self.progress = Progress(stream, live=stream.isatty())

    def emit(self, record: logging.LogRecord) -> None:
        """Show one event, or nothing."""
        about, progress = vars(record), self.progress
        match about.get("event"):
            case LogEvent.RUN_INFO:
                progress.plan({rule: n for rule, n in about["stats"].items() if rule != "total"})
            case LogEvent.JOB_INFO:
                progress.describe(about["jobid"], about["rule_name"])
            case LogEvent.JOB_FINISHED:
                progress.finish(about["job_id"])
            case LogEvent.JOB_ERROR:
                progress.fail(about)
            case None | LogEvent.ERROR if _is_news(record):
                progress.say(record.getMessage())

    def close(self) -> None:
        """The run is over."""
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
