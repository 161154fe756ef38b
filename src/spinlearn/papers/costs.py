"""What a run cost, from the benchmarks of its jobs."""

from pathlib import Path

from spinlearn.pipeline.benchmarks import core_seconds


def core_hours(folder: Path) -> dict[str, float]:
    """Core-hours per stage, from the jobs' benchmarks.

    Of each job the wall time, or the processor time if it is larger (several threads). A job that
    was killed and resumed counts with its last attempt.
    """
    benchmarks = folder / "benchmarks"
    found: dict[str, float] = {}
    for path in sorted(benchmarks.rglob("*.tsv")):
        stage = path.relative_to(benchmarks).parts[0].removesuffix(".tsv")
        found[stage] = found.get(stage, 0.0) + core_seconds(path) / 3600
    return found
