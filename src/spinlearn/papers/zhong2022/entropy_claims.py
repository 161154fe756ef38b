"""Claims of Zhong 2022, figure 5c: saturation of the entanglement entropy."""

import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, equals, is_below
from spinlearn.papers.zhong2022.common import joined, measured, training_needs
from spinlearn.papers.zhong2022.phase_claims import (
    PAPER_TRAINING,
    both_phases,
    chosen_strength,
    scale_of_both,
)
from spinlearn.statistics.rounding import pm

SATURATED = 0.95
"""Share of its late mean at which the entropy of a run counts as saturated."""

QUICK = 0.1
"""Share of the quenches within which a saturation counts as quick; the paper gives no number."""

PAGE_TOLERANCE = 0.05
"""Largest deviation of late entropy / Page's value from 1 that counts as agreement."""


def entropy_claims(table: pd.DataFrame) -> list[Claim]:
    """Saturation of the entropy in the localised phase, and its late value.

    The rules. Quick saturation: the quench at which a run first has 95 % of its late mean lies
    within the first tenth of the training (`is_below`); it needs the paper's training, since the
    tenth grows with it. A claim of our own, at any size: repeated random quenches thermalise the
    localised machine too, so that its late entropy divided by Page's value for a random state
    equals 1 within 0.05 (`equals`).

    Args:
        table: as `spinlearn.papers.zhong2022.figure5.table` gives it.
    """
    return [_saturation(table), _late_value(table)]


def _saturation(table: pd.DataFrame) -> Claim:
    thermal, localised = both_phases(table, "entropy_per_site_saturation")
    _, choice = chosen_strength(table, "entropy_per_site_saturation")
    found, limit = measured(localised), QUICK * int(localised["quenches"])
    return claim(
        "zhong2022.figure5.entropy_saturates",
        f"the entropy saturates quickly in the localised phase (first quench with {SATURATED:.0%} "
        "of the late mean)",
        figure="5c",
        published=f"a quick saturation (here: within {QUICK:.0%} of the quenches)",
        measured=found,
        verdict=is_below(*found, limit, runs=int(localised["runs"])),
        needs=training_needs(localised, **PAPER_TRAINING),
        scale=scale_of_both(thermal, localised),
        note=joined(
            f"{pm(*measured(thermal))} in the thermal phase, h_d = {thermal['h']:g}", choice
        ),
    )


def _late_value(table: pd.DataFrame) -> Claim:
    page = table.thermal
    ratios = table.assign(**{name: table[name] / page for name in ("mean", "error")})
    thermal, localised = both_phases(ratios, "entropy_per_site_late")
    _, choice = chosen_strength(ratios, "entropy_per_site_late")
    found = measured(localised)
    return claim(
        "zhong2022.figure5.entropy_thermalises",
        "repeated random quenches thermalise the localised machine (late entropy / Page's value)",
        figure="5c",
        published=f"no claim (here: 1 within {PAGE_TOLERANCE:g})",
        measured=found,
        verdict=equals(*found, 1.0, PAGE_TOLERANCE, runs=int(localised["runs"])),
        scale=scale_of_both(thermal, localised),
        origin="spinlearn",
        note=choice,
    )
