"""Tables of the user's own: lines as an editor counts them, nothing guessed."""

import numpy as np
import pytest

from spinlearn.pipeline.errors import UserFileError
from spinlearn.user_files import read_csv, read_npy, refuse_other


@pytest.fixture
def cells(tmp_path):
    """Reads a CSV file of some content."""

    def read(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path)

    return read


def test_lines_are_those_of_the_file(cells):
    table = cells("# first\n\na,b\n1,2\n   \n#,\n3,4\n\n")
    assert table.names == ("a", "b")
    assert table.lines.tolist() == [4, 7]
    assert table.text("b").tolist() == ["2", "4"]
    np.testing.assert_array_equal(table.numbers(), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(table.numbers([1]), [[2], [4]])
    np.testing.assert_array_equal(table.numbers(slice(0, 1)), [[1], [3]])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines_of_every_system(cells, end):
    table = cells(end.join(["x,y", "1,2", "", "3,4", ""]))
    assert table.names == ("x", "y")
    assert table.lines.tolist() == [2, 4]


def test_other_separators_end_no_line(cells):
    table = cells("a,b\nx\u2028y,1\nx\x0cy,2\n3,z\n")
    assert table.lines.tolist() == [2, 3, 4]
    assert table.text("a").tolist() == ["x\u2028y", "x\x0cy", "3"]


def test_byte_order_mark_is_no_part_of_a_name(cells):
    assert cells(b"\xef\xbb\xbfstring,count\n01,3\n").names == ("string", "count")
    np.testing.assert_array_equal(cells(b"\xef\xbb\xbf1,2\n").numbers(), [[1, 2]])


def test_quotes_and_spaces_around_cells(cells):
    table = cells('"a,b", c \n"1", 2\n')
    assert table.names == ("a,b", "c")
    np.testing.assert_array_equal(table.numbers(), [[1, 2]])


@pytest.mark.parametrize("text", ['a\n"1\n2"\n3\n', 'a\n"1"2\n', 'a\n"1\n'])
def test_a_quoted_cell_ends_on_its_line(cells, text):
    with pytest.raises(UserFileError, match=r"table\.csv, line 2: is not a line of a CSV file"):
        cells(text)


def test_first_line_of_numbers_is_a_row(cells):
    table = cells("1,-2.5\n3e-1,4\n")
    assert table.names == ()
    np.testing.assert_array_equal(table.numbers(), [[1, -2.5], [0.3, 4]])
    assert table.lines.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe1\x00", "table.csv: is not text in UTF-8"),
        ("a\n1\n\u00e4\n".encode("latin-1"), "table.csv: is not text in UTF-8"),
        ("", "table.csv: is empty"),
        ("# only\n", "table.csv: holds no rows"),
        ("a,b\n", "table.csv: holds no rows below the names of its columns"),
        ("1,2\n\n3\n", "table.csv, line 3: has 1 cells, but the first line has 2"),
        ("# c\na,b,a\n1,2,3\n", "table.csv, line 2: names the columns, as 'a' is not a number"),
    ],
)
def test_faults_name_file_and_line(cells, content, words):
    with pytest.raises(UserFileError) as caught:
        cells(content)
    assert words in str(caught.value)


@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "x", "", "1;2", "0x1"])
def test_numbers_are_finite(cells, word):
    table = cells(f"a,b\n1,2\n\n3,{word}\n")
    with pytest.raises(UserFileError, match=r"line 4: ") as caught:
        table.numbers()
    assert f"{word!r} is not a finite number" in str(caught.value)
    np.testing.assert_array_equal(table.numbers([0]), [[1], [3]])


def test_first_bad_row_is_named(tmp_path):
    good = np.array([[True, True], [True, False], [False, True]])
    refuse_other("file", good[:1], "a rule")
    for condition in (good, good.all(axis=1)):
        with pytest.raises(UserFileError, match=r"^file, row 2: a rule$"):
            refuse_other("file", condition, "a rule")
        with pytest.raises(UserFileError, match=r"^file, line 7: a rule$"):
            refuse_other("file", condition, "a rule", np.array([5, 7, 8]))


def test_npy_files_keep_their_type(tmp_path):
    array = np.array([[0, 1], [1, 0]], dtype=np.int16)
    np.save(tmp_path / "a.npy", array)
    found = read_npy(tmp_path / "a.npy")
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found, array)
