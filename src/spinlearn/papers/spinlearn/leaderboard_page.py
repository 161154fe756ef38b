"""The leaderboard as tables, one per number of bits and metric."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from spinlearn.papers.spinlearn.leaderboard_values import (
    BOUNDS,
    data_label,
    labels,
    measured,
    order,
)
from spinlearn.statistics.rounding import known, pm
from spinlearn.storage.tables import read_csv

COLUMNS = ("n", "dataset", "model", "kind", "run", "width", "parameters", "independent")
"""Columns of the table of figure `leaderboard` that are no metrics."""

HEADINGS = {
    "kl": "KL(target || model) (nat)",
    "tvd": "total variation distance",
    "infidelity": "1 - F",
    "mmd": "maximum mean discrepancy",
}
"""The metrics in words."""


class Matrix(NamedTuple):
    """A metric: one row per model, one column per data set.

    Attributes:
        title: number of bits, runs and metric.
        header: names of the columns.
        rows: cells, best model first.
        bound: the least that Born machines can reach, as one more row; empty for some metrics.
    """

    title: str
    header: list[str]
    rows: list[list[str]]
    bound: list[str]


def leaderboard_matrices(path: str | Path) -> list[Matrix]:
    """All metrics of every model, mean over runs with standard error, from the figure's table.

    Raises:
        MissingFileError, CorruptFileError: as `read_csv`.
    """
    table = read_csv(path, *COLUMNS, *HEADINGS).fillna({"width": ""})
    return [
        _matrix(rows, metric, f"n = {n} bits, {rows.run.nunique()} runs: {heading}")
        for n, rows in table.groupby("n")
        for metric, heading in HEADINGS.items()
    ]


def leaderboard_page(path: str | Path) -> str:
    """`leaderboard_matrices` in Markdown.

    Raises:
        MissingFileError, CorruptFileError: as `read_csv`.
    """
    lines = []
    for matrix in leaderboard_matrices(path):
        lines += [f"{matrix.title}, mean ± standard error.", "", _line(matrix.header)]
        lines += ["|---" * len(matrix.header) + "|", *map(_line, matrix.rows)]
        if matrix.bound:
            first, *rest = matrix.bound
            lines.append(_line([f"*{first}*", *rest]))
        lines.append("")
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _matrix(table: pd.DataFrame, metric: str, title: str) -> Matrix:
    datasets, words = list(table.dataset.unique()), labels(table)
    header = ["model", "width", "parameters (independent)", *map(data_label, datasets)]
    body = []
    for model in order(table):
        rows = table[table.model == model]
        first = rows.iloc[0]
        cells = [words[model], str(first.width), f"{first.parameters} ({first.independent})"]
        body.append(cells + [_value(rows[rows.dataset == name][metric]) for name in datasets])
    bound, column = [], BOUNDS.get(metric, "")
    if column in table and table[column].notna().any():
        least = table.groupby("dataset")[column].mean()
        bound = ["Born machines: no less, by S^z", "", ""]
        bound += [f"{least[name]:.2g}" for name in datasets]
    return Matrix(title, header, body, bound)


def _value(values: "pd.Series[float]") -> str:
    """A mean with its error; rounding errors of a perfect model are 0."""
    value, error = measured(values)
    if value < 1e-6:
        return "< 1e-6"
    return pm(value, error) if known(error) and error > 1e-4 * value else f"{value:.3g}"
