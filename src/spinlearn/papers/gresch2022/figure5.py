"""Gresch 2022, figure 5: transfer learning of each indicator from the other two."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spinlearn.gru.choices import BASELINES
from spinlearn.gru.predictions import read_all_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, comparisons, scores, transfer_claims
from spinlearn.papers.gresch2022.baseline_curves import draw_baselines, handles
from spinlearn.papers.gresch2022.transfer_claims import TRANSFERS
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Each indicator learned by a new head on frozen features of the other two (transfer), together "
    "with them (multitask), and, for the spin fraction, alone (from scratch). The paper shows the "
    "spin fraction. Thin: baselines fitted to the same data: a ridge regression on a dozen "
    "statistics of the fields, and a quartic in their standard deviation."
)

VARIANTS = {
    **dict.fromkeys(TRANSFERS, "transfer"),
    "scratch": "from scratch",
    "multitask": "multitask",
}
"""Variants compared, and their names on the figure."""

SHOWN = ("regression", "deviation")
"""Baselines on the figure; the mean at each h is near the constant predictor."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of the indicators to which features are transferred; see `comparisons.tabulate_all`.

    All variants use the same bootstrap resamples, so that their sampling errors are comparable.

    Args:
        files: predictions of the variants named in `VARIANTS`, as far as there are any, and
            `baselines`, those of each baseline.
        settings: `energy_density` and `seed`.
    """
    present = [name for name in VARIANTS if hasattr(files, name)]
    networks = [found for name in present for found in read_all_predictions(getattr(files, name))]
    baselines = read_all_predictions(files.baselines)
    rows = comparisons.tabulate_all(
        networks, baselines, settings["energy_density"], settings["seed"]
    )
    wanted = rows["variant"].map(TRANSFERS)
    is_shown = rows["indicator"].isin([TRANSFERS[name] for name in present if name in TRANSFERS])
    return rows[is_shown & (wanted.isna() | (wanted == rows["indicator"]))].reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """One row of panels per indicator, one panel per chain length, one curve per variant."""
    indicators = [name for name in TRANSFERS.values() if name in set(table["indicator"])]
    lengths = sorted(table["L"].unique())
    networks = table[~table["variant"].isin(BASELINES)]
    size = (2, 0.7 + 1.9 * len(indicators), len(indicators), len(lengths))
    fig, axes = style.figure(*size, sharex=True, sharey=True, squeeze=False)
    for row, name in zip(axes, indicators, strict=True):
        for ax, L in zip(row, lengths, strict=True):
            _draw_panel(ax, table[(table["indicator"] == name) & (table["L"] == L)])
        symbol = common.label(name).split(" ")[-1]
        row[0].set_ylabel(f"{scores.R2_LABEL} of {symbol}")
    for ax in axes[-1]:
        ax.set_xlabel(common.H_LABEL)
    style.label_panels(axes.flat)
    for ax, (_, part) in zip(axes[0], networks.groupby("L"), strict=True):
        ax.set_title(scores.length_label(part))
    present = set(table["variant"])
    looks = {VARIANTS[name]: style.look(_index(name)) for name in VARIANTS if name in present}
    scores.draw_legend(axes[0][0], looks)
    if len(networks) < len(table):
        axes[-1][-1].legend(handles=handles(*SHOWN), loc="lower right")
    scores.draw_heading(fig, networks)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _index(variant: str) -> int:
    """The index of a variant's look; the transfers to different indicators have the same."""
    return list(dict.fromkeys(VARIANTS.values())).index(VARIANTS[variant])


def _draw_panel(ax: Axes, part: pd.DataFrame) -> None:
    """The curves of one indicator and length."""
    for name in VARIANTS:
        curve = part[part["variant"] == name]
        if len(curve):
            scores.draw_curve(ax, curve, _index(name))
    scores.draw_baseline(ax)
    draw_baselines(ax, part[part["variant"].isin(SHOWN)], color="0.35")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Transfer is as good as other training; the rules are those of `transfer_claims`."""
    return transfer_claims.judge(table)
