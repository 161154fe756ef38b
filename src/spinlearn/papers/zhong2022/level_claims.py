"""The claims of figure 10: mean gap ratios in the thermal and in the localised phase."""

from typing import NamedTuple

import pandas as pd

from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO
from spinlearn.papers.verdicts import Claim, claim, equals

SYSTEMS = {"ring": "ring", "open chain": "open"}
"""The paper's chains, and their names in the keys of claims."""

TOLERANCE = 0.01
"""Largest deviation of a mean gap ratio that counts as agreement."""


class Case(NamedTuple):
    """One claim: name, disorder strength, text, expected mean, published, origin, least L."""

    name: str
    h: float
    text: str
    expected: float
    published: str
    origin: str
    L: int


CASES = (
    Case(
        "poisson",
        3.9,
        "<r> has the Poisson value in the localised phase",
        0.391,
        "0.391 (the text swaps its two means)",
        "paper",
        16,
    ),
    Case(
        "goe",
        0.1,
        "<r> has the GOE value in the thermal phase",
        0.529,
        "0.529 (the text swaps its two means)",
        "paper",
        16,
    ),
    Case(
        "own_thermal",
        0.5,
        "<r> has the GOE value at our own thermal point, away from integrability",
        GOE_GAP_RATIO,
        "no claim (GOE: 0.531)",
        "spinlearn",
        12,
    ),
)
"""The claims. The paper prints its means with the labels of the phases swapped."""

REALISATIONS = 200
"""Realisations at which two errors, 0.007, are below `TOLERANCE`."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Mean gap ratios against those that the paper prints, with the labels swapped back.

    The rule: the mean equals the printed value within 0.01 (`equals`), for the longest chain of
    each of the paper's chains. The claims need the paper's L = 16: at h_d = 0.1, close to
    integrability, the mean of the ring rises from 0.43 at L = 12 to 0.53 at L = 16. At our own
    thermal point L = 12 has the GOE value. All need 200 realisations, which bring two errors below
    0.01 (the paper has 1000).

    Args:
        table: as `spinlearn.papers.zhong2022.figure10.table` gives it.
    """
    found = []
    for case in CASES:
        for system, boundary in SYSTEMS.items():
            rows = table[(table.system == system) & (abs(table.h - case.h) < 1e-9)]
            if not rows.empty:
                found.append(_claim(case, boundary, rows.sort_values("L").iloc[-1]))
    return found


def _claim(case: Case, boundary: str, row: pd.Series) -> Claim:
    mean = (float(row.mean_gap_ratio), float(row.mean_gap_ratio_error))
    L, realisations = int(row.L), int(row.realisations)
    return claim(
        f"zhong2022.figure10.{case.name}_{boundary}",
        f"{case.text} ({boundary} chain)",
        published=f"{case.published}; here: within {TOLERANCE:g}",
        measured=mean,
        verdict=equals(*mean, case.expected, TOLERANCE, runs=realisations),
        needs=[("L", L, case.L), ("realisations", realisations, REALISATIONS)],
        scale=f"L = {L}, {realisations} realisations, h_d = {case.h:g} (paper: L = 16, 1000)",
        origin=case.origin,
    )
