"""Distances of machines with equal numbers of parameters (theorem 2 of Demidik 2025)."""

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025.common import LABELS, MIN_SHARE, PLATEAU, needs, rows
from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    RATE,
    REPRODUCED,
    Claim,
    all_of,
    claim,
    equals,
    is_below,
    share,
    share_rate,
)

TVD_MARGIN = 0.05
"""Difference of total variation distances that counts as zero."""


def equal_parameters(table: pd.DataFrame, paulis: str) -> pd.DataFrame:
    """Distances of a machine with m hidden units, and of the RBM with |W| m.

    One row per pair in the grid: `dataset, n, m, tvd, tvd_classical, error` (of the difference).
    """
    keys = ["dataset", "n", "m"]
    machine = table[table.paulis == paulis][[*keys, "tvd", "tvd_error"]].copy()
    classical = table[table.paulis == "Z"][[*keys, "tvd", "tvd_error"]]
    machine["m_classical"] = machine.m * len(paulis)
    joined = machine.merge(
        classical.rename(columns={"m": "m_classical"}),
        on=["dataset", "n", "m_classical"],
        suffixes=("", "_classical"),
    )
    joined["error"] = np.hypot(joined.tvd_error, joined.tvd_error_classical)
    return joined[[*keys, "tvd", "tvd_classical", "error"]]


def telling_pairs(table: pd.DataFrame, paulis: str) -> pd.DataFrame:
    """The pairs of `equal_parameters` that say something about equality.

    Left out are pairs that are equal whatever the machines are: where neither machine has learned
    anything (both distances above 0.45), and where both have learned fully (both below 0.05, the
    margin within which distances count as equal).
    """
    pairs = equal_parameters(table, paulis)
    distances = pairs[["tvd", "tvd_classical"]]
    return pairs[(distances.min(axis=1) < PLATEAU) & (distances.max(axis=1) > TVD_MARGIN)]


def equal_parameters_claim(
    pairs: pd.DataFrame, paulis: str, scale: str, table: pd.DataFrame
) -> Claim:
    """A machine with Paulis W and m hidden units performs as the classical one with |W| m.

    The rule: the mean difference of their distances over the pairs in which at least one machine
    has learned something and at least one has not learned fully is zero within 0.05 (`equals`), and
    so are nine tenths of the single differences (`is_below`, `share`).

    Args:
        pairs: as `telling_pairs` gives them.
        paulis: the Paulis W.
        scale: the sizes in words.
        table: the training results, for the sizes.
    """
    runs = int(table.runs.min())
    difference = pairs.tvd - pairs.tvd_classical
    error = float(np.sqrt((pairs.error**2).sum(skipna=False)) / len(pairs))
    mean = (float(difference.mean()), error)
    single = [
        is_below(abs(row.tvd - row.tvd_classical), row.error, TVD_MARGIN, runs=runs)
        for row in rows(pairs)
    ]
    return claim(
        f"demidik2025.figure2.equal_parameters_{paulis.lower()}",
        f"{LABELS[paulis]} with m hidden units performs as an RBM with |W| m, which has "
        "as many parameters (theorem 2; mean difference of TVD)",
        published="equal TVD",
        measured=mean,
        verdict=all_of(equals(*mean, 0.0, TVD_MARGIN, runs=runs), share(single, MIN_SHARE)),
        needs=needs(table),
        error_rate=RATE + share_rate(len(single), MIN_SHARE),
        scale=scale,
        note=f"of {len(pairs)} pairs {single.count(REPRODUCED)} are equal and "
        f"{single.count(NOT_REPRODUCED)} differ; largest difference {difference.abs().max():.3f}",
    )
