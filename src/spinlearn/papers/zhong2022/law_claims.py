"""The claims of figure 11: a volume law at weak disorder, an area law at strong disorder."""

from typing import Any

import pandas as pd

from spinlearn.papers.verdicts import Claim, Measured, claim, is_above, is_below
from spinlearn.spins.chain_text import is_of_papers

BETWEEN = 0.5
"""dS/dL, relative to a random state's, half way between an area law (0) and a volume law (1)."""

LENGTHS, LONGEST = 3, 12
"""Chain lengths that a slope needs, and the least longest one: shorter chains are not thermal."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """A volume law at weak disorder, an area law at strong disorder.

    The rules use the slope dS/dL of a least-squares line, divided by the slope of a random state of
    the sector at the same sizes: 0 for an area law, 1 for a volume law. At the weakest disorder it
    is nearer to 1 (`is_above` 1/2), at the strongest nearer to 0 (`is_below`). S/L is not used,
    since it increases even for random states, whose entropy is L ln(2)/2 minus a constant. The
    paper states no sizes. A slope that can be told from a straight line needs three lengths, and
    the longest must be at least 12, where <r> at h = 0.5 has the GOE value.

    Returns:
        No claim for a single chain length, nor for a chain that is not the paper's.
    """
    judged = table[table.slope_ratio.notna() & table.system.map(is_of_papers)]
    if judged.empty:
        return []
    weak, strong = (judged[judged.h == h] for h in (judged.h.min(), judged.h.max()))
    of_weak, of_strong = _slope_ratio(weak), _slope_ratio(strong)
    return [
        claim(
            "zhong2022.figure11.volume_law",
            "volume law: S grows with L at weak disorder (dS/dL divided by that of a random state)",
            published="S/L constant (here: slope above 1/2)",
            measured=of_weak,
            verdict=is_above(*of_weak, BETWEEN),
            **_details(weak),
        ),
        claim(
            "zhong2022.figure11.area_law",
            "area law: S does not grow with L at strong disorder (dS/dL divided by that of a "
            "random state)",
            published="S/L decreasing (here: slope below 1/2)",
            measured=of_strong,
            verdict=is_below(*of_strong, BETWEEN),
            **_details(strong),
        ),
    ]


def _slope_ratio(rows: pd.DataFrame) -> Measured:
    return float(rows.slope_ratio.iloc[0]), float(rows.slope_ratio_error.iloc[0])


def _details(rows: pd.DataFrame) -> dict[str, Any]:
    """Sizes, needs and note of a claim on one disorder strength."""
    row = rows.iloc[0]
    lengths = f"L = {rows.L.min()} to {rows.L.max()}"
    return {
        "needs": [
            ("chain lengths", int(rows.L.nunique()), LENGTHS),
            ("longest L", int(rows.L.max()), LONGEST),
        ],
        "scale": f"{lengths}, {int(row.realisations)} realisations, h = {row.h:g} (spin-1/2)",
        "note": f"{row.preferred} law preferred; {row.certified:.0%} of the windows certified",
    }
