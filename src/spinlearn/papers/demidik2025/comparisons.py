"""Comparison of machines, and of data sets, by the number of hidden units that they need."""

import math
from collections.abc import Iterable, Iterator
from itertools import combinations, permutations
from math import comb
from typing import Any

import pandas as pd

from spinlearn.papers.demidik2025.common import MIN_SHARE, machines, rows
from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    claim,
    is_positive,
    share,
    share_rate,
)


def pairs_of_machines(table: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Pairs of machines of which one has more Paulis, the one with fewer first, on the same data.

    Only neighbours: no third machine of the table is between them.
    """
    for _, group in table.groupby(["dataset", "n"]):
        by_paulis = {row.paulis: row for row in rows(group)}
        for fewer, more in permutations(machines(group), 2):
            if _is_part(fewer, more) and not any(
                _is_part(fewer, other) and _is_part(other, more) for other in by_paulis
            ):
                yield by_paulis[fewer], by_paulis[more]


def _is_part(fewer: str, more: str) -> bool:
    """Whether one set of Paulis is a proper part of another."""
    return set(fewer) < set(more)


def pairs_of_datasets(table: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Pairs of data sets with different support, the larger first, on the same machine."""
    for _, group in table.groupby(["n", "paulis"]):
        sized = sorted((support(row.dataset, row.n), row.Index, row) for row in rows(group))
        for (few, _, small), (many, _, large) in combinations(sized, 2):
            if few < many:
                yield large, small


def support(dataset: str, n: int) -> int:
    """Strings with non-zero probability: 2 + n/2, n^2, C(n, n/2) or 2^(n-1).

    >>> [support(name, 8) for name in ("bars", "random", "cardinality", "parity")]
    [6, 64, 70, 128]
    """
    return {
        "bars": 2 + n // 2,
        "random": min(n**2, 2**n),
        "cardinality": comb(n, n // 2),
        "parity": 2 ** (n - 1),
    }[dataset]


def needs_more(more: Any, fewer: Any) -> str:
    """Verdict on "`more` needs more hidden units than `fewer`", by `is_positive` on the difference.

    A number of units with status "at_smallest_m" is an upper bound, one with "not_reached" a lower
    bound, above every m of the grid. The verdict is inconclusive if the bounds do not decide.

    Args:
        more, fewer: rows of the table.
    """
    if more.status == fewer.status and more.status != "reached":
        return INCONCLUSIVE
    if more.status == "not_reached" or fewer.status == "not_reached":
        return REPRODUCED if more.status == "not_reached" else NOT_REPRODUCED
    error = math.hypot(*(row.m_error for row in (more, fewer) if row.status == "reached"))
    verdict = is_positive(more.m - fewer.m, error, runs=int(min(more.runs, fewer.runs)))
    # A row with an upper bound may need fewer units than stated.
    if more.status == "at_smallest_m" and verdict != NOT_REPRODUCED:
        return INCONCLUSIVE
    if fewer.status == "at_smallest_m" and verdict != REPRODUCED:
        return INCONCLUSIVE
    return verdict


def order_claim(
    key: str, text: str, published: str, pairs: Iterable[tuple[Any, Any]], sizes: dict[str, Any]
) -> Claim:
    """A claim that must hold in most pairs."""
    answers = [needs_more(*pair) for pair in pairs]
    return claim(
        key,
        text,
        published=published,
        measured=f"{answers.count(REPRODUCED)} of {len(answers)} pairs",
        verdict=share(answers, MIN_SHARE),
        error_rate=share_rate(len(answers), MIN_SHARE) if answers else 0.0,
        **sizes,
        note=f"{answers.count(NOT_REPRODUCED)} in reverse order, "
        f"{answers.count(INCONCLUSIVE)} inconclusive",
    )
