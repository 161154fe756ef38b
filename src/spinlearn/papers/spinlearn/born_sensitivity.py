"""How the results of the hidden and the driven Born machine depend on choices left open."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.results import load
from spinlearn.learning.distributions import classical_fidelity
from spinlearn.papers import style
from spinlearn.papers.spinlearn import sensitivity_cases
from spinlearn.papers.spinlearn.born_runs import log_loss
from spinlearn.papers.spinlearn.sensitivity_cases import GROUPS, variant
from spinlearn.papers.verdicts import Claim, difference
from spinlearn.papers.zhong2022.common import data_label, rows_with, sizes, spread, training_label
from spinlearn.papers.zhong2022.sensitivity_claims import sensitivity_claims
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Choices that Zhong 2022 leaves open, one at a time: the initial state, the duration T of a "
    "quench, the boundary, the kernel in training, the number and the place of the hidden spins, "
    "and the drive (D, tau, variance 2D or 2D/tau, along x or in the xy plane). Left: change of "
    "log10 of the squared MMD after the last quench, against the machine with all defaults "
    "(hidden, or driven for the drive's rows; bands: its own error); right of zero is worse. "
    "Machines with another kernel are compared by the Hamming kernel too. Right: fidelity with "
    "the target; lines: the reference. Means with standard errors over runs. The strength and the "
    "defaults of the drive were chosen after a scan."
)

DETAILS = ["quench_time", "hidden", "drive_strength"]
"""Columns by which the machines of a group are ordered."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Every machine after its last quench, and its difference from its reference.

    Args:
        files: `runs` of the experiment.
        settings: none.

    Returns:
        One row per (data set, h, machine), references first in their group: `group`, `label`,
        `reference`; `mean, error` of log10 of the squared MMD with the Hamming kernel, `change,
        change_error` from the reference (NaN without one), `fidelity, fidelity_error`; `kernel`,
        the drive, and the columns of `sizes`.
    """
    names = ("loss", "last_distribution", "target_distribution")
    rows = pd.DataFrame([_row(contents) for contents in load(files.runs, *names)])
    rows = rows.join(pd.DataFrame([_change(rows, row) for _, row in rows.iterrows()]))
    keys = rows.assign(group=rows.group.map(list(GROUPS).index))
    order = keys.sort_values(["dataset", "h", "group", *DETAILS], kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _row(contents: Contents) -> dict[str, Any]:
    attributes, target = contents.attributes, contents["target_distribution"]
    learned = contents["last_distribution"]
    values = {
        "": log_loss(MaximumMeanDiscrepancy(target)(learned)),
        "fidelity": classical_fidelity(learned, target[None]),
    }
    loss, fidelity = (spread(value[:, None]) for value in values.values())
    drive = {name: attributes[name] for name in ("drive_strength", "drive_time", "drive_variance")}
    columns = {**sizes(contents), "kernel": attributes["kernel"], **drive}
    return {
        **variant(columns),
        "mean": float(loss["mean"][0]),
        "error": float(loss["error"][0]),
        "fidelity": float(fidelity["mean"][0]),
        "fidelity_error": float(fidelity["error"][0]),
        **columns,
    }


def _change(table: pd.DataFrame, row: Any) -> dict[str, float]:
    """Difference of log10 of the loss from the reference, at the same h and data set."""
    same = rows_with(table, dataset=row["dataset"], h=row["h"], machine=row["reference"])
    if same.empty or row["machine"] == row["reference"]:
        return {"change": np.nan, "change_error": np.nan}
    found = difference(*((one["mean"], one["error"]) for one in (row, same.iloc[0])))
    return dict(zip(("change", "change_error"), found, strict=True))


def draw(table: pd.DataFrame) -> Figure:
    """A line per machine, a colour per data set; at the strongest disorder."""
    strong = rows_with(table, h=table.h.max())
    lines = strong.drop_duplicates("machine")
    fig, axes = style.figure(2, 1.1 + 0.19 * len(lines), 1, 2, sharey=True)
    y = dict(zip(lines.machine, range(len(lines)), strict=True))
    names = list(dict.fromkeys(strong.dataset))
    for n, name in enumerate(names):
        rows = rows_with(strong, dataset=name)
        shift = 0.3 * (n - (len(names) - 1) / 2)
        look = {**style.look(n), "ls": "", "label": data_label(rows.iloc[0])}
        at = [y[machine] + shift for machine in rows.machine]
        axes[0].errorbar(rows.change, at, xerr=rows.change_error, **look)
        axes[1].errorbar(rows.fidelity, at, xerr=rows.fidelity_error, **look)
        _draw_references(axes, rows, y, style.COLORS[n])
    axes[0].set_yticks(list(y.values()), lines.label)
    axes[0].set_ylim(len(lines) - 0.4, -0.6)
    for ax in axes:
        groups = lines.group.tolist()
        for line in range(1, len(groups)):
            if groups[line] != groups[line - 1]:
                ax.axhline(line - 0.5, color="0.8", lw=0.5, zorder=0)
        ax.tick_params(axis="y", length=0)
    axes[0].set_xlabel(r"change of $\log_{10}\,\mathcal{L}_{\rm MMD}$ (worse →)")
    axes[1].set_xlabel(r"fidelity $F$")
    fig.legend(*axes[1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    first = strong.iloc[0]
    fig.supxlabel(
        f"$h_d$ = {first.h:g}, {first.visible} visible spins, {first.quenches} quenches, "
        + training_label(first),
        fontsize=7.5,
    )
    return fig


def _draw_references(axes: Any, rows: pd.DataFrame, y: dict[str, int], color: str) -> None:
    """Zero and the reference's error, and its fidelity, over the lines that refer to it."""
    for name, group in rows.groupby("reference"):
        reference = rows_with(rows, machine=name)
        if reference.empty:
            continue
        one = reference.iloc[0]
        at = [y[machine] for machine in group.machine]
        ends = [min(at) - 0.5, max(at) + 0.5]
        axes[0].plot([0, 0], ends, color="0.5", lw=0.8, zorder=0)
        axes[0].fill_betweenx(ends, -one["error"], one["error"], color=color, alpha=0.15, lw=0)
        axes[1].plot([one["fidelity"]] * 2, ends, color=color, lw=0.8, ls="--", alpha=0.6, zorder=0)


def claims(table: pd.DataFrame) -> list[Claim]:
    """Ours and the paper's, about how much each choice changes; at the strongest disorder.

    See `sensitivity_cases.judge` and `spinlearn.papers.zhong2022.sensitivity_claims`.
    """
    digit = table[table.dataset.isin(["digits0", "mnist0"]) & (table.h == table.h.max())]
    return [*sensitivity_cases.judge(table), *sensitivity_claims(digit)]
