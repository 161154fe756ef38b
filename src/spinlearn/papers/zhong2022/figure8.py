"""Zhong 2022, figure 8: fidelity on the parity data in the three phases."""

from textwrap import fill
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import chain_phases, common
from spinlearn.papers.zhong2022.parity_claims import FIDELITY, MPS_FIDELITY, judge
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Fidelity on the even-parity distribution for many-body localised (MBL), thermal and "
    "Anderson-localised machines. The uniform distribution already has fidelity 1/2, more than the "
    "matrix product state with which the paper compares. The paper does not state the disorder "
    f"strength of this figure. {common.CHOICE_OF_STRENGTH} Panel (b) shows "
    "how the order depends on it. The order is judged over all strengths above the transition."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Fidelity with the even-parity distribution after training.

    Args:
        files: `runs` of machines, at any disorder strengths.
        settings: `localised_h`, the strength that represents the localised phase.

    Returns:
        One row per machine and h: `kind` and `bar` of `chain_phases.name_phases`, `mean, std,
        error, uniform_fidelity` and the sizes. Of several data sets, the first is shown.
    """
    runs = load(files.runs, "loss", "fidelity", "target_distribution")
    rows = [_row(contents) for contents in common.like_first(runs, "dataset")]
    return chain_phases.name_phases(pd.DataFrame(rows), settings["localised_h"])


def _row(contents: Contents) -> dict[str, Any]:
    target = contents["target_distribution"]
    uniform = np.full_like(target, 1 / target.size)
    over_runs = common.spread(contents["fidelity"][:, -1:])
    return {
        **{name: float(values[0]) for name, values in over_runs.items()},
        "uniform_fidelity": float(classical_fidelity(uniform, target)),
        **common.sizes(contents),
    }


def draw(table: pd.DataFrame) -> Figure:
    """Bars for three phases, and the sweep over disorder behind them."""
    fig, axes = style.figure(2, 2.7, 1, 2, sharey=True, width_ratios=[1, 1.35])
    _draw_bars(axes[0], table)
    _draw_sweep(axes[1], table)
    top = max(0.8, float((table["mean"] + table["error"].fillna(0)).max()))
    axes[0].set_ylim(0, 1.12 * top)
    for ax in axes:
        _draw_references(ax, table.uniform_fidelity.iloc[0])
    axes[1].legend(loc="lower left")
    style.label_panels(axes)
    first = table.iloc[0]
    fig.supxlabel(
        f"hidden machine, {first.visible}+{first.hidden} spins; {first.quenches} quenches, "
        f"{common.training_label(first)}; error bars: standard error",
        fontsize=7.5,
    )
    return fig


def _draw_bars(ax: Axes, table: pd.DataFrame) -> None:
    colors = {"MBL": style.COLORS[0], "thermal": style.COLORS[1], "Anderson": style.COLORS[3]}
    found = [(name, common.rows_with(table, bar=name)) for name in colors]
    bars = [(name, rows.iloc[0]) for name, rows in found if not rows.empty]
    look: dict[str, Any] = {"width": 0.62, "error_kw": {"lw": 1, "capsize": 2.5}}
    for x, (name, row) in enumerate(bars):
        ax.bar(x, row["mean"], yerr=row["error"], color=colors[name], **look)
    ax.set_xticks(range(len(bars)), [f"{name}\n$h_d$ = {row.h:g}" for name, row in bars])
    ax.tick_params(axis="x", top=False, bottom=False)
    ax.set_xlim(-0.6, len(bars) - 0.4)
    ax.set_ylabel("classical fidelity $F(p, q)$")


def _draw_sweep(ax: Axes, table: pd.DataFrame) -> None:
    sweep = table[table.h > 0].sort_values("h")
    for index, machine in enumerate(chain_phases.ordered_machines(table)):
        rows = common.rows_with(sweep, machine=machine)
        if rows.empty:
            continue
        other = fill(f"{machine}: {rows.system.iloc[0]}", 32)
        label = {0: r"$J_{zz} = 1$", 1: r"$J_{zz} = 0$ (Anderson)"}.get(index, other)
        color, marker = style.COLORS[3 * index % 8], style.MARKERS[index % 8]
        ax.errorbar(rows.h, rows["mean"], rows["error"], color=color, label=label, marker=marker)
    common.strength_axis(ax, list(sweep.h.unique()))
    if "MBL" in set(table.bar):
        common.mark_transition(ax)


def _draw_references(ax: Axes, uniform: float) -> None:
    """Lines at the fidelities of the paper, without learning, and of a matrix product state."""
    for value, ls, label in (
        (FIDELITY, "--", f"{FIDELITY:g} MBL (paper)"),
        (uniform, "-", f"{uniform:g} uniform distribution"),
        (MPS_FIDELITY, ":", f"{MPS_FIDELITY:g} MPS (paper)"),
    ):
        ax.axhline(value, color="0.45", lw=0.9, ls=ls, zorder=0, label=label)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Order of the phases, and F = 0.75; the rules are those of `parity_claims.judge`."""
    return judge(table)
