"""What the controls of the hidden Born machine show, each with its verdict."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from spinlearn.papers.spinlearn.control_cases import CONTROLS, Control
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


def judge(table: pd.DataFrame) -> list[Claim]:
    """The exact limit of parity data, and the comparisons whose machines are present.

    Machines that were trained with other numbers of quenches or candidates are not compared.

    Args:
        table: final values, as `born_controls.table` gives them.
    """
    names = {"digit": ["digits0", "mnist0"], "parity": ["parity"]}
    values = {
        (experiment, data): _by_machine(
            table[table.dataset.isin(names[data]) & (table.experiment == experiment)]
        )
        for experiment in ("controls", "history")
        for data in names
    }
    parity = values["controls", "parity"]
    found = [_exact_limit(parity["basic"])] if "basic" in parity else []
    for control in CONTROLS:
        rows = values[control.experiment, control.data]
        if {*control.weights} <= {*rows} and _trained_alike(control, rows):
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


def _trained_alike(control: Control, rows: Mapping[str, Any]) -> bool:
    """Whether all machines had as many quenches and candidates."""
    sizes = {(rows[name]["quenches"], rows[name]["candidates"]) for name in control.weights}
    return len(sizes) == 1


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
