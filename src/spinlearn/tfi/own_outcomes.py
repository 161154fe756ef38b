"""POVM outcomes of the user's own, for example of a device, with named condition values.

- CSV: the first line names the columns. Column `outcomes` holds strings of the digits 0 to 3, one
  digit per site, such as 0312; every other column is a condition, such as hx or temperature.
- HDF5: a file of the kind `tfi/povm`, whose condition is hx, or of the kind `tfi/outcomes`.

Strings may repeat, since they are samples. Condition values are kept as given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import FileError, SchemaError, UserFileError
from spinlearn.storage.hdf5 import Contents
from spinlearn.tfi.schemas import OUTCOMES, POVM
from spinlearn.user_files import Cells, read_csv, refuse_other

COLUMN = "outcomes"
"""Column of a CSV file that holds the strings."""

LARGEST_CONDITION = 1e30
"""Largest magnitude of a condition value; networks compute with 32-bit numbers."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Measured strings with their condition values.

    Attributes:
        outcomes: one string per row, each outcome 0..3.
        conditions: condition values of each string.
        names: names of the conditions.
        source: where the strings come from, in a few words.
    """

    outcomes: UInt8[np.ndarray, "samples N"]
    conditions: Float[np.ndarray, "samples C"]
    names: tuple[str, ...]
    source: str


def read_outcomes(path: str | Path, digest: str = "") -> Outcomes:
    """Read POVM outcomes from a file, by the ending of its name.

    Args:
        path: a CSV or HDF5 file.
        digest: see `spinlearn.pipeline.content.read_content`.

    Raises:
        UserFileError: if it holds none; the message names the line and what is allowed.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".csv":
        return _from_csv(read_csv(path, digest))
    if ending in (".h5", ".hdf5"):
        read_content(path, digest)
        return _from_hdf5(path)
    raise UserFileError(path, "must end in .csv or .h5")


def shape_of(path: str | Path) -> list[int]:
    """Numbers of samples, of sites and of conditions in a file, by reading it.

    Raises:
        UserFileError: as `read_outcomes`.
    """
    found = read_outcomes(path)
    return [*found.outcomes.shape, len(found.names)]


def save(path: str | Path, data: Outcomes, name: str, provenance: Mapping[str, Any]) -> None:
    """Write a file of the kind `spinlearn.tfi.schemas.OUTCOMES`.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    about = {"name": name, "condition_names": list(data.names), "source": data.source}
    arrays = {"outcomes": data.outcomes, "conditions": data.conditions}
    OUTCOMES.write(path, arrays, {**about, **provenance})


def load(path: str | Path) -> Outcomes:
    """Read a file that `save` wrote.

    Raises:
        FileError: if the file is not readable.
    """
    stored = OUTCOMES.read(path)
    names = tuple(stored.attributes["condition_names"])
    return Outcomes(stored["outcomes"], stored["conditions"], names, stored.attributes["source"])


def _from_csv(cells: Cells) -> Outcomes:
    path, names = cells.path, cells.names
    if not names:
        raise UserFileError(
            path,
            f"names no columns; its first line must name {COLUMN} and the conditions, such as "
            f"{COLUMN},hx",
        )
    if COLUMN not in names:
        raise UserFileError(
            path, f"has the columns {', '.join(names)}; a column {COLUMN} with strings is missing"
        )
    columns = [place for place, name in enumerate(names) if name != COLUMN]
    if not columns:
        raise UserFileError(path, f"needs a column with condition values beside {COLUMN}")
    conditions = tuple(names[place] for place in columns)
    if "" in conditions:
        raise UserFileError(path, "has a column without a name")
    values = cells.numbers(columns)
    good = np.abs(values) <= LARGEST_CONDITION
    refuse_other(path, good, f"a condition is at most {LARGEST_CONDITION:g}", cells.lines)
    return Outcomes(_digits(cells), values, conditions, f"outcomes in {path.name}")


def _digits(cells: Cells) -> UInt8[np.ndarray, "samples N"]:
    """The strings, one digit per column."""
    column = cells.text(COLUMN)
    lengths = np.char.str_len(column)
    sites = int(lengths[0])
    refuse_other(cells.path, lengths > 0, "a string of outcomes must not be empty", cells.lines)
    what = f"its string does not have {sites} outcomes, as the first has"
    refuse_other(cells.path, lengths == sites, what, cells.lines)
    codes = column.astype(f"<U{sites}").view(np.uint32).reshape(-1, sites)
    good = (codes >= ord("0")) & (codes <= ord("3"))
    refuse_other(cells.path, good, "a string of outcomes consists of 0, 1, 2 and 3", cells.lines)
    return (codes - ord("0")).astype(np.uint8)


def _from_hdf5(path: Path) -> Outcomes:
    try:
        stored = _read_either(path)
    except FileError as error:
        raise UserFileError(path, f"holds no POVM outcomes of spinlearn: {error.what}") from None
    outcomes = stored["outcomes"]
    if not outcomes.size:
        raise UserFileError(path, "holds no samples")
    if "conditions" in stored:
        names, values = tuple(stored.attributes["condition_names"]), stored["conditions"]
    else:
        names, values = ("hx",), np.full((len(outcomes), 1), float(stored.attributes["hx"]))
    return Outcomes(outcomes, values, names, f"outcomes in {path.name}")


def _read_either(path: Path) -> Contents:
    """The contents of a file of the kind `tfi/outcomes`, or else `tfi/povm`."""
    try:
        return OUTCOMES.read(path)
    except SchemaError:
        return POVM.read(path, "outcomes")
