"""Rule scorecard: the verdicts of all figures in one table."""

import pandas as pd

from spinlearn.figures.output import CLAIM_COLUMNS
from spinlearn.figures.report import scorecard_markdown
from spinlearn.workflow.job import Job, run
from spinlearn.workflow.storage import read_csv, write_csv, write_text


def main(job: Job) -> None:
    """Join the claims of every figure and write them as CSV and Markdown."""
    tables = [read_csv(path, *CLAIM_COLUMNS) for path in job.input.claims]
    table = pd.concat([part for part in tables if not part.empty], ignore_index=True)
    table = table.assign(figure=table["figure"].astype(str))
    number = table["figure"].str.extract(r"(\d+)")[0].astype(float)
    table = (
        table.assign(number=number)
        .sort_values(["paper", "number"], kind="stable")
        .drop(columns="number")
    )
    write_csv(job.output.csv, table)
    write_text(job.output.md, scorecard_markdown(table))


run(main, __file__)
