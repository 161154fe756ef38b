"""The command `spinlearn`: which jobs would run, what they cost, what files are and runs found."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spinlearn.config import Config, load
from spinlearn.forecast import account, forecast
from spinlearn.pipeline.errors import HOME, ConfigError, JobError, SpinlearnError
from spinlearn.pipeline.plan import Plan, plan
from spinlearn.pipeline.record import recorded_configuration
from spinlearn.pipeline.settings import differences
from spinlearn.pipeline.timing import Costs, TimedJob, shipped, timed_jobs
from spinlearn.pipeline.why import explanation, value_text
from spinlearn.pipeline.workflow import add_configuration_options, given_values


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spinlearn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    why = commands.add_parser(
        "why",
        help="which jobs would run, and why",
        description="Say which jobs Snakemake would run, and why, in words. Nothing is run.",
    )
    _add_plan_options(why)
    why.add_argument("--each", action="store_true", help="list every job separately")
    costs = commands.add_parser(
        "plan",
        help="what a run would cost: jobs, core-hours, time, memory and disk",
        description="Say what the jobs that Snakemake would run cost. Nothing is run.",
    )
    _add_plan_options(costs)
    costs.add_argument("--cores", "-c", type=_cores, default="all", help="a number, or all")
    costs.add_argument("--rules", action="store_true", help="one line per rule, not per stage")
    files = commands.add_parser(
        "check",
        help="what a file is, and what is wrong with it",
        description="Say what a file of your own, or of spinlearn, is and what is wrong with it.",
    )
    files.add_argument("files", nargs="+", metavar="FILE", type=Path)
    results = commands.add_parser(
        "results",
        help="a section for docs/results.md on a results folder",
        description="Print every claim with its result and cost, as a section in Markdown.",
    )
    results.add_argument("folder", metavar="FOLDER", type=Path, help="a results folder")
    results.add_argument("--title", default="Results", help="heading of the section")
    summary = commands.add_parser(
        "summary",
        help="how many claims of a results folder hold, and where to look",
        description="Count the verdicts of a results folder, and say where to look.",
    )
    summary.add_argument("folder", metavar="FOLDER", type=Path, help="a results folder")
    compare = commands.add_parser(
        "compare",
        help="what differs between two results folders",
        description="List the settings, verdicts, numbers and tables that differ between two runs.",
    )
    compare.add_argument("first", metavar="FOLDER", type=Path, help="a results folder")
    compare.add_argument("second", metavar="OTHER", type=Path, help="another results folder")
    return parser


def _add_plan_options(parser: argparse.ArgumentParser) -> None:
    """Add what says, as to Snakemake, which jobs are meant."""
    parser.add_argument(
        "targets", nargs="*", metavar="TARGET", help="files or stages (default: all)"
    )
    add_configuration_options(parser)
    parser.add_argument(
        "--directory", "-d", type=Path, default=Path(), help="the folder that holds results/"
    )


def _cores(text: str) -> int:
    """A number of cores; `all` are those of this computer."""
    from snakemake.utils import available_cpu_count

    if text == "all":
        return available_cpu_count()
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of cores; give a whole number from 1 on, or all"
        )
    return int(text)


def _changed_since(folder: Path, config: Config) -> str:
    """Lines on settings that differ from those of the latest run; empty if none does."""
    try:
        recorded = load(recorded_configuration(folder) or {})
    except (ConfigError, AttributeError, TypeError):
        return ""
    if not (folder / "config.yaml").is_file() or recorded == config:
        return ""
    lines = [
        f"  {name}: {value_text(old)} → {value_text(new)}"
        for name, (old, new) in differences(recorded, config).items()
    ]
    return "\n".join(
        ["The configuration differs from that of the latest run here:", *lines, "", ""]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 if it could not do what was asked for."""
    options = _parser().parse_args(arguments)
    actions = {
        "why": _why,
        "plan": _plan,
        "check": _check,
        "results": _results,
        "summary": _summary,
        "compare": _compare,
    }
    try:
        actions[options.command](options)
        sys.stdout.flush()
    except BrokenPipeError:  # as with `spinlearn why | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SpinlearnError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _planned(options: argparse.Namespace) -> Plan:
    """The plan of this project's workflow that the options ask for."""
    own, here = HOME / "Snakefile", Path("Snakefile").resolve()
    if here.is_file() and here != own:
        raise JobError(
            f"this command belongs to {HOME}, but this folder has its own workflow, {here}.\n"
            "  Use the command of that workflow's environment: .venv/bin/spinlearn"
        )
    return plan(
        options.targets,
        snakefile=own,
        configfiles=options.configfile,
        directory=options.directory,
        values=given_values(options),
    )


def _why(options: argparse.Namespace) -> None:
    folder = options.directory.absolute() / "results"
    found = _planned(options)
    print(_changed_since(folder, found.config), end="")
    print(explanation(found.jobs, folder, each=options.each))


def _plan(options: argparse.Namespace) -> None:
    """Print what the jobs that would run cost."""
    found = _planned(options)
    own = _timed_here(options.directory)
    costs = forecast(found.jobs, Costs(own, shipped()), options.cores)
    total = sum(bool(job.outputs) for job in found.jobs)
    print(account(costs, total, len(own), rules=options.rules))


def _timed_here(directory: Path) -> list[TimedJob]:
    """The finished jobs of the latest run in a folder; none if its settings are no longer known."""
    recorded = directory / "results/config.yaml"
    try:
        load(recorded_configuration(directory / "results") or {})
        jobs = plan(configfiles=[recorded], directory=directory).jobs if recorded.is_file() else []
    except (SpinlearnError, AttributeError, TypeError):
        return []
    return timed_jobs(jobs, directory)


def _check(options: argparse.Namespace) -> None:
    """Describe every file; the first that cannot be used ends the command with its faults."""
    from spinlearn.check import check  # reads every stage's files, which `why` does not need

    for path in options.files:
        print(check(path))


def _results(options: argparse.Namespace) -> None:
    """Print the section of docs/results.md on a results folder."""
    from spinlearn.papers.results_page import results_section  # reads every stage's file names

    config = load(recorded_configuration(options.folder) or {})
    print(results_section(options.folder, config, options.title), end="")


def _summary(options: argparse.Namespace) -> None:
    """Print the counts of verdicts, and where to look."""
    from spinlearn.papers.output import read_claims
    from spinlearn.papers.scorecard import summary

    folder = options.folder
    print(summary(read_claims(folder / "scorecard.csv")))
    for name, what in (
        ("report.html", "every figure beside its claims"),
        ("scorecard.md", "the papers' claims and what was found"),
        ("figures/", "each figure as PDF and PNG, its numbers as CSV"),
    ):
        print(f"  {f'{folder}/{name}':<24} {what}")


def _compare(options: argparse.Namespace) -> None:
    """Print what differs between two results folders."""
    from spinlearn.papers.compare import comparison

    folders = options.first, options.second
    print(comparison(*folders, (_settings_of(folders[0]), _settings_of(folders[1]))))


def _settings_of(folder: Path) -> dict[str, Any]:
    """All settings of the latest run in a folder; those of another version as it recorded them."""
    recorded = recorded_configuration(folder) or {}
    try:
        return load(recorded).model_dump(mode="json")
    except ConfigError:
        return recorded
