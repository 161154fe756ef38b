"""Gresch 2022, figure 4: normalised coefficient of determination of each indicator."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.choices import BASELINES
from spinlearn.gru.predictions import read_all_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, comparisons, score_claims, scores
from spinlearn.papers.gresch2022.baseline_curves import (
    GAIN_LABEL,
    draw_baselines,
    draw_gains,
    handles,
)
from spinlearn.papers.verdicts import Claim

CAPTION = (
    "Normalised coefficient of determination of each indicator against disorder. A constant "
    "predictor has 1/2. Dashed: a chain length outside the training set. Thin: ridge regression on "
    "a dozen statistics of the fields, fitted to the same data. Lower row: networks minus "
    "baselines on the same realisations; thin grey: for the longest chain, over the mean of the "
    "training data at each h, and over a quartic in the standard deviation of the fields."
)


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of every indicator, one row per (variant, L, h, indicator).

    Args:
        files: `predictions` of the multitask networks, `baselines`, predictions of each baseline.
        settings: `energy_density` and `seed`.

    Returns:
        See `comparisons.tabulate_all`.
    """
    networks, baselines = (read_all_predictions(f) for f in (files.predictions, files.baselines))
    return comparisons.tabulate_all(
        networks, baselines, settings["energy_density"], settings["seed"]
    )


def draw(table: pd.DataFrame) -> Figure:
    """One panel per indicator, one curve per chain length; below, the gains over baselines."""
    is_baseline = table["variant"].isin(BASELINES)
    networks, regression = table[~is_baseline], table[table["variant"] == "regression"]
    indicators = common.shown_indicators(networks)
    has_gains = not regression.empty
    fig, axes = common.panels(indicators * (1 + has_gains), 2.4, sharex=True)
    upper, lower = axes[: len(indicators)], axes[len(indicators) :]
    for ax, name in zip(upper, indicators, strict=True):
        rows = networks[networks["indicator"] == name]
        for i, (L, part) in enumerate(rows.groupby("L")):
            scores.draw_curve(ax, part, i)
            same = (regression["indicator"] == name) & (regression["L"] == L)
            draw_baselines(ax, regression[same], color=style.look(i)["color"])
        scores.draw_baseline(ax)
        ax.set_title(common.label(name))
    for ax, name in zip(lower, indicators, strict=False):
        draw_gains(ax, networks[networks["indicator"] == name])
    for ax in axes[-len(indicators) :]:
        ax.set_xlabel(common.H_LABEL)
    style.label_panels(axes)
    upper[0].set_ylabel(scores.R2_LABEL)
    lengths = enumerate(networks.groupby("L"))
    looks = {scores.length_label(part): scores.curve_look(part, i) for i, (_, part) in lengths}
    scores.draw_legend(upper[0], looks)
    if has_gains:
        lower[0].set_ylabel(GAIN_LABEL)
        upper[-1].legend(handles=handles("regression"), loc="lower right")
        title = f"colours: regression\ngrey, $L = {networks['L'].max()}$:"
        about: dict[str, Any] = {"title": title, "title_fontsize": 7.5, "loc": "lower right"}
        lower[0].legend(handles=handles("deviation", "mean"), **about)
    scores.draw_heading(fig, networks)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """R^2_norm of S, f and r; the rules are those of `score_claims`."""
    return score_claims.judge(table)
