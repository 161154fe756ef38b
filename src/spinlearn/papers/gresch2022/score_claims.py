"""The claims of figure 4: R^2_norm of the indicators, against the constant predictor's 1/2."""

from functools import partial

import pandas as pd

from spinlearn.gru.choices import BASELINES
from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common, comparisons, scores
from spinlearn.papers.gresch2022.learned_claims import learned
from spinlearn.papers.verdicts import RATE, Claim, Measured, claim, unjudged
from spinlearn.statistics.rounding import pm

LEARNED = ("entanglement_entropy", "spin_fraction")
"""Indicators that are well learned according to the paper; of the gap ratio only the mean is."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """R^2_norm of S, f and r at large h, and its breakdown at small h."""
    if not common.is_of_paper(table):
        return []
    table = table[~table["variant"].isin(BASELINES)]
    return [
        *(_above_constant(table, indicator) for indicator in LEARNED),
        _gap_ratio_barely_learned(table),
        _breakdown_at_small_disorder(table),
        *(_learned(table, indicator) for indicator in LEARNED),
    ]


def _learned(table: pd.DataFrame, indicator: str) -> Claim:
    """An indicator is learned, not only its dependence on h; see `learned_claims.learned`."""
    key = f"gresch2022.figure4.{common.KEYS[indicator]}_learned"
    return learned(table, key, indicator, "learned for single realisations")


def _above_constant(table: pd.DataFrame, indicator: str) -> Claim:
    """R^2_norm of an indicator is above that of the constant predictor, 1/2.

    The rule: for every L the mean over h >= 3 exceeds 1/2 (`is_above`, `all_of`). It needs five
    runs, a longest chain of at least 12 (`common.needs`), and a length held out from training.
    """
    symbol = common.SYMBOLS[indicator]
    about = partial(
        claim,
        f"gresch2022.figure4.{common.KEYS[indicator]}_above_constant",
        f"R^2_norm of {symbol} for h >= 3, including a held-out L (lowest mean over all L)",
        published="well above 1/2, the constant predictor",
        scale=common.scale(table, scores.PAPER),
    )
    part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
    if part.empty:
        return about(**unjudged("no h >= 3"))
    means, found, notes = [], [], []
    for L, rows in part.groupby("L"):
        mean = scores.average(rows)
        means.append(mean)
        found.append(verdicts.is_above(*mean, scores.BASELINE, runs=common.run_count(rows)))
        notes.append(f"{pm(*mean)} (L = {L}{', held out' if rows['held_out'].any() else ''})")
    held_out = int(part.loc[part["held_out"], "L"].nunique())
    return about(
        measured=min(means),
        verdict=verdicts.all_of(*found),
        needs=[*common.needs(part), ("held-out lengths", held_out, 1)],
        error_rate=len(found) * RATE,
        note="; ".join(notes),
    )


def _gap_ratio_barely_learned(table: pd.DataFrame) -> Claim:
    """R^2_norm of r is barely above 1/2.

    The rule: the mean over all L and h >= 3 is nearer to 1/2 than to the means of S and of f: half
    of their gain over 1/2 exceeds that of r (`is_positive`, `all_of`). It needs five runs and a
    longest chain of at least 12 (`common.needs`).
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
    found, notes = [], []
    for name in LEARNED:
        other = _average(large, name)
        half_way = ((scores.BASELINE + other[0]) / 2, other[1] / 2)
        below = verdicts.difference(half_way, mean)
        found.append(verdicts.is_positive(*below, runs=common.run_count(large)))
        notes.append(f"{common.SYMBOLS[name]}: {pm(*other)}")
    if "gain_over_mean" in large:
        gain, baseline = comparisons.least_gain(large[large["indicator"] == "gap_ratio"])
        notes.append(f"gain of r over {baseline}: {pm(*gain)}")
    return about(
        measured=mean,
        verdict=verdicts.all_of(*found),
        needs=common.needs(large),
        error_rate=len(found) * RATE,
        note="; ".join(notes),
    )


def _breakdown_at_small_disorder(table: pd.DataFrame) -> Claim:
    """R^2_norm of S and f breaks down at small h.

    The rule: their means over h >= 3 exceed those at the smallest h < 3 (`is_positive`). It needs
    five runs and a longest chain of at least 12 (`common.needs`).
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
    runs = common.run_count(table)
    return about(
        measured=min(drops),
        verdict=verdicts.all_of(*(verdicts.is_positive(*drop, runs=runs) for drop in drops)),
        needs=common.needs(table),
        error_rate=len(drops) * RATE,
        note="; ".join(notes),
    )


def _average(table: pd.DataFrame, indicator: str) -> Measured:
    return scores.average(table[table["indicator"] == indicator])
