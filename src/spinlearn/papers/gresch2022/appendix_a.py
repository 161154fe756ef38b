"""Gresch 2022, appendices A and C: what choices of the network do to the test loss."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_all_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import choice_claims, choice_losses
from spinlearn.papers.gresch2022.choice_losses import ALL, change
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Change of the test loss (mean squared error over indicators and all h) with one choice, "
    "relative to the network of the paper; that of figure 4 for choices at one energy density, "
    "that of figure 5 for the transfer, that of figure 6 with the energy density. Small symbols: "
    "each chain length; large: their mean, with the standard error over test realisations, in "
    "pairs, and runs. Right of the line the loss is higher. The paper has no numbers. Below, a "
    "ridge regression fitted to the same data."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Losses of both networks of each choice; see `choice_losses.tabulate`.

    Args:
        files: `networks`, predictions of all variants that are compared, as far as there are any;
            `baselines` and `energy_baselines`, those of the baselines.
    """
    found = {str(file.attributes["variant"]): file for file in read_all_predictions(files.networks)}
    for prefix, paths in (("", files.baselines), ("energy_", files.energy_baselines)):
        for file in read_all_predictions(paths):
            found[f"{prefix}{file.attributes['variant']}"] = file
    return choice_losses.tabulate(found)


def draw(table: pd.DataFrame) -> Figure:
    """One line per choice: relative change of the loss, for each length and on the average."""
    fig, ax = style.figure(2, 3.4)
    lengths = sorted(table["L"].unique())
    labels = list(dict.fromkeys(table["label"]))
    for position, label in enumerate(labels):
        rows = table[(table["label"] == label) & (table["indicator"] == ALL)]
        unit = 100 / rows["reference_loss"].mean()
        for i, (_, part) in enumerate(rows.groupby("L")):
            change_of_length = 100 * part["difference"] / part["reference_loss"]
            marks = {**style.look(lengths.index(part["L"].iloc[0])), "ms": 3, "ls": "none"}
            ax.plot(change_of_length, [position + 0.2 + 0.1 * i], **marks)
        mean, error = change(rows)
        ax.errorbar(unit * mean, position, xerr=unit * error, marker="o", color="0.2", ms=5)
    ax.axvline(0.0, color="0.45", lw=0.8, ls="--", zorder=0)
    ax.set_yticks(range(len(labels)), labels)
    ax.invert_yaxis()
    ax.set_xlabel("change of the test loss (%)")
    for i, L in enumerate(lengths):
        ax.plot([], [], ls="none", ms=3, label=f"$L = {L}$", **style.look(i))
    ax.plot([], [], ls="none", marker="o", color="0.2", ms=5, label="all $L$")
    fig.legend(loc="outside upper center", ncols=len(lengths) + 1)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """What the paper says of each choice; the rules are those of `choice_claims`."""
    return choice_claims.judge(table)
