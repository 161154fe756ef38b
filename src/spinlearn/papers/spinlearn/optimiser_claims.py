"""The claims of figure `born_optimisers`."""

import pandas as pd

from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    Need,
    claim,
    difference,
    is_above,
    is_positive,
)
from spinlearn.papers.zhong2022.common import STATES, data_label
from spinlearn.statistics.rounding import pm

AIM = 0.95
"""Fidelity that the gradient is to exceed."""

BUDGET, RUNS = 6000, 4
"""Quenches of single states, and runs, from which claims are judged: the default's."""

OTHERS = {"greedy": "the greedy search", "cma_es": "CMA-ES"}


def judge(table: pd.DataFrame) -> list[Claim]:
    """The claims, from the table of the figure; `spinlearn.papers.spinlearn.born_optimisers`."""
    first = table[table.machine == table.machine.iloc[0]]
    first = first[first.h == first.h.max()]
    found: dict[str, Claim] = {}
    for dataset, rows in first.groupby("dataset", sort=False):
        name = str(dataset).rstrip("0123456789")
        if name in ("digits", "mnist", "parity") and "gradient" in set(rows.method):
            for row in _of_data_set(name, rows):
                found.setdefault(row["key"], row)
    return list(found.values())


def _of_data_set(name: str, rows: pd.DataFrame) -> list[Claim]:
    common = rows.groupby("method").spent.max().min()
    ends = {method: _at(part, common) for method, part in rows.groupby("method")}
    last = _at(rows[rows.method == "gradient"], rows.spent.max())
    compared = [
        _below(name, other, ends["gradient"], ends[other]) for other in OTHERS if other in ends
    ]
    others = ", ".join(
        f"{OTHERS[method]} {pm(row.fidelity, row.fidelity_error)}"
        for method, row in ends.items()
        if method in OTHERS
    )
    value = (float(last.fidelity), float(last.fidelity_error))
    reached = claim(
        f"spinlearn.born_optimisers.fidelity_{name}",
        f"gradients train the {last.machine} machine to F > {AIM} ({data_label(last)})",
        published="no claim",
        measured=value,
        verdict=is_above(*value, AIM, runs=int(last.runs)),
        needs=_needs(last),
        scale=_scale(last),
        origin="spinlearn",
        note=f"flat distribution {last.flat_fidelity:.2f}; at {common:,.0f} quenches: {others}",
    )
    return [*compared, reached]


def _at(rows: pd.DataFrame, spent: float) -> pd.Series:
    """The best of a curve after so many quenches: the last row at or before, as a row there."""
    last = rows[rows.spent <= spent].sort_values("spent").iloc[-1].copy()
    last["spent"] = spent
    return last


def _log_loss(row: pd.Series) -> Measured:
    return float(row.log_loss), float(row.log_loss_error)


def _below(name: str, other: str, gradient: pd.Series, compared: pd.Series) -> Claim:
    margin = difference(_log_loss(compared), _log_loss(gradient))
    runs = int(min(gradient.runs, compared.runs))
    return claim(
        f"spinlearn.born_optimisers.gradient_below_{other}_{name}",
        f"gradients end below {OTHERS[other]} at equal quenches (difference of log10 MMD)",
        published="no claim",
        measured=margin,
        verdict=is_positive(*margin, runs=runs),
        needs=_needs(min((gradient, compared), key=lambda row: row.runs)),
        scale=_scale(gradient),
        origin="spinlearn",
        note=f"at {gradient.spent:,.0f} quenches of single states; M = {gradient.quenches} and "
        f"{compared.quenches}; F {pm(gradient.fidelity, gradient.fidelity_error)} and "
        f"{pm(compared.fidelity, compared.fidelity_error)}",
    )


def _needs(row: pd.Series) -> list[Need]:
    return [("budget", float(row.spent), BUDGET), ("runs", int(row.runs), RUNS)]


def _scale(row: pd.Series) -> str:
    return (
        f"{data_label(row)}; {row.visible}+{row.hidden} spins from "
        f"{STATES[row.initial_state][1]}, |h_i| <= {row.h:g}, {row.spent:,.0f} quenches, "
        f"{row.runs} runs"
    )
