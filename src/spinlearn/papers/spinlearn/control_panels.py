"""The panels of the controls of the hidden Born machine."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spinlearn.papers import style
from spinlearn.papers.zhong2022.common import rows_with

CONSERVATION: dict[str, tuple[str, dict[str, Any]]] = {
    "basic": ("basic", style.look(2)),
    "basic_sectors": ("basic,\ntarget's\nsectors", style.look(4)),
    "basic_field": ("basic,\nfield\nalong x", style.look(6)),
    "hidden": ("hidden", style.look(0)),
}
"""Machines of the panel on conserved S^z: label and marks."""

SEARCHES = {
    "hidden": ("sequence (paper)", style.COLORS[0]),
    "if_lower": ("only if lower", style.COLORS[2]),
    "single": ("single quenches", style.COLORS[1]),
}
"""Machines of the panel on the search: label and colour."""


def quantity(dataset: str) -> tuple[str, str, str, str]:
    """What is shown of a data set: columns of value, error and bound, and the axis label."""
    if dataset == "parity":
        return "fidelity", "fidelity_error", "ceiling", r"fidelity $F$"
    return "mean", "error", "floor", r"$\log_{10}\,\mathcal{L}_{\rm MMD}$"


def draw_conservation(ax: Axes, rows: pd.DataFrame) -> None:
    """Machines with and without conserved S^z; rows at one strength."""
    found = [row for name in CONSERVATION for _, row in rows_with(rows, machine=name).iterrows()]
    for x, row in enumerate(found):
        value, error, _, _ = quantity(row["dataset"])
        hollow = {"mfc": "white"} if row["starts_at_target"] else {}
        marks = {**CONSERVATION[row["machine"]][1], **hollow}
        ax.errorbar(x, row[value], row[error], ls="", ms=5, **marks)
        if row["starts_at_target"]:
            words: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 7, "color": "0.3"}
            ax.annotate("starts as\nthe target", (x, row[value] - 0.03), **words)
    labels = [CONSERVATION[row["machine"]][0] for row in found]
    ax.set_xticks(range(len(found)), labels, fontsize=7)
    ax.set_xlim(-0.6, len(found) - 0.4)
    ax.margins(y=0.25)
    if found and found[0]["machine"] == "basic":
        row = found[0]
        _draw_limit(ax, float(row[quantity(row["dataset"])[2]]))


def _draw_limit(ax: Axes, limit: float) -> None:
    """The limit of the basic machine, at 0, as a line; below the panel's range, in words."""
    low, high = ax.get_ylim()
    if low <= limit <= high:
        ax.hlines(limit, -0.35, 0.35, color="0.3", lw=1.4)
        ax.annotate("limit by $S^z$", (0.42, limit), fontsize=7, color="0.3", va="center")
    elif limit < low:
        text = f"limit of basic by $S^z$: {limit:.2f} ↓"
        ax.annotate(text, (0.03, 0.03), xycoords="axes fraction", fontsize=7, color="0.3")


def draw_times(ax: Axes, ends: pd.DataFrame) -> None:
    """The hidden machine against the quench time, without interaction, and at weak disorder."""
    strong, weak = rows_with(ends, h=ends.h.max()), rows_with(ends, h=ends.h.min())
    value, error, _, _ = quantity(ends.dataset.iloc[0])
    timed = strong[strong.machine.str.fullmatch("hidden|time_.*")].sort_values("quench_time")
    ax.errorbar(timed.quench_time, timed[value], timed[error], **style.look(0), label="hidden")
    for row in rows_with(strong, machine="anderson").to_dict("records"):
        marks = style.look(1, hollow=True)
        ax.errorbar(
            row["quench_time"], row[value], row[error], ls="", ms=5, label="$J_{zz}$ = 0", **marks
        )
    for row in rows_with(weak, machine="hidden").to_dict("records"):
        if row["h"] < strong.h.max():
            label = f"$h_d$ = {row['h']:g}, $T$ = {row['quench_time']:g}"
            style.reference_line(ax, row[value], label)
    ax.set(xscale="log", xlabel=r"quench time $JT$")
    ax.margins(x=0.1, y=0.2)
    ax.legend(loc="best")


def draw_searches(ax: Axes, rows: pd.DataFrame) -> None:
    """Histories of the searches; full lines at the strongest disorder, dashed at the weakest."""
    value, error, _, _ = quantity(rows.dataset.iloc[0])
    for h, line in ((rows.h.min(), (0, (3, 1.5))), (rows.h.max(), "-")):
        for machine, curve in rows_with(rows, h=h).groupby("machine"):
            color = SEARCHES[str(machine)][1]
            x, mean, half = curve.quench, curve[value], curve[error].fillna(0)
            style.mean_and_band(ax, x, mean, half, color=color, ls=line)
    ax.set(xlabel=r"quench $m$", xlim=(0, rows.quench.max()))
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.4 * (high - low))
    shown = {name: look for name, look in SEARCHES.items() if (rows.machine == name).any()}
    handles = [Line2D([], [], color=color, label=text) for text, color in shown.values()]
    ax.legend(handles=handles, loc="upper left")
