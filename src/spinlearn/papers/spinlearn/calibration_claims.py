"""Verdict on the deviations that our ensemble predicts for rings longer than those it knows."""

from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.verdicts import Claim, Measured
from spinlearn.statistics.rounding import pm

NORMAL = {"within_one": (0.683, 0.1), "within_two": (0.954, 0.05)}
"""Shares of a normal distribution within one and two deviations, and the tolerances.

These allow deviations that are wrong by about a fifth.
"""


def judge(rows: pd.DataFrame, chosen: str, about: partial[Claim]) -> Claim:
    """Near normal shares of the exact values lie within one and two predicted deviations.

    The rule: for S and f of all lengths beyond the training, in the test split and in windows, both
    shares, averaged over h >= 3, are those of `NORMAL` (`equals`, `all_of`). Different h and
    realisations are independent. An average may hide that shares are too small at some h, so the
    note has the least ones.

    Args:
        rows: those of S and f with h >= 3 of the figure's table.
        chosen: what of the ensemble was chosen after looking, for the note.
        about: `claim` with the figure, scale and needs.
    """
    beyond = rows[rows["held_out"] & (rows["variant"] == "symmetric")]
    shares, found, notes = [], [], []
    for (where, L, indicator), part in beyond.groupby(["part", "L", "indicator"]):
        both = {name: _share(part, name) for name in NORMAL}
        found += [verdicts.equals(*both[name], *NORMAL[name]) for name in NORMAL]
        shares.append(both["within_one"])
        least = part.loc[part["within_one"].idxmin()]
        notes.append(
            f"{pm(*both['within_one'])} and {pm(*both['within_two'])} "
            f"({common.SYMBOLS[indicator]}, L = {L}, {where}; least at h = {least['h']:g}: "
            f"{least['within_one']:.2f} and {least['within_two']:.2f})"
        )
    verdict = verdicts.all_of(*found)
    farthest = max(shares, key=lambda share: abs(share[0] - NORMAL["within_one"][0]))
    return about(
        "spinlearn.indicator_extrapolation.calibrated",
        "the deviations that the symmetric ensemble predicts beyond its lengths are right: shares "
        "of exact S and f within one and two of them, for h >= 3 (within one, farthest from 0.68 "
        "over all L)",
        published="no claim (here: normal, 0.68 within 0.1 and 0.95 within 0.05)",
        measured=farthest,
        verdict=verdict,
        error_rate=verdicts.rate_of_all(verdict, len(found)),
        note="; ".join([*notes, *_likelihoods(rows), chosen]),
    )


def _share(part: pd.DataFrame, name: str) -> Measured:
    """Mean over h of a share, and its binomial error."""
    share = part[name]
    variance = share * (1.0 - share) / part["test_realisations"]
    return float(share.mean()), float(np.sqrt(variance.sum()) / len(part))


def _likelihoods(rows: pd.DataFrame) -> list[str]:
    """Log-likelihoods of the longest rings, with constant deviations for other predictors."""
    longest = rows[(rows["part"] == "windows") & (rows["L"] == rows["L"].max())]
    means = longest.groupby(["indicator", "variant"])["log_likelihood"].mean()
    names = {"symmetric": "ensemble", "regression": "regression", "multitask": "networks"}
    texts = []
    for indicator in means.index.unique("indicator"):
        values = ", ".join(f"{label} {means[indicator, name]:.2f}" for name, label in names.items())
        texts.append(f"{common.SYMBOLS[indicator]}: {values}")
    return [
        f"log-likelihood per realisation at L = {longest['L'].iloc[0]}, in nats, with a constant "
        f"deviation for others, their error at the lengths of the training: {'; '.join(texts)}"
    ]
