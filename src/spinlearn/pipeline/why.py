"""Why jobs would run, in words."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spinlearn.pipeline.digest import changed_parts, code_parts
from spinlearn.pipeline.plan import PlannedJob
from spinlearn.pipeline.record import recorded_code

MOST_LINES = 6
"""Lines of details printed per group of jobs; the others are only counted."""


def value_text(value: Any) -> str:
    """A setting's value as short text; a list as in YAML."""
    if value is None:
        return "nothing"
    items = isinstance(value, list | tuple)
    text = "[" + ", ".join(map(str, value)) + "]" if items else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def words(job: PlannedJob, makers: Mapping[str, str], folder: Path) -> list[str]:
    """Lines that say why a job would run.

    Args:
        job: the job, with Snakemake's reason.
        makers: the rule that makes each file of the plan.
        folder: the folder of results, with the record of earlier code.
    """
    lines, reason = [], job.reason
    if reason.forced:
        lines.append("it is forced")
    if reason.missing:
        lines.append("output missing")
    if reason.incomplete:
        lines.append("an earlier run was interrupted while making it")
    lines += [
        f"setting {name.partition('.')[2] or name}: {value_text(old)} → {value_text(new)}"
        for name, (old, new) in reason.settings.items()
    ]
    if reason.old_code:
        old = recorded_code(folder, reason.old_code)
        lines += changed_parts(old, code_parts(job.entry)) if old else ["its code has changed"]
    if reason.other_inputs:
        lines.append("its list of inputs changed")
    if reason.renewed:
        makers_again = _listed(makers.get(path, path) for path in reason.renewed)
        lines.append(f"its inputs are made again, by {makers_again}")
    lines += [f"its input {path} is newer" for path in reason.newer]
    if reason.environment:
        lines.append("its conda environment changed")
    return lines


def explanation(jobs: Sequence[PlannedJob], folder: Path, *, each: bool = False) -> str:
    """The jobs that would run, and why, as text.

    Args:
        jobs: the plan.
        folder: the folder of results.
        each: whether to list every job; otherwise jobs of a rule with the same reason are joined.
    """
    real = [job for job in jobs if job.outputs]
    running = [job for job in real if job.runs]
    if not running:
        return "Nothing would run: everything that these targets need is up to date."
    makers = {path: job.rule for job in real for path in job.outputs}
    groups: dict[tuple[str, tuple[str, ...]], list[PlannedJob]] = {}
    for job in running:
        key = (job.name if each else job.rule, tuple(words(job, makers, folder)))
        groups.setdefault(key, []).append(job)
    lines = [f"{len(running)} of {_count(len(real), 'job')} would run."]
    for (title, why), members in groups.items():
        lines += ["", title if each else f"{title}: {_count(len(members), 'job')}"]
        lines += [f"  {line}" for line in why[:MOST_LINES]]
        if len(why) > MOST_LINES:
            lines.append(f"  and {_count(len(why) - MOST_LINES, 'line')} more")
        if not each and 1 <= len(members) <= 2:
            lines += [f"  ({job.name})" for job in members]
    return "\n".join(lines)
