"""Gresch 2022, figure 9: loss against the number of training realisations."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from spinlearn.gru.schemas import LEARNING_CURVE
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, curve_claims, learning_curves
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Mean squared error of the three indicators at a constant number of updates, against the "
    "number of training realisations per disorder and chain length, with the paper's batch size "
    "and learning rate. Each point is a mean over networks that learn from random subsets; bars: "
    "standard error over these. (a) Training and test. Dotted: the paper's threshold, 180 training "
    "vectors in all (3 realisations at each of its 30 h and 2 L). (b) Test loss beside that of "
    "predictors without a network, fitted to the same subsets: the mean at each h, and a ridge "
    "regression on symmetric statistics of the fields. The paper's text gives no level of the "
    "loss, so none is compared."
)

LEARNERS = {"network": "network", "mean": "mean at each $h$", "regression": "regression"}
"""Learners of panel (b), and their names."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Losses, one row per (learner, size, L); see `learning_curves.losses`.

    Args:
        files: `curve`, a file of kind `gru/learning_curve`.
        settings: none.
    """
    (path,) = files.curve
    return learning_curves.losses(LEARNING_CURVE.read(path))


def draw(table: pd.DataFrame) -> Figure:
    """Training and test loss of networks per L; the test loss of all learners."""
    fig, (left, right) = style.figure(2, 2.9, 1, 2, sharex=True, sharey=True)
    style.label_panels((left, right))
    network = table[table["learner"] == "network"]
    for i, (L, part) in enumerate(network.groupby("L")):
        name = f"$L = {L}$" + (" (not trained on)" if part["held_out"].any() else "")
        _draw(left, part, "test", label=f"{name}, test", **style.look(i), ls="--")
        if not part["held_out"].any():
            _draw(left, part, "train", label=f"{name}, training", **style.look(i, hollow=True))
    cells = (network["vectors"] / network["size"]).iloc[0]
    left.axvline(curve_claims.VECTORS / cells, color="0.35", ls=":", lw=0.9)
    longest = table[table["L"] == table["L"].max()]
    for i, (learner, label) in enumerate(LEARNERS.items()):
        part = longest[longest["learner"] == learner]
        _draw(right, part, "test", label=label, **style.look(i + 3), ls="--")
    title = f"$L = {longest['L'].iloc[0]}$" + (
        ", not trained on" if longest["held_out"].any() else ""
    )
    right.set_title(f"{title}, test")
    left.set_title(f"networks, {network['updates'].iloc[0]} updates")
    left.set_ylabel("mean squared error")
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel=r"$N_\mathrm{train}$ per ($L$, $h$)")
        ax.set_xticks(sorted(set(table["size"])))
        ax.xaxis.set_major_formatter(ScalarFormatter())
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.legend(frameon=True, framealpha=0.9, edgecolor="none")
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw(ax: Axes, part: pd.DataFrame, kind: str, **look: Any) -> None:
    """One curve with its errors; a loss of exactly 0 has no place on the logarithmic axis."""
    shown = part[part[f"{kind}_loss"] > 0].sort_values("size")
    ax.errorbar(shown["size"], shown[f"{kind}_loss"], shown[f"{kind}_error"], **look)


def claims(table: pd.DataFrame) -> list[Claim]:
    """What appendix B says of figure 9; see `curve_claims`."""
    return curve_claims.judge(table) if common.is_of_paper(table) else []
