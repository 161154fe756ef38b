"""HDF5 files: described, versioned, written whole or not at all, read with checks.

A `Schema` states what a kind of file holds. `Schema.write` writes a temporary file beside the
target, flushes it to disk and renames it. `Schema.read` compares the whole file with the checksum
at its beginning, then checks the kind, the version, every shape and that every number is finite. An
error names the file, the dataset and the command that remakes the file. Every file contains its
units, descriptions, parameters and provenance.
"""

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from spinlearn.pipeline.digest import FORMAT, OLDER_FORMATS
from spinlearn.pipeline.errors import CorruptFileError, DatasetError, SchemaError
from spinlearn.pipeline.provenance import provenance
from spinlearn.storage.files import existing_file, write_bytes


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
        if name not in self.arrays:
            raise DatasetError(self.path, f"dataset '{name}' is missing")
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
            DatasetError: if an array is missing, unknown, of a wrong shape or not finite, or if the
                dataset's type cannot hold its numbers.
            SchemaError: if an attribute is missing.
            UnwritableError: if it cannot be written, for example on a full disk.
        """
        path = Path(path)
        known = {dataset.name for dataset in self.datasets}
        if unknown := [name for name in arrays if name not in known]:
            raise DatasetError(path, f"dataset '{unknown[0]}' is not part of schema '{self.name}'")
        self._check_attributes(path, attributes)
        present = [dataset for dataset in self.datasets if dataset.name in arrays]
        checked = {d.name: _converted(path, d, arrays[d.name]) for d in present}
        self._check_complete(path, checked)
        self._check_arrays(path, checked)
        # The file is made in memory: on a full disk HDF5 cannot close a file, and crashes.
        image = io.BytesIO()
        with h5py.File(image, "w", track_order=False, userblock_size=SEAL) as file:
            file.attrs["schema"] = self.name
            file.attrs["schema_version"] = self.version
            file.attrs["format"] = FORMAT
            file.attrs["description"] = self.description
            for name, value in {**provenance(), **attributes}.items():
                file.attrs[name] = _storable(value)
            for dataset in present:
                self._write_dataset(file, dataset, checked[dataset.name])
            self._attach_scales(file, checked)
        content = image.getbuffer()
        content[:SEAL] = _seal(hashlib.sha256(content[SEAL:]).hexdigest())
        write_bytes(path, content)

    def read(self, path: str | Path, *names: str) -> Contents:
        """Read one file, all of its datasets or those named, and check what is read.

        Raises:
            MissingFileError: if there is no such file.
            CorruptFileError: if it is not what was written, or not an HDF5 file.
            SchemaError: if it is of another kind or version.
            DatasetError: if a dataset is missing, of a wrong shape or not finite.
        """
        path = Path(path)
        with self.open(path) as file:
            present = {dataset.name: dataset for dataset in self.datasets if dataset.name in file}
            self._check_complete(path, present)
            wanted = [dataset for name, dataset in present.items() if not names or name in names]
            arrays = {dataset.name: _stored(path, file, dataset) for dataset in wanted}
            attributes = {name: _restored(value) for name, value in file.attrs.items()}
        self._check_arrays(path, arrays)
        return Contents(path, arrays, attributes)

    @contextmanager
    def open(self, path: str | Path) -> Iterator[h5py.File]:
        """Open one file of this kind after comparing it with its checksum; raises as `read`."""
        path = existing_file(path)
        _check_seal(path)
        with h5py.File(path, "r") as file:
            kind = str(file.attrs.get("schema", ""))
            names = ("format", "schema_version")
            format_, version = (_restored(file.attrs.get(name, 1)) for name in names)
            if kind != self.name:
                raise SchemaError(path, f"expected a file of kind '{self.name}', found '{kind}'")
            if format_ not in (FORMAT, *OLDER_FORMATS) or version != self.version:
                raise SchemaError(
                    path,
                    f"made by another version of spinlearn (format {format_}.{version}, "
                    f"this one reads {FORMAT}.{self.version})",
                )
            self._check_attributes(path, file.attrs)
            yield file

    def _check_attributes(self, path: Path, attributes: Mapping[str, Any]) -> None:
        if missing := [name for name in self.attributes if name not in attributes]:
            raise SchemaError(path, f"attribute '{missing[0]}' of schema '{self.name}' is missing")

    def _check_complete(self, path: Path, present: Mapping[str, Any]) -> None:
        needed = (dataset.name for dataset in self.datasets if not dataset.optional)
        if missing := [name for name in needed if name not in present]:
            raise DatasetError(path, f"dataset '{missing[0]}' is missing")

    def _check_arrays(self, path: Path, arrays: Mapping[str, np.ndarray]) -> None:
        lengths: dict[str, tuple[int, str]] = {}
        for dataset in self.datasets:
            if dataset.name in arrays:
                _check_shape(path, dataset, arrays[dataset.name].shape, lengths)
                _check_values(path, dataset, arrays[dataset.name])

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
        """Give every axis a scale, as netCDF-4 does.

        A one-dimensional dataset with the name of its own axis is the scale of that axis. Any
        other axis has a scale without values.
        """
        present = [dataset for dataset in self.datasets if dataset.name in arrays]
        for dataset in present:
            if dataset.dims == (dataset.name,):
                file[dataset.name].make_scale(dataset.name)
        for dataset in present:
            for axis, dim in enumerate(dataset.dims):
                if dim != dataset.name:
                    scale = _scale(file, dim, arrays[dataset.name].shape[axis])
                    file[dataset.name].dims[axis].attach_scale(scale)


def name_of_axis(dim: str) -> str:
    """The name of an axis for programs that want names to begin with a letter."""
    return f"length_{dim}" if dim.isdigit() else dim


def _scale(file: h5py.File, dim: str, length: int) -> h5py.Dataset:
    """The scale of an axis; if it has no values, a dimension of netCDF-4 that is no variable."""
    name = name_of_axis(dim)
    if name not in file:
        scale = file.create_dataset(name, shape=(length,), dtype=">f4", track_times=False)
        scale.make_scale(f"{NO_VARIABLE}{length:10d}")
    return file[name]


def _check_shape(
    path: Path, dataset: Dataset, shape: tuple[int, ...], lengths: dict[str, tuple[int, str]]
) -> None:
    """Compare a shape with the schema and with the lengths of earlier datasets; add its own."""
    if len(shape) != len(dataset.dims):
        axes = ", ".join(dataset.dims)
        raise DatasetError(
            path, f"dataset '{dataset.name}' has shape {shape}, expected axes ({axes})"
        )
    for dim, length in zip(dataset.dims, shape, strict=True):
        fixed = (int(dim), "the schema") if dim.isdigit() else (length, f"'{dataset.name}'")
        expected, source = lengths.setdefault(dim, fixed)
        if expected != length:
            raise DatasetError(
                path,
                f"dataset '{dataset.name}' has length {length} along '{dim}', "
                f"but {source} says {expected}",
            )


def _check_values(path: Path, dataset: Dataset, array: np.ndarray) -> None:
    if array.dtype.kind in "fc" and not dataset.allow_nan:
        bad = int(np.count_nonzero(~np.isfinite(array)))
        if bad:
            raise DatasetError(
                path, f"dataset '{dataset.name}' holds {bad} values that are not finite"
            )
    if dataset.at_most is not None and array.size and array.max() > dataset.at_most:
        raise DatasetError(
            path, f"dataset '{dataset.name}' holds {array.max()}, above {dataset.at_most:g}"
        )


NO_VARIABLE = "This is a netCDF dimension but not a netCDF variable."
"""How netCDF-4 marks a dimension scale that has no values."""

SEAL = 512
"""Size in bytes of the file's first part (HDF5's user block), with the checksum of the rest.

The checksum is compared first, since the HDF5 library may loop forever on a damaged file.
"""
_SEAL_BEGINS = b"spinlearn sha256 "


def _seal(digest: str) -> bytes:
    return (_SEAL_BEGINS + digest.encode() + b"\n").ljust(SEAL, b"\0")


def _check_seal(path: Path) -> None:
    """Compare a file with its checksum.

    Raises:
        CorruptFileError: if it is not what was written, is not an HDF5 file, or cannot be read.
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
        raise SchemaError(path, "made by another program, or by an older version: no checksum")
    raise CorruptFileError(path, "not a readable HDF5 file: empty, truncated or foreign")


def _converted(path: Path, dataset: Dataset, values: Any) -> np.ndarray:
    """An array of the type that the schema states, with the same numbers."""
    given = np.asarray(values)
    if given.dtype == np.dtype(dataset.dtype):
        return given
    array = given.astype(dataset.dtype)
    if {given.dtype.kind, array.dtype.kind} <= set("biufc"):
        has_nan = given.dtype.kind in "fc"
        if not np.array_equal(array, given, equal_nan=has_nan):
            raise DatasetError(
                path, f"dataset '{dataset.name}' holds numbers that {dataset.dtype} cannot hold"
            )
    return array


def _stored(path: Path, file: h5py.File, dataset: Dataset) -> np.ndarray:
    """One dataset, of the type that the schema states."""
    stored = file[dataset.name]
    if not isinstance(stored, h5py.Dataset) or stored.shape is None:
        raise DatasetError(path, f"'{dataset.name}' is not a dataset, or is empty")
    array = np.asarray(stored[()])
    if array.dtype != np.dtype(dataset.dtype):
        raise DatasetError(
            path,
            f"dataset '{dataset.name}' is of type {array.dtype}, expected {dataset.dtype}",
        )
    return array


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
