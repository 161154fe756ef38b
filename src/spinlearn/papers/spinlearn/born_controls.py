"""Controls of the hidden Born machine: what its learning is due to."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.spinlearn import control_claims
from spinlearn.papers.spinlearn.born_runs import DATASETS, bounds, final, history
from spinlearn.papers.spinlearn.control_panels import (
    SEARCHES,
    draw_conservation,
    draw_searches,
    draw_times,
    quantity,
)
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022.common import data_label, rows_with, training_label

CAPTION = (
    "Controls of the hidden Born machine of Zhong 2022, one row per data set: log10 of the squared "
    "MMD (lower is better), and for parity data the fidelity (higher is better). Means over the "
    "last quarter of the quenches, with standard errors over runs. (a) Conserved S^z: the basic "
    "machine as in the paper, with an initial state that has the target's weight in each S^z "
    "sector, with a static field along x, and the hidden machine. Grey: the best value that "
    "conserved S^z allows the basic machine from its initial state. (b) The hidden machine against "
    "the duration T of a quench; without interaction (J_zz = 0); line: at weak disorder. (c) Rules "
    "of the search against the number of quenches: the paper's, acceptance only if the loss falls, "
    "and the best of as many single quenches of the initial state; dashed: at weak disorder. The "
    "rest is at the strongest disorder of the controls. All strengths were chosen after a scan."
)


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
    keys = ["part", "dataset", "machine", "h", "quench"]  # both experiments may have a machine
    return pd.concat(parts, ignore_index=True).drop_duplicates(keys, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """A row of three panels per data set."""
    names = list(dict.fromkeys(table.dataset))
    fig, axes = style.figure(2, 0.7 + 2.1 * len(names), len(names), 3, squeeze=False)
    for row, name in zip(axes, names, strict=True):
        rows = rows_with(table, dataset=name)
        ends = rows_with(rows, part="final")
        draw_conservation(row[0], rows_with(ends, h=ends.h.max()))
        draw_times(row[1], ends)
        draw_searches(row[2], rows_with(rows, part="history"))
        row[0].set_ylabel(f"{data_label(rows.iloc[0])}\n{quantity(name)[3]}")
    style.label_panels(axes[0])
    one, weak = rows_with(table, part="final").iloc[0], table.h.min()
    fig.supxlabel(
        f"{one.visible} visible spins, {one.quenches} quenches, {training_label(one)}; "
        f"$h_d$ = {table.h.max():g}" + (f" (dashed: {weak:g})" if weak < table.h.max() else ""),
        fontsize=7.5,
    )
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ours, about what the learning is due to; see `control_claims.judge`."""
    return control_claims.judge(rows_with(table, part="final"))
