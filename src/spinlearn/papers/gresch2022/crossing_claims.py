"""The claim of figure 8: where feature curves cross depends on the run, not on the length."""

import math
from functools import partial

import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.gresch2022.crossings import crossings
from spinlearn.papers.verdicts import Claim, claim, difference, unjudged
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import listed

POSITIONS = 9
"""Positions at which two errors, 2 s/sqrt(2(k-1)), fall to half of their spread s."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Curves of different L cross at an h that varies from run to run.

    A feature crosses if the curves of every pair of chain lengths do. Its position is the mean over
    the pairs, its width the largest minus the smallest. The rule: every run has a feature that
    crosses, and the spread of the positions (standard deviation s over k of them, error
    s/sqrt(2(k-1))) exceeds the mean width (`is_positive`). Not reproduced if none of nine features
    crosses, or if the mean width exceeds the spread. Inconclusive if a run has no feature that
    crosses. It needs nine positions, at which two errors are half of the spread, three pairs of
    lengths as in the paper, and a longest chain of at least 12 (`common.LONGEST`).
    """
    if not common.is_of_paper(table):
        return []
    about = partial(
        claim,
        "gresch2022.figure8.crossings_vary",
        "feature curves of different L cross at an h that varies from run to run (standard "
        "deviation over features and runs, minus distance between pairs of L)",
        published="crossing independent of L, its position set by the initialisation",
        scale=_scale(table),
    )
    found = crossings(table)
    groups = found.groupby(["run", "feature"])["h"]
    positions = groups.mean()[groups.count() == groups.size()]
    widths = (groups.max() - groups.min())[positions.index]
    k, runs = len(positions), table["run"].nunique()
    pairs = len(found[["L", "other_L"]].drop_duplicates())
    note = f"{k} of {groups.ngroups} features cross"
    needs = [
        ("longest L", int(table["L"].max()), common.LONGEST),
        ("pairs of lengths", pairs, 3),
        ("features" if not k else "features that cross", k or groups.ngroups, POSITIONS),
    ]
    if pairs and not k:
        refuted = partial(about, verdict=verdicts.NOT_REPRODUCED, error_rate=0.0)
        return [refuted(measured=math.nan, needs=needs, note=note)]
    if min(k, runs, pairs) < 2:
        return [about(**unjudged(note), needs=needs)]
    spread, width = float(positions.std(ddof=1)), float(widths.mean())
    spread_error = spread / math.sqrt(2 * (k - 1))
    width_error = float(standard_error(widths.to_numpy()))
    excess = difference((spread, spread_error), (width, width_error))
    verdict = verdicts.is_positive(*excess, runs=k)
    if verdict == verdicts.REPRODUCED and positions.index.unique("run").size < runs:
        verdict = verdicts.INCONCLUSIVE
    note += (
        f"; h = {positions.min():.1f} to {positions.max():.1f}; standard deviation {spread:.2f}, "
        f"mean distance between pairs of L {width:.2f}"
    )
    return [about(measured=excess, verdict=verdict, needs=needs, note=note)]


def _scale(table: pd.DataFrame) -> str:
    return (
        f"L = {listed(table['L'])}; {table['h'].nunique()} h; "
        f"{common.span(table['samples'])} disorder vectors; {table['run'].nunique()} runs on "
        f"{common.span(table['train_realisations'])} realisations "
        "(paper: L = 10, 12, 14; 30 h; 1000; 1 shown)"
    )
