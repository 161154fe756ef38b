"""Rule report: every figure and verdict on one self-contained page."""

from spinlearn.figures.output import read_claims
from spinlearn.figures.report import FigureEntry, report_html
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import provenance, write_text


def main(job: Job) -> None:
    """Embed the figures and the scorecard into one HTML file."""
    html = report_html(
        [FigureEntry.of(path) for path in job.input.figures],
        read_claims(job.input.scorecard),
        job.settings["config"],
        provenance(),
    )
    write_text(job.output.html, html)


run(main, __file__)
