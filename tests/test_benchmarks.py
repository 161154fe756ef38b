"""The benchmarks: they can be collected, and our implementation comes first in every group."""

import importlib.util
import subprocess
import sys
from itertools import groupby
from operator import itemgetter

import pytest
import yaml

from spinlearn.pipeline.plan import plan


def call(repository, *arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=repository, capture_output=True, text=True, check=False
    )


def loaded(path):
    spec = importlib.util.spec_from_file_location(f"benchmarks_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def harness(repository):
    return loaded(repository / "benchmarks/run.py")


@pytest.fixture(scope="module")
def costs(repository):
    return loaded(repository / "benchmarks/paper_costs.py")


def measurable(jobs):
    """Those that are no figure, scorecard or report, nor only name targets."""
    others = ("figure_", "scorecard", "report")
    return [job for job in jobs if job.outputs and not job.rule.startswith(others)]


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


@pytest.fixture(scope="module")
def small(costs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    overlay = costs.written_overlay(folder / "fewer.yaml", costs.FEWER)
    return plan(configfiles=[costs.PAPER, overlay], directory=folder)


def test_paper_costs_have_an_entry_for_every_rule(costs, small):
    jobs = measurable(small.jobs)
    assert len({job.rule for job in jobs}) > 20
    for job in jobs:
        name = costs.script(job).stem
        assert costs.WORK[name](small.config, dict(job.wildcards)) > 0, job.rule
        assert costs.STORED[name](small.config, dict(job.wildcards)) > 0, job.rule


def test_paper_costs_run_scripts_that_exist(costs, small):
    assert {costs.script(job).is_file() for job in measurable(small.jobs)} == {True}


def test_paper_costs_shorten_what_the_preset_has(costs):
    preset = yaml.safe_load(costs.PAPER.read_text(encoding="utf-8"))
    experiments = costs.FEWER["hbm"]["experiments"]
    assert set(experiments) == set(preset["hbm"]["experiments"])


@pytest.mark.slow
def test_paper_costs_measure_every_size(costs, small, tmp_path):
    # This overlay changes epochs and repeats of networks alone: its jobs are those of the preset.
    overlay = costs.written_overlay(tmp_path / "fewer.yaml", costs.FEWER_EPOCHS)
    jobs = measurable(plan(configfiles=[costs.PAPER, overlay], directory=tmp_path).jobs)
    networks = [job for job in jobs if costs.script(job).stem in costs.GRU_RULES]
    known = {costs.size(job) for job in [*measurable(small.jobs), *networks]}
    assert {costs.size(job) for job in jobs} <= known


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
