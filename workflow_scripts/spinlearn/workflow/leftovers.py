"""Result files that no longer belong to the configuration."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spinlearn.workflow.job import checkpoint_path
from spinlearn.workflow.plan import PlannedJob
from spinlearn.workflow.record import CODE, CONFIGURATION

REPORTS = "slurm"
"""Where profiles/slurm has reports of efficiency written."""


@dataclass(frozen=True)
class Leftover:
    """A file below results/ that no job of the plan makes, with its size in bytes."""

    path: Path
    size: int


def find_leftovers(jobs: Iterable[PlannedJob], folder: Path) -> list[Leftover]:
    """Files below the folder of results that belong to no job of the plan.

    What belongs: outputs, logs and benchmarks of the jobs, checkpoints of those that would run, and
    the record of the latest run with what the jobs' code was made of, and the reports of
    profiles/slurm. Temporaries of writers that were killed do not. Links are left alone, and what
    lies behind them.

    Args:
        jobs: the plan of the default target.
        folder: the folder of results, named as in the plan.
    """
    root = folder.parent
    known = {folder / CONFIGURATION}
    checkpoints: set[Path] = set()
    for job in jobs:
        known |= {root / path for path in (*job.outputs, *job.logs, *job.benchmarks)}
        if job.runs:
            checkpoints |= {checkpoint_path(root / path) for path in job.outputs}

    def belongs(path: Path) -> bool:
        stem = path.name.partition(".checkpoint")[0]
        return (
            path in known
            or path.with_name(f"{stem}.checkpoint") in checkpoints
            or path.is_relative_to(folder / REPORTS)
            or path.is_relative_to(folder / CODE)
        )

    return [
        Leftover(path, path.lstat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and not belongs(path)
    ]


def remove(leftovers: Iterable[Leftover], folder: Path) -> None:
    """Remove files, and the folders below `folder` that are then empty.

    Raises:
        OSError: if one cannot be removed.
    """
    for item in leftovers:
        item.path.unlink(missing_ok=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
            path.rmdir()


def size_text(size: float) -> str:
    """A size in bytes as people write it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


def listing(leftovers: Sequence[Leftover], root: Path, *, each: bool = False) -> str:
    """The files as text: a line a folder, or a line a file."""
    if not leftovers:
        return "No leftovers: every file below results/ belongs to the configuration."
    groups: dict[str, list[Leftover]] = {}
    for item in leftovers:
        shown = item.path.relative_to(root)
        groups.setdefault(str(shown if each else shown.parent) + ("" if each else "/"), []).append(
            item
        )
    width = max(map(len, groups))
    lines = [
        f"{name:<{width}}  {size_text(sum(item.size for item in items)):>9}"
        + ("" if each else f"  {len(items)} file{'s' if len(items) > 1 else ''}")
        for name, items in groups.items()
    ]
    total = sum(item.size for item in leftovers)
    files = f"{len(leftovers)} file{'s' if len(leftovers) > 1 else ''}"
    return "\n".join([*lines, f"{files}, {size_text(total)}, belong to no job of this plan."])
