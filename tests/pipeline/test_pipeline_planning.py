"""Parameters, names, resources, progress: the small things that a Snakefile uses."""

import json
import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinlearn.workflow import planning, progress
from spinlearn.workflow.params import settings

from spinlearn.config import Config

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


def test_swapped_values_and_tuples():
    assert settings(a=1, b=2) != settings(a=2, b=1)
    assert settings(a=(1, 2)) == settings(a=[1, 2])
    assert json.loads(settings(c=Config()))["c"]["mbl"]["boundary"] == "ring"


@pytest.mark.parametrize("value", [{1, 2}, Path("x"), object(), float("nan")])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises((TypeError, ValueError)):
        settings(a=value)


def test_names():
    assert planning.hundredths([0.1, 2, 11.5]) == ["0.10", "2.00", "11.50"]
    assert planning.blocks(40, 20) == ["0000", "0001"]
    assert planning.block_patterns("a/{h}.h5", "a/{h}/{block}.h5", 20, 20) == ["a/{h}.h5"]
    assert planning.block_patterns("a/{h}.h5", "a/{h}/{block}.h5", 60, 20) == [
        "a/{h}.h5",
        "a/{h}/0001.h5",
        "a/{h}/0002.h5",
    ]
    assert planning.growing(300)(None, attempt=3) == 900


def test_tasks_of_an_array_ask_for_what_the_largest_job_needs_and_others_for_their_own():
    def cube(wildcards, attempt):
        return attempt * int(wildcards.L) ** 3

    workflow = SimpleNamespace()
    array = planning.requested(workflow, "mbl_windows", cube, snakemake=7, L=[2, 4, 3])
    single = planning.requested(workflow, "gru_train", cube, snakemake=7)
    small = SimpleNamespace(L="2")
    # A workstation: before the run its executor is unknown, then it is one without arrays.
    assert array(small, attempt=2) == single(small, attempt=2) == 16
    workflow.executor_settings = None
    assert array(small, attempt=2) == 16
    workflow.executor_settings = SimpleNamespace(array_jobs="hbm_train; mbl_windows")
    assert array(small, attempt=2) == 2 * 64 + 7
    assert single(small, attempt=2) == 16 + 7
    workflow.executor_settings.array_jobs = "mbl_windows_more"
    assert array(small, attempt=1) == 64 + 7
    workflow.executor_settings.array_jobs = "all"
    assert array(small, attempt=1) == 64 + 7
    workflow.executor_settings.array_jobs = None
    assert array(small, attempt=1) == 8 + 7


def test_the_invocation_to_repeat_is_as_short_as_can_be(tmp_path):
    snakefile = tmp_path / "Snakefile"
    overlay = tmp_path / "presets/my overlay.yaml"
    assert planning.invocation(tmp_path, snakefile, None, [], {}) == ""
    assert planning.invocation(tmp_path, snakefile, tmp_path, [], {}) == ""
    assert planning.invocation(tmp_path, snakefile, "runs/a", [overlay], {"seed": 7}) == (
        "--directory runs/a --configfile 'presets/my overlay.yaml' --config seed=7"
    )
    assert planning.invocation(tmp_path / "runs", snakefile, None, [snakefile], {}) == (
        f"--snakefile {snakefile} --configfile {snakefile}"
    )


def test_an_unwritable_results_folder_stops_with_a_plain_message(tmp_path, capsys):
    (tmp_path / "results").write_text("in the way")
    with pytest.raises(SystemExit) as caught:
        planning.check_results_folder(tmp_path / "results")
    assert caught.value.code == 1
    assert "cannot be written to" in capsys.readouterr().err


def test_progress_in_a_log_is_an_occasional_line(caplog, monkeypatch):
    clock = iter(range(0, 10_000, 8))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with caplog.at_level(logging.INFO, logger="spinlearn.progress"):
        assert list(progress.track(range(10), "diagonalising", unit="realisation")) == list(
            range(10)
        )
    lines = [record.message for record in caplog.records]
    # One look at the clock an item, 8 s apart, a line every 20 s: after 3, 6 and 9, and at the end.
    assert len(lines) == 4
    assert lines[0].startswith("diagonalising: 3/10 [00:24 elapsed, 00:56 left")
    assert "realisation" in lines[0]
