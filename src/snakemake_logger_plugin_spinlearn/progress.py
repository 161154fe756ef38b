"""What a run shows in the terminal: one line of progress, finished stages, failures in full."""

import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from humanfriendly import format_timespan

LOG_LINES = 12
"""Lines that are shown of the log of a failed job."""

LINES = 10
"""Lines of progress of a whole run where there is no terminal."""

WIDTH = 100
"""Longest line of progress (characters)."""


def stage_of(rule: str) -> str:
    """The stage of a rule, as it is named in the folders of the results.

    >>> [stage_of(rule) for rule in ("mbl_windows", "figure_zhong2022_figure5", "dataset")]
    ['mbl', 'figures', 'datasets']
    """
    first = rule.partition("_")[0]
    return {"figure": "figures", "dataset": "datasets"}.get(first, first)


def duration(seconds: float) -> str:
    """A time in words, to a second.

    >>> duration(0.3), duration(192.4)
    ('0 seconds', '3 minutes and 12 seconds')
    """
    return format_timespan(round(seconds), max_units=2)


@dataclass
class Progress:
    """The state of a run, and what it prints.

    Args:
        stream: where lines are written.
        live: whether the line of progress is written again in place, as in a terminal; if not, a
            line is written whenever a tenth of the jobs has ended.
        options: options of this run that a command for one of its jobs needs, for a shell.
        clock: the time in seconds.
    """

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    live: bool = False
    options: str = ""
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    done: int = 0
    _failed: set[int] = field(default_factory=set)
    _rules: dict[int, str] = field(default_factory=dict)
    _started: dict[int, float] = field(default_factory=dict)
    _begun: dict[str, float] = field(default_factory=dict)
    _left: Counter[str] = field(default_factory=Counter)
    _spent: dict[str, list[float]] = field(default_factory=dict)
    _jobs: Counter[str] = field(default_factory=Counter)
    _start: float = field(init=False)
    _shown: int = 0
    _ended: bool = False

    def __post_init__(self) -> None:
        self._start = self.clock()

    def plan(self, jobs: Mapping[str, int]) -> None:
        """The run has these jobs, by rule. Said once: Snakemake ends a dry run with them again."""
        if self.total:
            return
        self._left = Counter({rule: count for rule, count in jobs.items() if rule != "all"})
        self.total = self._left.total()
        for rule, count in self._left.items():
            self._jobs[stage_of(rule)] += count
        stages = ", ".join(f"{stage} {count}" for stage, count in self._jobs.items())
        self._write(f"{self.total} jobs: {stages}")

    def describe(self, job: int, rule: str) -> None:
        """A job belongs to this rule; it is about to start."""
        now = self.clock()
        self._rules[job] = rule
        self._started.setdefault(job, now)
        self._begun.setdefault(stage_of(rule), now)
        self._show()

    def finish(self, job: int) -> None:
        """A job has ended well."""
        rule = self._rules.get(job, "all")
        if rule == "all":
            return
        self._failed.discard(job)
        spent = self.clock() - self._started.pop(job, self.clock())
        self._spent.setdefault(rule, []).append(spent)
        self._left[rule] -= 1
        self.done += 1
        stage = stage_of(rule)
        if not any(left for other, left in self._left.items() if stage_of(other) == stage):
            took = duration(self.clock() - self._begun[stage])
            jobs = "1 job" if self._jobs[stage] == 1 else f"{self._jobs[stage]} jobs"
            self._write(f"{stage}: {jobs} done in {took}")
        self._show()

    def fail(self, job: Mapping[str, Any]) -> None:
        """A job has failed: show what it was, the end of its log, and how to run it alone.

        It may be tried again, and end well.

        Args:
            job: `rule_name`, `jobid`, `input`, `output` and `log` (paths).
        """
        self._failed.add(job["jobid"])
        self._started.pop(job["jobid"], None)
        lines = [f"FAILED: {job['rule_name']}"]
        lines += [f"  {kind}: {', '.join(job[kind])}" for kind in ("input", "output") if job[kind]]
        for path in map(Path, job["log"]):
            lines.append(f"  the end of {path}:")
            lines += [f"    {line}" for line in _last_lines(path)]
        if job["output"]:
            command = f"snakemake --cores 1 {shlex.quote(job['output'][0])} {self.options}"
            lines.append(f"  to run it alone: {command.rstrip()}")
        self._write("\n".join(lines))
        self._show()

    def say(self, text: str) -> None:
        """A warning or an error that belongs to no job."""
        self._write(text)
        self._show()

    def end(self) -> None:
        """The run is over: how many jobs, in which time. Said once, however often it is called."""
        if not self.total or self._ended:
            return
        self._ended = True
        failed = f", {len(self._failed)} failed" if self._failed else ""
        took = duration(self.clock() - self._start)
        self._write(f"{self.done} of {self.total} jobs done in {took}{failed}")

    def time_left(self) -> float:
        """Seconds until the end: mean time of the jobs so far, by rule, over the jobs at once.

        A rule of which no job has ended counts with the mean of all jobs. NaN at the beginning.
        """
        times = [seconds for spent in self._spent.values() for seconds in spent]
        if not times:
            return float("nan")
        mean = sum(times) / len(times)
        work = 0.0
        for rule, left in self._left.items():
            spent = self._spent.get(rule, [mean])
            work += left * sum(spent) / len(spent)
        return work * (self.clock() - self._start) / sum(times)

    def line(self) -> str:
        """The line of progress."""
        running = Counter(self._rules.get(job, "") for job in self._started)
        now = ", ".join(rule + (f" ({n})" if n > 1 else "") for rule, n in running.items() if rule)
        share = self.done / max(self.total, 1)
        left = f", about {duration(self.time_left())} left" if self._spent else ""
        return f"{self.done} of {self.total} jobs ({share:.0%}){left}; running: {now or 'none'}"

    def _show(self) -> None:
        if self.done == self.total:
            return
        if self.live:
            self.stream.write("\r\033[K" + self.line()[: self._width()])
            self.stream.flush()
        elif LINES * self.done // self.total > self._shown:
            self._shown = LINES * self.done // self.total
            self._write(self.line())

    def _width(self) -> int:
        """Characters that fit in a line of the terminal: one that is broken cannot be renewed."""
        try:
            return min(WIDTH, os.get_terminal_size(self.stream.fileno()).columns - 1)
        except OSError:  # no terminal
            return WIDTH

    def _write(self, text: str) -> None:
        """Lines above the line of progress."""
        self.stream.write(("\r\033[K" if self.live else "") + text + "\n")
        self.stream.flush()


def _last_lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ["(there is none)"]
    return lines[-LOG_LINES:]
