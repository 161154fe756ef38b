"""Faults outside the pipeline: disks, mounts, clocks, a second Snakemake, a stale lock."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import NOTHING, REPOSITORY, few, planned, smoke, text_of

from spinlearn.mbl.schemas import INDICATORS

DISORDER = "results/mbl/disorder/default/L6/h2.00/train/0000.h5"
ONE = "results/mbl/indicators/default/L6/h2.00/train/0000.h5"
FIGURE = "results/figures/zhong2022/figure10"
SEVERAL = [ONE, "results/vae/N3/factorised/0000/observables.csv", f"{FIGURE}.png"]
"""Targets of each kind of file, each made by one job from finished inputs."""

PATIENCE = 300.0
"""Seconds after which a test gives up waiting."""

NO_SPACE = "cannot be written to (No space left on device)"


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mount is not permitted here: {done.stderr.strip()}")


@pytest.fixture
def mounted():
    """Mounts a file system for one test: `mounted(folder, *options)`."""
    folders = []

    def add(folder: Path, *options: str) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        mount(*options, str(folder))
        folders.append(folder)
        return folder

    yield add
    for folder in reversed(folders):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, room: int) -> None:
    """Leave `room` bytes of a disk."""
    state = os.statvfs(disk)
    with open(disk / "filler", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - room)


def outputs_of(target: str) -> list[str]:
    if target.startswith(FIGURE):
        return [FIGURE + suffix for suffix in (".pdf", ".png", ".csv", ".claims.csv")]
    return [target]


@pytest.mark.slow
def test_full_disk_is_named_and_the_run_resumes(finished, tmp_path, mounted):
    work = tmp_path / "work"
    shutil.copytree(finished, work, ignore=shutil.ignore_patterns("results"))
    disk = mounted(work / "results", "-t", "tmpfs", "-o", "size=64m", "tmpfs")
    shutil.copytree(finished / "results", disk, dirs_exist_ok=True)
    files = [name for target in SEVERAL for name in outputs_of(target)]
    for name in files:
        (work / name).unlink()
    fill(disk, room=12 * 1024)

    failed = smoke("--keep-going", *SEVERAL, cwd=work)
    output = text_of(failed)
    assert failed.returncode != 0
    # The figure never fits; of the others, those that run first may.
    assert f"UnwritableError: {FIGURE}.pdf: {NO_SPACE}" in output
    assert "Make room and give the same command again; finished results are kept." in output
    assert "Traceback" not in output
    for name in files:  # nothing half-written, under any name
        if (work / name).exists():
            assert (work / name).read_bytes() == (finished / name).read_bytes(), name
    assert not [p for p in (work / "results").rglob(".*") if p.is_file()]

    mount("-o", "remount,size=128m", str(disk))
    again = smoke(*SEVERAL, cwd=work)
    assert again.returncode == 0, text_of(again)
    for name in files:
        assert (work / name).read_bytes() == (finished / name).read_bytes(), name
    assert NOTHING in text_of(smoke(*SEVERAL, cwd=work))


@pytest.mark.slow
@pytest.mark.parametrize("folder", few(["logs", "benchmarks"], 2))
def test_no_room_for_logs_or_benchmarks(tmp_path, mounted, folder):
    disk = mounted(tmp_path / "results" / folder, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    fill(disk, room=0)
    done = smoke(DISORDER, cwd=tmp_path)
    output = text_of(done)
    assert "Traceback" not in output
    assert "No space left on device" in output
    assert (done.returncode == 0) == (folder == "logs"), output
    assert (tmp_path / DISORDER).exists() == (folder == "logs")
    (disk / "filler").unlink()
    again = smoke(DISORDER, cwd=tmp_path)
    assert again.returncode == 0, text_of(again)
    assert (NOTHING in text_of(again)) == (folder == "logs")


@pytest.mark.slow
def test_disk_full_from_the_start_stops_plainly(tmp_path, mounted):
    disk = mounted(tmp_path / "work", "-t", "tmpfs", "-o", "size=1m", "tmpfs")
    fill(disk, room=0)
    # From outside, so that Snakemake's cache of sources, usually at home, is not on this disk.
    failed = smoke(DISORDER, "--directory", "work", cwd=tmp_path)
    assert failed.returncode != 0
    assert f"work: {NO_SPACE}" in failed.stderr
    assert not (disk / "results").exists()
    (disk / "filler").unlink()
    again = smoke(DISORDER, "--directory", "work", cwd=tmp_path)
    assert again.returncode == 0, text_of(again)


@pytest.mark.slow
def test_read_only_results_can_be_read_and_planned(finished, tmp_path, mounted):
    work = tmp_path / "work"
    shutil.copytree(finished, work)
    (work / DISORDER).unlink()
    results = mounted(work / "results", "--bind", str(work / "results"))
    mount("-o", "remount,bind,ro", str(results))

    assert INDICATORS.read(work / ONE)["gap_ratio"].size
    plan = smoke("--dry-run", DISORDER, cwd=work)
    assert plan.returncode == 0, text_of(plan)
    assert "mbl_disorder" in text_of(plan)
    failed = smoke(DISORDER, cwd=work)
    assert failed.returncode != 0
    assert "results/config.yaml: cannot be written to (Read-only file system)." in failed.stderr
    assert "use another folder with --directory" in failed.stderr
    assert "Traceback" not in text_of(failed)
    assert "Job 0:" not in text_of(failed)
    # What needs nothing made is no fault.
    assert NOTHING in text_of(smoke("results/tfi/povm/N3/hx0.50/0000.h5", cwd=work))


DECADE = 10 * 365 * 86400

CLOCKS = {
    "in the future": lambda now, _: now + DECADE,
    "in the past": lambda now, _: now - DECADE,
    "all equal": lambda now, _: now,
    "shuffled": lambda now, rng: now + rng.uniform(-DECADE, DECADE),
}


@pytest.mark.slow
@pytest.mark.parametrize("clock", few(CLOCKS, 3))
def test_file_times_alone_rerun_nothing(results, clock):
    """Contents count: Snakemake compares checksums where times say otherwise."""
    rng, now = random.Random(1), time.time()
    for path in sorted((results / "results").rglob("*")):
        at = CLOCKS[clock](now, rng)
        os.utime(path, (at, at))
    assert not [job for job in planned(results) if job.runs]


@pytest.mark.slow
def test_inputs_from_the_future_are_named(results, finished):
    """As after a clock that was set back; the way out is that of docs/faults.md."""
    later = time.time() + DECADE
    for path in (results / "results/mbl").rglob("*.h5"):
        os.utime(path, (later, later))
    (results / ONE).unlink()
    failed = smoke(ONE, cwd=results)
    output = text_of(failed)
    assert failed.returncode != 0
    assert f"Output {ONE} has older modification time" in output
    assert f"than input {DISORDER}" in output
    assert "clock" in output
    assert "Traceback" not in output
    way_out = "find results -newermt now -exec touch {} +"
    assert way_out in (REPOSITORY / "docs/faults.md").read_text()
    subprocess.run(way_out, shell=True, cwd=results, check=True)
    again = smoke(ONE, cwd=results)
    assert again.returncode == 0, text_of(again)
    assert (results / ONE).read_bytes() == (finished / ONE).read_bytes()
    assert NOTHING in text_of(smoke("--dry-run", "mbl", cwd=results))


def start(folder: Path, *targets: str) -> subprocess.Popen:
    """Snakemake in the background, the leader of a process group, its output in a file."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--workflow-profile", str(REPOSITORY / "profiles/default"), "--cores", "1"]
    command += [*targets, "--configfile", str(REPOSITORY / "presets/smoke.yaml")]
    with open(folder / "output.txt", "wb") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "XDG_CACHE_HOME": str(folder / ".cache")},
        )


def wait_for(words: str, folder: Path, process: subprocess.Popen) -> None:
    """Return when the output of a process in the background holds some words."""
    deadline = time.monotonic() + PATIENCE
    while words not in (folder / "output.txt").read_text():
        assert process.poll() is None, (folder / "output.txt").read_text()
        assert time.monotonic() < deadline, f"no {words!r} in time"
        time.sleep(0.05)


@pytest.mark.slow
def test_second_snakemake_in_a_folder_stops(tmp_path, finished):
    first = start(tmp_path, ONE)
    try:
        wait_for("Job 1:", tmp_path, first)
        os.killpg(first.pid, signal.SIGSTOP)  # so that it cannot finish meanwhile
        second = smoke(ONE, cwd=tmp_path)
        plan = smoke("--dry-run", ONE, cwd=tmp_path)
        os.killpg(first.pid, signal.SIGCONT)
        output = text_of(second)
        assert second.returncode != 0
        assert "Directory cannot be locked. Please make sure that no other Snakemake" in output
        assert f"in the following directory:\n{tmp_path}" in output
        assert "--unlock" in output
        assert "Traceback" not in output
        assert plan.returncode == 0, text_of(plan)
        assert first.wait(PATIENCE) == 0, (tmp_path / "output.txt").read_text()
    finally:
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
    assert (tmp_path / ONE).read_bytes() == (finished / ONE).read_bytes()


@pytest.mark.slow
def test_stale_lock_is_removed_as_the_page_says(tmp_path, finished):
    killed = start(tmp_path, ONE)
    try:
        wait_for("Job 1:", tmp_path, killed)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    locked = smoke(ONE, cwd=tmp_path)
    assert locked.returncode != 0
    assert "--unlock" in text_of(locked)
    assert "Traceback" not in text_of(locked)
    assert "snakemake --unlock" in (REPOSITORY / "docs/howto/change_a_value.md").read_text()
    unlocked = smoke("--unlock", cwd=tmp_path)
    assert unlocked.returncode == 0, text_of(unlocked)
    again = smoke(ONE, cwd=tmp_path)
    assert again.returncode == 0, text_of(again)
    assert (tmp_path / ONE).read_bytes() == (finished / ONE).read_bytes()


@pytest.mark.slow
def test_runs_in_two_folders_do_not_interfere(tmp_path, finished):
    folders = [tmp_path / "one", tmp_path / "two"]
    runs = [start(folder, ONE) for folder in folders]
    try:
        for folder, run in zip(folders, runs, strict=True):
            assert run.wait(PATIENCE) == 0, (folder / "output.txt").read_text()
    finally:
        for run in runs:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
    for folder in folders:
        assert (folder / ONE).read_bytes() == (finished / ONE).read_bytes()
