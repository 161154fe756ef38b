"""The benchmarks: they can be collected, and our implementation comes first in every group."""

import importlib.util
import subprocess
import sys
from itertools import groupby
from operator import itemgetter

import pytest


def call(repository, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=repository, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def harness(repository):
    path = repository / "benchmarks/run.py"
    spec = importlib.util.spec_from_file_location("benchmarks_run", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("size", ["--quick", "--long"])
def test_every_benchmark_begins_with_ours(repository, size):
    found = call(repository, "benchmarks/run.py", size, "--list")
    assert found.returncode == 0, found.stdout + found.stderr
    rows = [line.split("::")[1] for line in found.stdout.splitlines() if "::" in line]
    pairs = [row.rstrip("]").split("[") for row in rows]
    cases = {case: [peer for _, peer in group] for case, group in groupby(pairs, itemgetter(0))}
    assert cases
    for case, names in cases.items():
        assert names[0] == "spinlearn", case
        assert len(names) > 1, case


@pytest.mark.slow
def test_paper_costs_show_their_options(repository):
    found = call(repository, "benchmarks/paper_costs.py", "--help")
    assert found.returncode == 0, found.stderr
    assert "--rules" in found.stdout


def entry(group, peer, median, items=1):
    return {
        "group": group,
        "params": {"peer": peer},
        "stats": {"min": median, "median": median, "rounds": 3},
        "extra_info": {"items": items, "accuracy": "equal"},
    }


def test_table_compares_times_per_item(harness):
    found = harness.table(
        {"benchmarks": [entry("a", "spinlearn", 2.0, items=100), entry("a", "other", 1.0)]}
    )
    assert found["median"].tolist() == [0.02, 1.0]
    assert found["ratio"].tolist() == [1.0, 50.0]


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.3, "12.3 s"), (0.00123, "1.23 ms"), (2e-6, "2 µs"), (5e-8, "50 ns")]
)
def test_durations_have_readable_units(harness, seconds, text):
    assert harness.duration(seconds) == text
