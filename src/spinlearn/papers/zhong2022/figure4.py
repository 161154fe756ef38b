"""Zhong 2022, figure 4: the hidden, the basic and the driven machine compared."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from spinlearn.hbm.results import load
from spinlearn.papers import style
from spinlearn.papers.verdicts import Claim
from spinlearn.papers.zhong2022 import machine_claims
from spinlearn.papers.zhong2022.common import (
    MACHINES,
    chain_label,
    data_label,
    like_first,
    mean_and_band,
    sizes,
    spread,
    training_label,
)
from spinlearn.papers.zhong2022.quench_costs import drive_cost, products
from spinlearn.storage.hdf5 import Contents

CAPTION = (
    "Maximum mean discrepancy after each quench for the hidden, the basic and the randomly driven "
    "Born machine; mean and one standard deviation over runs. The paper states neither the "
    "strength D of the drive nor the disorder strength of its machines. The configuration's "
    "defaults were chosen after a scan, and the order of the three curves depends on them. "
    "Fidelity need not order the machines as the loss does: in the default run that of the driven "
    "machine is the highest at the end, while the losses do not differ by more than their errors."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """log10 of the squared MMD against the number of quenches, for each machine.

    Of several data sets or strengths, the first is shown.

    Returns:
        One row per machine and quench, 0 being the initial state: `quench, mean, std, error` of
        log10 over runs; `quarter` of the training (1 to 4; 0 for the initial state) with
        `quarter_mean, quarter_error` of the average of each run over this quarter, and the same
        of the fidelity, `quarter_fidelity, quarter_fidelity_error` (NaN for the initial state);
        `products` with H per candidate and `products_error` (see `quench_costs.products`);
        `drive_strength, drive_time` and the sizes.
    """
    runs = load(files.runs, "initial_loss", "loss", "fidelity", "fields", "drives")
    found = like_first(runs, "dataset", "h")
    return pd.concat([_history(contents) for contents in found], ignore_index=True)


def _history(contents: Contents) -> pd.DataFrame:
    """The rows of one machine."""
    losses = np.log10(np.column_stack([contents["initial_loss"], contents["loss"]]))
    quench = np.arange(losses.shape[1])
    quarter = np.where(quench > 0, 1 + 4 * (quench - 1) // quench[-1], 0)
    fidelity = np.insert(contents["fidelity"], 0, np.nan, axis=1)
    cost = spread(products(contents)[:, None])
    return pd.DataFrame(
        {
            "quench": quench,
            **spread(losses),
            "quarter": quarter,
            "quarter_mean": _averaged(losses, quarter)["mean"],
            "quarter_error": _averaged(losses, quarter)["error"],
            "quarter_fidelity": _averaged(fidelity, quarter)["mean"],
            "quarter_fidelity_error": _averaged(fidelity, quarter)["error"],
            "products": cost["mean"][0],
            "products_error": cost["error"][0],
            "drive_strength": float(contents.attributes["drive_strength"]),
            "drive_time": float(contents.attributes["drive_time"]),
            **sizes(contents),
        }
    )


def _averaged(values: np.ndarray, quarter: np.ndarray) -> dict[str, np.ndarray]:
    """`spread` of the average of each run over a quarter, repeated for each of its quenches."""
    number, place = np.unique(quarter, return_inverse=True)
    averages = np.stack([values[:, quarter == n].mean(axis=1) for n in number], axis=1)
    return {name: column[place] for name, column in spread(averages).items()}


def draw(table: pd.DataFrame) -> Figure:
    """log10 of the squared MMD against the number of quenches, one curve per machine."""
    fig, ax = style.figure(1, 2.9)
    for index, (name, rows) in enumerate(table.groupby("machine", sort=False)):
        known = MACHINES.get(str(name), {"label": name, "color": style.COLORS[3 + index % 5]})
        mean_and_band(ax, rows.sort_values("quench"), known["color"], _label(known, rows.iloc[0]))
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


def _label(known: dict[str, Any], first: pd.Series) -> str:
    """The name of a machine, its spins and its drive."""
    spins = f"{first.visible}+{first.hidden}" if first.hidden else f"{first.visible}"
    drive = rf", $D$ = {first.drive_strength:g}, $\tau$ = {first.drive_time:g}"
    return f"{known['label']}, {spins} spins" + (drive if first.drive_strength else "")


def claims(table: pd.DataFrame) -> list[Claim]:
    """The three machines compared; rules as in `machine_claims` and `quench_costs`.

    Returns:
        No claim for a chain that is not the paper's.
    """
    if any(chain_label(row) for _, row in table.drop_duplicates("system").iterrows()):
        return []
    found = machine_claims.judge(table)
    last = {str(name): rows.iloc[-1] for name, rows in table.groupby("machine")}
    if {"driven", "basic"} <= set(last):
        found.append(drive_cost(last["driven"], last["basic"]))
    return found
