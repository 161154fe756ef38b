"""The four files of a figure: PDF, PNG, the numbers drawn, the verdicts on its claims."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.papers.verdicts import CLAIM_COLUMNS, ORIGINS, TOO_SMALL, VERDICTS
from spinlearn.pipeline.errors import DatasetError
from spinlearn.storage.files import write_bytes
from spinlearn.storage.tables import read_csv, write_csv


def save(
    files: SimpleNamespace,
    figure: Figure,
    table: pd.DataFrame,
    claims: Sequence[Mapping[str, Any]],
    *,
    caption: str,
    dpi: int,
) -> None:
    """Write the files of a figure.

    Args:
        files: paths `pdf`, `png`, `csv` and `claims`.
        figure: the picture.
        table: the numbers drawn.
        claims: rows of the scorecard. Their keys begin with the folder and the stem of the figure,
            e.g. "zhong2022.figure5.", so that keys of different figures differ.
        caption: what the figure shows; stored in the PNG file for the report.
        dpi: dots per inch of the PNG file.

    Raises:
        ValueError: as `claims_table`.
    """
    judged = claims_table(claims, f"{files.pdf.parent.name}.{files.pdf.stem}.")
    save_picture(files.pdf, figure, dpi, {"CreationDate": None})
    figure.set_layout_engine("none")  # the places are found; twice would take twice the time
    save_picture(files.png, figure, dpi, {"Software": None, "Description": caption})
    write_csv(files.csv, table)
    write_csv(files.claims, judged)


def of_noisy_strings(
    claims: Sequence[Mapping[str, Any]], caption: str, noise: float
) -> tuple[list[dict[str, Any]], str]:
    """Claims and caption of a figure that compares models of noisy strings with noiseless states.

    The difference is that of the noise, which tells nothing about a model: the numbers stay, the
    verdicts are "too small to judge".

    Args:
        claims: rows of the scorecard.
        caption: what the figure shows.
        noise: probability of the depolarising channel on each site (`tfi.noise`).
    """
    withheld: list[dict[str, Any]] = []
    for claim in claims:
        needs = ", ".join(filter(None, (claim["needs"], f"noise 0 (has {noise:g})")))
        withheld.append({**claim, "verdict": TOO_SMALL, "error_rate": 0.0, "needs": needs})
    return withheld, (
        f"{caption} The strings have depolarising noise, p = {noise:g} on each site; values of "
        "the ground states are those without it, so that no claim is judged."
    )


def save_picture(path: Path, figure: Figure, dpi: int, metadata: Mapping[str, str | None]) -> None:
    """Write a picture, whole or not at all, without a date, so that equal pictures are equal."""
    picture = io.BytesIO()
    kind = path.suffix.removeprefix(".")
    figure.savefig(picture, format=kind, dpi=dpi, metadata=dict(metadata))
    write_bytes(path, picture.getbuffer())


def claims_table(claims: Sequence[Mapping[str, Any]], begin: str = "") -> pd.DataFrame:
    """Claims as a table with the scorecard's columns.

    Args:
        claims: rows of the scorecard.
        begin: how each key begins: the paper and the figure, e.g. "zhong2022.figure5."; empty for
            claims of several figures.

    Raises:
        ValueError: if a claim lacks a column or has another one, if its key does not begin so, or
            if it is that of another claim.
    """
    for claim in claims:
        if set(claim) != set(CLAIM_COLUMNS):
            raise ValueError(f"a claim has the keys {sorted(claim)}, not {sorted(CLAIM_COLUMNS)}")
        if not claim["key"].startswith(begin):
            raise ValueError(f"the key {claim['key']!r} does not begin with {begin!r}")
    table = pd.DataFrame([dict(claim) for claim in claims], columns=list(CLAIM_COLUMNS))
    check_unique(table)
    return table


def check_unique(table: pd.DataFrame) -> None:
    """Raise `ValueError` if two claims of a table have the same key."""
    twice = table["key"][table["key"].duplicated()]
    if len(twice):
        raise ValueError(f"two claims have the key {twice.iloc[0]!r}")


def read_claims(path: str | Path) -> pd.DataFrame:
    """The claims of one figure, or the scorecard of all.

    Raises:
        MissingFileError, CorruptFileError: as `spinlearn.storage.tables.read_csv`.
        DatasetError: if a column is missing, or a verdict or an origin is unknown.
    """
    table = read_csv(path, *CLAIM_COLUMNS)
    for column, words in (("verdict", VERDICTS), ("origin", ORIGINS)):
        if unknown := set(table[column].astype(str)) - set(words):
            raise DatasetError(path, f"column '{column}' holds {min(unknown)!r}")
    return table
