"""Writing a figure: the picture twice, the numbers drawn, and the verdicts on its claims."""

import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image, UnidentifiedImageError

from spinlearn.workflow.claims import CLAIM_COLUMNS, ORIGINS, VERDICTS
from spinlearn.workflow.errors import CorruptFileError, DatasetError, SchemaError
from spinlearn.workflow.storage import (
    check_place,
    existing_file,
    place,
    read_csv,
    write_bytes,
    write_csv,
)

PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
"""The last bytes of every PNG file."""


def save_figure(path: str | Path, figure: Figure, dpi: int) -> None:
    """Write a figure, whole or not at all, without dates: equal pictures are equal files."""
    kind = Path(path).suffix.removeprefix(".")
    metadata = {"pdf": {"CreationDate": None}, "png": {"Software": None, "Source": place(path)}}
    picture = io.BytesIO()
    figure.savefig(picture, format=kind, dpi=dpi, metadata=metadata[kind])
    write_bytes(path, picture.getbuffer())


def read_picture(path: str | Path) -> bytes:
    """The bytes of a PNG file that `save_figure` wrote.

    Raises:
        MissingFileError: if there is no such file.
        CorruptFileError: if it is empty, truncated, damaged or no PNG.
        SchemaError: if it is the picture of another figure.
    """
    path = existing_file(path)
    content = path.read_bytes()
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as picture:
            source = picture.info.get("Source")
            picture.verify()  # holds every chunk against its CRC-32 but the last
        if not content.endswith(PNG_END):
            raise OSError("truncated PNG file")
    except UnidentifiedImageError:
        raise CorruptFileError(path, "not a PNG picture") from None
    except Exception as error:  # whatever a damaged picture makes of Pillow
        raise CorruptFileError(path, f"a damaged PNG picture ({error})") from None
    check_place(path, source)
    return content


def read_claims(path: str | Path) -> pd.DataFrame:
    """The claims of one figure, or the scorecard of all.

    Raises:
        MissingFileError, CorruptFileError: as `spinlearn.workflow.storage.read_csv`.
        DatasetError: if a column is missing, or a word is none of a verdict or an origin.
        SchemaError: if a figure's file holds the claims of another figure.
    """
    path = Path(path)
    table = read_csv(path, *CLAIM_COLUMNS)
    for column, words in (("verdict", VERDICTS), ("origin", ORIGINS)):
        strange = set(table[column].astype(str)) - set(words)
        if strange:
            raise DatasetError(path, f"column '{column}' holds {min(strange)!r}")
    if path.name.endswith(".claims.csv"):
        name = f"{path.parent.name}.{path.name.removesuffix('.claims.csv')}."
        for key in table["key"].astype(str):
            if not key.startswith(name):
                raise SchemaError(path, f"it holds the claim '{key}' of another figure")
    return table


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
