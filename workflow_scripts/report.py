"""Rule report: every figure and verdict on one self-contained page."""

from spinlearn.figures.report import FigureEntry, report_html
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import provenance, read_csv, write_text


def main(job: Job) -> None:
    """Embed the figures and the scorecard into one HTML file."""
    html = report_html(
        [FigureEntry.of(path) for path in job.input.figures],
        read_csv(job.input.scorecard),
        job.settings["config"],
        provenance(),
    )
    write_text(job.output.html, html)


run(main, __file__)
