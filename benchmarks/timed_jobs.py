"""Write benchmarks/timed_jobs.csv: what finished jobs cost, for `spinlearn plan`.

    python benchmarks/timed_jobs.py FOLDER [FOLDER ...]

The folders hold results/ of a run with the default configuration, and of one with
presets/paper.yaml and benchmarks/short.yaml, on a computer that did nothing else. Equal jobs are
averaged.
"""

import argparse
import csv
import io
from collections import defaultdict
from pathlib import Path
from statistics import mean

from spinlearn.pipeline.plan import plan
from spinlearn.pipeline.timing import SHIPPED, TimedJob, timed_jobs
from spinlearn.storage.files import write_text

HEAD = ("rule", "names", "work_minutes", "seconds", "bytes")


def table(timed: list[TimedJob]) -> str:
    """The text of the file: one row per rule, names and work."""
    groups: dict[tuple[str, str, str], list[TimedJob]] = defaultdict(list)
    for job in timed:
        groups[job.rule, " ".join(job.names), f"{job.work:.4g}"].append(job)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEAD)
    for key, jobs in sorted(groups.items()):
        seconds = mean(job.seconds for job in jobs)
        stored = round(mean(job.stored for job in jobs))
        rows.writerow((*key, f"{seconds:.2f}", stored))
    return text.getvalue()


def main() -> None:
    """Gather the timed jobs of the folders, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    timed: list[TimedJob] = []
    for folder in parser.parse_args().folders:
        recorded = folder.absolute() / "results/config.yaml"
        timed += timed_jobs(plan(configfiles=[recorded], directory=folder).jobs, folder)
    write_text(SHIPPED, table(timed))
    print(f"{len(timed)} timed jobs")


if __name__ == "__main__":
    main()
