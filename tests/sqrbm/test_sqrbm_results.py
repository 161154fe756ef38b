"""Files of trained machines: what is in them, and blocks joined."""

import numpy as np
import pytest

from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.pipeline.errors import DatasetError, SchemaError
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.results import load, save
from spinlearn.sqrbm.schemas import FIT
from spinlearn.sqrbm.training import Settings, train

MACHINE = Machine(6, 2, "XZ")


def trained(dataset, runs, seed=1):
    data = getattr(patterns, dataset)(Request(n=MACHINE.n, seed=seed, runs=runs))
    rows = [0] if data.runs is None else runs
    target = np.stack([data.target(run) for run in rows])
    return train(MACHINE, target, Settings(60, 0.1), seed=seed, runs=runs, dataset=dataset)


def saved(path, dataset, runs, seed=1, **attributes):
    """The file of one block."""
    about = {"dataset": dataset, "source": "a test", **attributes}
    save(path, trained(dataset, runs, seed), about)
    return path


def test_files_hold_what_was_trained(tmp_path):
    file = FIT.read(saved(tmp_path / "0000.h5", "random", range(3)))
    result = trained("random", range(3))
    np.testing.assert_array_equal(file["tvd"], result.tvd)
    np.testing.assert_allclose(file["kl_history"], result.kl_history, rtol=1e-6)
    np.testing.assert_array_equal(file["targets"], result.target)
    assert "target" not in file
    parameters = [file[name] for name in ("visible_field", "hidden_field", "coupling")]
    theta = MACHINE.pack(type(MACHINE.unpack(result.parameters))(*parameters))
    np.testing.assert_array_equal(theta, result.parameters)
    assert file.attributes["parameter_count"] == 6 + 2 * 2 * 7


def test_machines_worse_than_guessing_are_not_in_the_file(tmp_path):
    """Steps of order 100 on the uniform distribution; the distances are there all the same."""
    q = np.full((1, 2**MACHINE.n), 0.5**MACHINE.n)
    result = train(MACHINE, q, Settings(100, 100.0), seed=1, runs=range(3), dataset="flat")
    save(tmp_path / "0000.h5", result, {"dataset": "flat", "source": "a test"})
    file = FIT.read(tmp_path / "0000.h5")
    worse = file["kl_best"] > 0.01
    assert worse.any()
    assert np.isfinite(file["tvd"]).all()
    for name in ("visible_field", "hidden_field", "coupling"):
        assert (np.isnan(file[name].reshape(3, -1)).all(axis=1) == worse).all()


def test_equal_targets_are_stored_once(tmp_path):
    file = FIT.read(saved(tmp_path / "0000.h5", "bars", range(2)))
    assert "targets" not in file
    np.testing.assert_array_equal(file["target"], patterns.bars(Request(n=6)).target(0))
    assert (file.attributes["dataset"], file.attributes["source"]) == ("bars", "a test")


@pytest.mark.parametrize("dataset", ["random", "parity"])
def test_two_blocks_are_one_of_twice_as_many_runs(tmp_path, dataset):
    """To the last bit: files of runs 0-2 and 3-5, joined, against one file of runs 0-5."""
    (whole,) = load([saved(tmp_path / "whole.h5", dataset, range(6))])
    first = saved(tmp_path / "0000.h5", dataset, range(3))
    second = saved(tmp_path / "0001.h5", dataset, range(3, 6))
    (joined,) = load([second, first])
    assert joined.path == first
    assert set(joined.arrays) == set(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.array_equal(joined[name], array), name


def test_named_datasets_alone_are_read(tmp_path):
    (file,) = load([saved(tmp_path / "0000.h5", "bars", range(2))], "tvd")
    assert set(file.arrays) == {"run", "tvd"}


@pytest.mark.parametrize(
    ("other", "error", "words"),
    [
        ({"runs": range(2, 5)}, DatasetError, "holds run 2, which .*0000.h5 holds too"),
        ({"source": "another"}, SchemaError, "computed with source = another, but .* a test"),
        (
            {"parameters": {"iterations": 61}},
            SchemaError,
            "computed with parameters.iterations = 61, but .*0000.h5 with 60",
        ),
    ],
)
def test_blocks_of_other_trainings_are_not_joined(tmp_path, other, error, words):
    options = {"runs": range(3), "parameters": {"iterations": 60}}
    first = saved(tmp_path / "0000.h5", "random", **options)
    second = saved(tmp_path / "0001.h5", "random", **{**options, "runs": range(3, 6), **other})
    with pytest.raises(error, match=rf"0001\.h5: {words}"):
        load([first, second])
