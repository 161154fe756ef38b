"""Numbers and errors, rounded for texts and figures."""

import math
from collections.abc import Iterable

DIGITS = 4
"""Significant digits of a number without an error."""


def known(error: float) -> bool:
    """Whether an error is known: finite and above zero.

    >>> known(0.1), known(0.0), known(math.nan)
    (True, False, False)
    """
    return bool(math.isfinite(error) and error > 0)


def rounded(measured: float, error: float) -> tuple[float | str, float | str]:
    """A number and its error, rounded; empty strings for unknown values.

    The error has two significant digits, and the number has as many decimals. A number without an
    error has four significant digits.

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
    """A number and its error as text, for a note.

    >>> pm(0.123456, 0.00234), pm(0.123456, math.nan)
    ('0.1235 ± 0.0023', '0.1235')
    """
    number, spread = rounded(measured, error)
    return f"{number:g}" + (f" ± {spread:g}" if spread != "" else "") if number != "" else "unknown"


def value_with_error(value: float, error: float) -> str:
    """`value ± error` for a figure, shorter than `pm`.

    The error has one significant digit, or two if the first is 1. A number without an error has
    three significant digits.

    >>> value_with_error(4.03, 0.31), value_with_error(4.03, 0.149)
    ('4.0 ± 0.3', '4.03 ± 0.15')
    >>> value_with_error(123.4, 30.0), value_with_error(1.2345, math.nan)
    ('123 ± 30', '1.23')
    """
    if not known(error):
        return f"{value:.3g}"
    digits = math.floor(math.log10(error))
    digits -= error / 10.0**digits < 1.95
    places = max(0, -digits)
    return f"{value:.{places}f} ± {error:.{places}f}"


def listed(values: Iterable[int] | Iterable[float]) -> str:
    """Distinct whole numbers in ascending order, for a text.

    >>> listed([10, 8, 10])
    '8, 10'
    """
    return ", ".join(str(int(value)) for value in sorted(set(values)))
