"""The command `spinlearn check`: what a file is, and what is wrong with it."""

import numpy as np
import pytest

from spinlearn.check import check
from spinlearn.cli import main
from spinlearn.datasets.patterns import bars, random
from spinlearn.datasets.strings import Request, save
from spinlearn.pipeline.errors import SpinlearnError, UserFileError


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("string,count\n0110,2\n1001,2\n", "2 strings with probabilities of 4 bits, on average 50"),
        ("0,1,1,0\n1,1,1,1\n", "2 samples of 4 bits"),
        ("h,s0,s1,s2,s3\n4,1,-2,3,0\n", "1 disorder vectors of 4 sites, h = 4 to 4"),
        ("outcomes,T\n0312,0.5\n0311,1\n", "2 strings of 4 POVM outcomes at given T"),
    ],
)
def test_csv_files_are_described_with_their_use(tmp_path, text, words):
    assert words in check(written(tmp_path / "a.csv", text))


def test_reasons_against_other_uses_are_told(tmp_path):
    """Rows of bits with a 2 are disorder vectors; the reader learns why they are no data set."""
    said = check(written(tmp_path / "a.csv", "0,1,1,0\n1,2,0,1\n"))
    assert "2 disorder vectors of 4 sites, without h (for mbl.fields_files)" in said
    assert "not for datasets.files: " in said
    assert "line 2: a bit must be 0 or 1" in said


def test_files_of_spinlearn_are_compared_with_their_checksum(tmp_path):
    path = tmp_path / "a.h5"
    save(path, bars(Request(n=4)), "bars", {})
    said = check(path)
    assert "kind datasets/strings, whole and unchanged" in said
    assert "(for datasets.files)" in said
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserFileError, match="not what was written"):
        check(path)
    save(path, random(Request(n=4, runs=[3, 4])), "random", {})
    assert "not for datasets.files" in check(path)


def test_files_of_mnist_are_parsed(tmp_path):
    labels = np.array([0x0801, 3], dtype=">u4").tobytes() + bytes([1, 2, 3])
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(labels)
    assert "IDX file of 3 bytes" in check(path)
    path.write_bytes(labels[:-1])
    with pytest.raises(UserFileError, match="has 10 bytes; its head announces 11"):
        check(path)


@pytest.mark.parametrize("content", [b"", b"\x00\x01junk"])
def test_other_files_end_the_command_with_every_reason(tmp_path, capsys, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(SystemExit):
        main(["check", str(path)])
    assert "a.csv" in capsys.readouterr().err
    with pytest.raises(SpinlearnError):
        check(path)
