"""The command `spinlearn`: why jobs would run, and what no longer belongs to the configuration."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from spinlearn.workflow.config import Config, differences
from spinlearn.workflow.errors import JobError, SpinlearnError
from spinlearn.workflow.leftovers import find_leftovers, listing, remove
from spinlearn.workflow.plan import HOME, Plan, plan
from spinlearn.workflow.record import CONFIGURATION, recorded_configuration
from spinlearn.workflow.why import explanation, value_text

RESULTS = "results"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spinlearn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    why = commands.add_parser(
        "why",
        help="which jobs would run, and why",
        description="Say which jobs Snakemake would run, and why, in words. Nothing is run.",
    )
    why.add_argument("targets", nargs="*", metavar="TARGET", help="files or stages (default: all)")
    left = commands.add_parser(
        "leftovers",
        help="result files that no longer belong to the configuration",
        description="List files below results/ that no job of the configuration makes.",
    )
    left.add_argument("--remove", action="store_true", help="remove them")
    left.add_argument(
        "--other-configuration",
        action="store_true",
        help="remove them even if the latest run here had another configuration, or left none",
    )
    for command in (why, left):
        command.add_argument("--each", action="store_true", help="a line for each job or file")
        command.add_argument(
            "--configfile",
            action="extend",
            nargs="+",
            default=[],
            type=Path,
            help="overlays, as for snakemake",
        )
        command.add_argument(
            "--directory", type=Path, default=Path(), help="the folder that holds results/"
        )
    return parser


def _changed_since(recorded: Config | None, config: Config) -> str:
    """Lines on leaves that differ from those of the latest run; empty if none does."""
    pairs = differences(recorded, config) if recorded else {}
    if not pairs:
        return ""
    lines = [
        f"  {name}: {value_text(old)} → {value_text(new)}" for name, (old, new) in pairs.items()
    ]
    return "\n".join(["The configuration differs from that of the latest run here:", *lines])


def _running(root: Path) -> bool:
    locks = root / ".snakemake/locks"
    return locks.is_dir() and any(locks.iterdir())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit status 1 if it could not do what was asked for."""
    options = _parser().parse_args(arguments)
    try:
        _why(options) if options.command == "why" else _leftovers(options)
        sys.stdout.flush()
    except BrokenPipeError:  # as with `spinlearn why | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except SpinlearnError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def _plan(options: argparse.Namespace, targets: Sequence[str] = ()) -> Plan:
    own, here = HOME / "Snakefile", Path("Snakefile").resolve()
    if here.is_file() and here != own:
        raise JobError(
            f"this command belongs to {HOME}, and here lies another workflow, {here}.\n"
            "  Use the command in that workflow's own environment: .venv/bin/spinlearn"
        )
    return plan(targets, snakefile=own, configfiles=options.configfile, directory=options.directory)


def _why(options: argparse.Namespace) -> None:
    folder = options.directory.absolute() / RESULTS
    found = _plan(options, options.targets)
    changed = _changed_since(recorded_configuration(folder), found.config)
    if changed:
        print(changed, end="\n\n")
    print(explanation(found.jobs, folder, each=options.each))


def _leftovers(options: argparse.Namespace) -> None:
    root = options.directory.absolute()
    folder = root / RESULTS
    found = _plan(options)
    leftovers = find_leftovers(found.jobs, folder) if folder.is_dir() else []
    print(listing(leftovers, root, each=options.each))
    if not leftovers:
        return
    if not options.remove:
        print("To remove them: the same command with --remove.")
        return
    recorded = recorded_configuration(folder)
    changed = _changed_since(recorded, found.config)
    if recorded is None:
        changed = f"{folder / CONFIGURATION} cannot be read: this may be no folder of results."
    if changed and not options.other_configuration:
        raise SpinlearnError(
            f"Nothing was removed. {changed}\n"
            "Name the overlays of that run after --configfile, or run the pipeline with this\n"
            "configuration first, or add --other-configuration if these files are to go."
        )
    if _running(root):
        raise SpinlearnError(
            "Nothing was removed: a run of Snakemake holds this folder. If none is running, one\n"
            "that was killed left its lock behind: snakemake --unlock"
        )
    remove(leftovers, folder)
    print("Removed.")
