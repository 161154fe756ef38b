"""Gresch 2022, figure 4: normalised coefficient of determination of each indicator."""

import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style
from spinlearn.papers.gresch2022.common import (
    H_LABEL,
    H_MIN,
    KEYS,
    LABELS,
    MARGIN,
    SYMBOLS,
    claim,
    scale,
    unjudged,
)
from spinlearn.papers.gresch2022.scores import (
    BASELINE,
    PAPER,
    R2_LABEL,
    average,
    baseline_handle,
    draw_baseline,
    draw_curve,
    draw_heading,
    scores,
)
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    REPRODUCED,
    Claim,
    all_of,
    equals,
    is_above,
    is_positive,
)
from spinlearn.statistics.rounding import pm

CAPTION = (
    "Normalised coefficient of determination of each indicator against disorder. A constant "
    "predictor has 1/2. Dashed: a chain length outside the training set."
)

LEARNED = ("entanglement_entropy", "spin_fraction")
"""Indicators that are well learned according to the paper; of the gap ratio only the mean is."""


def table(files: SimpleNamespace, settings: dict[str, Any]) -> pd.DataFrame:
    """R^2_norm of every indicator, one row per (L, h, indicator); see `scores`.

    Args:
        files: `predictions` of the multitask networks.
        settings: `energy_density` and `seed`.
    """
    predictions = read_predictions(files.predictions)
    return scores(predictions, settings["energy_density"], settings["seed"])


def draw(table: pd.DataFrame) -> Figure:
    """One panel per indicator, one curve per chain length."""
    indicators = [name for name in LABELS if name in set(table["indicator"])]
    lengths = sorted(table["L"].unique())
    looks = [(style.COLORS[i % 8], style.MARKERS[i % 8]) for i in range(len(lengths))]
    fig, axes = style.figure(2, 2.6, 1, len(indicators), sharex=True, sharey=True, squeeze=False)
    for ax, name, letter in zip(axes[0], indicators, "abc", strict=False):
        for L, look in zip(lengths, looks, strict=True):
            draw_curve(ax, table[(table["indicator"] == name) & (table["L"] == L)], *look)
        draw_baseline(ax)
        ax.set_xlabel(H_LABEL)
        ax.set_title(LABELS[name])
        style.panel_label(ax, letter)
    axes[0][0].set_ylabel(R2_LABEL)
    handles, labels = [], []
    for L, (color, marker) in zip(lengths, looks, strict=True):
        held_out = bool(table[table["L"] == L]["held_out"].iloc[0])
        ls, face = ("--", "white") if held_out else ("-", color)
        handles.append(Line2D([], [], color=color, marker=marker, ls=ls, mfc=face))
        labels.append(f"$L = {L}$" + (" (not trained on)" if held_out else ""))
    axes[0][0].legend(
        [*handles, baseline_handle()], [*labels, "constant predictor"], loc="lower right"
    )
    draw_heading(fig, table)
    return fig


def claims(table: pd.DataFrame) -> list[Claim]:
    """R^2_norm of S, f and r at large h, and its breakdown at small h."""
    return [
        *(_well_learned(table, indicator) for indicator in LEARNED),
        _gap_ratio_barely_learned(table),
        _breakdown_at_small_disorder(table),
    ]


def _well_learned(table: pd.DataFrame, indicator: str) -> Claim:
    """R^2_norm of an indicator is well above 1/2.

    The rule: for every L the mean over h >= 3 exceeds 1/2 by more than 0.05 (`is_above`, `all_of`).
    Inconclusive instead of reproduced if no L was held out from training.
    """
    key = f"gresch2022.figure4.{KEYS[indicator]}_learned"
    text = (
        f"R^2_norm of {SYMBOLS[indicator]} for h >= 3, including a held-out L (lowest mean over "
        "all L)"
    )
    published = "well above 1/2 (here: by more than 0.05)"
    sizes = scale(table, PAPER)
    part = table[(table["h"] >= H_MIN) & (table["indicator"] == indicator)]
    if part.empty:
        return unjudged(key, text, 4, published, sizes, "no h >= 3")
    means = {(L, bool(group["held_out"].iloc[0])): average(group) for L, group in part.groupby("L")}
    verdict = all_of(*(is_above(*each, BASELINE + MARGIN) for each in means.values()))
    if verdict == REPRODUCED and not any(held_out for _, held_out in means):
        verdict = INCONCLUSIVE
    lowest, error = min(means.values())
    return claim(
        key,
        text,
        figure=4,
        published=published,
        measured=lowest,
        error=error,
        verdict=verdict,
        scale=sizes,
        note="; ".join(
            f"{pm(mean, spread)} (L = {L}{', held out' if held_out else ''})"
            for (L, held_out), (mean, spread) in means.items()
        ),
    )


def _gap_ratio_barely_learned(table: pd.DataFrame) -> Claim:
    """R^2_norm of r is barely above 1/2.

    The rule: the mean over all L and h >= 3 is 1/2 within 0.05 (`equals`), and the means of S and f
    are larger (`is_positive`).
    """
    key, text = "gresch2022.figure4.gap_ratio_barely_learned", "R^2_norm of r for h >= 3"
    published, sizes = "barely above 1/2", scale(table, PAPER)
    large = table[table["h"] >= H_MIN]
    if large.empty:
        return unjudged(key, text, 4, published, sizes, "no h >= 3")
    averages = {name: average(large[large["indicator"] == name]) for name in SYMBOLS}
    mean, error = averages["gap_ratio"]
    exceeded = (
        is_positive(averages[name][0] - mean, math.hypot(averages[name][1], error))
        for name in LEARNED
    )
    return claim(
        key,
        text,
        figure=4,
        published=published,
        measured=mean,
        error=error,
        verdict=all_of(equals(mean, error, BASELINE, MARGIN), *exceeded),
        scale=sizes,
        note="; ".join(f"{SYMBOLS[name]}: {pm(*averages[name])}" for name in LEARNED),
    )


def _breakdown_at_small_disorder(table: pd.DataFrame) -> Claim:
    """R^2_norm of S and f breaks down at small h.

    The rule: their means over h >= 3 exceed those at the smallest h < 3 (`is_positive`).
    """
    key = "gresch2022.figure4.breakdown_at_small_disorder"
    text = "R^2_norm of S and f breaks down at small h (the smaller of the two drops)"
    published, sizes = "yes, as the targets' variance vanishes", scale(table, PAPER)
    large, small = table[table["h"] >= H_MIN], table[table["h"] < H_MIN]
    if large.empty or small.empty:
        return unjudged(key, text, 4, published, sizes, "no h on both sides of 3")
    weakest = float(small["h"].min())
    drops, texts = [], []
    for indicator in LEARNED:
        at_weakest = small[(small["indicator"] == indicator) & (small["h"] == weakest)]
        low, low_error = average(at_weakest)
        high, high_error = average(large[large["indicator"] == indicator])
        drops.append((high - low, math.hypot(low_error, high_error)))
        texts.append(
            f"{SYMBOLS[indicator]}: {pm(high, high_error)} for h >= 3, "
            f"{pm(low, low_error)} at h = {weakest:g}"
        )
    smallest, error = min(drops)
    return claim(
        key,
        text,
        figure=4,
        published=published,
        measured=smallest,
        error=error,
        verdict=all_of(*(is_positive(*drop) for drop in drops)),
        scale=sizes,
        note="; ".join(texts),
    )
