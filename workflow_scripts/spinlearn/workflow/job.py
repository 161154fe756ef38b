"""The context of one job: what a rule script gets, under Snakemake or alone.

A script ends with `run(main, __file__)`. Under Snakemake the job comes from the `snakemake` object.
Alone, `python workflow_scripts/RULE.py L=8 h=1.00 ...` resolves the same rule on the wildcards
given, and writes below `debug/` so that nothing finished is touched.
"""

import hashlib
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from spinlearn.workflow import seeds
from spinlearn.workflow.errors import JobError, SpinlearnError, UnwritableError

log = logging.getLogger("spinlearn.job")

SNAKEMAKE_PID = "SPINLEARN_SNAKEMAKE_PID"
"""Environment variable: the process of the Snakemake that starts scripts."""


def checkpoint_path(output: Path) -> Path:
    """Where a job keeps unfinished work on an output: beside it, under a name no rule declares."""
    return output.parent / f".{output.name}.checkpoint"


class Files:
    """Named files of a job: `files.fields` is a path, or a list of paths where there are many."""

    def __init__(self, named: Mapping[str, str | list[str]]) -> None:
        self._named = {
            name: [Path(item) for item in value] if isinstance(value, list) else Path(value)
            for name, value in named.items()
        }

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # of copy and pickle
            raise AttributeError(name)
        try:
            return self.__dict__["_named"][name]
        except KeyError:
            raise JobError(f"the rule names no file '{name}'") from None

    def items(self) -> Iterator[tuple[str, Any]]:
        """Name and path (or paths) of each."""
        return iter(self._named.items())

    def all(self) -> list[Path]:
        """Every path, in order."""
        return [
            path
            for value in self._named.values()
            for path in (value if isinstance(value, list) else [value])
        ]


@dataclass(frozen=True)
class Job:
    """One job of one rule.

    Attributes:
        rule: the rule's name.
        wildcards: the wildcards' values, as they stand in file names.
        settings: the configuration values that the rule uses, and nothing else.
        input, output: named files.
        threads: threads that the job may use.
        gpus: GPUs that it may use: the rule's resource `gpu`, which is no part of `key`.
        log: its log file, if it has one.
        code: digest of the code that it runs.
    """

    rule: str
    wildcards: dict[str, str]
    settings: dict[str, Any]
    input: Files
    output: Files
    threads: int = 1
    gpus: int = 0
    log: Path | None = None
    code: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Digest of everything that decides the job's result, the bytes of its inputs included."""
        parts = json.dumps([self.rule, self.wildcards, self.settings, self.code], sort_keys=True)
        digest = hashlib.sha256(parts.encode())
        for path in self.input.all():
            digest.update(path.read_bytes() if path.is_file() else b"absent")
        return digest.hexdigest()[:24]

    @property
    def provenance(self) -> dict[str, Any]:
        """Attributes for every file that the job writes: rule, wildcards, parameters, seed."""
        attributes: dict[str, Any] = {
            "rule": self.rule,
            "wildcards": self.wildcards,
            "parameters": self.settings,
            "code_digest": self.code,
        }
        if "seed" in self.settings:
            attributes["seed"] = self.settings["seed"]
        return attributes

    def checkpoint(self, output: Path) -> Path:
        """Where unfinished work on `output` is kept: beside it, undeclared, so that it survives."""
        return checkpoint_path(output)

    def numbers(self, size: int) -> range:
        """Numbers of the items in this job's block of a given size; without a block, the first.

        What belongs to an item (its random streams, above all) is keyed by its number, so that it
        does not depend on how many blocks there are.
        """
        block = int(self.wildcards.get("block", 0))
        return range(block * size, (block + 1) * size)

    def rng(self, *key: seeds.KeyPart, **named: seeds.KeyPart) -> Any:
        """A NumPy generator on a stream under the pipeline's seed; see `workflow.seeds`."""
        return seeds.rng(self.settings["seed"], *key, **named)


def _named(files: Any) -> dict[str, str | list[str]]:
    """Snakemake's Namedlist as a dictionary of strings and lists of strings."""
    return {
        name: str(value) if isinstance(value, str) else [str(item) for item in value]
        for name, value in files.items()
    }


def _from_snakemake(snakemake: Any) -> Job:
    params = dict(snakemake.params.items())
    return Job(
        rule=str(snakemake.rule),
        wildcards={name: str(value) for name, value in snakemake.wildcards.items()},
        settings=json.loads(params.pop("settings", "{}")),
        input=Files(_named(snakemake.input)),
        output=Files(_named(snakemake.output)),
        threads=int(snakemake.threads),
        gpus=int(getattr(snakemake.resources, "gpu", 0)),
        log=Path(str(snakemake.log[0])) if len(snakemake.log) else None,
        code=params.pop("code", ""),
        extra=params,
    )


def _running_under_snakemake() -> Any | None:
    """The object that Snakemake puts into a script's globals, or None."""
    found = vars(sys.modules["__main__"]).get("snakemake")
    return found if hasattr(found, "wildcards") else None


def resolve(
    rule: str,
    wildcards: Mapping[str, str],
    *,
    snakefile: Path,
    configfiles: Sequence[Path] = (),
    directory: Path | None = None,
) -> Job:
    """The job that Snakemake would run for a rule on given wildcards, without running it.

    Args:
        rule: the rule's name.
        wildcards: a value for each wildcard of the rule.
        snakefile: the workflow.
        configfiles: overlays of the configuration.
        directory: folder that holds results/; the current one becomes it.

    Raises:
        JobError: if there is no such rule, configuration or folder, or if the wildcards are not
            those of the rule, each written as in file names.
    """
    for path in (*configfiles, snakefile):
        if not path.is_file():
            raise JobError(f"{path}: there is no such file")
    if directory is not None and not directory.is_dir():
        raise JobError(f"{directory}: there is no such folder")
    from snakemake.exceptions import WorkflowError

    with opened(snakefile, configfiles, directory) as workflow:
        if not workflow.is_rule(rule):
            raise JobError(f"{snakefile} has no rule '{rule}'")
        found = workflow.get_rule(rule)
        _check_wildcards(rule, wildcards, found.wildcard_names, _patterns(workflow, found))
        chosen = {name: wildcards[name] for name in sorted(found.wildcard_names)}
        try:
            return _from_snakemake(snakemake_job(workflow, found, chosen))
        except WorkflowError as error:
            raise JobError(f"rule {rule} does not apply to {chosen}: {error}") from None


@contextmanager
def opened(
    snakefile: Path, configfiles: Sequence[Path] = (), directory: Path | None = None
) -> Iterator[Any]:
    """Snakemake's own object for a workflow, with its rules; nothing is planned.

    Args:
        snakefile: the workflow.
        configfiles: overlays of the configuration.
        directory: folder that holds results/; the current one becomes it.
    """
    from snakemake import api
    from snakemake.settings import types
    from snakemake.settings.enums import Quietness

    with api.SnakemakeApi(types.OutputSettings(quiet={Quietness.ALL})) as snakemake:
        workflow = snakemake.workflow(
            resource_settings=types.ResourceSettings(cores=1),
            config_settings=types.ConfigSettings(configfiles=list(configfiles)),
            snakefile=snakefile,
            workdir=directory,
        )._workflow
        workflow.dag_settings = types.DAGSettings(rerun_triggers=set())
        workflow.global_resources = {}
        yield workflow


def snakemake_job(workflow: Any, rule: Any, wildcards: Mapping[str, str]) -> Any:
    """Snakemake's own object for one job of a rule of a workflow that `opened` gave."""
    from snakemake.dag import DAG
    from snakemake.jobs import Job as SnakemakeJob

    return SnakemakeJob(rule, DAG(workflow, rules=[rule]), dict(wildcards))


def _patterns(workflow: Any, rule: Any) -> dict[str, str]:
    """The regular expression of each wildcard that has one."""
    return {**workflow.wildcard_constraints, **rule.wildcard_constraints}


def _check_wildcards(
    rule: str, given: Mapping[str, str], names: Iterable[str], patterns: Mapping[str, str]
) -> None:
    needed = sorted(names)
    example = " ".join(f"{name}=..." for name in needed) or "nothing"
    missing = [name for name in needed if name not in given]
    if missing:
        raise JobError(f"rule {rule} needs {', '.join(missing)}; give it as: {example}")
    strange = sorted(set(given) - set(needed))
    if strange:
        raise JobError(f"rule {rule} has no {', '.join(strange)}; give it: {example}")
    for name in needed:
        pattern = patterns.get(name, ".+")
        if not re.fullmatch(pattern, given[name]):
            raise JobError(
                f"rule {rule}: {name}={given[name]} is not written as in file names, which match "
                f"{pattern} (see results/ for examples, such as h=8.00 and block=0000)"
            )


def _parse_arguments(arguments: list[str], script: Path) -> tuple[dict[str, str], Any]:
    import argparse

    parser = argparse.ArgumentParser(
        prog=script.name,
        description=f"Run rule {script.stem} alone, for debugging, on the wildcards given.",
    )
    parser.add_argument("wildcards", nargs="*", metavar="NAME=VALUE", help="e.g. L=8 h=1.00")
    parser.add_argument("--configfile", action="append", default=[], help="overlay, as Snakemake's")
    parser.add_argument("--rule", default=script.stem, help="a variant of the rule, by name")
    parser.add_argument("--directory", help="folder that holds results/ (default: this one)")
    parser.add_argument(
        "--in-place", action="store_true", help="write to results/ instead of debug/results/"
    )
    options = parser.parse_intermixed_args(arguments)
    pairs: dict[str, str] = {}
    for item in options.wildcards:
        name, separator, value = item.partition("=")
        if not separator:
            parser.error(f"{item!r} is not of the form NAME=VALUE")
        pairs[name] = value
    return pairs, options


def _alone(script: Path, arguments: list[str]) -> Job:
    wildcards, options = _parse_arguments(arguments, script)
    directory = Path(options.directory).resolve() if options.directory else None
    job = resolve(
        options.rule,
        wildcards,
        snakefile=script.parent.parent / "Snakefile",
        configfiles=[Path(path).resolve() for path in options.configfile],
        directory=directory,
    )
    if directory is not None:
        os.chdir(directory)
    if options.in_place:
        return job
    moved = {
        name: [f"debug/{path}" for path in value] if isinstance(value, list) else f"debug/{value}"
        for name, value in job.output.items()
    }
    return Job(**{**job.__dict__, "output": Files(moved), "log": None})


class _LogFile(logging.FileHandler):
    """A log file that a full disk may cut short: that ends no job, and is said once."""

    _said = False

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._said:
            self._said = True
            print(UnwritableError(self.baseFilename, error), file=sys.stderr)

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is tried again here
            super().close()


@contextmanager
def _logging(job: Job) -> Iterator[None]:
    """Log lines of the library go to the job's log file, or to the terminal if it has none.

    Raises:
        UnwritableError: if the log file cannot be made.
    """
    logger = logging.getLogger("spinlearn")
    handler: logging.Handler
    if job.log is not None:
        try:
            job.log.parent.mkdir(parents=True, exist_ok=True)
            handler = _LogFile(job.log, mode="a", encoding="utf-8")
        except OSError as error:
            raise UnwritableError(job.log, error) from None
    else:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logging.captureWarnings(True)
    warnings_logger = logging.getLogger("py.warnings")
    owners = (logger, warnings_logger)
    for owner in owners:
        owner.addHandler(handler)
    try:
        yield
    finally:
        for owner in owners:
            owner.removeHandler(handler)
        handler.close()
        logging.captureWarnings(False)


def _set_torch_threads(threads: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def _end_with_snakemake() -> None:
    """End this process once the one that started it is gone, with nothing more written.

    A job that outlives a killed Snakemake could finish after a later run with other settings has
    made the same file, and put the old result in its place.
    """
    snakemake = int(os.environ.get(SNAKEMAKE_PID, os.getppid()))
    child = os.getppid() == snakemake

    def runs() -> bool:
        if child:
            return os.getppid() == snakemake
        if os.getppid() == 1:  # it was killed before this process came so far
            return False
        try:
            os.kill(snakemake, 0)  # a shell stands between
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def watch() -> None:
        while runs():
            time.sleep(0.2)
        log.error("the Snakemake that started this job is gone; it ends here")
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch").start()


def run(main: Callable[[Job], None], script: str) -> None:
    """Run a rule script: find its job, set threads and logging, and report errors in plain words.

    Args:
        main: does the work of one job.
        script: the script's `__file__`; its stem is the rule's name.

    A `SpinlearnError` is printed without a traceback and ends the process with status 1; any other
    exception is a fault of ours and keeps its traceback, in the log too.
    """
    found = _running_under_snakemake()
    if found is None and Path(sys.argv[0]).resolve() != Path(script).resolve():
        return
    try:
        job = _from_snakemake(found) if found else _alone(Path(script).resolve(), sys.argv[1:])
    except SpinlearnError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
    if found:
        _end_with_snakemake()
    try:
        with _logging(job), threadpool_limits(job.threads):
            _set_torch_threads(job.threads)
            _work(main, job)
    except UnwritableError as error:  # the log file's; those of the work are caught there
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)


def _work(main: Callable[[Job], None], job: Job) -> None:
    where = " ".join(f"{name}={value}" for name, value in job.wildcards.items())
    log.info("%s %s: started, %d thread(s)", job.rule, where, job.threads)
    start = time.monotonic()
    try:
        main(job)
    except SpinlearnError as error:
        message = f"{type(error).__name__}: {error}"
        log.error("%s", message)
        if job.log is not None:
            print(message, file=sys.stderr)
        sys.exit(1)
    except Exception:
        if job.log is not None:
            log.exception("%s %s: failed", job.rule, where)
        raise
    log.info("%s %s: done in %.1f s", job.rule, where, time.monotonic() - start)
    for path in job.output.all():
        log.info("wrote %s", path)
