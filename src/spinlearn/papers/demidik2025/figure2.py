"""Demidik 2025, figure 2: total variation distance after training against hidden units."""

from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from spinlearn.papers import style
from spinlearn.papers.demidik2025 import common
from spinlearn.papers.demidik2025.equal_parameters import equal_parameters_claim, telling_pairs
from spinlearn.papers.demidik2025.runs import runs_table, training_results
from spinlearn.papers.verdicts import INCONCLUSIVE, REPRODUCED, Claim, claim, is_below
from spinlearn.statistics.rounding import listed

CAPTION = (
    "Total variation distance after training against the number of hidden units; mean and one "
    "standard deviation over runs."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Averages over runs; see `training_results`."""
    return training_results(runs_table(files.fits), settings["tvd_threshold"])


def draw(table: pd.DataFrame) -> Figure:
    """One panel per (n, data set).

    Lines: mean over runs; bands: one standard deviation. Open markers: more than half of the runs
    are stuck at the uniform distribution. Dotted: distance of that distribution. Dashed: threshold.
    """
    columns, sizes = common.datasets(table), sorted(table.n.unique())
    shape = (len(sizes), len(columns))
    height = 0.9 + 1.55 * len(sizes)
    fig, axes = style.figure(2, height, *shape, sharex=True, sharey=True, squeeze=False)
    beside = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
    for row, n in enumerate(sizes):
        for ax, dataset in zip(axes[row], columns, strict=True):
            _draw_panel(ax, table[(table.n == n) & (table.dataset == dataset)])
            _label_powers_of_two(ax, int(table.m.max()))
        axes[row, -1].annotate(f"$n = {n}$", (1, 0.5), (6, 0), rotation=270, **beside)
    for ax, dataset in zip(axes[0], columns, strict=True):
        ax.set_title(common.TITLES[dataset])
    fig.supxlabel("hidden units $m$", fontsize=9)
    fig.supylabel("TVD$(q, p)$ after training", fontsize=9)
    fig.legend(handles=_legend_entries(table), loc="outside upper center", ncols=4)
    return fig


def _draw_panel(ax: Axes, panel: pd.DataFrame) -> None:
    ax.axhline(panel.tvd_of_uniform.iloc[0], color="0.6", lw=0.8, ls=":", zorder=0)
    for name in common.machines(panel):
        curve = panel[panel.paulis == name].sort_values("m")
        color = common.LOOKS[name]["color"]
        low = (curve.tvd - curve.tvd_std).clip(lower=0)
        high = (curve.tvd + curve.tvd_std).clip(upper=1)
        ax.fill_between(curve.m, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(curve.m, curve.tvd, color=color, clip_on=False, zorder=3)
        for mostly_stuck, some in curve.groupby(curve.stuck > curve.runs / 2):
            look = common.look(name, hollow=bool(mostly_stuck))
            ax.plot(some.m, some.tvd, ls="", ms=3.4, clip_on=False, zorder=4, **look)
    ax.axhline(panel.threshold.iloc[0], color="0.35", lw=0.8, ls="--", zorder=0)
    ax.set_ylim(0, 1)


def _label_powers_of_two(ax: Axes, largest: int) -> None:
    """A logarithmic axis of hidden units, with labels at powers of two."""
    ticks = [2**k for k in range(int(np.log2(max(largest, 1))) + 1)]
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")


def _legend_entries(table: pd.DataFrame) -> list[Line2D | Patch]:
    reached = f"TVD = {table.threshold.iloc[0]:g}"
    stuck: dict[str, Any] = {"color": "0.4", "marker": "o", "ms": 3.4, "mfc": "white"}
    lines = [
        Line2D([], [], color="0.35", lw=0.8, ls="--", label=reached),
        Line2D([], [], color="0.6", lw=0.8, ls=":", label="uniform distribution"),
        Line2D([], [], ls="", label="most runs stuck there", **stuck),
    ]
    runs = f"{table.runs.min()}" if table.runs.nunique() == 1 else "all"
    pairs = zip_longest(common.handles(common.machines(table)), lines)
    entries = [entry for pair in pairs for entry in pair if entry is not None]
    return [*entries, Patch(color="0.85", lw=0, label=f"std. dev., {runs} runs")]


def claims(table: pd.DataFrame) -> list[Claim]:
    """Every machine learns, and machines with equal numbers of parameters perform equally.

    All machines learn: for every data set, n and machine the lowest mean distance over the grid of
    m is below the threshold (`is_below`). Otherwise the verdict is inconclusive, since a larger m
    might suffice. Equal numbers of parameters: see `equal_parameters_claim`. Both need 20 runs of
    2000 iterations and an n of at least 8 (`common.needs`).
    """
    sizes = f"n = {listed(table.n)}, m up to {table.m.max()}"
    scale = f"{sizes}, {common.training_scale(table)}"
    found = [_all_learn(table, scale)]
    for paulis in common.semi_quantum(table):
        pairs = telling_pairs(table, paulis)
        if not pairs.empty:
            found.append(equal_parameters_claim(pairs, paulis, scale, table))
    return found


def _all_learn(table: pd.DataFrame, scale: str) -> Claim:
    threshold = float(table.threshold.iloc[0])
    best = table.loc[table.groupby(["dataset", "n", "paulis"]).tvd.idxmin()]
    found = [
        is_below(row.tvd, row.tvd_error, threshold, runs=int(row.runs)) for row in common.rows(best)
    ]
    worst = best.loc[best.tvd.idxmax()]
    reached = found.count(REPRODUCED)
    return claim(
        "demidik2025.figure2.all_learn",
        "every machine reaches a low TVD with enough hidden units (lowest TVD of the worst case)",
        published=f"all of them (here: TVD < {threshold:g})",
        measured=(worst.tvd, worst.tvd_error),
        verdict=REPRODUCED if reached == len(best) else INCONCLUSIVE,
        needs=common.needs(table),
        scale=scale,
        note=f"{reached} of {len(best)} combinations of data set, n and machine",
    )
