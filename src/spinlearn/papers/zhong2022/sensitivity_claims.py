"""Claims of Zhong 2022 on what does not matter: more than two hidden spins, the drive's plane.

The table has one row per machine, all of one data set at one disorder strength: the columns of
`spinlearn.papers.zhong2022.common.sizes`, and `mean, error` over runs of log10 of the squared MMD
at the end, with the same kernel for all machines.
"""

import pandas as pd

from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    RATE,
    Claim,
    all_of,
    claim,
    difference,
    equals,
    is_below,
)
from spinlearn.papers.zhong2022.common import (
    SIMILAR,
    chain_label,
    choice_of_strength,
    joined,
    measured,
    scale,
    training_needs,
)
from spinlearn.statistics.rounding import pm

MORE_HIDDEN = ("three_hidden", "four_hidden")
"""Machines with more than the paper's two hidden spins."""

PAPER_TRAINING = {"quenches": 100, "candidates": 500, "runs": 24}
"""The paper's training, and the runs at which two errors are below half of `SIMILAR`."""


def sensitivity_claims(table: pd.DataFrame) -> list[Claim]:
    """Both claims, as far as the table has their machines on the paper's chains.

    Figure `spinlearn.born_sensitivity` makes them, so their keys begin with its name.

    Args:
        table: see above. The claims are about the machines `hidden`, `three_hidden`, `four_hidden`,
            `driven` and `driven_xy`; other rows are not used, or in a note only.
    """
    papers = table[[not chain_label(row) for _, row in table.iterrows()]]
    rows = {str(row["machine"]): row for _, row in papers.iterrows()}
    return [*_hidden_spins(rows), *_drive_plane(rows)]


def _hidden_spins(rows: dict[str, pd.Series]) -> list[Claim]:
    """More than two hidden spins do not lower the loss substantially.

    The rule: no machine with more hidden spins lowers log10 MMD by `SIMILAR` or more against the
    one with two (`is_below` for each; any of them can refute).
    """
    more = [name for name in MORE_HIDDEN if name in rows]
    if not more or "hidden" not in rows:
        return []
    two = rows["hidden"]
    gains = {name: difference(measured(two), measured(rows[name])) for name in more}
    runs = min(int(rows[name]["runs"]) for name in ("hidden", *more))
    verdict = all_of(*(is_below(*gain, SIMILAR, runs=runs) for gain in gains.values()))
    counts = ("basic", "one_hidden", "hidden", *more)
    losses = (
        f"{int(rows[name]['hidden'])}: {pm(*measured(rows[name]))}"
        for name in counts
        if name in rows
    )
    return [
        claim(
            "spinlearn.born_sensitivity.more_hidden_units",
            "more than two hidden spins do not improve the result substantially (largest decrease "
            "of log10 MMD)",
            paper="zhong2022",
            figure="C, text",
            published=f"no substantial improvement (here: less than {SIMILAR:g})",
            measured=max(gains.values()),
            verdict=verdict,
            needs=training_needs(two, **PAPER_TRAINING),
            error_rate=RATE * (len(gains) if verdict == NOT_REPRODUCED else 1),
            scale=scale(two, f", h_d = {two['h']:g}"),
            note=joined(
                f"log10 MMD by hidden spins: {', '.join(losses)}", choice_of_strength(two["h"])
            ),
        )
    ]


def _drive_plane(rows: dict[str, pd.Series]) -> list[Claim]:
    """A drive in the xy plane gives a similar loss as one along x (`equals`, within `SIMILAR`)."""
    if not {"driven", "driven_xy"} <= set(rows):
        return []
    along_x, in_plane = rows["driven"], rows["driven_xy"]
    found = difference(measured(in_plane), measured(along_x))
    fewest = min((along_x, in_plane), key=lambda row: int(row["runs"]))
    return [
        claim(
            "spinlearn.born_sensitivity.drive_plane",
            "a drive in the xy plane gives a similar result as one along x (difference of log10 "
            "MMD)",
            paper="zhong2022",
            figure="4, text",
            published=f"similar (no number; here: within {SIMILAR:g})",
            measured=found,
            verdict=equals(*found, 0.0, SIMILAR, runs=int(fewest["runs"])),
            needs=training_needs(fewest, **PAPER_TRAINING),
            scale=scale(fewest, f", h_d = {fewest['h']:g}"),
            note=choice_of_strength(fewest["h"]),
        )
    ]
