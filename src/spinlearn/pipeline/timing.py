"""What jobs cost: measured costs of finished jobs, and those that follow from them for others.

A rule's request for time has a part that grows with the size of the job, its work, a function of
the settings and wildcards. The time of a job is taken from the timed jobs of its rule that are most
like it, in proportion to the work.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, mean, median

from spinlearn.pipeline.benchmarks import core_seconds
from spinlearn.pipeline.errors import HOME
from spinlearn.pipeline.plan import PlannedJob

SHIPPED = HOME / "benchmarks/timed_jobs.csv"
"""Timed jobs that come with spinlearn: a default run, and short jobs of the papers' sizes."""

SHIPPED_LONG = HOME / "benchmarks/timed_long_jobs.csv"
"""Longer jobs, of presets' sizes or near them; processor times, of a computer that was busy."""

START = 1.0
"""Seconds of a job that do not depend on its work: to start Python, and to import libraries."""

OTHER_NAME = math.log(2)
"""A data set, machine or network of another name counts as a factor 2 in work."""

OTHER_MACHINE = math.log(1.5)
"""Error of times that are of another computer, as a logarithm."""

SPREAD = math.log(1.15)
"""Error of a run's time on one computer, as a logarithm: other programs, Snakemake's choices."""

UNKNOWN = math.log(10)
"""Error of the logarithm of a time if no job of the rule was timed."""

PER_FACTOR = 0.25
"""Error of the logarithm of a time per unit of the logarithm of the ratio of works."""

SAME = 0.05
"""Timed jobs whose distances differ by less than this are averaged."""


@dataclass(frozen=True)
class TimedJob:
    """A finished job.

    Attributes:
        rule: its rule.
        names: the values of its wildcards that are no numbers.
        work: minutes of its request that grow with its size, times its threads.
        seconds: wall time, or processor time if that is longer (several threads).
        stored: bytes of its outputs.
        here: whether it ran on this computer.
    """

    rule: str
    names: tuple[str, ...]
    work: float
    seconds: float
    stored: int
    here: bool = False


@dataclass(frozen=True)
class Cost:
    """What a job is expected to cost.

    Attributes:
        seconds: core-seconds.
        error: standard error of their logarithm, from the timed job's being unlike.
        stored: bytes.
        here: whether the time follows from that of a job on this computer.
        timed: whether any job of the rule was timed; if not, the time is what the job asks for.
    """

    seconds: float
    error: float
    stored: float
    here: bool = False
    timed: bool = True


def names_of(job: PlannedJob) -> tuple[str, ...]:
    """The values of a job's wildcards that are no numbers, such as a machine or a data set."""
    return tuple(value for _, value in job.wildcards if not value.replace(".", "").isdigit())


def work_of(job: PlannedJob) -> float:
    """The work of a job, of all its threads."""
    return job.work * job.threads


def timed_jobs(jobs: Iterable[PlannedJob], folder: Path) -> list[TimedJob]:
    """The jobs of a plan that have finished, with what they cost.

    Args:
        jobs: those of a plan with the settings of the latest run. Jobs that were made with other
            settings do not count.
        folder: the folder that holds results/.
    """
    found = []
    for job in jobs:
        if job.reason.settings or not job.benchmarks or not job.outputs:
            continue
        paths = [folder / path for path in (job.benchmarks[0], *job.outputs)]
        if all(path.is_file() for path in paths):
            stored = sum(path.stat().st_size for path in paths[1:])
            seconds = core_seconds(paths[0])
            found.append(
                TimedJob(job.rule, names_of(job), work_of(job), seconds, stored, here=True)
            )
    return found


def shipped() -> list[TimedJob]:
    """The timed jobs that come with spinlearn."""
    found = []
    for path in (SHIPPED, SHIPPED_LONG):
        with path.open(encoding="utf-8", newline="") as file:
            found += [_shipped_job(row) for row in csv.DictReader(file)]
    return found


def _shipped_job(row: dict[str, str]) -> TimedJob:
    """A row of a table, whose column names are those of `benchmarks/timed_jobs.py`."""
    return TimedJob(
        row["rule"],
        tuple(row["names"].split()),
        float(row["work_minutes"]),
        float(row["seconds"]),
        int(row["bytes"]),
    )


class Costs:
    """Expected costs of jobs.

    Args:
        own: jobs that were timed on this computer.
        others: jobs that were timed on another one. Their times are multiplied by the median of
            the ratios of times here and there, for jobs of the same rules.
    """

    def __init__(self, own: Sequence[TimedJob], others: Sequence[TimedJob]) -> None:
        self._timed, elsewhere = _by_rule([*own, *others]), _by_rule(others)
        self.speed = 1.0
        ratios = [
            job.seconds / self._cost(elsewhere[job.rule], job.names, job.work).seconds
            for job in own
            if job.rule in elsewhere and job.seconds > 2 * START
        ]
        if ratios:
            self.speed = median(ratios)

    def of(self, job: PlannedJob) -> Cost:
        """The cost of a job; what it asks for, with a large error, if no such job was timed."""
        timed = self._timed.get(job.rule)
        if timed:
            return self._cost(timed, names_of(job), work_of(job))
        return Cost(60.0 * float(job.resources.get("runtime", 0)), UNKNOWN, 0.0, timed=False)

    def _cost(self, timed: Sequence[TimedJob], names: tuple[str, ...], work: float) -> Cost:
        """From the jobs of one rule that are most like a job."""
        distances = [_distance(job, names, work) for job in timed]
        least = min(distances)
        chosen = [job for job, d in zip(timed, distances, strict=True) if d < least + SAME]
        here = [job for job in chosen if job.here]
        power = _power_of_size(timed)
        return Cost(
            seconds=mean(
                _seconds(job, work) * (1.0 if job.here else self.speed) for job in here or chosen
            ),
            error=PER_FACTOR * least,
            stored=mean(job.stored * _ratio(job, work) ** power for job in here or chosen),
            here=bool(here),
        )


def _by_rule(timed: Iterable[TimedJob]) -> dict[str, list[TimedJob]]:
    found: dict[str, list[TimedJob]] = defaultdict(list)
    for job in timed:
        found[job.rule].append(job)
    return dict(found)


def _ratio(timed: TimedJob, work: float) -> float:
    """How many times the work of a timed job; 1 if the rule does not say."""
    return work / timed.work if work and timed.work else 1.0


def _distance(timed: TimedJob, names: tuple[str, ...], work: float) -> float:
    """How unlike a job a timed one of its rule is, as the logarithm of a ratio of works."""
    other = sum(a != b for a, b in zip(timed.names, names, strict=True))
    return abs(math.log(_ratio(timed, work))) + OTHER_NAME * other


def _seconds(timed: TimedJob, work: float) -> float:
    """The time of a job with this work: the start's, and one in proportion to the work."""
    start = min(timed.seconds, START)
    return start + (timed.seconds - start) * _ratio(timed, work)


def _power_of_size(timed: Sequence[TimedJob]) -> float:
    """The power of the work with which the outputs of a rule grow, between 0 and 1."""
    known = [job for job in timed if job.work and job.stored]
    points = [(math.log(job.work), math.log(job.stored)) for job in known]
    if len({work for work, _ in points}) < 2:
        return 0.0
    work, stored = zip(*points, strict=True)
    return min(max(linear_regression(work, stored).slope, 0.0), 1.0)
