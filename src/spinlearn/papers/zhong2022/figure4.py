"""Zhong 2022, figure 4: the hidden, the basic and the driven machine compared."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim, claim, difference, is_positive
from spinlearn.papers.zhong2022.common import (
    MACHINES,
    chain_label,
    choice_of_strength,
    data_label,
    joined,
    mean_and_band,
    measured,
    rows_with,
    scale,
    sizes,
    spread,
    training_label,
    training_needs,
)
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Maximum mean discrepancy after each quench for the hidden, the basic and the randomly driven "
    "Born machine; mean and one standard deviation over runs. The paper states neither the "
    "strength D of the drive nor the disorder strength of its machines. The configuration's "
    "defaults were chosen after a scan, and the order of the three curves depends on them."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """log10 of the squared MMD against the number of quenches, for each machine.

    Returns:
        One row per machine and quench, 0 being the initial state: `quench, mean, std, error` of
        log10 over runs, `drive_strength, drive_time` and the sizes.
    """
    found = load(files.runs, "initial_loss", "loss")
    return pd.concat([_history(contents) for contents in found], ignore_index=True)


def _history(contents: Contents) -> pd.DataFrame:
    """The rows of one machine."""
    losses = np.column_stack([contents["initial_loss"], contents["loss"]])
    return pd.DataFrame(
        {
            "quench": np.arange(losses.shape[1]),
            **spread(np.log10(losses)),
            "drive_strength": float(contents.attributes["drive_strength"]),
            "drive_time": float(contents.attributes["drive_time"]),
            **sizes(contents),
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """log10 of the squared MMD against the number of quenches, one curve per machine."""
    fig, ax = style.figure(1, 2.9)
    for name, machine in MACHINES.items():
        rows = rows_with(table, machine=name).sort_values("quench")
        if rows.empty:
            continue
        first = rows.iloc[0]
        label = machine["label"]
        if name == "driven":
            label += rf", $D$ = {first.drive_strength:g}, $\tau$ = {first.drive_time:g}"
        elif name == "hidden":
            label += f", {first.visible}+{first.hidden} spins"
        else:
            label += f", {first.visible} spins"
        mean_and_band(ax, rows, machine["color"], label)
    first = table.iloc[0]
    ax.set_xlim(0, table.quench.max())
    ax.set_xlabel(r"quench $m$")
    ax.set_ylabel(r"$\log_{10}\,\mathcal{L}_{\rm MMD}$ (mean ± 1 s.d.)")
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.24 * (high - low))
    ax.legend(loc="upper right", labelspacing=0.3)
    title = f"{data_label(first)}, $h_d$ = {first.h:g}\n{training_label(first)}"
    ax.set_title(title + chain_label(first), fontsize=7.5)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Order of the three machines after training, in log10 of the loss (`is_positive`).

    The loss is averaged over the last quarter of the quenches, since the noise of a single quench
    is larger than the differences. These quenches are treated as fully correlated, so the error is
    the mean of their errors. All need the paper's 150 quenches and 500 candidates, and the runs at
    which two errors are below half of the difference that we measured at that training (0.07, 0.04
    and 0.03, each with an error of 0.014 for 12 runs): 12, 24 and 48. No claim for a chain that is
    not the paper's.
    """
    if chain_label(table.iloc[0]):
        return []
    final = {str(name): _last_quarter(rows) for name, rows in table.groupby("machine")}
    cases = (
        ("the hidden machine ends below the basic one", "basic", "hidden", "lower", 12),
        ("the driven machine ends below the basic one", "basic", "driven", "lower", 24),
        ("the hidden machine ends below the driven one", "driven", "hidden", "slightly lower", 48),
    )
    found = []
    for text, high, low, published, runs in cases:
        if high not in final or low not in final:
            continue
        margin = difference(measured(final[high]), measured(final[low]))
        fewest = min((final[high], final[low]), key=lambda row: row["runs"])
        found.append(
            claim(
                f"zhong2022.figure4.{low}_below_{high}",
                f"{text} (difference of log10 MMD)",
                published=published,
                measured=margin,
                verdict=is_positive(*margin, runs=int(fewest["runs"])),
                needs=training_needs(fewest, quenches=150, candidates=500, runs=runs),
                scale=_scale(final, high, low),
                note=joined(
                    "mean over the last quarter of the quenches",
                    choice_of_strength(final[low]["h"]),
                    "D and tau chosen after a scan" if "driven" in (high, low) else "",
                ),
            )
        )
    return found


def _last_quarter(rows: pd.DataFrame) -> pd.Series:
    """The last row of a trajectory, with mean and error averaged over its last quarter."""
    ordered = rows.sort_values("quench")
    tail = ordered.tail(max(1, len(ordered) // 4))
    last = ordered.iloc[-1].copy()
    last["mean"] = tail["mean"].mean()
    last["error"] = tail["error"].mean(skipna=False)
    return last


def _scale(final: dict[str, pd.Series], high: str, low: str) -> str:
    row = final["hidden"] if "hidden" in final else final[low]
    more = f", h_d = {row['h']:g}"
    if "driven" in (high, low):
        driven = final["driven"]
        more += f", D = {driven['drive_strength']:g}, tau = {driven['drive_time']:g}"
    return scale(row, more, "150 quenches, 500 candidates, 100 runs")
