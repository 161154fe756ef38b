"""Joining blocks of one result: order, and blocks that are refused."""

from pathlib import Path

import numpy as np
import pytest

from spinlearn.pipeline.errors import DatasetError, SchemaError
from spinlearn.storage.blocks import join_blocks
from spinlearn.storage.hdf5 import Contents, Dataset, Schema

SCHEMA = Schema(
    name="test/runs",
    version=1,
    path="results/test/runs.h5",
    description="runs",
    datasets=(
        Dataset("run", ("run",), "1", "number", dtype="int64"),
        Dataset("loss", ("run", "step"), "1", "loss"),
        Dataset("weights", ("2", "run"), "1", "runs along the second axis", optional=True),
        Dataset("target", ("outcome",), "1", "the same for all", allow_nan=True),
    ),
    attributes={"task": "what is learned", "h": "strength"},
)
TARGET = np.array([0.5, np.nan])


def block(first, count=2, task="parity", **changes):
    """A block of runs, each of which carries its number in every array."""
    runs = np.arange(first, first + count)
    arrays = {
        "run": runs,
        "loss": runs[:, None] + np.array([0.0, 0.25, 0.5]),
        "weights": np.stack([runs, -runs]).astype(float),
        "target": TARGET,
    }
    attributes = {"task": task, "h": 2.0, "parameters": {"seed": 1, "block": count}}
    for name, value in changes.items():
        if name in arrays:
            arrays[name] = value
        else:
            attributes[name] = value
    arrays = {name: array for name, array in arrays.items() if array is not None}
    return Contents(Path(f"{task}-{first}.h5"), arrays, attributes)


@pytest.mark.parametrize("order", [(0, 2, 4), (4, 0, 2), (2, 4, 0)])
def test_blocks_are_joined_in_any_order(order):
    (whole,) = join_blocks(SCHEMA, [block(first) for first in order], "run")
    expected = block(0, 6)
    assert set(whole.arrays) == set(expected.arrays)
    for name, array in expected.arrays.items():
        assert np.array_equal(whole[name], array, equal_nan=True), name
    assert whole.path == Path("parity-0.h5")
    assert whole.attributes["parameters"] == {"seed": 1, "block": 2}


def test_results_are_in_the_order_of_their_first_blocks():
    files = [block(0, task="b"), block(0, task="a"), block(2, task="b"), block(2, task="a")]
    joined = join_blocks(SCHEMA, files, "run", by=("task", "h"))
    assert [whole.attributes["task"] for whole in joined] == ["b", "a"]
    assert [whole["run"].tolist() for whole in joined] == [[0, 1, 2, 3]] * 2


def test_single_block_is_returned_unchanged():
    alone = block(0)
    (whole,) = join_blocks(SCHEMA, [alone], "run")
    assert whole is alone
    assert join_blocks(SCHEMA, [], "run") == []


def test_datasets_not_read_are_not_required():
    parts = [block(first, weights=None, target=None) for first in (0, 2)]
    (whole,) = join_blocks(SCHEMA, parts, "run")
    assert set(whole.arrays) == {"run", "loss"}


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        (block(1), DatasetError, "holds run 1, which parity-0.h5 holds too"),
        (block(2, task="digits"), SchemaError, "computed with task = digits, but parity-0.h5 with"),
        (block(2, h=3.0), SchemaError, "computed with h = 3.0, but parity-0.h5 with 2.0"),
        (
            block(2, parameters={"seed": 9, "block": 2}),
            SchemaError,
            "computed with parameters.seed = 9, but parity-0.h5 with 1",
        ),
        (
            block(2, parameters={"block": 2}),
            SchemaError,
            "computed with parameters.seed = None, but parity-0.h5 with 1",
        ),
        (block(2, target=np.array([0.5, 0.5])), DatasetError, "dataset 'target' differs"),
        (block(2, loss=np.zeros((2, 4))), DatasetError, "dataset 'loss' differs"),
        (block(2, weights=None), DatasetError, "dataset 'weights' is missing, but parity-0.h5 has"),
    ],
)
def test_join_refuses_blocks_that_were_not_computed_alike(other, error, words):
    with pytest.raises(error, match=words.replace(".", r"\.")) as caught:
        join_blocks(SCHEMA, [block(0), other], "run")
    assert caught.value.path == str(other.path)
