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

from spinlearn.papers.demidik2025.common import (
    MACHINES,
    PAPER_SCALE,
    TITLES,
    claim,
    datasets,
    handles,
    listed,
    machines,
    ordered,
    rows,
    semi_quantum,
)
from spinlearn.papers.demidik2025.equal_parameters import equal_parameters_claim, learned_pairs
from spinlearn.papers.demidik2025.runs import runs_table
from spinlearn.papers.style import figure
from spinlearn.papers.verdicts import INCONCLUSIVE, REPRODUCED, Claim, is_below

CAPTION = (
    "Total variation distance after training against the number of hidden units; mean and one "
    "standard deviation over runs."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Averages over runs; see `training_results`."""
    return training_results(runs_table(files.fits), settings["tvd_threshold"])


def training_results(runs: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Total variation distance per (data set, n, machine, m).

    Args:
        runs: as `spinlearn.papers.demidik2025.runs.runs_table` gives it.
        threshold: distance that counts as learned.

    Returns:
        `tvd` (mean over runs), `tvd_std` (standard deviation), `tvd_error` (standard error of the
        mean), `tvd_median`, `kl` (mean, nats), `stuck` (runs at the uniform distribution), `runs`,
        `tvd_of_uniform`, `threshold`.
    """
    groups = runs.groupby(["dataset", "n", "paulis", "m", "parameters"], as_index=False)
    results = groups.agg(
        tvd=("tvd", "mean"),
        tvd_std=("tvd", "std"),
        tvd_median=("tvd", "median"),
        kl=("kl", "mean"),
        stuck=("stuck", "sum"),
        runs=("run", "size"),
        tvd_of_uniform=("tvd_of_uniform", "first"),
    )
    results["tvd_std"] = results.tvd_std.fillna(0.0)
    results.insert(7, "tvd_error", results.tvd_std / np.sqrt(results.runs))
    return ordered(results.assign(threshold=threshold), "m")


def draw(table: pd.DataFrame) -> Figure:
    """One panel per (n, data set).

    Lines: mean over runs; bands: one standard deviation. Open markers: more than half of the runs
    are stuck at the uniform distribution. Dotted: distance of that distribution. Dashed: threshold.
    """
    columns, sizes = datasets(table), sorted(table.n.unique())
    fig, axes = figure(
        2, 0.9 + 1.55 * len(sizes), len(sizes), len(columns), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    for row, n in enumerate(sizes):
        for ax, dataset in zip(axes[row], columns, strict=True):
            _draw_panel(ax, table[(table.n == n) & (table.dataset == dataset)])
            _label_powers_of_two(ax, int(table.m.max()))
        axes[row, -1].annotate(
            f"$n = {n}$", (1, 0.5), (6, 0), xycoords="axes fraction",
            textcoords="offset points", rotation=270, va="center", ha="left",
        )  # fmt: skip
    for ax, dataset in zip(axes[0], columns, strict=True):
        ax.set_title(TITLES[dataset])
    fig.supxlabel("hidden units $m$", fontsize=9)
    fig.supylabel("TVD$(q, p)$ after training", fontsize=9)
    fig.legend(handles=_legend_entries(table), loc="outside upper center", ncols=4)
    return fig


def _draw_panel(ax: Axes, panel: pd.DataFrame) -> None:
    ax.axhline(panel.tvd_of_uniform.iloc[0], color="0.6", lw=0.8, ls=":", zorder=0)
    for name in machines(panel):
        curve = panel[panel.paulis == name].sort_values("m")
        color, marker = MACHINES[name]["color"], MACHINES[name]["marker"]
        low, high = curve.tvd - curve.tvd_std, curve.tvd + curve.tvd_std
        ax.fill_between(
            curve.m, low.clip(lower=0), high.clip(upper=1), color=color, alpha=0.18, lw=0
        )
        ax.plot(curve.m, curve.tvd, color=color, clip_on=False, zorder=3)
        mostly_stuck = curve.stuck > curve.runs / 2
        for some, face in ((curve[~mostly_stuck], color), (curve[mostly_stuck], "white")):
            if not some.empty:
                ax.plot(
                    some.m, some.tvd, ls="", marker=marker, ms=3.4, mfc=face, color=color,
                    clip_on=False, zorder=4,
                )  # fmt: skip
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
    threshold = table.threshold.iloc[0]
    lines = [
        Line2D([], [], color="0.35", lw=0.8, ls="--", label=f"TVD = {threshold:g}"),
        Line2D([], [], color="0.6", lw=0.8, ls=":", label="uniform distribution"),
        Line2D([], [], color="0.4", ls="", marker="o", ms=3.4, mfc="white",
               label="most runs stuck there"),
    ]  # fmt: skip
    runs = f"{table.runs.min()}" if table.runs.nunique() == 1 else "all"
    pairs = zip_longest(handles(machines(table)), lines)
    entries = [entry for pair in pairs for entry in pair if entry is not None]
    return [*entries, Patch(color="0.85", lw=0, label=f"std. dev., {runs} runs")]


def claims(table: pd.DataFrame) -> list[Claim]:
    """Every machine learns, and machines with equal numbers of parameters perform equally.

    All machines learn: for every data set, n and machine the lowest mean distance over the grid of
    m is below the threshold (`is_below`). Otherwise the verdict is inconclusive, since a larger m
    might suffice. Equal numbers of parameters: see `equal_parameters_claim`.
    """
    scale = (
        f"n = {listed(table.n)}, m up to {table.m.max()}, {listed(table.runs)} runs ({PAPER_SCALE})"
    )
    found = [_all_learn(table, scale)]
    for paulis in semi_quantum(table):
        pairs = learned_pairs(table, paulis)
        if not pairs.empty:
            found.append(equal_parameters_claim(pairs, paulis, scale))
    return found


def _all_learn(table: pd.DataFrame, scale: str) -> Claim:
    threshold = float(table.threshold.iloc[0])
    best = table.loc[table.groupby(["dataset", "n", "paulis"]).tvd.idxmin()]
    found = [is_below(row.tvd, row.tvd_error, threshold) for row in rows(best)]
    worst = best.loc[best.tvd.idxmax()]
    reached = found.count(REPRODUCED)
    return claim(
        "demidik2025.figure2.all_learn",
        "every machine reaches a low TVD with enough hidden units (lowest TVD of the worst case)",
        figure=2,
        published=f"all of them (here: TVD < {threshold:g})",
        measured=float(worst.tvd),
        error=float(worst.tvd_error),
        verdict=REPRODUCED if reached == len(best) else INCONCLUSIVE,
        scale=scale,
        note=f"{reached} of {len(best)} combinations of data set, n and machine",
    )
