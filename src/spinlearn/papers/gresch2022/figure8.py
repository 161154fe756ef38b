"""Gresch 2022, figure 8: features of the recurrent cell."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.evaluation import FeatureCurves, feature_curves
from spinlearn.gru.predictions import read_predictions
from spinlearn.gru.results import load
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common, crossing_claims
from spinlearn.papers.verdicts import Claim
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
    """Curves of different L cross at varying h; the rule is that of `crossing_claims.judge`."""
    return crossing_claims.judge(table)
