"""The claims of figure 9: losses against the number of training realisations."""

from functools import partial

import pandas as pd

from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    Need,
    all_of,
    claim,
    difference,
    is_below,
    is_positive,
    unjudged,
)
from spinlearn.statistics.rounding import listed, pm

VECTORS = 180
"""Training vectors at the paper's threshold: N_train = 3 at each of 30 h and two L."""

SIZE = 3
"""The paper's threshold in training realisations per (L, h); fewer vectors at our fewer h."""

ROOM = 4
"""The largest training set must be as many times larger than `VECTORS`, to see that it is flat."""

NO_CHANGE = 0.1
"""Change of the loss, relative to its value at the largest size, that is "no improvement"."""

REPEATS = 10
"""Networks per size; the paper's."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The three statements on networks, each with what other learners give beside it."""
    claims = (_flat, _overfitting, _unseen_length)
    return [judge_one(table, partial(claim, scale=_scale(table))) for judge_one in claims]


def _flat(table: pd.DataFrame, about: partial[Claim]) -> Claim:
    """The loss is flat from 180 training vectors on, which is N_train = 3 in the paper.

    The rule: at the smallest size with at least as many vectors, the test loss of networks,
    averaged over the lengths trained on, exceeds that at the largest size by less than a tenth of
    it (`is_below`; the errors of the lengths, which share networks, are averaged). It needs ten
    networks per size, and a largest set of at least 720 vectors. The limit is ours, and was chosen
    with the default run's results known; the paper says "no qualitative improvement". The note has
    the ratio of both losses at N_train = 3 too, which at fewer h are fewer vectors than there.
    """
    about = partial(
        about,
        "gresch2022.figure9.flat_loss",
        "test loss at the first size from 180 training vectors on, above that at the largest size "
        "(relative)",
        published="no improvement from N_train = 3, 180 vectors (here: less than a tenth)",
        needs=[*_needs(table), ("training vectors", int(table["vectors"].max()), ROOM * VECTORS)],
    )
    enough = table[(table["vectors"] >= VECTORS) & (table["size"] < table["size"].max())]
    if enough.empty:
        return about(**unjudged("no size from 180 vectors on, but the largest"))
    size = int(enough["size"].min())
    values = _relative_excess(table, size)
    network = values.pop("network")
    others = ", ".join(f"{pm(*value)} ({learner})" for learner, value in values.items())
    literal = ""
    if SIZE in set(table["size"]):
        excess, error = _relative_excess(table, SIZE)["network"]
        literal = (
            f"loss at N_train = {SIZE} over that at the largest size: {pm(1 + excess, error)}; "
        )
    return about(
        measured=network,
        verdict=is_below(*network, NO_CHANGE, runs=_repeats(table)),
        note=f"N_train = {size}; {literal}other learners: {others}; limit chosen after looking",
    )


def _relative_excess(table: pd.DataFrame, size: int) -> dict[str, Measured]:
    """Test loss at a size, above that at the largest one and relative to it, of each learner."""
    seen = table[~table["held_out"]]
    found = {}
    for learner, part in seen.groupby("learner"):
        loss = float(part.loc[part["size"] == part["size"].max(), "test_loss"].mean())
        excess = _mean(part[part["size"] == size], "excess")
        found[str(learner)] = excess[0] / loss, excess[1] / loss
    return found


def _overfitting(table: pd.DataFrame, about: partial[Claim]) -> Claim:
    """With very few realisations the network overfits.

    The rule: at the smallest size the training loss is below that at the largest one, and the test
    loss above it, both averaged over the lengths trained on (`is_positive`, `all_of`). The number
    is test minus training loss at the smallest size. The size must be below the threshold.
    """
    about = partial(
        about,
        "gresch2022.figure9.overfitting",
        "test loss minus training loss at the smallest size; there the training loss is below that "
        "at the largest size, and the test loss above it",
        published="overfits below N_train = 3",
    )
    part = table[(table["learner"] == "network") & ~table["held_out"]]
    small = part[part["size"] == part["size"].min()]
    if small["vectors"].iloc[0] >= VECTORS:
        return about(needs=_needs(table), **unjudged("no size below 180 training vectors"))
    fall, rise = _mean(small, "train_excess"), _mean(small, "excess")
    runs = _repeats(table)
    verdict = all_of(is_positive(-fall[0], fall[1], runs=runs), is_positive(*rise, runs=runs))
    return about(
        needs=_needs(table),
        measured=difference(_mean(small, "test_loss"), _mean(small, "train_loss")),
        verdict=verdict,
        note=f"{small['vectors'].iloc[0]} training vectors; minus the values at the largest size: "
        f"training loss {pm(*fall)}, test loss {pm(*rise)}",
    )


def _unseen_length(table: pd.DataFrame, about: partial[Claim]) -> Claim:
    """The loss is larger at the length that was left out of the training.

    The rule: at the largest size, the test loss of networks at the longest length left out, minus
    the mean over the lengths trained on, is positive (`is_positive`; the error is that over test
    realisations and over networks). The paper says that it is larger because it was left out; the
    note gives the loss of the mean at each h, which shows how much harder that length is.
    """
    about = partial(
        about,
        "gresch2022.figure9.unseen_length",
        "test loss at the length left out of the training, minus that at the others (largest size)",
        published="increased",
        needs=_needs(table),
    )
    if not table["held_out"].any():
        return about(**unjudged("no length was left out"))
    last = table[table["size"] == table["size"].max()]
    unseen = int(last.loc[last["held_out"], "L"].max())
    rows = last[last["L"] == unseen].groupby("learner")
    found = {learner: _mean(part, "above_trained") for learner, part in rows}
    network = found.pop("network")
    others = ", ".join(f"{pm(*value)} ({learner})" for learner, value in found.items())
    return about(
        measured=network,
        verdict=is_positive(*network, runs=_repeats(table)),
        note=f"L = {unseen}; other learners: {others}",
    )


def _mean(rows: pd.DataFrame, name: str) -> Measured:
    """Mean of a column over lengths, with the mean of its error: the networks are the same."""
    error = name.replace("_loss", "") + "_error"
    return float(rows[name].mean()), float(rows[error].mean())


def _repeats(table: pd.DataFrame) -> int:
    return int(table["repeats"].iloc[0])


def _needs(table: pd.DataFrame) -> list[Need]:
    return [("repeats", _repeats(table), REPEATS)]


def _scale(table: pd.DataFrame) -> str:
    """The sizes of the table and those of the paper."""
    first = table.iloc[0]
    return (
        f"L = {listed(table['L'])}; N_train = {listed(table['size'])}; {first['repeats']} networks "
        f"on L = {first['train_L']}; {first['updates']} updates; {first['test_realisations']} test "
        "realisations per h (paper: L = 10, 12, 14; up to 100; 10 on L = 10, 12; about 1350; 100)"
    )
