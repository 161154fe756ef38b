"""Files of runs: loading is exact, blocks are joined, other trainings' blocks are refused."""

from dataclasses import replace

import numpy as np
import pytest
from chains import HEISENBERG

from spinlearn.datasets.images import digits
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, load, save
from spinlearn.hbm.runs import stacked, unstacked
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import Run, Settings, replay, train
from spinlearn.pipeline.errors import SchemaError

SETTINGS = Settings(h=4.0, quenches=3, candidates=5, initial_state="random_product")
DATA = digits(Request(n=4, name="digits3"))
TARGET = DATA.target(0)[None]


TILTED = {**HEISENBERG, "J_zz": 0.5, "h_x": 0.3}
DRIVE = {"drive_strength": 0.1, "drive_time": 0.5, "drive_variance": "2D/tau"}
MACHINES = {
    "hidden": (2, {}, HEISENBERG),
    "spread": (2, {"hidden_sites": "spread"}, TILTED),
    "basic": (0, {}, HEISENBERG),
    "driven": (0, DRIVE, TILTED),
}
"""Hidden spins, what else differs from the default, and the chain, by name."""


def machine_of(name):
    hidden, parts, couplings = MACHINES[name]
    return born_machine(4, hidden, quench_time=2.0, **parts, **couplings)


def saved(path, name, runs, settings=SETTINGS, target=TARGET, dataset="digits3"):
    """The file of one block, and what was trained."""
    machine = machine_of(name)
    result = train(machine, target, settings, seed=1, runs=runs)
    about = {"dataset": dataset, "source": DATA.source, "name": name}
    save(path, result, description(machine, settings, couplings=MACHINES[name][2], **about))
    return path, result


@pytest.mark.parametrize("name", MACHINES)
def test_files_hold_what_was_trained(tmp_path, name):
    settings = replace(SETTINGS, disorder="binary", acceptance="if_lower")
    path, result = saved(tmp_path / "0000.h5", name, range(3), settings)
    contents = RUNS.read(path)
    arrays = stacked(Run, result.runs)
    states = contents["initial_state"]
    assert np.array_equal(states[..., 0] + 1j * states[..., 1], arrays.pop("initial_state"))
    if name != "driven":
        assert arrays.pop("drives").size == 0
    assert set(contents.arrays) == {*arrays, "initial_state", "target_distribution"}
    for key, array in arrays.items():
        assert contents[key].dtype == array.dtype
        assert np.array_equal(contents[key], array), key
    assert np.array_equal(contents["target_distribution"], TARGET[0])
    found = contents.attributes
    hidden, parts, couplings = MACHINES[name]
    drive = DRIVE if name == "driven" else {"drive_strength": 0.0, "drive_variance": ""}
    stated = {"machine": name, "hidden": hidden, "hidden_sites": "last", "disorder": "binary"}
    stated |= {"acceptance": "if_lower", "search": "sequence", **couplings, **drive, **parts}
    assert {key: found[key] for key in stated} == stated
    assert found["dataset"] == "digits3"
    assert "load_digits" in found["source"]


@pytest.mark.parametrize("name", ["hidden", "driven"])
def test_loaded_runs_can_be_replayed(tmp_path, name):
    machine = machine_of(name)
    (contents,) = load([saved(tmp_path / "0000.h5", name, range(3))[0]])
    drives = contents.arrays.get("drives", [None] * 3)
    for run in range(3):
        start = contents["initial_state"][run] @ [1, 1j]
        states = replay(machine, start, contents["fields"][run], drives[run])
        p = machine.distribution(states)
        assert np.abs(p[-1] - contents["last_distribution"][run]).max() < 1e-12
        lowest = contents["lowest_quench"][run]
        assert np.abs(p[lowest] - contents["model_distribution"][run]).max() < 1e-12


@pytest.mark.parametrize("name", ["hidden", "driven"])
def test_stacked_runs_come_back(tmp_path, name):
    _, result = saved(tmp_path / "0000.h5", name, [0, 2])
    for one, two in zip(unstacked(Run, stacked(Run, result.runs)), result.runs, strict=True):
        for name, value in vars(two).items():
            assert np.asarray(getattr(one, name)).dtype == np.asarray(value).dtype
            assert np.array_equal(getattr(one, name), value), name


@pytest.mark.parametrize("name", ["hidden", "driven"])
def test_load_joins_blocks_in_any_order(tmp_path, name):
    first, _ = saved(tmp_path / "0000.h5", name, [0, 1])
    second, _ = saved(tmp_path / "0001.h5", name, [2, 3])
    (joined,) = load([second, first])
    whole = RUNS.read(saved(tmp_path / "whole.h5", name, range(4))[0])
    assert set(joined.arrays) == set(whole.arrays)
    for name, array in whole.arrays.items():
        assert np.array_equal(joined[name], array), name


def test_targets_of_each_run_are_stored_and_joined(tmp_path):
    targets = np.random.default_rng(1).dirichlet(np.ones(16), size=4)
    blocks = [
        saved(tmp_path / f"{b}.h5", "basic", runs, target=targets[runs], dataset="random")[0]
        for b, runs in enumerate(([0, 1], [2, 3]))
    ]
    other = saved(tmp_path / "other.h5", "basic", [0, 1])[0]
    joined, single = load([*blocks, other])
    assert np.array_equal(joined["target_distributions"], targets)
    assert "target_distribution" not in joined
    assert [c.attributes["dataset"] for c in (joined, single)] == ["random", "digits3"]


def test_load_keeps_machines_apart(tmp_path):
    paths = [saved(tmp_path / f"{name}.h5", name, range(3))[0] for name in ("basic", "hidden")]
    assert [contents.attributes["machine"] for contents in load(paths, "loss")] == [
        "basic",
        "hidden",
    ]


def test_load_refuses_blocks_of_other_trainings(tmp_path):
    first, _ = saved(tmp_path / "0000.h5", "basic", range(3))
    other = replace(SETTINGS, candidates=6)
    second, _ = saved(tmp_path / "0001.h5", "basic", range(3, 6), other)
    with pytest.raises(SchemaError, match=r"0001\.h5: computed with candidates = 6, but .* with 5"):
        load([first, second])
