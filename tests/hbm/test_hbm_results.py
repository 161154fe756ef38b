"""Files of runs: loading is exact, blocks are joined, other trainings' blocks are refused."""

from dataclasses import fields, replace

import numpy as np
import pytest

from spinlearn.hbm.machine import Drive, born_machine
from spinlearn.hbm.results import description, load, save
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import Settings, replay, stacked, train, unstacked
from spinlearn.pipeline.errors import SchemaError

SETTINGS = Settings(h=4.0, quenches=3, candidates=5, initial_state="random_product")


def trained(model, runs=3, settings=SETTINGS):
    machine = born_machine(model, 4, 2, quench_time=2.0, drive=Drive(0.1, 0.5))
    target = target_distribution("digits3", 4)
    attributes = description(machine, settings, "digits3", model)
    return machine, target, attributes, train(machine, target, settings, 1, runs)


def assert_same(found, expected):
    """Bit for bit, run by run."""
    assert list(found) == list(expected)
    for run, result in expected.items():
        for field in fields(result):
            one, two = getattr(found[run], field.name), getattr(result, field.name)
            assert np.asarray(one).dtype == np.asarray(two).dtype
            assert np.array_equal(one, two), field.name


@pytest.mark.parametrize("model", ["hidden", "basic", "driven", "anderson"])
def test_load_gives_back_what_was_saved(tmp_path, model):
    machine, target, attributes, results = trained(model)
    path = tmp_path / "0000.h5"
    save(path, results, target, attributes)
    assert_same(load(path), results)
    contents = RUNS.read(path)
    assert ("drives" in contents) == (model == "driven")
    assert np.array_equal(contents["target_distribution"], target)
    found = contents.attributes
    assert (found["J_zz"], found["hidden"]) == (machine.J_zz, machine.hidden)
    assert (found["drive_strength"] > 0) == (model == "driven")
    assert "load_digits" in found["data"]


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_loaded_runs_can_be_replayed(tmp_path, model):
    machine, target, attributes, results = trained(model)
    save(tmp_path / "0000.h5", results, target, attributes)
    for result in load(tmp_path / "0000.h5").values():
        states = replay(machine, result.initial_state, result.fields, result.drives)
        p = machine.distribution(states[-1])
        assert np.abs(p - result.model_distribution).max() < 1e-12


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_stacked_results_come_back(model):
    results = trained(model)[-1]
    assert_same(unstacked(stacked({2: results[2], 0: results[0]})), {0: results[0], 2: results[2]})


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_load_joins_blocks_in_any_order(tmp_path, model):
    machine, target, attributes, _ = trained(model, 1)
    paths = []
    for block, runs in enumerate(([0, 1], [2, 3])):
        paths.append(tmp_path / f"{block:04d}.h5")
        save(paths[-1], train(machine, target, SETTINGS, 1, runs), target, attributes)
    assert_same(load(reversed(paths)), train(machine, target, SETTINGS, 1, 4))


def test_load_refuses_blocks_of_other_trainings(tmp_path):
    machine, target, attributes, results = trained("basic")
    save(tmp_path / "0000.h5", results, target, attributes)
    settings = replace(SETTINGS, candidates=6)
    other = train(machine, target, settings, 1, range(3, 6))
    attributes = description(machine, settings, "digits3", "basic")
    save(tmp_path / "0001.h5", other, target, attributes)
    with pytest.raises(SchemaError, match=r"0001\.h5: computed with candidates = 6, but .* with 5"):
        load([tmp_path / "0000.h5", tmp_path / "0001.h5"])
