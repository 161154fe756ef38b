"""Measure spinlearn against its peers and write one table of the results.

    python benchmarks/run.py            all but the long rows, some minutes
    python benchmarks/run.py --quick    the short rows, each timed once; prints, writes nothing
    python benchmarks/run.py --long     all rows

Times are processor seconds of one thread. Options after `--` go to pytest:
`python benchmarks/run.py --quick -- -k povm`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

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


def table(report: dict[str, Any]) -> pd.DataFrame:
    """One row per (group, peer); times in seconds per item."""
    rows = []
    for entry in report["benchmarks"]:
        items, stats = entry["extra_info"]["items"], entry["stats"]
        rows.append(
            {
                "group": entry["group"],
                "peer": entry["params"]["peer"],
                "minimum": stats["min"] / items,
                "median": stats["median"] / items,
                "rounds": stats["rounds"],
                "accuracy": entry["extra_info"]["accuracy"],
            }
        )
    found = pd.DataFrame(rows)
    ours = found[found["peer"] == OURS].set_index("group")["median"]
    found.insert(5, "ratio", found["median"] / found["group"].map(ours))
    return found


def duration(seconds: float) -> str:
    """A time as people write it.

    >>> duration(0.00123)
    '1.23 ms'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def markdown(found: pd.DataFrame, report: dict[str, Any]) -> str:
    """The table for readers, with the machine that it was measured on."""
    machine, commit = report["machine_info"], report["commit_info"]["id"]
    lines = [
        "# Speed against peers",
        "",
        f"{machine['cpu'].get('brand_raw', machine['machine'])}, Python "
        f"{machine['python_version']}, {report['datetime'][:10]}, commit {commit[:10]}. Processor "
        "time of one thread. A ratio above 1 means that spinlearn is faster.",
        "",
        "| group | peer | minimum | median | rounds | ratio | equal accuracy |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.group} | {row.peer} | {duration(row.minimum)} | {duration(row.median)} | "
        f"{row.rounds} | {row.ratio:.2f} | {row.accuracy} |"
        for row in found.itertuples()
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
    found = table(report)
    text = markdown(found, report)
    print(text)
    if not chosen.quick:
        folder = HOME / "results/benchmarks"
        write_csv(folder / "peers.csv", found)
        write_text(folder / "peers.md", text)


if __name__ == "__main__":
    main()
