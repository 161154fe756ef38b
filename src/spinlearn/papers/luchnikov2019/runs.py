"""Quantities of a model over its independent trainings, for verdicts."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import Measured
from spinlearn.statistics.errors import error_over_runs


class OverRuns(NamedTuple):
    """A quantity of a model, over its runs.

    Attributes:
        measured: mean over the runs, and its error.
        runs: number of runs, for the margin of a verdict; None for a single one, whose error is
            that of sampling alone.
    """

    measured: Measured
    runs: int | None


def mean_of_runs(table: pd.DataFrame, statistic: Callable[[pd.DataFrame], Measured]) -> OverRuns:
    """A statistic of each run (column `run`), averaged over the runs.

    The error joins the standard error over the runs and the sampling error of the mean, as
    `spinlearn.vae.runs.over_runs` does for the columns of a table.

    Args:
        table: the rows of all runs.
        statistic: gives the value of one run and its sampling error, NaN if unknown.
    """
    found = np.array([statistic(rows) for _, rows in table.groupby("run")], dtype=float)
    values, errors = found.T
    runs = len(found)
    error = float(error_over_runs(values, errors))
    return OverRuns((float(values.mean()), error), runs if runs > 1 else None)


def difference(first: OverRuns, second: OverRuns) -> OverRuns:
    """The first minus the second quantity, of independently trained models."""
    (a, a_error), (b, b_error) = first.measured, second.measured
    counts = [runs for runs in (first.runs, second.runs) if runs]
    return OverRuns((a - b, float(np.hypot(a_error, b_error))), min(counts, default=None))
