"""Rule report: every figure and verdict on one self-contained page."""

from pathlib import Path

from spinlearn.papers.costs import core_hours
from spinlearn.papers.output import read_claims
from spinlearn.papers.report import Picture, report_html
from spinlearn.papers.spinlearn.leaderboard_page import leaderboard_matrices
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.provenance import provenance
from spinlearn.pipeline.script import run
from spinlearn.storage.files import write_text

GRAPH = Path(__file__).parents[1] / "docs/dag.svg"
"""The rules and what they feed; part of the checkout."""


def main(job: Job) -> None:
    """Embed the figures, the claims, the workflow and its cost into one HTML file."""
    titles = job.settings["titles"]
    html = report_html(
        [Picture.of(path, title) for path, title in zip(job.input.figures, titles, strict=True)],
        read_claims(job.input.scorecard),
        job.settings["config"],
        provenance(),
        core_hours(job.output.html.parent),
        GRAPH.read_text(encoding="utf-8").partition("<!-- Title")[2].partition("-->")[2],
        [matrix for path in job.input.leaderboard for matrix in leaderboard_matrices(path)],
    )
    write_text(job.output.html, html)


run(main, __file__)
