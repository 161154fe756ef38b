"""What the controls of the hidden Born machine show, each with its verdict."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    Measured,
    claim,
    equals,
    is_above,
    is_below,
)
from spinlearn.papers.zhong2022.common import scale, training_needs
from spinlearn.statistics.rounding import pm

QUENCHES, CANDIDATES = 100, 500
"""The paper's training, which every claim needs but the exact one."""


@dataclass(frozen=True)
class Control:
    """One comparison: a weighted sum of values of machines, and the limit that it is held to.

    Attributes:
        name: last part of the claim's key.
        data: "digit", or "parity".
        quantity: column of the table: "mean" or "best" (log10 of the MMD), or "fidelity".
        weights: of the machines; one that begins with "weak " is at the weakest disorder.
        rule: "above" or "below" the limit, or "equal" to zero within it.
        limit: the limit.
        runs: runs that the claim needs: two errors are then below half of the distance from the
            limit that we measured.
        text: the claim.
    """

    name: str
    data: str
    quantity: str
    weights: Mapping[str, float]
    rule: str
    limit: float
    runs: int
    text: str


CONTROLS = (
    Control(
        "sector_weights", "digit", "mean", {"basic": 0.5, "basic_sectors": -1, "hidden": 0.5},
        "above", 0.0, 48,
        "more than half of the hidden units' gain on a digit is had without them, by an initial "
        "state with the target's weight in each S^z sector (excess over half, log10 MMD)",
    ),
    Control(
        "field_along_x", "parity", "fidelity", {"basic_field": 1, "hidden": -1}, "equal", 0.05, 24,
        "a basic machine with a static field along x has the hidden machine's fidelity on parity "
        "data (difference)",
    ),
    Control(
        "range_of_fields", "digit", "mean", {"weak hidden": 0.5, "time_03": -1, "hidden": 0.5},
        "above", 0.0, 8,
        "more than half of the gain of strong over weak disorder on a digit is had by quenches of "
        "T = 0.3/J, in which a spin hardly hops (excess over half, log10 MMD)",
    ),
    Control(
        "interaction", "digit", "mean", {"anderson": 1, "hidden": -1}, "above", 0.0, 24,
        "without interaction the loss on a digit is higher (difference of log10 MMD)",
    ),
    Control(
        "hopping", "parity", "fidelity", {"hidden": 1, "time_03": -1}, "above", 0.0, 8,
        "on parity data hopping helps: T = 10/J exceeds T = 0.3/J (difference of fidelities)",
    ),
    Control(
        "sequence_at_strong_disorder", "digit", "best", {"single": 1, "hidden": -1}, "above", 0.0,
        8,
        "at strong disorder the sequence of quenches finds a lower loss than as many single "
        "quenches (difference of the lowest log10 MMD)",
    ),
    Control(
        "sequence_at_weak_disorder", "digit", "best", {"weak single": 1, "weak hidden": -1},
        "below", 0.1, 8,
        "at weak disorder the sequence gains less than 0.1 over as many single quenches "
        "(difference of the lowest log10 MMD)",
    ),
    Control(
        "acceptance", "digit", "mean", {"hidden": 1, "if_lower": -1}, "above", 0.0, 48,
        "on a digit, acceptance only if the loss falls ends lower than the paper's rule "
        "(difference of log10 MMD)",
    ),
    Control(
        "best_so_far", "digit", "best", {"hidden": 1, "if_lower": -1}, "above", 0.0, 48,
        "and so it does when each rule is judged by its best state so far (difference of the "
        "lowest log10 MMD)",
    ),
    Control(
        "trap", "parity", "fidelity", {"hidden": 1, "if_lower": -1}, "above", 0.0, 8,
        "on parity data acceptance only if the loss falls is trapped: the paper's rule ends at a "
        "higher fidelity (difference)",
    ),
)  # fmt: skip
"""The comparisons, in the order of the figure's panels."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """The exact limit of parity data, and the comparisons whose machines are present.

    Args:
        table: final values, as `born_controls.table` gives them.
    """
    values = {
        "digit": _by_machine(table[table.dataset.isin(["digits0", "mnist0"])]),
        "parity": _by_machine(table[table.dataset == "parity"]),
    }
    found = [_exact_limit(values["parity"]["basic"])] if "basic" in values["parity"] else []
    for control in CONTROLS:
        rows = values[control.data]
        if {*control.weights} <= {*rows}:
            found.append(_judged(control, rows))
    return found


def _by_machine(table: pd.DataFrame) -> dict[str, Any]:
    """Rows at the strongest disorder by machine, and at the weakest by "weak " and machine."""
    found = {}
    for _, row in table.iterrows():
        if row["h"] == table.h.max():
            found[row["machine"]] = row
        elif row["h"] == table.h.min():
            found[f"weak {row['machine']}"] = row
    return found


def _exact_limit(row: Any) -> Claim:
    """No run, at any quench, exceeds the limit by S^z; exact, so that any size can be judged."""
    holds = row["fidelity_max"] <= row["ceiling"] + 1e-9
    return claim(
        "spinlearn.born_controls.parity_limit",
        "the basic machine's fidelity on parity data never exceeds the limit that conserved S^z "
        "sets for its initial state (largest of all runs and quenches)",
        published=f"no claim (exact limit: {row['ceiling']:.4g})",
        measured=float(row["fidelity_max"]),
        verdict=REPRODUCED if holds else NOT_REPRODUCED,
        error_rate=0.0,
        scale=scale(row, f", h_d = {row['h']:g}"),
        origin="spinlearn",
        note=f"limit of its log10 MMD: {row['floor']:.2f}",
    )


def _judged(control: Control, rows: Mapping[str, Any]) -> Claim:
    """The weighted sum, with independent errors, by the rule."""
    used = {name: rows[name] for name in control.weights}
    fewest = min(used.values(), key=lambda row: row["runs"])
    value, error = _weighted(control, used)
    runs = int(fewest["runs"])
    verdict = {
        "above": is_above(value, error, control.limit, runs=runs),
        "below": is_below(value, error, control.limit, runs=runs),
        "equal": equals(value, error, 0.0, control.limit, runs=runs),
    }[control.rule]
    strengths = " and ".join(f"{h:g}" for h in sorted({row["h"] for row in used.values()}))
    parts = [f"{name} {pm(*_measured(control, row))}" for name, row in used.items()]
    return claim(
        f"spinlearn.born_controls.{control.name}",
        control.text,
        published="no claim",
        measured=(value, error),
        verdict=verdict,
        needs=training_needs(fewest, QUENCHES, CANDIDATES, control.runs),
        scale=scale(rows["hidden"], f", h_d = {strengths}"),
        origin="spinlearn",
        note=", ".join(parts),
    )


def _measured(control: Control, row: Any) -> Measured:
    error = "error" if control.quantity == "mean" else f"{control.quantity}_error"
    return float(row[control.quantity]), float(row[error])


def _weighted(control: Control, rows: Mapping[str, Any]) -> Measured:
    found = [(weight, *_measured(control, rows[name])) for name, weight in control.weights.items()]
    value = sum(weight * mean for weight, mean, _ in found)
    return value, math.hypot(*(weight * error for weight, _, error in found))
