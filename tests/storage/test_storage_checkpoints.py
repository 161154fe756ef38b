"""Checkpoints of arrays, and how often they are written; torch's states are tested in learning."""

import logging
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spinlearn.workflow import checkpoints

from spinlearn.pipeline.errors import EnvironmentVariableError
from spinlearn.storage.checkpoints import (
    discard_checkpoint,
    interval,
    load_arrays,
    read_checkpoint,
    save_arrays,
    write_checkpoint,
)
from spinlearn.storage.files import atomic, partial_files

ARRAYS = {
    "theta": np.random.default_rng(0).normal(size=(3, 4)),
    "history": np.arange(6.0).reshape(2, 3).T,
    "steps": np.array(7),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / ".m2.h5.checkpoint"


def test_arrays_come_back_to_the_last_bit(path):
    save_arrays(path, "key", ARRAYS)
    back = load_arrays(path, "key")
    assert sorted(back) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    assert os.listdir(path.parent) == [path.name]


@given(content=st.binary(max_size=40), key=st.text(max_size=8), other=st.text(max_size=8))
def test_content_is_returned_for_its_key_alone(tmp_path_factory, content, key, other):
    path = tmp_path_factory.mktemp("any") / "checkpoint"
    write_checkpoint(path, key, content)
    assert read_checkpoint(path, key) == content
    assert (read_checkpoint(path, other) == content) == (other == key)


def test_a_flipped_bit_anywhere_and_any_truncation_are_noticed(path, caplog):
    write_checkpoint(path, "key", b"content\nof two lines")
    whole = path.read_bytes()
    damaged = [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in range(len(whole))]
    damaged += [whole[:k] for k in range(len(whole))]
    with caplog.at_level(logging.WARNING):
        for content in damaged:
            path.write_bytes(content)
            assert read_checkpoint(path, "key") is None
    assert len(caplog.records) == len(damaged)
    assert {record.msg for record in caplog.records} == {
        "%s: not an intact checkpoint; starting anew"
    }


def test_a_discarded_checkpoint_leaves_nothing_of_its_own_behind(path):
    write_checkpoint(path, "key", b"content")
    with atomic(path) as half:
        shutil.copy(path, half)
        left = half.with_name(half.name.replace(".partial", "-.partial"))
        shutil.copy(half, left)  # as if this writer had been killed
    other = path.with_name(".m3.h5.checkpoint")
    write_checkpoint(other, "key", b"content")
    assert partial_files(path) == [left]
    discard_checkpoint(path)
    discard_checkpoint(path)  # there is none: nothing happens
    assert os.listdir(path.parent) == [other.name]


def test_the_interval_is_what_the_environment_says(monkeypatch):
    monkeypatch.delenv(checkpoints.INTERVAL_VARIABLE, raising=False)
    assert interval() == checkpoints.INTERVAL == 30.0
    monkeypatch.setenv(checkpoints.INTERVAL_VARIABLE, "0.5")
    assert interval() == 0.5


@pytest.mark.parametrize("value", ["", "often", "-1", "nan", "inf"])
def test_an_interval_of_no_meaning_is_refused(monkeypatch, value):
    monkeypatch.setenv(checkpoints.INTERVAL_VARIABLE, value)
    with pytest.raises(EnvironmentVariableError, match="SPINLEARN_CHECKPOINT_INTERVAL="):
        interval()


def test_jobs_of_a_second_do_not_load_torch(repository):
    """The start-up of torch takes longer than most jobs of sqrbm and hbm."""
    code = (
        "import sys, sqrbm_train, sqrbm_crossfit, hbm_train;"
        "sys.exit('torch' in sys.modules or 'sqrbm_train' not in sys.modules)"
    )
    scripts = str(repository / "workflow_scripts")
    environment = {**os.environ, "PYTHONPATH": scripts}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
