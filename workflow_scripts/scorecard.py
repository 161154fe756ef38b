"""Rule scorecard: the verdicts of all figures in one table."""

from spinlearn.papers.output import read_claims
from spinlearn.papers.scorecard import scorecard, scorecard_markdown
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.files import write_text
from spinlearn.storage.tables import write_csv


def main(job: Job) -> None:
    """Join the claims of every figure and write them as CSV and Markdown."""
    table = scorecard(read_claims(path) for path in job.input.claims)
    write_csv(job.output.csv, table)
    write_text(job.output.md, scorecard_markdown(table))


run(main, __file__)
