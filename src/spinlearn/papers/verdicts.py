"""Rows of the scorecard, and the rules that turn numbers into verdicts.

Errors are standard errors. Every rule requires a margin of two standard errors. If the error is
unknown (NaN, infinite or zero, for example for a single run), the verdict is inconclusive.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

from spinlearn.statistics.rounding import known, rounded

Claim = dict[str, Any]
"""One row of the scorecard."""

CLAIM_COLUMNS = (
    "claim",
    "paper",
    "figure",
    "published",
    "measured",
    "error",
    "verdict",
    "scale",
    "key",
    "origin",
    "note",
)
"""Columns of the scorecard, in order."""

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE = "reproduced", "not reproduced", "inconclusive"

VERDICTS = (REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE)
"""All verdicts."""

ORIGINS = ("paper", "spinlearn")
"""Who makes a claim: the paper, or this project."""

KEY = re.compile(r"[a-z]+(\d{4})?\.[a-z_]+\d*\.[a-z]+(_[a-z]+)*")
"""Form of a key: paper, figure and a name without numbers."""

SIGMAS = 2.0
"""Margin of a verdict, in standard errors."""


def is_positive(difference: float, error: float) -> str:
    """Verdict on "the difference is positive".

    Reproduced if it is positive by more than two errors, not reproduced if it is negative by more
    than two errors, otherwise inconclusive.

    >>> is_positive(0.3, 0.1), is_positive(-0.3, 0.1), is_positive(0.1, 0.1), is_positive(0.3, 0.0)
    ('reproduced', 'not reproduced', 'inconclusive', 'inconclusive')
    """
    if not known(error) or not math.isfinite(difference):
        return INCONCLUSIVE
    if difference > SIGMAS * error:
        return REPRODUCED
    return NOT_REPRODUCED if difference < -SIGMAS * error else INCONCLUSIVE


def is_above(measured: float, error: float, limit: float) -> str:
    """Verdict on "the value is above a limit"; inconclusive within two errors of the limit.

    >>> is_above(0.995, 0.001, 0.99), is_above(0.991, 0.001, 0.99), is_above(0.98, 0.001, 0.99)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return is_positive(measured - limit, error)


def is_below(measured: float, error: float, limit: float) -> str:
    """Verdict on "the value is below a limit"; inconclusive within two errors of the limit.

    >>> is_below(0.02, 0.01, 0.05), is_below(0.04, 0.01, 0.05), is_below(0.08, 0.01, 0.05)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return is_positive(limit - measured, error)


def lies_between(measured: float, error: float, low: float, high: float) -> str:
    """Verdict on "the value lies between two limits"; inconclusive within two errors of a limit.

    >>> [lies_between(value, 0.1, 0.2, 0.8) for value in (0.5, 0.7, 1.1)]
    ['reproduced', 'inconclusive', 'not reproduced']
    """
    return all_of(is_above(measured, error, low), is_below(measured, error, high))


def equals(measured: float, error: float, published: float, tolerance: float) -> str:
    """Verdict on "the value is the published one, within a tolerance".

    Reproduced if the interval of two errors around the value lies within the tolerance of the
    published value, not reproduced if it lies completely outside, otherwise inconclusive.

    >>> equals(0.74, 0.01, 0.75, 0.05), equals(0.6, 0.01, 0.75, 0.05)
    ('reproduced', 'not reproduced')
    >>> equals(0.71, 0.01, 0.75, 0.05), equals(0.69, 0.03, 0.75, 0.05)
    ('inconclusive', 'inconclusive')
    """
    return is_below(abs(measured - published), error, tolerance)


def all_of(*verdicts: str) -> str:
    """Verdict on claims that must hold together.

    Any 'not reproduced' wins; otherwise any 'inconclusive' does.

    >>> all_of("reproduced", "inconclusive"), all_of("inconclusive", "not reproduced")
    ('inconclusive', 'not reproduced')
    >>> all_of()
    'inconclusive'
    """
    if NOT_REPRODUCED in verdicts:
        return NOT_REPRODUCED
    return REPRODUCED if verdicts and set(verdicts) == {REPRODUCED} else INCONCLUSIVE


def share(verdicts: Iterable[str], least: float) -> str:
    """Verdict on "at least this share of many cases holds".

    Reproduced if enough cases are reproduced; not reproduced if too many are not reproduced to
    reach the share; otherwise, or without cases, inconclusive.

    >>> share(["reproduced"] * 9 + ["inconclusive"], 0.9)
    'reproduced'
    >>> share(["reproduced"] * 8 + ["not reproduced"] * 2, 0.9)
    'not reproduced'
    >>> share(["reproduced"] * 8 + ["inconclusive"] * 2, 0.9)
    'inconclusive'
    """
    found = list(verdicts)
    if not found:
        return INCONCLUSIVE
    # The small number compensates rounding: 0.9 x 10 must not become slightly more than 9.
    needed = math.ceil(least * len(found) - 1e-9)
    if found.count(REPRODUCED) >= needed:
        return REPRODUCED
    refuted = len(found) - found.count(NOT_REPRODUCED) < needed
    return NOT_REPRODUCED if refuted else INCONCLUSIVE


Measured = tuple[float, float]
"""A value and its standard error; each NaN if unknown."""


def difference(first: Measured, second: Measured) -> Measured:
    """The first minus the second value, with independent errors."""
    return first[0] - second[0], math.hypot(first[1], second[1])


def claim(
    key: str,
    text: str,
    *,
    published: str,
    measured: Measured | float | str,
    verdict: str,
    scale: str,
    origin: str = "paper",
    note: str = "",
    paper: str = "",
    figure: str = "",
) -> Claim:
    """One row of the scorecard; `rounded` says how numbers are rounded.

    Args:
        key: stable name, unique in the scorecard, e.g. "zhong2022.figure5.hamming_localised".
        text: what is claimed; the text does not depend on results.
        published: what the paper states.
        measured: the value found with its standard error, or a value without one, or words.
        verdict: one of `VERDICTS`.
        scale: the sizes used, and the paper's.
        origin: one of `ORIGINS`.
        note: details of the result.
        paper: citation key of the paper; if empty, the one in `key`.
        figure: number or name of its figure; if empty, the one in `key`.

    Raises:
        ValueError: if the key, the verdict or the origin is not valid.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not of the form paper.figure.name, with no number in name")
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is not one of {VERDICTS}")
    if origin not in ORIGINS:
        raise ValueError(f"{origin!r} is not one of {ORIGINS}")
    found = measured if isinstance(measured, tuple) else (measured, math.nan)
    number, error = (found[0], "") if isinstance(found[0], str) else rounded(*map(float, found))
    key_paper, key_figure, _ = key.split(".")
    return {
        "claim": text,
        "paper": paper or key_paper,
        "figure": figure or key_figure.removeprefix("figure"),
        "published": published,
        "measured": number,
        "error": error,
        "verdict": verdict,
        "scale": scale,
        "key": key,
        "origin": origin,
        "note": note,
    }


def unjudged(why: str) -> dict[str, Any]:
    """The arguments of `claim` for which a table has no data; `why` says what is missing."""
    return {"measured": math.nan, "verdict": INCONCLUSIVE, "note": why}
