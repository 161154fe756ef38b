"""Storage: described, versioned HDF5 and CSV, written whole or not at all, read with checks.

A `Schema` states what a kind of file holds. `Schema.write` puts the arrays beside the target,
flushes them to disk and renames; `Schema.read` holds the whole file against the checksum at its
beginning, checks the kind, the version, every shape and the finiteness of every number, and names
the file, the dataset and the command that remakes it when something is wrong. Every file carries
its units, its descriptions, its parameters and its provenance. Files of results also say where they
belong, so that one put in another's place is noticed.
"""

import csv
import glob
import hashlib
import io
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from spinlearn import __version__
from spinlearn.workflow.errors import (
    CorruptFileError,
    DatasetError,
    MissingFileError,
    SchemaError,
    UnwritableError,
)
from spinlearn.workflow.provenance import git_commit

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("numpy", "scipy", "numba", "h5py", "quspin", "physics-tenpy", "torch", "pandas")
"""Packages whose versions are written into every file."""


@dataclass(frozen=True)
class Dataset:
    """One dataset of a file.

    Attributes:
        name: its name in the file.
        dims: a name for each axis; equal names have equal lengths within a file. An integer given
            as a string, such as "3", fixes the length.
        unit: its unit; "1" for a pure number.
        description: what it is.
        dtype: the NumPy type that it is stored as.
        optional: whether a file may lack it.
        allow_nan: whether NaN is a legal value (padding).
        compress: whether to store it chunked and compressed.
        at_most: the largest legal value, if there is one.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    description: str
    dtype: str = "float64"
    optional: bool = False
    allow_nan: bool = False
    compress: bool = False
    at_most: float | None = None


@dataclass(frozen=True)
class Contents:
    """The arrays and attributes read from one file; arrays are reached as `contents["name"]`."""

    path: Path
    arrays: dict[str, np.ndarray]
    attributes: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def __contains__(self, name: object) -> bool:
        return name in self.arrays


@dataclass(frozen=True)
class Schema:
    """A kind of HDF5 file.

    Attributes:
        name: the kind, e.g. "mbl/indicators".
        version: raised whenever a dataset is renamed or changes its meaning.
        path: the pattern of its path below the working directory.
        description: what the file holds.
        datasets: its datasets.
        attributes: names and meanings of the file attributes that a writer must give.
    """

    name: str
    version: int
    path: str
    description: str
    datasets: tuple[Dataset, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)

    def write(
        self, path: str | Path, arrays: Mapping[str, Any], attributes: Mapping[str, Any]
    ) -> None:
        """Write one file, whole or not at all.

        Args:
            path: the target.
            arrays: an array for every dataset that is not optional, under its name.
            attributes: the attributes that the schema names, and any others (`parameters`, `seed`);
                values that are not plain are stored as JSON.

        Raises:
            DatasetError: if an array is missing, superfluous, of a wrong shape or not finite.
            UnwritableError: if it cannot be written, for want of space, say.
        """
        path = Path(path)
        known = {dataset.name for dataset in self.datasets}
        for name in arrays:
            if name not in known:
                raise DatasetError(path, f"dataset '{name}' is not part of schema '{self.name}'")
        for name in self.attributes:
            if name not in attributes:
                raise SchemaError(path, f"attribute '{name}' of schema '{self.name}' is missing")
        checked = {}
        for dataset in self.datasets:
            if dataset.name in arrays:
                checked[dataset.name] = np.asarray(arrays[dataset.name], dtype=dataset.dtype)
        self._check(path, checked)
        # In memory first: on a full disk HDF5 cannot close its file, and ends in a crash.
        image = io.BytesIO()
        with h5py.File(image, "w", track_order=False, userblock_size=SEAL) as file:
            file.attrs["schema"] = self.name
            file.attrs["schema_version"] = self.version
            file.attrs["description"] = self.description
            here = {"place": place(path)} if place(path) else {}
            for name, value in {**provenance(), **attributes, **here}.items():
                file.attrs[name] = _storable(value)
            for dataset in self.datasets:
                if dataset.name in checked:
                    self._write_dataset(file, dataset, checked[dataset.name])
            self._attach_scales(file, checked)
        content = image.getbuffer()
        content[:SEAL] = _seal(hashlib.sha256(content[SEAL:]).hexdigest())
        write_bytes(path, content)

    def read(self, path: str | Path, *names: str) -> Contents:
        """Read one file, all of its datasets or those named, and check what is read.

        Raises:
            MissingFileError: if there is no such file.
            CorruptFileError: if it is not what was written, or no HDF5 file.
            SchemaError: if it is of another kind or version, or belongs elsewhere in the results.
            DatasetError: if a dataset is missing, of a wrong shape or not finite.
        """
        path = Path(path)
        wanted = names or tuple(dataset.name for dataset in self.datasets)
        arrays = {}
        with self.open(path) as file:
            for dataset in self.datasets:
                if dataset.name not in file:
                    if dataset.optional:
                        continue
                    raise DatasetError(path, f"dataset '{dataset.name}' is missing")
                if dataset.name in wanted:
                    arrays[dataset.name] = _stored(path, file, dataset)
            attributes = {name: _restored(value) for name, value in file.attrs.items()}
        self._check(path, arrays, partial=True)
        return Contents(path, arrays, attributes)

    @contextmanager
    def open(self, path: str | Path) -> Iterator[h5py.File]:
        """Open one file of this kind, held against its checksum; raises as `read` does."""
        path = existing_file(path)
        _check_seal(path)
        with h5py.File(path, "r") as file:
            found = str(file.attrs.get("schema", ""))
            version = file.attrs.get("schema_version", 0)
            if found != self.name:
                raise SchemaError(path, f"expected a file of kind '{self.name}', found '{found}'")
            if version != self.version:
                raise SchemaError(
                    path, f"schema '{self.name}' version {self.version} expected, found {version}"
                )
            for name in self.attributes:
                if name not in file.attrs:
                    raise SchemaError(
                        path, f"attribute '{name}' of schema '{self.name}' is missing"
                    )
            check_place(path, file.attrs.get("place"))
            yield file

    def _check(
        self, path: Path, arrays: Mapping[str, np.ndarray], *, partial: bool = False
    ) -> None:
        lengths: dict[str, tuple[int, str]] = {}
        for dataset in self.datasets:
            if dataset.name not in arrays:
                if not dataset.optional and not partial:
                    raise DatasetError(path, f"dataset '{dataset.name}' is missing")
                continue
            array = arrays[dataset.name]
            if array.ndim != len(dataset.dims):
                raise DatasetError(
                    path,
                    f"dataset '{dataset.name}' has shape {array.shape}, "
                    f"expected axes ({', '.join(dataset.dims)})",
                )
            for dim, length in zip(dataset.dims, array.shape, strict=True):
                expected = (int(dim), "the schema") if dim.isdigit() else lengths.get(dim)
                if expected is not None and expected[0] != length:
                    raise DatasetError(
                        path,
                        f"dataset '{dataset.name}' has length {length} along '{dim}', "
                        f"but {expected[1]} says {expected[0]}",
                    )
                lengths.setdefault(dim, (length, f"'{dataset.name}'"))
            if array.dtype.kind in "fc" and not dataset.allow_nan:
                bad = int(np.count_nonzero(~np.isfinite(array)))
                if bad:
                    raise DatasetError(
                        path, f"dataset '{dataset.name}' holds {bad} values that are not finite"
                    )
            if dataset.at_most is not None and array.size and array.max() > dataset.at_most:
                raise DatasetError(
                    path,
                    f"dataset '{dataset.name}' holds {array.max()}, above {dataset.at_most:g}",
                )

    def _write_dataset(self, file: h5py.File, dataset: Dataset, array: np.ndarray) -> None:
        options: dict[str, Any] = {"track_times": False}
        if dataset.compress and array.size:
            options |= {"compression": "gzip", "compression_opts": 4, "shuffle": True}
        stored = file.create_dataset(dataset.name, data=array, **options)
        stored.attrs["units"] = dataset.unit
        stored.attrs["description"] = dataset.description
        for axis, dim in enumerate(dataset.dims):
            stored.dims[axis].label = dim

    def _attach_scales(self, file: h5py.File, arrays: Mapping[str, np.ndarray]) -> None:
        """A one-dimensional dataset that bears its own axis's name is that axis's scale."""
        coordinates = {
            dataset.name
            for dataset in self.datasets
            if dataset.dims == (dataset.name,) and dataset.name in arrays
        }
        for name in coordinates:
            file[name].make_scale(name)
        for dataset in self.datasets:
            if dataset.name in arrays and dataset.name not in coordinates:
                for axis, dim in enumerate(dataset.dims):
                    if dim in coordinates:
                        file[dataset.name].dims[axis].attach_scale(file[dim])


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its name.
        unit: its unit; "1" for a pure number or a word.
        description: what it is.
        word: whether it holds words; otherwise numbers, or nothing.
    """

    name: str
    unit: str
    description: str
    word: bool = False


@dataclass(frozen=True)
class Table:
    """A kind of CSV file: a tidy table, a row an observation.

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
            DatasetError: also if it has no rows, or a word stands in a column of numbers.
            SchemaError: if a column tells another value than the file's path.
        """
        table = read_csv(path, *(column.name for column in self.columns))
        if table.empty:
            raise DatasetError(path, "the table has no rows")
        for column in self.columns:
            if not column.word and table[column.name].dtype.kind not in "iuf":
                raise DatasetError(path, f"column '{column.name}' holds what is not a number")
        for name, value in self._told_by(path).items():
            found = {str(item) for item in table[name]} if name in table.columns else {value}
            if found != {value}:
                raise SchemaError(
                    path, f"column '{name}' holds {', '.join(sorted(found))}: not of this place"
                )
        return table

    def _told_by(self, path: str | Path) -> dict[str, str]:
        """What the path, or that of a folder below, says about the contents (`N6` as N = 6)."""
        folder, _, name = self.path.rpartition("/")
        parts = re.split(r"\{(\w+)[^}]*\}", f"{folder}(/.+)?/{name}")
        pattern = "".join(f"(?P<{p}>[^/]+)" if k % 2 else p for k, p in enumerate(parts))
        found = re.search(f"(^|/){pattern}$", Path(path).as_posix())
        return found.groupdict() if found else {}


SEAL = 512
"""Bytes before the HDF5 proper (its user block) that hold the checksum of all that follows.

The HDF5 library may loop for ever on a damaged file, so none is given to it.
"""
_SEAL_BEGINS = b"spinlearn sha256 "


def _seal(digest: str) -> bytes:
    return (_SEAL_BEGINS + digest.encode() + b"\n").ljust(SEAL, b"\0")


def _check_seal(path: Path) -> None:
    """Hold a file against its checksum.

    Raises:
        CorruptFileError: if it is not what was written, is no HDF5 file, or cannot be read.
        SchemaError: if it is an HDF5 file without a checksum.
    """
    try:
        with path.open("rb") as file:
            seal = file.read(SEAL)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CorruptFileError(path, f"cannot be read ({error})") from None
    if seal == _seal(digest):
        return
    if seal.startswith(_SEAL_BEGINS):
        raise CorruptFileError(
            path, "not what was written (checksum): damaged, truncated or altered"
        )
    if seal.startswith(b"\x89HDF\r\n"):
        raise SchemaError(path, "a foreign HDF5 file, or one of an older version: no checksum")
    raise CorruptFileError(path, "not a readable HDF5 file: empty, truncated or foreign")


def _stored(path: Path, file: h5py.File, dataset: Dataset) -> np.ndarray:
    """One dataset, of the type that the schema states."""
    stored = file[dataset.name]
    if not isinstance(stored, h5py.Dataset) or stored.shape is None:
        raise DatasetError(path, f"'{dataset.name}' is no dataset, or an empty one")
    array = np.asarray(stored[()])
    if array.dtype != np.dtype(dataset.dtype):
        raise DatasetError(
            path,
            f"dataset '{dataset.name}' is of type {array.dtype}, expected {dataset.dtype}",
        )
    return array


def existing_file(path: str | Path) -> Path:
    """The path, if a file is there.

    Raises:
        MissingFileError: if there is nothing.
        CorruptFileError: if a folder is in its place, or one above it cannot be entered.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise CorruptFileError(path, "a folder is in its place; move it away")
        if not path.is_file():
            raise MissingFileError(path, "the file does not exist")
    except PermissionError as error:
        raise CorruptFileError(path, f"cannot be read ({error})") from None
    return path


def place(path: str | Path) -> str | None:
    """Where a file belongs in the results: its path below the folder `results`, if it is there.

    >>> place("/data/results/mbl/disorder/0000.h5"), place("0000.h5")
    ('mbl/disorder/0000.h5', None)
    """
    found = re.search(r".*(?:^|/)results/(.+)", Path(path).as_posix())
    return found[1] if found else None


def check_place(path: str | Path, written_for: str | None) -> None:
    """Refuse an intact file that belongs elsewhere in the results: swapped, copied or renamed.

    Args:
        path: the file.
        written_for: its `place` when it was written, if it says so.

    Raises:
        SchemaError: if both places are known and differ.
    """
    here = place(path)
    if here and written_for and here != written_for:
        raise SchemaError(path, f"it belongs at results/{written_for}: put here by mistake?")


def provenance() -> dict[str, Any]:
    """What made a file: this library's version, the git commit and the package versions."""
    return {"spinlearn": __version__, "git_commit": git_commit(), "packages": _package_versions()}


@lru_cache(maxsize=1)
def _package_versions() -> dict[str, str]:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _storable(value: Any) -> Any:
    if isinstance(value, bool | int | float | str | np.generic):
        return value
    return json.dumps(value, sort_keys=True)


def _restored(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _around_partial(path: Path) -> tuple[str, str]:
    """How the name of a temporary file of `path` begins and ends."""
    return f".{path.stem}.", f".partial{path.suffix}"


def partial_files(path: str | Path) -> list[Path]:
    """Temporary files of `path` that processes have left which were killed while they wrote."""
    path = Path(path)
    prefix, suffix = (glob.escape(part) for part in _around_partial(path))
    return sorted(path.parent.glob(f"{prefix}*{suffix}"))


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path`, flushed and renamed onto it when the block ends well.

    Raises:
        UnwritableError: if the folder does not exist and cannot be made, or if it or the file
            cannot be written to; an `OSError` inside the block counts as that.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        prefix, suffix = _around_partial(path)
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=path.parent)
    except OSError as error:
        raise UnwritableError(path.parent, error) from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb+") as written:
            os.fsync(written.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        os.replace(temporary, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise UnwritableError(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: str | Path, content: bytes | memoryview) -> None:
    """Write a file, whole or not at all."""
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    write_bytes(path, text.encode())


def write_csv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write a tidy table, whole or not at all; numbers with 10 significant digits.

    An empty line, which readers of CSV skip, ends it: so a table that was cut is known by its end,
    even where it was cut between two lines.
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
