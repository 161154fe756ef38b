"""Marks of crossings in figures."""

import pandas as pd

MIN_CROSSING_FRACTION = 0.9
"""Fraction of the resamples that must cross for a crossing to be drawn as certain."""


def distances(crossing: pd.Series) -> list[list[float]]:
    """Distances of a crossing from the ends of its 68 % interval; 0 for an end on the wrong side.

    Args:
        crossing: a row of `spinlearn.statistics.crossings.crossing`.
    """
    return [
        [max(0.0, crossing.h_crossing - crossing.low)],
        [max(0.0, crossing.high - crossing.h_crossing)],
    ]
