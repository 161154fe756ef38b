"""Disorder vectors of the user's own: all formats, and what is wrong with a file."""

import numpy as np
import pytest

from spinlearn.mbl.own_fields import read_fields, shape_of
from spinlearn.mbl.schemas import DISORDER
from spinlearn.pipeline.errors import UserFileError

ROWS = [[0.5, -1.0, 2.0, 0.25], [1.0, 1.5, -2.5, 3.0]]


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "h"),
    [
        ("0.5,-1,2,0.25\n1,1.5,-2.5,3\n", [np.nan, np.nan]),
        ("site0,site1,site2,site3,h\n0.5,-1,2,0.25,4\n1,1.5,-2.5,3,5\n", [4.0, 5.0]),
        ("h,1,2,3,4\n4,0.5,-1,2,0.25\n5,1,1.5,-2.5,3\n", [4.0, 5.0]),
    ],
)
def test_csv_files_with_and_without_names(tmp_path, text, h):
    found = read_fields(written(tmp_path / "a.csv", text))
    assert found.fields.tolist() == ROWS
    np.testing.assert_array_equal(found.h, h)


def test_npy_and_hdf5_files(tmp_path):
    np.save(tmp_path / "a.npy", np.array(ROWS))
    assert read_fields(tmp_path / "a.npy").fields.tolist() == ROWS
    about = {"operators": "pauli", "disorder": "uniform", "h": 3.0}
    DISORDER.write(tmp_path / "a.h5", {"fields": np.array(ROWS)}, about)
    found = read_fields(tmp_path / "a.h5")
    assert found.fields.tolist() == ROWS
    assert found.h.tolist() == [3.0, 3.0]
    assert shape_of(tmp_path / "a.h5") == [2, 4]
    DISORDER.write(tmp_path / "b.h5", {"fields": np.array(ROWS)}, {**about, "operators": "spin"})
    with pytest.raises(UserFileError, match="multiply spin operators, the chain has pauli"):
        read_fields(tmp_path / "b.h5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0,1,2,3\n0.5,-1,2,0.25\n", ", line 1: counts the columns; remove it"),
        ("1,2,3,4\n0.5,-1,2,0.25\n", ", line 1: counts the columns; remove it"),
        ("energy,s0,s1,s2,s3\n1,2,3,4,5\n", ": column 'energy' is neither h nor a site"),
        ("s0,s2,s1,s3\n1,2,3,5\n", ": its sites are not numbered in order: s0, s2, s1, s3"),
        ("s0,t1,s2,s3\n1,2,3,5\n", ": its sites are not numbered in order"),
        ("1,2,3\n", ": its vectors have 3 sites"),
        ("1,2\n", ": its vectors have 2 sites"),
        ("# mine\n1,2,3\n4,5,6\n", ", line 2: its vectors have 3 sites; an even number from 4"),
        ("1,2,3,9\n1,2,3\n", ", line 2: has 3 cells, but the first line has 4"),
        ("1,2,3,9\n1,nan,3,4\n", ", line 2: 'nan' is not a finite number"),
        ("1,2,3,9\n1,2,3,1e300\n", ", line 2: a field must be a number up to 1e\\+06"),
        ("1,2,3,9\n1,2,3,4.5\n1,2,3,9\n", ", line 3: repeats the vector of line 1"),
        ("h,s0,s1,s2,s3\n-1,1,2,3,4\n", ", line 2: a disorder strength must not be negative"),
        ("1,2,3,1_0\n1,2,3,4.5\n", ", line 1: names the columns|neither h nor a site"),
    ],
)
def test_faults_name_the_line(tmp_path, text, words):
    with pytest.raises(UserFileError, match=rf"a\.csv.*({words.lstrip()})"):
        read_fields(written(tmp_path / "a.csv", text))


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(UserFileError, match=r"must end in \.csv, \.npy or \.h5"):
        read_fields(written(tmp_path / "a.txt", "1,2,3,4\n"))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 2.0, 3.0, 4.0], [1.0, np.nan, 3.0, 4.0]], ", row 2: a field must be a number"),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], ", row 1: its vectors have 3 sites"),
        ([[1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]], ", row 2: repeats the vector of row 1"),
    ],
)
def test_faults_of_arrays_name_the_row(tmp_path, rows, words):
    np.save(tmp_path / "a.npy", rows)
    with pytest.raises(UserFileError, match=rf"a\.npy{words}"):
        read_fields(tmp_path / "a.npy")
