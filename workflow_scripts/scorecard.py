"""Rule scorecard: the verdicts of all figures in one table."""

from spinlearn.figures.output import read_claims, scorecard
from spinlearn.figures.report import scorecard_markdown
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import write_csv, write_text


def main(job: Job) -> None:
    """Join the claims of every figure and write them as CSV and Markdown."""
    table = scorecard(read_claims(path) for path in job.input.claims)
    write_csv(job.output.csv, table)
    write_text(job.output.md, scorecard_markdown(table))


run(main, __file__)
