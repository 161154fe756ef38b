"""The jobs that Snakemake would run, and why, as plain objects.

`plan` loads the workflow and lets Snakemake build its graph of jobs for the files that exist. It
returns every job of the graph with Snakemake's reason to run it. Nothing is run or written.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from spinlearn.pipeline.config_files import check_config_files
from spinlearn.pipeline.errors import HOME, JobError
from spinlearn.pipeline.planning import Request
from spinlearn.pipeline.workflow import check_files, code_entry, unchanged_process

MANY_CORES = 10_000
"""More than any job asks for, so that each keeps its threads."""


@dataclass(frozen=True)
class Reason:
    """Why Snakemake would run a job; all empty if it would not.

    Attributes:
        missing: outputs that do not exist.
        incomplete: outputs whose job was interrupted.
        settings: old and new value of each setting that changed; None if it did not exist.
        old_code, new_code: digests of the rule's code, if they differ.
        renewed: inputs that another job of this plan makes again.
        newer: inputs that are newer than the outputs, with other content.
        other_inputs: whether the set of inputs changed.
        environment: whether the conda environment changed.
        forced: whether the user forces it.
    """

    missing: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    old_code: str | None = None
    new_code: str | None = None
    renewed: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    other_inputs: bool = False
    environment: bool = False
    forced: bool = False


@dataclass(frozen=True)
class PlannedJob:
    """One job of the graph.

    Attributes:
        rule: its rule.
        wildcards: the values of its wildcards, as in file names.
        inputs, outputs, logs, benchmarks: paths.
        settings: the configuration values that the rule uses, as canonical JSON (may be empty).
        code: digest of the code that it runs (empty for a rule that only names targets).
        entry: where that code starts: the path of a script, or the name of a figure's module.
        threads, resources: its requests.
        work: minutes of its request that grow with its size, which its time is in proportion to.
        runs: whether Snakemake would run it.
        reason: why.
        priority: among jobs that can start, those with the highest one do.
    """

    rule: str
    wildcards: tuple[tuple[str, str], ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    logs: tuple[str, ...]
    benchmarks: tuple[str, ...]
    settings: str
    code: str
    entry: str
    threads: int
    resources: Mapping[str, Any]
    work: float
    runs: bool
    reason: Reason
    priority: int = 0

    @property
    def name(self) -> str:
        """Its first output, which identifies it."""
        return self.outputs[0] if self.outputs else self.rule


@dataclass(frozen=True)
class Plan:
    """Every job that some targets need, each after those that make its inputs; the settings."""

    jobs: list[PlannedJob]
    config: Any


def plan(
    targets: Iterable[str] = (),
    *,
    snakefile: Path = HOME / "Snakefile",
    configfiles: Sequence[Path] = (),
    directory: Path | None = None,
    values: Mapping[str, Any] | None = None,
) -> Plan:
    """Every job that the targets need, whether it would run or not.

    Args:
        targets: files or rules; the default target if there are none.
        snakefile: the workflow.
        configfiles: overlays of the configuration, as after `--configfile`.
        directory: folder that holds results/; the current one by default.
        values: configuration values that override all others.

    Raises:
        ConfigError: if an overlay is read otherwise than it is written.
        JobError: if a file is missing, or Snakemake cannot plan these targets; the message quotes
            Snakemake.
        SystemExit: if the configuration is wrong, or a data set has no such file; with the message.
    """
    check_files([*configfiles, snakefile], directory)
    check_config_files(configfiles)
    with _graph(tuple(targets), snakefile, configfiles, directory, values) as dag:
        jobs = [_planned(dag, job) for level in dag.toposorted() for job in level]
        return Plan(jobs, dag.workflow.globals["cfg"])


def _profile(snakefile: Path) -> dict[str, Any]:
    path = snakefile.parent / "profiles/default/config.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}


@contextmanager
def _graph(
    targets: Sequence[str],
    snakefile: Path,
    configfiles: Sequence[Path],
    directory: Path | None,
    values: Mapping[str, Any] | None,
) -> Iterator[Any]:
    """Snakemake's graph of jobs, as `snakemake --dry-run` builds it under profiles/default."""
    from humanfriendly import parse_size
    from snakemake import api
    from snakemake.exceptions import MissingRuleException, RuleException, WorkflowError
    from snakemake.settings import types
    from snakemake.settings.enums import Quietness, RerunTrigger

    profile = _profile(Path(snakefile))
    triggers = frozenset(
        RerunTrigger.parse_choice(name) for name in profile.get("rerun-triggers", ["mtime"])
    )
    quiet = types.OutputSettings(quiet={Quietness.ALL})
    try:
        with unchanged_process(), api.SnakemakeApi(quiet) as snakemake:
            workflow = snakemake.workflow(
                resource_settings=types.ResourceSettings(cores=MANY_CORES),
                config_settings=types.ConfigSettings(
                    config=dict(values or {}),
                    configfiles=[Path(path).resolve() for path in configfiles],
                ),
                snakefile=Path(snakefile),
                workdir=directory,
            )
            settings = types.DAGSettings(
                targets=set(targets),
                rerun_triggers=triggers,
                force_incomplete=profile.get("rerun-incomplete", False),
                max_checksum_file_size=parse_size(profile.get("max-checksum-file-size", "1MB")),
            )
            graph = workflow.dag(settings).workflow_api._workflow
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                graph._prepare_dag(forceall=False, ignore_incomplete=True, lock_warn_only=True)
                graph._build_dag()
            yield graph.dag
    except MissingRuleException as error:  # it holds more than its own words
        raise JobError(f"Snakemake cannot plan this: {str(error).partition(' (')[0]}") from None
    except (WorkflowError, RuleException, OSError, UnicodeDecodeError) as error:
        raise JobError(f"Snakemake cannot plan this: {error}") from None


def _planned(dag: Any, job: Any) -> PlannedJob:
    parameters = dict(job.params.items())
    runs = dag.needrun(job)
    return PlannedJob(
        rule=job.rule.name,
        wildcards=tuple(job.wildcards.items()),
        inputs=tuple(map(str, job.input)),
        outputs=tuple(map(str, job.output)),
        logs=tuple(map(str, job.log)),
        benchmarks=(str(job.benchmark),) if job.benchmark else (),
        settings=parameters.get("settings", ""),
        code=parameters.get("code", ""),
        entry=code_entry(job),
        threads=job.threads,
        resources=dict(job.resources.items()),
        work=_work(job),
        runs=runs,
        reason=_reason(dag, job, parameters) if runs else Reason(),
        priority=job.rule.priority,
    )


def _work(job: Any) -> float:
    request = getattr(job.rule.resources.get("runtime"), "_value", None)
    return request.work(job.wildcards) if isinstance(request, Request) else 0.0


def _reason(dag: Any, job: Any, parameters: Mapping[str, str]) -> Reason:
    found = dag.reason(job)
    # Snakemake looks no further once an input is made again; a user wants to know both.
    old = {} if found.missing_output else _recorded(dag, job)
    changed = {
        name: (old[name], new) for name, new in parameters.items() if old.get(name, new) != new
    }
    code = changed.get("code", (None, None))
    renewed = set(found.updated_input_run)
    return Reason(
        missing=tuple(sorted(map(str, found.missing_output))),
        incomplete=tuple(sorted(map(str, found.incomplete_output))),
        settings=_differences(*changed["settings"]) if "settings" in changed else {},
        old_code=code[0],
        new_code=code[1],
        renewed=tuple(sorted(map(str, renewed))),
        newer=tuple(sorted(map(str, set(found.updated_input) - renewed))),
        other_inputs=bool(found.input_changed),
        environment=bool(found.software_stack_changed),
        forced=bool(found.forced),
    )


def _recorded(dag: Any, job: Any) -> dict[str, str]:
    """Settings and code with which the outputs were made; Snakemake keeps values without names."""
    for path in job.output:
        values = [ast.literal_eval(value) for value in dag.workflow.persistence.params(path) or ()]
        if values:
            return {"settings" if value.startswith("{") else "code": value for value in values}
    return {}


def _differences(old: str, new: str) -> dict[str, tuple[Any, Any]]:
    """Old and new value of each setting that differs between two JSON texts, by dotted name."""
    before, after = _flat(json.loads(old)), _flat(json.loads(new))
    return {
        name: (before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name) or (name in before) != (name in after)
    }


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
