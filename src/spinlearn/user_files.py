"""Reading tables of the user's own: CSV and NPY, with errors that name the line.

CSV files are read as UTF-8 text with commas; empty lines and lines that begin with # are skipped.
Nothing is guessed, converted or left out silently.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import UserFileError


@dataclass(frozen=True)
class Cells:
    """The cells of a CSV file as text.

    Attributes:
        path: the file.
        names: its columns, if its first line names them; otherwise empty.
        cells: the other lines, as text.
        lines: the number of each of them in the file, from 1.
    """

    path: Path
    names: tuple[str, ...]
    cells: np.ndarray
    lines: Int[np.ndarray, " rows"]

    def text(self, name: str) -> np.ndarray:
        """A column as text."""
        return self.cells[:, self.names.index(name)]

    def numbers(
        self, columns: slice | list[int] | None = None
    ) -> Float[np.ndarray, "rows columns"]:
        """Columns as finite numbers; all of them by default.

        Raises:
            UserFileError: at the first cell that is no finite number.
        """
        chosen = self.cells if columns is None else self.cells[:, columns]
        good = np.array([[_is_number(cell) for cell in row] for row in chosen.tolist()])
        if not good.all():
            row, column = np.argwhere(~good)[0]
            text = str(chosen[row, column])
            raise UserFileError(self.path, f"{text!r} is not a finite number", self.lines[row])
        return chosen.astype(float)


def _is_number(text: str) -> bool:
    """Whether a cell is a finite number; 1_000 is none, although Python reads it."""
    try:
        return bool(np.isfinite(float(text))) and "_" not in text
    except ValueError:
        return False


def read_csv(path: str | Path, digest: str = "") -> Cells:
    """The cells of a CSV file. Its first line names the columns if a cell of it is no number.

    Args:
        path: the file.
        digest: see `read_content`.

    Raises:
        UserFileError: if it cannot be read as a table with at least one row.
    """
    path = Path(path)
    try:
        text = read_content(path, digest).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserFileError(path, "is not text in UTF-8, as a CSV file is") from None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith("#")
    ]
    rows = [_cells_of(path, number, line) for number, line in kept]
    numbers = [number for number, _ in kept]
    if not rows:
        raise UserFileError(path, "holds no rows")
    for number, row in zip(numbers, rows, strict=True):
        if len(row) != len(rows[0]):
            raise UserFileError(
                path, f"has {len(row)} cells, but the first line has {len(rows[0])}", number
            )
    names: tuple[str, ...] = ()
    if not all(_is_number(cell) for cell in rows[0]):
        names, rows, numbers = tuple(rows[0]), rows[1:], numbers[1:]
        if not rows:
            raise UserFileError(path, "holds no rows below the names of its columns")
        if len(set(names)) != len(names):
            word = next(name for name in names if not _is_number(name))
            what = f"names the columns, as {word!r} is not a number, but two names are the same"
            raise UserFileError(path, what, kept[0][0])
    return Cells(path, names, np.array(rows), np.array(numbers))


def _cells_of(path: Path, number: int, line: str) -> list[str]:
    """The cells of one line; a quoted cell ends on the line where it begins."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True))]
    except csv.Error as error:
        raise UserFileError(path, f"is not a line of a CSV file ({error})", number) from None


def read_npy(path: str | Path, digest: str = "") -> np.ndarray:
    """A two-dimensional array of numbers from a NPY file.

    Raises:
        UserFileError: if it is not one.
    """
    try:
        array = np.load(io.BytesIO(read_content(path, digest)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UserFileError(path, f"is not a readable NPY file ({error})") from None
    if not isinstance(array, np.ndarray) or array.ndim != 2 or array.dtype.kind not in "biuf":
        raise UserFileError(path, "must hold a two-dimensional array of numbers")
    if not array.size:
        raise UserFileError(path, "holds no numbers")
    return array


def refuse_other(
    path: str | Path, good: np.ndarray, what: str, lines: np.ndarray | None = None
) -> None:
    """Raise `UserFileError` at the first row in which a condition is not true everywhere.

    Args:
        path: the file.
        good: whether each cell, or each row, is allowed.
        what: what is allowed.
        lines: line of each row; without it, rows are numbered from 1.
    """
    bad = ~good if good.ndim == 1 else ~good.all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        if lines is None:
            raise UserFileError(path, what, row + 1, "row")
        raise UserFileError(path, what, int(lines[row]))


def refuse_repeated(
    path: str | Path, rows: np.ndarray, what: str, lines: np.ndarray | None = None
) -> None:
    """Raise `UserFileError` at the first row that equals an earlier one.

    Args:
        path: the file.
        rows: the rows, two-dimensional.
        what: what a row is, such as "string".
        lines: line of each row; without it, rows are numbered from 1.
    """
    _, first, where = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    earlier = first[where.ravel()]
    is_new = earlier == np.arange(len(rows))
    if not is_new.all():
        row = int(earlier[np.argmin(is_new)])
        place = f"row {row + 1}" if lines is None else f"line {lines[row]}"
        refuse_other(path, is_new, f"repeats the {what} of {place}", lines)
