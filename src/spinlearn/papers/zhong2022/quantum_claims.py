"""Verdicts on learning quantum data (figure 7 of Zhong 2022), and its controls."""

from typing import Any

import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.verdicts import RATE, Claim, Measured, difference, is_positive
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.quantum_table import TARGETS
from spinlearn.statistics.rounding import pm

FIDELITY, TOLERANCE = 0.98, 0.01
"""The paper's fidelity of the localised machine, and the largest deviation that counts."""

STATE = "plus"
"""The paper does not state the initial state; its claims are judged for the machines' default."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Verdicts on localised and thermal targets; none on a chain other than the paper's.

    The paper's, from |+>: the localised machine reaches F = 0.98 within 0.01 on each kind of target
    (`equals`); it exceeds the thermal machine on both (`is_positive`); the thermal machine fails:
    its mean F is below that of the flat distribution on both (`is_below`). Ours: the localised
    machine exceeds the flat distribution, and another target of the same ensemble, for every data
    set (`is_positive` of the smallest difference).
    """
    cases = common.rows_with(table, part="fidelity")
    cases = cases[cases.target.isin(TARGETS)]
    localised = common.rows_with(cases, phase="localised")
    if not {*TARGETS} <= {*common.rows_with(localised, initial_state=STATE).target}:
        return []
    if common.chain_label(localised.iloc[0]):
        return []
    found = [_reaches(cases, target) for target in TARGETS]
    if {*TARGETS} <= {*common.rows_with(cases, phase="thermal", initial_state=STATE).target}:
        found += [_exceeds(cases), _fails(cases)]
    return [*found, *_controls(localised)]


def _case(cases: pd.DataFrame, target: str, phase: str, state: str = STATE) -> Any:
    """The row of a case; None if there is none."""
    rows = common.rows_with(cases, target=target, phase=phase, initial_state=state)
    return None if rows.empty else rows.iloc[0]


def _reaches(cases: pd.DataFrame, target: str) -> Claim:
    row, neel = (_case(cases, target, "localised", state) for state in (STATE, "neel"))
    value = _value(row, "fidelity")
    return _row(
        row,
        f"{target}_target",
        f"the machine trained in the localised phase learns {target} targets (fidelity)",
        value,
        verdicts.equals(*value, FIDELITY, TOLERANCE, runs=int(row.runs)),
        published=f"about {FIDELITY:g} (here: within {TOLERANCE:g})",
        note=common.joined(_baselines(row), "" if neel is None else f"Neel: {_baselines(neel)}"),
    )


def _exceeds(cases: pd.DataFrame) -> Claim:
    rows = {phase: [_case(cases, target, phase) for target in TARGETS] for phase in TARGETS}
    values = {phase: [_value(row, "fidelity") for row in rows[phase]] for phase in TARGETS}
    gaps = [difference(*pair) for pair in zip(*values.values(), strict=True)]
    notes = [f"{name} targets: {pm(*gap)}" for name, gap in zip(TARGETS, gaps, strict=True)]
    return _row(
        rows["localised"][0],
        "localised_above_thermal",
        "the machine trained in the localised phase learns both kinds of targets better than the "
        "one trained in the thermal phase (smaller difference of fidelities)",
        min(gaps),
        verdicts.all_of(*(is_positive(*gap, runs=int(cases.runs.min())) for gap in gaps)),
        published="better",
        note="; ".join(notes),
        error_rate=2 * RATE,
    )


def _fails(cases: pd.DataFrame) -> Claim:
    rows = [_case(cases, target, "thermal") for target in TARGETS]
    excess = [_value(row, "excess") for row in rows]
    return _row(
        rows[0],
        "thermal_machine_fails",
        "the machine trained in the thermal phase fails to learn either kind of targets (larger "
        "fidelity above that of the flat distribution)",
        max(excess),
        verdicts.all_of(
            *(verdicts.is_below(*found, 0.0, runs=int(rows[0].runs)) for found in excess)
        ),
        published="fails (here: below the flat distribution)",
        note="; ".join(f"{row.target} targets: {_baselines(row)}" for row in rows),
        error_rate=2 * RATE,
    )


def _controls(localised: pd.DataFrame) -> list[Claim]:
    rows = [row for _, row in localised.iterrows()]
    flat = min(rows, key=lambda row: float(row.excess))
    gaps = [difference(_value(row, "fidelity"), _value(row, "independent")) for row in rows]
    other, gap = min(zip(rows, gaps, strict=True), key=lambda pair: pair[1])
    removed = "; ".join(f"{row.dataset}: {pm(*_value(row, 'removed'))}" for row in rows)
    return [
        _row(
            flat,
            "beats_flat_distribution",
            "the localised machine exceeds the flat distribution on every kind of target (smallest "
            "difference of fidelities)",
            _value(flat, "excess"),
            note=f"share of the flat distribution's infidelity that is removed: {removed}",
        ),
        _row(
            other,
            "beats_another_target",
            "what the localised machine has learned is nearer to its target than another target of "
            "the same ensemble is, on every kind of target (smallest difference of fidelities)",
            gap,
            note=f"least for {other.dataset}: {_baselines(other)}",
        ),
    ]


def _value(row: Any, name: str) -> Measured:
    return float(row[name]), float(row[f"{name}_error"])


def _baselines(row: Any) -> str:
    return (
        f"F = {pm(row.fidelity, row.fidelity_error)}, flat {row.flat:.3f}, another target "
        f"{row.independent:.3f}"
    )


def _row(
    case: Any, name: str, text: str, measured: Measured, verdict: str = "", **details: Any
) -> Claim:
    """A claim; one of our own if the paper published nothing, judged by `is_positive`."""
    published, note = details.pop("published", "no claim"), details.pop("note")
    chosen = common.choice_of_strength(case.h) if case.phase == "localised" else ""
    return verdicts.claim(
        f"zhong2022.figure7.{name}",
        text,
        published=published,
        measured=measured,
        verdict=verdict or is_positive(*measured, runs=int(case.runs)),
        needs=common.training_needs(case, quenches=100, candidates=500),
        scale=common.scale(case, f", machine's h_d = {case.h:g}", data=str(case.source)),
        origin="spinlearn" if published == "no claim" else "paper",
        note=common.joined(note, chosen),
        **details,
    )
