"""The registry: every entry can be made, at every size that it allows."""

from importlib import import_module

import numpy as np
import pytest

from spinlearn.config import Config
from spinlearn.datasets.registry import OWN, DataSet, named
from spinlearn.datasets.strings import Request, load, save

CFG = Config().datasets
DATASETS = named(CFG.quenches, ())
MADE_HERE = [name for name, entry in DATASETS.items() if not entry.inputs]


def function_of(name):
    entry = DATASETS[name]
    return getattr(import_module(f"spinlearn.datasets.{entry.module}"), entry.function or name)


def request_for(name, n):
    """What rule `dataset` asks for, by the entry, with the configuration's settings."""
    entry = DATASETS[name]
    settings = CFG.quenches[name].model_dump() if name in CFG.quenches else {}
    if entry.samples:
        settings["samples"] = 50
    runs = range(20, 23) if entry.draws else range(1)
    return Request(n=n, name=name, seed=9, runs=runs, settings=settings)


def allowed(name):
    return [n for n in (*range(1, 9), 64) if not DATASETS[name].fault(n)]


def test_every_entry_has_a_documented_function():
    for name, entry in [*DATASETS.items(), ("own", OWN)]:
        module = import_module(f"spinlearn.datasets.{entry.module}")
        assert getattr(module, entry.function or name).__doc__, name


@pytest.mark.parametrize("name", MADE_HERE)
def test_every_data_set_can_be_made_and_stored(name, tmp_path):
    assert allowed(name)
    for n in allowed(name):
        data = function_of(name)(request_for(name, n))
        assert data.n == n
        np.testing.assert_allclose(data.probability.sum(axis=1), 1.0, rtol=0, atol=1e-12)
        assert data.probability.min() >= 0
        assert data.source
        assert data.runs == ((20, 21, 22) if DATASETS[name].draws else None)
        assert not DATASETS[name].samples or len(data.strings) == 50
        if data.form == "distribution":
            assert len(np.unique(data.strings, axis=0)) == len(data.strings)
            assert n > 20 or len(data.target(20)) == 2**n  # longer ones cannot be listed
        save(tmp_path / f"{n}.h5", data, name, {})
        np.testing.assert_array_equal(load(tmp_path / f"{n}.h5").strings, data.strings)


@pytest.mark.parametrize("name", MADE_HERE)
def test_every_data_set_is_the_same_twice(name):
    n = allowed(name)[-1]
    first, second = (function_of(name)(request_for(name, n)) for _ in range(2))
    np.testing.assert_array_equal(first.strings, second.strings)
    np.testing.assert_array_equal(first.probability, second.probability)


@pytest.mark.parametrize(
    ("entry", "n", "fault"),
    [
        (DataSet("any"), 14, ""),
        (DataSet("any"), 15, "has at most 14 bits, not 15"),
        (DataSet("any", sizes="even"), 6, ""),
        (DataSet("any", sizes="even"), 7, "has an even number of bits, not 7"),
        (DataSet("any", sizes="even"), 16, "has at most 14 bits, not 16"),
        (DataSet("any", sizes="64", at_most=64), 64, ""),
        (DataSet("any", sizes="64", at_most=64), 6, "has 64 bits, not 6"),
    ],
)
def test_faults_of_sizes(entry, n, fault):
    assert entry.fault(n) == fault
