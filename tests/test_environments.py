"""The environments for `--sdm conda`, and the container, contain what the rules need."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
import yaml

from spinlearn.datasets.registry import DATASETS, OWN, QUENCH
from spinlearn.papers.registry import FIGURES
from spinlearn.pipeline.workflow import load_workflow

OPTIONAL = {
    # POLFED takes a GPU where torch is installed and finds one, and does without it elsewhere.
    "physics": {"torch"},
    "learning": set(),
    "variational": {"torch"},
}
"""Packages that are imported only if they are there."""


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def needed(repository, tmp_path_factory):
    """A function: the packages that a module imports, directly or not."""
    folder = tmp_path_factory.mktemp("graph")
    shutil.copytree(repository / "workflow_scripts", folder / "every_script")
    (folder / "every_script/__init__.py").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        graph = grimp.build_graph(
            "spinlearn", "every_script", include_external_packages=True, cache_dir=None
        )
    published = packages_distributions()

    def packages(module):
        tops = {name.partition(".")[0] for name in graph.find_upstream_modules(module)}
        foreign = tops - {"spinlearn", "every_script", *sys.stdlib_module_names}
        return {normalised(published[top][0]) for top in foreign}

    return packages


@pytest.fixture(scope="module")
def modules_of(repository, tmp_path_factory):
    """The modules that the rules of each environment start with."""
    found = {}
    chosen = {entry.rule: {entry.module} for entry in FIGURES}
    chosen["dataset"] = {
        f"spinlearn.datasets.{e.module}" for e in (*DATASETS.values(), QUENCH, OWN)
    }
    folder = tmp_path_factory.mktemp("plan")
    with load_workflow(repository / "Snakefile", directory=folder) as workflow:
        for rule in workflow.rules:
            if rule.script:
                modules = found.setdefault(Path(rule.conda_env).stem, set())
                modules.add(f"every_script.{Path(rule.script).stem}")
                modules |= chosen.get(rule.name, set())
    return found


def test_environments_list_what_their_rules_import_and_no_more(repository, needed, modules_of):
    """With packages for exports, and those of planning: a script alone plans its job first."""
    assert modules_of.keys() == OPTIONAL.keys()
    always = needed("spinlearn.papers.registry") | needed("spinlearn.config") | {"lazy-loader"}
    for environment, modules in modules_of.items():
        content = yaml.safe_load((repository / f"envs/{environment}.yaml").read_text())
        [pip] = [item["pip"] for item in content["dependencies"] if isinstance(item, dict)]
        listed = {normalised(re.split(r"[=<>; ]", line)[0]) for line in pip}
        wanted = set.union(always, *map(needed, modules))
        assert listed == wanted - OPTIONAL[environment], environment


def section(repository, name):
    """The lines of a section of the container's definition."""
    text = (repository / "envs/spinlearn.def").read_text()
    return re.search(rf"^%{name}\n((?:    .*\n|\n)*)", text, re.MULTILINE)[1].strip().splitlines()


def test_container_has_the_python_of_the_environments(repository):
    text = (repository / "envs/spinlearn.def").read_text()
    version = re.search(r"^From: python:(\d+\.\d+)-slim$", text, re.MULTILINE)[1]
    for environment in OPTIONAL:
        assert f"  - python={version}\n" in (repository / f"envs/{environment}.yaml").read_text()


PLAN = """
from pathlib import Path
from spinlearn.pipeline.errors import HOME
from spinlearn.pipeline.plan import plan
print(HOME, len(plan(configfiles=[HOME / "presets/smoke.yaml"]).jobs))
"""


@pytest.mark.slow
def test_files_of_the_container_are_enough_to_install_and_to_plan(repository, tmp_path):
    """A copy of just these files: the package's metadata can be built, the workflow planned."""
    home, work = tmp_path / "image", tmp_path / "work"
    work.mkdir()
    for line in section(repository, "files"):
        source, target = line.split()
        assert target == f"/opt/spinlearn/{source}"
        (home / source).parent.mkdir(parents=True, exist_ok=True)
        if (repository / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(repository / source, home / source, ignore=ignored)
        else:
            shutil.copyfile(repository / source, home / source)

    def run(code, cwd, **variables):
        command = [sys.executable, "-c", code]
        options = {"cwd": cwd, "env": {**os.environ, **variables}}
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    build = "from setuptools import build_meta as b; print(b.prepare_metadata_for_build_wheel('.'))"
    assert "spinlearn" in run(build, home)
    where, jobs = run(PLAN, work, PYTHONPATH=str(home / "src")).split()[-2:]
    assert where == str(home)
    assert int(jobs) > 50
    words = " ".join(section(repository, "runscript")).replace("\\", "").split()
    files = [word for word in words if word.startswith("/opt/spinlearn/") and ".venv" not in word]
    assert files
    assert all(Path(word.replace("/opt/spinlearn", str(home))).exists() for word in files)
