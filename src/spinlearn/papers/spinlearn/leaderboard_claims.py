"""Claims of our own on the leaderboard; no paper has one."""

import re
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from spinlearn.papers.spinlearn.leaderboard_values import (
    LEARNED,
    by_run,
    data_label,
    gap_verdict,
    labels,
    measured,
)
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    Measured,
    claim,
    is_below,
    rate_of_all,
    share,
    share_rate,
    unjudged,
)
from spinlearn.statistics.rounding import pm

RUNS = 3
"""Least runs that judge; their margin is that of Student's t with two degrees of freedom."""

BITS = 6
"""Least bits."""

PAIRS = {
    "hidden_born": "the hidden Born machine",
    "sqrbm": "the semi-quantum RBM",
    "nade": "the autoregressive network",
}
"""Models that are compared with the RBM."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The claims, at the largest number of bits of the table of figure `leaderboard`.

    What is compared are log10 of the divergences, run by run, on the same targets; a divergence
    below 1e-5 counts as 1e-5.

    - Per data set: the model that is lowest in the first half of the runs is below every other one
      in the second half. Of its gaps to the others there, the smallest in units of its error is
      shown and judged (`gap_verdict`). The runs that judge did not choose, so that the claim can
      fail.
    - One model wins on all data sets: reproduced if the same one does, beyond the errors; not
      reproduced if two of these wins are of different models.
    - A model against the RBM: the mean over the data sets of the difference is below zero
      (`is_below`).
    - Every learned model is below independent bits on every data set (`share` of 1).
    """
    n = int(table.n.max())
    rows = table[table.n == n]
    runs = int(rows.groupby(["dataset", "model"]).run.nunique().min())
    about = partial(
        claim,
        published="no claim",
        needs=[("n", n, BITS), ("runs", runs, RUNS)],
        origin="spinlearn",
        scale=f"n = {n}, {runs} runs, {_parameters(rows)} parameters",
    )
    words, wide = labels(rows), by_run(rows, "kl")
    learned = wide[[model for model in wide if model in set(rows.model[rows.kind == LEARNED])]]
    wins = {str(name): _win(part, words) for name, part in learned.groupby("dataset", sort=False)}
    about_wins = partial(about, needs=[("n", n, BITS), ("runs", runs, 2 * RUNS)])
    return [
        *_winners(wins, about_wins),
        _one_winner(wins, words, about_wins),
        *(_against_rbm(learned, model, runs, about) for model in PAIRS),
        _all_learn(learned, wide["independent_bits"], runs, words, about),
    ]


def _parameters(rows: pd.DataFrame) -> str:
    counts = rows[rows.kind == LEARNED].drop_duplicates("model")
    counts = counts[~counts.model.str.endswith("_independent")].parameters
    return f"{counts.min()} to {counts.max()}"


class _Win(NamedTuple):
    """The best model on a data set, and its gap to the one that comes closest.

    Attributes:
        first: the model.
        gap: to the other one, log10 of the ratio of their divergences.
        verdict: on the gap.
        error_rate: of the verdict.
        note: both divergences.
    """

    first: str
    gap: Measured
    verdict: str
    error_rate: float
    note: str


def _win(rows: pd.DataFrame, words: dict[str, str]) -> _Win:
    """Of a data set, from log10 of the divergences by run and model: one half chooses, one judges.

    A single run does both; it is too small to judge anyway.
    """
    half = len(rows) // 2
    choosing, judging = rows.iloc[: half or 1], rows.iloc[half:]
    first = str(choosing.mean().idxmin())
    gaps = {str(name): measured(judging[name] - judging[first]) for name in rows if name != first}
    second = min(gaps, key=lambda other: _in_errors(gaps[other]))
    verdict = gap_verdict(gaps[second], len(judging))
    values = ", ".join(
        f"{words[model]} {pm(*measured(10 ** judging[model]))}" for model in (first, second)
    )
    note = f"chosen by {len(choosing)} runs, judged by {len(judging)} others: {values}"
    return _Win(first, gaps[second], verdict, rate_of_all(verdict, len(gaps)), note)


def _in_errors(gap: Measured) -> float:
    """A gap in units of its error; a gap without an error is certain if it is none of rounding."""
    value, error = gap
    if error > 0:
        return value / error
    return np.inf if value > 0 else 0.0


def _winners(wins: dict[str, _Win], about: "partial[Claim]") -> Iterator[Claim]:
    for dataset, win in wins.items():
        name = re.sub(r"[^a-z]+", "_", dataset).strip("_")
        yield about(
            f"spinlearn.leaderboard.winner_{name}",
            "the model that is lowest in half of the runs has a lower divergence than every other "
            f"in the other half ({data_label(dataset)}; log10 of the ratio to the one that is "
            "nearest in errors)",
            measured=win.gap,
            verdict=win.verdict,
            error_rate=win.error_rate,
            note=win.note,
        )


def _one_winner(wins: dict[str, _Win], words: dict[str, str], about: "partial[Claim]") -> Claim:
    certain = [win.first for win in wins.values() if win.verdict == REPRODUCED]
    counts = {model: certain.count(model) for model in dict.fromkeys(certain)}
    if len(counts) > 1:
        verdict = NOT_REPRODUCED
    else:
        verdict = REPRODUCED if len(certain) == len(wins) else INCONCLUSIVE
    most = max(counts.values(), default=0)
    parts = ", ".join(f"{words[model]} {count}" for model, count in counts.items())
    return about(
        "spinlearn.leaderboard.one_winner",
        "the same model wins on every data set (data sets that one model wins beyond the errors, "
        "as a share)",
        measured=most / len(wins),
        verdict=verdict,
        error_rate=rate_of_all(verdict, len(wins)),
        note=f"wins beyond the errors: {parts or 'none'}; of {len(wins)} data sets",
    )


def _against_rbm(wide: pd.DataFrame, model: str, runs: int, about: "partial[Claim]") -> Claim:
    text = (
        f"{PAIRS[model]} has a lower divergence than the RBM of as many parameters (log10 of the "
        "ratio, mean over the data sets)"
    )
    key = f"spinlearn.leaderboard.{model}_below_rbm"
    if not {model, "rbm"} <= set(wide.columns):
        return about(key, text, **unjudged("not trained"))
    ratio = wide[model] - wide["rbm"]
    value = measured(ratio.groupby("run").mean())
    per_set = ratio.groupby("dataset", sort=False).mean()
    note = ", ".join(f"{data_label(str(name))} {found:+.1f}" for name, found in per_set.items())
    return about(
        key,
        text,
        measured=value,
        verdict=is_below(*value, 0.0, runs=runs),
        note=f"by data set: {note}",
    )


def _all_learn(
    learned: pd.DataFrame,
    independent: "pd.Series[float]",
    runs: int,
    words: dict[str, str],
    about: "partial[Claim]",
) -> Claim:
    """Every learned model against independent bits on every data set."""
    verdicts = {
        (str(dataset), str(model)): gap_verdict(
            measured(independent[part.index] - part[model]), runs
        )
        for dataset, part in learned.groupby("dataset", sort=False)
        for model in part
    }
    held = sum(verdict == REPRODUCED for verdict in verdicts.values())
    left = ", ".join(
        f"{words[model]} on {data_label(dataset)}"
        for (dataset, model), verdict in verdicts.items()
        if verdict != REPRODUCED
    )
    return about(
        "spinlearn.leaderboard.all_learn",
        "every model is below independent bits on every data set (share of the pairs that are, "
        "beyond the errors)",
        measured=held / len(verdicts),
        verdict=share(verdicts.values(), 1.0),
        error_rate=share_rate(len(verdicts), 1.0),
        note=f"not beyond the errors: {left or 'none'}",
    )
