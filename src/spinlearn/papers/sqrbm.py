"""Figures of P3: restricted Boltzmann machines with classical and quantum hidden units."""

from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from spinlearn.papers.style import COLORS, figure

MACHINES: dict[str, dict[str, Any]] = {
    "Z": {"label": "RBM", "color": COLORS[1], "marker": "s"},
    "XZ": {"label": "sqRBM{X,Z}", "color": COLORS[0], "marker": "D"},
    "XYZ": {"label": "sqRBM{X,Y,Z}", "color": COLORS[2], "marker": "o"},
}
"""Name, colour and marker of each machine, as in P3."""

TITLES = {
    "bars": "bars",
    "random": "random",
    "cardinality": "cardinality",
    "parity": "even parity",
}
"""Names of the data sets, in P3's order of difficulty."""


def _rows(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, with its columns as attributes."""
    return list(table.itertuples())


def _datasets(table: pd.DataFrame) -> list[str]:
    return [name for name in TITLES if name in set(table.dataset)]


def _machines(table: pd.DataFrame) -> list[str]:
    return [name for name in MACHINES if name in set(table.paulis)]


def _handles(names: list[str]) -> list[Line2D]:
    return [Line2D([], [], lw=1.2, ms=4, **MACHINES[name]) for name in names]


def _powers_of_two(ax: Axes, largest: float) -> None:
    """Hidden units on a logarithmic axis, on which equal ratios are equal distances."""
    ticks = [2**k for k in range(int(np.log2(max(largest, 1))) + 1)]
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def figure2(table: pd.DataFrame, threshold: float) -> Figure:
    """Total variation distance after training against the number of hidden units (P3 figure 2).

    Lines: mean over runs; bands: one standard deviation. Open markers: more than half of the runs
    are stuck at the uniform distribution, whose own distance is the dotted line.

    Args:
        table: as `spinlearn.sqrbm.tables.training_results` gives it.
        threshold: the reference line.
    """
    datasets, sizes, names = _datasets(table), sorted(table.n.unique()), _machines(table)
    fig, axes = figure(
        2, 0.9 + 1.55 * len(sizes), len(sizes), len(datasets), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    for row, n in enumerate(sizes):
        for column, dataset in enumerate(datasets):
            ax = axes[row, column]
            panel = table[(table.n == n) & (table.dataset == dataset)]
            ax.axhline(panel.tvd_of_uniform.iloc[0], color="0.6", lw=0.8, ls=":", zorder=0)
            for name in names:
                curve = panel[panel.paulis == name].sort_values("m")
                style = MACHINES[name]
                low, high = curve.tvd - curve.tvd_std, curve.tvd + curve.tvd_std
                ax.fill_between(
                    curve.m, low.clip(lower=0), high.clip(upper=1),
                    color=style["color"], alpha=0.18, lw=0,
                )  # fmt: skip
                ax.plot(curve.m, curve.tvd, color=style["color"], clip_on=False, zorder=3)
                for stuck, face in ((False, style["color"]), (True, "white")):
                    some = curve[(curve.stuck > curve.runs / 2) == stuck]
                    if some.empty:
                        continue
                    ax.plot(
                        some.m, some.tvd, ls="", marker=style["marker"], ms=3.4, mfc=face,
                        color=style["color"], clip_on=False, zorder=4,
                    )  # fmt: skip
            ax.axhline(threshold, color="0.35", lw=0.8, ls="--", zorder=0)
            _powers_of_two(ax, table.m.max())
            ax.set_ylim(0, 1)
            if row == 0:
                ax.set_title(TITLES[dataset])
            if column == len(datasets) - 1:
                ax.annotate(
                    f"$n = {n}$", (1, 0.5), (6, 0), xycoords="axes fraction",
                    textcoords="offset points", rotation=270, va="center", ha="left",
                )  # fmt: skip
    fig.supxlabel("hidden units $m$", fontsize=9)
    fig.supylabel("TVD$(q, p)$ after training", fontsize=9)
    runs = f"{table.runs.min()}" if table.runs.nunique() == 1 else "all"
    lines = [
        Line2D([], [], color="0.35", lw=0.8, ls="--", label=f"TVD = {threshold:g}"),
        Line2D([], [], color="0.6", lw=0.8, ls=":", label="uniform distribution"),
        Line2D([], [], color="0.4", ls="", marker="o", ms=3.4, mfc="white",
               label="most runs stuck there"),
    ]  # fmt: skip
    band = Patch(color="0.85", lw=0, label=f"std. dev., {runs} runs")
    pairs = zip_longest(_handles(names), lines)
    handles = [handle for pair in pairs for handle in pair if handle is not None]
    fig.legend(handles=[*handles, band], loc="outside upper center", ncols=4)
    return fig


def _bounded_point(
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


def figure3(table: pd.DataFrame) -> Figure:
    """Fewest hidden units that learn, and the classical machine's over the others' (P3 figure 3).

    Open markers are bounds: with an arrow up where the largest m of the grid does not suffice,
    with an arrow down where the smallest already does. Dashed: theorem 2; dotted: the ratio at
    equal numbers of independent parameters.

    Args:
        table: as `spinlearn.sqrbm.tables.minimum_hidden_units` gives it.
    """
    datasets, sizes, names = _datasets(table), sorted(table.n.unique()), _machines(table)
    threshold = table.threshold.iloc[0]
    fig, axes = figure(
        2, 3.7, 2, len(datasets), sharex=True, sharey="row", squeeze=False,
        gridspec_kw={"height_ratios": [1.25, 1]},
    )  # fmt: skip
    shift = {name: 0.12 * (place - (len(names) - 1) / 2) for place, name in enumerate(names)}
    bounds = {"reached": "exact", "at_smallest_m": "upper", "not_reached": "lower"}
    for column, dataset in enumerate(datasets):
        top, bottom = axes[:, column]
        for name in names:
            style = MACHINES[name]
            rows = table[(table.dataset == dataset) & (table.paulis == name)].sort_values("n")
            x = rows.n + shift[name]
            top.plot(x, rows.m, color=style["color"], lw=0.9)
            for position, row in zip(x, _rows(rows), strict=True):
                _bounded_point(top, position, row.m, row.m_error, bounds[row.status], style)
            if name == "Z":
                continue
            bottom.axhline(rows.ratio_theorem.iloc[0], color=style["color"], lw=0.8, ls="--")
            left, right = rows.n - 0.6, rows.n + 0.6
            bottom.hlines(rows.ratio_dimension, left, right, color=style["color"], lw=1.2, ls=":")
            known = rows[rows.ratio.notna()]
            bottom.plot(known.n + shift[name], known.ratio, color=style["color"], lw=0.9)
            for row in _rows(known):
                position = row.n + shift[name]
                _bounded_point(bottom, position, row.ratio, row.ratio_error, row.ratio_bound, style)
        top.set_title(TITLES[dataset])
        bottom.xaxis.set_major_locator(FixedLocator(sizes))
        bottom.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0, 0].set_xlim(min(sizes) - 0.8, max(sizes) + 0.8)
    axes[0, 0].set_yscale("log", base=2)
    axes[0, 0].yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    largest = np.nanmax(table.m + table.m_error.fillna(0))
    axes[0, 0].set_ylim(0.6, 1.6 * largest)
    axes[1, 0].set_ylim(0.9, max(3.4, 1.1 * np.nanmax(table.ratio.fillna(0))))
    axes[0, 0].set_ylabel(f"fewest $m$ with\nmean TVD < {threshold:g}")
    axes[1, 0].set_ylabel(r"$m_\mathrm{RBM}\,/\,m$")
    fig.supxlabel("visible units $n$", fontsize=9)
    lines = [
        Line2D([], [], color="0.4", lw=0.8, ls="--", label="theorem 2"),
        Line2D([], [], color="0.4", lw=1.1, ls=":", label="independent parameters"),
    ]
    fig.legend(handles=[*_handles(names), *lines], loc="outside upper center", ncols=5)
    return fig


def theorem1(table: pd.DataFrame) -> Figure:
    """What divergence remains when one family of machines fits members of another (theorem 1).

    A point a target: the lowest KL divergence found from many starting points. Filled markers: a
    family fitted to its own members. Shape and colour are those of the family that is fitted.

    Args:
        table: as `spinlearn.sqrbm.tables.cross_fit_table` gives it, for any number of Pauli sets.
    """
    floor = 1e-17
    parts = [(name, table[table.paulis == name]) for name in MACHINES if name in set(table.paulis)]
    fig, axes = figure(2, 2.8, 1, len(parts), sharey=True, squeeze=False)
    for ax, (paulis, part) in zip(axes[0], parts, strict=True):
        dimensions = part.groupby("source").source_dimension.first()
        short = {paulis: f"sqRBM, $m = 1$\n({dimensions[paulis]} dim.)",
                 "Z": f"RBM, $m = {len(paulis)}$\n({dimensions['Z']} dim.)"}  # fmt: skip
        for place, source in enumerate((paulis, "Z")):
            for side, fitted in ((-1, paulis), (1, "Z")):
                rows = part[(part.source == source) & (part.fitted == fitted)]
                values = np.sort(rows.kl.clip(lower=floor).to_numpy())
                x = place + 0.2 * side + np.linspace(-0.12, 0.12, len(values))
                style = MACHINES[fitted]
                ax.plot(
                    x, values, ls="", color=style["color"], marker=style["marker"], ms=3.8,
                    mfc=style["color"] if source == fitted else "white",
                )  # fmt: skip
        ax.set_xticks([0, 1], [short[paulis], short["Z"]])
        ax.tick_params(axis="x", length=0)
        ax.set_xlim(-0.6, 1.6)
        ax.set_xlabel("target drawn from")
        ax.set_title(f"{MACHINES[paulis]['label']}, $n = {part.n.iloc[0]}$")
        ax.axhspan(floor / 10, 1e-9, color="0.93", lw=0, zorder=0)
    handles = _handles([name for name in MACHINES if name == "Z" or name in set(table.paulis)])
    for handle in handles:
        handle.set(linestyle="", label=f"fitted by {handle.get_label()}")
    fig.legend(handles=handles, loc="outside upper center", ncols=3)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(floor / 3, 3)
    axes[0, 0].set_ylabel("KL(target$\\,$||$\\,$best fit)  (nat)")
    axes[0, -1].annotate(
        "the same distribution (at the edge: below $10^{-17}$)", (0.98, 1e-9), (0, -3),
        xycoords=("axes fraction", "data"), textcoords="offset points",
        va="top", ha="right", fontsize=7, color="0.35",
    )  # fmt: skip
    return fig
