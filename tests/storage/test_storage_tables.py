"""CSV tables: declared columns, ten digits, a named error for what is damaged."""

import numpy as np
import pandas as pd
import pytest

from spinlearn.pipeline.errors import CorruptFileError, DatasetError, MissingFileError
from spinlearn.storage.tables import Column, Table, read_csv, write_csv

KIND = Table(
    "mbl/table",
    "results/mbl/table.csv",
    "one row per field",
    (Column("h", "J", "field"), Column("r", "1", "gap ratio"), Column("name", "1", "", word=True)),
)
TABLE = pd.DataFrame({"name": ["a", "b, c", "d"], "r": [0.4, 1 / 3, np.nan], "h": [1, 2, 3]})


def test_table_comes_back_with_its_columns_in_order(tmp_path):
    path = tmp_path / "results/a.csv"
    KIND.write(path, TABLE)
    assert path.read_text().splitlines()[0] == "h,r,name"
    read = KIND.read(path)
    # Ten significant digits are written: half a unit of the tenth, relative to 0.33, is 1.5e-10.
    np.testing.assert_allclose(read.r, TABLE.r, rtol=2e-10)
    assert read.name.tolist() == TABLE.name.tolist()
    assert read.h.tolist() == [1, 2, 3]


def test_second_round_trip_changes_nothing(tmp_path):
    one, two = tmp_path / "1.csv", tmp_path / "2.csv"
    write_csv(one, TABLE)
    write_csv(two, read_csv(one))
    assert one.read_bytes() == two.read_bytes()


def test_other_columns_are_not_written(tmp_path):
    for table in (TABLE.drop(columns="r"), TABLE.assign(x=1)):
        with pytest.raises(DatasetError, match="expected"):
            KIND.write(tmp_path / "a.csv", table)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h,name\n2.0,a\n\n", "column 'r' is missing"),
        ("h,r,name\n\n", "no rows"),
        ("h,r,name\n2.0,high,a\n\n", "column 'r' holds a value that is not a number"),
    ],
)
def test_other_columns_are_not_read(tmp_path, text, words):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(DatasetError, match=words):
        KIND.read(path)


def test_cut_is_noticed_wherever_it_is(tmp_path):
    path = tmp_path / "a.csv"
    KIND.write(path, TABLE)
    whole = path.read_text()
    for length in range(len(whole)):
        path.write_text(whole[:length])
        with pytest.raises(CorruptFileError):
            KIND.read(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\0", b"h,r\n1,2,3\n\n", b'h\n"1\n\n', b"\n\n"])
def test_malformed_tables_are_named(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"a\.csv"):
        read_csv(path)


def test_missing_table_and_folder_are_named(tmp_path):
    with pytest.raises(MissingFileError):
        read_csv(tmp_path / "b.csv")
    with pytest.raises(CorruptFileError, match="a folder is in its place"):
        read_csv(tmp_path)
