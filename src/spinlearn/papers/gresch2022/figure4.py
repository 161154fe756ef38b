"""Gresch 2022, figure 4: normalised coefficient of determination of each indicator."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from spinlearn.gru.predictions import read_predictions
from spinlearn.papers import style, verdicts
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Claim, Measured, claim, unjudged
from spinlearn.statistics.rounding import pm

CAPTION = (
    "Normalised coefficient of determination of each indicator against disorder. A constant "
    "predictor has 1/2. Dashed: a chain length outside the training set."
)

LEARNED = ("entanglement_entropy", "spin_fraction")
"""Indicators that are well learned according to the paper; of the gap ratio only the mean is."""


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
    """R^2_norm of S, f and r at large h, and its breakdown at small h."""
    if not common.is_of_paper(table):
        return []
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
    symbol = common.SYMBOLS[indicator]
    about = partial(
        claim,
        f"gresch2022.figure4.{common.KEYS[indicator]}_learned",
        f"R^2_norm of {symbol} for h >= 3, including a held-out L (lowest mean over all L)",
        published="well above 1/2 (here: by more than 0.05)",
        scale=common.scale(table, scores.PAPER),
    )
    part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
    if part.empty:
        return about(**unjudged("no h >= 3"))
    limit = scores.BASELINE + common.MARGIN
    means, found, notes = [], [], []
    for L, rows in part.groupby("L"):
        mean = scores.average(rows)
        means.append(mean)
        found.append(verdicts.is_above(*mean, limit))
        notes.append(f"{pm(*mean)} (L = {L}{', held out' if rows['held_out'].any() else ''})")
    verdict = verdicts.all_of(*found)
    if verdict == verdicts.REPRODUCED and not part["held_out"].any():
        verdict = verdicts.INCONCLUSIVE
    return about(measured=min(means), verdict=verdict, note="; ".join(notes))


def _gap_ratio_barely_learned(table: pd.DataFrame) -> Claim:
    """R^2_norm of r is barely above 1/2.

    The rule: the mean over all L and h >= 3 is 1/2 within 0.05 (`equals`), and the means of S and f
    are larger (`is_positive`).
    """
    about = partial(
        claim,
        "gresch2022.figure4.gap_ratio_barely_learned",
        "R^2_norm of r for h >= 3",
        published="barely above 1/2",
        scale=common.scale(table, scores.PAPER),
    )
    large = table[table["h"] >= common.H_MIN]
    if large.empty:
        return about(**unjudged("no h >= 3"))
    mean = _average(large, "gap_ratio")
    found, notes = [verdicts.equals(*mean, scores.BASELINE, common.MARGIN)], []
    for name in LEARNED:
        other = _average(large, name)
        found.append(verdicts.is_positive(*verdicts.difference(other, mean)))
        notes.append(f"{common.SYMBOLS[name]}: {pm(*other)}")
    return about(measured=mean, verdict=verdicts.all_of(*found), note="; ".join(notes))


def _breakdown_at_small_disorder(table: pd.DataFrame) -> Claim:
    """R^2_norm of S and f breaks down at small h.

    The rule: their means over h >= 3 exceed those at the smallest h < 3 (`is_positive`).
    """
    about = partial(
        claim,
        "gresch2022.figure4.breakdown_at_small_disorder",
        "R^2_norm of S and f breaks down at small h (the smaller of the two drops)",
        published="yes, as the targets' variance vanishes",
        scale=common.scale(table, scores.PAPER),
    )
    large, weakest = table[table["h"] >= common.H_MIN], table["h"].min()
    if large.empty or weakest >= common.H_MIN:
        return about(**unjudged("no h on both sides of 3"))
    small = table[table["h"] == weakest]
    drops, notes = [], []
    for name in LEARNED:
        high, low = _average(large, name), _average(small, name)
        drops.append(verdicts.difference(high, low))
        notes.append(
            f"{common.SYMBOLS[name]}: {pm(*high)} for h >= 3, {pm(*low)} at h = {weakest:g}"
        )
    verdict = verdicts.all_of(*(verdicts.is_positive(*drop) for drop in drops))
    return about(measured=min(drops), verdict=verdict, note="; ".join(notes))


def _average(table: pd.DataFrame, indicator: str) -> Measured:
    return scores.average(table[table["indicator"] == indicator])
