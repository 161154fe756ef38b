"""SIGKILL at random moments, of scripts and of Snakemake: the results are the undisturbed ones.

`make stress` runs this with many more kills than the suite does.
"""

import os
import random
import time

import psutil
import pytest
from support import (
    NOTHING,
    STRESS,
    command_line,
    environment,
    presets,
    result_files,
    script_processes,
    smoke,
)

KILLS = int(os.environ.get("SPINLEARN_KILLS", "2"))
SEED = int(os.environ.get("SPINLEARN_KILL_SEED", "1"))
TARGETS = ["all"] if STRESS else ["datasets", "hbm", "tfi"]
LONGEST = 1200.0
"""Seconds after which one run of the pipeline counts as hanging."""


def half_written(folder, reference):
    """Results that are there under their own names and are not what they should be."""
    return [
        name
        for name, content in result_files(folder).items()
        if name in reference and content != reference[name]
    ]


def killed_run(folder, dice, log):
    """Start a run and kill it or one of its scripts; what was killed, or None if it ended."""
    with open(folder / "stress.log", "ab") as output:
        process = psutil.Popen(
            command_line(*TARGETS, *presets()),
            cwd=folder,
            stdout=output,
            stderr=output,
            env=environment(folder),
        )
    whole = len(log) % 2 == 0
    # Half of the kills come early, when a run reads what an earlier one has left behind.
    latest = 25 if STRESS else 12
    moment = time.monotonic() + dice.choice((dice.uniform(1, 6), dice.uniform(6, latest)))
    deadline = time.monotonic() + LONGEST
    try:
        while process.poll() is None:
            assert time.monotonic() < deadline, "the run hangs"
            if time.monotonic() >= moment:
                victims = [process] if whole else list(script_processes(process))
                if victims:
                    victim = dice.choice(victims)
                    victim.kill()
                    log.append("Snakemake" if victim is process else "a script")
                    process.wait(LONGEST)
                    return log[-1]
            time.sleep(0.02)
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_killed_runs_end_in_undisturbed_results(finished, tmp_path):
    parts = () if STRESS else tuple(f"results/{stage}/" for stage in TARGETS)
    reference = {
        name: content
        for name, content in result_files(finished).items()
        if STRESS or name.startswith(parts)
    }
    dice = random.Random(SEED)
    log = []
    while len(log) < KILLS:
        ended = killed_run(tmp_path, dice, log) is None
        assert half_written(tmp_path, reference) == [], log
        if ended:
            # The DAG is done before enough kills: begin again with half of the results. (Disorder
            # that only finished indicators were made from is not made again.)
            names = sorted(name for name in result_files(tmp_path) if "/disorder/" not in name)
            for name in dice.sample(names, len(names) // 2):
                (tmp_path / name).unlink()
        # A run that was killed leaves its lock; this is the way out that Snakemake names.
        unlocked = smoke("--unlock", cwd=tmp_path)
        assert unlocked.returncode == 0, unlocked.stdout + unlocked.stderr
    assert {"Snakemake", "a script"} == set(log)
    last = smoke(*TARGETS, cwd=tmp_path, timeout=LONGEST)
    assert last.returncode == 0, last.stdout + last.stderr
    found = result_files(tmp_path)
    assert found.keys() == reference.keys()
    assert [name for name in reference if found[name] != reference[name]] == []
    again = smoke(*TARGETS, cwd=tmp_path)
    assert NOTHING in again.stdout + again.stderr
