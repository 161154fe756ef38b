"""The recorded commit is that of this project's repository, or unknown."""

import os
import shutil
import subprocess
import sys

import pytest

PROGRAM = "from spinlearn.pipeline.provenance import provenance; print(provenance()['git_commit'])"


def git(folder, *arguments):
    about = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    command = ["git", *about, *arguments]
    variables = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=True, env=variables
    )
    return done.stdout.strip()


def commit_of(folder):
    """Make a repository of a folder, with one commit of its tracked files."""
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "one")
    return git(folder, "rev-parse", "HEAD")


def recorded(checkout, **variables):
    """What files of this checkout's library would record."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=checkout.parent,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(checkout / "src"), **variables},
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, repository):
    """A copy of the library without a repository."""
    folder = tmp_path / "outer/spinlearn"
    library, part = repository / "src/spinlearn", folder / "src/spinlearn"
    shutil.copytree(library / "pipeline", part / "pipeline")
    shutil.copy(library / "__init__.py", part)
    (folder / ".gitignore").write_text("__pycache__\n")
    return folder


def test_outside_a_repository_the_commit_is_unknown(checkout):
    assert recorded(checkout) == "unknown"


def test_commit_of_another_repository_is_not_recorded(checkout):
    """One that holds the copy, one that tracks it, and one in its place that does not track it."""
    outer = checkout.parent
    commit_of(outer)
    assert recorded(checkout) == "unknown"
    git(outer, "add", ".")
    git(outer, "commit", "--quiet", "--message", "two")
    assert recorded(checkout) == "unknown"
    commit_of(checkout)
    assert recorded(checkout) == "unknown"
    assert recorded(checkout, GIT_DIR=str(outer / ".git")) == "unknown"


def test_own_commit_is_recorded_with_a_mark_if_the_code_was_edited(checkout):
    commit_of(checkout.parent)
    git(checkout, "init", "--quiet")
    git(checkout, "add", ".")
    own = commit_of(checkout)
    assert recorded(checkout) == own
    assert recorded(checkout, GIT_DIR=str(checkout.parent / ".git")) == own
    (checkout / "notes.txt").touch()
    assert recorded(checkout) == own
    module = checkout / "src/spinlearn/__init__.py"
    module.write_text(module.read_text() + "\nNEW = 1\n")
    assert recorded(checkout) == f"{own}+changes"
