"""What a file is, and what is wrong with it: the command `spinlearn check`."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from spinlearn.config import load
from spinlearn.datasets.idx import MAGIC, shape_of
from spinlearn.datasets.own import read_strings
from spinlearn.mbl.own_fields import read_fields
from spinlearn.pipeline.config_files import read_config_file
from spinlearn.pipeline.content import read_content
from spinlearn.pipeline.errors import FileError, UserFileError
from spinlearn.results import schema_of
from spinlearn.tfi.own_outcomes import read_outcomes


def check(path: str | Path) -> str:
    """What a file is, as text: one line per use that it has.

    Raises:
        UserFileError: if it has none; the message gives the reason for every use.
        ConfigError: if it is a configuration with faults.
        FileError: if it is a damaged file of spinlearn.
    """
    path = Path(path)
    if path.suffix.lower() in (".yaml", ".yml", ".json"):
        return _configuration(path)
    read_content(path)
    if "ubyte" in path.name:
        return _idx(path)
    lines = [_kind(path)] if path.suffix.lower() in (".h5", ".hdf5") else []
    uses, faults = [], []
    for name, describe in READERS.items():
        try:
            uses.append(f"{path}: {describe(path)} (for {name})")
        except UserFileError as error:
            faults.append(f"  not for {name}: {error}")
    if not uses and not lines:
        raise UserFileError(path, "\n".join(["cannot be used", *faults]))
    return "\n".join([*lines, *uses, *faults])


def _configuration(path: Path) -> str:
    """A configuration, or an overlay of the default one."""
    values = read_config_file(path)
    load(values)
    return (
        f"{path}: a configuration, without faults over the default one; it sets {', '.join(values)}"
    )


def _strings(path: Path) -> str:
    data = read_strings(path)
    kind = "samples" if data.form == "samples" else "strings with probabilities"
    ones = float(data.probability[0] @ data.strings.mean(axis=1))
    note = "; counts are normalised" if "counts" in data.source else ""
    return f"{len(data.strings)} {kind} of {data.n} bits, on average {ones:.1%} ones{note}"


def _fields(path: Path) -> str:
    own = read_fields(path)
    rows, sites = own.fields.shape
    known = np.isfinite(own.h).all()
    strengths = f"h = {own.h.min():g} to {own.h.max():g}" if known else "without h"
    return f"{rows} disorder vectors of {sites} sites, {strengths}"


def _outcomes(path: Path) -> str:
    own = read_outcomes(path)
    samples, sites = own.outcomes.shape
    return f"{samples} strings of {sites} POVM outcomes at given {', '.join(own.names)}"


READERS: dict[str, Callable[[Path], str]] = {
    "datasets.files": _strings,
    "mbl.fields_files": _fields,
    "tfi.outcomes_files": _outcomes,
}
"""How a file is described for each setting that takes one."""


def _idx(path: Path) -> str:
    shape = shape_of(path)
    size = " x ".join(map(str, shape))
    return (
        f"{path}: IDX file of {size} bytes (datasets.mnist_folder), magic {MAGIC[len(shape)]:#06x}"
    )


def _kind(path: Path) -> str:
    """The kind of a file of spinlearn, checked against its checksum and its schema."""
    found = schema_of(path)
    try:
        contents = found.read(path)
    except FileError as error:
        raise UserFileError(path, error.what) from None
    shapes = ", ".join(f"{name} {array.shape}" for name, array in contents.arrays.items())
    return f"{path}: {found.description}\n  kind {found.name}, whole and unchanged: {shapes}"
