"""Code digests: what changes them and what does not. The library is copied and edited."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from spinlearn.workflow import codedigest
from spinlearn.workflow.codedigest import (
    DISTRIBUTIONS,
    ENGINES,
    NEUTRAL,
    NEUTRAL_PACKAGES,
    changed_parts,
    code_digest,
    code_parts,
)
from spinlearn.workflow.reachability import PURE, Library
from spinlearn.workflow.syntax import definition_lines, is_docstring
from support import REPOSITORY, copy_of_checkout, smoke

SCRIPTS = Path(codedigest.LIBRARY).parent
CACHES = (
    codedigest._library,
    codedigest._reached,
    codedigest.code_digest,
    codedigest.pins,
)


def forget() -> None:
    """As in a fresh process: what was read of files is read again."""
    for cache in CACHES:
        cache.cache_clear()


def all_parts(scripts: Path) -> dict[str, dict[str, str]]:
    """Parts of every rule's code, as a fresh process would find them."""
    forget()
    return {script.stem: code_parts(script) for script in sorted(scripts.glob("*.py"))}


def digest(scripts: Path, rule: str) -> str:
    forget()
    return code_digest(scripts / f"{rule}.py")


def changes(scripts: Path, before: dict[str, dict[str, str]]) -> dict[str, list[str]]:
    """For each rule whose code changed: what changed of it."""
    after = all_parts(scripts)
    found = {rule: changed_parts(before[rule], after[rule]) for rule in before}
    return {rule: lines for rule, lines in found.items() if lines}


@pytest.fixture
def checkout(tmp_path):
    """A copy of the lock, the scripts and the library."""
    copy = tmp_path / "workflow_scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(REPOSITORY / codedigest.LOCK, tmp_path)
    yield tmp_path
    forget()


@pytest.fixture
def scripts(checkout):
    return checkout / "workflow_scripts"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def modules(scripts: Path) -> dict[Path, str]:
    """Every file of the library, and its module's name."""
    files = sorted((scripts / "spinlearn").rglob("*.py"))
    parts = {path: path.relative_to(scripts).with_suffix("").parts for path in files}
    return {path: ".".join(p[:-1] if p[-1] == "__init__" else p) for path, p in parts.items()}


def reworded(text: str) -> str:
    """Source code with other docstrings and comments, and blank lines."""
    lines = text.splitlines(keepends=True)
    for node in filter(is_docstring, ast.walk(ast.parse(text))):
        line = lines[node.lineno - 1]
        assert '"""' in line, line
        lines[node.lineno - 1] = line.replace('"""', '"""Reworded. ', 1)
    return "# A comment.\n\n" + "".join(lines) + "\n# Another.\n"


def test_comments_docstrings_and_layout_of_every_module_do_not_matter(scripts):
    before = all_parts(scripts)
    for path in [*modules(scripts), *scripts.glob("*.py")]:
        path.write_text(reworded(path.read_text()))
        assert "Reworded" in path.read_text(), path
    assert changes(scripts, before) == {}


def test_layout_and_file_times_do_not_matter(scripts):
    before = digest(scripts, "mbl_indicators")
    module = scripts / "spinlearn/mbl/indicators.py"
    edit(
        module,
        "    fields = np.asarray(fields, dtype=float)\n",
        "    fields = (np.asarray(fields,\n        dtype=float))\n",
    )
    module.touch()
    assert digest(scripts, "mbl_indicators") == before


def changed_source(text: str, nodes: dict[str, ast.stmt]) -> str:
    """Source code with another statement in each function or class, another value in each name."""
    lines = text.splitlines(keepends=True)
    places = {}
    for node in nodes.values():
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = next((item for item in node.body if not is_docstring(item)), None)
            if first is None:
                places[(node.body[-1].end_lineno + 1, 0)] = (
                    " " * node.body[-1].col_offset + "x = 0\n"
                )
                continue
            decorated = [item.lineno for item in getattr(first, "decorator_list", [])]
            line = min([first.lineno, *decorated])
            assert line > node.lineno, "a body on a line of its own"
            places[(line, 0)] = " " * first.col_offset + "_edited = 0\n"
        else:
            value = node.value
            # Columns count bytes in the syntax tree; the edited lines hold ASCII before the value.
            places[(value.lineno, value.col_offset)] = "(0, "
            places[(value.end_lineno, value.end_col_offset)] = ")"
    for (line, column), inserted in sorted(places.items(), reverse=True):
        if line > len(lines):
            lines.append(inserted)
            continue
        old = lines[line - 1].encode()
        lines[line - 1] = (old[:column] + inserted.encode() + old[column:]).decode()
    return "".join(lines)


def definitions(text: str, module: str) -> dict[str, ast.stmt]:
    """Functions, classes, values and calls at the top level of a module, as digests name them."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[f"{module}.{node.name}"] = node
        elif isinstance(node, ast.Assign):
            names = [name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)]
            found[f"{module}.{', '.join(names)}"] = node
        elif isinstance(node, ast.AnnAssign):
            found[f"{module}.{node.target.id}"] = node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            found[f"{module} (on import)"] = node
    return found


@pytest.mark.slow
def test_a_change_in_any_definition_matters_to_exactly_the_rules_that_reach_it(scripts):
    """One definition of every module at a time; each rule is told just those that it reaches."""
    before = all_parts(scripts)
    digests = {rule: digest(scripts, rule) for rule in before}
    originals = {path: path.read_text() for path in modules(scripts)}
    waiting = {path: definitions(originals[path], name) for path, name in modules(scripts).items()}
    changed_by_now, rounds = set(), 0
    while any(waiting.values()):
        edited = set()
        for path, left in waiting.items():
            chosen = dict([left.popitem()]) if left else {}
            edited |= chosen.keys()
            path.write_text(changed_source(originals[path], chosen))
        expected = {
            rule: [f"{name} changed" for name in sorted(edited & parts.keys())]
            for rule, parts in before.items()
        }
        assert changes(scripts, before) == {rule: e for rule, e in expected.items() if e}
        for rule, lines in expected.items():
            assert (code_digest(scripts / f"{rule}.py") != digests[rule]) == bool(lines)
        changed_by_now |= {name for parts in before.values() for name in edited & parts.keys()}
        rounds += 1
    reached = {name for parts in before.values() for name in parts if name.startswith("spinlearn.")}
    assert changed_by_now == reached, "every definition that a rule reaches had its turn"
    assert len(reached) > 300
    assert rounds > 20


def test_definitions_that_no_rule_reaches_do_not_matter(scripts):
    before = all_parts(scripts)
    reached = {name for parts in before.values() for name in parts}
    count = 0
    for path, module in modules(scripts).items():
        text = path.read_text()
        unreached = {
            name: node for name, node in definitions(text, module).items() if name not in reached
        }
        count += len(unreached)
        path.write_text(
            changed_source(text, unreached) + "\n\ndef new(x: int = 1) -> int:\n    return x\n"
        )
    assert count > 100
    assert changes(scripts, before) == {}


@pytest.mark.parametrize(
    ("definition", "rules"),
    [
        ("figures.gru.figure8", {"figures_gru_8"}),
        ("mbl.disorder.draw_fields", {"mbl_disorder", "mbl_windows"}),
        ("mbl.schemas.DISORDER", {"mbl_disorder", "mbl_indicators"}),
        ("spins.pardiso.SymmetricFactorisation", {"mbl_windows"}),
        ("learning.checkpoints.load_checkpoint", {"gru_train", "vae_train"}),
        ("workflow.seeds.rng", None),
        ("sqrbm.dense.MAX_UNITS", set()),
    ],
)
def test_a_definition_matters_to_the_rules_that_use_it_and_to_no_other(scripts, definition, rules):
    """The rules are told by reading the scripts; None stands for every rule that has random
    numbers, since a `Job` gives them out."""
    before = all_parts(scripts)
    module = f"spinlearn.{definition.rpartition('.')[0]}"
    path = scripts / f"{module.replace('.', '/')}.py"
    text, name = path.read_text(), f"spinlearn.{definition}"
    path.write_text(changed_source(text, {name: definitions(text, module)[name]}))
    found = changes(scripts, before)
    assert found.keys() == (before.keys() if rules is None else rules)
    assert all(lines == [f"{name} changed"] for lines in found.values())


def test_the_wording_of_errors_and_progress_does_not_matter(scripts):
    before = all_parts(scripts)
    edit(scripts / "spinlearn/workflow/errors.py", "to remake it", "to make it again")
    edit(scripts / "spinlearn/workflow/progress.py", "LOG_INTERVAL = 20.0", "LOG_INTERVAL = 5.0")
    edit(scripts / "spinlearn/__init__.py", "__version__ = ", "__version__ = '9' + ")
    assert changes(scripts, before) == {}


def test_the_script_itself_matters(scripts):
    before = all_parts(scripts)
    edit(scripts / "mbl_disorder.py", '"operators": "pauli"', '"operators": "spin"')
    assert changes(scripts, before) == {"mbl_disorder": ["mbl_disorder.py changed"]}


def test_dependencies_are_what_the_script_really_imports():
    """Independent route: what the interpreter has loaded after running the script's imports."""
    script = SCRIPTS / "mbl_indicators.py"
    code = (
        f"import sys; sys.path.insert(0, {str(SCRIPTS)!r});"
        "import importlib; importlib.import_module('mbl_indicators');"
        "print('\\n'.join(m.__file__ for n, m in sys.modules.items()"
        " if n.split('.')[0] == 'spinlearn'))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    found = {str(path) for path in codedigest.dependencies(script)}
    assert set(loaded) <= found


def test_the_configuration_models_are_no_input_of_any_rule():
    """A reworded description of a knob must rerun nothing."""
    for script in SCRIPTS.glob("*.py"):
        names = {path.name for path in codedigest.dependencies(script)}
        assert "config.py" not in names, script


def test_every_script_has_a_digest_that_differs_from_the_others():
    scripts = sorted(SCRIPTS.glob("*.py"))
    assert len({code_digest(script) for script in scripts}) == len(scripts) > 3


OTHER_PYTHONS = [name for minor in (11, 12, 13) if shutil.which(name := f"python3.{minor}")]


@pytest.mark.parametrize("python", OTHER_PYTHONS)
def test_every_python_version_at_hand_finds_the_same_parts(python):
    code = (
        "import json, sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]);"
        "from spinlearn.workflow.codedigest import code_parts;"
        "print(json.dumps({p.stem: code_parts(p) for p in Path(sys.argv[1]).glob('*.py')}))"
    )
    done = subprocess.run(
        [python, "-c", code, str(SCRIPTS)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if "not found" in done.stderr or "not installed" in done.stderr:
        pytest.skip(f"{python} is a name without an interpreter")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == all_parts(SCRIPTS)


# Packages.


def pinned(checkout: Path, package: str, version: str) -> None:
    """Change the version of one package in the lock."""
    lock = checkout / codedigest.LOCK
    text, count = re.subn(rf"(?m)^({package}==)[^ \n]+", rf"\g<1>{version}", lock.read_text())
    assert count == 1, package
    lock.write_text(text)


def rules_changed_by(checkout: Path, package: str) -> set[str]:
    scripts = checkout / "workflow_scripts"
    before = all_parts(scripts)
    pinned(checkout, package, "999.0")
    found = changes(scripts, before)
    for lines in found.values():
        assert len(lines) == 1
        assert lines[0].endswith("→ 999.0")
    return found.keys()


NETWORKS = {"gru_train", "gru_predict", "figures_gru_6", "figures_gru_8"} | {
    f"vae_{name}"
    for name in ("train", "observables", "mass_function", "susceptibilities", "entropies")
}


def test_a_drawing_package_matters_to_figures_alone(checkout):
    figures = {script.stem for script in SCRIPTS.glob("figures_*.py")}
    assert rules_changed_by(checkout, "matplotlib") == figures
    assert rules_changed_by(checkout, "contourpy") == figures


def test_torch_matters_to_networks_and_to_what_takes_a_gpu_where_there_is_one(checkout):
    assert rules_changed_by(checkout, "torch") == NETWORKS | {"mbl_windows"}


def test_the_array_package_matters_to_all_that_computes(checkout):
    assert rules_changed_by(checkout, "numpy") == {script.stem for script in SCRIPTS.glob("*.py")}


def test_engines_beneath_a_package_matter(checkout):
    assert rules_changed_by(checkout, "mkl") == {"mbl_windows"}
    assert rules_changed_by(checkout, "quspin-extensions") == rules_changed_by(checkout, "quspin")
    assert rules_changed_by(checkout, "llvmlite") == rules_changed_by(checkout, "numba")


def test_tables_matter_to_rules_that_read_or_write_them(checkout):
    changed = rules_changed_by(checkout, "pandas")
    assert {"scorecard", "report", "vae_observables", "figures_vae_5"} <= changed
    assert not changed & {"mbl_disorder", "mbl_indicators", "mbl_windows", "hbm_train", "tfi_povm"}


@pytest.mark.parametrize("package", ["snakemake", "tqdm", "h5py", "pydantic", "ruff", "pytest"])
def test_packages_that_change_no_value_do_not_matter(checkout, package):
    assert rules_changed_by(checkout, package) == set()


def test_comments_and_order_of_the_lock_do_not_matter(checkout, scripts):
    before = all_parts(scripts)
    lock = checkout / codedigest.LOCK
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    lock.write_text("# Reworded.\n" + "\n".join(reversed(lines)))
    assert changes(scripts, before) == {}


def test_a_pin_s_marker_belongs_to_it(checkout, scripts):
    before = all_parts(scripts)
    edit(
        checkout / codedigest.LOCK,
        "pypardiso==0.4.7 ; platform_machine ==",
        "pypardiso==0.4.7 ; os_name ==",
    )
    assert changes(scripts, before).keys() == {"mbl_windows"}


def test_without_a_lock_installed_versions_count(checkout, scripts):
    (checkout / codedigest.LOCK).unlink()
    parts = all_parts(scripts)["gru_train"]
    for name in ("numpy", "torch"):
        assert parts[name] == metadata.version(name)


def test_packages_are_found_under_the_names_that_they_are_published_under():
    """Every package that a rule uses is pinned, and is the one that brings what is imported."""
    lock = codedigest.pins(REPOSITORY / codedigest.LOCK)
    published = metadata.packages_distributions()
    library = Library(codedigest.LIBRARY, NEUTRAL)
    imported = {name for script in SCRIPTS.glob("*.py") for name in library.reach(script).packages}
    assert {"numpy", "torch", "tenpy", "sklearn"} <= imported
    for name in imported:
        distribution = codedigest._normal(DISTRIBUTIONS.get(name, name))
        assert distribution in lock, name
        assert distribution in map(codedigest._normal, published.get(name, [distribution]))
    for name in {*ENGINES, *(engine for engines in ENGINES.values() for engine in engines)}:
        assert name in lock, name
    assert NEUTRAL_PACKAGES.keys() <= lock.keys()


def test_differences_are_told_in_words():
    old = {"spinlearn.a.f": "1", "spinlearn.a.g": "1", "numpy": "2.3", "mkl": "1 ; x", "r.py": "1"}
    new = {"spinlearn.a.f": "2", "spinlearn.b.g": "1", "numpy": "2.4", "mkl": "2 ; x", "r.py": "1"}
    assert changed_parts(old, new) == [
        "mkl 1 → 2",
        "numpy 2.3 → 2.4",
        "spinlearn.a.f changed",
        "spinlearn.a.g is gone",
        "spinlearn.b.g is new",
    ]
    assert changed_parts(old, old) == []
    assert changed_parts({"mkl": "1 ; x"}, {"mkl": "1 ; y"}) == ["mkl 1 ; x → 1 ; y"]


# Real jobs.


@pytest.mark.slow
def test_all_code_that_jobs_run_is_part_of_their_digest(finished):
    """Independent route: jobs of every rule under a tracer; see `tracing`."""
    done = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).with_name("tracing.py")),
            str(REPOSITORY),
            str(finished),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    library = Library(codedigest.LIBRARY, NEUTRAL)
    names = {
        str(path.relative_to(codedigest.LIBRARY)): name for path, name in modules(SCRIPTS).items()
    }
    lines = {file: definition_lines(library.module(name)) for file, name in names.items()}
    published = metadata.packages_distributions().keys() - {codedigest.PACKAGE}
    scripts_run, packages, places = set(), set(), 0
    for rule, traced in json.loads(done.stdout).items():
        script = SCRIPTS / traced["script"]
        parts, files = code_parts(script), set(codedigest.dependencies(script))
        scripts_run.add(script)
        # The preset has no further blocks of networks and runs; their script is that of the first.
        assert traced["jobs"] or rule.endswith("_more"), rule
        for job in traced["jobs"]:
            what = f"{rule} {job['wildcards']}"
            assert {codedigest.LIBRARY / file for file in job["modules"]} <= files, what
            ran = {lines[file].get(line, names[file]) for file, line in job["places"]}
            assert ran - parts.keys() - PURE == {name for name in ran if is_neutral(name)}, what
            called = {name for name in job["packages"] if name in published}
            used = {codedigest._normal(DISTRIBUTIONS.get(name, name)) for name in called}
            assert used <= parts.keys() | NEUTRAL_PACKAGES.keys(), what
            packages |= used
            places += len(ran)
    assert scripts_run == set(SCRIPTS.glob("*.py"))
    assert places > 1000
    assert {
        "matplotlib",
        "numpy",
        "pandas",
        "physics-tenpy",
        "quspin",
        "scipy",
        "torch",
    } <= packages


def is_neutral(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in NEUTRAL)


def planned(plan: subprocess.CompletedProcess) -> set[str]:
    """Names of the rules that a dry run plans."""
    assert plan.returncode == 0, plan.stderr
    table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", plan.stdout, re.MULTILINE | re.DOTALL)
    return {line.split()[0] for line in table[1].splitlines()} - {"all"} if table else set()


@pytest.mark.slow
def test_snakemake_plans_what_a_changed_pin_or_function_asks_for(results, tmp_path):
    copy = copy_of_checkout(tmp_path / "clone")
    lock = copy / codedigest.LOCK
    original = lock.read_text()

    def rules() -> set[str]:
        return planned(smoke("--dry-run", cwd=results, checkout=copy))

    pinned(copy, "snakemake", "999.0")
    assert rules() == set()
    pinned(copy, "matplotlib", "999.0")
    figures = {script.stem for script in SCRIPTS.glob("figures_*.py")}
    assert rules() == figures | {"scorecard", "report"}
    lock.write_text(original)
    edit(copy / "workflow_scripts/spinlearn/sqrbm/crossfit.py", "_SCALE = 2.0", "_SCALE = 3.0")
    downstream = {"figures_sqrbm_theorem1", "scorecard", "report"}
    assert rules() == {"sqrbm_crossfit"} | downstream


PROBE = """
from spinlearn.spins.compiling import compiled
from spinlearn.spins.lanes import load, store, sub

@compiled
def difference(a, b, out):
    store(out, 0, sub(load(a, 0), load(b, 0)))
"""
USE = """
import numba, numpy
from spinlearn.spins.probe import difference
out = numpy.zeros(8)
difference(numpy.full(8, 5.0), numpy.full(8, 2.0), out)
print(out[0], len(difference.stats.cache_hits))
assert not numba.config.CACHE_DIR
"""


@pytest.mark.parametrize("place", ["beside", "user", "nowhere"])
def test_kernels_that_were_compiled_from_other_code_are_not_taken_up(tmp_path, place):
    """Numba looks at a kernel's own file; what is compiled into it may lie in another one."""
    spins, home = tmp_path / "spinlearn/spins", tmp_path / "home"
    shutil.copytree(codedigest.LIBRARY, tmp_path / "spinlearn")
    (spins / "probe.py").write_text(PROBE)
    if place != "beside":  # as where the installation is read-only, which root does not notice
        shutil.rmtree(spins / "__pycache__", ignore_errors=True)
        (spins / "__pycache__").touch()
    home.touch() if place == "nowhere" else home.mkdir()

    def result() -> list[str]:
        done = subprocess.run(
            [sys.executable, "-B", "-c", USE],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "HOME": str(home)},
        )
        return done.stdout.split()

    again = "0" if place == "nowhere" else "1"
    assert [result(), result()] == [["3.0", "0"], ["3.0", again]]
    edit(spins / "lanes.py", "builder.fsub(", "builder.fadd(")
    assert [result(), result()] == [["7.0", "0"], ["7.0", again]]
    assert (home / ".cache/spinlearn").is_dir() == (place == "user")
