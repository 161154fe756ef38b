"""The scorecard: the claims of all figures in one table, as CSV and as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from spinlearn.papers.keys import PAPERS, cited
from spinlearn.papers.output import check_unique
from spinlearn.papers.verdicts import JUDGED

SIGNS = {"reproduced": "✓", "not reproduced": "✗", "inconclusive": "?", "too small to judge": "·"}

HEADINGS = {"paper": "What the papers claim", "spinlearn": "What spinlearn adds"}
"""Heading of each part of the scorecard, by who makes the claims."""

COLUMNS = (
    *("paper", "figure", "claim", "published", "measured", "verdict"),
    *("needs", "note", "scale", "key"),
)
"""Columns of the Markdown tables."""

SUBJECTS = {"paper": "Claims of the papers", "spinlearn": "Claims of our own"}
"""Subject of the line of counts below each heading."""


def scorecard(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The claims of all figures in one table, by paper and number of the figure.

    Raises:
        ValueError: if two claims have the same key.
    """
    parts = list(tables)
    table = pd.concat([p for p in parts if not p.empty] or parts[:1], ignore_index=True)
    check_unique(table)
    table = table.assign(figure=table["figure"].astype(str))
    number = table["figure"].str.extract(r"(\d+)")[0].astype(float)
    paper = table["paper"].map(list(PAPERS).index)
    return (
        table.assign(number=number, order=paper)
        .sort_values(["order", "number"], kind="stable")
        .drop(columns=["number", "order"])
        .reset_index(drop=True)
    )


def number_text(value: Any) -> str:
    """A cell as people read it; blank where nothing is known."""
    if pd.isna(value):
        return ""
    try:  # a column that also holds words holds its numbers as words
        return f"{float(value):.10g}"
    except ValueError:
        return str(value)


def measured_text(row: Mapping[Any, Any]) -> str:
    """What was found, with its error."""
    error = number_text(row["error"])
    return number_text(row["measured"]) + (f" ± {error}" if error else "")


def verdict_counts(table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many claims have each verdict, for each origin that is present.

    The papers' claims and our own are never counted together.
    """
    return {
        origin: {
            verdict: int(((table.origin == origin) & (table.verdict == verdict)).sum())
            for verdict in SIGNS
        }
        for origin in HEADINGS
        if (table.origin == origin).any()
    }


def summary(table: pd.DataFrame) -> str:
    """The counts of verdicts in a line per origin."""
    return "\n".join(
        f"{SUBJECTS[origin]}: {sum(counts.values())} ({_counts_text(counts)})."
        for origin, counts in verdict_counts(table).items()
    )


def _counts_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items())


def expected_errors(table: pd.DataFrame) -> str:
    """How many of the verdicts may be wrong by chance, as a sentence.

    The sum of the error rates over the rows that are judged. It is an upper limit, reached if every
    true value lies at the limit of its rule.
    """
    judged = table[table.verdict.isin(JUDGED)]
    return (
        f'Of the {len(judged)} verdicts "reproduced" and "not reproduced", at most '
        f"{judged.error_rate.astype(float).sum():.1f} are expected to be wrong by chance: the sum "
        "of the rules' one-sided error rates."
    )


def scorecard_markdown(table: pd.DataFrame) -> str:
    """The scorecard as Markdown: for each origin a line of counts and a table."""
    lines = [
        "# Scorecard",
        "",
        "Verdicts at the configured scale. The rule of each verdict is in the docstring of "
        "`claims` in the figure's module, `src/spinlearn/papers/PAPER/FIGURE.py`. The column "
        "`needs` has the sizes that a claim needs; below them it is too small to judge.",
        "",
        expected_errors(table),
    ]
    for origin, counts in verdict_counts(table).items():
        lines += [
            "",
            f"## {HEADINGS[origin]}",
            "",
            f"{SUBJECTS[origin]}: {sum(counts.values())} ({_counts_text(counts)}).",
            "",
            f"| {' | '.join(COLUMNS)} |",
            "|---" * len(COLUMNS) + "|",
        ]
        for row in table[table.origin == origin].to_dict("records"):
            cells = (
                cited(row["paper"]),
                row["figure"],
                row["claim"],
                row["published"],
                measured_text(row),
                f"{SIGNS[row['verdict']]} {row['verdict']}",
                number_text(row["needs"]),
                number_text(row["note"]),
                row["scale"],
                f"`{row['key']}`",
            )
            lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
