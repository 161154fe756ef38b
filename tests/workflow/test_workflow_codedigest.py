"""Code digests: what changes them and what does not. The library is copied and edited."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spinlearn.workflow import codedigest

SCRIPTS = Path(codedigest.LIBRARY).parent


def digest(scripts: Path, rule: str) -> str:
    """Digest as a fresh process over a copied library computes it."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from spinlearn.workflow.codedigest import code_digest;"
        "print(code_digest(f'{sys.argv[1]}/{sys.argv[2]}.py'))"
    )
    command = [sys.executable, "-c", code, str(scripts), rule]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def scripts(tmp_path):
    copy = tmp_path / "workflow_scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return copy


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_comments_docstrings_layout_and_file_times_do_not_matter(scripts):
    before = digest(scripts, "mbl_indicators")
    module = scripts / "spinlearn/mbl/indicators.py"
    edit(module, '"""Indicators of many-body', '"""INDICATORS of many-body')
    edit(
        module,
        "    fields = np.asarray(fields, dtype=float)\n",
        "    # a comment\n\n    fields = np.asarray(fields,   dtype=float)\n",
    )
    edit(scripts / "mbl_indicators.py", '"""Rule', '"""A rule')
    module.touch()
    assert digest(scripts, "mbl_indicators") == before


def test_code_in_an_imported_module_matters_to_its_dependents_alone(scripts):
    before = {rule: digest(scripts, rule) for rule in ("mbl_indicators", "mbl_disorder")}
    edit(scripts / "spinlearn/spins/entanglement.py", "total -= ", "total += ")
    assert digest(scripts, "mbl_indicators") != before["mbl_indicators"]
    assert digest(scripts, "mbl_disorder") == before["mbl_disorder"]


def test_the_wording_of_errors_and_progress_does_not_matter(scripts):
    before = digest(scripts, "mbl_indicators")
    edit(scripts / "spinlearn/workflow/errors.py", "to remake it", "to make it again")
    edit(scripts / "spinlearn/workflow/progress.py", "LOG_INTERVAL = 20.0", "LOG_INTERVAL = 5.0")
    assert digest(scripts, "mbl_indicators") == before


def test_the_script_itself_matters(scripts):
    before = digest(scripts, "mbl_disorder")
    edit(scripts / "mbl_disorder.py", '"operators": "pauli"', '"operators": "spin"')
    assert digest(scripts, "mbl_disorder") != before


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
    assert len({codedigest.code_digest(script) for script in scripts}) == len(scripts) > 3
