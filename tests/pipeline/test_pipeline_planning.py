"""Settings of a rule, names in paths, resources: what the Snakefile uses."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinlearn.pipeline import planning
from spinlearn.pipeline.planning import settings

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), plain, max_size=4))
def test_settings_are_canonical_and_lossless(values):
    text = settings(**values)
    assert json.loads(text) == values
    assert settings(**dict(reversed(values.items()))) == text


@pytest.mark.parametrize("value", [{1, 2}, Path("x"), object(), float("nan"), float("inf")])
def test_settings_without_a_canonical_form_are_refused(value):
    with pytest.raises((TypeError, ValueError)):
        settings(a=value)


@given(st.lists(st.integers(0, 10**4), unique=True))
def test_values_with_two_decimals_have_names_of_their_own(hundredths):
    values = [value / 100 for value in hundredths]
    names = planning.two_decimals(values)
    assert len(set(names)) == len(names)
    assert list(map(float, names)) == values


@pytest.mark.parametrize("blocks", [1, 2, 37])
def test_blocks_are_numbered_and_stay_when_items_are_added(blocks):
    names = planning.blocks(blocks * 20, 20)
    assert list(map(int, names)) == list(range(blocks))
    assert planning.blocks((blocks + 1) * 20, 20)[:-1] == names


def test_resource_grows_with_every_attempt():
    cube = planning.per_attempt(lambda wildcards: int(wildcards.L) ** 3, base=7)
    small, large = SimpleNamespace(L="2"), SimpleNamespace(L="4")
    assert [cube(small, attempt=n) for n in (1, 2, 3)] == [15, 23, 31]
    assert cube(large, attempt=1) == 71
    assert planning.per_attempt(2.6)(small, attempt=3) == 7


def test_stop_ends_with_a_message_and_status_one():
    program = "from spinlearn.pipeline.planning import stop; stop('what is wrong')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "what is wrong\n")


def test_full_disk_stops_before_anything_is_planned(tmp_path, monkeypatch):
    planning.check_room(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(SystemExit) as caught:
        planning.check_room(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: cannot be written to (No space left")


def test_results_that_are_no_folder_stop_before_anything_is_planned(tmp_path):
    results = tmp_path / "results"
    planning.check_results(results)
    results.mkdir()
    planning.check_results(results)
    (tmp_path / "file").touch()
    (tmp_path / "to_folder").symlink_to(results)
    planning.check_results(tmp_path / "to_folder")
    (tmp_path / "to_file").symlink_to(tmp_path / "file")
    (tmp_path / "to_nothing").symlink_to("/nowhere")
    for name, words in (
        ("file", "file is a file, where a folder is needed: move it away"),
        ("to_file", "to_file is a file, where a folder is needed: move it away"),
        ("to_nothing", "to_nothing is a link to /nowhere, which does not exist"),
    ):
        with pytest.raises(SystemExit, match=words):
            planning.check_results(tmp_path / name)
