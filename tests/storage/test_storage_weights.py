"""Files of weights: round trip, and a named error for everything else."""

import shutil
import zipfile

import pytest
import torch

from spinlearn.pipeline.digest import FORMAT
from spinlearn.pipeline.errors import (
    CorruptFileError,
    DatasetError,
    FileError,
    MissingFileError,
    SchemaError,
)
from spinlearn.storage import weights
from spinlearn.storage.weights import load_weights, save_weights

KIND = "test weights 1"


def build(stored):
    model = torch.nn.Linear(stored["inputs"], 2)
    model.load_state_dict(stored["state"])
    return model


def saved(path, value=0.5, **changes):
    state = {"weight": torch.full((2, 3), value), "bias": torch.zeros(2)}
    save_weights(path, KIND, {"inputs": 3, "state": state, **changes})
    return path


def test_what_was_saved_is_restored(tmp_path):
    model = load_weights(saved(tmp_path / "model.pt"), KIND, build)
    assert torch.equal(model.weight, torch.full((2, 3), 0.5))
    assert [item.name for item in tmp_path.iterdir()] == ["model.pt"]


def test_flipped_bits_of_the_weights_are_noticed(tmp_path):
    """Torch itself reads damaged numbers without an error."""
    path = saved(tmp_path / "model.pt")
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        weight = next(n for n in archive.namelist() if archive.getinfo(n).file_size == 24)
        start = whole.index(archive.read(weight))
    for bit in range(8 * 24):
        damaged = bytearray(whole)
        damaged[start + bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        assert torch.load(path, weights_only=True)["state"]["bias"].sum() == 0
        with pytest.raises(CorruptFileError, match="not what was written"):
            load_weights(path, KIND, build)


def test_every_cut_is_noticed(tmp_path):
    path = saved(tmp_path / "model.pt")
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError, match=r"model\.pt"):
            load_weights(path, KIND, build)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"value": float("nan")}, DatasetError, "not finite"),
        ({"value": float("inf")}, DatasetError, "not finite"),
        ({"inputs": 4}, SchemaError, "do not fit"),
        ({"inputs": "three"}, SchemaError, "do not fit"),
        ({"state": {"weight": torch.zeros(2, 3)}}, SchemaError, "do not fit"),
        ({"state": {}}, SchemaError, "do not fit"),
        ({"kind": "other weights"}, SchemaError, "not a file of kind 'test weights 1'"),
    ],
)
def test_content_that_does_not_fit_is_named(tmp_path, changes, error, words):
    path = saved(tmp_path / "model.pt", **changes)
    with pytest.raises(error, match=words):
        load_weights(path, KIND, build)


def test_foreign_and_missing_files_are_named(tmp_path):
    path = tmp_path / "model.pt"
    with pytest.raises(MissingFileError):
        load_weights(path, KIND, build)
    for foreign in ([1, 2], torch.nn.Linear(2, 2), {"kind": 1}):
        torch.save(foreign, path)
        with pytest.raises(FileError, match=r"model\.pt"):
            load_weights(path, KIND, build)
    with pytest.raises(CorruptFileError, match="a folder"):
        load_weights(tmp_path, KIND, build)


def test_weights_of_another_format_are_refused(tmp_path, monkeypatch):
    path = saved(tmp_path / "model.pt")
    monkeypatch.setattr(weights, "FORMAT", 99)
    with pytest.raises(
        SchemaError, match=rf"another version of spinlearn \(format {FORMAT}, .* reads 99"
    ):
        load_weights(path, KIND, build)
    torch.save({"kind": KIND}, path)
    with pytest.raises(SchemaError, match=r"another version .*\(format 1,"):
        load_weights(path, KIND, build)


def test_weights_may_be_copied(tmp_path):
    path = saved(tmp_path / "results/a/model.pt")
    copy = shutil.copyfile(path, tmp_path / "mine.pt")
    assert torch.equal(load_weights(copy, KIND, build).weight, torch.full((2, 3), 0.5))
