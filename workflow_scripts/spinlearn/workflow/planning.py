"""What the Snakefile needs to plan: checked configuration, names in paths, resources."""

import errno
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from spinlearn.workflow.config import Config, load
from spinlearn.workflow.errors import ConfigError, UnwritableError


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
        write: whether to try; otherwise only a file in the folder's place is found, and a disk
            that is full, on which Snakemake cannot even lock its folder.
    """
    folder = Path(folder).absolute()
    planning = not write and (folder.is_dir() or not folder.exists())
    try:
        if not planning:
            folder.mkdir(parents=True, exist_ok=True)
        _try_to_write(folder.parent if planning else folder)
    except OSError as error:
        if not planning or error.errno in (errno.ENOSPC, errno.EDQUOT):
            _stop(str(UnwritableError(folder, error, "; nothing was started")))


def check_output_folders(outputs: Iterable[str | Path]) -> None:
    """End the process with a plain message if a folder that will be written to cannot be.

    Snakemake removes old outputs before a job, and ends in a traceback where it cannot.

    Args:
        outputs: the files that will be made; of a folder that is absent, the nearest above counts.
    """
    folders = {Path(output).absolute().parent for output in outputs}
    for folder in sorted(folders):
        while not folder.exists():
            folder = folder.parent
        try:
            if not os.access(folder, os.W_OK):
                _try_to_write(folder)
        except OSError as error:
            _stop(str(UnwritableError(folder, error, "; nothing was started")))


def _try_to_write(folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable", buffering=0) as trial:
        trial.write(bytes(4096))  # an empty file fits on a full disk


def invocation(
    started_in: str | Path,
    snakefile: str | Path,
    directory: str | Path | None,
    configfiles: Iterable[str | Path],
    values: Mapping[str, Any],
) -> str:
    """The options that a further call of Snakemake needs to plan the same workflow.

    Args:
        started_in: the folder that Snakemake was started in, and would be again.
        snakefile: the workflow.
        directory: the folder given with --directory, if any.
        configfiles: the overlays given with --configfile.
        values: what was given with --config.

    Returns:
        Options, quoted for a shell; empty for a plain run in the workflow's own folder.
    """
    home = Path(started_in).resolve()

    def short(path: str | Path) -> str:
        whole = (home / path).resolve()
        inside = whole.is_relative_to(home)
        return shlex.quote(str(whole.relative_to(home) if inside else whole))

    options = []
    if Path(snakefile).resolve().parent != home:
        options.append(f"--snakefile {short(snakefile)}")
    if directory is not None and (home / directory).resolve() != home:
        options.append(f"--directory {short(directory)}")
    overlays = [short(path) for path in configfiles]
    if overlays:
        options.append("--configfile " + " ".join(overlays))
    if values:
        pairs = (shlex.quote(f"{name}={value}") for name, value in values.items())
        options.append("--config " + " ".join(pairs))
    return " ".join(options)


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


def block_patterns(first: str, further: str, total: int, size: int) -> list[str]:
    """Patterns of the files of all blocks where the first has a place of its own.

    Args:
        first: pattern of the first block's file.
        further: pattern of the others, with the wildcard `block`; other wildcards stay.
        total: items in all blocks together.
        size: items in a block.

    >>> block_patterns("h{h}/runs.h5", "h{h}/runs/{block}.h5", 16, 8)
    ['h{h}/runs.h5', 'h{h}/runs/0001.h5']
    """
    return [first, *(further.replace("{block}", block) for block in blocks(total, size)[1:])]


def growing(amount: float) -> Callable[[Any, int], int]:
    """A resource that grows with every attempt: `amount`, twice that, three times that, ..."""

    def resource(wildcards: Any, attempt: int) -> int:
        return int(amount * attempt)

    return resource


# Memory of the Snakemake processes that SLURM counts as part of each of its jobs: one is started by
# the batch script and starts a second, which starts the rule's script (measured: 165 MB each).
SNAKEMAKE_MB = 350


def array_rules(executor_settings: Any) -> frozenset[str]:
    """The rules whose jobs the SLURM executor submits as arrays, "all" standing for every rule.

    >>> sorted(array_rules(SimpleNamespace(array_jobs="mbl_windows, hbm_train")))
    ['hbm_train', 'mbl_windows']

    Args:
        executor_settings: those of the run's executor; other executors have no arrays.
    """
    listed = getattr(executor_settings, "array_jobs", None) or ""
    return frozenset(listed.replace(";", ",").replace(",", " ").split())


def requested(
    workflow: Any,
    rule: str,
    resource: Callable[[Any, int], int],
    *,
    snakemake: int = 0,
    **sizes: Iterable[Any],
) -> Callable[[Any, int], int]:
    """What a job asks for: its own need, and on SLURM what comes on top.

    SLURM counts Snakemake's own processes as part of a job. And the executor requests for each task
    of an array what the first one needs, whichever that is, so where arrays are used every job
    asks for what the rule's largest one needs.

    Args:
        workflow: Snakemake's workflow; its executor is known once jobs are about to run.
        rule: the rule's name; it stands for RULE_more too.
        resource: the need of one job.
        snakemake: the part of Snakemake's own processes.
        sizes: all values that the rule's wildcards take in this run, for a rule that may form
            arrays.

    Returns:
        A resource as rules declare it.
    """
    cases = [
        SimpleNamespace(**dict(zip(sizes, case, strict=True)))
        for case in product(*sizes.values())
        if sizes
    ]

    @cache
    def largest(attempt: int) -> int:
        return max((resource(case, attempt) for case in cases), default=0)

    def request(wildcards: Any, attempt: int) -> int:
        need = resource(wildcards, attempt)
        executor = getattr(workflow, "executor_settings", None)
        if not hasattr(executor, "array_jobs"):  # not SLURM's
            return need
        if {rule, f"{rule}_more", "all"} & array_rules(executor):
            need = max(need, largest(attempt))
        return need + snakemake

    return request
