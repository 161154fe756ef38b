"""Writing a figure: the picture twice, the numbers drawn, and the verdicts on its claims."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.workflow.claims import CLAIM_COLUMNS, ORIGINS, VERDICTS
from spinlearn.workflow.storage import atomic, write_csv


def save_figure(path: str | Path, figure: Figure, dpi: int) -> None:
    """Write a figure, whole or not at all, without dates: equal pictures are equal files."""
    path = Path(path)
    metadata = {".pdf": {"CreationDate": None}, ".png": {"Software": None}}[path.suffix]
    with atomic(path) as temporary:
        figure.savefig(temporary, dpi=dpi, metadata=metadata)


def claims_table(claims: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Claims as a table with the scorecard's columns.

    Raises:
        ValueError: if a claim lacks a column or has another one, has another verdict or origin, or
            has the key of another claim.
    """
    keys = set()
    for claim in claims:
        if set(claim) != set(CLAIM_COLUMNS):
            raise ValueError(f"a claim has the keys {sorted(claim)}, not {sorted(CLAIM_COLUMNS)}")
        for column, words in (("verdict", VERDICTS), ("origin", ORIGINS)):
            if claim[column] not in words:
                raise ValueError(f"{claim[column]!r} is not one of {words}")
        if claim["key"] in keys:
            raise ValueError(f"two claims have the key {claim['key']!r}")
        keys.add(claim["key"])
    return pd.DataFrame([dict(claim) for claim in claims], columns=list(CLAIM_COLUMNS))


def scorecard(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The claims of all figures in one table, by paper and number of the figure.

    Raises:
        ValueError: if two claims have one key.
    """
    parts = list(tables)
    table = pd.concat([p for p in parts if not p.empty] or parts[:1], ignore_index=True)
    twice = table["key"][table["key"].duplicated()]
    if len(twice):
        raise ValueError(f"two claims have the key {twice.iloc[0]!r}")
    table = table.assign(figure=table["figure"].astype(str))
    number = table["figure"].str.extract(r"(\d+)")[0].astype(float)
    return (
        table.assign(number=number)
        .sort_values(["paper", "number"], kind="stable")
        .drop(columns="number")
        .reset_index(drop=True)
    )


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
        claims: one dictionary a claim, with the columns of the scorecard; keys begin with the
            folder and the stem of the figure, e.g. "hbm.figure5.", so that no two figures share
            one.

    Raises:
        ValueError: as `claims_table`, or if a key begins otherwise.
    """
    path = Path(job.output.pdf)
    name = f"{path.parent.name}.{path.stem}."
    for claim in claims:
        if not claim["key"].startswith(name):
            raise ValueError(f"the key {claim['key']!r} does not begin with {name!r}")
    save_figure(job.output.pdf, figure, job.settings["dpi"])
    save_figure(job.output.png, figure, job.settings["dpi"])
    write_csv(job.output.csv, table)
    write_csv(job.output.claims, claims_table(claims))
