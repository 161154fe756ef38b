"""Gresch 2022, figure 5: transfer learning of the spin fraction."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022.common import H_LABEL, H_MIN, MARGIN, claim, scale, unjudged
from spinlearn.papers.gresch2022.scores import (
    PAPER,
    R2_LABEL,
    baseline_handle,
    draw_baseline,
    draw_curve,
    draw_heading,
    scores,
)
from spinlearn.papers.verdicts import Claim, equals

CAPTION = (
    "Spin fraction learned from scratch, by transfer of frozen features, and together with the "
    "other indicators."
)

VARIANTS = {"transfer": "transfer", "scratch": "from scratch", "multitask": "multitask"}
"""Variants compared, and their names on the figure."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of the spin fraction, one row per (variant, L, h); see `scores`.

    All variants use the same bootstrap resamples, so that their sampling errors are comparable.

    Args:
        files: `transfer`, `scratch` and `multitask`, predictions of these variants.
        settings: `energy_density` and `seed`.
    """
    tables = []
    for variant in VARIANTS:
        predictions = read_predictions(getattr(files, variant))
        found = scores(predictions, settings["energy_density"], settings["seed"])
        tables.append(found[found["indicator"] == "spin_fraction"])
    return pd.concat(tables, ignore_index=True)


def draw(table: pd.DataFrame) -> Figure:
    """One panel per chain length, one curve per variant."""
    lengths = sorted(table["L"].unique())
    present = [name for name in VARIANTS if name in set(table["variant"])]
    looks = [(style.COLORS[i], style.MARKERS[i]) for i in range(len(present))]
    fig, axes = style.figure(2, 2.6, 1, len(lengths), sharex=True, sharey=True, squeeze=False)
    for ax, L, letter in zip(axes[0], lengths, "abcdefgh", strict=False):
        part = table[table["L"] == L]
        for name, look in zip(present, looks, strict=True):
            draw_curve(ax, part[part["variant"] == name], *look)
        draw_baseline(ax)
        held_out = bool(part["held_out"].iloc[0])
        ax.set_title(f"$L = {L}$" + (" (not trained on)" if held_out else ""))
        ax.set_xlabel(H_LABEL)
        style.panel_label(ax, letter)
    axes[0][0].set_ylabel(rf"{R2_LABEL} of $\mathcal{{F}}$")
    handles = [Line2D([], [], color=color, marker=marker) for color, marker in looks]
    axes[0][0].legend(
        [*handles, baseline_handle()],
        [*(VARIANTS[name] for name in present), "constant predictor"],
        loc="lower right",
    )
    draw_heading(fig, table)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """Transfer learning is as good as training from scratch and multitask training."""
    return [_transfer_equals(table, other) for other in ("scratch", "multitask")]


def _transfer_equals(table: pd.DataFrame, other: str) -> Claim:
    """R^2_norm of f is the same after transfer and after another way of training.

    The rule: the mean difference over (L, h >= 3) is zero within 0.05 (`equals`). Its error
    combines the standard error over these independent ensembles with the spread between the runs.
    """
    key = f"gresch2022.figure5.transfer_equals_{other}"
    text = f"R^2_norm of f for h >= 3: transfer minus {other}"
    published, sizes = "0 within statistical errors", scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    first, second = (
        large[large["variant"] == name].set_index(["L", "h"]) for name in ("transfer", other)
    )
    difference = (first["r2_norm"] - second["r2_norm"]).dropna()
    if len(difference) < 2:
        return unjudged(key, text, 5, published, sizes, "fewer than two ensembles")
    variances = [difference.var(ddof=1) / len(difference)]
    for part in (first, second):
        spread = part["run_spread"].mean(skipna=False)
        variances.append(spread**2 / part["runs"].iloc[0])
    mean, error = float(difference.mean()), float(np.sqrt(sum(variances)))
    return claim(
        key,
        text,
        figure=5,
        published=published,
        measured=mean,
        error=error,
        verdict=equals(mean, error, 0.0, MARGIN),
        scale=sizes,
    )
