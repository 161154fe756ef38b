"""What one job cost, as Snakemake measured it."""

from pathlib import Path


def core_seconds(path: Path) -> float:
    """Core-seconds of one job, from the file that Snakemake wrote.

    The processor time is missing if the job was too short to be sampled.
    """
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    job = dict(zip(header.split("\t"), rows[-1].split("\t"), strict=True))
    given = job["cpu_time"]
    processor = float(given) if given.replace(".", "").isdigit() else 0.0
    return max(float(job["s"]), processor)
