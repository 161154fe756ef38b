"""Rows of the scorecard, and the rules by which numbers become verdicts.

Errors are standard errors. Every rule asks for two of them, and for an error that is known: with
one that is NaN, infinite or zero (a single run, say) nothing is reproduced or refuted.
"""

import math
import re
from collections.abc import Iterable
from typing import Any

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
"""The words that a verdict may be."""

ORIGINS = ("paper", "spinlearn")
"""Who makes a claim: the paper, or this project beside it."""

KEY = re.compile(r"[a-z]+\.[a-z]+\d*\.[a-z]+(_[a-z]+)*")
"""Shape of a key: folder and stem of the figure, and a name without numbers."""

ERRORS = 2.0
"""Standard errors that a verdict asks for."""

DIGITS = 4
"""Significant digits of a number without an error."""


def known(error: float) -> bool:
    """Whether an error is a number that a verdict can rest on: finite and above zero.

    >>> known(0.1), known(0.0), known(math.nan)
    (True, False, False)
    """
    return math.isfinite(error) and error > 0


def order(difference: float, error: float) -> str:
    """Verdict on "the difference is positive".

    Reproduced if it is by more than two errors, not reproduced if it is negative by more than two,
    else inconclusive.

    >>> order(0.3, 0.1), order(-0.3, 0.1), order(0.1, 0.1), order(0.3, 0.0)
    ('reproduced', 'not reproduced', 'inconclusive', 'inconclusive')
    """
    if not known(error) or not math.isfinite(difference):
        return INCONCLUSIVE
    if difference > ERRORS * error:
        return REPRODUCED
    return NOT_REPRODUCED if difference < -ERRORS * error else INCONCLUSIVE


def above(measured: float, error: float, limit: float) -> str:
    """Verdict on "the value is above a limit"; inconclusive if two errors straddle it.

    >>> above(0.995, 0.001, 0.99), above(0.991, 0.001, 0.99), above(0.98, 0.001, 0.99)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return order(measured - limit, error)


def below(measured: float, error: float, limit: float) -> str:
    """Verdict on "the value is below a limit"; inconclusive if two errors straddle it.

    >>> below(0.02, 0.01, 0.05), below(0.04, 0.01, 0.05), below(0.08, 0.01, 0.05)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return order(limit - measured, error)


def within(measured: float, error: float, low: float, high: float) -> str:
    """Verdict on "the value lies between two limits"; inconclusive if two errors straddle one.

    >>> within(0.5, 0.1, 0.2, 0.8), within(0.7, 0.1, 0.2, 0.8), within(1.1, 0.1, 0.2, 0.8)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return all_of(above(measured, error, low), below(measured, error, high))


def value(measured: float, error: float, published: float, tolerance: float) -> str:
    """Verdict on "the value is the published one".

    Reproduced if it and two errors to either side lie within the tolerance, not reproduced if all
    that lies outside, else inconclusive.

    >>> value(0.74, 0.01, 0.75, 0.05), value(0.6, 0.01, 0.75, 0.05)
    ('reproduced', 'not reproduced')
    >>> value(0.71, 0.01, 0.75, 0.05), value(0.69, 0.03, 0.75, 0.05)
    ('inconclusive', 'inconclusive')
    """
    return below(abs(measured - published), error, tolerance)


def all_of(*verdicts: str) -> str:
    """Verdict on claims that must hold together: one refuted refutes, one open leaves open.

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

    Reproduced if the cases that hold are enough; not reproduced if those refuted leave too few;
    inconclusive in between, or without a case.

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
    # Counts are whole; the small number keeps 0.9 x 10 from being a little more than 9.
    needed = math.ceil(least * len(found) - 1e-9)
    if found.count(REPRODUCED) >= needed:
        return REPRODUCED
    refuted = len(found) - found.count(NOT_REPRODUCED) < needed
    return NOT_REPRODUCED if refuted else INCONCLUSIVE


def rounded(measured: float, error: float) -> tuple[float | str, float | str]:
    """A number and its error as the scorecard holds them; what is unknown is left blank.

    The error keeps two significant digits, and the number as many decimals; a number without an
    error keeps four significant digits.

    >>> rounded(0.123456, 0.00234), rounded(1234.5, 230.0)
    ((0.1235, 0.0023), (1230.0, 230.0))
    >>> rounded(0.123456, math.nan), rounded(math.nan, 0.1)
    ((0.1235, ''), ('', ''))
    """
    if not math.isfinite(measured):
        return "", ""
    if not known(error):
        return float(f"{measured:.{DIGITS}g}"), ""
    decimals = 1 - math.floor(math.log10(error))
    # 0.0996 rounds to 0.10: two digits of that are one decimal fewer.
    decimals = 1 - math.floor(math.log10(round(error, decimals)))
    return round(measured, decimals) + 0.0, round(error, decimals)


def pm(measured: float, error: float) -> str:
    """A number and its error as words, for a note.

    >>> pm(0.123456, 0.00234), pm(0.123456, math.nan)
    ('0.1235 ± 0.0023', '0.1235')
    """
    number, spread = rounded(measured, error)
    return f"{number:g}" + (f" ± {spread:g}" if spread != "" else "") if number != "" else "unknown"


def claim(
    key: str,
    text: str,
    *,
    paper: str,
    figure: str | int,
    published: str,
    measured: float | str,
    error: float = math.nan,
    verdict: str,
    scale: str,
    origin: str = "paper",
    note: str = "",
) -> Claim:
    """One row of the scorecard; `rounded` says how numbers are rounded.

    Args:
        key: stable name, unique in the scorecard, e.g. "hbm.figure5.hamming_localised".
        text: what is claimed, in words that no result changes.
        paper: short name of the paper, e.g. "P1".
        figure: number or name of its figure.
        published: what the paper states.
        measured: what was found; NaN if nothing.
        error: its standard error; NaN if unknown.
        verdict: one of `VERDICTS`.
        scale: sizes at which it was found, and the paper's.
        origin: one of `ORIGINS`.
        note: details of what was found.

    Raises:
        ValueError: if the key, the verdict or the origin is of another shape.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not of the shape noun.figure.name without numbers")
    if verdict not in VERDICTS:
        raise ValueError(f"{verdict!r} is not one of {VERDICTS}")
    if origin not in ORIGINS:
        raise ValueError(f"{origin!r} is not one of {ORIGINS}")
    number, spread = (
        (measured, "") if isinstance(measured, str) else rounded(float(measured), float(error))
    )
    return {
        "claim": text,
        "paper": paper,
        "figure": str(figure),
        "published": published,
        "measured": number,
        "error": spread,
        "verdict": verdict,
        "scale": scale,
        "key": key,
        "origin": origin,
        "note": note,
    }
