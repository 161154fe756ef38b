"""Disorder vectors of the user's own, in the operators of the chain of the indicators.

- CSV: one vector per line, one column per site. The first line may name the columns: `h` is the
  disorder strength of each vector, and sites are numbered, such as 0, 1, 2 or site0, site1, site2.
- NPY: one vector per row.
- HDF5: a file of the kind `mbl/disorder`, in the same operators.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from spinlearn.mbl.schemas import DISORDER
from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import FileError, UserFileError
from spinlearn.spins.choices import Operators
from spinlearn.user_files import read_csv, read_npy, refuse_other, refuse_repeated

LONGEST_CHAIN = 18
"""Longest chain that the indicators' full diagonalisation takes."""


LARGEST_FIELD = 1e6
"""Largest magnitude of a field and of a strength, in units of J."""


@dataclass(frozen=True, eq=False)
class OwnFields:
    """Disorder vectors from a file.

    Attributes:
        fields: one vector per row, in units of J.
        h: disorder strength of each vector, in units of J; NaN if the file does not state it.
    """

    fields: Float[np.ndarray, "R L"]
    h: Float[np.ndarray, " R"]


def read_fields(path: str | Path, operators: Operators = "pauli", digest: str = "") -> OwnFields:
    """Read disorder vectors from a file, by the ending of its name.

    Args:
        path: a CSV, NPY or HDF5 file.
        operators: operators that the fields multiply; an HDF5 file with others is refused.
        digest: see `spinlearn.pipeline.content.read_content`.

    Raises:
        UserFileError: if it holds none; the message names the line and what is allowed.
    """
    path = Path(path)
    ending = path.suffix.lower()
    lines = None
    if ending == ".csv":
        found, lines = _from_csv(path, digest)
    elif ending == ".npy":
        rows = read_npy(path, digest).astype(float)
        found = OwnFields(rows, np.full(len(rows), np.nan))
    elif ending in (".h5", ".hdf5"):
        found = _from_hdf5(path, operators, digest)
    else:
        raise UserFileError(path, "must end in .csv, .npy or .h5")
    _check(path, found, lines)
    return found


def shape_of(path: Path) -> list[int]:
    """Number of vectors and of sites in a file, by reading it."""
    return list(read_fields(path).fields.shape)


def _from_csv(path: Path, digest: str) -> tuple[OwnFields, Int[np.ndarray, " rows"]]:
    cells = read_csv(path, digest)
    strengths = np.full(len(cells.cells), np.nan)
    sites = list(range(cells.cells.shape[1]))
    if "h" in cells.names:
        column = cells.names.index("h")
        strengths = cells.numbers([column])[:, 0]
        refuse_other(path, strengths >= 0, "a disorder strength must not be negative", cells.lines)
        sites.remove(column)
    _check_names(path, [cells.names[site] for site in sites] if cells.names else [])
    fields = cells.numbers(sites)
    numbers = np.arange(fields.shape[1])
    counted = len(numbers) > 3 and any(np.array_equal(fields[0], numbers + k) for k in (0, 1))
    if counted and not cells.names:
        what = "counts the columns; remove it, or name the columns site0, site1, ..."
        raise UserFileError(path, what, int(cells.lines[0]))
    return OwnFields(fields, strengths), cells.lines


def _check_names(path: Path, names: list[str]) -> None:
    """Refuse columns that are not numbered sites in order."""
    found = [re.fullmatch(r"(\D*)(\d+)", name) for name in names]
    for name, match in zip(names, found, strict=True):
        if match is None:
            what = f"column {name!r} is neither h nor a site, such as 0 or site0"
            raise UserFileError(path, what)
    numbers = [int(match[2]) for match in found if match]
    first = numbers[0] if numbers else 0
    if numbers != list(range(first, first + len(numbers))) or len({m[1] for m in found if m}) > 1:
        raise UserFileError(path, f"its sites are not numbered in order: {', '.join(names)}")


def _from_hdf5(path: Path, operators: Operators, digest: str) -> OwnFields:
    read_content(path, digest)
    try:
        stored = DISORDER.read(path)
    except FileError as error:
        raise UserFileError(path, f"holds no disorder vectors of spinlearn: {error.what}") from None
    found = stored.attributes["operators"]
    if found != operators:
        raise UserFileError(
            path, f"its fields multiply {found} operators, the chain has {operators}"
        )
    fields = stored["fields"]
    strength = np.full(len(fields), float(stored.attributes["h"]))
    return OwnFields(fields, stored.arrays.get("h", strength))


def _check(path: Path, found: OwnFields, lines: np.ndarray | None) -> None:
    """Refuse chains of another length, huge fields, and vectors that occur twice."""
    L = found.fields.shape[1]
    is_small = np.abs(found.fields) <= LARGEST_FIELD
    refuse_other(path, is_small, f"a field must be a number up to {LARGEST_FIELD:g}", lines)
    if L % 2 or not 4 <= L <= LONGEST_CHAIN:
        what = f"its vectors have {L} sites; an even number from 4 to {LONGEST_CHAIN} is allowed"
        first, unit = (1, "row") if lines is None else (int(lines[0]), "line")
        raise UserFileError(path, what, first, unit)
    refuse_repeated(path, found.fields, "vector", lines)
