"""The pipeline on a real SLURM: a small run, interrupted, resumed and harmed.

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

import psutil
import pytest
import slurm_cluster as slurm
from slurm_cluster import (
    FINISHED,
    PARTITION,
    Cluster,
    NoClusterError,
    slurm_cluster,
    wait_until,
)
from support import NOTHING, PRESET, REPOSITORY, planned, snakemake, text_of

from spinlearn.pipeline.workflow import load_workflow

PROFILE = REPOSITORY / "profiles/slurm"
# What a user fills in, and what differs between a user's cluster and this one: no time to wait.
OVERLAY = (
    *("--profile", str(PROFILE), "--default-resources", f"slurm_partition={PARTITION}"),
    *("--slurm-init-seconds-before-status-checks", "1"),
    *("--seconds-between-status-checks", "2", "--max-status-checks-per-second", "100"),
    *("--latency-wait", "10"),
)
# vae_train needs some 500 MB with Snakemake's own processes: SLURM kills the first attempt.
REQUESTS = (
    "vae_train:mem_mb=400 * attempt",
    *("sqrbm_crossfit:gpu=1", "sqrbm_crossfit:runtime=attempt"),
)
MACHINES = ("hidden", "anderson")
TARGETS = (
    "results/gru/default/scratch/0000/model.pt",
    "results/vae/N3/factorised/0000/model.pt",
    *(
        f"results/hbm/parity/{name}/h{h}/M4N6/0000.h5"
        for name in MACHINES
        for h in ("0.50", "4.00")
    ),
    "results/figures/demidik2025/theorem1.png",
)
STARTED = re.compile(r"^Job (\d+): (.+)$", re.MULTILINE)
DONE = re.compile(r"^Finished jobid: (\d+) ", re.MULTILINE)


@dataclass
class Run:
    """What is left of the run when it is over."""

    cluster: Cluster
    folder: Path
    interrupted: str
    resumed: str
    states: set[str]  # how the jobs of the interrupted run ended
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


def start(folder: Path, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A run that heeds Ctrl-C: in the background of a shell it would inherit that it is ignored.

    (A `preexec_fn` that says so would fork this process, of which JAX warns once it is loaded.)
    """
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--workflow-profile", str(REPOSITORY / "profiles/default"), *OVERLAY]
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        with log.open("wb") as output:
            return subprocess.Popen(
                [*command, *arguments, "--configfile", str(PRESET)],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "XDG_CACHE_HOME": str(folder / ".cache")},
            )
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True)
class Harm:
    """What is done to a running job of a rule, and the state in which SLURM then has it."""

    rule: str
    by: Callable[[str], object]
    state: str


def do_harm(cluster: Cluster, harms: list[Harm], run: subprocess.Popen[bytes], since: int) -> None:
    """Harm a job of each rule, whichever comes first, and the next one where that came too late.

    Jobs up to the number `since` are those of an earlier run.
    """
    harmed: dict[str, str] = {}
    done: set[str] = set()

    def look_at(harm: Harm, record: dict[str, str]) -> None:
        job, state = record["JobId"], record["JobState"]
        if state == "RUNNING" and harmed.setdefault(harm.rule, job) == job:
            harm.by(job)  # again and again: its processes may not all be there yet
        elif harmed.get(harm.rule) == job and state == harm.state:
            done.add(harm.rule)
        elif harmed.get(harm.rule) == job and state in FINISHED:
            del harmed[harm.rule]

    def all_are_done() -> bool:
        for record in cluster.jobs(since):
            for harm in harms:
                if record["rule"] == harm.rule and harm.rule not in done:
                    look_at(harm, record)
        left = {harm.rule for harm in harms} - done
        assert not left or run.poll() is None, f"the run ended before jobs of {left} were harmed"
        return not left

    wait_until(all_are_done, "a job of each of these rules is harmed", 900)


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
    subprocess.run(["scancel", job], check=False)


@pytest.fixture(scope="module")
def run(cluster, tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    logs = [folder / "interrupted.log", folder / "resumed.log"]
    processes = []
    try:
        # Ctrl-C once some jobs are done and others run, in a long pause between checks; see below.
        pauses = ("--seconds-between-status-checks", "6")
        processes.append(start(folder, logs[0], *TARGETS, *pauses))

        def some_are_done() -> bool:
            assert processes[0].poll() is None, logs[0].read_text()
            running = any(record["JobState"] == "RUNNING" for record in cluster.jobs())
            return running and len(set(DONE.findall(logs[0].read_text()))) > 3

        wait_until(some_are_done, "some jobs are done", 600)
        # Between two checks of the jobs' states: during one, Snakemake forgets which to cancel.
        time.sleep(1.5)
        processes[0].send_signal(signal.SIGINT)
        processes[0].wait(120)
        wait_until(lambda: not cluster.unfinished(), "the interrupted jobs are gone")
        last = cluster.last()
        states = {record["JobState"] for record in cluster.jobs()}
        for target in TARGETS:  # whatever came first, each of these is to be harmed
            (folder / target).unlink(missing_ok=True)
        (folder / "results/sqrbm/crossfit/n5/XZ/m1.csv").unlink(missing_ok=True)

        processes.append(start(folder, logs[1], *TARGETS, "--set-resources", *REQUESTS))
        harms = [
            Harm("gru_train", cancel, "CANCELLED"),
            Harm("hbm_train", kill_script, "FAILED"),
            Harm("sqrbm_crossfit", freeze, "TIMEOUT"),
        ]
        do_harm(cluster, harms, processes[1], last)
        processes[1].wait(900)
        assert processes[1].returncode == 0, logs[1].read_text()
        return Run(
            cluster, folder, logs[0].read_text(), logs[1].read_text(), states, cluster.jobs()
        )
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def minutes(record: dict[str, str]) -> int:
    limit = time.strptime(record["TimeLimit"], "%H:%M:%S")
    return 60 * limit.tm_hour + limit.tm_min


def memory(record: dict[str, str]) -> int:
    return int(record["MinMemoryNode"].removesuffix("M"))


def test_profile_is_understood(tmp_path):
    """Unknown options, and values of the wrong kind, end Snakemake before it plans."""
    plan = snakemake("--dry-run", "--profile", str(PROFILE), "sqrbm", cwd=tmp_path, cores=False)
    assert plan.returncode == 0, text_of(plan)
    assert "sqrbm_train" in text_of(plan)


def test_configuration_of_another_cluster_is_never_touched(tmp_path, monkeypatch):
    monkeypatch.setattr(slurm, "SETTINGS", tmp_path)
    monkeypatch.setattr(slurm.os, "geteuid", lambda: 0)
    monkeypatch.setattr(slurm.shutil, "which", lambda name: name)
    (tmp_path / "slurm.conf").write_text("ClusterName=production\n")
    with pytest.raises(NoClusterError, match="belongs to another cluster"), slurm_cluster():
        pass
    assert (tmp_path / "slurm.conf").read_text() == "ClusterName=production\n"


def test_jobs_do_without_hdf5_locks(tmp_path, monkeypatch):
    """Cluster file systems may lack them; jobs inherit Snakemake's environment."""
    monkeypatch.delenv("HDF5_USE_FILE_LOCKING", raising=False)
    with load_workflow(REPOSITORY / "Snakefile", directory=tmp_path) as workflow:
        assert workflow.rules
        assert os.environ["HDF5_USE_FILE_LOCKING"] == "FALSE"


@pytest.mark.slow
def test_daemons_listen_on_the_loopback_interface_alone(cluster):
    heard = {
        connection.laddr.ip
        for process in psutil.Process().children(recursive=True)
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    }
    assert heard == {"127.0.0.1"}


@pytest.mark.slow
def test_results_equal_those_of_a_workstation(run, finished):
    files = [
        path.relative_to(run.folder)
        for path in (run.folder / "results").rglob("*.*")
        if path.is_file()
        and path.suffix in (".h5", ".csv", ".pt", ".png")
        and path.name != "times.csv"  # what trainings took
    ]
    assert len(files) > 15
    for path in files:
        assert (run.folder / path).read_bytes() == (finished / path).read_bytes(), path


@pytest.mark.slow
def test_each_job_asks_for_its_own_memory_and_time(run, tmp_path):
    """What SLURM has on record against what Snakemake plans, job by job; retries ask for more."""
    assert {record["Partition"] for record in run.records} == {PARTITION}
    wanted = {}
    for job in planned(tmp_path, targets=TARGETS):
        request = (job.resources["mem_mb"], job.resources["runtime"])
        wanted.setdefault(job.rule, set()).add(request)
    for rule in ("tfi_ground_state", "tfi_povm", "gru_train", "hbm_train", "mbl_indicators_single"):
        first = {(memory(r), minutes(r)) for r in run.of(rule)}
        assert wanted[rule] <= first, rule
    # The interrupted run asked for no GPU, the resumed one did.
    assert "gres:gpu:1" in {record.get("TresPerJob") for record in run.of("sqrbm_crossfit")}


@pytest.mark.slow
def test_seconds_long_jobs_do_not_go_through_slurm(run):
    rules = {record["rule"] for record in run.records}
    assert "gru_train" in rules
    assert not {name for name in rules if name.startswith("figure") or name == "mbl_disorder"}


@pytest.mark.slow
def test_job_that_exceeds_its_memory_is_retried_with_more(run):
    attempts = sorted((memory(r), r["JobState"]) for r in run.of("vae_train"))
    assert attempts[0] == (400, "FAILED")
    assert (800, "COMPLETED") in attempts


@pytest.mark.slow
@pytest.mark.parametrize(("rule", "state"), [("gru_train", "CANCELLED"), ("hbm_train", "FAILED")])
def test_job_ended_from_outside_is_retried_with_more(run, rule, state):
    harmed = [r for r in run.of(rule) if r["JobState"] == state]
    completed = [r for r in run.of(rule) if r["JobState"] == "COMPLETED"]
    assert harmed
    assert max(map(memory, completed)) > min(map(memory, harmed))
    assert max(map(minutes, completed)) >= 2 * min(map(minutes, harmed))


@pytest.mark.slow
def test_job_that_exceeds_its_time_is_retried_with_more(run):
    attempts = {(minutes(r), r["JobState"]) for r in run.of("sqrbm_crossfit")}
    assert {(1, "TIMEOUT"), (2, "COMPLETED")} <= attempts


@pytest.mark.slow
def test_ctrl_c_leaves_no_job_in_the_queue(run):
    assert "Terminating processes on user request" in run.interrupted
    assert run.states == {"COMPLETED", "CANCELLED"}


@pytest.mark.slow
def test_resuming_repeats_no_finished_data(run):
    names = {number: text for number, text in STARTED.findall(run.interrupted)}
    data = ("disorder", "diagonalise", "ground state", "POVM samples")
    finished = {names[number] for number in DONE.findall(run.interrupted)}
    finished = {text for text in finished if text.startswith(data)}
    again = {text for _, text in STARTED.findall(run.resumed)}
    assert finished
    assert finished & again == set()
    assert NOTHING in text_of(snakemake(*TARGETS, "--configfile", str(PRESET), cwd=run.folder))


@pytest.mark.slow
def test_few_lines_of_make_tell_of_jobs_on_slurm_too(run):
    """A job through SLURM, and a figure on the login node."""
    for path in ("results/sqrbm/crossfit/n5/XZ/m1.csv", TARGETS[-1]):
        (run.folder / path).unlink()
    log = run.folder / "few_lines.log"
    done = start(run.folder, log, TARGETS[-1], "--logger", "spinlearn")
    assert done.wait(300) == 0, log.read_text()
    told = log.read_text()
    assert "2 jobs: " in told
    for stage in ("sqrbm", "figures"):
        assert f"{stage}: 1 job done in " in told
    assert "2 of 2 jobs done in " in told
    assert len(told.splitlines()) < 30
