"""Results as labelled arrays and tables: `spinlearn.results.open`.

>>> from spinlearn import results  # doctest: +SKIP
>>> results.open("results/mbl/indicators/default/L10/h6.00/test/0000.h5")  # doctest: +SKIP
"""

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from spinlearn.pipeline.errors import UserFileError
from spinlearn.storage.files import existing_file
from spinlearn.storage.hdf5 import Contents, Schema, name_of_axis
from spinlearn.storage.tables import Table, read_csv

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def open(path: str | Path) -> "xr.Dataset | pd.DataFrame":
    """One result file, checked: an HDF5 file as xarray's Dataset, a table as pandas' DataFrame.

    In a Dataset each variable has the names of its axes, `units` and a `description`. A variable
    with the name of its own axis is a coordinate. The attributes say how the file was made.

    Raises:
        MissingFileError: if there is no such file.
        CorruptFileError, SchemaError, DatasetError: if it is not what was written.
        UserFileError: if it is of another kind.
    """
    path = existing_file(path)
    if path.suffix == ".csv":
        return read_csv(path)
    if path.suffix == ".h5":
        schema = schema_of(path)
        return _labelled(schema, schema.read(path))
    raise UserFileError(
        path,
        "is neither an HDF5 file (.h5) nor a table (.csv) of results; "
        "trained networks are read by `load` of spinlearn.gru and spinlearn.vae",
    )


def kinds(stage: str) -> list[Schema | Table]:
    """The kinds of files that a stage declares; none if there is no such stage.

    They are in the module `spinlearn.<stage>.schemas`, or in the stage's only module.
    """
    package = f"spinlearn.{stage}"
    found = find_spec(package) if stage.isidentifier() else None
    if found is None:
        return []
    name = f"{package}.schemas" if found.submodule_search_locations else package
    if find_spec(name) is None:
        return []
    values = vars(importlib.import_module(name)).values()
    return [value for value in values if isinstance(value, Schema | Table)]


def schema_of(path: Path) -> Schema:
    """The kind of an HDF5 file, which it states; its name begins with that of its stage.

    Raises:
        UserFileError: if it is not readable, or of no known kind.
    """
    try:
        with h5py.File(path, "r") as file:
            kind = str(file.attrs.get("schema", ""))
    except OSError as error:
        raise UserFileError(path, f"is not a readable HDF5 file ({error})") from None
    for found in kinds(kind.partition("/")[0]):
        if isinstance(found, Schema) and found.name == kind:
            return found
    raise UserFileError(path, f"is an HDF5 file of kind {kind!r}, unknown to spinlearn")


def _labelled(schema: Schema, contents: Contents) -> "xr.Dataset":
    import xarray as xr

    variables = {}
    for dataset in schema.datasets:
        if dataset.name in contents:
            values = contents[dataset.name]
            texts = np.char.decode(values) if values.dtype.kind == "S" else values
            about = {"units": dataset.unit, "description": dataset.description}
            variables[dataset.name] = ([name_of_axis(dim) for dim in dataset.dims], texts, about)
    attributes: dict[str, Any] = contents.attributes
    return xr.Dataset(variables, attrs=attributes)
