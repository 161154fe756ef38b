"""How a rule script runs: under Snakemake, or alone on the command line.

A script ends with `run(main, __file__)`.
"""

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from spinlearn.pipeline.errors import SpinlearnError
from spinlearn.pipeline.job import Job, all_paths
from spinlearn.pipeline.logs import job_log
from spinlearn.pipeline.watch import end_with_snakemake

_log = logging.getLogger("spinlearn.job")


def run(main: Callable[[Job], None], script: str) -> None:
    """Run a rule script: find its job, set threads and logging, and report errors plainly.

    Args:
        main: does the work of one job.
        script: the script's `__file__`.

    A `SpinlearnError` is printed without a traceback and ends the process with status 1. Any other
    exception is a bug and keeps its traceback, in the log too.
    """
    snakemake = _snakemake_object()
    if snakemake is None and Path(sys.argv[0]).resolve() != Path(script).resolve():
        return  # imported, not run
    try:
        if snakemake is not None:
            job = Job.from_snakemake(snakemake)
            end_with_snakemake()
        else:
            from spinlearn.pipeline.alone import job_of_command_line

            job = job_of_command_line(Path(script).resolve(), sys.argv[1:])
        with job_log(job.log), threadpool_limits(job.threads):
            _set_torch_threads(job.threads)
            _work(main, job)
    except SpinlearnError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


def _snakemake_object() -> Any | None:
    """The object that Snakemake puts into a script's globals, or None."""
    found = vars(sys.modules["__main__"]).get("snakemake")
    return found if hasattr(found, "wildcards") else None


def _set_torch_threads(threads: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def _work(main: Callable[[Job], None], job: Job) -> None:
    where = " ".join([job.rule, *(f"{name}={value}" for name, value in job.wildcards.items())])
    _log.info("%s: started, %d thread(s)", where, job.threads)
    start = time.monotonic()
    try:
        main(job)
    except SpinlearnError as error:
        if job.log is not None:
            _log.error("%s: %s", type(error).__name__, error)
        raise
    except Exception:
        if job.log is not None:
            _log.exception("%s: failed", where)
        raise
    _log.info("%s: done in %.1f s", where, time.monotonic() - start)
    for path in all_paths(job.output):
        _log.info("wrote %s", path)
