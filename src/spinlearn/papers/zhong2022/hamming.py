"""Hamming distance in both phases (Zhong 2022, figure 5b): expected values and claims."""

import math
from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, equals
from spinlearn.papers.zhong2022.common import (
    joined,
    measured,
    rows_with,
    scale,
    training_needs,
)
from spinlearn.papers.zhong2022.phase_claims import (
    PAPER_TRAINING,
    both_phases,
    chosen_strength,
    difference_between_phases,
    difference_claim,
    fewest_runs,
    scale_of_both,
)
from spinlearn.spins.choices import InitialState
from spinlearn.statistics.rounding import pm

PUBLISHED, TOLERANCE = {"thermal": 0.5, "localised": 0.33}, 0.03
"""The paper's Hamming distances, and the largest deviation that counts as agreement."""

DROP_TOLERANCE = 0.05
"""The same for the difference of the two Hamming distances."""


def scrambled_distance(initial_state: InitialState, L: int, h_x: float = 0.0) -> float:
    """Long-time Hamming distance (Zhong 2022, eq. 9) of a machine that scrambles.

    1/2 - (1/2L) <M^2>/L with M = sum_i sigma^z_i, the overlap with the conserved magnetisation:
    <M^2> is L in |+> and 0 in a Neel state. NaN for a random product, whose <M^2> varies. With a
    field h_x along x no magnetisation is conserved, and the distance is 1/2.

    >>> scrambled_distance("plus", 8), scrambled_distance("neel", 8)
    (0.4375, 0.5)
    """
    if h_x:
        return 0.5
    return {"plus": 0.5 - 0.5 / L, "neel": 0.5}.get(initial_state, np.nan)


def hamming_claims(table: pd.DataFrame) -> list[Claim]:
    """Hamming distances of both phases, and their difference; late averages of each run.

    The rules: each distance equals the paper's within 0.03 (`equals`). The difference is positive
    (`is_positive`), and equals the paper's within 0.05 (`equals`). They need the paper's training,
    see `phase_claims`. A claim of our own, at any size: the distance in the thermal phase equals
    that of a scrambled machine within 0.03 (`equals`).

    The initial state, which the paper does not print, may exclude 1/2 in the thermal phase: in
    |+>, conserved S^z fixes 1/2 - 1/(2L). Then "0.5" and the difference 0.17 say something about
    our choice, not about the paper, and are claims of our own.

    Args:
        table: as `spinlearn.papers.zhong2022.figure5.table` gives it.
    """
    thermal, localised = both_phases(table, "hamming_late")
    most = rows_with(table, quantity="hamming_late", h=table.h.max()).iloc[-1]
    _, choice = chosen_strength(table, "hamming_late")
    expected = float(thermal["thermal"])
    conserved = f"a scrambled machine with conserved S^z has {expected:.4f} from this initial state"
    found = [
        _claim_on_phase("thermal", thermal, conserved if math.isfinite(expected) else ""),
        _claim_on_phase(
            "localised",
            localised,
            joined(choice, f"{pm(most['mean'], most['error'])} at h_d = {most['h']:g}"),
        ),
    ]
    if math.isfinite(expected):
        found.append(_claim_on_scrambling(thermal, expected))
    return [*found, *_claims_on_difference(table)]


def _origin_of_thermal_value(thermal: pd.Series) -> str:
    """Who claims 1/2 in the thermal phase: the paper, unless the initial state excludes it."""
    excluded = abs(float(thermal["thermal"]) - PUBLISHED["thermal"]) > TOLERANCE
    return "spinlearn" if excluded else "paper"


def _claim_on_phase(phase: str, row: pd.Series, note: str) -> Claim:
    origin = "paper" if phase == "localised" else _origin_of_thermal_value(row)
    return _equality_claim(
        row,
        PUBLISHED[phase],
        f"zhong2022.figure5.hamming_{phase}",
        f"Hamming distance in the {phase} phase",
        published=f"about {PUBLISHED[phase]:g}",
        needs=training_needs(row, **PAPER_TRAINING) if origin == "paper" else (),
        origin=origin,
        note=note,
    )


def _claim_on_scrambling(thermal: pd.Series, expected: float) -> Claim:
    return _equality_claim(
        thermal,
        expected,
        "zhong2022.figure5.hamming_scrambled",
        "Hamming distance in the thermal phase is that of a scrambled machine with conserved S^z",
        published=f"no claim (by symmetry: {expected:.4f})",
        origin="spinlearn",
    )


def _equality_claim(row: pd.Series, expected: float, key: str, text: str, **more: Any) -> Claim:
    """Claim that a distance is the expected one; `more` arguments are those of `claim`."""
    found = measured(row)
    verdict = equals(*found, expected, TOLERANCE, runs=int(row["runs"]))
    at = scale(row, f", h_d = {row['h']:g}")
    return claim(key, text, figure="5b", measured=found, verdict=verdict, scale=at, **more)


def _claims_on_difference(table: pd.DataFrame) -> list[Claim]:
    thermal, localised = both_phases(table, "hamming_late")
    found, note = difference_between_phases(table, "hamming_late")
    drop = PUBLISHED["thermal"] - PUBLISHED["localised"]
    return [
        difference_claim(
            table,
            "hamming_late",
            "zhong2022.figure5.hamming_lower",
            "Hamming distance is lower in the localised phase (difference)",
            figure="5b",
            published="lower",
        ),
        claim(
            "zhong2022.figure5.hamming_drop",
            "decrease of the Hamming distance from the thermal to the localised phase",
            figure="5b",
            published=f"0.5 - 0.33 = {drop:.2f}",
            measured=found,
            verdict=equals(*found, drop, DROP_TOLERANCE, runs=fewest_runs(thermal, localised)),
            needs=training_needs(localised, **PAPER_TRAINING),
            scale=scale_of_both(thermal, localised),
            origin=_origin_of_thermal_value(thermal),
            note=note,
        ),
    ]
