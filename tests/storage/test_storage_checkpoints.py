"""Checkpoints: exact, loaded only with their key, removed when the work is done."""

import logging
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spinlearn.pipeline.errors import EnvironmentVariableError, UnwritableError
from spinlearn.pipeline.job import Job
from spinlearn.storage.checkpoints import INTERVAL_VARIABLE, Checkpoint, interval

ARRAYS = {
    "theta": np.random.default_rng(0).normal(size=(3, 4)),
    "history": np.array([[0.1, np.nan], [-0.0, np.inf]]).T,
    "steps": np.array(7),
}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "deep/.m2.h5.checkpoint", "settings and code")


def is_same(loaded, arrays):
    return loaded.keys() == arrays.keys() and all(
        loaded[name].dtype == array.dtype
        and loaded[name].shape == array.shape
        and loaded[name].tobytes() == array.tobytes()
        for name, array in arrays.items()
    )


def test_nothing_is_loaded_before_something_is_saved(checkpoint):
    assert checkpoint.load() is None
    assert not checkpoint.path.parent.exists()


@given(
    array=hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.complex128, np.int64, np.uint8, bool]),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
    )
)
def test_arrays_come_back_to_the_last_bit(array):
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Checkpoint(Path(folder) / "work", "key")
        for arrays in (ARRAYS, {"any": array}):
            checkpoint.save(arrays)
            assert is_same(checkpoint.load(), arrays)
            assert os.listdir(folder) == ["work"]


def test_arrays_are_returned_for_their_key_alone(checkpoint, caplog):
    checkpoint.save(ARRAYS)
    assert is_same(Checkpoint(checkpoint.path, checkpoint.key).load(), ARRAYS)
    with caplog.at_level(logging.WARNING):
        assert Checkpoint(checkpoint.path, "other settings").load() is None
    assert "belongs to other parameters or code; starting anew" in caplog.text


def test_damage_and_cuts_are_noticed_wherever_they_are(checkpoint, caplog):
    checkpoint.save({"x": np.arange(3)})
    whole = checkpoint.path.read_bytes()
    damaged = [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in range(len(whole))]
    damaged += [whole[:k] for k in range(len(whole))]
    with caplog.at_level(logging.WARNING):
        for content in damaged:
            checkpoint.path.write_bytes(content)
            assert checkpoint.load() is None
    assert len(caplog.records) == len(damaged)
    assert "not an intact checkpoint; starting anew" in caplog.text


def test_checkpoint_is_removed_only_after_success(checkpoint):
    checkpoint.save(ARRAYS)
    with pytest.raises(ZeroDivisionError), checkpoint:
        raise ZeroDivisionError
    assert is_same(checkpoint.load(), ARRAYS)
    with checkpoint:
        pass
    assert os.listdir(checkpoint.path.parent) == []
    checkpoint.remove()  # there is none: nothing happens


def test_parts_are_separate_and_removed_with_the_whole(checkpoint):
    neighbour = Checkpoint(checkpoint.path.with_name(".m3.h5.checkpoint"), "key")
    parts = {name: checkpoint.part(name) for name in ("1", "10", "head")}
    for number, (name, part) in enumerate(parts.items()):
        part.save({name: np.array(number)})
    neighbour.save(ARRAYS)
    assert {name: part.load()[name].item() for name, part in parts.items()} == {
        "1": 0,
        "10": 1,
        "head": 2,
    }
    os.replace(parts["10"].path, parts["head"].path)
    assert parts["head"].load() is None, "it belongs to another part"
    checkpoint.remove()
    assert os.listdir(checkpoint.path.parent) == [neighbour.path.name]


def test_leftovers_of_killed_processes_are_removed(checkpoint, monkeypatch):
    """The unfinished files of a checkpoint and of a part of it."""
    for kept in (checkpoint, checkpoint.part("head")):
        kept.save(ARRAYS)
        monkeypatch.setattr(os, "replace", lambda one, other: None)
        monkeypatch.setattr(Path, "unlink", lambda path, missing_ok: None)
        kept.save(ARRAYS)
        monkeypatch.undo()
    assert len(os.listdir(checkpoint.path.parent)) == 4
    checkpoint.remove()
    assert os.listdir(checkpoint.path.parent) == []


def test_saving_is_due_after_the_interval(tmp_path, monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("time.monotonic", lambda: clock.now)
    checkpoint = Checkpoint(tmp_path / "work", "key", interval=30.0)
    for start in (100.0, 130.0):
        clock.now = start + 29.9
        assert not checkpoint.due()
        clock.now = start + 30.0
        assert checkpoint.due()
        checkpoint.save(ARRAYS)
    assert Checkpoint(tmp_path / "work", "key", interval=0.0).due()


def test_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnwritableError, match="cannot be written to"):
        Checkpoint(tmp_path / "file/work", "key").save(ARRAYS)


def test_checkpoint_of_a_job_lies_beside_its_output(tmp_path, monkeypatch):
    monkeypatch.setenv(INTERVAL_VARIABLE, "0")
    output = tmp_path / "m2.h5"
    files = SimpleNamespace(runs=output)

    def of(**changes):
        job = Job("rule", {}, {"x": 1}, SimpleNamespace(), files, code="c")
        return Checkpoint.of(Job(**{**vars(job), **changes}), output)

    of().save(ARRAYS)
    assert os.listdir(tmp_path) == [".m2.h5.checkpoint"]
    assert is_same(of().load(), ARRAYS)
    assert of().due()
    for change in ({"settings": {"x": 2}}, {"code": "d"}, {"wildcards": {"block": "0001"}}):
        assert of(**change).load() is None


@pytest.mark.parametrize(("value", "seconds"), [(None, 30.0), ("0", 0.0), ("0.5", 0.5)])
def test_interval_is_what_the_environment_says(monkeypatch, value, seconds):
    monkeypatch.delenv(INTERVAL_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(INTERVAL_VARIABLE, value)
    assert interval() == seconds


@pytest.mark.parametrize("value", ["", "often", "-1", "nan", "inf"])
def test_interval_without_a_meaning_is_refused(monkeypatch, value):
    monkeypatch.setenv(INTERVAL_VARIABLE, value)
    with pytest.raises(EnvironmentVariableError, match="SPINLEARN_CHECKPOINT_INTERVAL="):
        interval()
