"""Code digests: what changes them and what does not, on copies of the library that are edited.

The imports of scripts and figures are found by an independent method, grimp's graph of imports.
"""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from support import REPOSITORY

from spinlearn.papers.registry import FIGURES
from spinlearn.pipeline import digest
from spinlearn.pipeline.digest import changed_parts

CARRIERS = ("spinlearn.pipeline", "spinlearn.storage")
NOT_COUNTED = ("jaxtyping",)
"""A package that only writes shapes into annotations."""


class Checkout:
    """A copy of the library, the scripts and the lock, with its own `digest` module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = folder / "src/spinlearn"
        self.scripts = folder / "workflow_scripts"
        self.lock = folder / "requirements.lock"
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        for name in ("src", "workflow_scripts"):
            shutil.copytree(REPOSITORY / name, folder / name, ignore=ignored)
        shutil.copy(REPOSITORY / "requirements.lock", folder)
        self.entries = {
            path.name: str(path)
            for path in sorted(self.scripts.glob("*.py"))
            if path.name != "figure.py"
        } | {figure.module: figure.module for figure in FIGURES}

    def module(self):
        """`spinlearn.pipeline.digest` of the copy, as a fresh process would load it."""
        path = self.library / "pipeline/digest.py"
        spec = importlib.util.spec_from_file_location("digest_of_a_copy", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def parts(self) -> dict[str, dict[str, str]]:
        """Parts of the code of every script and figure."""
        module = self.module()
        return {name: module.code_parts(entry) for name, entry in self.entries.items()}

    def digests(self) -> dict[str, str]:
        """Digests of the code of every script and figure."""
        module = self.module()
        return {name: module.code_digest(entry) for name, entry in self.entries.items()}

    def modules(self) -> dict[str, Path]:
        """Every module of the library, packages left out."""
        return {
            ".".join(path.relative_to(self.folder / "src").with_suffix("").parts): path
            for path in sorted(self.library.rglob("*.py"))
            if path.name != "__init__.py"
        }


def is_carrier(module: str) -> bool:
    return module.startswith(tuple(f"{carrier}." for carrier in CARRIERS))


def edit(path: Path, old: str = "", new: str = "") -> None:
    """Replace a text in a file; without one, add a statement at its end."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else f"{text}\nEDITED = 1\n")


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    return {name for name in before if before[name] != after[name]}


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """For each script and figure: the modules and the packages that it imports, found by grimp."""
    folder = tmp_path_factory.mktemp("graph")
    scripts = folder / "all_scripts"
    shutil.copytree(REPOSITORY / "workflow_scripts", scripts)
    (scripts / "__init__.py").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        graph = grimp.build_graph(
            "spinlearn", "all_scripts", include_external_packages=True, cache_dir=None
        )
    for module in list(graph.modules):
        if is_carrier(module) or module in CARRIERS:
            graph.remove_module(module)
    starts = {path.name: f"all_scripts.{path.stem}" for path in scripts.glob("[!_]*.py")}
    del starts["figure.py"]
    starts |= {figure.module: figure.module for figure in FIGURES}
    return {name: graph.find_upstream_modules(start) for name, start in starts.items()}


@pytest.fixture(scope="module")
def unedited(tmp_path_factory):
    """A copy that no test edits."""
    return Checkout(tmp_path_factory.mktemp("unedited"))


@pytest.fixture(scope="module")
def current(unedited):
    """Parts of the code as it is."""
    return unedited.parts()


# What counts.


def test_parts_are_the_modules_that_are_imported(current, imported):
    packages = {
        ".".join(path.parent.relative_to(REPOSITORY / "src").parts)
        for path in (REPOSITORY / "src/spinlearn").rglob("__init__.py")
    }
    assert len(current) > 30
    for name, parts in current.items():
        found = {part for part in parts if part.startswith("spinlearn.")} - {name}
        ours = {module for module in imported[name] if module.partition(".")[0] == "spinlearn"}
        assert found == ours - packages, name
        assert name in parts


def test_parts_are_the_packages_that_are_imported_with_their_pins(current, imported):
    """By the names under which they are published, which the installation knows."""
    published = packages_distributions()
    lock = dict(
        re.match(r"([^=]+)==([^ ;]+)", line).groups()
        for line in (REPOSITORY / "requirements.lock").read_text().splitlines()
        if "==" in line and not line.startswith("#")
    )
    versions = {name.lower().replace("_", "-"): version for name, version in lock.items()}
    for name, parts in current.items():
        tops = {module.partition(".")[0] for module in imported[name]} - {"spinlearn"}
        tops -= {*sys.stdlib_module_names, *NOT_COUNTED}
        wanted = {published[top][0].lower().replace("_", "-") for top in tops}
        found = {part: value for part, value in parts.items() if part in versions}
        assert found == {package: versions[package] for package in wanted}, name


@pytest.mark.parametrize(
    "name", ["mbl_indicators.py", "hbm_train.py", "spinlearn.papers.zhong2022.figure5"]
)
def test_every_loaded_module_counts(current, name):
    """Independent method: the modules that the interpreter has loaded after a script's imports."""
    module = name.removesuffix(".py")
    code = (
        "import sys, importlib; importlib.import_module(sys.argv[1]);"
        "print(*[n for n, m in sys.modules.items()"
        " if n.startswith('spinlearn.') and not hasattr(m, '__path__')])"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow_scripts")}
    command = [sys.executable, "-c", code, module]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    counted = {found for found in loaded.stdout.split() if not is_carrier(found)}
    assert len(counted) > 1
    assert counted <= current[name].keys()


def test_every_edited_module_is_noticed(checkout, current):
    """All modules at once: each part of each digest is another one."""
    before = checkout.digests()
    for path in [*checkout.modules().values(), *checkout.scripts.glob("*.py")]:
        edit(path)
    for name, parts in checkout.parts().items():
        for part, value in parts.items():
            is_code = part.startswith("spinlearn.") or part.endswith(".py")
            assert (value != current[name][part]) == is_code, (name, part)
    assert changed(before, checkout.digests()) == before.keys()


def test_edited_streams_change_what_draws_from_them(checkout, imported):
    before = checkout.digests()
    edit(checkout.library / "streams.py", "hashlib.sha256", "hashlib.sha512")
    found = changed(before, checkout.digests())
    assert found == {name for name, modules in imported.items() if "spinlearn.streams" in modules}
    assert {"mbl_disorder.py", "hbm_train.py", "sqrbm_train.py", "vae_train.py"} <= found
    assert not found & {"mbl_indicators.py", "tfi_ground_state.py", "report.py"}


def test_edited_figure_changes_that_figure_alone(checkout):
    before = checkout.digests()
    edit(checkout.library / "papers/zhong2022/figure5.py")
    assert changed(before, checkout.digests()) == {"spinlearn.papers.zhong2022.figure5"}


def test_edited_script_changes_that_script_alone(checkout):
    before = checkout.digests()
    edit(checkout.scripts / "mbl_disorder.py", '{"fields": fields}', '{"fields": -fields}')
    assert changed(before, checkout.digests()) == {"mbl_disorder.py"}


def test_raised_format_changes_everything(checkout):
    before = checkout.digests()
    format_ = f"FORMAT = {digest.FORMAT}"
    edit(checkout.library / "pipeline/digest.py", format_, f"{format_}1")
    assert changed(before, checkout.digests()) == before.keys()


@pytest.mark.parametrize("package", ["torch", "matplotlib", "quspin", "numpy"])
def test_changed_pin_changes_what_imports_the_package(checkout, imported, package):
    before = checkout.digests()
    text, count = re.subn(rf"(?m)^({package}==)[^ \n]+", r"\g<1>999.0", checkout.lock.read_text())
    assert count == 1
    checkout.lock.write_text(text)
    found = changed(before, checkout.digests())
    assert found == {name for name, modules in imported.items() if package in modules}
    assert len(found) > 0
    if package in ("torch", "quspin"):
        assert len(found) < len(before) / 2
    if package == "torch":  # which takes longer to load than these jobs to run
        assert not found & {"hbm_train.py", "sqrbm_train.py", "sqrbm_crossfit.py"}


# What does not count.


def reworded(text: str) -> str:
    """Source code with other docstrings and comments, and blank lines."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        value = getattr(node, "value", None)
        is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
        if isinstance(node, ast.Expr) and is_text:
            assert '"""' in lines[node.lineno - 1]
            lines[node.lineno - 1] = lines[node.lineno - 1].replace('"""', '"""Reworded. ', 1)
    return "# A comment.\n\n" + "".join(lines) + "\n# Another.\n"


def test_comments_docstrings_and_layout_do_not_count(checkout):
    before = checkout.digests()
    edit(
        checkout.library / "mbl/disorder.py",
        "import ",
        "import \\\n    ",
    )
    for path in [*checkout.library.rglob("*.py"), *checkout.scripts.glob("*.py")]:
        path.write_text(reworded(path.read_text()))
    lines = [line for line in checkout.lock.read_text().splitlines() if not line.startswith("#")]
    checkout.lock.write_text("# Reworded.\n" + "\n".join(reversed(lines)))
    assert changed(before, checkout.digests()) == set()


def test_carriers_settings_and_exports_do_not_count(checkout):
    before = checkout.digests()
    edit(checkout.library / "config.py", "root of all random streams", "what all streams begin at")
    for name, path in checkout.modules().items():
        if is_carrier(name) or path.name in ("config.py", "files.py", "cli.py", "registry.py"):
            edit(path)
    for path in checkout.library.rglob("__init__.py"):
        edit(path)
    edit(checkout.scripts / "figure.py")
    assert changed(before, checkout.digests()) == set()


def test_no_script_or_figure_imports_settings_or_paths(imported):
    for name, modules in imported.items():
        wrong = {module for module in modules if module.endswith((".config", ".files"))}
        assert not {module for module in wrong if module.startswith("spinlearn.")}, name


def test_packages_export_lazily():
    """Importing every package of the library loads no module of it, and no other package."""
    packages = sorted(
        ".".join(path.parent.relative_to(REPOSITORY / "src").parts)
        for path in (REPOSITORY / "src/spinlearn").rglob("__init__.py")
    )
    code = (
        "import sys, importlib; before = set(sys.modules);"
        "[importlib.import_module(name) for name in sys.argv[1:]];"
        "print(*set(sys.modules) - before)"
    )
    command = [sys.executable, "-c", code, *packages]
    environment = {name: value for name, value in os.environ.items() if name != "EAGER_IMPORT"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    loaded = {name for name in done.stdout.split() if name.partition(".")[0] != "lazy_loader"}
    foreign = {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}
    assert foreign == set(packages)


def test_names_are_imported_from_their_modules(checkout):
    """An import of a package's export would hide its module, which would then not count."""
    modules = checkout.modules()
    known = {*modules, *(name.rpartition(".")[0] for name in modules)}
    for path in [*modules.values(), *checkout.scripts.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                if node.module.partition(".")[0] == "spinlearn" and node.module not in modules:
                    names = {f"{node.module}.{alias.name}" for alias in node.names}
                    assert names <= {*known, "spinlearn.__version__"}, path
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
                assert not {name for name in names if name.startswith("spinlearn")}, path


def test_carriers_import_nothing_that_computes():
    """They import packages that store numbers, and none that compute with them.

    That they store to the last bit is tested in tests/storage.
    """
    graph = grimp.build_graph("spinlearn", include_external_packages=True, cache_dir=None)
    carriers = {module for module in graph.modules if is_carrier(module)}
    found = set.union(*(graph.find_modules_directly_imported_by(name) for name in carriers))
    ours = {name for name in found if name.partition(".")[0] == "spinlearn"}
    packages = {name.partition(".")[0] for name in found} - {"spinlearn", *sys.stdlib_module_names}
    assert ours <= {*carriers, "spinlearn"}
    plain = {"humanfriendly", "pydantic", "snakemake", "threadpoolctl", "tqdm", "yaml"}
    assert packages - plain == {"h5py", "numpy", "pandas", "torch"}
    storing = graph.find_modules_that_directly_import("torch") & carriers
    assert storing == {"spinlearn.storage.weights"}  # torch.save and torch.load


# Everywhere the same.


def other_pythons() -> list[str]:
    names = [f"python3.{minor}" for minor in (11, 12, 13, 14)]
    roots = Path.home().glob(".pyenv/versions/*/bin/python3.??")
    return [name for name in names if shutil.which(name)] + [str(path) for path in sorted(roots)]


@pytest.mark.parametrize("minor", [12, 13])
def test_other_python_versions_find_the_same_parts(unedited, current, minor):
    code = (
        "import json, runpy, sys; found = runpy.run_path(sys.argv[1]);"
        "print(json.dumps({e.rpartition('/')[2]: found['code_parts'](e) for e in sys.argv[2:]}))"
    )
    digest_of_copy = unedited.library / "pipeline/digest.py"
    arguments = [str(digest_of_copy), *unedited.entries.values()]
    for python in other_pythons():
        if not python.endswith(f"python3.{minor}"):
            continue
        done = subprocess.run(
            [python, "-B", "-c", code, *arguments], capture_output=True, text=True, check=False
        )
        if "command not found" in done.stderr or "not installed" in done.stderr:
            continue  # a name without an interpreter
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == current
        return
    pytest.skip(f"there is no Python 3.{minor}")


def test_differences_are_told_in_words():
    old = {"FORMAT": "2", "spinlearn.a": "1", "spinlearn.b": "1", "numpy": "2.3", "r.py": "1"}
    new = {"FORMAT": "3", "spinlearn.a": "2", "spinlearn.c": "1", "numpy": "2.4", "r.py": "1"}
    assert changed_parts(old, new) == [
        "FORMAT 2 → 3",
        "numpy 2.3 → 2.4",
        "spinlearn.a changed",
        "spinlearn.b is no longer used",
        "spinlearn.c is new",
    ]
    assert changed_parts(old, old) == []
