"""Files of predictions: rows, and blocks of runs joined."""

import numpy as np
import pytest

from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.evaluation import Prediction, prediction_arrays
from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.pipeline.errors import SchemaError

GRID = np.array([0.25, 0.5])
ATTRIBUTES = {
    "variant": "multitask",
    "indicators": list(INDICATORS),
    "system": "ring",
    "disorder": "uniform",
    "train_L": [6],
    "train_realisations": 40,
    "recipe": "paper",
    "entropy_normalisation": "page",
    "parameters": {"epochs": 5},
    "training_code_digest": "0123456789abcdef",
}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    fields = [rng.uniform(-h, h, (3, L)) for L in (6, 8) for h in (2.0, 5.0)]
    targets = rng.uniform(size=(12, 2, 3))
    h = np.tile(np.repeat([2.0, 5.0], 3), 2)
    return Realisations(pad(fields), np.repeat([6, 8], 6), h, GRID, targets)


def arrays(data, runs):
    """Predictions of the runs with these numbers, each with its own noise."""
    flat = data.targets.reshape(-1, 3)
    noise = [np.random.default_rng(run).normal(size=flat.shape) for run in runs]
    features = np.array(runs, dtype=float)[:, None, None] * np.ones((1, len(flat), 2))
    return prediction_arrays(data, Prediction(flat + np.stack(noise), features), runs)


def written(path, data, runs, **attributes):
    PREDICTIONS.write(path, arrays(data, runs), {**ATTRIBUTES, **attributes})
    return path


def test_arrays_survive_a_file(data, tmp_path):
    found = read_predictions([written(tmp_path / "predictions.h5", data, [0, 1])])
    for name, array in arrays(data, [0, 1]).items():
        assert np.array_equal(found[name], array, equal_nan=array.dtype.kind == "f")
    assert found.attributes["train_L"] == [6]


def test_rows_are_realisations_and_energies(data):
    made = arrays(data, [0, 1])
    row = 2 * 7 + 1
    assert made["realisation"][row] == 7
    assert made["energy_density"][row] == GRID[1]
    assert np.array_equal(made["target"][row], data.targets[7, 1])
    assert np.array_equal(made["fields"][row], data.fields[7], equal_nan=True)


def test_blocks_give_the_whole(data, tmp_path):
    blocks = [
        written(tmp_path / "0001.h5", data, [2, 3]),
        written(tmp_path / "0000.h5", data, [0, 1]),
    ]
    joined = read_predictions(blocks)
    whole = arrays(data, [0, 1, 2, 3])
    assert set(joined.arrays) == set(whole)
    for name, array in whole.items():
        assert np.array_equal(joined[name], array, equal_nan=True), name


def test_predictions_of_another_training_are_not_joined(data, tmp_path):
    paths = [
        written(tmp_path / "a.h5", data, [0, 1]),
        written(tmp_path / "b.h5", data, [2, 3], train_realisations=41),
    ]
    with pytest.raises(
        SchemaError, match=r"b\.h5: computed with train_realisations = 41, but .* 40"
    ):
        read_predictions(paths)
    with pytest.raises(ValueError, match="no file"):
        read_predictions([])
