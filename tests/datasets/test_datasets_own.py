"""Data sets of the user's own: all formats, and what is wrong with a file, by its line."""

import hashlib
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from spinlearn.datasets.own import bits_of, own, read_strings
from spinlearn.datasets.schemas import DATASET
from spinlearn.datasets.strings import Request, from_dense, save
from spinlearn.pipeline.errors import UserFileError

ROWS = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0]], dtype=np.uint8)
SAMPLED = {0b0110: 2 / 3, 0b1111: 1 / 3}


def dense(n, probabilities):
    """All 2^n probabilities from those that are not zero."""
    found = np.zeros(2**n)
    found[list(probabilities)] = list(probabilities.values())
    return found


@pytest.mark.parametrize(
    ("text", "expected", "form"),
    [
        ("0,1,1,0\n1,1,1,1\n0,1,1,0\n", SAMPLED, "samples"),
        ("0110\n1111\n0110\n", SAMPLED, "samples"),
        ("0.0, 1.0,1e0 ,0\n1,1,1,1\n+0,1,1,0", SAMPLED, "samples"),
        ("# measured in May\n\n0110\r\n1111\r\n\r\n0110", SAMPLED, "samples"),
        ("\ufeff0110\n1111\n0110\n", SAMPLED, "samples"),
        ("string,count\n0110,4\n1111,2\n", SAMPLED, "distribution"),
        ('count,string\n4,"0110"\n2,1111\n0,0000\n', SAMPLED, "distribution"),
        ("string,count\n0110,1e3\n1111,500.0\n", SAMPLED, "distribution"),
        ("string,probability\n0110,0.25\n0001,0.75\n", {6: 0.25, 1: 0.75}, "distribution"),
    ],
)
def test_csv_files_of_every_form(tmp_path, text, expected, form):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8", newline="")
    data = read_strings(path)
    assert data.form == form
    np.testing.assert_allclose(data.target(0), dense(4, expected), rtol=1e-15)
    assert bits_of(path) == 4
    assert "mine.csv" in data.source
    assert ("normalised" in data.source) == ("count" in text)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64, bool])
def test_npy_files_hold_rows_of_bits(tmp_path, dtype):
    np.save(tmp_path / "mine.npy", ROWS.astype(dtype))
    data = read_strings(tmp_path / "mine.npy")
    assert data.form == "samples"
    np.testing.assert_array_equal(data.strings, ROWS)


def test_hdf5_files_of_our_own_kind(tmp_path):
    p = np.random.default_rng(0).dirichlet(np.ones(16), size=3)
    save(tmp_path / "mine.h5", from_dense(p[:1], "elsewhere"), "any", {})
    data = read_strings(tmp_path / "mine.h5")
    np.testing.assert_array_equal(data.target(0), p[0])
    assert data.source == "elsewhere"
    save(tmp_path / "mine.h5", from_dense(p, "elsewhere", [0, 1, 2]), "any", {})
    with pytest.raises(UserFileError, match="take one that all runs share"):
        read_strings(tmp_path / "mine.h5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0,1\n1,1\n# a comment\n1,2\n", ", line 4: a bit must be 0 or 1"),
        ("0,1\n1,-1\n", ", line 2: a bit must be 0 or 1"),
        ("0,1\n1,0.5\n", ", line 2: a bit must be 0 or 1"),
        ("00,1\n01,1\n", ", line 1: a bit must be 0 or 1"),
        ("0,1\n1,nan\n", ", line 2: 'nan' is not a finite number"),
        ("0,1\n1,\n", ", line 2: '' is not a finite number"),
        ("0,1\n\n1,1,1\n", ", line 3: has 3 cells, but the first line has 2"),
        ("0110\n0112\n", ", line 2: a string must consist of 0 and 1"),
        ("0110\n01１0\n", ", line 2: a string must consist of 0 and 1"),
        ("0110\n011\n", ", line 2: its string does not have 4 bits, as the first has"),
        ("0\n1\n10\n", ", line 3: a bit must be 0 or 1"),
        ("0,1,0,o\n1,1,1,1\n", ", line 1: names the columns, as 'o' is not a number"),
        ("string,count\n01,1\n\n10,2\n01,3\n", ", line 5: repeats the string of line 2"),
        ("string,probability\n01,0.5\n01,0.5\n", ", line 3: repeats the string of line 2"),
        ("string,count\n01,1\n10,-2\n", ", line 3: a count must not be negative"),
        ("string,probability\n01,1.5\n10,-0.5\n", ", line 3: a probability must not be negative"),
        ("string,count\n01,1\n10,2.5\n", ", line 3: a count must be a whole number up to 2"),
        ("string,count\n01,1e308\n10,1e308\n", ", line 2: a count must be a whole number up to 2"),
        ("string,count\n01,many\n", ", line 2: 'many' is not a finite number"),
        ("string,count\n01,inf\n", ", line 2: 'inf' is not a finite number"),
        ("string,count\n,5\n", ", line 2: its string is empty"),
        ("string,count\n01,1,2\n", ", line 2: has 3 cells, but the first line has 2"),
        ('string,count\n"01\n10",1\n', ", line 2: is not a line of a CSV file"),
        ("string,count\n01,0\n10,0\n", ": all counts are zero"),
        ("string,probability\n01,0.5\n10,0.4\n", r": the probabilities sum to 0\.9, not to 1"),
        ("string,probability\n01,3\n10,1\n", ": the probabilities sum to 4, .* give counts"),
        ("string,count\n", ": holds no rows below the names"),
        ("", ": is empty"),
        ("\n \n", ": is empty"),
        ("# nothing\n", ": holds no rows"),
        ("bits,count\n01,1\n", ": has the columns bits, count; a data set has string,count or"),
        ("string\n01\n", ": has the columns string; a data set has"),
        ("string,count,probability\n01,1,1\n", ": has the columns string, count, probability;"),
        ("string,string\n01,1\n", ", line 1: names the columns, .* two names are the same"),
    ],
)
def test_faults_of_csv_files_name_the_line(tmp_path, text, words):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserFileError, match=rf"mine\.csv{words}") as caught:
        read_strings(path)
    assert (caught.value.line is not None) == words.startswith(", line")


def test_probabilities_are_not_normalised(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("string,probability\n0,0.3333333\n1,0.6666666\n")
    assert read_strings(path).target(0).tolist() == [0.3333333, 0.6666666]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((2, 2, 2)), "must hold a two-dimensional array of numbers"),
        (np.array([0, 1]), "must hold a two-dimensional array of numbers"),
        (np.array([["0", "1"]]), "must hold a two-dimensional array of numbers"),
        (np.zeros((2, 2), dtype=complex), "must hold a two-dimensional array of numbers"),
        (np.array([[0, "1"]], dtype=object), "is not a readable NPY file"),
        (np.zeros((0, 4)), "holds no numbers"),
        (np.zeros((4, 0)), "holds no numbers"),
        (np.array([[0, 1], [2, 0]]), "row 2: a bit must be 0 or 1"),
        (np.array([[0, 1], [0, np.nan]]), "row 2: a bit must be 0 or 1"),
    ],
)
def test_faults_of_npy_files(tmp_path, array, words):
    np.save(tmp_path / "mine.npy", array)
    with pytest.raises(UserFileError, match=rf"mine\.npy.*{words}"):
        read_strings(tmp_path / "mine.npy")


@pytest.mark.parametrize("size", [3, 60, 130])
def test_truncated_npy_files(tmp_path, size):
    path = tmp_path / "mine.npy"
    np.save(path, ROWS)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(UserFileError, match=r"mine\.npy: is not a readable NPY file"):
        read_strings(path)


def test_archives_of_arrays_are_refused(tmp_path):
    np.savez(tmp_path / "mine.npz", ROWS)
    (tmp_path / "mine.npz").rename(tmp_path / "mine.npy")
    with pytest.raises(UserFileError, match="must hold a two-dimensional array"):
        read_strings(tmp_path / "mine.npy")


@pytest.mark.parametrize(
    ("strings", "probability", "words"),
    [
        ([[0, 1], [1, 1]], [1.5, -0.5], "a probability must not be negative"),
        ([[0, 1], [1, 1]], [0.5, 0.4], r"sum to 0\.9, not to 1"),
        ([[0, 1], [0, 1]], [0.5, 0.5], "repeats a string"),
    ],
)
def test_hdf5_files_hold_distributions(tmp_path, strings, probability, words):
    arrays = {"strings": np.array(strings, dtype=np.uint8), "probability": [probability]}
    about = {"name": "any", "form": "distribution", "n": 2, "source": "made up"}
    DATASET.write(tmp_path / "mine.h5", arrays, about)
    with pytest.raises(UserFileError, match=rf"mine\.h5: .*{words}"):
        read_strings(tmp_path / "mine.h5")


def test_other_files_are_refused(tmp_path):
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["strings"] = ROWS
    with pytest.raises(UserFileError, match=r"mine\.h5: is not a data set of spinlearn"):
        read_strings(tmp_path / "mine.h5")
    (tmp_path / "mine.txt").write_text("01\n")
    with pytest.raises(UserFileError, match=r"mine\.txt: must end in \.csv, \.npy or \.h5"):
        read_strings(tmp_path / "mine.txt")
    with pytest.raises(UserFileError, match=r"none\.csv: cannot be read \(No such file"):
        read_strings(tmp_path / "none.csv")


@pytest.mark.parametrize("ending", [".csv", ".npy", ".h5"])
def test_files_that_change_after_planning_are_refused(tmp_path, ending):
    path = tmp_path / f"mine{ending}"

    def write(rows):
        if ending == ".csv":
            np.savetxt(path, rows, fmt="%d", delimiter=",")
        elif ending == ".npy":
            np.save(path, rows)
        else:
            p = np.full((1, 4), 0.25) + 0.1 * rows[0, 0] * np.array([1, -1, 0, 0])
            save(path, from_dense(p, "made up"), "any", {})

    write(ROWS)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    request = Request(
        n=2 if ending == ".h5" else 4,
        settings={"digest": digest},
        files=SimpleNamespace(own=str(path)),
    )
    assert own(request).n == request.n
    write(ROWS[1:])
    with pytest.raises(UserFileError, match="has changed since this run was planned"):
        own(request)


def test_strings_have_the_bits_that_are_asked_for(tmp_path):
    path = tmp_path / "mine.npy"
    np.save(path, ROWS)
    with pytest.raises(UserFileError, match=r"mine\.npy: holds strings of 4 bits, not of 6"):
        own(Request(n=6, files=SimpleNamespace(own=str(path))))
