"""Running a rule script alone, for debugging.

`python workflow_scripts/RULE.py L=8 h=1.00 ...` runs the rule's job with these wildcards, and
writes below `debug/`, so that finished results are not changed.
"""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from spinlearn.pipeline.errors import JobError
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.workflow import (
    add_configuration_options,
    check_files,
    given_values,
    load_workflow,
    snakemake_job,
)


def job_of_command_line(script: Path, arguments: Sequence[str]) -> Job:
    """The job that a script's command line names, with its outputs below `debug/`.

    Raises:
        JobError: as `find_job`.
    """
    options = _parser(script).parse_intermixed_args(arguments)
    directory = Path(options.directory).resolve() if options.directory else None
    job = find_job(
        options.rule,
        dict(options.wildcards),
        snakefile=script.parent.parent / "Snakefile",
        configfiles=[path.resolve() for path in options.configfile],
        directory=directory,
        values=given_values(options),
    )
    if directory is not None:
        os.chdir(directory)
    return job if options.in_place else replace(job, output=_below_debug(job.output), log=None)


def find_job(
    rule: str,
    wildcards: Mapping[str, str],
    *,
    snakefile: Path,
    configfiles: Sequence[Path] = (),
    directory: Path | None = None,
    values: Mapping[str, Any] | None = None,
) -> Job:
    """The job that Snakemake would run for a rule on given wildcards, without running it.

    Args:
        rule: the rule's name.
        wildcards: a value for each wildcard of the rule.
        snakefile: the workflow.
        configfiles: overlays of the configuration.
        directory: folder that holds results/, to which the job's paths are relative; the current
            one by default.
        values: configuration values that override all others.

    Raises:
        ConfigError: if an overlay is read otherwise than it is written.
        JobError: if there is no such rule, configuration or folder, or if the wildcards are not
            those of the rule, each written as in file names.
    """
    from snakemake.exceptions import WorkflowError

    from spinlearn.pipeline.config_files import check_config_files

    check_files([*configfiles, snakefile], directory)
    check_config_files(configfiles)
    with load_workflow(snakefile, configfiles, directory, values) as workflow:
        if not workflow.is_rule(rule):
            raise JobError(f"{snakefile} has no rule '{rule}'")
        found = workflow.get_rule(rule)
        patterns = {**workflow.wildcard_constraints, **found.wildcard_constraints}
        _check_wildcards(rule, wildcards, sorted(found.wildcard_names), patterns)
        try:
            return Job.from_snakemake(snakemake_job(workflow, found, wildcards))
        except WorkflowError as error:
            raise JobError(f"rule {rule} does not apply to {dict(wildcards)}: {error}") from None


def _check_wildcards(
    rule: str, given: Mapping[str, str], needed: Sequence[str], patterns: Mapping[str, str]
) -> None:
    example = " ".join(f"{name}=..." for name in needed) or "nothing"
    if missing := [name for name in needed if name not in given]:
        raise JobError(f"rule {rule} needs {', '.join(missing)}; give it as: {example}")
    if unknown := sorted(set(given) - set(needed)):
        raise JobError(f"rule {rule} has no wildcard {', '.join(unknown)}; give it: {example}")
    for name in needed:
        pattern = patterns.get(name, ".+")
        if not re.fullmatch(pattern, given[name]):
            raise JobError(
                f"rule {rule}: {name}={given[name]} is not written as in file names; it must match "
                f"{pattern} (see results/ for examples, such as h=8.00 and block=0000)"
            )


def _below_debug(files: SimpleNamespace) -> SimpleNamespace:
    def moved(value: Any) -> Any:
        return [moved(item) for item in value] if isinstance(value, list) else "debug" / value

    return SimpleNamespace(**{name: moved(value) for name, value in vars(files).items()})


def _wildcard(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def _parser(script: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=script.name,
        description=f"Run one job of rule {script.stem} alone, for debugging.",
    )
    parser.add_argument(
        "wildcards", nargs="*", type=_wildcard, metavar="NAME=VALUE", help="e.g. L=8 h=1.00"
    )
    add_configuration_options(parser)
    parser.add_argument("--rule", default=script.stem, help="the rule, if several use this script")
    parser.add_argument("--directory", help="folder that holds results/ (default: this one)")
    parser.add_argument(
        "--in-place", action="store_true", help="write to results/ instead of debug/results/"
    )
    return parser
