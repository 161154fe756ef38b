"""Means over the runs of a model, with errors that join runs and sampling."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinlearn.statistics.errors import error_over_runs


def over_runs(table: pd.DataFrame, keys: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """Means over the runs of a table, one row per combination of the keys.

    Args:
        table: one row per run and combination of keys; for each value a column of its name and,
            if it has a sampling error, one of this name with `_error`.
        keys: columns that identify a row among those of one run.
        values: columns to average.

    Returns:
        The keys, `runs` (their number), the columns that are equal in all runs, and for each value
        its mean and the error of the mean, hypot(s/sqrt(R), sqrt(Σ e_r²)/R): the standard error
        over the R runs, and the sampling error. With one run it is the sampling error alone, which
        leaves out how trainings differ; without a sampling error too it is NaN.
    """
    rows = []
    for _, group in table.groupby(list(keys), sort=False, dropna=False):
        row = group.iloc[0].drop(labels=["run"]).to_dict() | {"runs": len(group)}
        for name in values:
            found = group[name].to_numpy(dtype=float)
            own = group.get(f"{name}_error", pd.Series(np.nan, group.index)).to_numpy(dtype=float)
            if np.isnan(own).any() and len(own) > 1:  # the spread of the runs contains it
                own = np.zeros_like(own)
            row[name] = found.mean()
            row[f"{name}_error"] = float(error_over_runs(found, own))
        rows.append(row)
    return pd.DataFrame(rows)
