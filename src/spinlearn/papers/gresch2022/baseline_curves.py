"""Curves of the baselines, and of what networks gain over them, for figures 4 and 5."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from spinlearn.papers import style
from spinlearn.papers.gresch2022 import scores

LOOKS: dict[str, dict[str, Any]] = {
    "regression": {"lw": 0.8, "ls": (0, (5, 1, 1, 1))},
    "deviation": {"lw": 0.8, "ls": (0, (3, 2))},
    "mean": {"lw": 0.8, "ls": (0, (1, 1))},
}
"""Thin lines without markers or bands."""

LABELS = {
    "regression": "regression",
    "deviation": "quartic in the deviation",
    "mean": "mean at each $h$",
}

GREY = "0.45"

GAIN_LABEL = "network minus baseline"


def draw_baselines(ax: Axes, part: pd.DataFrame, **look: Any) -> None:
    """R^2_norm against h of each baseline in rows of one indicator and length."""
    for name, curve in part.sort_values("h").groupby("variant"):
        ax.plot(curve["h"], curve["r2_norm"], zorder=0.5, **LOOKS[str(name)], **look)


def draw_gains(ax: Axes, part: pd.DataFrame) -> None:
    """Gain of networks over baselines against h, in rows of one indicator.

    Over the regression for every length, with paired errors as bands; over the other baselines for
    the longest chain.
    """
    ax.axhline(0.0, zorder=0, **scores.BASELINE_LOOK)
    for i, (_, rows) in enumerate(part.sort_values("h").groupby("L")):
        gain, error = rows["gain_over_regression"], rows["gain_over_regression_error"].fillna(0.0)
        style.mean_and_band(ax, rows["h"], gain, error, **scores.curve_look(rows, i))
    longest = part[part["L"] == part["L"].max()].sort_values("h")
    for name in ("deviation", "mean"):
        ax.plot(longest["h"], longest[f"gain_over_{name}"], color=GREY, **LOOKS[name])
    ax.set_ylim(-0.45, 0.45)


def handles(*names: str, color: str = GREY) -> list[Line2D]:
    """Entries of a legend for some baselines."""
    return [Line2D([], [], color=color, label=LABELS[name], **LOOKS[name]) for name in names]
