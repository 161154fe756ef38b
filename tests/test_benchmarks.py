"""The benchmarks: they can be collected, and our implementation comes first in every group."""

import importlib.util
import subprocess
import sys
from itertools import groupby
from operator import itemgetter

import numpy as np
import pandas as pd
import pytest

from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.timing import TimedJob


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
def timings(repository):
    return loaded(repository / "benchmarks/timed_jobs.py")


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
def test_short_jobs_are_of_every_rule_of_the_paper_preset(repository, tmp_path):
    paper, short = repository / "presets/paper.yaml", repository / "benchmarks/short.yaml"
    whole = plan(configfiles=[paper], directory=tmp_path).jobs
    some = plan(configfiles=[paper, short], directory=tmp_path).jobs
    assert len(some) < len(whole) / 10
    figures = ("figure_", "report", "scorecard")
    rules = {job.rule for job in whole if not job.rule.startswith(figures)}
    assert rules <= {job.rule for job in some}
    assert sum(job.work for job in some) < sum(job.work for job in whole) / 20


def test_equal_timed_jobs_are_one_row(timings):
    jobs = [
        TimedJob("mbl_windows", ("ring",), work, seconds, 1000)
        for work, seconds in ((0.5, 2.0), (0.5, 4.0), (2.0, 9.0))
    ]
    assert timings.table(jobs).splitlines() == [
        "rule,names,work_minutes,seconds,bytes",
        "mbl_windows,ring,0.5,3.00,1000",
        "mbl_windows,ring,2,9.00,1000",
    ]


def entry(group, peer, median, items=1, size=None):
    return {
        "group": group,
        "params": {"peer": peer},
        "stats": {
            "min": median,
            "q1": 0.9 * median,
            "median": median,
            "q3": 1.2 * median,
            "rounds": 3,
        },
        "extra_info": {
            "items": items,
            "accuracy": "equal",
            "operations": 4e9 / items,
            "moved": 6e9 / items,
            "series": ("windows", size) if size else None,
            "megabytes": 12.0,
        },
    }


MACHINE = {
    "dgemm_gflops": 8.0,
    "stream_gbs": 10.0,
    "machine": "a computer",
    "versions": "Python 3",
    "commit": "abc",
    "date": "2026-11-27",
}


def test_table_compares_times_per_item(harness):
    found = harness.table(
        {"benchmarks": [entry("a", "spinlearn", 2.0, items=100), entry("a", "other", 1.0)]},
        MACHINE,
    )
    assert found["median"].tolist() == [0.02, 1.0]
    assert found["ratio"].tolist() == [1.0, 50.0]
    assert found["ratio_low"].tolist() == pytest.approx([0.75, 37.5])  # 0.9 / 1.2
    assert found["ratio_high"].tolist() == pytest.approx([4 / 3, 200 / 3])
    assert found["of_dgemm"].tolist() == pytest.approx([0.25, 0.5])  # 2 and 4 of 8 GFLOP/s
    assert found["of_stream"].tolist() == pytest.approx([0.3, 0.6])  # 3 and 6 of 10 GB/s
    assert "| 50% | 60% | equal |" in harness.markdown(found)


def test_shares_are_empty_where_nothing_is_counted(harness):
    uncounted = entry("a", "spinlearn", 2.0)
    uncounted["extra_info"] |= {"operations": None, "moved": None}
    found = harness.table({"benchmarks": [uncounted]}, MACHINE)
    assert found[["of_dgemm", "of_stream"]].isna().all(axis=None)
    assert "|  |  | equal |" in harness.markdown(found)


@pytest.mark.slow
@pytest.mark.parametrize("J2", [0.0, 0.5])
def test_bytes_of_an_evolution_follow_from_the_sizes(repository, J2):
    quench = loaded(repository / "benchmarks/bench_quench_evolution.py")
    L, D = 12, 924
    here = quench.trajectory(L, 0, J2)
    # Of L bonds per distance, L/2 / (L - 1) join unequal spins on average over the sector.
    elements = (1 if J2 == 0 else 2) * D * L * L // 2 // (L - 1)
    levels = np.linalg.eigvalsh(here.chain.dense(here.fields))
    per_element = 4 if J2 == 0 else 12
    orders = quench.moved_by_one(here) / (92 * D + per_element * elements)
    assert orders == int(orders)
    # A series of exp(-i a t y) needs a few more orders than a t, and a is bounded from above.
    least = (levels[-1] - levels[0]) / 2 * quench.TIME
    assert least < orders < 1.3 * least + 40


@pytest.mark.slow
def test_the_table_has_the_fraction_of_the_stream_test(repository, harness):
    quench = loaded(repository / "benchmarks/bench_quench_evolution.py")
    table = pd.read_csv(repository / "docs/benchmarks.csv").set_index(["group", "peer"])
    group = "one trajectory: L = 14, S^z = 0, h = 8, time 10"
    for peer, moved in quench.MOVED_BY_ONE.items():
        row = table.loc[(group, peer)]
        seconds = moved(quench.trajectory(14, 0, 0.0)) / (row["stream_gbs"] * 1e9)
        assert row["of_stream"] == pytest.approx(seconds / row["median"], rel=1e-6)
    counted = table["of_stream"].notna().groupby("peer").sum()
    assert counted["spinlearn"] >= 17
    assert counted["kernels alone"] == 9


def test_exponents_are_those_of_power_laws(harness):
    times = [entry(f"L = {L}", "spinlearn", 3e-9 * D**2.5, size=D) for L, D in ((8, 70), (10, 252))]
    found = harness.exponents(harness.table({"benchmarks": times}, MACHINE))
    assert found["sizes"].tolist() == ["70, 252"]
    assert found["exponent"].tolist() == pytest.approx([2.5])


def test_limits_of_the_machine_are_those_of_a_computer(harness):
    found = harness.limits()
    assert 0.5 < found["dgemm_gflops"] < 1000
    assert 0.2 < found["stream_gbs"] < 1000


def test_a_new_table_replaces_its_groups(harness, repository):
    generator = loaded(repository / "docs/generate_benchmarks.py")
    old = harness.table({"benchmarks": [entry("a", "spinlearn", 1.0)]}, MACHINE)
    more = [entry("b", "spinlearn", 2.0), entry("b", "other", 3.0)]
    both = generator.merged(old, harness.table({"benchmarks": more}, MACHINE))
    again = [entry("a", "spinlearn", 4.0)]
    found = generator.merged(both, harness.table({"benchmarks": again}, MACHINE))
    assert found["group"].tolist() == ["a", "b", "b"]
    assert found["median"].tolist() == [4.0, 2.0, 3.0]


def test_the_page_shows_the_table(harness, repository):
    generator = loaded(repository / "docs/generate_benchmarks.py")
    text = generator.PAGE.read_text(encoding="utf-8")
    table = harness.markdown(generator.read_csv(generator.TABLE))
    assert text == generator.page(text, table)
    assert table in text


@pytest.mark.parametrize(
    ("seconds", "text"), [(12.3, "12.3 s"), (0.00123, "1.23 ms"), (2e-6, "2 µs"), (5e-8, "50 ns")]
)
def test_durations_have_readable_units(harness, seconds, text):
    assert harness.duration(seconds) == text
