"""Files of runs: loading is exact, blocks are joined, other trainings' blocks are refused."""

from dataclasses import replace

import numpy as np
import pytest

from spinlearn.datasets.images import digits
from spinlearn.datasets.strings import Request
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, load, save
from spinlearn.hbm.schemas import RUNS
from spinlearn.hbm.training import Settings, replay, stacked, train, unstacked
from spinlearn.pipeline.errors import SchemaError

SETTINGS = Settings(h=4.0, quenches=3, candidates=5, initial_state="random_product")
DATA = digits(Request(n=4, name="digits3"))
TARGET = DATA.target(0)[None]


CHAINS = {
    "default": {"J_zz": 1.0, "h_x": 0.0},
    "tilted": {"J_zz": 0.5, "h_x": 0.3},
}


def couplings_of(chain):
    others = {"J_xy": 1.0, "J2": 0.0, "boundary": "ring", "operators": "spin"}
    return {**others, **CHAINS[chain]}


def machine_of(model, chain="default"):
    return born_machine(
        4,
        2 if model == "hidden" else 0,
        quench_time=2.0,
        drive_strength=0.1 if model == "driven" else 0.0,
        drive_time=0.5,
        **couplings_of(chain),
    )


def saved(path, model, runs, settings=SETTINGS, target=TARGET, dataset="digits3", chain="default"):
    """The file of one block, and what was trained."""
    machine = machine_of(model, chain)
    result = train(machine, target, settings, seed=1, runs=runs)
    about = description(
        machine,
        settings,
        dataset=dataset,
        source=DATA.source,
        model=model,
        chain=chain,
        couplings=couplings_of(chain),
    )
    save(path, result, about)
    return path, result


@pytest.mark.parametrize("chain", ["default", "tilted"])
@pytest.mark.parametrize("model", ["hidden", "basic", "driven"])
def test_files_hold_what_was_trained(tmp_path, model, chain):
    settings = replace(SETTINGS, disorder="binary")
    path, result = saved(tmp_path / "0000.h5", model, range(3), settings, chain=chain)
    contents = RUNS.read(path)
    arrays = stacked(result.runs)
    states = contents["initial_state"]
    assert np.array_equal(states[..., 0] + 1j * states[..., 1], arrays.pop("initial_state"))
    if model != "driven":
        assert arrays.pop("drives").size == 0
    assert set(contents.arrays) == {*arrays, "initial_state", "target_distribution"}
    for name, array in arrays.items():
        assert contents[name].dtype == array.dtype
        assert np.array_equal(contents[name], array), name
    assert np.array_equal(contents["target_distribution"], TARGET[0])
    found = contents.attributes
    assert found["hidden"] == (2 if model == "hidden" else 0)
    assert (found["chain"], found["disorder"]) == (chain, "binary")
    assert {name: found[name] for name in couplings_of(chain)} == couplings_of(chain)
    assert (found["drive_strength"] > 0) == (model == "driven")
    assert found["dataset"] == "digits3"
    assert "load_digits" in found["source"]


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_loaded_runs_can_be_replayed(tmp_path, model):
    machine = machine_of(model)
    (contents,) = load([saved(tmp_path / "0000.h5", model, range(3))[0]])
    drives = contents.arrays.get("drives", [None] * 3)
    for run in range(3):
        start = contents["initial_state"][run] @ [1, 1j]
        states = replay(machine, start, contents["fields"][run], drives[run])
        p = machine.distribution(states[-1])
        assert np.abs(p - contents["model_distribution"][run]).max() < 1e-12


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_stacked_runs_come_back(tmp_path, model):
    _, result = saved(tmp_path / "0000.h5", model, [0, 2])
    for one, two in zip(unstacked(stacked(result.runs)), result.runs, strict=True):
        for name, value in vars(two).items():
            assert np.asarray(getattr(one, name)).dtype == np.asarray(value).dtype
            assert np.array_equal(getattr(one, name), value), name


@pytest.mark.parametrize("model", ["hidden", "driven"])
def test_load_joins_blocks_in_any_order(tmp_path, model):
    first, _ = saved(tmp_path / "0000.h5", model, [0, 1])
    second, _ = saved(tmp_path / "0001.h5", model, [2, 3])
    (joined,) = load([second, first])
    whole = RUNS.read(saved(tmp_path / "whole.h5", model, range(4))[0])
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


def test_load_keeps_chains_apart(tmp_path):
    paths = [saved(tmp_path / f"{chain}.h5", "basic", range(3), chain=chain)[0] for chain in CHAINS]
    assert [contents.attributes["chain"] for contents in load(paths, "loss")] == list(CHAINS)


def test_load_refuses_blocks_of_other_trainings(tmp_path):
    first, _ = saved(tmp_path / "0000.h5", "basic", range(3))
    other = replace(SETTINGS, candidates=6)
    second, _ = saved(tmp_path / "0001.h5", "basic", range(3, 6), other)
    with pytest.raises(SchemaError, match=r"0001\.h5: computed with candidates = 6, but .* with 5"):
        load([first, second])
