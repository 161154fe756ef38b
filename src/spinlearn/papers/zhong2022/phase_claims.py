"""Claims of Zhong 2022, figure 5, that compare the thermal with the localised phase.

The tables are those of `spinlearn.papers.zhong2022.figure5`. Differences between the phases (of
loss, Hamming distance, changes from quench to quench) are judged by `is_positive`, Hamming
distances by `equals`.
"""

import math
from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, Claim
from spinlearn.papers.zhong2022.common import difference, rows_with, scale
from spinlearn.statistics.rounding import known, pm
from spinlearn.streams import rng

CRITICAL_H = 3.5
"""Disorder strength of the transition that the paper quotes, in spin-1/2 operators."""

HAMMING, HAMMING_TOLERANCE = {"thermal": 0.5, "localised": 0.33}, 0.03
"""The paper's Hamming distances, and the largest deviation that counts as agreement."""

DROP_TOLERANCE = 0.05
"""The same for the difference of the two Hamming distances."""

RESAMPLES = 4000
"""Resampled sweeps for the position of the steepest decrease."""

_claim = partial(verdicts.claim, paper="zhong2022")


def localised_below_thermal(table: pd.DataFrame, thermal_h: float, localised_h: float) -> Claim:
    """The localised machine ends below the thermal one."""
    thermal, localised = (_row(table, "log10_loss", h) for h in (thermal_h, localised_h))
    value, error = difference(thermal, localised)
    return _claim(
        "zhong2022.figure5.localised_below_thermal",
        "the localised machine ends below the thermal one (difference of log10 MMD)",
        figure="5a",
        published="significantly lower",
        measured=value,
        error=error,
        verdict=verdicts.is_positive(value, error),
        scale=_scale_of_both(thermal, thermal_h, localised_h),
    )


def change_at_transition(table: pd.DataFrame, thermal_h: float) -> list[Claim]:
    """The loss changes at h_c.

    The rule: between neighbouring strengths, log10 MMD decreases most steeply (against log h) in
    the interval that contains h_c = 3.5; see `_verdict_on_fall`.

    Returns:
        No claim unless there are at least two intervals and one of them contains h_c.
    """
    loss = rows_with(table[table.h > 0], quantity="log10_loss").sort_values("h")
    h, mean, error = (loss[name].to_numpy(dtype=float) for name in ("h", "mean", "error"))
    around = np.flatnonzero((h[:-1] <= CRITICAL_H) & (h[1:] > CRITICAL_H))
    if len(h) < 3 or not len(around):
        return []
    centres = np.sqrt(h[1:] * h[:-1])
    steepest = int(_steepest(h, mean))
    width, verdict, note = math.nan, INCONCLUSIVE, ""
    if all(known(e) for e in error):
        stream = rng(0, "hbm", "claims", "steepest fall")
        places = _steepest(h, mean + error * stream.normal(size=(RESAMPLES, len(h))))
        inside = float((places == around[0]).mean())
        width = float(centres[places].std())
        verdict = _verdict_on_fall(mean, error, inside)
        note = f"; the interval around h_c is the steepest in {inside:.1%} of the resampled sweeps"
    strengths = ", ".join(f"{x:g}" for x in h)
    return [
        _claim(
            "zhong2022.figure5.change_at_transition",
            "the loss changes at the transition (middle of the interval of h_d in which it falls "
            "most steeply)",
            figure="5a",
            published="a significant change at h_c = 3.5",
            measured=float(centres[steepest]),
            error=width,
            verdict=verdict,
            scale=scale(_row(table, "log10_loss", thermal_h), f", h_d = {strengths}"),
            note=f"steepest between h_d = {h[steepest]:g} and {h[steepest + 1]:g}{note}",
        )
    ]


def _steepest(h: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Index of the interval of h in which each curve decreases most steeply against log h."""
    return np.asarray(np.argmin(np.diff(curves, axis=-1) / np.diff(np.log(h)), axis=-1))


def _verdict_on_fall(mean: np.ndarray, error: np.ndarray, inside: float) -> str:
    """Verdict on "the steepest decrease is around h_c".

    Reproduced if it is there in at least 97.5 % of the resampled sweeps (normal distributions with
    the errors of the means), not reproduced if in at most 2.5 %. Inconclusive in between, or if the
    total decrease is not significant (`is_positive`).

    Args:
        mean, error: of log10 MMD at every strength, ascending.
        inside: share of the resampled sweeps.
    """
    fall = verdicts.is_positive(mean[0] - mean[-1], math.hypot(error[0], error[-1]))
    if fall != REPRODUCED or 0.025 < inside < 0.975:
        return INCONCLUSIVE
    return REPRODUCED if inside >= 0.975 else NOT_REPRODUCED


def hamming_claims(table: pd.DataFrame, thermal_h: float, localised_h: float) -> list[Claim]:
    """Hamming distances of both phases, and their difference.

    The rules: each distance equals the paper's within 0.03. The difference is positive, and equals
    the paper's within 0.05. A claim of our own: the distance in the thermal phase equals that of a
    scrambled machine within 0.03.
    """
    thermal, localised = (_row(table, "hamming_late", h) for h in (thermal_h, localised_h))
    most = _row(table, "hamming_late", float(table.h.max()))
    expected = float(thermal["thermal"])
    conserved = f"a scrambled machine with conserved S^z has {expected:.4f} from this initial state"
    found = [
        _hamming_of_phase("thermal", thermal, conserved if math.isfinite(expected) else ""),
        _hamming_of_phase(
            "localised", localised, f"{pm(most['mean'], most['error'])} at h_d = {most['h']:g}"
        ),
    ]
    if math.isfinite(expected):
        found.append(_hamming_scrambled(thermal, expected))
    return found + _hamming_differences(thermal, localised)


def _hamming_of_phase(phase: str, row: pd.Series, note: str) -> Claim:
    mean, error = float(row["mean"]), float(row["error"])
    return _claim(
        f"zhong2022.figure5.hamming_{phase}",
        f"Hamming distance in the {phase} phase",
        figure="5b",
        published=f"about {HAMMING[phase]:g}",
        measured=mean,
        error=error,
        verdict=verdicts.equals(mean, error, HAMMING[phase], HAMMING_TOLERANCE),
        scale=scale(row, f", h_d = {row['h']:g}"),
        note=note,
    )


def _hamming_scrambled(thermal: pd.Series, expected: float) -> Claim:
    mean, error = float(thermal["mean"]), float(thermal["error"])
    return _claim(
        "zhong2022.figure5.hamming_scrambled",
        "Hamming distance in the thermal phase is that of a scrambled machine with conserved S^z",
        figure="5b",
        published=f"no claim (by symmetry: {expected:.4f})",
        measured=mean,
        error=error,
        verdict=verdicts.equals(mean, error, expected, HAMMING_TOLERANCE),
        scale=scale(thermal, f", h_d = {thermal['h']:g}"),
        origin="spinlearn",
    )


def _hamming_differences(thermal: pd.Series, localised: pd.Series) -> list[Claim]:
    value, error = difference(thermal, localised)
    drop = HAMMING["thermal"] - HAMMING["localised"]
    about = partial(
        _claim,
        figure="5b",
        measured=value,
        error=error,
        scale=_scale_of_both(thermal, thermal["h"], localised["h"]),
    )
    return [
        about(
            "zhong2022.figure5.hamming_lower",
            "Hamming distance is lower in the localised phase (difference)",
            published="lower",
            verdict=verdicts.is_positive(value, error),
        ),
        about(
            "zhong2022.figure5.hamming_drop",
            "decrease of the Hamming distance from the thermal to the localised phase",
            published=f"0.5 - 0.33 = {drop:.2f}",
            verdict=verdicts.equals(value, error, drop, DROP_TOLERANCE),
        ),
    ]


def jump_claims(table: pd.DataFrame, thermal_h: float, localised_h: float) -> list[Claim]:
    """Hamming distance and entropy change more from quench to quench in the thermal phase."""
    found = []
    for quantity, key, name, panel in (
        ("hamming", "hamming_jumps", "the Hamming distance", "5b"),
        ("entropy_per_site", "entropy_jumps", "the entropy per site", "5c"),
    ):
        thermal, localised = (_row(table, f"{quantity}_step", h) for h in (thermal_h, localised_h))
        value, error = difference(thermal, localised)
        found.append(
            _claim(
                f"zhong2022.figure5.{key}",
                f"{name} jumps more from quench to quench in the thermal phase "
                "(difference of root mean square changes)",
                figure=panel,
                published="larger",
                measured=value,
                error=error,
                verdict=verdicts.is_positive(value, error),
                scale=_scale_of_both(thermal, thermal_h, localised_h),
            )
        )
    return found


def _row(table: pd.DataFrame, quantity: str, h: float) -> pd.Series:
    return rows_with(table, quantity=quantity, h=h).iloc[-1]


def _scale_of_both(row: pd.Series, *strengths: float) -> str:
    return scale(row, f", h_d = {' and '.join(f'{h:g}' for h in strengths)}")
