"""The claims of appendices A and C on choices: the cell, its inputs, features, energy density."""

from functools import partial
from typing import NamedTuple

import pandas as pd

from spinlearn.papers.gresch2022 import common
from spinlearn.papers.gresch2022.choice_losses import ALL, change
from spinlearn.papers.verdicts import Claim, claim, is_positive, unjudged
from spinlearn.statistics.rounding import listed, pm

PAPER = "L = 10, 12, 14; 30 h; 1000 + 100; by its validation loss, without numbers"

RUNS = 20
"""Runs that a claim needs. The paper gives no numbers, so that they come from the default run's.

Its five runs judge none of the seven, and most of the errors come from the runs. With 20 of them,
two errors are below five of the differences, e.g. 0.18 for the LSTM (error 0.16 with five runs,
0.09 with 20) and 2.1 for single sites (0.79, 0.42). Those of a head per energy density and of no
second stage are smaller than that even then, so that their rows may stay inconclusive.
"""


class Statement(NamedTuple):
    """What the paper says about a choice: whether the loss of a variant is higher."""

    key: str
    variant: str
    higher: bool
    text: str
    published: str


STATEMENTS = (
    Statement(
        "appendix_a.gru_better_than_lstm",
        "lstm",
        True,
        "a GRU has a lower loss than an LSTM with about as many parameters",
        "GRU slightly better",
    ),
    Statement(
        "appendix_a.pairs_better_than_single_sites",
        "one_site",
        True,
        "pairs of neighbouring sites as inputs have a lower loss than single sites",
        "pairs lead to the best performance",
    ),
    Statement(
        "appendix_a.pairs_better_than_triples",
        "three_sites",
        True,
        "pairs of neighbouring sites as inputs have a lower loss than three sites",
        "pairs lead to the best performance",
    ),
    Statement(
        "appendix_a.more_features_help_indicators",
        "four_features",
        False,
        "four features have a lower loss on the indicators learned with them than two",
        "more features increase the performance",
    ),
    Statement(
        "appendix_a.more_features_hurt_transfer",
        "transfer_four_features",
        True,
        "two features have a lower loss on f, after transfer from r and S, than four",
        "severely decreased performance with more features",
    ),
    Statement(
        "appendix_a.two_stages_better_than_joint",
        "energy_joint",
        True,
        "joint training of cell and head, with the energy density as an input, has a lower loss if "
        "the head alone goes on in a second stage",
        "greater performance in two stages",
    ),
    Statement(
        "appendix_a.head_per_energy_density_better",
        "energy_heads",
        False,
        "a head per energy density has a lower loss than one with the energy density as input",
        "at first beneficial for the validation loss",
    ),
)


def judge(table: pd.DataFrame) -> list[Claim]:
    """One row per statement, judged by `_row`; none for other chains than the paper's."""
    if not len(table) or not common.is_of_paper(table):
        return []
    return [_row(table, statement) for statement in STATEMENTS]


def _row(table: pd.DataFrame, statement: Statement) -> Claim:
    """One of two networks, which differ in one choice, has the lower test loss.

    The rule: the difference of their losses (mean squared error over indicators, energy densities,
    all h and the realisations of each L, including a held-out L), averaged over L, has the sign
    that the paper states (`is_positive`). Its error combines that over the test realisations, in
    pairs, with the spread between runs. It needs `RUNS` and a longest chain of at least 12
    (`common.needs`).
    """
    sign = 1 if statement.higher else -1
    about = partial(
        claim,
        f"gresch2022.{statement.key}",
        f"{statement.text} (difference of the losses in units of 0.001)",
        published=statement.published,
        scale=_scale(table),
    )
    rows = table[(table["variant"] == statement.variant)]
    if rows.empty:
        return about(**unjudged(f"network {statement.variant} or its reference is not trained"))
    found = change(rows[rows["indicator"] == ALL])
    found = 1e3 * sign * found[0], 1e3 * found[1]
    notes = [
        f"{common.SYMBOLS.get(str(name), 'mean')}: "
        f"{pm(1e3 * part['reference_loss'].mean(), 0.0)} to {pm(1e3 * part['loss'].mean(), 0.0)}"
        for name, part in rows.groupby("indicator", sort=False)
    ]
    return about(
        measured=found,
        verdict=is_positive(*found, runs=common.run_count(rows)),
        needs=common.needs(rows, RUNS),
        note=f"loss of {rows['reference'].iloc[0]} and of {statement.variant}; {'; '.join(notes)}",
    )


def _scale(table: pd.DataFrame) -> str:
    return (
        f"L = {listed(table['L'])}; {table['strengths'].iloc[0]} h; "
        f"{common.span(table['train_realisations'])} + {common.span(table['test_realisations'])} "
        f"realisations; {common.span(table['runs'])} runs (paper: {PAPER})"
    )
