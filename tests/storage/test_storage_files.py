"""Files appear whole or not at all; what cannot be written is a named error."""

import errno
import os
import re

import pytest

from spinlearn.pipeline.errors import CorruptFileError, MissingFileError, UnwritableError
from spinlearn.storage.files import existing_file, partial_files, write_bytes, write_text


def test_written_bytes_come_back_and_replace_earlier_ones(tmp_path):
    path = tmp_path / "deep/er/a.bin"
    for content in (b"", b"\0\xff" * 1000, b"new"):
        write_bytes(path, content)
        assert path.read_bytes() == content
    assert os.listdir(path.parent) == ["a.bin"]


def test_umask_decides_who_may_read(tmp_path):
    path = tmp_path / "a.txt"
    before = os.umask(0o027)
    try:
        write_text(path, "text")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EACCES])
def test_failed_write_keeps_the_old_file_and_leaves_no_debris(tmp_path, monkeypatch, error):
    """As the system tells it when the data are to reach the disk."""
    path = tmp_path / "results/a.txt"
    write_text(path, "old")

    def fail(_):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(UnwritableError, match=re.escape(os.strerror(error))) as caught:
        write_text(path, "new")
    advice = "Check its owner" if error == errno.EACCES else "Make room and give the same command"
    assert str(caught.value).startswith(f"{path}: cannot be written to")
    assert advice in str(caught.value)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == ["a.txt"]


def test_interrupted_write_keeps_the_old_file_and_leaves_no_debris(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def interrupt(_):
        assert partial_files(path), "it is written beside the target"
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnwritableError, match=r"below/a\.txt: cannot be written to"):
        write_text(tmp_path / "file/below/a.txt", "text")


def test_existing_file_names_what_is_there_instead(tmp_path):
    with pytest.raises(MissingFileError, match=r"does not exist\n  To remake it"):
        existing_file(tmp_path / "a.txt")
    with pytest.raises(CorruptFileError, match="a folder is in its place"):
        existing_file(tmp_path)
    write_text(tmp_path / "a.txt", "")
    assert existing_file(str(tmp_path / "a.txt")) == tmp_path / "a.txt"
