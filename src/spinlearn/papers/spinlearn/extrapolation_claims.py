"""Verdicts on predictions for longer rings: our ensemble, and the networks of Gresch 2022."""

from functools import partial

import numpy as np
import pandas as pd
from scipy.special import ndtri

from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.spinlearn import calibration_claims
from spinlearn.papers.verdicts import RATE, Claim, Measured, Need, claim
from spinlearn.statistics.rounding import pm

PREDICTED = ("entanglement_entropy", "spin_fraction")
"""The indicators of which Gresch 2022 claims that single realisations are predicted."""

LEAST_STRENGTHS, LEAST_REALISATIONS = 3, 50
"""Values of h and realisations per h that a verdict needs."""

LEAST_TRAINING = 96
"""Training realisations per (L, h) that comparisons with the ensemble need: 120 less a fifth.

The fifth is the validation split. With fewer, all predictors are limited by their data: with 48 the
smallest gain over the regression is below its error.
"""

OTHERS = {"multitask": "the networks", "regression": "the regression"}

CHOSEN = (
    "kind of inputs chosen with the default run's test split, and how L enters with its windows of "
    "L = 14, in view"
)
"""What of the ensemble was chosen after looking."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The ensemble beats networks and regression, knows its errors; networks predict longer rings.

    The rule of the first two, for S and f, on the test split and on windows of longer rings: for
    every L the mean over h >= 3 of R^2_norm minus that of the other predictor, on the same
    realisations, is positive (`is_positive`, `all_of`), and at no h it is negative by more than the
    margin of `_worse`. The rule of the last: on the longest rings the mean over h >= 3 of R^2_norm
    of the networks is above 1/2, and above that of the regression. `calibration_claims` has that of
    the ensemble's deviations.
    """
    rows = table[(table["h"] >= common.H_MIN) & table["indicator"].isin(PREDICTED)]
    if "windows" not in set(rows["part"]) or not common.is_of_paper(rows):
        return []
    network = rows[rows["variant"] == "multitask"]
    about = partial(
        claim,
        figure="indicator_extrapolation",
        origin="spinlearn",
        scale=f"trained on L = {network['train_L'].iloc[0]}, "
        f"{network['train_realisations'].iloc[0]} realisations per (L, h); "
        f"tested on L = {', '.join(map(str, sorted(set(network['L']))))}",
    )
    least = int(rows["train_realisations"].min())
    sizes = _sizes(rows)
    runs: Need = ("runs", common.run_count(network), common.RUNS)
    needs = [*sizes, runs, ("training realisations", least, LEAST_TRAINING)]
    return [
        *(_beats(rows, other, partial(about, needs=needs)) for other in OTHERS),
        calibration_claims.judge(rows, CHOSEN, partial(about, needs=sizes)),
        _extrapolates(network[network["part"] == "windows"], partial(about, needs=[*sizes, runs])),
    ]


def _sizes(rows: pd.DataFrame) -> list[Need]:
    tested = rows[rows["part"] == "windows"]
    longest = tested[tested["L"] == tested["L"].max()]
    return [
        ("h >= 3", int(longest["h"].nunique()), LEAST_STRENGTHS),
        ("windows per h", int(longest["test_realisations"].min()), LEAST_REALISATIONS),
    ]


def _mean_gain(part: pd.DataFrame, other: str, run_error: float) -> Measured:
    """Mean gain over h; errors of different h are independent, that of the runs is common."""
    sampling = scores.error_of_mean(part[f"gain_over_{other}_error"])
    return float(part[f"gain_over_{other}"].mean()), float(np.hypot(sampling, run_error))


def _worse(ours: pd.DataFrame, other: str) -> pd.Series:
    """Rows in which the ensemble is worse than the predictor at hand, over the realisations.

    The margin is Bonferroni's: if the ensemble is as good everywhere, the probability that any of
    the rows is found worse is `RATE` at most.
    """
    margin = -ndtri(RATE / len(ours))
    return ours[f"gain_over_{other}"] < -margin * ours[f"gain_over_{other}_error"]


def _beats(rows: pd.DataFrame, other: str, about: partial[Claim]) -> Claim:
    others, ours = rows[rows["variant"] == other], rows[rows["variant"] == "symmetric"]
    runs = common.run_count(others) if other == "multitask" else None
    ours = ours.assign(worse=_worse(ours, other))
    gains, notes = [], []
    for (where, L, indicator), part in ours.groupby(["part", "L", "indicator"]):
        same = others[["part", "L", "indicator"]].eq([where, L, indicator]).all(axis=1)
        gain = _mean_gain(part, other, scores.run_error(others[same]) if runs else 0.0)
        gains.append(gain)
        worse = [f"{h:g}" for h in part.loc[part["worse"], "h"]]
        where = f"{where}, worse at h = {', '.join(worse)}" if worse else where
        notes.append(f"{pm(*gain)} ({common.SYMBOLS[indicator]}, L = {L}, {where})")
    found = [verdicts.is_positive(*gain, runs=runs) for gain in gains]
    verdict = verdicts.all_of(*found, *[verdicts.NOT_REPRODUCED] * bool(ours["worse"].any()))
    name = {"multitask": "network", "regression": "regression"}[other]
    return about(
        f"spinlearn.indicator_extrapolation.beats_{name}",
        f"the symmetric ensemble predicts S and f better than {OTHERS[other]}: gain in R^2_norm "
        "for h >= 3, on the same realisations (lowest over all L)",
        published="no claim",
        measured=min(gains),
        verdict=verdict,
        error_rate=verdicts.rate_of_all(verdict, len(gains) + 1),
        note="; ".join([*notes, *(_averaging(others) if runs else []), CHOSEN]),
    )


def _averaging(network: pd.DataFrame) -> list[str]:
    """What the networks gain if their predictions are averaged, as the ensemble's members are."""
    gains = network.assign(gain=network["averaged_r2_norm"] - network["r2_norm"])
    means = gains.groupby(["part", "L", "indicator"])["gain"].mean()
    return [
        "the ensemble averages its members, the networks are single ones: averaged predictions of "
        f"{common.run_count(network)} have {means.min():.3f} to {means.max():.3f} more"
    ]


def _extrapolates(windows: pd.DataFrame, about: partial[Claim]) -> Claim:
    longest = windows[windows["L"] == windows["L"].max()]
    runs = common.run_count(longest)
    gains, notes = [], []
    for indicator, part in longest.groupby("indicator"):
        score, error = scores.average(part)
        over = _mean_gain(part, "regression", scores.run_error(part))
        gains += [(score - scores.BASELINE, error), over]
        name = common.SYMBOLS[str(indicator)]
        notes.append(f"{name}: {pm(score, error)}, {pm(*over)} over the regression")
    verdict = verdicts.all_of(*(verdicts.is_positive(*gain, runs=runs) for gain in gains))
    return about(
        "spinlearn.indicator_extrapolation.network_extrapolates",
        "networks predict S and f of the longest rings, not trained on, for h >= 3: gain in "
        "R^2_norm over the better one of a constant and the regression (lower of S and f)",
        published="reproduced for a held-out length",
        measured=min(gains),
        verdict=verdict,
        error_rate=verdicts.rate_of_all(verdict, len(gains)),
        note="; ".join(notes),
    )
