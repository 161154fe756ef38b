"""Verdicts on predictions for longer rings: our ensemble, and the networks of Gresch 2022."""

from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import RATE, Claim, Measured, Need, claim
from spinlearn.statistics.rounding import pm

PREDICTED = ("entanglement_entropy", "spin_fraction")
"""The indicators of which Gresch 2022 claims that single realisations are predicted."""

LEAST_STRENGTHS, LEAST_REALISATIONS = 3, 50
"""Values of h and realisations per h that a verdict needs."""

OTHERS = {"multitask": "the networks", "regression": "the regression"}


def judge(table: pd.DataFrame) -> list[Claim]:
    """The ensemble beats networks and regression, and networks predict longer rings.

    The rule of the first two, for S and f, on the test split and on windows of longer rings: for
    every L the mean over h >= 3 of R^2_norm minus that of the other predictor, on the same
    realisations, is positive (`is_positive`, `all_of`), and at no h it is negative by more than two
    errors. The rule of the third: on the longest rings the mean over h >= 3 of R^2_norm of the
    networks is above 1/2, and above that of the regression.
    """
    rows = table[(table["h"] >= common.H_MIN) & table["indicator"].isin(PREDICTED)]
    if rows.empty or not common.is_of_paper(rows):
        return []
    network = rows[rows["variant"] == "multitask"]
    about = partial(
        claim,
        figure="indicator_extrapolation",
        origin="spinlearn",
        scale=f"trained on L = {network['train_L'].iloc[0]}, "
        f"{network['train_realisations'].iloc[0]} realisations per (L, h); "
        f"tested on L = {', '.join(map(str, sorted(set(network['L']))))}",
        needs=_needs(rows),
    )
    return [
        *(_beats(rows, other, network, about) for other in OTHERS),
        _extrapolates(network[network["part"] == "windows"], about),
    ]


def _needs(rows: pd.DataFrame) -> list[Need]:
    tested = rows[rows["part"] == "windows"]
    longest = tested[tested["L"] == tested["L"].max()]
    return [
        ("h >= 3", int(longest["h"].nunique()), LEAST_STRENGTHS),
        ("windows per h", int(longest["test_realisations"].min()), LEAST_REALISATIONS),
        ("runs", int(rows["runs"].max()), common.RUNS),
    ]


def _mean_gain(part: pd.DataFrame, other: str, run_error: float) -> Measured:
    """Mean gain over h; errors of different h are independent, that of the runs is common."""
    errors = part[f"gain_over_{other}_error"]
    sampling = float(np.sqrt((errors**2).sum()) / len(part))
    return float(part[f"gain_over_{other}"].mean()), float(np.hypot(sampling, run_error))


def _beats(rows: pd.DataFrame, other: str, network: pd.DataFrame, about: partial[Claim]) -> Claim:
    gains, found, notes = [], [], []
    ours = rows[rows["variant"] == "symmetric"]
    for (where, L, indicator), part in ours.groupby(["part", "L", "indicator"]):
        same = network[["part", "L", "indicator"]].eq([where, L, indicator]).all(axis=1)
        own = scores.run_error(network[same]) if other == "multitask" else 0.0
        gain = _mean_gain(part, other, own)
        gains.append(gain)
        found.append(verdicts.is_positive(*gain))
        worse = part[f"gain_over_{other}"] < -verdicts.SIGMAS * part[f"gain_over_{other}_error"]
        if worse.any():
            found.append(verdicts.NOT_REPRODUCED)
        where = f"{where}, worse at h = {list(part['h'][worse])}" if worse.any() else where
        notes.append(f"{pm(*gain)} ({common.SYMBOLS[indicator]}, L = {L}, {where})")
    name = {"multitask": "network", "regression": "regression"}[other]
    return about(
        f"spinlearn.indicator_extrapolation.beats_{name}",
        f"the symmetric ensemble predicts S and f better than {OTHERS[other]}: gain in R^2_norm "
        "for h >= 3, on the same realisations (lowest over all L)",
        published="no claim",
        measured=min(gains),
        verdict=verdicts.all_of(*found),
        error_rate=min(1.0, (len(ours) + len(gains)) * RATE),
        note="; ".join(notes),
    )


def _extrapolates(windows: pd.DataFrame, about: partial[Claim]) -> Claim:
    longest = windows[windows["L"] == windows["L"].max()]
    gains, notes = [], []
    for indicator, part in longest.groupby("indicator"):
        score, error = scores.average(part)
        over = _mean_gain(part, "regression", scores.run_error(part))
        gains += [(score - scores.BASELINE, error), over]
        name = common.SYMBOLS[str(indicator)]
        notes.append(f"{name}: {pm(score, error)}, {pm(*over)} over the regression")
    return about(
        "spinlearn.indicator_extrapolation.network_extrapolates",
        "networks predict S and f of the longest rings, not trained on, for h >= 3: gain in "
        "R^2_norm over the better one of a constant and the regression (lower of S and f)",
        published="reproduced for a held-out length",
        measured=min(gains),
        verdict=verdicts.all_of(*(verdicts.is_positive(*gain) for gain in gains)),
        error_rate=len(gains) * RATE,
        note="; ".join(notes),
    )
