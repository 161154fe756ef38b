"""A small picture of one claim: the measured interval, and where the claim holds."""

import math
from collections.abc import Mapping
from typing import Any

WIDTH, HEIGHT, EDGE = 168, 30, 6
"""Size of the picture and of its margin (pixels)."""


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def interval_svg(row: Mapping[Any, Any]) -> str:
    """The value with two standard errors as a bar, and the range in which the claim holds, shaded.

    Args:
        row: a row of the scorecard: `measured`, `error`, `low`, `high`.

    Returns:
        An SVG element; empty if the row has no number or no limit.
    """
    value, error = _number(row["measured"]), _number(row["error"])
    low, high = _number(row["low"]), _number(row["high"])
    limits = [limit for limit in (low, high) if math.isfinite(limit)]
    if not (math.isfinite(value) and limits):
        return ""
    error = error if math.isfinite(error) else 0.0
    shown = [value - 2 * error, value + 2 * error, *limits]
    room = 0.15 * (max(shown) - min(shown)) or 1.0
    start, end = min(shown) - room, max(shown) + room

    def place(x: float) -> float:
        return round(EDGE + (x - start) / (end - start) * (WIDTH - 2 * EDGE), 1)

    left = place(low if math.isfinite(low) else start)
    right = place(high if math.isfinite(high) else end)
    middle = HEIGHT / 2
    marks = "".join(
        f'<line class="limit" x1="{place(x)}" x2="{place(x)}" y1="3" y2="{HEIGHT - 3}"/>'
        for x in limits
    )
    holds = " and ".join(
        f"{side} {limit:.4g}"
        for side, limit in (("above", low), ("below", high))
        if math.isfinite(limit)
    )
    text = f"measured {value:.4g} ± {error:.2g}; the claim holds {holds}"
    return (
        f'<svg class="interval" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-label="{text}"><title>{text}</title>'
        f'<rect class="holds" x="{left}" y="5" width="{max(right - left, 1):.1f}" '
        f'height="{HEIGHT - 10}"/>{marks}'
        f'<line class="error" x1="{place(value - 2 * error)}" x2="{place(value + 2 * error)}" '
        f'y1="{middle}" y2="{middle}"/><circle cx="{place(value)}" cy="{middle}" r="4"/></svg>'
    )
