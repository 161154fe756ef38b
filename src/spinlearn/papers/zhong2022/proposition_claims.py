"""Claims on the propositions of Zhong 2022, appendix A."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.papers.verdicts import NOT_REPRODUCED, REPRODUCED, Claim, claim
from spinlearn.papers.zhong2022.common import rows_with

TOLERANCE = 0.1
"""Largest deviation of an exponent from the expected one, over any factor of two."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Both propositions hold in a limit, as 1/h and as 1/n; one row of our own on what 1 needs.

    The rule: over every factor of two in the hidden field, or in the number of pulses, the exponent
    of the distance is within `TOLERANCE` of -1, and in our own row of 0. The values are exact, so
    that there is no error, and any size can be judged.

    Args:
        table: as `spinlearn.papers.zhong2022.appendix_a.table` gives it.
    """
    last = table.groupby("case").distance.last()
    unpulsed = rows_with(table, case="pulses", x=0.0).distance.iloc[0]
    return [
        _row(
            table,
            "up",
            "basic_contained",
            "the basic machine's distributions are contained in the hidden machine's (exponent of "
            "the distance against strong fields on the hidden spins)",
            published="contained, by a proof (here: in the limit, with exponent -1)",
            note="for hidden spins that begin up, whose shift of their neighbours' fields is "
            "corrected; on a ring the limit is the open basic machine",
        ),
        _row(
            table,
            "pulses",
            "pulses_give_ising",
            "pi pulses on one sublattice reduce the XXZ model in two dimensions to the Ising model "
            "(exponent of the evolution's error against the number of pulses in a fixed time)",
            published="only Ising interactions are left, by a proof (here: in the limit, with "
            "exponent -1)",
            note=f"operator norm {last['pulses']:.1e} with most pulses, {unpulsed:.1e} without; "
            "pulses have no duration",
        ),
        _row(
            table,
            "plus",
            "plus_does_not_decouple",
            "hidden spins that begin in |+> and couple by S^z S^z do not decouple in strong fields "
            "(exponent of the distance)",
            expected=0.0,
            note=f"distance {last['plus']:.1e} at the strongest field; hidden spins up: "
            f"{last['up']:.1e}; in |+> with J_zz = 0: {last['plus_exchange']:.1e}",
        ),
    ]


def _row(
    table: pd.DataFrame,
    case: str,
    name: str,
    text: str,
    *,
    published: str = "no claim",
    expected: float = -1.0,
    note: str,
) -> Claim:
    """A claim on the exponent of a curve; one of our own if the paper published nothing."""
    rows = rows_with(table, case=case).query("x > 0")
    first, last = rows.iloc[0], rows.iloc[-1]
    found = exponents(rows)
    holds = bool((np.abs(found - expected) <= TOLERANCE).all())
    varied = "pulses" if case == "pulses" else "J on hidden spins"
    return claim(
        f"zhong2022.appendix_a.{name}",
        text,
        figure="appendix A",
        published=published,
        measured=float(found.mean()),
        verdict=REPRODUCED if holds else NOT_REPRODUCED,
        error_rate=0.0,
        scale=f"{first.system}, {first.x:g} to {last.x:g} {varied}, largest of {first.draws} draws "
        "of fields (paper: no numbers)",
        origin="spinlearn" if published == "no claim" else "paper",
        note=note,
    )


def exponents(rows: pd.DataFrame) -> Float[np.ndarray, " steps"]:
    """d log(distance) / d log(x) between successive points."""
    return np.diff(np.log(rows.distance)) / np.diff(np.log(rows.x))
