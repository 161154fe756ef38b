"""Rows of the scorecard, and the rules that turn numbers into verdicts.

Errors are standard errors. Every rule requires a margin of two standard errors, or more if the
error itself comes from few runs (`margin`), so that each has the same one-sided error rate `RATE`.
If the error is unknown (NaN, infinite or zero, for example for a single run), the verdict is
inconclusive. A claim whose sizes are below those that it needs is too small to judge (`claim`).
"""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from scipy.special import bdtrc, ndtr, stdtrit

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
    "low",
    "high",
    "verdict",
    "needs",
    "error_rate",
    "scale",
    "key",
    "origin",
    "note",
)
"""Columns of the scorecard, in order."""

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE = "reproduced", "not reproduced", "inconclusive"
TOO_SMALL = "too small to judge"

JUDGED = (REPRODUCED, NOT_REPRODUCED)
"""Verdicts that may be wrong."""

VERDICTS = (*JUDGED, INCONCLUSIVE, TOO_SMALL)
"""All verdicts."""

ORIGINS = ("paper", "spinlearn")
"""Who makes a claim: the paper, or this project."""

KEY = re.compile(r"[a-z]+(\d{4})?\.[a-z_]+\d*\.[a-z]+(_[a-z]+)*")
"""Form of a key: paper, figure and a name without numbers."""


class Verdict(str):
    """The verdict of one rule, which remembers what it was asked.

    Attributes:
        value: the value that was judged.
        low, high: the claim holds for values between them; infinite where there is no limit.
    """

    value: float
    low: float
    high: float

    def __new__(
        cls, word: str, value: float, low: float = -math.inf, high: float = math.inf
    ) -> "Verdict":
        """One of `VERDICTS`, on a value."""
        verdict = super().__new__(cls, word)
        verdict.value, verdict.low, verdict.high = value, low, high
        return verdict


SIGMAS = 2.0
"""Margin of a verdict, in standard errors that are known exactly."""

RATE = float(ndtr(-SIGMAS))
"""One-sided error rate of each rule: 2.3 %, at most, if the true value lies at the limit."""


def margin(runs: int | None = None) -> float:
    """Standard errors that a verdict requires: the quantile of Student's t at 1 - `RATE`.

    Args:
        runs: independent runs (or realisations) behind the error, which then has runs - 1 degrees
            of freedom; None if the error is known otherwise. For a difference of two means, the
            smaller of the two numbers, which never makes the margin too small.

    >>> margin(), round(margin(100), 2), round(margin(8), 2), round(margin(5), 2)
    (2.0, 2.03, 2.43, 2.87)
    """
    return SIGMAS if runs is None else float(stdtrit(max(runs - 1, 1), 1.0 - RATE))


def is_positive(difference: float, error: float, *, runs: int | None = None) -> str:
    """Verdict on "the difference is positive".

    Reproduced if it is positive by more than the margin, not reproduced if it is negative by more
    than the margin, otherwise inconclusive.

    Args:
        difference: the value found.
        error: its standard error.
        runs: as for `margin`, here and in the other rules.

    >>> is_positive(0.3, 0.1), is_positive(-0.3, 0.1), is_positive(0.1, 0.1), is_positive(0.3, 0.0)
    ('reproduced', 'not reproduced', 'inconclusive', 'inconclusive')
    >>> is_positive(0.25, 0.1), is_positive(0.25, 0.1, runs=5)
    ('reproduced', 'inconclusive')
    """
    is_known = known(error) and math.isfinite(difference)
    undecided = not is_known or abs(difference) <= margin(runs) * error
    word = REPRODUCED if difference > 0 else NOT_REPRODUCED
    return Verdict(INCONCLUSIVE if undecided else word, difference, low=0.0)


def is_above(measured: float, error: float, limit: float, *, runs: int | None = None) -> str:
    """Verdict on "the value is above a limit"; inconclusive within the margin of the limit.

    >>> is_above(0.995, 0.001, 0.99), is_above(0.991, 0.001, 0.99), is_above(0.98, 0.001, 0.99)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return Verdict(is_positive(measured - limit, error, runs=runs), measured, low=limit)


def is_below(measured: float, error: float, limit: float, *, runs: int | None = None) -> str:
    """Verdict on "the value is below a limit"; inconclusive within the margin of the limit.

    >>> is_below(0.02, 0.01, 0.05), is_below(0.04, 0.01, 0.05), is_below(0.08, 0.01, 0.05)
    ('reproduced', 'inconclusive', 'not reproduced')
    """
    return Verdict(is_positive(limit - measured, error, runs=runs), measured, high=limit)


def lies_between(
    measured: float, error: float, low: float, high: float, *, runs: int | None = None
) -> str:
    """Verdict on "the value lies between two limits"; inconclusive within the margin of a limit.

    >>> [lies_between(value, 0.1, 0.2, 0.8) for value in (0.5, 0.7, 1.1)]
    ['reproduced', 'inconclusive', 'not reproduced']
    """
    above, below = (
        is_above(measured, error, low, runs=runs),
        is_below(measured, error, high, runs=runs),
    )
    return Verdict(all_of(above, below), measured, low, high)


def equals(
    measured: float, error: float, published: float, tolerance: float, *, runs: int | None = None
) -> str:
    """Verdict on "the value is the published one, within a tolerance".

    Reproduced if the margin on both sides of the value lies within the tolerance of the published
    value, not reproduced if it lies completely outside, otherwise inconclusive.

    >>> equals(0.74, 0.01, 0.75, 0.05), equals(0.6, 0.01, 0.75, 0.05)
    ('reproduced', 'not reproduced')
    >>> equals(0.71, 0.01, 0.75, 0.05), equals(0.69, 0.03, 0.75, 0.05)
    ('inconclusive', 'inconclusive')
    """
    word = is_below(abs(measured - published), error, tolerance, runs=runs)
    return Verdict(word, measured, published - tolerance, published + tolerance)


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


def rate_of_all(verdict: str, parts: int) -> float:
    """Error rate of a verdict of `all_of`, of parts that each have the rate `RATE`.

    "Reproduced" needs every part: if the claim does not hold, the part that fails must be wrong. To
    refute, any one will do, so the rates add.

    >>> round(rate_of_all("reproduced", 10), 4), round(rate_of_all("not reproduced", 10), 4)
    (0.0228, 0.2275)
    """
    return RATE if verdict == REPRODUCED else min(1.0, parts * RATE)


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
    needed = _needed(len(found), least)
    if found.count(REPRODUCED) >= needed:
        return REPRODUCED
    refuted = len(found) - found.count(NOT_REPRODUCED) < needed
    return NOT_REPRODUCED if refuted else INCONCLUSIVE


def _needed(cases: int, least: float) -> int:
    """Number of cases that reach a share.

    The small number compensates rounding: 0.9 x 10 must not become slightly more than 9.
    """
    return math.ceil(least * cases - 1e-9)


def share_rate(cases: int, least: float) -> float:
    """Error rate of `share` over independent cases, each with the rate `RATE`.

    The larger of two rates, for the worst true values. Reproduced although one case too many does
    not hold: one of these cases must be wrong. Not reproduced although all hold: more cases than
    are spare must be wrong.

    >>> round(share_rate(1, 0.9), 4), round(share_rate(16, 0.9), 3)
    (0.0228, 0.05)
    """
    spare = cases - _needed(cases, least)
    return max((spare + 1) * RATE, float(bdtrc(spare, cases, RATE)))


Measured = tuple[float, float]
"""A value and its standard error; each NaN if unknown."""


def difference(first: Measured, second: Measured) -> Measured:
    """The first minus the second value, with independent errors."""
    return first[0] - second[0], math.hypot(first[1], second[1])


Need = tuple[str, float | int, float | int]
"""A size that a claim needs: its name, the size at hand, and the least size that can be judged."""


def claim(
    key: str,
    text: str,
    *,
    published: str,
    measured: Measured | float | str,
    verdict: str,
    scale: str,
    needs: Sequence[Need] = (),
    error_rate: float = RATE,
    origin: str = "paper",
    note: str = "",
    paper: str = "",
    figure: str = "",
) -> Claim:
    """One row of the scorecard; `rounded` says how numbers are rounded.

    If a size is below what the claim needs, the verdict is "too small to judge" instead; the
    number found is shown all the same.

    Args:
        key: stable name, unique in the scorecard, e.g. "zhong2022.figure5.hamming_localised".
        text: what is claimed; the text does not depend on results.
        published: what the paper states.
        measured: the value found with its standard error, or a value without one, or words.
        verdict: one of `VERDICTS`.
        scale: the sizes used, and the paper's.
        needs: the sizes that the claim needs: those of the paper, or those at which two errors are
            below half of the published effect. Empty if any size can be judged.
        error_rate: rate at most of a wrong verdict: `RATE` for one rule, the sum of the rates if
            any of several conditions can refute, 0 if the verdict involves no random number.
        origin: one of `ORIGINS`.
        note: details of the result; also what was chosen after looking.
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
    low, high = _limits(verdict, found[0])
    if any(not have >= need for _, have, need in needs):
        verdict = TOO_SMALL
    number, error = (found[0], "") if isinstance(found[0], str) else rounded(*map(float, found))
    key_paper, key_figure, _ = key.split(".")
    return {
        "claim": text,
        "paper": paper or key_paper,
        "figure": figure or key_figure.removeprefix("figure"),
        "published": published,
        "measured": number,
        "error": error,
        "low": low,
        "high": high,
        "verdict": str(verdict),
        "needs": needs_text(needs),
        "error_rate": round(error_rate, 4) if verdict in JUDGED else 0.0,
        "scale": scale,
        "key": key,
        "origin": origin,
        "note": note,
    }


def _limits(verdict: str, measured: float | str) -> tuple[float | str, float | str]:
    """Between which values the claim holds; blank without a limit.

    Known if one rule judged the number that is shown, not another one.
    """
    if not isinstance(verdict, Verdict) or verdict.value != measured:
        return "", ""
    low, high = (x if math.isfinite(x) else "" for x in (verdict.low, verdict.high))
    return low, high


def needs_text(needs: Sequence[Need]) -> str:
    """The sizes that a claim needs, in words; those that fall short with the size at hand.

    >>> needs_text([("L", 12, 16), ("realisations", 200, 100)])
    'L 16 (has 12), realisations 100'
    """
    return ", ".join(
        f"{name} {need:g}" + ("" if have >= need else f" (has {have:g})")
        for name, have, need in needs
    )


def unjudged(why: str) -> dict[str, Any]:
    """The arguments of `claim` for which a table has no data; `why` says what is missing."""
    return {"measured": math.nan, "verdict": TOO_SMALL, "note": why}
