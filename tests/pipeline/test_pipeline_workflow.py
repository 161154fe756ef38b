"""Reading a workflow changes nothing of the process that reads it."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import snakemake.api  # noqa: F401  (at its first import it adds a folder to sys.path)
from support import REPOSITORY

from spinlearn.pipeline.errors import JobError
from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.workflow import LIBRARY_OF_JOB, load_workflow

SNAKEFILE = REPOSITORY / "Snakefile"


@contextmanager
def unchanged(monkeypatch):
    """Compare current folder, variables and import path before and after."""
    monkeypatch.setenv("MPLBACKEND", "svg")  # the Snakefile sets it for jobs, and removes the other
    monkeypatch.setenv("PYTHONWARNINGS", "default")

    def state():
        return Path.cwd(), dict(os.environ), list(sys.path)

    before = state()
    yield
    assert state() == before


def test_jobs_have_their_environment_in_the_block_alone(tmp_path, monkeypatch):
    with unchanged(monkeypatch), load_workflow(SNAKEFILE, directory=tmp_path) as workflow:
        assert workflow.rules
        assert Path.cwd() == tmp_path
        assert os.environ[LIBRARY_OF_JOB] == str(REPOSITORY / "src")
        assert os.environ["MPLBACKEND"] == "Agg"
        assert "PYTHONWARNINGS" not in os.environ


def test_plan_leaves_no_trace(tmp_path, monkeypatch):
    with unchanged(monkeypatch):
        assert plan(directory=tmp_path).jobs


def test_plan_that_fails_leaves_no_trace(tmp_path, monkeypatch):
    with unchanged(monkeypatch), pytest.raises(JobError, match="no_such_rule"):
        plan(["no_such_rule"], directory=tmp_path)
