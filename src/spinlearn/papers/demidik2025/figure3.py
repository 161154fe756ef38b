"""Demidik 2025, figure 3: fewest hidden units that learn, and their ratios."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator

from spinlearn.papers import style
from spinlearn.papers.demidik2025 import common, comparisons
from spinlearn.papers.demidik2025.growth import draw_power_law, growth_claims
from spinlearn.papers.demidik2025.hidden_units import BOUNDS, minimum_hidden_units
from spinlearn.papers.demidik2025.ratios import ratio_claim
from spinlearn.papers.demidik2025.runs import runs_table
from spinlearn.papers.verdicts import Claim
from spinlearn.statistics.rounding import listed

CAPTION = (
    "Top: fewest hidden units with a mean total variation distance below the threshold (given on "
    "the axis). Bottom: ratio of the classical to the semi-quantum number. Theorem 2 of the paper "
    "predicts ratios of 2 and 3; equal numbers of independent parameters give slightly less. "
    "Dotted in the top row: power laws m ~ n^b, where three n are known."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Fewest hidden units per (data set, n, machine); see `minimum_hidden_units`."""
    return minimum_hidden_units(runs_table(files.fits), settings["tvd_threshold"], settings["seed"])


def draw(table: pd.DataFrame) -> Figure:
    """One column per data set: hidden units (top), their ratios (bottom).

    Open markers are bounds: with an arrow up if the largest m of the grid does not suffice, with an
    arrow down if the smallest already does. Dashed: theorem 2; dotted: the ratio at equal numbers
    of independent parameters.
    """
    columns, names = common.datasets(table), common.machines(table)
    panels = {"sharex": True, "sharey": "row", "squeeze": False, "height_ratios": [1.25, 1]}
    fig, axes = style.figure(2, 3.7, 2, len(columns), **panels)
    for (top, bottom), dataset in zip(axes.T, columns, strict=True):
        for place, name in enumerate(names):
            shift = 0.12 * (place - (len(names) - 1) / 2)
            curve = table[(table.dataset == dataset) & (table.paulis == name)].sort_values("n")
            curve = curve.assign(x=curve.n + shift)
            _draw_units(top, curve, name)
            if len(name) > 1:
                _draw_ratios(bottom, curve, name)
        top.set_title(common.TITLES[dataset])
        bottom.xaxis.set_major_locator(FixedLocator(sorted(table.n.unique())))
        bottom.yaxis.set_major_locator(MaxNLocator(integer=True))
    _set_scales(axes[0, 0], axes[1, 0], table)
    fig.supxlabel("visible units $n$", fontsize=9)
    lines = [
        Line2D([], [], color="0.4", lw=0.8, ls="--", label="theorem 2"),
        Line2D([], [], color="0.4", lw=1.1, ls=":", label="independent parameters"),
    ]
    entries = [*common.handles(names), *lines]
    fig.legend(handles=entries, loc="outside upper center", ncols=5)
    return fig


def _draw_units(ax: Axes, curve: pd.DataFrame, paulis: str) -> None:
    color = common.LOOKS[paulis]["color"]
    ax.plot(curve.x, curve.m, color=color, lw=0.9)
    draw_power_law(ax, curve, color)
    for row in common.rows(curve):
        _draw_point(ax, row.x, row.m, row.m_error, BOUNDS[row.status], paulis)


def _draw_ratios(ax: Axes, curve: pd.DataFrame, paulis: str) -> None:
    color = common.LOOKS[paulis]["color"]
    ax.axhline(curve.ratio_theorem.iloc[0], color=color, lw=0.8, ls="--")
    ax.hlines(curve.ratio_dimension, curve.n - 0.6, curve.n + 0.6, color=color, lw=1.2, ls=":")
    known = curve[curve.ratio.notna()]
    ax.plot(known.x, known.ratio, color=color, lw=0.9)
    for row in common.rows(known):
        _draw_point(ax, row.x, row.ratio, row.ratio_error, row.ratio_bound, paulis)


def _draw_point(ax: Axes, x: float, y: float, error: float, bound: str, paulis: str) -> None:
    """A point with its error; an open one with an arrow if only a bound is known."""
    look = common.look(paulis, hollow=bound != "exact")
    known = error if bound == "exact" else None
    ax.errorbar(x, y, known, ms=4, ls="", elinewidth=0.9, zorder=3, **look)
    if bound in ("lower", "upper"):
        arrow = {"arrowstyle": "<-", "color": look["color"], "lw": 0.9, "shrinkA": 0, "shrinkB": 2}
        tip = (0, 13 if bound == "lower" else -13)
        ax.annotate("", (x, y), tip, textcoords="offset points", zorder=2, arrowprops=arrow)


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

    Ratios: see `ratio_claim`.

    Order: a machine with more Paulis needs fewer hidden units (`needs_more` for each pair) in at
    least nine tenths of the pairs (`share`). Support: the same for a data set with larger support
    compared with one with smaller support, on one machine. All need 20 runs of 2000 iterations and
    an n of at least 8 (`common.needs`). Growth with n: see `growth_claims`.
    """
    scale = f"n = {listed(table.n)}, {common.training_scale(table)}"
    ratios = [
        ratio_claim(table[table.paulis == paulis], paulis, scale)
        for paulis in common.semi_quantum(table)
    ]
    machines = comparisons.order_claim(
        "demidik2025.figure3.paulis_save_units",
        "more Paulis need fewer hidden units: RBM > sqRBM{X,Z} > sqRBM{X,Y,Z}",
        "on every data set",
        comparisons.pairs_of_machines(table),
        {"scale": scale, "needs": common.needs(table)},
    )
    datasets = comparisons.order_claim(
        "demidik2025.figure3.support_needs_units",
        "a data set with larger support needs more hidden units",
        "on every machine",
        comparisons.pairs_of_datasets(table),
        {"scale": scale, "needs": common.needs(table)},
    )
    return [*ratios, machines, datasets, *growth_claims(table)]
