"""Storage: round trips, named errors, atomic writes."""

import errno
import hashlib
import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from spinlearn.workflow import storage

from spinlearn.pipeline.errors import (
    CorruptFileError,
    DatasetError,
    FileError,
    MissingFileError,
    SchemaError,
    UnwritableError,
)
from spinlearn.storage.hdf5 import Dataset, Schema

KIND = Schema(
    name="test/kind",
    version=2,
    path="results/test/{x}.h5",
    description="A file for tests",
    datasets=(
        Dataset("energy", ("energy",), "J", "a grid"),
        Dataset("weight", ("realisation", "energy"), "1", "a table"),
        Dataset("pair", ("realisation", "2"), "J", "two numbers a row"),
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
    content = path.read_bytes()[storage.SEAL :]
    digest = hashlib.sha256(content).hexdigest()
    path.write_bytes(f"spinlearn sha256 {digest}\n".encode().ljust(storage.SEAL, b"\0") + content)


def test_round_trip_with_units_dimensions_and_provenance(tmp_path):
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


def test_equal_contents_are_equal_bytes(tmp_path):
    assert written(tmp_path / "a.h5").read_bytes() == written(tmp_path / "b.h5").read_bytes()


def test_a_part_can_be_read(tmp_path):
    contents = KIND.read(written(tmp_path / "a.h5"), "energy")
    assert set(contents.arrays) == {"energy"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weight": np.ones((3, 5))}, "length 5 along 'energy', but 'energy' says 4"),
        ({"pair": np.ones((3, 3))}, "length 3 along '2', but the schema says 2"),
        ({"weight": np.ones(3)}, "expected axes (realisation, energy)"),
        ({"energy": np.array([0, 1, np.nan, 3])}, "1 values that are not finite"),
        ({"stranger": np.ones(1)}, "'stranger' is not part of schema"),
    ],
)
def test_writing_checks_shape_and_finiteness(tmp_path, changes, words):
    with pytest.raises(DatasetError) as caught:
        written(tmp_path / "a.h5", **changes)
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nan_is_allowed_where_the_schema_says_so(tmp_path):
    path = written(tmp_path / "a.h5", notes=np.array([np.nan, 1, 2]))
    assert np.isnan(KIND.read(path)["notes"][0])


def test_missing_dataset_and_attribute(tmp_path):
    incomplete = arrays()
    del incomplete["pair"]
    with pytest.raises(DatasetError, match="'pair' is missing"):
        KIND.write(tmp_path / "a.h5", incomplete, {"h": 0.5})
    with pytest.raises(SchemaError, match="attribute 'h'"):
        KIND.write(tmp_path / "a.h5", arrays(), {})


def test_reading_names_the_file_and_the_command(tmp_path):
    path = tmp_path / "a.h5"
    with pytest.raises(MissingFileError, match="snakemake --cores 1 --force"):
        KIND.read(path)

    path.write_bytes(b"")
    with pytest.raises(CorruptFileError, match="empty, truncated or foreign"):
        KIND.read(path)

    path.write_text("not HDF5 at all " * 100)
    with pytest.raises(CorruptFileError, match=r"a\.h5"):
        KIND.read(path)

    written(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(CorruptFileError):
        KIND.read(path)

    with h5py.File(path, "w") as file:
        file["energy"] = np.ones(3)
    with pytest.raises(SchemaError, match="foreign HDF5 file, or one of an older version"):
        KIND.read(path)


def test_reading_refuses_another_version_and_damaged_contents(tmp_path):
    path = written(tmp_path / "a.h5")
    with altered(path) as file:
        file.attrs["schema_version"] = 1
    with pytest.raises(SchemaError, match="version 2 expected, found 1"):
        KIND.read(path)

    written(path)
    with altered(path) as file:
        file["weight"][0, 0] = np.inf
    with pytest.raises(DatasetError, match="'weight' holds 1 values"):
        KIND.read(path)

    written(path)
    with altered(path) as file:
        del file["pair"]
    with pytest.raises(DatasetError, match="'pair' is missing"):
        KIND.read(path)


def test_damage_inside_a_compressed_dataset_is_a_named_error(tmp_path):
    path = tmp_path / "a.h5"
    noise = np.random.default_rng(0).integers(0, 4, (2000, 6))
    written(path, outcomes=noise)
    with h5py.File(path) as file:
        offset = file["outcomes"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[offset + 10 : offset + 100] = bytes(90)
    path.write_bytes(bytes(data))
    with pytest.raises(CorruptFileError, match="damaged, truncated or altered"):
        KIND.read(path)


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
        (replace("energy", None), "no dataset"),
        (replace("energy", h5py.Empty("f8")), "no dataset, or an empty one"),
        (replace("energy", np.arange(4, dtype=np.int32)), "type int32, expected float64"),
        (replace("energy", np.ones(4, dtype=complex)), "type complex128"),
        (replace("energy", np.array([b"a"] * 4)), "type |S1"),
        (replace("outcomes", np.full((5, 6), 9, dtype=np.uint8)), "holds 9, above 3"),
        (lambda file: file.attrs.__delitem__("h"), "attribute 'h'"),
        (lambda file: file.attrs.__setitem__("schema_version", "abc"), "found abc"),
        (lambda file: file.attrs.__setitem__("schema", "test/other"), "found 'test/other'"),
    ],
)
def test_what_was_replaced_is_noticed_and_named(tmp_path, damage, words):
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
def test_what_another_program_changed_is_noticed(tmp_path, change):
    path = written(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(CorruptFileError, match="damaged, truncated or altered"):
        KIND.read(path)


def test_a_flipped_bit_or_a_cut_is_noticed_wherever_it_is(tmp_path, monkeypatch):
    """And the HDF5 library, which may loop for ever on such a file, never sees it."""
    path = written(tmp_path / "a.h5")
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    assert len(whole) > 5000
    monkeypatch.setattr(storage.h5py, "File", None)
    for place in (*range(storage.SEAL), *rng.integers(len(whole), size=2000)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with pytest.raises(CorruptFileError, match=re.escape(str(path))):
            KIND.read(path)
    for length in rng.integers(len(whole), size=200):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError), KIND.open(path):
            pass


def test_a_failed_write_leaves_the_old_file_and_no_debris(tmp_path):
    path = tmp_path / "a.txt"
    storage.write_text(path, "old")

    def interrupted():
        with storage.atomic(path) as temporary:
            temporary.write_text("half of the ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_a_named_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnwritableError, match="cannot be written to"):
        storage.write_text(tmp_path / "file/below/a.txt", "text")


def test_files_are_readable_by_others_as_umask_says(tmp_path):
    path = tmp_path / "a.txt"
    storage.write_text(path, "text")
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_csv_round_trip_and_named_errors(tmp_path):
    path = tmp_path / "a.csv"
    table = pd.DataFrame({"h": [0.1, 1 / 3], "name": ["a", "b"]})
    storage.write_csv(path, table)
    read = storage.read_csv(path, "h", "name")
    np.testing.assert_allclose(read.h, table.h, rtol=1e-9)
    with pytest.raises(DatasetError, match="column 'error' is missing"):
        storage.read_csv(path, "error")
    whole = path.read_text()
    assert whole.endswith("\n\n")
    short = whole[: whole.rindex(",")]
    lines = whole.splitlines(keepends=True)
    between_two_lines = ["".join(lines[:count]) for count in (1, 2, 3)]
    for cut in (whole[:-1], short, short + "\n", short + "\n\n", "", *between_two_lines):
        path.write_text(cut)
        with pytest.raises(CorruptFileError):
            storage.read_csv(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorruptFileError):
        storage.read_csv(path)
    with pytest.raises(MissingFileError):
        storage.read_csv(Path(tmp_path / "b.csv"))


def test_a_table_has_the_columns_of_its_kind_in_order(tmp_path):
    columns = (storage.Column("h", "J", "field"), storage.Column("r", "1", "gap ratio"))
    kind = storage.Table("mbl/table", "results/mbl/table.csv", "a row a field", columns)
    path = tmp_path / "a.csv"
    kind.write(path, pd.DataFrame({"r": [0.4], "h": [2.0]}))
    assert path.read_text().splitlines()[0] == "h,r"
    assert kind.read(path).r.tolist() == [0.4]
    with pytest.raises(DatasetError, match="expected"):
        kind.write(path, pd.DataFrame({"h": [2.0]}))
    path.write_text("h\n2.0\n\n")
    with pytest.raises(DatasetError, match="column 'r' is missing"):
        kind.read(path)
    path.write_text("h,r\n\n")
    with pytest.raises(DatasetError, match="no rows"):
        kind.read(path)


def test_a_disk_that_is_full_is_a_named_error_and_leaves_no_debris(tmp_path, monkeypatch):
    """As the system tells it when the data are to reach the disk."""
    path = tmp_path / "results/a.h5"
    written(path)
    whole = path.read_bytes()

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(UnwritableError) as caught:
        written(path, energy=np.ones(4))
    message = str(caught.value)
    assert message.startswith(f"{path}: cannot be written to (No space left on device).\n")
    assert "Make room and give the same command again" in message
    assert path.read_bytes() == whole
    assert [item.name for item in path.parent.iterdir()] == ["a.h5"]


def test_an_intact_file_in_the_place_of_another_is_refused(tmp_path):
    path, other = tmp_path / "results/test/1.h5", tmp_path / "results/test/2.h5"
    written(path)
    shutil.copyfile(path, other)
    with pytest.raises(SchemaError, match=r"2\.h5: it belongs at results/test/1\.h5"):
        KIND.read(other)
    # Results may be moved as a whole, and a file may be taken out of them.
    for fine in (tmp_path / "elsewhere/results/test/1.h5", tmp_path / "copy.h5"):
        fine.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, fine)
        assert KIND.read(fine)["energy"].size == 4


def test_a_table_is_refused_where_it_does_not_agree_with_its_path(tmp_path):
    columns = (
        storage.Column("N", "sites", "length"),
        storage.Column("name", "1", "a name", word=True),
    )
    kind = storage.Table("test/table", "results/test/N{N}/table.csv", "a row", columns)
    table = pd.DataFrame({"N": [6, 6], "name": ["a", "b"]})
    for fine in ("results/test/N6/table.csv", "results/test/N6/below/table.csv", "table.csv"):
        kind.write(tmp_path / fine, table)
        assert list(kind.read(tmp_path / fine).name) == ["a", "b"]
    for wrong in ("results/test/N3/table.csv", "results/test/N3/below/table.csv"):
        kind.write(tmp_path / wrong, table)
        with pytest.raises(SchemaError, match="column 'N' holds 6: not of this place"):
            kind.read(tmp_path / wrong)
    storage.write_csv(tmp_path / "a.csv", pd.DataFrame({"N": ["6", "six"], "name": ["a", "b"]}))
    with pytest.raises(DatasetError, match="column 'N' holds what is not a number"):
        kind.read(tmp_path / "a.csv")


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    for read in (KIND.read, storage.read_csv):
        with pytest.raises(CorruptFileError, match="a folder is in its place"):
            read(tmp_path)
