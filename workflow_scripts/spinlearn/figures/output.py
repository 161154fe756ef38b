"""Writing a figure: the picture twice, the numbers drawn, and the verdicts on its claims."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.workflow.storage import atomic, write_csv

CLAIM_COLUMNS = (
    "claim",
    "paper",
    "figure",
    "published",
    "measured",
    "error",
    "verdict",
    "scale",
)
"""Columns of the scorecard, in order."""

VERDICTS = ("reproduced", "not reproduced", "inconclusive")
"""The words that a verdict may be."""


def save_figure(path: str | Path, figure: Figure, dpi: int) -> None:
    """Write a figure, whole or not at all, without dates: equal pictures are equal files."""
    path = Path(path)
    metadata = {".pdf": {"CreationDate": None}, ".png": {"Software": None}}[path.suffix]
    with atomic(path) as temporary:
        figure.savefig(temporary, dpi=dpi, metadata=metadata)


def claims_table(claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Claims as a table with the scorecard's columns.

    Raises:
        ValueError: if a claim lacks a column, has another one, or another verdict.
    """
    for claim in claims:
        if set(claim) != set(CLAIM_COLUMNS):
            raise ValueError(f"a claim has the keys {sorted(claim)}, not {sorted(CLAIM_COLUMNS)}")
        if claim["verdict"] not in VERDICTS:
            raise ValueError(f"{claim['verdict']!r} is not one of {VERDICTS}")
    return pd.DataFrame([dict(claim) for claim in claims], columns=list(CLAIM_COLUMNS))


def save(
    job: Any,
    figure: Figure,
    table: pd.DataFrame,
    claims: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the four files of a figure rule: `pdf`, `png`, `csv` and `claims`.

    Args:
        job: the job, whose settings hold `dpi`.
        figure: the figure.
        table: the numbers drawn.
        claims: one dictionary a claim, with the columns of the scorecard.
    """
    save_figure(job.output.pdf, figure, job.settings["dpi"])
    save_figure(job.output.png, figure, job.settings["dpi"])
    write_csv(job.output.csv, table)
    write_csv(job.output.claims, claims_table(claims))
