"""Files of the user's own as inputs (`spinlearn.pipeline.content`): digests and their cache."""

import hashlib
import json
import os

import pytest

from spinlearn.pipeline import content
from spinlearn.pipeline.content import KNOWN, content_digest, read_content, remembered
from spinlearn.pipeline.errors import UserFileError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def counted(monkeypatch):
    """Paths of which a digest was computed."""
    calls = []
    whole = content._sha256
    monkeypatch.setattr(content, "_sha256", lambda path: calls.append(path) or whole(path))
    return calls


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_digest_follows_the_content(folder, counted):
    file = folder / "a.csv"
    for data in (b"0\n", b"1\n"):
        file.write_bytes(data)
        os.utime(file, ns=(len(counted), len(counted)))
        assert content_digest(file) == sha256(data)
        assert content_digest("a.csv") == sha256(data)
    assert len(counted) == 2


def test_time_that_is_set_back_hides_no_change(folder):
    """Equal size, and a time older than that of the first content."""
    file = folder / "a.csv"
    file.write_bytes(b"0,1\n")
    os.utime(file, (2000, 2000))
    content_digest(file)
    file.write_bytes(b"1,1\n")
    os.utime(file, (1000, 1000))
    assert content_digest(file) == sha256(b"1,1\n")


def test_equal_content_has_one_digest(folder):
    (folder / "a.csv").write_bytes(b"0,1\n")
    first = content_digest("a.csv")
    os.utime("a.csv", (5, 5))
    (folder / "b.csv").write_bytes(b"0,1\n")
    assert first == content_digest("a.csv") == content_digest("b.csv")


def test_values_are_remembered_by_name(folder, counted):
    (folder / "a.csv").write_bytes(b"0,1\n")
    sizes = []

    def size(path):
        sizes.append(path)
        return path.stat().st_size

    for _ in range(3):
        content_digest("a.csv")
        assert remembered("a.csv", "size", size) == 4
    assert (len(counted), len(sizes)) == (1, 1)
    assert KNOWN.is_file()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "3", "null", '"text"', "\0\0"])
def test_damaged_cache_is_replaced(folder, counted, text):
    (folder / "a.csv").write_bytes(b"0,1\n")
    KNOWN.parent.mkdir()
    KNOWN.write_text(text)
    for _ in range(2):
        assert content_digest("a.csv") == sha256(b"0,1\n")
    assert len(counted) == 1
    assert len(json.loads(KNOWN.read_text())) == 1


def test_cache_of_bytes_that_are_no_text_is_replaced(folder):
    (folder / "a.csv").write_bytes(b"0,1\n")
    KNOWN.parent.mkdir()
    KNOWN.write_bytes(b"\xff\xfe\x00")
    assert content_digest("a.csv") == sha256(b"0,1\n")


def test_cache_that_cannot_be_written_is_only_slower(folder, counted):
    (folder / "a.csv").write_bytes(b"0,1\n")
    (folder / KNOWN.parent).touch()  # a file where the folder would be
    for _ in range(2):
        assert content_digest("a.csv") == sha256(b"0,1\n")
    assert len(counted) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_folder_is_only_slower(folder):
    (folder / "a.csv").write_bytes(b"0,1\n")
    folder.chmod(0o500)
    try:
        assert content_digest("a.csv") == sha256(b"0,1\n")
    finally:
        folder.chmod(0o700)


def test_files_that_cannot_be_read_are_named(folder):
    for read in (content_digest, read_content):
        with pytest.raises(UserFileError, match=r"none\.csv: cannot be read \(No such file"):
            read("none.csv")
        with pytest.raises(UserFileError, match=r"cannot be read \(Is a directory\)"):
            read(folder)


def test_content_is_read_if_it_is_what_was_planned(folder):
    file = folder / "a.csv"
    file.write_bytes(b"0,1\n")
    digest = content_digest(file)
    assert read_content(file) == read_content(file, digest) == b"0,1\n"
    file.write_bytes(b"0,0\n")
    assert read_content(file) == b"0,0\n"
    with pytest.raises(UserFileError, match=r"a\.csv: has changed since this run was planned"):
        read_content(file, digest)
    file.write_bytes(b" \n")
    with pytest.raises(UserFileError, match=r"a\.csv: is empty"):
        read_content(file)
