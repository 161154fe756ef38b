"""Time and memory that Snakemake takes to plan 1,000, 10,000 and 30,000 jobs of this pipeline.

    python benchmarks/bench_planning.py [--jobs 1000 10000 30000] [--finished]

`snakemake --dry-run` on overlays whose windows of eigenstates come in ever more blocks: into an
empty folder, and with --finished also into one that has every result (empty files that are marked
as done by `snakemake --touch`), where each file's time and record is read. Processor seconds of the
planning process, wall time, and its peak memory. The last column is the peer: a Snakefile of one
rule with neither settings nor code digests, planned by the same Snakemake in the same run.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import yaml
from spinlearn.workflow.plan import HOME, plan

from spinlearn.config import Config

PEAK = re.compile(r"VmHWM:\s+(\d+) kB")

BARE = """
rule all:
    input: expand("results/{{i}}.h5", i=range({jobs}))
rule one:
    output: "results/{{i}}.h5"
    shell: "touch {{output}}"
"""


def overlay(folder: Path, jobs: int) -> Path:
    """A configuration with about so many jobs: blocks of windows make up the number."""
    config = Config().mbl.transition
    each = len(config.L) * len(config.h)
    blocks = max(1, (jobs - 400) // each)
    block = Config().mbl.windows.block
    path = folder / f"jobs{jobs}.yaml"
    values = {"mbl": {"transition": {"realisations": blocks * block}}}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def measured(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak memory (MB) of a call of Snakemake."""
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", *command],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    # Not wait4's peak: a process that another one started begins with that one's.
    peak = ended = 0
    while not ended:
        with suppress(OSError, TypeError):  # it has ended
            text = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            peak = int(PEAK.search(text)[1])
        time.sleep(0.05)
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
    if status:
        raise SystemExit(f"snakemake {' '.join(command)} failed")
    wall = time.perf_counter() - begin
    return wall, used.ru_utime + used.ru_stime, peak / 1000


def finish(folder: Path, path: Path) -> None:
    """Mark every result as made: empty files, with the records that Snakemake keeps."""
    for job in plan(configfiles=[path], directory=folder).jobs:
        for name in job.outputs:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
    measured([*ours(path), "--touch", "--cores", "1"], folder)


def ours(path: Path) -> list[str]:
    """Options that name this workflow and an overlay."""
    profile = str(HOME / "profiles/default")
    options = ["--snakefile", str(HOME / "Snakefile"), "--workflow-profile", profile]
    return [*options, "--configfile", str(path)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, nargs="+", default=[1000, 10000, 30000])
    parser.add_argument("--finished", action="store_true", help="also plan on finished results")
    options = parser.parse_args()
    print("| jobs | results | wall | processor | memory | bare Snakefile, processor |")
    print("|---|---|---|---|---|---|")
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = overlay(folder, jobs)
            (folder / "bare").mkdir()
            (folder / "bare/Snakefile").write_text(BARE.format(jobs=jobs), encoding="utf-8")
            bare = measured(["--dry-run", "--quiet", "all"], folder / "bare")
            states = ["none", "all"] if options.finished else ["none"]
            for state in states:
                if state == "all":
                    finish(folder, path)
                found = plan(configfiles=[path], directory=folder).jobs
                count = len(found)
                if state == "all" and any(job.runs for job in found if job.outputs):
                    raise SystemExit("a finished job would run again")
                wall, used, memory = measured(["--dry-run", "--quiet", "all", *ours(path)], folder)
                print(
                    f"| {count} | {state} | {wall:.1f} s | {used:.1f} s | {memory:.0f} MB "
                    f"| {bare[1]:.1f} s |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
