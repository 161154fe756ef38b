"""Tables: CSV files with declared columns, written whole or not at all, read with checks."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spinlearn.pipeline.errors import CorruptFileError, DatasetError
from spinlearn.storage.files import existing_file, write_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its name.
        unit: its unit; "1" for a pure number or a word.
        description: what it is.
        word: whether it holds words; otherwise numbers, or empty cells.
    """

    name: str
    unit: str
    description: str
    word: bool = False


@dataclass(frozen=True)
class Table:
    """A kind of CSV file: a tidy table, one row per observation.

    Attributes:
        name: the kind, e.g. "vae/observables".
        path: the pattern of its path below the working directory.
        description: what a row is.
        columns: its columns, in order.
    """

    name: str
    path: str
    description: str
    columns: tuple[Column, ...]

    def write(self, path: str | Path, table: "pd.DataFrame") -> None:
        """Write a table, whole or not at all; numbers with 10 significant digits.

        Raises:
            DatasetError: if its columns are not those of this kind, in any order.
        """
        names = [column.name for column in self.columns]
        if sorted(table.columns) != sorted(names):
            raise DatasetError(path, f"columns {sorted(table.columns)}, expected {sorted(names)}")
        write_csv(path, table[names])

    def read(self, path: str | Path) -> "pd.DataFrame":
        """Read a table and check its columns; see `read_csv`.

        Raises:
            DatasetError: also if it has no rows, or a column of numbers holds a word.
        """
        table = read_csv(path, *(column.name for column in self.columns))
        if table.empty:
            raise DatasetError(path, "the table has no rows")
        for column in self.columns:
            if not column.word and table[column.name].dtype.kind not in "iuf":
                raise DatasetError(
                    path, f"column '{column.name}' holds a value that is not a number"
                )
        return table


def write_csv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write a tidy table, whole or not at all; numbers with 10 significant digits.

    The file ends with an empty line, which readers of CSV skip. So a truncated table is recognised,
    even if it was cut between two lines.
    """
    write_text(path, table.to_csv(index=False, float_format="%.10g", lineterminator="\n") + "\n")


def read_csv(path: str | Path, *columns: str) -> "pd.DataFrame":
    """Read a tidy table and check that it is whole and has the columns named.

    A digit that became another digit goes unnoticed: tables carry no checksum.

    Raises:
        MissingFileError, CorruptFileError, DatasetError: as `Schema.read`.
    """
    import pandas as pd  # half of a small job's start: only where a table is read

    path = existing_file(path)
    try:
        text = path.read_text(encoding="utf-8")
        table = pd.read_csv(io.StringIO(text))
        widths = {len(row) for row in csv.reader(io.StringIO(text), strict=True) if row}
    except (OSError, ValueError, csv.Error) as error:
        raise CorruptFileError(path, f"not a readable CSV table ({error})") from None
    if not text.endswith("\n\n"):
        raise CorruptFileError(path, "a truncated CSV table: the empty line at its end is missing")
    if len(widths) > 1:
        raise CorruptFileError(path, "not a CSV table: its lines differ in length")
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DatasetError(path, f"column '{missing[0]}' is missing")
    return table
