"""Data sets of the user's own: bit strings, counts or probabilities from a file.

- CSV: rows of 0 and 1, one string per line (samples); or two columns `string,count` or
  `string,probability`, the string written as 0110.
- NPY: rows of 0 and 1.
- HDF5: a file of the kind `datasets/strings`.

Counts are divided by their sum, and the source says so; nothing else is normalised.
"""

from pathlib import Path

import numpy as np

from spinlearn.arguments import SUM_TOLERANCE
from spinlearn.datasets.strings import Request, Strings, from_samples, load
from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import FileError, UserFileError
from spinlearn.user_files import Cells, read_csv, read_npy, refuse_other, refuse_repeated

LARGEST_COUNT = 2**53
"""Largest count: beyond it, 64-bit numbers do not hold every whole number."""


def own(request: Request) -> Strings:
    """The data set in a file of the user's own.

    Raises:
        UserFileError: if the file is not a data set, or its strings do not have n bits.
    """
    path = request.files.own
    data = read_strings(path, request.settings.get("digest", ""))
    if data.n != request.n:
        raise UserFileError(path, f"holds strings of {data.n} bits, not of {request.n}")
    return data


def read_strings(path: str | Path, digest: str = "") -> Strings:
    """Read a data set from a file, by the ending of its name.

    Args:
        path: a CSV, NPY or HDF5 file.
        digest: see `spinlearn.pipeline.content.read_content`.

    Raises:
        UserFileError: if it is not a data set; the message names the line and what is allowed.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".csv":
        cells = read_csv(path, digest)
        return _weighted(cells) if cells.names else _rows_of_bits(cells)
    if ending == ".npy":
        rows = read_npy(path, digest)
        refuse_other(path, (rows == 0) | (rows == 1), "a bit must be 0 or 1")
        return from_samples(rows.astype(np.uint8), f"samples in {path.name}")
    if ending in (".h5", ".hdf5"):
        read_content(path, digest)
        try:
            data = load(path)
        except FileError as error:
            raise UserFileError(path, f"is not a data set of spinlearn: {error.what}") from None
        return _checked(path, data)
    raise UserFileError(path, "must end in .csv, .npy or .h5")


def _checked(path: Path, data: Strings) -> Strings:
    """A data set from an HDF5 file, if all runs can learn it."""
    if data.runs is not None:
        raise UserFileError(path, "has a draw for each run; take one that all runs share")
    if data.form != "samples" and len(np.unique(data.strings, axis=0)) < len(data.strings):
        raise UserFileError(path, "repeats a string; only samples may")
    return data


def _rows_of_bits(cells: Cells) -> Strings:
    if cells.cells.shape[1] == 1 and len(str(cells.cells[0, 0])) > 1:
        return from_samples(_bits(cells, cells.cells[:, 0]), f"samples in {cells.path.name}")
    rows = cells.numbers()
    is_bit = (rows == 0) | (rows == 1)
    is_string = np.char.isdigit(cells.cells) & (np.char.str_len(cells.cells) > 1)
    refuse_other(cells.path, is_bit & ~is_string, "a bit must be 0 or 1", cells.lines)
    return from_samples(rows.astype(np.uint8), f"samples in {cells.path.name}")


def _weighted(cells: Cells) -> Strings:
    """Strings with their counts or probabilities."""
    path, name = cells.path, cells.path.name
    kinds = {"count", "probability"} & set(cells.names)
    if len(cells.names) != 2 or "string" not in cells.names or len(kinds) != 1:
        raise UserFileError(
            path,
            f"has the columns {', '.join(cells.names)}; a data set has string,count or "
            "string,probability, or rows of 0 and 1 without names",
        )
    (kind,) = kinds
    strings = _bits(cells, cells.text("string"))
    weights = cells.numbers([cells.names.index(kind)])[:, 0]
    refuse_other(path, weights >= 0, f"a {kind} must not be negative", cells.lines)
    refuse_repeated(path, strings, "string", cells.lines)
    if kind == "count":
        is_count = (weights == np.round(weights)) & (weights <= LARGEST_COUNT)
        refuse_other(path, is_count, "a count must be a whole number up to 2^53", cells.lines)
    total = weights.sum()
    if kind == "count" and total == 0:
        raise UserFileError(path, "all counts are zero")
    if kind == "probability" and abs(total - 1) > SUM_TOLERANCE:
        what = f"the probabilities sum to {total:.7g}, not to 1"
        raise UserFileError(path, f"{what}; give counts to have them normalised")
    source = f"counts in {name}, normalised" if kind == "count" else f"probabilities in {name}"
    shares = weights / total if kind == "count" else weights
    return Strings(strings, shares[None], source)


def _bits(cells: Cells, column: np.ndarray) -> np.ndarray:
    """Strings written as 0110, as rows of bits."""
    n = len(str(column[0]))
    lengths = np.array([len(text) for text in column])
    refuse_other(
        cells.path,
        lengths == n,
        f"its string does not have {n} bits, as the first has",
        cells.lines,
    )
    if n == 0:
        raise UserFileError(cells.path, "its string is empty", int(cells.lines[0]))
    codes = np.array([[ord(character) for character in text] for text in column.tolist()])
    bits = codes - ord("0")
    refuse_other(
        cells.path, (bits == 0) | (bits == 1), "a string must consist of 0 and 1", cells.lines
    )
    return bits.astype(np.uint8)


def bits_of(path: str | Path) -> int:
    """Bits per string of a user's file, by reading it.

    Raises:
        UserFileError: as `read_strings`.
    """
    return read_strings(path).n
