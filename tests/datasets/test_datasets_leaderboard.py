"""Targets of the leaderboard, and the file of what models learned: round trip, faults."""

import numpy as np
import pytest

from spinlearn.datasets import strings
from spinlearn.datasets.leaderboard import (
    Learned,
    Targets,
    load,
    nearest_width,
    read_targets,
    save,
)
from spinlearn.datasets.patterns import parity, random
from spinlearn.datasets.strings import Request
from spinlearn.pipeline.errors import DatasetError, FileError, SchemaError


@pytest.fixture
def targets(tmp_path):
    """Two data sets of 4 bits: one that runs share, one with a draw per run."""
    paths = {}
    for made in (parity, random):
        paths[made.__name__] = [tmp_path / f"{made.__name__}.h5"]
        data = made(Request(n=4, runs=range(3)))
        strings.save(paths[made.__name__][0], data, made.__name__, {})
    return read_targets(paths, range(3))


def learned_of(targets, model="rbm"):
    p = np.full(targets.probability.shape, 1 / 16)
    return Learned(model, "3 hidden units", 19, 19, p)


def test_targets_are_those_of_each_run(targets):
    assert targets.names == ("parity", "random")
    assert targets.n == 4
    for run in range(3):
        assert (targets.probability[0, run] == parity(Request(n=4)).target(0)).all()
        drawn = random(Request(n=4, runs=range(3))).target(run)
        assert (targets.probability[1, run] == drawn).all()


def test_the_best_start_of_each_run_is_chosen(targets):
    """Rows are ordered by start, then data set, then run, as the keys are."""
    keys = targets.keys(2)
    assert [(key["start"], key["dataset"], key["run"]) for key in keys[5:8]] == [
        (0, "random", 2),
        (1, "parity", 0),
        (1, "parity", 1),
    ]
    losses = np.arange(12.0)
    losses[7] = -1  # start 1, parity, run 1
    assert targets.best_starts(losses).tolist() == [0, 7, 2, 3, 4, 5]
    rows = targets.repeated(2)
    assert (rows[7] == targets.probability[0, 1]).all()


@pytest.mark.parametrize(
    ("parameters", "width"), [(1, 1), (48, 6), (51, 6), (52, 7), (10_000, 1428)]
)
def test_the_nearest_width_is_found(parameters, width):
    """RBMs of 6 bits: 6 + 7 m."""
    assert nearest_width(lambda m: 6 + 7 * m, parameters) == width


def test_blocks_of_runs_are_joined(targets, tmp_path):
    later = Targets(targets.names, (3, 4, 5), targets.probability)
    for name, part in (("b", later), ("a", targets)):
        save(tmp_path / f"{name}.h5", "sqrbm", part, [learned_of(part)], {})
    (found,) = load("sqrbm", [tmp_path / "b.h5", tmp_path / "a.h5"])
    assert found["run"].tolist() == list(range(6))
    assert found["distribution"].shape == (1, 2, 6, 16)
    assert found.attributes["models"] == ["rbm"]
    assert found.attributes["data_sets"] == ["parity", "random"]


def test_no_more_parameters_count_than_determine_a_distribution(targets, tmp_path):
    """2^4 - 1 numbers do; a smaller count stays."""
    p = learned_of(targets).distribution
    models = [Learned(name, "", 40, count, p) for name, count in (("rbm", 33), ("sqrbm", 9))]
    save(tmp_path / "a.h5", "sqrbm", targets, models, {})
    (found,) = load("sqrbm", [tmp_path / "a.h5"])
    assert found["independent"].tolist() == [15, 9]
    assert found["parameters"].tolist() == [40, 40]


def test_blocks_of_other_models_are_refused(targets, tmp_path):
    save(tmp_path / "a.h5", "sqrbm", targets, [learned_of(targets)], {})
    later = Targets(targets.names, (3, 4, 5), targets.probability)
    save(tmp_path / "b.h5", "sqrbm", later, [learned_of(later, "sqrbm")], {})
    with pytest.raises(SchemaError, match="models"):
        load("sqrbm", [tmp_path / "a.h5", tmp_path / "b.h5"])


def test_a_missing_draw_is_named(targets, tmp_path):
    strings.save(tmp_path / "one.h5", random(Request(n=4, runs=[0])), "random", {})
    with pytest.raises(DatasetError, match="no draw for run 1"):
        read_targets({"random": [tmp_path / "one.h5"]}, range(2))


def test_a_damaged_file_is_refused(targets, tmp_path):
    path = tmp_path / "a.h5"
    save(path, "sqrbm", targets, [learned_of(targets)], {})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"a\.h5"):
        load("sqrbm", [path])
