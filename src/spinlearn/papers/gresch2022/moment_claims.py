"""The claims of figure 3: networks reproduce mean and spread of the indicators."""

from functools import partial

import pandas as pd

from spinlearn.papers.gresch2022 import common, moments
from spinlearn.papers.verdicts import Claim, Need, claim, is_below, lies_between, unjudged

MAX_OFFSET = 0.5
"""Largest deviation of a mean that is agreement: half of the bars that the figure shows."""

SPREAD_RATIO = (0.5, 1.5)
"""Ratios of predicted to exact standard deviation that are nearer to 1 than to 0 or 2. At 0, only
the mean is learned."""

PAPER = "L = 14; 30 h; 1000 + 100; 1 on L = 10, 12"


def judge(table: pd.DataFrame) -> list[Claim]:
    """Mean and spread of each indicator, for all h >= 3 at which the exact values have a spread.

    All need a longest chain of at least 12 (`common.LONGEST`), held out from training, but only one
    run, as the figure shows. Errors come from the test realisations.
    """
    if not common.is_of_paper(table):
        return []
    sizes = common.scale(table, PAPER)
    found = []
    for indicator in common.SYMBOLS:
        part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
        exact = part[part["source"] == "exact"].set_index("h")
        exact = exact[exact["std"] > 0]
        network = part[part["source"] == "network"].set_index("h").loc[exact.index]
        found.append(_mean_agrees(indicator, exact, network, sizes))
        found.append(_spread_agrees(indicator, exact, network, sizes))
    return found


def _mean_agrees(indicator: str, exact: pd.DataFrame, network: pd.DataFrame, sizes: str) -> Claim:
    """The network's mean equals the exact one.

    The rule: the root mean square over h of the deviation, in units of the exact standard
    deviation, is below 0.5 (`is_below`). Its error is propagated from the exact means. This is an
    upper limit, since both means use the same realisations.
    """
    about = partial(
        claim,
        f"gresch2022.figure3.mean_{common.KEYS[indicator]}",
        f"mean of {common.SYMBOLS[indicator]}, h >= 3 (rms deviation / exact standard deviation)",
        published="agrees",
        needs=_needs(exact),
        scale=sizes,
    )
    if exact.empty:
        return about(**unjudged("no spread at any h >= 3"))
    found = moments.rms_offset(exact, network)
    offset = moments.offsets(exact, network).abs()
    note = f"largest {offset.max():.2f}, at h = {offset.idxmax():g}; {common.CHOSEN}"
    return about(measured=found, verdict=is_below(*found, MAX_OFFSET), note=note)


def _needs(exact: pd.DataFrame) -> list[Need]:
    if exact.empty:
        return []
    held_out = int(exact["held_out"].all())
    return [*common.needs(exact, runs=1), ("held-out lengths", held_out, 1)]


def _spread_agrees(indicator: str, exact: pd.DataFrame, network: pd.DataFrame, sizes: str) -> Claim:
    """The network's standard deviation equals the exact one; for r, only the mean is learned.

    The rule: the ratio of predicted to exact standard deviation, averaged over h, lies between 0.5
    and 1.5 for S and f (`lies_between`), and is below 0.5 for r (`is_below`).
    """
    only_mean = indicator == "gap_ratio"
    about = partial(
        claim,
        f"gresch2022.figure3.std_{common.KEYS[indicator]}",
        f"spread of {common.SYMBOLS[indicator]}, h >= 3 (predicted / exact standard deviation)",
        published="only the mean is learned" if only_mean else "agrees",
        needs=_needs(exact),
        scale=sizes,
    )
    if exact.empty:
        return about(**unjudged("no spread at any h >= 3"))
    found = moments.spread_ratio(exact, network)
    low, high = SPREAD_RATIO
    verdict = is_below(*found, low) if only_mean else lies_between(*found, low, high)
    return about(measured=found, verdict=verdict, note=common.CHOSEN)
