"""Measure spinlearn against its peers and write one table of the results.

    python benchmarks/run.py            all but the long rows, some minutes
    python benchmarks/run.py --quick    the short rows, each timed once; prints, writes nothing
    python benchmarks/run.py --long     all rows

The same run measures the limits of the machine: dgemm, and a stream test of its memory. Times are
processor seconds of one thread. Options after `--` go to pytest:
`python benchmarks/run.py --quick -- -k povm`.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from spinlearn.storage.files import write_text
from spinlearn.storage.tables import write_csv

HOME = Path(__file__).resolve().parents[1]
OURS = "spinlearn"
NOT_LONG, SHORT = "not long", "not long and not slow"
CAREFUL = ["--benchmark-min-rounds=3"]
ONCE = ["--benchmark-min-rounds=1", "--benchmark-max-time=0", "--benchmark-calibration-precision=1"]


def pytest_command(*options: str) -> list[str]:
    """The call of pytest on the benchmarks."""
    pytest = [sys.executable, "-m", "pytest", str(HOME / "benchmarks"), "--rootdir", str(HOME)]
    return [*pytest, "-o", "python_files=bench_*.py", "-q", *options]


def measured(options: list[str]) -> dict[str, Any]:
    """The report of pytest-benchmark; ends this program if a benchmark fails."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        harness = ["--benchmark-enable", "--benchmark-quiet", f"--benchmark-json={report}"]
        command = pytest_command(*harness, "--benchmark-timer=time.process_time", *options)
        status = subprocess.run(command, cwd=HOME, check=False).returncode
        if status:
            sys.exit(status)
        return json.loads(report.read_text(encoding="utf-8"))


def limits() -> dict[str, float]:
    """What one core of this machine does at most: GFLOP/s of dgemm, GB/s of a stream test.

    The best of five: a product of two matrices of 1500 rows, and c = a + b of 20 million numbers,
    of which each is read or written once.
    """
    a, b = np.random.default_rng(1).normal(size=(2, 1500, 1500))
    x, y = np.ones((2, 20_000_000))
    z = np.empty_like(x)

    def best(call: Callable[[], object]) -> float:
        times = []
        for _ in range(6):
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
        return min(times[1:])

    with threadpool_limits(1):
        gflops = 2 * 1500**3 / best(lambda: a @ b) / 1e9
        return {
            "dgemm_gflops": gflops,
            "stream_gbs": 3 * x.nbytes / best(lambda: np.add(x, y, z)) / 1e9,
        }


def table(report: dict[str, Any], machine: dict[str, Any]) -> pd.DataFrame:
    """One row per (group, peer); times in seconds per item.

    Args:
        report: of pytest-benchmark.
        machine: what is added to each row; `dgemm_gflops` is the limit of its operations, and
            `stream_gbs` that of the bytes that it moves to and from memory.
    """
    rows = []
    for entry in report["benchmarks"]:
        about, stats = entry["extra_info"], entry["stats"]
        items = about["items"]
        median = stats["median"] / items
        operations = about["operations"] or math.nan
        moved = about["moved"] or math.nan
        series, size = about["series"] or ("", math.nan)
        rows.append(
            {
                "group": entry["group"],
                "peer": entry["params"]["peer"],
                "minimum": stats["min"] / items,
                "median": median,
                "lower": stats["q1"] / items,
                "upper": stats["q3"] / items,
                "rounds": stats["rounds"],
                "megabytes": about["megabytes"],
                "of_dgemm": operations / median / 1e9 / machine["dgemm_gflops"],
                "of_stream": moved / median / 1e9 / machine["stream_gbs"],
                "accuracy": about["accuracy"],
                "series": series,
                "size": size,
                **machine,
            }
        )
    found = pd.DataFrame(rows)
    ours = found[found["peer"] == OURS].set_index("group")
    for at, (name, over, under) in enumerate(RATIOS):
        found.insert(7 + at, name, found[over] / found["group"].map(ours[under]))
    return found


RATIOS = (
    ("ratio", "median", "median"),
    ("ratio_low", "lower", "upper"),
    ("ratio_high", "upper", "lower"),
)
"""Columns of ratios: time of a peer over time of ours; the spread is that of the quartiles."""


def exponents(found: pd.DataFrame) -> pd.DataFrame:
    """Exponent p of the time, proportional to size^p, of each series with several sizes."""
    rows = []
    for (series, peer), group in found[found["size"].notna()].groupby(
        ["series", "peer"], sort=False
    ):
        if group["size"].nunique() > 1:
            size, median = np.log(group["size"]), np.log(group["median"])
            sizes = ", ".join(f"{value:g}" for value in sorted(group["size"]))
            rows.append((series, peer, sizes, np.polyfit(size, median, 1)[0]))
    return pd.DataFrame(rows, columns=["series", "peer", "sizes", "exponent"])


PACKAGES = ("numpy", "scipy", "numba", "torch", "quspin", "physics-tenpy", "snakemake")


def surroundings(report: dict[str, Any]) -> dict[str, Any]:
    """What the numbers of a run depend on: machine, its limits, versions, commit, day."""
    about = report["machine_info"]
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return {
        **limits(),
        "machine": about["cpu"].get("brand_raw", about["machine"]),
        "versions": f"Python {about['python_version']}, {versions}",
        "commit": report["commit_info"]["id"][:10],
        "date": report["datetime"][:10],
    }


def duration(seconds: float) -> str:
    """A time as people write it.

    >>> duration(0.00123)
    '1.23 ms'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def markdown(found: pd.DataFrame) -> str:
    """The table for readers, the exponents, and the machines on which they were measured."""
    head = ("group", "peer", "minimum", "median", "rounds", "ratio", "spread", "memory")
    head = (*head, "of dgemm", "of stream", "equal accuracy")
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in found.itertuples():
        shares = ["" if math.isnan(x) else f"{x:.0%}" for x in (row.of_dgemm, row.of_stream)]
        memory = "" if math.isnan(row.megabytes) else f"{row.megabytes:.0f} MB"
        lines.append(
            f"| {row.group} | {row.peer} | {duration(row.minimum)} | {duration(row.median)} | "
            f"{row.rounds} | {row.ratio:.2f} | {row.ratio_low:.2f} to {row.ratio_high:.2f} | "
            f"{memory} | {' | '.join(shares)} | {row.accuracy} |"
        )
    lines += ["", "| series | peer | sizes | exponent |", "|---|---|---|---|"]
    lines += [
        f"| {row.series} | {row.peer} | {row.sizes} | {row.exponent:.2f} |"
        for row in exponents(found).itertuples()
    ]
    about = ["machine", "dgemm_gflops", "stream_gbs", "versions", "commit", "date"]
    for _, rows in found.groupby(about, sort=False):
        count, row = len(rows), rows.iloc[0]
        lines += [
            "",
            f"{count} rows: {row.machine}; dgemm {row.dgemm_gflops:.1f} GFLOP/s, stream "
            f"{row.stream_gbs:.1f} GB/s (one core); {row.versions}; {row.date}, "
            f"commit {row.commit}.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print the table, and write it unless it was measured quickly."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short rows, timed once; no files")
    parser.add_argument("--long", action="store_true", help="also the rows that take minutes")
    parser.add_argument("--list", action="store_true", help="name the rows, measure nothing")
    parser.add_argument("options", nargs="*", help="options for pytest, after --")
    chosen = parser.parse_args()
    rows = [] if chosen.long else ["-m", SHORT if chosen.quick else NOT_LONG]
    options = [*rows, *chosen.options]
    if chosen.list:
        command = pytest_command("--collect-only", *options)
        sys.exit(subprocess.run(command, cwd=HOME, check=False).returncode)
    report = measured([*(ONCE if chosen.quick else CAREFUL), *options])
    found = table(report, surroundings(report))
    text = f"# Speed against peers\n\n{markdown(found)}"
    print(text)
    if not chosen.quick:
        folder = HOME / "results/benchmarks"
        write_csv(folder / "peers.csv", found)
        write_text(folder / "peers.md", text)


if __name__ == "__main__":
    main()
