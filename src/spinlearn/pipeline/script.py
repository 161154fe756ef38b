"""How a rule script runs: under Snakemake, or alone on the command line.

A script ends with `run(main, __file__)`.
"""

import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from spinlearn.pipeline.digest import LIBRARY, LOCK, code_digest
from spinlearn.pipeline.errors import JobError, SpinlearnError
from spinlearn.pipeline.job import Job, all_paths
from spinlearn.pipeline.logs import job_log
from spinlearn.pipeline.watch import end_with_snakemake
from spinlearn.pipeline.workflow import (
    LIBRARY_OF_JOB,
    PLANNED,
    check_library,
    entry_of_script,
    job_environment,
)

_log = logging.getLogger("spinlearn.job")


def run(main: Callable[[Job], None], script: str) -> None:
    """Run a rule script: find its job, set threads and logging, and report errors plainly.

    Args:
        main: does the work of one job.
        script: the script's `__file__`.

    Alone, the script starts again in the environment of a job, so that it uses the library of its
    own checkout, and nothing of the user's that changes results.

    A `SpinlearnError` is printed without a traceback and ends the process with status 1. Any other
    exception is a bug and keeps its traceback, in the log too.
    """
    snakemake = _snakemake_object()
    if snakemake is None and Path(sys.argv[0]).resolve() != Path(script).resolve():
        return  # imported, not run
    path = Path(script).resolve()
    if snakemake is None:
        _start_as_a_job_would(path)
    try:
        check_library(path.parents[1])
        if snakemake is not None:
            job = Job.from_snakemake(snakemake)
            end_with_snakemake()
            _check_code(path, job)
        else:
            from spinlearn.pipeline.alone import job_of_command_line

            job = job_of_command_line(path, sys.argv[1:])
        with job_log(job.log), threadpool_limits(job.threads):
            _set_torch_threads(job.threads)
            os.environ["OMP_NUM_THREADS"] = str(job.threads)  # for what `main` itself imports
            _work(main, job)
    except SpinlearnError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


def _snakemake_object() -> Any | None:
    """The object that Snakemake puts into a script's globals, or None."""
    found = vars(sys.modules["__main__"]).get("snakemake")
    return found if hasattr(found, "wildcards") else None


def _start_as_a_job_would(script: Path) -> None:
    """Replace this process by one in the environment of jobs, unless it is in it already.

    `sys.orig_argv` keeps a debugger that was started with the script.
    """
    library = script.parents[1] / "src"
    if os.environ.get(LIBRARY_OF_JOB) != str(library):
        variables = job_environment(os.environ, library)
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], variables)


def _check_code(script: Path, job: Job) -> None:
    """Raise `JobError` if the code was edited after the job was planned.

    Snakemake would record the result as that of the code that it planned with. The digest takes
    0.05 s, so file times are looked at first.
    """
    planned = float(os.environ.get(PLANNED, "inf"))
    files = [script, LOCK, *LIBRARY.rglob("*.py")]
    if max(path.stat().st_mtime for path in files if path.is_file()) < planned:
        return
    if job.code not in ("", code_digest(entry_of_script(script.name, job.output, job.settings))):
        raise JobError(
            "the code has changed since this run was planned.\n"
            "  Give the same command again: it plans with the present code."
        )


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
