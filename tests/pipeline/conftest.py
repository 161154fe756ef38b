"""Finished results of the smoke preset, made once per test session by one of the workers."""

import shutil

import pytest
from filelock import FileLock
from support import smoke


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id):
    """A folder with the finished results of the smoke preset; plans may read it, runs may not."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "smoke"
    with FileLock(f"{folder}.lock"):
        if not (folder / "results/report.html").exists():
            folder.mkdir(exist_ok=True)
            done = smoke(cwd=folder, timeout=1800)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def results(finished, tmp_path):
    """A copy of the finished folder that a test may change and run in."""
    folder = tmp_path / "work"
    shutil.copytree(finished, folder, symlinks=True)
    return folder
