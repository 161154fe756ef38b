"""Finished results of the smoke preset, made once."""

import shutil

import pytest
from support import smoke


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder with the finished results of the smoke preset."""
    folder = tmp_path_factory.mktemp("smoke")
    done = smoke(cwd=folder, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def results(finished, tmp_path):
    """A copy of the finished folder that a test may damage."""
    folder = tmp_path / "work"
    shutil.copytree(finished, folder, symlinks=True)
    return folder
