"""Figures of P3: restricted Boltzmann machines with classical and quantum hidden units."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from spinlearn.figures.style import COLORS, figure, reference_line

MACHINES = {
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


def figure2(table: pd.DataFrame, threshold: float = 0.2) -> Figure:
    """Total variation distance after training against the number of hidden units (P3 figure 2).

    Lines: mean over runs; bands: one standard deviation; crosses: runs stuck at the uniform
    distribution, whose own distance is the dotted line.

    Args:
        table: as `spinlearn.sqrbm.tables.training_results` gives it.
        threshold: the reference line.
    """
    datasets, sizes, names = _datasets(table), sorted(table.n.unique()), _machines(table)
    fig, axes = figure(
        2, 0.75 + 1.55 * len(sizes), len(sizes), len(datasets), sharex=True, sharey=True,
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
                ax.plot(
                    curve.m, curve.tvd, color=style["color"], marker=style["marker"], ms=3.2,
                    clip_on=False, zorder=3,
                )  # fmt: skip
            first = row == 0 and column == 0
            reference_line(ax, threshold, f"TVD = {threshold:g}" if first else "", x=0.03)
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
    uniform = Line2D([], [], color="0.6", lw=0.8, ls=":", label="uniform distribution")
    fig.legend(handles=[*_handles(names), uniform], loc="outside upper center", ncols=4)
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
            for position, row in zip(x, rows.itertuples(), strict=True):
                _bounded_point(top, position, row.m, row.m_error, bounds[row.status], style)
            if name == "Z":
                continue
            bottom.axhline(rows.ratio_theorem.iloc[0], color=style["color"], lw=0.8, ls="--")
            bottom.plot(rows.n, rows.ratio_dimension, color=style["color"], lw=1.1, ls=":")
            known = rows[rows.ratio.notna()]
            bottom.plot(known.n + shift[name], known.ratio, color=style["color"], lw=0.9)
            for row in known.itertuples():
                position = row.n + shift[name]
                _bounded_point(
                    bottom, position, row.ratio, row.ratio_error, row.ratio_bound, style
                )
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


def cross_fit(table: pd.DataFrame) -> Figure:
    """What divergence remains when one family of machines fits members of another (theorem 1).

    A point a target: the lowest KL divergence found from many starting points.

    Args:
        table: as `spinlearn.sqrbm.tables.cross_fits` gives it.
    """
    groups = [
        (int(m), [name for name in MACHINES if name in set(part.source)], part)
        for m, part in table.assign(family=table[["source_m", "fitted_m"]].max(axis=1)).groupby(
            _family(table)
        )
    ]
    fig, axes = figure(2, 2.5, 1, len(groups), sharey=True, squeeze=False)
    floor = 1e-16
    for ax, (classical_m, names, part) in zip(axes[0], groups, strict=True):
        labels = []
        place = 0
        for source in names:
            for fitted in names:
                values = part.kl[(part.source == source) & (part.fitted == fitted)]
                if values.empty:
                    continue
                values = np.sort(values.clip(lower=floor).to_numpy())
                spread = np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else [0.0]
                ax.plot(
                    place + np.asarray(spread), values, ls="", marker=MACHINES[fitted]["marker"],
                    color=MACHINES[source]["color"], ms=3.5, mfc="white" if source != fitted else None,
                )  # fmt: skip
                labels.append((place, f"{MACHINES[source]['label']}\nby {MACHINES[fitted]['label']}"))
                place += 1
        ax.set_xticks([x for x, _ in labels], [text for _, text in labels], fontsize=6.5)
        ax.tick_params(axis="x", which="both", length=0)
        ax.set_xlim(-0.6, place - 0.4)
        quantum = next(name for name in names if name != "Z")
        dims = {
            name: int(part.source_dimension[part.source == name].iloc[0]) for name in names
        }
        ax.set_title(
            f"1 qubit {{{','.join(quantum)}}} ({dims[quantum]} dimensions) and "
            f"{classical_m} bits ({dims['Z']})",
            fontsize=7.5,
        )
        ax.axhspan(floor / 3, 1e-9, color="0.92", lw=0, zorder=0)
    axes[0, 0].set_yscale("log")
    axes[0, 0].set_ylim(floor / 3, 1)
    axes[0, 0].set_ylabel("KL(target || best fit)  (nat)")
    return fig


def _family(table: pd.DataFrame) -> pd.Series:
    """Hidden units of the classical machine of the comparison that each row belongs to."""
    return table.comparison
