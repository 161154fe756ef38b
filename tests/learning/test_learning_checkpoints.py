"""Checkpoints: what is saved comes back, and nothing else ever does."""

import logging
import os

import pytest
import torch

from spinlearn.learning.checkpoints import load_checkpoint, save_checkpoint

STATE = {
    "model": {"weight": torch.arange(12, dtype=torch.float64).reshape(3, 4)},
    "history": [{"epoch": 1, "train_loss": 0.5}, {"epoch": 2, "train_loss": 0.25}],
    "epoch": 2,
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "run.checkpoint"


def test_roundtrip_makes_the_folder_and_keeps_every_bit(path):
    save_checkpoint(path, "key", STATE)
    back = load_checkpoint(path, "key")
    assert torch.equal(back["model"]["weight"], STATE["model"]["weight"])
    assert back["model"]["weight"].dtype == torch.float64
    assert back["history"] == STATE["history"]
    assert back["epoch"] == 2
    assert os.listdir(path.parent) == [path.name]


def test_the_later_checkpoint_replaces_the_earlier(path):
    save_checkpoint(path, "key", STATE)
    save_checkpoint(path, "key", {**STATE, "epoch": 7})
    assert load_checkpoint(path, "key")["epoch"] == 7


def test_an_absent_file_is_no_checkpoint_and_no_warning(path, caplog):
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, "key") is None
    assert not caplog.records


def test_another_key_is_ignored_with_a_warning(path, caplog):
    save_checkpoint(path, "learning_rate=1", STATE)
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, "learning_rate=2") is None
    assert "other parameters" in caplog.text


@pytest.mark.parametrize("where", [0.0, 0.01, 0.3, 0.6, 0.9, 1.0])
def test_one_flipped_bit_anywhere_is_noticed(path, caplog, where):
    save_checkpoint(path, "key", STATE)
    content = bytearray(path.read_bytes())
    content[int(where * (len(content) - 1))] ^= 1
    path.write_bytes(bytes(content))
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, "key") is None
    assert "not an intact checkpoint" in caplog.text


@pytest.mark.parametrize("keep", [0, 1, 40, 60, 500])
def test_a_truncated_file_is_ignored(path, keep):
    save_checkpoint(path, "key", STATE)
    path.write_bytes(path.read_bytes()[:keep])
    assert load_checkpoint(path, "key") is None


def test_a_folder_in_its_place_is_ignored(path, caplog):
    path.mkdir(parents=True)
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(path, "key") is None
    assert "cannot be read" in caplog.text


def test_a_failed_write_leaves_the_old_checkpoint(path):
    save_checkpoint(path, "key", STATE)
    with pytest.raises(Exception, match="pickle"):
        save_checkpoint(path, "key", {"unpicklable": lambda: None})
    assert load_checkpoint(path, "key")["epoch"] == 2
    assert os.listdir(path.parent) == [path.name]


def test_objects_that_run_code_are_not_restored(path, caplog):
    class Harmless:
        pass

    globals()["Harmless"] = Harmless
    Harmless.__qualname__ = "Harmless"
    try:
        save_checkpoint(path, "key", {"object": Harmless()})
        with caplog.at_level(logging.WARNING):
            assert load_checkpoint(path, "key") is None
        assert "not restored" in caplog.text
    finally:
        del globals()["Harmless"]
