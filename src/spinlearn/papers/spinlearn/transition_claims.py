"""Verdicts on the transition: h_c and nu of the collapse, and what the drift with the size says."""

import math
from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.spinlearn.scaling_panels import MIN_CROSSING_FRACTION
from spinlearn.papers.verdicts import INCONCLUSIVE, Measured, Need, equals, is_above
from spinlearn.statistics.collapse import WORST_QUALITY
from spinlearn.statistics.rounding import pm

CRITICAL_H = 3.5
"""Disorder strength of the transition that Zhong 2022 quotes, in spin-1/2 operators."""

CRITICAL_TOLERANCE = 0.5
"""Largest deviation from `CRITICAL_H` that counts as agreement."""

LEAST_NU = 2.0
"""Lower bound of the exponent nu of a transition with disorder in one dimension."""

LEAST_CROSSINGS = 2
"""Certain crossings that a verdict needs: fewer do not show how h_c drifts with the size."""


def judge(collapses: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """Value, verdict and note of h_c and of nu; see `transition.claims`.

    Args:
        collapses: as `spinlearn.statistics.collapse.collapse_by_smallest_size` gives them.
    """
    best = collapses.iloc[0]
    if not math.isfinite(best.h_c):
        none = {"measured": math.nan, "verdict": INCONCLUSIVE, "note": describe_quality(best)}
        return none, none
    h_c, h_c_note = _measure(collapses[["h_c", "h_c_low", "h_c_high"]])
    log_nu, nu_note = _measure(np.log(collapses[["nu", "nu_low", "nu_high"]]))
    nu = float(best.nu), float(best.nu) * log_nu[1]
    verdicts = (
        equals(*h_c, CRITICAL_H, CRITICAL_TOLERANCE),
        is_above(*log_nu, math.log(LEAST_NU)),
    )
    nu_note = (
        f"judged by ln(nu) = {pm(*log_nu)} (ln 2 = {math.log(LEAST_NU):.2f}), a rule that was "
        f"chosen after looking: {nu_note}"
    )
    edge = "; at the edge of the search" if best.at_bound else ""
    critical, exponent = (
        {
            "measured": measured,
            "verdict": INCONCLUSIVE if best.at_bound else verdict,
            "note": f"{describe_quality(best)}; {note}{edge}",
        }
        for measured, verdict, note in zip((h_c, nu), verdicts, (h_c_note, nu_note), strict=True)
    )
    return critical, exponent


def needs(crossings: pd.DataFrame) -> list[Need]:
    """The certain crossings of successive sizes: found in nine tenths of the resamples.

    Args:
        crossings: as `spinlearn.statistics.crossings.crossing` gives them; there may be no rows.
    """
    is_certain = crossings.h_crossing.notna() & (crossings.fraction >= MIN_CROSSING_FRACTION)
    return [("certain crossings of r", int(is_certain.sum()), LEAST_CROSSINGS)]


def describe_quality(fit: pd.Series) -> str:
    """The quality of a collapse in words."""
    if not math.isfinite(fit.quality):
        return "too few points, or too few that overlap, for a collapse"
    quality = f"quality S = {fit.quality:.2g}"
    above = f"{quality} at best, above {WORST_QUALITY:g}: the curves do not collapse"
    return above if fit.quality > WORST_QUALITY else quality


def describe_drift(table: pd.DataFrame) -> str:
    """Crossings, their extrapolation, and the other scaling forms, for the note of h_c."""
    pairs = ", ".join(
        f"{pm(row.h_crossing, row.error)} (L = {row.L_small:.0f}, {row.L_large:.0f}; "
        f"in {row.fraction:.0%} of resamples)"
        for _, row in table[table.part == "crossing"].iterrows()
    )
    limits = table[table.part == "extrapolation"]
    limit = ", ".join(pm(row.h_infinity, row.error) for _, row in limits.iterrows())
    forms = "; ".join(
        _describe_form(fit) for _, fit in table[table.part == "other_form"].iterrows()
    )
    return f"crossings of r: {pairs}; extrapolated to infinite L: {limit}; {forms}"


def _describe_form(fit: pd.Series) -> str:
    found = f"h_c = {pm(fit.h_c, fit.h_c_error)}, " if math.isfinite(fit.h_c) else ""
    drift = float(fit.get("drift", math.nan))
    change = f"moving by {pm(drift, fit.drift_error)} per site, " if math.isfinite(drift) else ""
    return f"form {fit.form}: {found}{change}{describe_quality(fit)}"


def _measure(parameter: pd.DataFrame) -> tuple[Measured, str]:
    """A parameter of the collapse of all sizes with its total error, and the parts of the error.

    Args:
        parameter: value and both ends of the 68 % interval of each collapse. The statistical
            error is the longer side.
    """
    value, low, high = (float(number) for number in parameter.iloc[0])
    statistical = max(high - value, value - low)
    note = f"statistical error {statistical:.2g}"
    if len(parameter) == 1:
        return (value, statistical), note
    drift = float(parameter.iloc[1, 0]) - value
    change = f"{drift:+.2g}" if math.isfinite(drift) else "no collapse"
    return (value, math.hypot(statistical, drift)), f"{note}, without the smallest size {change}"
