"""The claim that networks learned an indicator: they predict it better than the baselines."""

from functools import partial

import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common, comparisons, scores
from spinlearn.papers.verdicts import RATE, Claim, claim, unjudged
from spinlearn.statistics.rounding import pm


def learned(table: pd.DataFrame, key: str, indicator: str, published: str) -> Claim:
    """Networks predict an indicator of single realisations better than the better baseline.

    The rule: for every L the mean over h >= 3 of R^2_norm minus that of the better baseline
    (`comparisons.least_gain`), on the same realisations, is positive (`is_positive`,
    `all_of`). It needs five runs, a longest chain of at least 12 (`common.needs`), and a length
    held out from training.

    Args:
        table: rows of the networks, as `comparisons.tabulate_all` makes them.
        key: the claim's.
        indicator: its name.
        published: what the paper states.
    """
    about = partial(
        claim,
        key,
        f"R^2_norm of {common.SYMBOLS[indicator]} for h >= 3, including a held-out L: gain over "
        "the better one of mean at each h, quartic in the fields' deviation, and regression "
        "(lowest over all L)",
        published=published,
        scale=common.scale(table, scores.PAPER),
    )
    part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
    if part.empty:
        return about(**unjudged("no h >= 3"))
    if "gain_over_mean" not in part:
        return about(**unjudged("no baseline"))
    gains, found, notes = [], [], []
    for L, rows in part.groupby("L"):
        gain, baseline = comparisons.least_gain(rows)
        gains.append(gain)
        found.append(verdicts.is_positive(*gain, runs=common.run_count(rows)))
        length = f"L = {L}{', held out' if rows['held_out'].any() else ''}"
        notes.append(f"{pm(*gain)} over {baseline} ({length})")
    held_out = int(part.loc[part["held_out"], "L"].nunique())
    return about(
        measured=min(gains),
        verdict=verdicts.all_of(*found),
        needs=[*common.needs(part), ("held-out lengths", held_out, 1)],
        error_rate=len(found) * RATE,
        note="; ".join(notes),
    )
