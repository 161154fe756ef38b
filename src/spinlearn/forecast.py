"""What a run will cost before it starts: jobs, core-hours, wall time, memory and disk.

The wall time is that of a list schedule: whenever cores are free, the next job of the plan whose
inputs are there starts.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

from humanfriendly import format_size

from snakemake_logger_plugin_spinlearn.progress import duration, stage_of
from spinlearn.pipeline.plan import PlannedJob
from spinlearn.pipeline.timing import OTHER_MACHINE, SPREAD, Cost, Costs

HEAD = ("jobs", "core-hours", "longest job", "largest job", "disk")
"""Of the table, after the name; the largest job by the memory that it asks for."""


PER_JOB = 0.05
"""Seconds of Snakemake's own for each job, to start it and to look at what it made (measured)."""


@dataclass(frozen=True)
class Forecast:
    """What a run is expected to cost.

    Attributes:
        jobs: the jobs that would run, and their costs.
        cores: how many cores it has.
        seconds: wall time.
        megabytes: the most memory that jobs which run at the same time ask for.
        factor: by which the times may be wrong.
    """

    jobs: Sequence[tuple[PlannedJob, Cost]]
    cores: int
    seconds: float
    megabytes: float
    factor: float


def forecast(jobs: Sequence[PlannedJob], costs: Costs, cores: int) -> Forecast:
    """What the jobs of a plan that would run are expected to cost on so many cores."""
    runs = [(job, costs.of(job)) for job in jobs if job.runs and job.outputs]
    seconds, megabytes = schedule(runs, cores)
    return Forecast(runs, cores, seconds, megabytes, math.exp(_error(runs)))


def _error(runs: Sequence[tuple[PlannedJob, Cost]]) -> float:
    """Error of the logarithm of the sum of all times, as two standard errors.

    That of a rule has one cause, so its jobs do not average out; those of rules are independent.
    """
    work = sum(cost.seconds for _, cost in runs) or 1.0
    rules: dict[str, float] = {}
    for job, cost in runs:
        rules[job.rule] = rules.get(job.rule, 0.0) + cost.error * cost.seconds / work
    elsewhere = sum(cost.seconds for _, cost in runs if not cost.here) / work
    return SPREAD + OTHER_MACHINE * elsewhere + 2 * math.hypot(*rules.values())


def schedule(runs: Sequence[tuple[PlannedJob, Cost]], cores: int) -> tuple[float, float]:
    """Wall time (s) of a list schedule, and the most memory (MB) that is asked for at once.

    Of the jobs that can start, those with the highest priority do, in the order of the plan.
    """
    needed, after = _graph(runs)
    threads = [min(job.threads, cores) for job, _ in runs]
    megabytes = [float(job.resources.get("mem_mb", 0)) for job, _ in runs]
    order = [(-job.priority, i) for i, (job, _) in enumerate(runs)]
    ready = [order[i] for i in range(len(runs)) if not needed[i]]
    heapq.heapify(ready)
    running: list[tuple[float, int]] = []
    now, free, memory, most = 0.0, cores, 0.0, 0.0
    while ready or running:
        too_large = []
        while ready and free:
            i = heapq.heappop(ready)[1]
            if threads[i] > free:
                too_large.append(i)
                continue
            free, memory = free - threads[i], memory + megabytes[i]
            heapq.heappush(running, (now + runs[i][1].seconds / threads[i] + PER_JOB, i))
        for i in too_large:
            heapq.heappush(ready, order[i])
        most = max(most, memory)
        now, done = heapq.heappop(running)
        free, memory = free + threads[done], memory - megabytes[done]
        for i in after[done]:
            needed[i].discard(done)
            if not needed[i]:
                heapq.heappush(ready, order[i])
    return now, most


def _graph(runs: Sequence[tuple[PlannedJob, Cost]]) -> tuple[list[set[int]], list[list[int]]]:
    """Of each job, those that make its inputs, and those that need its outputs."""
    maker = {path: i for i, (job, _) in enumerate(runs) for path in job.outputs}
    needed = [{maker[path] for path in job.inputs if path in maker} for job, _ in runs]
    after: list[list[int]] = [[] for _ in runs]
    for i, makers in enumerate(needed):
        for j in makers:
            after[j].append(i)
    return needed, after


def table(found: Forecast, *, rules: bool = False) -> str:
    """One line per stage, or per rule: jobs, core-hours, the longest and the largest job, disk."""
    groups: dict[str, list[tuple[PlannedJob, Cost]]] = {}
    for job, cost in found.jobs:
        groups.setdefault(job.rule if rules else stage_of(job.rule), []).append((job, cost))
    head = ("rule" if rules else "stage", *HEAD)
    lines = [(name, *_cells(group)) for name, group in groups.items()]
    lines.append(("all", *_cells(found.jobs)))
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in (head, *lines)
    )


def account(found: Forecast, total: int, timed_here: int, *, rules: bool = False) -> str:
    """The forecast in words, after the table.

    Args:
        found: the forecast.
        total: jobs of the plan, of which some may have finished.
        timed_here: jobs that were timed on this computer.
        rules: whether the table has one line per rule instead of one per stage.
    """
    if not found.jobs:
        return f"None of {total} jobs would run."
    at_once = format_size(1e6 * found.megabytes)
    return "\n".join(
        [
            f"{len(found.jobs)} of {total} jobs would run.",
            "",
            table(found, rules=rules),
            "",
            f"About {duration(found.seconds)} on {found.cores} cores, right within a factor of "
            f"{found.factor:.1f}. Jobs at the same time ask for up to {at_once}.",
            _sources(found, timed_here),
        ]
    )


def _sources(found: Forecast, timed_here: int) -> str:
    """Where the times come from, in a sentence."""
    costs = [cost for _, cost in found.jobs]
    from_where = {
        f"those of {timed_here} finished jobs here": any(cost.here for cost in costs),
        "those of jobs that were timed on another computer": any(
            cost.timed and not cost.here for cost in costs
        ),
        "what jobs ask for if none of their rule was timed": not all(cost.timed for cost in costs),
    }
    used = [text for text, is_used in from_where.items() if is_used]
    return f"The times follow from {', and from '.join(used)}."


def _cells(group: Sequence[tuple[PlannedJob, Cost]]) -> tuple[str, ...]:
    hours = sum(cost.seconds for _, cost in group) / 3600
    memory = max((float(job.resources.get("mem_mb", 0)) for job, _ in group), default=0.0)
    longest = max((cost.seconds / job.threads for job, cost in group), default=0.0)
    return (
        str(len(group)),
        f"{hours:.2g}" if hours < 10 else f"{hours:.0f}",
        duration(longest),
        format_size(1e6 * memory),
        format_size(sum(cost.stored for _, cost in group)),
    )
