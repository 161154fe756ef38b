"""The section of docs/results.md on one run: every claim with its result, and what it cost."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from spinlearn.papers.costs import core_hours
from spinlearn.papers.keys import cited
from spinlearn.papers.output import read_claims
from spinlearn.papers.registry import drawn_figures
from spinlearn.papers.scorecard import HEADINGS, expected_errors, measured_text, number_text
from spinlearn.papers.spinlearn.leaderboard_page import leaderboard_page

if TYPE_CHECKING:
    from spinlearn.config import Config

COLUMNS = (
    *("claim", "figure", "published", "measured ± error", "verdict", "sizes"),
    *("commit", "date", "core-hours"),
)
"""Columns of the tables."""


def results_section(folder: Path, config: "Config", title: str) -> str:
    """One run in Markdown: its cost, and per claim what was measured, at which sizes, when.

    Args:
        folder: a results folder, with `scorecard.csv`.
        config: the configuration of the run.
        title: the heading.

    Returns:
        A line on the cost and one on wrong verdicts, then a table per origin. Every row has the
        commits and the date of the data, and the core-hours of the stages that its figure reads;
        stages upstream are not included. At the end the leaderboard, if the run has one.

    Raises:
        MissingFileError, CorruptFileError, DatasetError: as `read_claims` of the scorecard.
    """
    scorecard = read_claims(folder / "scorecard.csv")
    hours = core_hours(folder)
    stages = _stages_of_figures(config)
    date = time.strftime("%Y-%m-%d", time.gmtime((folder / "scorecard.csv").stat().st_mtime))
    commit = ", ".join(commits(folder)) or "unknown"
    spent = ", ".join(f"{stage} {value:.2g}" for stage, value in hours.items())
    lines = [
        f"## {title}",
        "",
        f"{sum(hours.values()):.2g} core-hours ({spent}). {expected_errors(scorecard)}",
    ]
    for origin, heading in HEADINGS.items():
        rows = scorecard[scorecard.origin == origin]
        if rows.empty:
            continue
        lines += ["", f"### {heading}", "", f"| {' | '.join(COLUMNS)} |"]
        lines.append("|---" * len(COLUMNS) + "|")
        for row in rows.to_dict("records"):
            used = stages.get(row["key"].rpartition(".")[0], ())
            cells = (
                row["claim"],
                f"{cited(row['paper'])}, {row['figure']}",
                row["published"],
                measured_text(row),
                row["verdict"] + (f" (needs {row['needs']})" if _is_short(row["needs"]) else ""),
                row["scale"],
                commit,
                date,
                f"{sum(hours.get(stage, 0.0) for stage in used):.2g}",
            )
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    leaderboard = folder / "figures/spinlearn/leaderboard.csv"
    if leaderboard.is_file():
        lines += ["", "### Leaderboard", "", leaderboard_page(leaderboard)]
    return "\n".join(lines).rstrip("\n") + "\n"


def commits(folder: Path) -> list[str]:
    """The commits that made the HDF5 files of a results folder, seven digits each, sorted."""
    found = {_commit(path) for path in folder.rglob("*.h5")}
    return sorted({commit[:7] + ("+" if "+" in commit else "") for commit in found})


def _commit(path: Path) -> str:
    with h5py.File(path) as file:
        return str(file.attrs.get("git_commit", "unknown"))


def _stages_of_figures(config: "Config") -> dict[str, set[str]]:
    """The stages that each figure reads, by the beginning of its claims' keys."""
    return {
        f"{figure.paper}.{figure.name}": {
            Path(path).parts[1] for paths in figure.inputs(config).values() for path in paths
        }
        for figure in drawn_figures(config)
    }


def _is_short(needs: object) -> bool:
    return "(has " in number_text(needs)
