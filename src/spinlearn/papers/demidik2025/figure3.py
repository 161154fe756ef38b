"""Demidik 2025, figure 3: fewest hidden units that learn, and their ratios."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator

from spinlearn.papers.demidik2025.common import (
    MACHINES,
    MIN_SHARE,
    PAPER_SCALE,
    TITLES,
    claim,
    datasets,
    handles,
    listed,
    machines,
    rows,
    semi_quantum,
)
from spinlearn.papers.demidik2025.comparisons import (
    needs_more,
    pairs_of_datasets,
    pairs_of_machines,
)
from spinlearn.papers.demidik2025.hidden_units import BOUNDS, minimum_hidden_units
from spinlearn.papers.demidik2025.runs import runs_table
from spinlearn.papers.style import figure
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    equals,
    share,
)
from spinlearn.statistics.rounding import pm

CAPTION = (
    "Top: fewest hidden units with a mean total variation distance below the threshold (given on "
    "the axis). Bottom: ratio of the classical to the semi-quantum number. Theorem 2 of the paper "
    "predicts ratios of 2 and 3; equal numbers of independent parameters give slightly less."
)

RATIO_MARGIN = 0.1
"""Relative difference from the predicted ratio of hidden units that counts as agreement."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Fewest hidden units per (data set, n, machine); see `minimum_hidden_units`."""
    return minimum_hidden_units(runs_table(files.fits), settings["tvd_threshold"], settings["seed"])


def draw(table: pd.DataFrame) -> Figure:
    """One column per data set: hidden units (top), their ratios (bottom).

    Open markers are bounds: with an arrow up if the largest m of the grid does not suffice, with an
    arrow down if the smallest already does. Dashed: theorem 2; dotted: the ratio at equal numbers
    of independent parameters.
    """
    columns, names = datasets(table), machines(table)
    fig, axes = figure(
        2, 3.7, 2, len(columns), sharex=True, sharey="row", squeeze=False,
        gridspec_kw={"height_ratios": [1.25, 1]},
    )  # fmt: skip
    shift = {name: 0.12 * (place - (len(names) - 1) / 2) for place, name in enumerate(names)}
    for (top, bottom), dataset in zip(axes.T, columns, strict=True):
        for name in names:
            curve = table[(table.dataset == dataset) & (table.paulis == name)].sort_values("n")
            _draw_units(top, curve, MACHINES[name], shift[name])
            if name != "Z":
                _draw_ratios(bottom, curve, MACHINES[name], shift[name])
        top.set_title(TITLES[dataset])
        bottom.xaxis.set_major_locator(FixedLocator(sorted(table.n.unique())))
        bottom.yaxis.set_major_locator(MaxNLocator(integer=True))
    _set_scales(axes[0, 0], axes[1, 0], table)
    fig.supxlabel("visible units $n$", fontsize=9)
    lines = [
        Line2D([], [], color="0.4", lw=0.8, ls="--", label="theorem 2"),
        Line2D([], [], color="0.4", lw=1.1, ls=":", label="independent parameters"),
    ]
    fig.legend(handles=[*handles(names), *lines], loc="outside upper center", ncols=5)
    return fig


def _draw_units(ax: Axes, curve: pd.DataFrame, style: dict[str, Any], shift: float) -> None:
    ax.plot(curve.n + shift, curve.m, color=style["color"], lw=0.9)
    for row in rows(curve):
        _draw_point(ax, row.n + shift, row.m, row.m_error, BOUNDS[row.status], style)


def _draw_ratios(ax: Axes, curve: pd.DataFrame, style: dict[str, Any], shift: float) -> None:
    color = style["color"]
    ax.axhline(curve.ratio_theorem.iloc[0], color=color, lw=0.8, ls="--")
    ax.hlines(curve.ratio_dimension, curve.n - 0.6, curve.n + 0.6, color=color, lw=1.2, ls=":")
    known = curve[curve.ratio.notna()]
    ax.plot(known.n + shift, known.ratio, color=color, lw=0.9)
    for row in rows(known):
        _draw_point(ax, row.n + shift, row.ratio, row.ratio_error, row.ratio_bound, style)


def _draw_point(
    ax: Axes, x: float, y: float, error: float, bound: str, style: dict[str, Any]
) -> None:
    """A point with its error; an open one with an arrow if only a bound is known."""
    color, marker = style["color"], style["marker"]
    if bound == "exact":
        ax.errorbar(x, y, error, color=color, marker=marker, ms=4, elinewidth=0.9, zorder=3)
        return
    ax.plot(x, y, color=color, marker=marker, ms=4, mfc="white", ls="", zorder=3)
    if bound in ("lower", "upper"):
        up = 1 if bound == "lower" else -1
        ax.annotate(
            "", (x, y), (0, 13 * up), textcoords="offset points", zorder=2,
            arrowprops={"arrowstyle": "<-", "color": color, "lw": 0.9, "shrinkA": 0, "shrinkB": 2},
        )  # fmt: skip


def _set_scales(top: Axes, bottom: Axes, table: pd.DataFrame) -> None:
    top.set_xlim(table.n.min() - 0.8, table.n.max() + 0.8)
    top.set_yscale("log", base=2)
    top.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    top.set_ylim(0.6, 1.6 * np.nanmax(table.m + table.m_error.fillna(0)))
    bottom.set_ylim(0.9, max(3.4, 1.1 * np.nanmax(table.ratio.fillna(0))))
    top.set_ylabel(f"fewest $m$ with\nmean TVD < {table.threshold.iloc[0]:g}")
    bottom.set_ylabel(r"$m_\mathrm{RBM}\,/\,m$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ratios of hidden units, and which machine and which data set needs more.

    Ratios: the geometric mean of m_RBM / m over data sets and n is |W| within a tenth (`equals`).
    Bounds are left out and counted. The error is the larger one of the propagated errors and the
    scatter. Inconclusive if fewer than two ratios are known.

    Order: a machine with more Paulis needs fewer hidden units (`needs_more` for each pair) in at
    least nine tenths of the pairs. Not reproduced if it needs more in any pair. Support: the same
    for a data set with larger support compared with one with smaller support, on one machine.
    """
    scale = f"n = {listed(table.n)}, {listed(table.runs)} runs ({PAPER_SCALE})"
    return [
        *(_ratio_claim(table[table.paulis == paulis], paulis, scale)
          for paulis in semi_quantum(table)),
        _order_claim(
            "demidik2025.figure3.paulis_save_units",
            "more Paulis need fewer hidden units: RBM > sqRBM{X,Z} > sqRBM{X,Y,Z}",
            "on every data set",
            [needs_more(*pair) for pair in pairs_of_machines(table)],
            scale,
        ),
        _order_claim(
            "demidik2025.figure3.support_needs_units",
            "a data set with larger support needs more hidden units",
            "on every machine",
            [needs_more(*pair) for pair in pairs_of_datasets(table)],
            scale,
        ),
    ]  # fmt: skip


def _ratio_claim(group: pd.DataFrame, paulis: str, scale: str) -> Claim:
    exact = group[group.ratio_bound == "exact"]
    predicted = float(len(paulis))
    mean, error = _geometric_mean(exact.ratio, exact.ratio_error)
    verdict = equals(mean, error, predicted, RATIO_MARGIN * predicted)
    notes = [
        f"n = {n}: {pm(*_geometric_mean(part.ratio, part.ratio_error))} "
        f"({part.ratio.min():.2f} to {part.ratio.max():.2f})"
        for n, part in exact.groupby("n")
    ]
    if len(exact) < len(group):
        notes.append(f"{len(group) - len(exact)} known as bounds only")
    return claim(
        f"demidik2025.figure3.ratio_{paulis.lower()}",
        f"an RBM needs |W| times the hidden units of {MACHINES[paulis]['label']} (mean ratio)",
        figure=3,
        published=f"{predicted:g} (theorem 2)",
        measured=mean,
        error=error,
        verdict=verdict if len(exact) > 1 else INCONCLUSIVE,
        scale=f"{len(exact)} pairs of data set and n; {scale}",
        note="; ".join(notes),
    )


def _geometric_mean(values: pd.Series, errors: pd.Series) -> tuple[float, float]:
    """Geometric mean, and its error: the larger of the propagated errors and the scatter."""
    if values.empty:
        return np.nan, np.nan
    logs, relative = np.log(values.to_numpy()), (errors / values).to_numpy()
    mean = float(np.exp(logs.mean()))
    single = np.sqrt((relative**2).sum()) / len(logs)
    scatter = logs.std(ddof=1) / np.sqrt(len(logs)) if len(logs) > 1 else 0.0
    return mean, mean * float(max(single, scatter))


def _order_claim(key: str, text: str, published: str, answers: list[str], scale: str) -> Claim:
    """A claim that must hold in most pairs and fail in none."""
    against = answers.count(NOT_REPRODUCED)
    return claim(
        key,
        text,
        figure=3,
        published=published,
        measured=f"{answers.count(REPRODUCED)} of {len(answers)} pairs",
        verdict=NOT_REPRODUCED if against else share(answers, MIN_SHARE),
        scale=scale,
        note=f"{against} in reverse order, {answers.count(INCONCLUSIVE)} inconclusive",
    )
