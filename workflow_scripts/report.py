"""Rule report: every figure and verdict on one self-contained page."""

from spinlearn.papers.output import read_claims
from spinlearn.papers.report import Picture, report_html
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.provenance import provenance
from spinlearn.pipeline.script import run
from spinlearn.storage.files import write_text


def main(job: Job) -> None:
    """Embed the figures and the scorecard into one HTML file."""
    html = report_html(
        [Picture.of(path) for path in job.input.figures],
        read_claims(job.input.scorecard),
        job.settings["config"],
        provenance(),
    )
    write_text(job.output.html, html)


run(main, __file__)
