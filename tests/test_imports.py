"""What is imported is declared in pyproject.toml, and what is declared is used."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder):
    """Distributions that the Python files of a folder import."""
    tops = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                tops |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                tops.add(node.module.partition(".")[0])
    own = {
        "spinlearn",
        "snakemake_logger_plugin_spinlearn",
        *(path.stem for path in folder.rglob("*") if path.suffix in ("", ".py")),
    }
    published = packages_distributions()
    return {normalised(published[top][0]) for top in tops - own - set(sys.stdlib_module_names)}


@pytest.fixture(scope="module")
def declared(repository):
    """Names of the packages that pyproject.toml asks for, by group; "" is the library's own."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        group: {normalised(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in lines}
        for group, lines in groups.items()
    }


def test_library_declares_what_it_imports_and_no_more(repository, declared):
    used = imported(repository / "src") | imported(repository / "workflow_scripts")
    assert used == declared[""]


@pytest.mark.parametrize("folder", ["tests", "docs", "benchmarks"])
def test_tools_declare_what_they_import(repository, declared, folder):
    assert imported(repository / folder) <= declared[""] | declared["dev"]


def test_lock_pins_every_dependency_exactly(repository, declared):
    lines = [
        line
        for line in (repository / "requirements.lock").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[^ ;]+( ; .+)?", line) for line in lines)
    pinned = {normalised(line.partition("==")[0]) for line in lines}
    assert len(pinned) == len(lines)
    assert declared[""] | declared["dev"] <= pinned
