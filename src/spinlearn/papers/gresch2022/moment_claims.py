"""The claims of figure 3: networks reproduce mean and spread of the indicators."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from spinlearn.gru.choices import BASELINES
from spinlearn.papers.gresch2022 import common, moments
from spinlearn.papers.verdicts import Claim, Measured, Need, claim, is_below, lies_between, unjudged
from spinlearn.statistics.rounding import pm

MAX_OFFSET = 0.5
"""Largest deviation of a mean that is agreement: half of the bars that the figure shows."""

SPREAD_RATIO = (0.5, 1.5)
"""Ratios of predicted to exact standard deviation that are nearer to 1 than to 0 or 2. At 0, only
the mean is learned."""

MORE_DATA = 480
"""Ten times the realisations per (L, h) from which networks learn by default."""

Sources = dict[str, pd.DataFrame]
"""Rows of the network and of each baseline, by h."""

PAPER = "L = 14; 30 h; 1000 + 100; 1 on L = 10, 12"


def judge(table: pd.DataFrame) -> list[Claim]:
    """Mean and spread of each indicator, for all h >= 3 at which the exact values have a spread.

    All need a longest chain of at least 12 (`common.LONGEST`), held out from training, but only one
    run, as the figure shows. Errors come from the test realisations.
    """
    if not common.is_of_paper(table):
        return []
    sizes = common.scale(table[~table["source"].isin(BASELINES)], PAPER)
    found = []
    for indicator in common.SYMBOLS:
        part = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
        exact = part[part["source"] == "exact"].set_index("h")
        exact = exact[exact["std"] > 0]
        sources = {
            name: part[part["source"] == name].set_index("h").reindex(exact.index)
            for name in ("network", *BASELINES)
            if name in set(part["source"])
        }
        found.append(_mean_agrees(indicator, exact, sources, sizes))
        found.append(_spread_agrees(indicator, exact, sources, sizes))
        if indicator == "gap_ratio":
            last = _more_data_do_not_help(exact, sources, sizes)
    return [*found, last]


def _mean_agrees(indicator: str, exact: pd.DataFrame, sources: Sources, sizes: str) -> Claim:
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
    found = moments.rms_offset(exact, sources["network"])
    offset = moments.offsets(exact, sources["network"]).abs()
    note = f"largest {offset.max():.2f}, at h = {offset.idxmax():g}"
    note += _baselines(moments.rms_offset, exact, sources)
    return about(measured=found, verdict=is_below(*found, MAX_OFFSET), note=note)


def _needs(exact: pd.DataFrame) -> list[Need]:
    if exact.empty:
        return []
    held_out = int(exact["held_out"].all())
    return [*common.needs(exact, runs=1), ("held-out lengths", held_out, 1)]


def _spread_agrees(indicator: str, exact: pd.DataFrame, sources: Sources, sizes: str) -> Claim:
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
    found = moments.spread_ratio(exact, sources["network"])
    low, high = SPREAD_RATIO
    verdict = is_below(*found, low) if only_mean else lies_between(*found, low, high)
    note = _baselines(moments.spread_ratio, exact, sources).removeprefix("; ")
    return about(measured=found, verdict=verdict, note=note)


def _more_data_do_not_help(exact: pd.DataFrame, sources: Sources, sizes: str) -> Claim:
    """Only the mean of r is learned from the paper's data, ten times those of its figure 9, too.

    The rule is that of `_spread_agrees`. It needs ten times the default's training realisations.
    """
    row = _spread_agrees("gap_ratio", exact, sources, sizes)
    realisations = int(exact["train_realisations"].min()) if len(exact) else 0
    return claim(
        "gresch2022.figure3.std_gap_ratio_with_more_data",
        "spread of r, h >= 3, networks trained on ten times the default's realisations (predicted "
        "/ exact standard deviation)",
        published="only the mean is learned",
        measured=(row["measured"], row["error"]) if row["error"] else row["measured"],
        verdict=row["verdict"],
        needs=[*_needs(exact), ("training realisations", realisations, MORE_DATA)],
        scale=sizes,
        note=row["note"],
    )


def _baselines(
    measure: Callable[[pd.DataFrame, pd.DataFrame], Measured],
    exact: pd.DataFrame,
    sources: Sources,
) -> str:
    """The same number of each baseline, for a note."""
    present = [name for name in BASELINES if name in sources]
    named = [f"{pm(*measure(exact, sources[name]))} {name}" for name in present]
    return f"; baselines: {', '.join(named)}" if named else ""
