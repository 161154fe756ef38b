"""The environments for `--sdm conda`, and the container, hold what the rules need."""

import ast
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from spinlearn.workflow.codedigest import dependencies
from spinlearn.workflow.job import opened
from support import REPOSITORY

SCRIPTS = REPOSITORY / "workflow_scripts"
DEFINITION = REPOSITORY / "envs/spinlearn.def"

UNUSED = {
    # POLFED takes a GPU where torch is installed and finds one, and does without it elsewhere.
    "physics": {"torch"},
    "learning": set(),
}
"""Packages that scripts import only if they are there."""


@cache
def imported(path: Path) -> frozenset[str]:
    """Names of the packages that a file imports anywhere, the standard library's apart."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module))
    tops = {name.split(".")[0] for name in names}
    return frozenset(tops - sys.stdlib_module_names - {"spinlearn"})


def needed(script: Path) -> set[str]:
    """Distributions that a script imports, through the library too, by normalised name."""
    distributions = packages_distributions()
    tops = {top for path in dependencies(script) for top in imported(path)}
    return {normalised(distributions[top][0]) for top in tops}


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def listed(environment: str) -> set[str]:
    content = yaml.safe_load((REPOSITORY / f"envs/{environment}.yaml").read_text())
    [pip] = [item["pip"] for item in content["dependencies"] if isinstance(item, dict)]
    return {normalised(re.split(r"[=<>; ]", line)[0]) for line in pip}


@pytest.fixture(scope="module")
def environment_of(tmp_path_factory):
    """The conda environment of each rule with a script, and the script."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("plan"))
        with opened(REPOSITORY / "Snakefile") as workflow:
            return {
                rule.name: (Path(rule.conda_env).stem, SCRIPTS / Path(rule.script).name)
                for rule in workflow.rules
                if rule.script
            }


def test_each_environment_lists_what_its_scripts_import_and_no_more(environment_of):
    """A script that is run alone plans its job first, which takes the configuration's models."""
    alone = needed(SCRIPTS / "spinlearn/workflow/planning.py")
    assert {environment for environment, _ in environment_of.values()} == set(UNUSED)
    for environment, unused in UNUSED.items():
        scripts = {script for name, script in environment_of.values() if name == environment}
        wanted = {script.name: needed(script) for script in scripts}
        for name, packages in wanted.items():
            assert packages - unused <= listed(environment), name
        assert listed(environment) == set.union(alone, *wanted.values()) - unused


def section(name: str) -> list[str]:
    """The lines of a section of the container's definition."""
    text = DEFINITION.read_text()
    return re.search(rf"^%{name}\n((?:    .*\n|\n)*)", text, re.MULTILINE)[1].strip().splitlines()


def test_the_container_has_the_python_of_the_environments():
    version = re.search(r"^From: python:(\d+\.\d+)-slim$", DEFINITION.read_text(), re.MULTILINE)[1]
    for environment in UNUSED:
        assert f"  - python={version}\n" in (REPOSITORY / f"envs/{environment}.yaml").read_text()


@pytest.mark.slow
def test_the_containers_files_are_enough_to_install_and_to_plan(tmp_path):
    """A copy of just these files: the package's metadata can be built and the workflow planned."""
    home = tmp_path / "image"
    for line in section("files"):
        source, target = line.split()
        assert target == f"/opt/spinlearn/{source}"
        copy = home / source
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(REPOSITORY / source, copy, ignore=ignored)
        else:
            shutil.copyfile(REPOSITORY / source, copy)
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("PYTHONPATH", None)

    def run(*command, cwd):
        options = {"cwd": cwd, "env": environment, "capture_output": True, "text": True}
        done = subprocess.run([sys.executable, *command], **options, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    backend = (
        "from setuptools import build_meta as b; print(b.prepare_metadata_for_build_wheel('.'))"
    )
    assert "spinlearn" in run("-c", backend, cwd=home)
    runscript = " ".join(section("runscript")).replace("\\", "").split()
    assert runscript[:2] == ["exec", "/opt/spinlearn/.venv/bin/snakemake"]
    assert runscript[-1] == '"$@"'
    options = [word.replace("/opt/spinlearn", str(home)) for word in runscript[2:-1]]
    work = tmp_path / "work"
    work.mkdir()
    smoke = ("--configfile", str(home / "presets/smoke.yaml"))
    plan = run("-m", "snakemake", *options, "--dry-run", "--quiet", "rules", *smoke, cwd=work)
    assert int(re.search(r"^total\s+(\d+)", plan, re.MULTILINE)[1]) > 50
