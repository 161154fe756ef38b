"""HDF5 files: round trips, units and axes, a named error for each kind of damage."""

import errno
import hashlib
import os
import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spinlearn.pipeline.digest import FORMAT, OLDER_FORMATS
from spinlearn.pipeline.errors import (
    CorruptFileError,
    DatasetError,
    FileError,
    MissingFileError,
    SchemaError,
    UnwritableError,
)
from spinlearn.storage.hdf5 import SEAL, Dataset, Schema

KIND = Schema(
    name="test/kind",
    version=2,
    path="results/test/{x}.h5",
    description="A file for tests",
    datasets=(
        Dataset("energy", ("energy",), "J", "a grid"),
        Dataset("weight", ("realisation", "energy"), "1", "a table"),
        Dataset("pair", ("realisation", "2"), "J", "two numbers per row"),
        Dataset(
            "outcomes", ("sample", "site"), "1", "labels", dtype="uint8", compress=True, at_most=3
        ),
        Dataset(
            "notes",
            ("realisation",),
            "1",
            "may be absent, may be NaN",
            optional=True,
            allow_nan=True,
        ),
    ),
    attributes={"h": "a strength"},
)


def arrays(R=3, E=4):
    return {
        "energy": np.linspace(0, 1, E),
        "weight": np.arange(R * E, dtype=float).reshape(R, E),
        "pair": np.ones((R, 2)),
        "outcomes": np.full((5, 6), 3),
    }


def written(path, **changes):
    KIND.write(path, {**arrays(), **changes}, {"h": 0.5, "parameters": {"b": [1, 2], "a": None}})
    return path


@contextmanager
def altered(path):
    """The file, open to be changed; its checksum is put right, as another version's would be."""
    with h5py.File(path, "r+") as file:
        yield file
    content = path.read_bytes()[SEAL:]
    digest = hashlib.sha256(content).hexdigest()
    path.write_bytes(f"spinlearn sha256 {digest}\n".encode().ljust(SEAL, b"\0") + content)


def test_files_of_an_older_format_are_read(tmp_path):
    path = written(tmp_path / "file.h5")
    for older in OLDER_FORMATS:
        with altered(path) as file:
            file.attrs["format"] = older
            if "site" in file:
                file["outcomes"].dims[1].detach_scale(file["site"])
                del file["site"]
        np.testing.assert_array_equal(KIND.read(path)["outcomes"], arrays()["outcomes"])


def test_arrays_come_back_with_units_dimensions_and_provenance(tmp_path):
    path = written(tmp_path / "deep/er/file.h5")
    contents = KIND.read(path)
    for name, array in arrays().items():
        np.testing.assert_array_equal(contents[name], array)
    assert contents["outcomes"].dtype == np.uint8
    assert contents.attributes["parameters"] == {"b": [1, 2], "a": None}
    assert contents.attributes["packages"]["numpy"] == np.__version__
    assert contents.attributes["h"] == 0.5
    assert "git_commit" in contents.attributes
    with h5py.File(path) as file:
        assert file["weight"].attrs["units"] == "1"
        assert file["weight"].attrs["description"] == "a table"
        assert [dim.label for dim in file["weight"].dims] == ["realisation", "energy"]
        assert file["weight"].dims[1][0] == file["energy"]
        assert file["outcomes"].compression == "gzip"
    assert set(KIND.read(path, "energy").arrays) == {"energy"}


def test_equal_contents_are_equal_bytes_and_may_be_read_anywhere(tmp_path):
    one, two = written(tmp_path / "results/test/a.h5"), written(tmp_path / "b.h5")
    assert one.read_bytes() == two.read_bytes()
    assert KIND.read(two)["energy"].size == 4


@given(
    array=st.sampled_from(["float64", "float32", "complex128", "int64", "uint8", "bool"]).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(max_dims=2, min_side=0, max_side=4))
    ),
    compress=st.booleans(),
)
def test_arrays_come_back_to_the_last_bit(array, compress):
    dims = ("row", "column")[: array.ndim]
    dataset = Dataset("x", dims, "1", "x", str(array.dtype), allow_nan=True, compress=compress)
    kind = Schema("test/any", 1, "", "any array", (dataset,))
    with tempfile.TemporaryDirectory() as folder:
        kind.write(Path(folder) / "a.h5", {"x": array}, {})
        back = kind.read(Path(folder) / "a.h5")["x"]
    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": np.ones((3, 5))}, "length 5 along 'energy', but 'energy' says 4"),
        ({"pair": np.ones((3, 3))}, "length 3 along '2', but the schema says 2"),
        ({"weight": np.ones(3)}, "expected axes (realisation, energy)"),
        ({"energy": np.array([0, 1, np.nan, 3])}, "1 values that are not finite"),
        ({"stranger": np.ones(1)}, "'stranger' is not part of schema"),
        ({"outcomes": np.full((5, 6), 4)}, "holds 4, above 3"),
        ({"outcomes": np.full((5, 6), 256)}, "holds numbers that uint8 cannot hold"),
        ({"outcomes": np.full((5, 6), 0.5)}, "holds numbers that uint8 cannot hold"),
    ],
)
def test_write_refuses_arrays_that_the_schema_does_not_allow(tmp_path, changes, words):
    with pytest.raises(DatasetError) as caught:
        written(tmp_path / "a.h5", **changes)
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nan_is_allowed_where_the_schema_says_so(tmp_path):
    path = written(tmp_path / "a.h5", notes=np.array([np.nan, 1, 2]))
    assert np.isnan(KIND.read(path)["notes"][0])


def test_missing_dataset_and_attribute_are_not_written(tmp_path):
    incomplete = arrays()
    del incomplete["pair"]
    with pytest.raises(DatasetError, match="'pair' is missing"):
        KIND.write(tmp_path / "a.h5", incomplete, {"h": 0.5})
    with pytest.raises(SchemaError, match="attribute 'h'"):
        KIND.write(tmp_path / "a.h5", arrays(), {})
    assert list(tmp_path.iterdir()) == []


def test_full_disk_is_named_and_keeps_the_old_file(tmp_path, monkeypatch):
    path = written(tmp_path / "results/a.h5")
    whole = path.read_bytes()

    def fail(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnwritableError, match="No space left on device"):
        written(path, energy=np.ones(4))
    assert path.read_bytes() == whole
    assert os.listdir(path.parent) == ["a.h5"]


def test_error_names_the_file_and_the_command_that_remakes_it(tmp_path):
    path = tmp_path / "a b.h5"
    with pytest.raises(MissingFileError) as caught:
        KIND.read(path)
    assert str(caught.value).startswith(f"{path}: the file does not exist\n  To remake it")


@pytest.mark.parametrize("content", [b"", b"not HDF5 at all " * 100])
def test_file_that_is_not_hdf5_is_named(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"a\.h5: not a readable HDF5 file"):
        KIND.read(tmp_path / "a.h5")


def test_folder_in_the_place_of_a_file_is_named(tmp_path):
    with pytest.raises(CorruptFileError, match="a folder is in its place"):
        KIND.read(tmp_path)


def test_file_without_a_checksum_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["energy"] = np.ones(3)
    with pytest.raises(SchemaError, match="another program, or by an older version: no checksum"):
        KIND.read(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("schema", "test/other", "expected a file of kind 'test/kind', found 'test/other'"),
        ("schema_version", 1, f"(format {FORMAT}.1, this one reads {FORMAT}.2)"),
        ("schema_version", "abc", f"(format {FORMAT}.abc, this one reads {FORMAT}.2)"),
        ("format", FORMAT + 1, f"(format {FORMAT + 1}.2, this one reads {FORMAT}.2)"),
        ("format", None, f"(format 1.2, this one reads {FORMAT}.2)"),
        ("h", None, "attribute 'h' of schema 'test/kind' is missing"),
    ],
)
def test_file_of_another_kind_or_version_is_refused_in_one_line(tmp_path, attribute, value, words):
    path = written(tmp_path / "a.h5")
    with altered(path) as file:
        if value is None:
            del file.attrs[attribute]
        else:
            file.attrs[attribute] = value
    with pytest.raises(SchemaError) as caught:
        KIND.read(path)
    first, command = str(caught.value).splitlines()
    assert first.startswith(f"{path}: ")
    assert first.endswith(words)
    assert "To remake it" in command


def replace(name, value):
    def damage(file):
        del file[name]
        if value is not None:
            file[name] = value
        else:
            file.create_group(name)

    return damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (replace("energy", None), "is not a dataset"),
        (replace("energy", h5py.Empty("f8")), "is not a dataset, or is empty"),
        (replace("energy", np.arange(4, dtype=np.int32)), "type int32, expected float64"),
        (replace("energy", np.ones(4, dtype=complex)), "type complex128"),
        (replace("energy", np.array([b"a"] * 4)), "type |S1"),
        (replace("energy", np.array([0, 1, np.inf, 2])), "'energy' holds 1 values"),
        (replace("outcomes", np.full((5, 6), 9, dtype=np.uint8)), "holds 9, above 3"),
        (lambda file: file.__delitem__("pair"), "'pair' is missing"),
    ],
)
def test_dataset_that_was_replaced_is_named(tmp_path, damage, words):
    path = written(tmp_path / "a.h5")
    with altered(path) as file:
        damage(file)
    with pytest.raises(FileError) as caught:
        KIND.read(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.attrs.__setitem__("h", np.float32(0.5)),
        lambda file: file["energy"].attrs.__setitem__("units", "eV"),
        lambda file: file["energy"].__setitem__(0, 0.25),
    ],
)
def test_changes_by_another_program_are_noticed(tmp_path, change):
    path = written(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(CorruptFileError, match="damaged, truncated or altered"):
        KIND.read(path)


def test_damage_and_cuts_are_noticed_wherever_they_are(tmp_path, monkeypatch):
    """And the HDF5 library, which may loop for ever on such a file, never sees it."""
    path = written(tmp_path / "a.h5")
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    assert len(whole) > 5000
    monkeypatch.setattr(h5py, "File", None)
    for place in (*range(SEAL), *rng.integers(len(whole), size=1000)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with pytest.raises(CorruptFileError, match=re.escape(str(path))):
            KIND.read(path)
    for length in rng.integers(len(whole), size=200):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError):
            KIND.read(path)
