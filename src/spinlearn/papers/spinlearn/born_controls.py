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
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Controls of the hidden Born machine of Zhong 2022, one row per data set: log10 of the squared "
    "MMD (lower is better), and for parity data the fidelity (higher is better). Means over the "
    "last quarter of the quenches, with standard errors over runs. (a) Conserved S^z: the basic "
    "machine as in the paper, with an initial state that has the target's weight in each S^z "
    "sector, with a static field along x, and the hidden machine. Grey: the best value that "
    "conserved S^z allows the basic machine from its initial state. (b) The hidden machine against "
    "the duration T of a quench; without interaction (J_zz = 0); line: at weak disorder. (c) Rules "
    "of the search against the number of quenches: the paper's, acceptance only if the loss falls, "
    "and the best of as many single quenches of the initial state; dashed: at weak disorder. "
    "Panels (a) and (b) show experiment controls, and (c) shows experiment history, each at its "
    "strongest disorder; one takes from the other only machines trained with as many quenches and "
    "candidates. All strengths were chosen after a scan."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Final values of all machines, and histories of those of panel (c).

    Args:
        files: `runs` of the controls, and `history`, those of the searches at several strengths.
        settings: none.

    Returns:
        `experiment` is "controls" or "history"; `part` is "final" (columns of `born_runs.final` and
        `born_runs.bounds`), or "history" (`born_runs.history`) of the searches of `history`. One
        row per (experiment, data set, machine, h), and in a history per quench. Each experiment has
        its own machines, and those of the other that were trained alike and that it lacks: the
        controls, if they have one strength, weaker ones; `history`, more searches at its strengths.
    """
    controls, searches = load(files.runs, *DATASETS), load(files.history, *DATASETS)
    (h, *more), strengths = _strengths(controls), _strengths(searches)
    weaker = [c for c in _lacking(controls, searches) if not more and c.attributes["h"] < h]
    same = [c for c in _lacking(searches, controls) if c.attributes["h"] in strengths]
    also = [c for c in same if c.attributes["machine"] in SEARCHES]
    found = [_final(contents, "controls") for contents in (*controls, *weaker)]
    for contents in (*searches, *also):
        found.append(_final(contents, "history"))
        if contents.attributes["machine"] in SEARCHES:
            found.append(history(contents).assign(part="history", experiment="history"))
    return pd.concat(found, ignore_index=True)


def _strengths(found: list[Contents]) -> list[float]:
    return sorted({contents.attributes["h"] for contents in found})


def _final(contents: Contents, experiment: str) -> pd.DataFrame:
    row = {"part": "final", "experiment": experiment, **final(contents), **bounds(contents)}
    return pd.DataFrame([row])


def _lacking(own: list[Contents], other: list[Contents]) -> list[Contents]:
    """What an experiment lacks of another one that was trained alike."""
    cells, trained = {_cell(c) for c in own}, {_training(c) for c in own}
    return [c for c in other if _cell(c) not in cells and _training(c) in trained]


def _cell(contents: Contents) -> tuple[Any, ...]:
    return tuple(contents.attributes[name] for name in ("dataset", "machine", "h"))


def _training(contents: Contents) -> tuple[int, int]:
    return contents["loss"].shape[1], int(contents.attributes["candidates"])


def draw(table: pd.DataFrame) -> Figure:
    """A row of three panels per data set."""
    names = list(dict.fromkeys(table.dataset))
    fig, axes = style.figure(2, 0.7 + 2.1 * len(names), len(names), 3, squeeze=False)
    for row, name in zip(axes, names, strict=True):
        rows = rows_with(table, dataset=name)
        ends = rows_with(rows, part="final", experiment="controls")
        curves = rows_with(rows, part="history")
        panels = (
            (draw_conservation, rows_with(ends, h=ends.h.max())),
            (draw_times, ends),
            (draw_searches, curves),
        )
        for ax, (panel, shown) in zip(row, panels, strict=True):
            if shown.empty:  # an experiment may lack a data set of the other
                ax.set_axis_off()
            else:
                panel(ax, shown)
        first = row[2] if ends.empty else row[0]
        first.set_ylabel(f"{data_label(rows.iloc[0])}\n{quantity(name)[3]}")
    style.label_panels(axes[0])
    fig.supxlabel(_sizes_label(table), fontsize=7.5)
    return fig


def _sizes_label(table: pd.DataFrame) -> str:
    """How the machines were trained; on two lines if the experiments differ."""
    labels, weak = [], ""
    for experiment in ("controls", "history"):
        rows = rows_with(table, part="final", experiment=experiment)
        one, strong = rows.iloc[0], rows.h.max()
        labels.append(f"{one.quenches} quenches, {training_label(one)}; $h_d$ = {strong:g}")
        weak = f" (dashed: {rows.h.min():g})" if rows.h.min() < strong else ""
    visible = f"{table.visible.iloc[0]} visible spins"
    if labels[0] == labels[1]:
        return f"{visible}, {labels[0]}{weak}"
    return f"{visible}\n(a, b) {labels[0]}\n(c) {labels[1]}{weak}"


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ours, about what the learning is due to; see `control_claims.judge`."""
    return control_claims.judge(rows_with(table, part="final"))
