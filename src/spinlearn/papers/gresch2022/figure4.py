"""Gresch 2022, figure 4: normalised coefficient of determination of each indicator."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, score_claims, scores
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Normalised coefficient of determination of each indicator against disorder. A constant "
    "predictor has 1/2. Dashed: a chain length outside the training set."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of every indicator, one row per (L, h, indicator); see `scores.tabulate`.

    Args:
        files: `predictions` of the multitask networks.
        settings: `energy_density` and `seed`.
    """
    predictions = read_predictions(files.predictions)
    return scores.tabulate(predictions, settings["energy_density"], settings["seed"])


def draw(table: pd.DataFrame) -> Figure:
    """One panel per indicator, one curve per chain length."""
    indicators = common.shown_indicators(table)
    fig, axes = common.panels(indicators, 2.6, sharex=True, sharey=True)
    looks = {}
    for i, (_, part) in enumerate(table.groupby("L")):
        looks[scores.length_label(part)] = scores.curve_look(part, i)
        for ax, name in zip(axes, indicators, strict=True):
            scores.draw_curve(ax, part[part["indicator"] == name], i)
    for ax, name in zip(axes, indicators, strict=True):
        scores.draw_baseline(ax)
        ax.set_xlabel(common.H_LABEL)
        ax.set_title(common.label(name))
    style.label_panels(axes)
    axes[0].set_ylabel(scores.R2_LABEL)
    scores.draw_legend(axes[0], looks)
    scores.draw_heading(fig, table)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """R^2_norm of S, f and r; the rules are those of `score_claims`."""
    return score_claims.judge(table)
