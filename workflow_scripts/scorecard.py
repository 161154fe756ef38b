"""Rule scorecard: the verdicts of all figures in one table."""

from spinlearn.figures.output import scorecard
from spinlearn.figures.report import scorecard_markdown
from spinlearn.workflow.claims import CLAIM_COLUMNS
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv, write_csv, write_text


def main(job: Job) -> None:
    """Join the claims of every figure and write them as CSV and Markdown."""
    table = scorecard(read_csv(path, *CLAIM_COLUMNS) for path in job.input.claims)
    write_csv(job.output.csv, table)
    write_text(job.output.md, scorecard_markdown(table))


run(main, __file__)
