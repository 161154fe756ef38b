"""Shared by the figures: names and styles of machines and data sets, the paper's sizes."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.lines import Line2D

from spinlearn.papers.style import COLORS
from spinlearn.papers.verdicts import Need
from spinlearn.sqrbm.choices import DATASETS, PAULIS
from spinlearn.statistics.rounding import listed

LABELS = {
    "Z": "RBM",
    "X": "RBM{X}",
    "Y": "RBM{Y}",
    "XZ": "sqRBM{X,Z}",
    "YZ": "sqRBM{Y,Z}",
    "XYZ": "sqRBM{X,Y,Z}",
}
"""Names of the machines."""

LOOKS: dict[str, dict[str, Any]] = {
    "Z": {"color": COLORS[1], "marker": "s"},
    "X": {"color": COLORS[4], "marker": "<"},
    "Y": {"color": COLORS[5], "marker": ">"},
    "XZ": {"color": COLORS[0], "marker": "D"},
    "YZ": {"color": COLORS[3], "marker": "v"},
    "XYZ": {"color": COLORS[2], "marker": "o"},
}
"""Colour and marker of each machine; those that the paper draws look as in the paper."""

TITLES = {
    "bars": "bars",
    "random": "random",
    "cardinality": "cardinality",
    "parity": "even parity",
}
"""Names of the data sets."""

PAPER_SCALE = "paper: n = 6 to 12, m up to 90, 100 runs"

RUNS, LEAST_N, ITERATIONS = 20, 8, 2000
"""Runs at which two errors of most distances are below 0.05, the smallest n of figure 2, and steps.

The paper has 100 runs and n up to 12, but claims its ratios and orders at every n. Its text
does not state the iterations; its published code has 2000. Distances still fall after 1000, enough
to change verdicts.
"""

PLATEAU = 0.45
"""Machines with a larger distance have not learned anything yet, as those stuck at parity."""

MIN_SHARE = 0.9
"""Share of the cases in which a claim must hold."""


def needs(table: pd.DataFrame) -> list[Need]:
    """The sizes that a claim needs, for `claim`: `LEAST_N`, `RUNS` and `ITERATIONS`."""
    return [
        ("largest n", int(table.n.max()), LEAST_N),
        ("runs", int(table.runs.min()), RUNS),
        ("iterations", int(table.iterations.max()), ITERATIONS),
    ]


def training_scale(table: pd.DataFrame) -> str:
    """Runs and iterations of a table, and the paper's sizes, in words."""
    return f"{listed(table.runs)} runs, {table.iterations.max():.0f} iterations ({PAPER_SCALE})"


def rows(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, with its columns as attributes."""
    return list(table.itertuples())


def datasets(table: pd.DataFrame) -> list[str]:
    """The data sets in a table, in the paper's order of difficulty."""
    return [name for name in DATASETS if name in set(table.dataset)]


def machines(table: pd.DataFrame) -> list[str]:
    """The Pauli sets in a table, the classical machine's first."""
    return [name for name in PAULIS if name in set(table.paulis)]


def semi_quantum(table: pd.DataFrame) -> list[str]:
    """The Pauli sets in a table that do not commute: more than one Pauli."""
    return [name for name in machines(table) if len(name) > 1]


def ordered(table: pd.DataFrame, *last: str) -> pd.DataFrame:
    """The rows by n, data set, machine and further columns."""
    keys = table.assign(
        dataset=table.dataset.map(DATASETS.index), paulis=table.paulis.map(PAULIS.index)
    )
    order = keys.sort_values(["n", "dataset", "paulis", *last], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def look(paulis: str, *, hollow: bool) -> dict[str, Any]:
    """Colour and marker of a machine; the marker is white inside if `hollow`."""
    return {**LOOKS[paulis], "mfc": "white"} if hollow else LOOKS[paulis]


def handles(names: Iterable[str]) -> list[Line2D]:
    """Entries of a legend, one per machine."""
    return [Line2D([], [], lw=1.2, ms=4, label=LABELS[name], **LOOKS[name]) for name in names]
