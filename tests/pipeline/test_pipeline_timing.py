"""Costs of jobs from timed ones, the schedule and its table, by hand and against a timed run."""

import csv
import math
from dataclasses import replace

import pytest
from support import PRESET, REPOSITORY, command

from spinlearn.cli import main
from spinlearn.forecast import PER_JOB, account, forecast, schedule, table
from spinlearn.pipeline.benchmarks import core_seconds
from spinlearn.pipeline.plan import PlannedJob, Reason, plan
from spinlearn.pipeline.planning import per_attempt
from spinlearn.pipeline.timing import (
    OTHER_MACHINE,
    PER_FACTOR,
    SHIPPED_LONG,
    SPREAD,
    START,
    UNKNOWN,
    Cost,
    Costs,
    TimedJob,
    names_of,
    shipped,
    timed_jobs,
    work_of,
)

DEFAULT_RUN = 827
"""Seconds that `make` took with the default configuration on two idle cores, when the table that
comes with spinlearn was timed."""


def job(output, *inputs, rule="mbl_windows", work=0.0, threads=1, **wildcards):
    return PlannedJob(
        rule=rule,
        wildcards=tuple(wildcards.items()),
        inputs=inputs,
        outputs=(output,),
        logs=(),
        benchmarks=(f"{output}.tsv",),
        settings="",
        code="",
        entry="",
        threads=threads,
        resources={"mem_mb": 100, "runtime": 7},
        work=work,
        runs=True,
        reason=Reason(),
    )


def timed(seconds, work=1.0, *, rule="mbl_windows", names=(), stored=1000, here=True):
    return TimedJob(rule, names, work, seconds, stored, here)


def test_time_grows_with_the_work_after_the_start():
    found = Costs([timed(11.0, work=2.0)], []).of(job("a", work=6.0))
    assert found.seconds == pytest.approx(START + 3 * (11.0 - START))
    assert found.error == pytest.approx(PER_FACTOR * math.log(3))


def test_the_nearest_job_counts_and_equal_ones_are_averaged():
    own = [timed(11.0), timed(13.0), timed(500.0, work=8.0)]
    assert Costs(own, []).of(job("a", work=1.0)).seconds == pytest.approx(12.0)
    assert Costs(own, []).of(job("a", work=8.0)).seconds == pytest.approx(500.0)


def test_a_job_of_the_same_name_is_nearer():
    own = [timed(10.0, names=("ring",)), timed(30.0, names=("open",))]
    found = Costs(own, []).of(job("a", work=1.0, chain="open", L="12"))
    assert found.seconds == pytest.approx(30.0)


def test_times_of_another_computer_are_scaled_by_common_rules():
    others = [timed(5.0, here=False), timed(20.0, rule="vae_train", here=False)]
    costs = Costs([timed(10.0)], others)
    found = costs.of(job("a", rule="vae_train", work=1.0))
    assert costs.speed == pytest.approx(2.0)
    assert found.seconds == pytest.approx(40.0)
    assert (found.error, found.here) == (0.0, False)


def test_a_rule_that_nobody_timed_costs_what_it_asks_for():
    assert Costs([], []).of(job("a")) == Cost(7 * 60.0, UNKNOWN, 0.0, timed=False)


def test_files_grow_by_the_power_law_of_their_rule():
    own = [timed(2.0, work=1.0, stored=100), timed(5.0, work=4.0, stored=200)]
    assert Costs(own, []).of(job("a", work=16.0)).stored == pytest.approx(400)


def test_a_chain_of_jobs_waits_and_others_fill_the_cores():
    runs = [
        (job("a"), Cost(10.0, 0.0, 0.0)),
        (job("b", "a"), Cost(10.0, 0.0, 0.0)),
        (job("c"), Cost(15.0, 0.0, 0.0)),
        (job("d", threads=4), Cost(8.0, 0.0, 0.0)),
    ]
    assert schedule(runs, 1) == (pytest.approx(43.0 + 4 * PER_JOB), 100.0)
    # a and c, then b beside c, then d on both cores
    assert schedule(runs, 2) == (pytest.approx(20.0 + 4.0 + 3 * PER_JOB), 200.0)


def test_jobs_of_high_priority_go_first():
    runs = [(job(name), Cost(10.0, 0.0, 0.0)) for name in "ab"]
    runs.append((job("c"), Cost(30.0, 0.0, 0.0)))
    assert schedule(runs, 2)[0] == pytest.approx(40.0 + 2 * PER_JOB)
    runs[2] = (replace(runs[2][0], priority=1), runs[2][1])
    assert schedule(runs, 2)[0] == pytest.approx(30.0 + PER_JOB)


def test_only_jobs_that_would_run_are_counted(tmp_path):
    found = forecast([job("a"), job("b", "a")], Costs([timed(4.0)], []), 3)
    assert found.seconds == pytest.approx(8.0 + 2 * PER_JOB)
    assert [line.split()[1] for line in table(found).splitlines()] == ["jobs", "2", "2"]
    assert "on 3 cores" in account(found, 5, 1)
    nothing = forecast([], Costs([], []), 3)
    assert account(nothing, 5, 1) == "None of 5 jobs would run."


@pytest.mark.parametrize(
    ("own", "others", "sentence"),
    [
        ([timed(4.0)], [timed(4.0, here=False)], "those of 1 finished jobs here."),
        ([], [timed(4.0, here=False)], "those of jobs that were timed on another computer."),
        ([], [], "what jobs ask for if none of their rule was timed."),
        (
            [timed(4.0)],
            [timed(4.0, rule="gru_train", here=False)],
            "those of 1 finished jobs here, and from those of jobs that were timed on another "
            "computer.",
        ),
    ],
)
def test_only_sources_of_times_that_were_used_are_named(own, others, sentence):
    jobs = [job("a"), *([job("b", rule="gru_train")] if own and "and" in sentence else [])]
    found = forecast(jobs, Costs(own, others), 1)
    assert account(found, 2, len(own)).endswith(f"\nThe times follow from {sentence}")


def test_errors_of_rules_are_independent_and_those_of_their_jobs_are_not():
    own = [timed(10.0), timed(10.0, rule="vae_train")]
    jobs = [job("a", work=3.0), job("b", work=3.0), job("c", rule="vae_train", work=1.0)]
    found = forecast(jobs, Costs(own, []), 1)
    times = [START + 3 * (10.0 - START)] * 2 + [10.0]
    error = PER_FACTOR * math.log(3) * sum(times[:2]) / sum(times)
    assert math.log(found.factor) == pytest.approx(SPREAD + 2 * error)
    others = Costs([], [timed(10.0, here=False)])
    elsewhere = forecast([job("a", work=1.0)], others, 1)
    assert math.log(elsewhere.factor) == pytest.approx(SPREAD + OTHER_MACHINE)


def test_work_is_the_part_of_a_request_that_grows():
    request = per_attempt(lambda w: 5 + w, start=5)
    assert (request(2.5, 1), request(2.5, 2), request.work(2.5)) == (7, 15, 2.5)
    assert per_attempt(5, start=10).work(None) == 0


def test_benchmarks_of_snakemake_are_read(tmp_path):
    path = tmp_path / "job.tsv"
    head = "s\th:m:s\tmax_rss\tcpu_time\n"
    path.write_text(f"{head}3.00\t0:00:03\t88.40\t5.50\n")
    assert core_seconds(path) == 5.5
    path.write_text(f"{head}0.20\t0:00:00\tNA\tNA\n")
    assert core_seconds(path) == 0.2


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["config", "presets/workstation", "presets/paper"])
def test_every_rule_of_the_presets_was_timed(tmp_path, preset):
    jobs = plan(configfiles=[REPOSITORY / f"{preset}.yaml"], directory=tmp_path).jobs
    assert {job.rule for job in jobs if job.outputs} <= {job.rule for job in shipped()}


@pytest.mark.slow
def test_timed_jobs_of_a_preset_size_are_forecast_as_measured(tmp_path):
    """So the work of each row follows from the present settings and the present formula."""
    with SHIPPED_LONG.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["size"].endswith("as the preset")]
    assert len(rows) > 5
    preset = REPOSITORY / "presets/workstation.yaml"
    jobs = plan(["phases", "nqs"], configfiles=[preset], directory=tmp_path).jobs
    costs = Costs([], shipped())
    found = {(j.rule, " ".join(names_of(j)), f"{work_of(j):.4g}"): costs.of(j) for j in jobs}
    for row in rows:
        cost = found[row["rule"], row["names"], row["work_minutes"]]
        assert cost.seconds == pytest.approx(float(row["seconds"]), rel=0.3)
        assert cost.error < 0.01


@pytest.mark.slow
def test_the_default_run_takes_about_what_is_forecast(tmp_path):
    found = forecast(plan(directory=tmp_path).jobs, Costs([], shipped()), 2)
    assert found.factor < 2
    assert DEFAULT_RUN / found.factor < found.seconds < DEFAULT_RUN * found.factor


@pytest.mark.slow
def test_finished_jobs_forecast_their_own_times(finished):
    jobs = plan(configfiles=[PRESET], directory=finished).jobs
    own = timed_jobs(jobs, finished)
    assert len(own) == sum(bool(job.outputs) for job in jobs)
    costs = Costs(own, [])
    forecasts = [costs.of(job).seconds for job in jobs if job.outputs]
    # Jobs of one rule and work share their mean, so the sum is that of the measured times.
    assert sum(forecasts) == pytest.approx(sum(job.seconds for job in own), rel=0.05)


@pytest.mark.slow
def test_plan_says_what_a_change_costs(results):
    done = command("plan", "--configfile", PRESET, "--cores", "2", cwd=results)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("None of ")
    more = results / "more.yaml"
    more.write_text("sqrbm: {runs: 6}\n")
    text = command("plan", "--configfile", PRESET, more, "--cores", "2", cwd=results).stdout
    assert "\nsqrbm " in text
    assert " on 2 cores, right within a factor of " in text
    assert "\nmbl " not in text


@pytest.mark.parametrize("cores", ["0", "-1", "1.5", "two"])
def test_plan_refuses_what_is_no_number_of_cores(cores, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["plan", f"--cores={cores}"])
    assert exit_.value.code == 2
    message = f"{cores!r} is not a number of cores; give a whole number from 1 on, or all"
    assert message in capsys.readouterr().err
