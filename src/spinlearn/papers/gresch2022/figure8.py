"""Gresch 2022, figure 8: features of the recurrent cell."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.evaluation import FeatureCurves, feature_curves
from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.papers import style
from spinlearn.papers.gresch2022.common import H_LABEL, H_POINTS, claim, fine_grid, listed, span
from spinlearn.papers.gresch2022.crossings import crossings
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    is_positive,
)
from spinlearn.streams import rng

CAPTION = (
    "The two features of the recurrent cell against disorder. The h at which curves of different L "
    "cross depends on the run."
)

SAMPLES = 500
"""Fresh disorder vectors per (L, h)."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """Mean features over fresh disorder; see `tabulate`.

    Args:
        files: `predictions` and `model` of the multitask networks.
        settings: `seed`.
    """
    predictions = read_predictions(files.predictions)
    networks, _ = load(files.model)
    curves = feature_curves(
        networks,
        tuple(sorted({int(L) for L in predictions["L"]})),
        fine_grid(predictions["h"], H_POINTS),
        SAMPLES,
        rng(settings["seed"], "gru", "features"),
    )
    return tabulate(curves, int(predictions.attributes["train_realisations"]))


def tabulate(curves: FeatureCurves, train_realisations: int) -> pd.DataFrame:
    """Mean features, one row per (run, L, h, feature); runs count from 0, features from 1.

    Args:
        curves: averages over fresh disorder vectors.
        train_realisations: realisations per (L, h) that the networks were trained on.
    """
    runs, *_, F = curves.mean.shape
    run, length, h, feature = np.meshgrid(
        np.arange(runs), curves.L, curves.h, np.arange(1, F + 1), indexing="ij"
    )
    return pd.DataFrame(
        {
            "run": run.ravel(),
            "feature": feature.ravel(),
            "L": length.ravel(),
            "h": h.ravel(),
            "mean": curves.mean.ravel(),
            "error": curves.error.ravel(),
            "samples": curves.samples,
            "train_realisations": train_realisations,
        }
    )


def draw(table: pd.DataFrame) -> Figure:
    """One panel per feature, one curve per chain length, of the first run.

    Thin grey lines: the other runs at the longest chain. They show how features change from run to
    run.
    """
    features = sorted(table["feature"].unique())
    fig, axes = style.figure(2, 2.6, 1, len(features), sharex=True, squeeze=False)
    for ax, feature, letter in zip(axes[0], features, "abcdefgh", strict=False):
        _draw_feature(ax, table[table["feature"] == feature])
        ax.set_xlabel(H_LABEL)
        ax.set_ylabel(f"mean of feature {feature}")
        ax.set_ylim(-1.05, 1.05)
        style.panel_label(ax, letter)
    handles, labels = axes[0][0].get_legend_handles_labels()
    if table["run"].nunique() > 1:
        handles.append(Line2D([], [], color="0.8", lw=0.7))
        labels.append(f"other runs, $L = {table['L'].max()}$")
    fig.legend(
        handles,
        labels,
        loc="outside upper center",
        ncols=len(handles),
        title=f"one run; averages over {int(table['samples'].iloc[0])} disorder vectors",
        title_fontsize=8,
    )
    return fig


def _draw_feature(ax: Axes, part: pd.DataFrame) -> None:
    first, *others = sorted(part["run"].unique())
    lengths = sorted(part["L"].unique())
    for run in others:
        other = part[(part["run"] == run) & (part["L"] == lengths[-1])].sort_values("h")
        ax.plot(other["h"], other["mean"], color="0.8", lw=0.7, zorder=0)
    for i, L in enumerate(lengths):
        curve = part[(part["run"] == first) & (part["L"] == L)].sort_values("h")
        columns = (curve["h"].tolist(), curve["mean"].tolist(), curve["error"].fillna(0).tolist())
        style.mean_and_band(ax, *columns, color=style.COLORS[i % 8], label=f"$L = {L}$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Curves of different L cross at an h that varies from run to run.

    A feature crosses if the curves of every pair of chain lengths do. Its position is the mean over
    the pairs, its width the largest minus the smallest. The rule: every run has a feature that
    crosses, and the spread of the positions (standard deviation s over k of them, error
    s/sqrt(2(k-1))) exceeds the mean width (`is_positive`). Not reproduced if no feature crosses, or
    if the mean width exceeds the spread. Inconclusive for a single run or a single pair, or if a
    run has no feature that crosses.
    """
    found = crossings(table)
    groups = found.groupby(["run", "feature"])["h"]
    positions = groups.mean()[groups.count() == groups.size()]
    widths = (groups.max() - groups.min())[positions.index]
    runs = table["run"].nunique()
    pairs = len(found[["L", "other_L"]].drop_duplicates())
    excess, error = math.nan, math.nan
    note = f"{len(positions)} of {groups.ngroups} features cross"
    if positions.empty:
        verdict = NOT_REPRODUCED if pairs else INCONCLUSIVE
    elif len(positions) < 2 or runs < 2 or pairs < 2:
        verdict = INCONCLUSIVE
    else:
        spread = float(positions.std(ddof=1))
        excess = spread - float(widths.mean())
        error = math.hypot(
            spread / math.sqrt(2 * (len(positions) - 1)),
            float(widths.std(ddof=1)) / math.sqrt(len(widths)),
        )
        verdict = is_positive(excess, error)
        every = positions.index.get_level_values("run").nunique() == runs
        if verdict == REPRODUCED and not every:
            verdict = INCONCLUSIVE
        note += (
            f", h = {positions.min():.1f} to {positions.max():.1f}; standard deviation "
            f"{spread:.2f}, mean distance between pairs of L {widths.mean():.2f}"
        )
    return [
        claim(
            "gresch2022.figure8.crossings_vary",
            "feature curves of different L cross at an h that varies from run to run (standard "
            "deviation over features and runs, minus distance between pairs of L)",
            figure=8,
            published="crossing independent of L, its position set by the initialisation",
            measured=excess,
            error=error,
            verdict=verdict,
            scale=_scale(table),
            note=note,
        )
    ]


def _scale(table: pd.DataFrame) -> str:
    return (
        f"L = {listed(table['L'])}; {table['h'].nunique()} h; {span(table['samples'])} disorder "
        f"vectors; {table['run'].nunique()} runs on {span(table['train_realisations'])} "
        "realisations (paper: L = 10, 12, 14; 30 h; 1000; 1 shown)"
    )
