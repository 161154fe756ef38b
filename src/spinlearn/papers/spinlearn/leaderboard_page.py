"""The leaderboard as Markdown: a table per number of bits and metric."""

from pathlib import Path

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


def leaderboard_page(path: str | Path) -> str:
    """All metrics of every model, mean over runs with standard error, from the figure's table.

    Raises:
        MissingFileError, CorruptFileError: as `read_csv`.
    """
    table = read_csv(path, *COLUMNS, *HEADINGS).fillna({"width": ""})
    lines = []
    for n, rows in table.groupby("n"):
        for metric, heading in HEADINGS.items():
            text = f"n = {n} bits, {rows.run.nunique()} runs: {heading}, mean ± standard error."
            lines += [text, "", *_matrix(rows, metric), ""]
    return "\n".join(lines)


def _matrix(table: pd.DataFrame, metric: str) -> list[str]:
    """One row per model, one column per data set."""
    datasets, words = list(table.dataset.unique()), labels(table)
    names = [data_label(name) for name in datasets]
    lines = [f"| model | width | parameters (independent) | {' | '.join(names)} |"]
    lines.append("|---" * (3 + len(names)) + "|")
    for model in order(table):
        rows = table[table.model == model]
        first = rows.iloc[0]
        cells = [words[model], first.width, f"{first.parameters} ({first.independent})"]
        cells += [_value(rows[rows.dataset == name][metric]) for name in datasets]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    bound = BOUNDS.get(metric, "")
    if bound in table and table[bound].notna().any():
        least = table.groupby("dataset")[bound].mean()
        cells = [f"{least[name]:.2g}" for name in datasets]
        lines.append(f"| *Born machines: no less, by S^z* | | | {' | '.join(cells)} |")
    return lines


def _value(values: "pd.Series[float]") -> str:
    """A mean with its error; rounding errors of a perfect model are 0."""
    value, error = measured(values)
    if value < 1e-6:
        return "< 1e-6"
    return pm(value, error) if known(error) and error > 1e-4 * value else f"{value:.3g}"
