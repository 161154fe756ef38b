"""The pipeline on a real SLURM: a run of the smoke preset, interrupted, resumed and abused.

One run serves all tests, since on two cores each job costs seconds of Snakemake's own start.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import psutil
import pytest
import slurm_cluster as slurm
import yaml
from slurm_cluster import (
    ACCOUNT,
    FINISHED,
    PARTITION,
    Cluster,
    NoClusterError,
    slurm_cluster,
    wait_until,
)
from spinlearn.workflow.job import opened, snakemake_job
from spinlearn.workflow.plan import plan
from spinlearn.workflow.planning import SNAKEMAKE_MB
from support import NOTHING, REPOSITORY, snakemake

PROFILE = REPOSITORY / "profiles/slurm"
# What a user fills in, and what differs between a user's cluster and this one: no time to wait.
OVERLAY = (
    *("--profile", str(PROFILE), "--default-resources", f"slurm_partition={PARTITION}"),
    *(f"slurm_account={ACCOUNT}", "--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "1", "--max-status-checks-per-second", "2"),
    *("--latency-wait", "10"),
)
# vae_train needs some 500 MB with Snakemake's own processes: SLURM kills the first attempt.
REQUESTS = (
    "vae_train:mem_mb=400 * attempt",
    *("sqrbm_crossfit:gpu=1", "sqrbm_crossfit:runtime=attempt"),
)
SMOKE = ("--configfile", str(REPOSITORY / "presets/smoke.yaml"))
STARTED = re.compile(r"^Job (\d+): (.+)$", re.MULTILINE)
DONE = re.compile(r"^Finished jobid: (\d+) ", re.MULTILINE)


@dataclass
class Run:
    """What is left of the run when it is over."""

    cluster: Cluster
    folder: Path
    interrupted: str
    resumed: str
    unfinished: list[str]
    records: list[dict[str, str]]

    def of(self, rule: str) -> list[dict[str, str]]:
        return [record for record in self.records if record["rule"] == rule]


@pytest.fixture(scope="module")
def cluster():
    try:
        with slurm_cluster() as up:
            yield up
    except NoClusterError as error:
        if os.environ.get("CI"):
            pytest.fail(f"no SLURM, which .ci/run should have installed: {error}")
        pytest.skip(f"no SLURM here: {error}")


def start(folder: Path, log: Path, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--workflow-profile", str(REPOSITORY / "profiles/default"), *OVERLAY]
    with log.open("wb") as output:
        return subprocess.Popen(
            [*command, *arguments, *SMOKE],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "XDG_CACHE_HOME": str(folder / ".cache"), **env},
        )


@dataclass(frozen=True)
class Harm:
    """What is done to a running job of a rule, and the state in which SLURM then has it."""

    rule: str
    by: Callable[[str], object]
    state: str


def do_harm(cluster: Cluster, harms: list[Harm], run: subprocess.Popen[bytes]) -> None:
    """Harm a job of each rule, whichever comes first, and the next one where that came too late."""
    harmed: dict[str, str] = {}
    done: set[str] = set()

    def all_are_done() -> bool:
        records = cluster.jobs()
        for harm in harms:
            for record in records:
                if record["rule"] != harm.rule or harm.rule in done:
                    continue
                job, state = record["JobId"], record["JobState"]
                if harmed.get(harm.rule) == job:
                    if state == harm.state:
                        done.add(harm.rule)
                    elif state in FINISHED:
                        del harmed[harm.rule]
                elif state == "RUNNING" and harm.rule not in harmed:
                    harmed[harm.rule] = job
                    harm.by(job)
        left = {harm.rule for harm in harms} - done
        assert not left or run.poll() is None, f"the run ended before jobs of {left} were harmed"
        return not left

    wait_until(all_are_done, "a job of each of these rules is harmed", 1200)


def processes_of(job: str) -> Iterator[psutil.Process]:
    """The processes of a job: its batch script and what that has started."""
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.Error):
            ours = process.environ().get("SLURM_JOB_ID") == job
            if ours and process.info["name"] != "slurmstepd":
                yield process


def kill_script(job: str) -> None:
    """SIGKILL to a job's batch script, as a node does that is out of memory."""
    for process in processes_of(job):
        with suppress(psutil.Error):
            if any(argument.endswith("/slurm_script") for argument in process.cmdline()):
                process.kill()


def freeze(job: str) -> None:
    """Stop all that a job runs, so that it does not end within its time."""
    for process in processes_of(job):
        with suppress(psutil.Error):
            process.suspend()


def cancel(job: str) -> None:
    subprocess.run(["scancel", job], check=True)


@pytest.fixture(scope="module")
def run(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    logs = [folder / "interrupted.log", folder / "resumed.log"]
    processes = []
    try:
        # Ctrl-C once some jobs of an array are done and others run.
        processes.append(start(folder, logs[0], "mbl"))

        def some_are_done() -> bool:
            assert processes[0].poll() is None, logs[0].read_text()
            running = any(record["JobState"] == "RUNNING" for record in cluster.jobs())
            return running and len(set(DONE.findall(logs[0].read_text()))) > 10

        wait_until(some_are_done, "some jobs are done", 900)
        processes[0].send_signal(signal.SIGINT)
        processes[0].wait(120)
        wait_until(lambda: "CG" not in cluster.ask("squeue", "--noheader", "--format=%t"), "ended")
        unfinished = cluster.unfinished()

        processes.append(start(folder, logs[1], "all", "--set-resources", *REQUESTS))
        harms = [
            Harm("gru_train", cancel, "CANCELLED"),
            Harm("vae_observables", kill_script, "FAILED"),
            Harm("hbm_train", kill_script, "FAILED"),
            Harm("sqrbm_crossfit", freeze, "TIMEOUT"),
        ]
        do_harm(cluster, harms, processes[1])
        processes[1].wait(1200)
        assert processes[1].returncode == 0, logs[1].read_text()
        return Run(
            cluster, folder, logs[0].read_text(), logs[1].read_text(), unfinished, cluster.jobs()
        )
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def minutes(record: dict[str, str]) -> int:
    limit = time.strptime(record["TimeLimit"], "%H:%M:%S")
    return 60 * limit.tm_hour + limit.tm_min


def requests(record: dict[str, str]) -> tuple[int, int]:
    return int(record["MinMemoryNode"].removesuffix("M")), minutes(record)


def texts(log: str, numbers: set[str]) -> set[str]:
    return {text for number, text in STARTED.findall(log) if number in numbers}


def test_the_profile_is_understood(tmp_path):
    """Unknown options, and values of the wrong kind, end Snakemake before it plans."""
    plan = snakemake("--dry-run", "--profile", str(PROFILE), "sqrbm", cwd=tmp_path, cores=False)
    assert plan.returncode == 0, plan.stdout + plan.stderr
    assert "sqrbm_train" in plan.stdout + plan.stderr


def test_every_job_can_say_what_it_asks_for_where_arrays_are_used(tmp_path, monkeypatch):
    """Requests of arrays are worked out when jobs are submitted, not when they are planned."""
    monkeypatch.chdir(tmp_path)
    listed = yaml.safe_load((PROFILE / "config.yaml").read_text())["slurm-array-jobs"]
    overlays = [REPOSITORY / "presets/smoke.yaml"]
    jobs = {job.rule: job for job in plan(configfiles=overlays).jobs if job.outputs}
    with opened(REPOSITORY / "Snakefile", overlays) as workflow:
        workflow.executor_settings = SimpleNamespace(array_jobs=listed)
        assert len(jobs) > 30
        for name, planned in jobs.items():
            job = snakemake_job(workflow, workflow.get_rule(name), dict(planned.wildcards))
            single = planned.resources["mem_mb"]
            # Snakemake's own memory comes on top, where the job goes through SLURM at all.
            added = 0 if job.is_local else SNAKEMAKE_MB
            assert job.resources["mem_mb"] >= single + added, name
            assert job.resources["runtime"] >= planned.resources["runtime"], name


def test_the_configuration_of_another_cluster_is_never_touched(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm, "SETTINGS", tmp_path)
    monkeypatch.setattr(slurm.os, "geteuid", lambda: 0)
    monkeypatch.setattr(slurm.shutil, "which", lambda name: name)
    (tmp_path / "slurm.conf").write_text("ClusterName=production\n")
    with pytest.raises(NoClusterError, match="belongs to another cluster"), slurm_cluster():
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["slurm.conf"]
    assert (tmp_path / "slurm.conf").read_text() == "ClusterName=production\n"
    # A cluster of a test run that is still going on is left to it.
    (tmp_path / "slurm.conf").write_text(f"{slurm.MARK}{os.getpid()}\nClusterName=spinlearn\n")
    with pytest.raises(NoClusterError, match="another run of these tests"), slurm_cluster():
        pass


def test_jobs_do_without_hdf5_locks_which_cluster_file_systems_may_lack(tmp_path, monkeypatch):
    """Jobs inherit the environment of the Snakemake that read the Snakefile."""
    monkeypatch.setenv("HDF5_USE_FILE_LOCKING", "TRUE")  # so that the test's end takes it away
    monkeypatch.delenv("HDF5_USE_FILE_LOCKING")
    monkeypatch.chdir(tmp_path)
    with opened(REPOSITORY / "Snakefile") as workflow:
        assert workflow.rules
    assert os.environ["HDF5_USE_FILE_LOCKING"] == "FALSE"


def test_arrays_come_without_the_limits_that_make_their_executor_lose_jobs():
    profile = yaml.safe_load((PROFILE / "config.yaml").read_text())
    assert profile["jobs"] == "unlimited"
    assert int(profile["max-jobs-per-timespan"].split("/")[0]) >= 100_000
    assert not {"resources", "cores"} & set(profile)
    # A chunk's commands are one argument of a process: at most 128 KiB, some 1.6 KiB a command.
    assert profile["slurm-array-limit"] <= 60


@pytest.mark.slow
def test_the_daemons_listen_on_the_loopback_interface_alone(cluster):
    heard = {
        connection.laddr.ip
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert heard == {"127.0.0.1"}


@pytest.mark.slow
def test_results_of_a_cluster_equal_those_of_a_workstation(run, finished):
    """Every result byte for byte; what differs by nature lies in other folders."""
    made = {path.relative_to(run.folder) for path in (run.folder / "results").rglob("*")}
    there = {path.relative_to(finished) for path in (finished / "results").rglob("*")}
    apart = ("results/logs", "results/benchmarks", "results/slurm")
    files = {
        path
        for path in made | there
        if not str(path).startswith(apart) and not (finished / path).is_dir()
    }
    assert len(files) > 200
    different = [
        str(path)
        for path in sorted(files)
        if path not in made
        or path not in there
        or (run.folder / path).read_bytes() != (finished / path).read_bytes()
    ]
    assert different == []


@pytest.mark.slow
def test_requests_for_memory_and_time_reach_slurm(run):
    """By hand, for the smoke preset: MB with 350 of Snakemake's own, and minutes."""
    expected = {
        "mbl_windows": (265 + 350, 5),  # int(1.1 (240 + 3.1 x 8e-6 x 252^2)): L = 10, for all
        "sqrbm_crossfit": (400 + 350, 1),  # the minute is that of REQUESTS
        "vae_entropies": (1500 + 350, 15),
        "hbm_train": (412 + 350, 5),  # int(400 + 96e-6 x 512 x 2^8): eight spins
    }
    for rule, request in expected.items():
        # Retries ask for more.
        assert min(map(requests, run.of(rule))) == request, rule
    for record in run.of("sqrbm_crossfit"):
        assert record["TresPerJob"] == "gres:gpu:1"
    assert all(record["Partition"] == PARTITION for record in run.records)
    assert all(record["Account"] == ACCOUNT for record in run.records)


@pytest.mark.slow
def test_rules_with_many_jobs_are_submitted_as_arrays(run):
    rules = set(
        re.findall(
            r"\w+", yaml.safe_load((PROFILE / "config.yaml").read_text())["slurm-array-jobs"]
        )
    )
    of_arrays = [record for record in run.records if "ArrayTaskId" in record]
    assert {record["rule"] for record in of_arrays} <= rules
    sizes = {
        rule: len({r["ArrayTaskId"] for r in of_arrays if r["rule"] == rule})
        for rule in ("tfi_ground_state", "hbm_train", "sqrbm_train")
    }
    assert sizes == {"tfi_ground_state": 6, "hbm_train": 8, "sqrbm_train": 12}
    # Some of this array's tasks never came to be: the interruption was before.
    assert "The individual task IDs are 1-13." in run.interrupted
    # All tasks of an array have one request, since SLURM takes the first one's for all.
    for array in {record["ArrayJobId"] for record in of_arrays}:
        tasks = [record for record in of_arrays if record["ArrayJobId"] == array]
        assert len({(r["MinMemoryNode"], r["TimeLimit"]) for r in tasks}) == 1


@pytest.mark.slow
def test_seconds_long_jobs_do_not_go_through_slurm(run):
    rules = {record["rule"] for record in run.records}
    assert "gru_train" in rules
    assert not {name for name in rules if name.startswith("figures")}
    assert not rules & {"mbl_disorder", "scorecard", "report", "all"}


@pytest.mark.slow
def test_a_job_that_exceeds_its_memory_is_retried_with_more(run):
    """SLURM itself kills vae_train, of which there are two, at its first 400 MB."""
    attempts = sorted((*requests(r), r["JobState"]) for r in run.of("vae_train"))
    assert attempts == 2 * [(400, 10, "FAILED")] + 2 * [(800, 20, "COMPLETED")]
    for record in run.of("vae_train"):
        if record["JobState"] == "FAILED":
            assert "exceeded memory limit" in Path(record["StdOut"]).read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rule", "state", "count"),
    [("gru_train", "CANCELLED", 4), ("vae_observables", "FAILED", 2), ("hbm_train", "FAILED", 8)],
)
def test_a_job_cancelled_or_killed_from_outside_is_retried(run, rule, state, count):
    """It alone: of an array (hbm_train) no other task."""
    harmed = [record for record in run.of(rule) if record["JobState"] == state]
    completed = [record for record in run.of(rule) if record["JobState"] == "COMPLETED"]
    assert len(harmed) >= 1
    assert len(completed) == count
    assert len(harmed) + len(completed) == len(run.of(rule))
    assert max(requests(r) for r in completed)[0] > requests(harmed[0])[0]
    assert max(minutes(r) for r in completed) >= 2 * minutes(harmed[0])


@pytest.mark.slow
def test_a_job_that_exceeds_its_time_is_retried_with_more(run):
    """A job of sqrbm_crossfit, of which there is one, was stopped until its minute was over."""
    attempts = sorted((minutes(r), r["JobState"]) for r in run.of("sqrbm_crossfit"))
    assert (1, "TIMEOUT") in attempts
    assert (2, "COMPLETED") in attempts


@pytest.mark.slow
def test_ctrl_c_leaves_no_job_in_the_queue(run):
    assert "Terminating processes on user request" in run.interrupted
    assert run.unfinished == []


@pytest.mark.slow
def test_resuming_repeats_no_finished_job(run):
    finished = texts(run.interrupted, set(DONE.findall(run.interrupted)))
    again = texts(run.resumed, {number for number, _ in STARTED.findall(run.resumed)})
    assert len(finished) > 10
    assert len(again) > 60
    assert finished & again == set()


@pytest.mark.slow
def test_the_state_of_each_task_of_an_array_is_its_own(run):
    """The executor takes the tasks of an array for one where it asks accounting."""
    profile = yaml.safe_load((PROFILE / "config.yaml").read_text())
    assert profile["slurm-status-command"] == "squeue"
    assert "Falling back to 'sacct'" not in run.interrupted + run.resumed
    # Seen by the run itself: some tasks were done while others of their array ran.
    assert len(set(DONE.findall(run.interrupted))) < len(set(STARTED.findall(run.interrupted)))


@pytest.mark.slow
def test_nothing_is_left_to_do_on_a_workstation_either(run):
    again = snakemake(*SMOKE, cwd=run.folder)
    assert NOTHING in again.stdout + again.stderr


@pytest.mark.slow
def test_the_efficiency_report_has_every_job_with_its_rule_and_its_use(run):
    """What SLURM's accounting knows, against what was asked for and what the jobs did."""
    [path] = [
        path
        for path in (run.folder / "results/slurm").glob("efficiency_report_*.csv")
        if path.stem.removeprefix("efficiency_report_") in run.resumed
    ]
    table = pd.read_csv(path)
    rules = table["RuleName"].str.extract(r"^rule_(\w+?)(?:_wildcards_.*)?$")[0]
    through_slurm = {record["rule"] for record in run.records}
    assert set(rules) == through_slurm - {"mbl_disorder"}
    trained = table[rules == "vae_train"]
    assert sorted(trained["RequestedMem_MB"]) == [400, 400, 800, 800]
    # Watched every second: half of what was asked for at the least, as torch alone takes that.
    assert trained["Memory Usage (%)"].between(50, 130).all()
    assert table["CPU Efficiency (%)"].between(0, 110).all()
    assert table["CPU Efficiency (%)"].median() > 20


@pytest.mark.slow
def test_without_accounting_the_efficiency_report_is_left_out_and_no_harm_done(
    run, finished, tmp_path
):
    """`sacct` as it is where no accounting is set up."""
    stub = tmp_path / "bin/sacct"
    stub.parent.mkdir()
    stub.write_text("#!/bin/sh\necho 'Slurm accounting storage is disabled' >&2\nexit 1\n")
    stub.chmod(0o755)
    folder, log = tmp_path / "work", tmp_path / "log"
    folder.mkdir()
    target = "results/sqrbm/bars/n4/XZ/m2.h5"
    path = f"{stub.parent}{os.pathsep}{os.environ['PATH']}"
    process = start(folder, log, target, PATH=path)
    try:
        assert process.wait(300) == 0, log.read_text()
    finally:
        process.kill()
    assert (folder / target).read_bytes() == (finished / target).read_bytes()
    assert "Failed to retrieve job data for workflow" in log.read_text()
    assert not (folder / "results/slurm").exists()
