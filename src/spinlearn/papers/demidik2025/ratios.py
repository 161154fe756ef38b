"""Ratios of hidden units, classical to semi-quantum (theorem 2 of Demidik 2025)."""

from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025.common import LABELS, needs, rows
from spinlearn.papers.verdicts import Claim, Measured, claim, equals
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import pm

RATIO_MARGIN = 0.1
"""Relative difference from the predicted ratio of hidden units that counts as agreement."""


def with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Add `ratio, ratio_error, ratio_bound`: hidden units of the RBM over those of each machine.

    Args:
        table: `dataset, n, paulis, status, m, m_error`, one row per (data set, n, machine).
    """
    classical = {(row.dataset, row.n): row for row in rows(table) if row.paulis == "Z"}
    ratios = [
        _ratio(row, classical.get((row.dataset, row.n)) if len(row.paulis) > 1 else None)
        for row in rows(table)
    ]
    return pd.concat([table, pd.DataFrame(ratios, index=table.index)], axis=1)


def _ratio(row: Any, classical: Any | None) -> dict[str, Any]:
    """The ratio of hidden units, its error, and whether it is a bound."""
    if classical is None:
        return {"ratio": np.nan, "ratio_error": np.nan, "ratio_bound": "unknown"}
    ratio, error = classical.m / row.m, np.nan
    # A lower bound of the numerator, or an upper one of the denominator, bounds the ratio from
    # below; the opposite cases from above.
    is_lower = classical.status == "not_reached" or row.status == "at_smallest_m"
    is_upper = classical.status == "at_smallest_m" or row.status == "not_reached"
    if is_lower and is_upper:
        bound = "unknown"
    elif is_lower or is_upper:
        bound = "lower" if is_lower else "upper"
    else:
        bound = "exact"
        error = ratio * np.hypot(classical.m_error / classical.m, row.m_error / row.m)
    return {"ratio": ratio, "ratio_error": error, "ratio_bound": bound}


def mean_ratio(table: pd.DataFrame) -> Measured:
    """Geometric mean of ratios; its error is the larger one of the propagated errors and scatter.

    The scatter of a single ratio is unknown; its error is the propagated one. NaN if an error is.

    Args:
        table: `ratio, ratio_error`; without rows, the result is NaN.
    """
    if table.empty:
        return np.nan, np.nan
    logs = np.log(table.ratio.to_numpy())
    relative = (table.ratio_error / table.ratio).to_numpy()
    propagated = np.sqrt((relative**2).sum()) / len(logs)
    mean = float(np.exp(logs.mean()))
    return mean, mean * float(np.maximum(propagated, np.nan_to_num(standard_error(logs))))


def ratio_claim(group: pd.DataFrame, paulis: str, scale: str) -> Claim:
    """An RBM needs |W| times the hidden units of a machine with Paulis W.

    The rule: the geometric mean of m_RBM / m over data sets and n is |W| within a tenth (`equals`).
    Bounds are left out and counted. It needs two known ratios, 20 runs of 2000 iterations and an n
    of at least 8 (`common.needs`).
    """
    exact = group[group.ratio_bound == "exact"]
    predicted = float(len(paulis))
    mean = mean_ratio(exact)
    runs = int(group.runs.min())
    notes = [
        f"n = {n}: {pm(*mean_ratio(part))} ({part.ratio.min():.2f} to {part.ratio.max():.2f})"
        for n, part in exact.groupby("n")
    ]
    if len(exact) < len(group):
        notes.append(f"{len(group) - len(exact)} known as bounds only")
    return claim(
        f"demidik2025.figure3.ratio_{paulis.lower()}",
        f"an RBM needs |W| times the hidden units of {LABELS[paulis]} (mean ratio)",
        published=f"{predicted:g} (theorem 2)",
        measured=mean,
        verdict=equals(*mean, predicted, RATIO_MARGIN * predicted, runs=runs),
        needs=[("known ratios", len(exact), 2), *needs(group)],
        scale=f"{len(exact)} pairs of data set and n; {scale}",
        note="; ".join(notes),
    )
