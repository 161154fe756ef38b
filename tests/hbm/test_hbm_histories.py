"""Histories on disk: what is written is read, and unfinished work is kept or refused."""

import logging
from dataclasses import fields, replace

import h5py
import numpy as np
import pandas as pd
import pytest

from spinlearn.hbm.histories import description, keeper, kept_runs, runs_of, write_runs
from spinlearn.hbm.machine import Drive, born_machine
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.tables import (
    disorder_sweep,
    join_runs,
    learned_images,
    loss_histories,
    parity_fidelities,
)
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import TrainingSettings, replay, train_runs
from spinlearn.pipeline.errors import SchemaError

SETTINGS = TrainingSettings(h=4.0, quenches=3, candidates=5, initial_state="random_product")


def trained(model):
    machine = born_machine(model, 4, 2, quench_time=2.0, drive=Drive(0.1, 0.5))
    target = target_distribution("digits3", 4)
    attributes = description(machine, SETTINGS, "digits3", model)
    return machine, target, attributes, train_runs(machine, target, SETTINGS, 1, 3)


@pytest.mark.parametrize("model", ["hidden", "basic", "driven", "anderson"])
def test_what_is_written_is_read_and_can_be_replayed(tmp_path, model):
    machine, target, attributes, results = trained(model)
    path = tmp_path / "runs.h5"
    write_runs(path, results, target, attributes)
    contents = RUNS.read(path)
    assert ("drives" in contents) == (model == "driven")
    back = runs_of(contents)
    assert list(back) == [0, 1, 2]
    for run, result in results.items():
        for field in fields(result):
            assert np.array_equal(getattr(back[run], field.name), getattr(result, field.name))
        states = replay(machine, back[run].initial_state, back[run].fields, back[run].drives)
        p = machine.distribution(states[-1])
        assert np.abs(p - contents["model_distribution"][run]).max() < 1e-12
    assert np.array_equal(contents["target_distribution"], target)
    read = contents.attributes
    assert (read["J_zz"], read["hidden"]) == (machine.J_zz, machine.hidden)
    assert (read["drive_strength"] > 0) == (model == "driven")
    assert "load_digits" in read["data"]


def test_kept_work_comes_back_for_its_own_key_alone(tmp_path, caplog):
    _, target, attributes, results = trained("driven")
    path = tmp_path / ".runs.h5.checkpoint"
    keep = keeper(path, "mine", target, attributes, interval=0.0)
    keep({2: results[2], 0: results[0]})
    back = kept_runs(path, "mine")
    assert sorted(back) == [0, 2]
    assert np.array_equal(back[2].drives, results[2].drives)
    with caplog.at_level(logging.WARNING):
        assert kept_runs(path, "yours") == {}
    assert "other parameters" in caplog.text
    keep(results)
    assert sorted(kept_runs(path, "mine")) == [0, 1, 2]


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_two_blocks_of_runs_are_one_of_twice_as_many_to_the_last_bit(tmp_path, model):
    """Files of runs 0-1 and 2-3, joined, against one file of runs 0-3."""
    machine, target, attributes, _ = trained(model)
    found = {}
    for name, runs in (("whole", range(4)), ("first", range(2)), ("second", range(2, 4))):
        results = train_runs(machine, target, SETTINGS, 1, runs)
        write_runs(tmp_path / name, results, target, attributes)
        found[name] = RUNS.read(tmp_path / name)
    assert found["second"]["run"].tolist() == [2, 3]
    (joined,) = join_runs([found["second"], found["first"]])
    whole = found["whole"]
    assert set(joined.arrays) == set(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.array_equal(joined[name], array), name
    for table in (loss_histories, disorder_sweep, learned_images):
        pd.testing.assert_frame_equal(
            table([found["first"], found["second"]]), table([whole]), check_exact=True
        )
    pd.testing.assert_frame_equal(
        parity_fidelities([found["first"], found["second"]], 1.0, 4.0),
        parity_fidelities([whole], 1.0, 4.0),
        check_exact=True,
    )


def test_runs_of_another_training_are_not_joined(tmp_path):
    machine, target, attributes, results = trained("basic")
    write_runs(tmp_path / "runs.h5", results, target, attributes)
    settings = replace(SETTINGS, candidates=6)
    other = train_runs(machine, target, settings, 1, range(3, 6))
    write_runs(
        tmp_path / "0001.h5", other, target, description(machine, settings, "digits3", "basic")
    )
    files = [RUNS.read(tmp_path / name) for name in ("runs.h5", "0001.h5")]
    with pytest.raises(SchemaError, match=r"0001\.h5: computed with candidates = 6, but .* with 5"):
        join_runs(files)


def test_work_is_kept_no_more_often_than_asked(tmp_path):
    _, target, attributes, results = trained("basic")
    path = tmp_path / "checkpoint"
    keeper(path, "key", target, attributes, interval=1000.0)(results)
    assert not path.exists()


def test_absent_and_damaged_work_counts_as_none(tmp_path, caplog):
    _, target, attributes, results = trained("basic")
    path = tmp_path / "checkpoint"
    assert kept_runs(path, "key") == {}
    keep = keeper(path, "key", target, attributes, interval=0.0)
    with caplog.at_level(logging.WARNING):
        keep(results)
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert kept_runs(path, "key") == {}
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file["fields"][1, 1, 1] += 1e-9
        assert kept_runs(path, "key") == {}
    assert "damaged" in caplog.text
    assert "not usable" in caplog.text
