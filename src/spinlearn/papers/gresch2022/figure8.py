"""Gresch 2022, figure 8: features of the recurrent cell."""

import math
from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.evaluation import FeatureCurves, feature_curves
from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.papers import style, verdicts
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.gresch2022.crossings import crossings
from spinlearn.papers.verdicts import Claim, claim, difference, unjudged
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import listed
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
        common.fine_grid(predictions["h"], common.H_POINTS),
        SAMPLES,
        rng(settings["seed"], "gru", "features"),
        disorder=predictions.attributes["disorder"],
    )
    rows = tabulate(curves, int(predictions.attributes["train_realisations"]))
    return rows.assign(system=common.system(predictions))


def tabulate(curves: FeatureCurves, train_realisations: int) -> pd.DataFrame:
    """Mean features, one row per (run, L, h, feature); runs count from 0, features from 1."""
    runs, *_, features = curves.mean.shape
    rows = common.grid_rows(run=range(runs), L=curves.L, h=curves.h, feature=range(1, features + 1))
    return rows[["run", "feature", "L", "h"]].assign(
        mean=curves.mean.ravel(),
        error=curves.error.ravel(),
        samples=curves.samples,
        train_realisations=train_realisations,
    )


def draw(table: pd.DataFrame) -> Figure:
    """One panel per feature: curves of the first run; in grey, the longest chain of other runs."""
    features = sorted(table["feature"].unique())
    fig, axes = style.figure(2, 2.6, 1, len(features), sharex=True, squeeze=False)
    for ax, feature in zip(axes[0], features, strict=True):
        _draw_feature(ax, table[table["feature"] == feature])
        ax.set_xlabel(common.H_LABEL)
        ax.set_ylabel(f"mean of feature {feature}")
        ax.set_ylim(-1.05, 1.05)
    style.label_panels(axes[0])
    handles, labels = axes[0][0].get_legend_handles_labels()
    if table["run"].nunique() > 1:
        handles.append(Line2D([], [], color="0.8", lw=0.7))
        labels.append(f"other runs, $L = {table['L'].max()}$")
    title = f"one run; averages over {table['samples'].iloc[0]} disorder vectors"
    place: dict[str, Any] = {"loc": "outside upper center", "ncols": len(handles)}
    fig.legend(handles, labels, title=title, title_fontsize=8, **place)
    style.name_chain(fig, table["system"].iloc[0])
    return fig


def _draw_feature(ax: Axes, part: pd.DataFrame) -> None:
    """Curves of the first run; in grey the other runs, which show how features change by run."""
    part = part.sort_values("h")
    first, *others = sorted(part["run"].unique())
    for run in others:
        curve = part[(part["run"] == run) & (part["L"] == part["L"].max())]
        ax.plot(curve["h"], curve["mean"], color="0.8", lw=0.7, zorder=0)
    for i, (L, curve) in enumerate(part[part["run"] == first].groupby("L")):
        color, error = style.look(i)["color"], curve["error"].fillna(0.0)
        style.mean_and_band(ax, curve["h"], curve["mean"], error, color=color, label=f"$L = {L}$")


def claims(table: pd.DataFrame) -> list[Claim]:
    """Curves of different L cross at an h that varies from run to run.

    A feature crosses if the curves of every pair of chain lengths do. Its position is the mean over
    the pairs, its width the largest minus the smallest. The rule: every run has a feature that
    crosses, and the spread of the positions (standard deviation s over k of them, error
    s/sqrt(2(k-1))) exceeds the mean width (`is_positive`). Not reproduced if no feature crosses, or
    if the mean width exceeds the spread. Inconclusive for a single run or a single pair, or if a
    run has no feature that crosses.
    """
    if not common.is_of_paper(table):
        return []
    about = partial(
        claim,
        "gresch2022.figure8.crossings_vary",
        "feature curves of different L cross at an h that varies from run to run (standard "
        "deviation over features and runs, minus distance between pairs of L)",
        published="crossing independent of L, its position set by the initialisation",
        scale=_scale(table),
    )
    found = crossings(table)
    groups = found.groupby(["run", "feature"])["h"]
    positions = groups.mean()[groups.count() == groups.size()]
    widths = (groups.max() - groups.min())[positions.index]
    k, runs = len(positions), table["run"].nunique()
    pairs = len(found[["L", "other_L"]].drop_duplicates())
    note = f"{k} of {groups.ngroups} features cross"
    if pairs and not k:
        return [about(measured=math.nan, verdict=verdicts.NOT_REPRODUCED, note=note)]
    if min(k, runs, pairs) < 2:
        return [about(**unjudged(note))]
    spread, width = float(positions.std(ddof=1)), float(widths.mean())
    spread_error = spread / math.sqrt(2 * (k - 1))
    width_error = float(standard_error(widths.to_numpy()))
    excess = difference((spread, spread_error), (width, width_error))
    verdict = verdicts.is_positive(*excess)
    if verdict == verdicts.REPRODUCED and positions.index.unique("run").size < runs:
        verdict = verdicts.INCONCLUSIVE
    note += (
        f", h = {positions.min():.1f} to {positions.max():.1f}; standard deviation {spread:.2f}, "
        f"mean distance between pairs of L {width:.2f}"
    )
    return [about(measured=excess, verdict=verdict, note=note)]


def _scale(table: pd.DataFrame) -> str:
    return (
        f"L = {listed(table['L'])}; {table['h'].nunique()} h; "
        f"{common.span(table['samples'])} disorder vectors; {table['run'].nunique()} runs on "
        f"{common.span(table['train_realisations'])} realisations "
        "(paper: L = 10, 12, 14; 30 h; 1000; 1 shown)"
    )
