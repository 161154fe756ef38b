"""What a run cost, from the benchmarks of its jobs."""

from pathlib import Path


def core_hours(folder: Path) -> dict[str, float]:
    """Core-hours per stage, from the jobs' benchmarks.

    Of each job the wall time, or the processor time if it is larger (several threads). A job that
    was killed and resumed counts with its last attempt.
    """
    benchmarks = folder / "benchmarks"
    found: dict[str, float] = {}
    for path in sorted(benchmarks.rglob("*.tsv")):
        stage = path.relative_to(benchmarks).parts[0].removesuffix(".tsv")
        found[stage] = found.get(stage, 0.0) + _seconds(path) / 3600
    return found


def _seconds(path: Path) -> float:
    """Core-seconds of one job; the processor time is missing if it was too short to be sampled."""
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    job = dict(zip(header.split("\t"), rows[-1].split("\t"), strict=True))
    sampled = job["cpu_time"].replace(".", "").isdigit()
    return max(float(job["s"]), float(job["cpu_time"]) if sampled else 0.0)
