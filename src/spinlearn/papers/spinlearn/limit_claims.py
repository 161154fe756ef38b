"""What limits predictions of the gap ratio, and of entropy and spin fraction."""

from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import (
    Claim,
    Measured,
    claim,
    difference,
    is_below,
    is_positive,
    unjudged,
)
from spinlearn.statistics.rounding import listed, pm

LARGEST_SHARE = 0.5
"""Below this explainable share an indicator is mostly noise."""

LEAST_REALISATIONS = 60
"""Test realisations per h: the error of a share is then 0.1 for an average over six h."""

LARGEST_WINDOW = 0.25
"""Part of the spectrum in a window above which the noises of its states cancel noticeably."""

PART_OF_DATA = 0.25
"""Part of the training realisations that the regression is given, against all for networks."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The claims of figure `indicator_limits`; none if there is no h >= 3."""
    strong = table[table["h"] >= common.H_MIN]
    if strong.empty:
        return []
    return [_noise_of_gap_ratio(strong), *_room(strong), _fewer_data(table)]


def _noise_of_gap_ratio(strong: pd.DataFrame) -> Claim:
    """The gap ratio of a window is mostly noise of its levels, so no model learns it.

    The rule: the explainable share of its variance, averaged over h >= 3 and all L whose windows
    have at most a quarter of the spectrum (see `explainable_share`), is below one half
    (`is_below`); errors of different (L, h) are independent.
    """
    about = partial(
        claim,
        "spinlearn.indicator_limits.gap_ratio_noise",
        "share of the variance of r over realisations that predictions can explain (h >= 3; "
        "windows of at most a quarter of the spectrum)",
        published="no claim (the paper: r is harder to learn; here: below 1/2)",
        scale=_scale(strong),
        origin="spinlearn",
    )
    rows = strong[(strong["part"] == "ceiling") & (strong["indicator"] == "gap_ratio")]
    rows = rows[rows["of_spectrum"] <= LARGEST_WINDOW]
    if rows.empty:
        return about(**unjudged("no windows of at most a quarter of the spectrum"))
    share = _average(rows, "share", "share_error")
    per_L = ", ".join(
        f"{pm(*_average(part, 'share', 'share_error'))} (L = {L:.0f})"
        for L, part in rows.groupby("L")
    )
    found = strong[(strong["part"] == "score") & (strong["indicator"] == "gap_ratio")]
    reached = ", ".join(
        f"{name} {part['r2_norm'].mean():.2f}" for name, part in found.groupby("predictor")
    )
    return about(
        measured=share,
        verdict=is_below(*share, LARGEST_SHARE),
        needs=[("test realisations", _test_realisations(strong), LEAST_REALISATIONS)],
        note=f"{per_L}; R^2_norm reached: {reached} (1/2 is a constant)",
    )


def _room(strong: pd.DataFrame) -> list[Claim]:
    """Noise does not limit the networks' S and f: the ceiling is above what they reach.

    The rule, for each: ceiling minus R^2_norm of networks at the longest L, averaged over h >= 3,
    is positive (`is_positive`). Both errors add, although both use the same realisations.
    """
    found = []
    longest = strong[strong["L"] == strong.loc[strong["part"] == "score", "L"].max()]
    for indicator in ("entanglement_entropy", "spin_fraction"):
        part = longest[longest["indicator"] == indicator]
        ceiling = _average(part[part["part"] == "ceiling"], "r2_norm", "error")
        by_name = part[part["part"] == "score"].groupby("predictor")
        reached = {name: scores.average(rows) for name, rows in by_name}
        room = difference(ceiling, reached["network"])
        values = ", ".join(f"{pm(*value)} ({name})" for name, value in reached.items())
        symbol, key = common.SYMBOLS[indicator], common.KEYS[indicator]
        runs = int(part.loc[part["predictor"] == "network", "runs"].iloc[0])
        found.append(
            claim(
                f"spinlearn.indicator_limits.{key}_room",
                f"R^2_norm of {symbol}: ceiling from the noise of eigenstates, minus networks "
                "(longest L, h >= 3)",
                published="no claim",
                measured=room,
                verdict=is_positive(*room, runs=runs),
                needs=[("test realisations", _test_realisations(strong), LEAST_REALISATIONS)],
                scale=_scale(strong),
                origin="spinlearn",
                note=f"ceiling {pm(*ceiling)}; {values}",
            )
        )
    return found


def _fewer_data(table: pd.DataFrame) -> Claim:
    """Data do not limit the networks either: a regression does better with a quarter of them.

    The rule: test loss of networks with all training realisations, trained to the end, minus that
    of the regression of the learning curve with at most a quarter of them, at the longest L, is
    positive (`is_positive`). Sampling errors add as if they were independent, so the error is too
    large rather than too small. The networks of the learning curve, which have the updates of the
    paper's figure 9, are no comparison: their loss is larger, and is in the note.
    """
    loss = table[table["part"].isin(["loss", "trained"])]
    loss = loss[loss["L"] == loss["L"].max()]
    trained, curve = (loss[loss["part"] == name] for name in ("trained", "loss"))
    paper, other = (curve[curve["predictor"] == name] for name in ("network", "regression"))
    few = other[other["size"] <= PART_OF_DATA * trained["size"].iloc[0]]
    text = (
        "test loss at the longest L: networks with all realisations, trained to the end, minus the "
        "regression with at most a quarter of them"
    )
    about = partial(
        claim,
        "spinlearn.indicator_limits.fewer_data",
        text,
        published="no claim",
        scale=_scale(table),
        origin="spinlearn",
    )
    if few.empty:
        return about(**unjudged("no size of at most a quarter"))
    first, second, third = (rows.loc[rows["size"].idxmax()] for rows in (trained, few, paper))
    values = [
        (float(row["test_loss"]), float(np.hypot(row["test_error"], row["sampling_error"])))
        for row in (first, second, third)
    ]
    gain = difference(values[0], values[1])
    note = (
        f"{pm(*values[0])} (networks, N_train = {first['size']:.0f}), "
        f"{pm(*values[1])} (regression, {second['size']:.0f}), {pm(*values[2])} (networks after "
        f"{third['updates']:.0f} updates, {third['size']:.0f})"
    )
    verdict = is_positive(*gain, runs=int(min(first["repeats"], second["repeats"])))
    return about(measured=gain, verdict=verdict, note=note)


def _average(rows: pd.DataFrame, value: str, error: str) -> Measured:
    """Mean over rows with independent errors, of those that are known."""
    rows = rows[rows[value].notna()]
    if rows.empty:
        return float("nan"), float("nan")
    return float(rows[value].mean()), scores.error_of_mean(rows[error])


def _test_realisations(table: pd.DataFrame) -> int:
    return int(table["test_realisations"].min())


def _scale(table: pd.DataFrame) -> str:
    """The sizes of a table."""
    score = table[table["part"] == "score"]
    return (
        f"L = {listed(score['L'])}; {score['h'].nunique()} h; "
        f"{_test_realisations(score)} test realisations; trained on L = {score['train_L'].iloc[0]}"
    )
