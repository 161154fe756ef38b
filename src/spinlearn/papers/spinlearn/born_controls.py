"""Controls of the hidden Born machine: what its learning is due to."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.spinlearn import control_claims
from spinlearn.papers.spinlearn.born_runs import DATASETS, bounds, final, history
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.common import data_label, rows_with, training_label

CAPTION = (
    "Controls of the hidden Born machine of Zhong 2022, one row per data set: log10 of the squared "
    "MMD (lower is better), and for parity data the fidelity (higher is better). Means over the "
    "last quarter of the quenches, with standard errors over runs. (a) Conserved S^z: the basic "
    "machine as in the paper, with an initial state that has the target's weight in each S^z "
    "sector, with a static field along x, and the hidden machine. Short lines: the best value "
    "that conserved S^z allows from this initial state. Open: the initial state is the target "
    "itself. (b) The hidden machine against the duration T of a quench; without interaction "
    "(J_zz = 0); line: at weak disorder. (c) Rules of the search against the number of quenches: "
    "the paper's, acceptance only if the loss falls, and the best of as many single quenches of "
    "the initial state; dashed: at weak disorder. In (a), (b) the disorder is the strongest of the "
    "controls. All strengths were chosen after a scan."
)

CONSERVATION = {
    "basic": "basic",
    "basic_sectors": "basic,\ntarget's\nsectors",
    "basic_field": "basic,\nfield\nalong x",
    "hidden": "hidden",
}
"""Machines of panel (a)."""

SEARCHES = {
    "hidden": ("sequence (paper)", style.COLORS[0]),
    "if_lower": ("only if lower", style.COLORS[2]),
    "single": ("single quenches", style.COLORS[1]),
}
"""Machines of panel (c)."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Final values of all machines, and histories of those of panel (c).

    Args:
        files: `runs` of the controls, and `history`, those of the searches at several strengths.
        settings: none.

    Returns:
        `part` is "final" (columns of `born_runs.final` and `born_runs.bounds`) or "history"
        (`born_runs.history`); one row per (data set, machine, h), and in a history per quench.
    """
    parts = []
    for paths in (files.runs, files.history):
        for contents in load(paths, *DATASETS):
            row = {"part": "final", **final(contents), **bounds(contents)}
            parts.append(pd.DataFrame([row]))
            if contents.attributes["machine"] in SEARCHES:
                parts.append(history(contents).assign(part="history"))
    keys = ["part", "dataset", "machine", "h", "quenches", "candidates", "runs", "quench"]
    return pd.concat(parts, ignore_index=True).drop_duplicates(keys, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """A row of three panels per data set."""
    names = list(dict.fromkeys(table.dataset))
    fig, axes = style.figure(2, 0.7 + 2.1 * len(names), len(names), 3, squeeze=False)
    for row, name in zip(axes, names, strict=True):
        rows = rows_with(table, dataset=name)
        ends = rows_with(rows, part="final")
        _draw_conservation(row[0], rows_with(ends, h=ends.h.max()))
        _draw_times(row[1], ends)
        _draw_searches(row[2], rows_with(rows, part="history"))
        row[0].set_ylabel(f"{data_label(rows.iloc[0])}\n{_label(name)}")
    style.label_panels(axes[0])
    one = rows_with(table, part="final").iloc[0]
    fig.supxlabel(
        f"{one.visible} visible spins, {one.quenches} quenches, {training_label(one)}; "
        f"$h_d$ = {table.h.max():g}, weak: {table.h.min():g}",
        fontsize=7.5,
    )
    return fig


def _value(dataset: str) -> tuple[str, str, str]:
    """Columns of what is shown of a data set: value, error, bound."""
    if dataset == "parity":
        return "fidelity", "fidelity_error", "ceiling"
    return "mean", "error", "floor"


def _label(dataset: str) -> str:
    return r"fidelity $F$" if dataset == "parity" else r"$\log_{10}\,\mathcal{L}_{\rm MMD}$"


def _draw_conservation(ax: Axes, rows: pd.DataFrame) -> None:
    """The machines of panel (a), with the bound of each; bounds far away are written."""
    found = [row for name in CONSERVATION for _, row in rows_with(rows, machine=name).iterrows()]
    for x, row in enumerate(found):
        value, error, bound = _value(row["dataset"])
        marks = style.look(x, hollow=row["starts_at_target"])
        ax.errorbar(x, row[value], row[error], ls="", ms=5, **marks)
        if row["machine"] == "basic":
            ax.hlines(row[bound], x - 0.35, x + 0.35, color="0.3", lw=1.4)
            ax.annotate(
                "limit by $S^z$", (x + 0.4, row[bound]), fontsize=7, color="0.3", va="center"
            )
    ax.set_xticks(range(len(found)), [CONSERVATION[row["machine"]] for row in found], fontsize=7)
    ax.set_xlim(-0.6, len(found) - 0.4)
    ax.margins(y=0.12)


def _draw_times(ax: Axes, ends: pd.DataFrame) -> None:
    """The hidden machine against the quench time, without interaction, and at weak disorder."""
    strong, weak = rows_with(ends, h=ends.h.max()), rows_with(ends, h=ends.h.min())
    value, error, _ = _value(ends.dataset.iloc[0])
    timed = strong[strong.machine.str.fullmatch("hidden|time_.*")].sort_values("quench_time")
    ax.errorbar(timed.quench_time, timed[value], timed[error], **style.look(0), label="hidden")
    for row in rows_with(strong, machine="anderson").itertuples():
        point = (row.quench_time, getattr(row, value), getattr(row, error))
        ax.errorbar(*point, ls="", ms=5, **style.look(1, hollow=True), label="$J_{zz}$ = 0")
    for row in rows_with(weak, machine="hidden").itertuples():
        if row.h < strong.h.max():
            style.reference_line(ax, getattr(row, value), f"$h_d$ = {row.h:g}, $T$ = 10")
    ax.set(xscale="log", xlabel=r"quench time $JT$")
    ax.margins(y=0.2)
    ax.legend(loc="best")


def _draw_searches(ax: Axes, rows: pd.DataFrame) -> None:
    """Histories of the searches; full lines at the strongest disorder, dashed at the weakest."""
    for (machine, h), curve in rows.groupby(["machine", "h"], sort=False):
        value, error, _ = _value(curve.dataset.iloc[0])
        if h not in (rows.h.min(), rows.h.max()):
            continue
        line = "-" if h == rows.h.max() else (0, (3, 1.5))
        color = SEARCHES[machine][1]
        style.mean_and_band(ax, curve.quench, curve[value], curve[error], color=color, ls=line)
    handles = [Line2D([], [], color=c, label=text) for text, c in SEARCHES.values()]
    ax.legend(handles=handles, loc="best")
    ax.set(xlabel=r"quench $m$", xlim=(0, rows.quench.max()))


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ours, about what the learning is due to; see `control_claims.judge`."""
    return control_claims.judge(rows_with(table, part="final"))
