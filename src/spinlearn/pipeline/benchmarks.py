"""What one job cost, as Snakemake measured it."""

from pathlib import Path


def benchmark(path: Path) -> tuple[float, float]:
    """Core-seconds and MB of one job, from the file that Snakemake wrote.

    The processor time is missing if the job was too short to be sampled.
    """
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    job = dict(zip(header.split("\t"), rows[-1].split("\t"), strict=True))
    processor, memory = (
        float(job[name]) if job[name].replace(".", "").isdigit() else 0.0
        for name in ("cpu_time", "max_rss")
    )
    return max(float(job["s"]), processor), memory
