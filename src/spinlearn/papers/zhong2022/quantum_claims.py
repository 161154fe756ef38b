"""Verdicts on learning quantum data (figure 7 of Zhong 2022), and its controls."""

from typing import Any

import pandas as pd

from spinlearn.papers import verdicts
from spinlearn.papers.verdicts import RATE, Claim, Measured, is_positive
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.quantum_table import TARGETS, baselines, value
from spinlearn.statistics.rounding import pm

FIDELITY, TOLERANCE = 0.98, 0.01
"""The paper's fidelity of the localised machine, and the largest deviation that counts."""

LITTLE = 0.2
"""Share of the flat distribution's infidelity below which a machine has failed to learn."""

STATE = "plus"
"""The paper does not state the initial state; its claims are judged for the machines' default."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Verdicts on localised and thermal targets; none on a chain other than the paper's.

    The paper's, from |+>: the localised machine reaches F = 0.98 within 0.01 on each kind of target
    (`equals`); it exceeds the thermal machine on both (`is_positive` of the mean difference over
    runs, in each of which both learn the same target); on both, the thermal machine removes less
    than `LITTLE` of the flat distribution's infidelity (`is_below`). Ours: the localised machine
    exceeds the flat distribution, and another target of the same ensemble, for every data set
    (`is_positive` of each).
    """
    cases = common.rows_with(table, part="fidelity")
    cases = cases[cases.target.isin(TARGETS)]
    localised = common.rows_with(cases, phase="localised")
    plus = common.rows_with(localised, initial_state=STATE)
    if not {*TARGETS} <= {*plus.target} or common.chain_label(plus.iloc[0]):
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
    found = value(row, "fidelity")
    return _row(
        row,
        f"{target}_target",
        f"the machine trained in the localised phase learns {target} targets (fidelity)",
        found,
        verdicts.equals(*found, FIDELITY, TOLERANCE, runs=int(row.runs)),
        published=f"about {FIDELITY:g} (here: within {TOLERANCE:g})",
        note=common.joined(baselines(row), "" if neel is None else f"Neel: {baselines(neel)}"),
    )


def _exceeds(cases: pd.DataFrame) -> Claim:
    rows = {target: _case(cases, target, "localised") for target in TARGETS}
    gaps = {f"on {name} targets": value(row, "above_thermal") for name, row in rows.items()}
    verdict, rate, note = common.all_positive(gaps, int(cases.runs.min()))
    return _row(
        rows[TARGETS[0]],
        "localised_above_thermal",
        "the machine trained in the localised phase learns both kinds of targets better than the "
        "one trained in the thermal phase (smaller mean difference of fidelities, run by run)",
        min(gaps.values()),
        verdict,
        published="better",
        note=note,
        error_rate=rate,
    )


def _fails(cases: pd.DataFrame) -> Claim:
    rows = [_case(cases, target, "thermal") for target in TARGETS]
    neel = common.rows_with(cases, phase="thermal", initial_state="neel")
    shares = [value(row, "removed") for row in rows]
    others = [f"{row.target}: {pm(row.removed, row.removed_error)}" for row in neel.itertuples()]
    return _row(
        rows[0],
        "thermal_machine_fails",
        "the machine trained in the thermal phase fails to learn either kind of targets (larger "
        "share of the flat distribution's infidelity that it removes)",
        max(shares),
        verdicts.all_of(
            *(verdicts.is_below(*share, LITTLE, runs=int(rows[0].runs)) for share in shares)
        ),
        published=f"fails (here: removes less than {LITTLE:g}, a limit chosen after looking)",
        note=common.joined(*map(baselines, rows), *(f"Neel, {other}" for other in others)),
        error_rate=2 * RATE,
    )


def _controls(localised: pd.DataFrame) -> list[Claim]:
    rows = [row for _, row in localised.iterrows()]
    removed = "; ".join(f"{row.dataset}: {pm(*value(row, 'removed'))}" for row in rows)
    other = min(rows, key=lambda row: float(row.above_another))
    return [
        _control(
            rows,
            "excess",
            "beats_flat_distribution",
            "the localised machine exceeds the flat distribution on every kind of target (smallest "
            "difference of fidelities)",
            note=f"share of the flat distribution's infidelity that is removed: {removed}",
        ),
        _control(
            rows,
            "above_another",
            "beats_another_target",
            "what the localised machine has learned is nearer to its target than another target of "
            "the same ensemble is, on every kind of target (smallest difference of fidelities)",
            note=f"least for {other.dataset}: {baselines(other)}",
        ),
    ]


def _control(rows: list[Any], quantity: str, name: str, text: str, note: str) -> Claim:
    """Every data set has a positive mean of a quantity; the smallest one is shown."""
    gaps = {f"on {row.dataset}": value(row, quantity) for row in rows}
    verdict, rate, found = common.all_positive(gaps, int(min(row.runs for row in rows)))
    least = min(rows, key=lambda row: float(row[quantity]))
    details = {"error_rate": rate, "note": common.joined(found, note)}
    return _row(least, name, text, value(least, quantity), verdict, **details)


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
