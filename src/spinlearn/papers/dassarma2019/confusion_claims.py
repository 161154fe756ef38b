"""Middle maxima of learning by confusion, and verdicts on them."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    Claim,
    Measured,
    Need,
    claim,
    difference,
    equals,
    is_below,
    is_positive,
    lies_between,
    unjudged,
)
from spinlearn.phases.maxima import middle_maximum
from spinlearn.phases.onsager import T_C
from spinlearn.statistics.errors import standard_error
from spinlearn.statistics.rounding import pm

LEAST_HEIGHT = 0.02
"""Height of a middle maximum above the higher minimum, in accuracy, from which on it is a W."""

DEFICIT = 0.05
"""Accuracy below guessing from which on networks are not trained: their maxima do not count."""

FOUND = 0.9
"""Share of the trainings that must have a middle maximum for its place to be given."""

EXCESS = 0.02
"""Accuracy above guessing, averaged over divisions, from which on a curve is no V."""

RUNS = 10
"""Trainings that a verdict on a place needs."""

LATTICE = 20
"""Length of the Ising lattice that a verdict needs: shorter ones show no middle maximum."""

CHAIN = 32
"""Sites of the transverse-field Ising chain that a verdict needs: the length of Luchnikov 2019."""

T_TOLERANCE, HX_TOLERANCE = 0.1, 0.1
"""Largest deviations from T_c = 2.269 J and from h_x = J that count as agreement."""

MBL_RANGE = (3.2, 4.0)
"""The literature's 3.5 to 3.7 for the random-field chain (spin-1/2), with 0.3 on both sides."""

KEY = "dassarma2019.confusion"


def maxima(runs: pd.DataFrame) -> dict[str, float]:
    """The middle maximum of one source and size, over its runs.

    Args:
        runs: rows of `spinlearn.phases.schemas.CONFUSION`.

    Returns:
        `place` and `place_error`, mean and standard error over the runs whose maximum is higher
        than `LEAST_HEIGHT` and whose networks are trained (`DEFICIT`), NaN if these are less than
        the share `FOUND`; `found`, their share;
        `height` and `height_error` of all runs, 0 without one; `excess` and `excess_error`, the
        accuracy above that of guessing, averaged over divisions and runs.
    """
    each = [run for _, run in runs.groupby("run")]
    pairs = [middle_maximum(run.division.to_numpy(), run.accuracy.to_numpy()) for run in each]
    places, heights = np.array(pairs).T
    is_trained = np.array([(run.guess - run.accuracy).max() <= DEFICIT for run in each])
    high = is_trained & (heights >= LEAST_HEIGHT)
    known = places[high] if high.mean() >= FOUND else places[:0]
    above = (runs.accuracy - runs.guess).groupby(runs.run).mean().to_numpy()
    return {
        "place": float(known.mean()) if known.size else np.nan,
        "place_error": float(standard_error(known)) if known.size else np.nan,
        "height": float(heights.mean()),
        "height_error": float(standard_error(heights)),
        "found": float(high.mean()),
        "excess": float(above.mean()),
        "excess_error": float(standard_error(above)),
    }


def judge(table: pd.DataFrame) -> list[Claim]:
    """All claims; see `spinlearn.papers.dassarma2019.confusion.claims`."""
    low, high = MBL_RANGE
    models = "the confusion scheme identifies the transition of several models"
    found = [
        _place(
            table, "ising", f"{KEY}.ising", f"{models}: the Ising model",
            f"yes (exact: {T_C:.4f}; here: within {T_TOLERANCE:g})",
            partial(equals, published=T_C, tolerance=T_TOLERANCE), LATTICE,
        ),
        _place(
            table, "spectra", f"{KEY}.entanglement",
            f"{models}: many-body localisation, by entanglement spectra",
            f"yes (literature: 3.5 to 3.7 in spin units; here: {low:g} to {high:g})",
            partial(lies_between, low=low, high=high), 14,
        ),
        *(
            _place(
                table, source, f"{KEY}.{name}",
                f"confusion finds h_x = J in {text} of the transverse-field Ising chain",
                f"no claim (exact: 1; here: within {HX_TOLERANCE:g})",
                partial(equals, published=1.0, tolerance=HX_TOLERANCE), CHAIN, "spinlearn",
            )
            for source, name, text in (
                ("z", "strings", "strings of sigma^z outcomes"),
                ("povm", "outcomes", "POVM outcomes"),
            )
        ),
    ]  # fmt: skip
    return [*found, _null(table), _control(table)]


def _has(table: pd.DataFrame, source: str) -> bool:
    return bool((table.source == source).any())


NOT_HERE: dict[str, Any] = {"scale": "", **unjudged("the configuration has no such chains")}
"""The arguments of `claim` for data that are switched off."""


def _largest(table: pd.DataFrame, source: str) -> pd.Series:
    rows = table[(table.part == "maximum") & (table.source == source)]
    return rows.sort_values("size").iloc[-1]


def _counted(row: pd.Series) -> int:
    """Number of the trainings behind the place."""
    return round(float(row.found * row.runs))


def _scale(row: pd.Series) -> str:
    about = f"{row.samples:.0f} samples per value, {row.runs:.0f} trainings"
    return f"length {row['size']:.0f}, {about}"


def _needs(row: pd.Series, least_size: int) -> list[Need]:
    return [("length", float(row["size"]), least_size), ("trainings", float(row.runs), RUNS)]


def _place(
    table: pd.DataFrame,
    source: str,
    key: str,
    text: str,
    published: str,
    rule: Any,
    least_size: int,
    origin: str = "paper",
) -> Claim:
    """The place of the middle maximum at the largest size, if nine of ten runs have one."""
    if not _has(table, source):
        return claim(key, text, published=published, origin=origin, **NOT_HERE)
    row = _largest(table, source)
    others = table[(table.part == "maximum") & (table.source == source)].sort_values("size")
    sizes = ", ".join(
        f"length {other['size']:.0f}: "
        + (pm(other.place, other.place_error) if other.found >= FOUND else "none")
        for _, other in others.iterrows()
    )
    measured: Measured = (float(row.place), float(row.place_error))
    verdict = rule(*measured, runs=_counted(row)) if row.found >= FOUND else INCONCLUSIVE
    return claim(
        key,
        text,
        published=published,
        measured=measured,
        verdict=verdict,
        scale=_scale(row),
        needs=_needs(row, least_size),
        origin=origin,
        note=f"middle maximum, {sizes}; {row.found:.0%} of the trainings have one of height "
        f"{LEAST_HEIGHT:g} or more (chosen after looking), mean {pm(row.height, row.height_error)}",
    )


def _null(table: pd.DataFrame) -> Claim:
    row = _largest(table, "shuffled")
    measured: Measured = (float(row.excess), float(row.excess_error))
    return claim(
        f"{KEY}.no_transition",
        "data without a transition give a V: divisions are learned no better than by guessing "
        "(mean over the divisions)",
        published=f"no claim (here: by less than {EXCESS:g} on average)",
        measured=measured,
        verdict=is_below(*measured, EXCESS, runs=int(row.runs)),
        scale=_scale(row),
        needs=[("length", float(row["size"]), LATTICE)],
        origin="spinlearn",
        note="Ising configurations at random temperatures; accuracy less that of guessing; "
        f"{row.found:.0%} of the trainings have a middle maximum of height "
        f"{LEAST_HEIGHT:g}",
    )


def _control(table: pd.DataFrame) -> Claim:
    about: dict[str, Any] = {
        "published": "no claim",
        "origin": "spinlearn",
    }
    key = f"{KEY}.tie_breaking"
    text = (
        "strings that are not flipped, which show the tie-broken magnetisation, have their middle "
        "maximum at a lower field (difference, in units of J)"
    )
    if not _has(table, "z"):
        return claim(key, text, **about, **NOT_HERE)
    flipped, plain = _largest(table, "z"), _largest(table, "z_unflipped")
    gap = difference((flipped.place, flipped.place_error), (plain.place, plain.place_error))
    if min(flipped.found, plain.found) < FOUND:
        return claim(key, text, scale=_scale(plain), **about, **unjudged("no middle maximum"))
    return claim(
        key,
        text,
        measured=gap,
        verdict=is_positive(*gap, runs=min(_counted(flipped), _counted(plain))),
        scale=_scale(plain),
        needs=_needs(plain, CHAIN),
        note=f"flipped {pm(flipped.place, flipped.place_error)}, not flipped "
        f"{pm(plain.place, plain.place_error)}: the difference is positive",
        **about,
    )
