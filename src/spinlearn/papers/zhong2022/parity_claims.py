"""The claims of figure 8: fidelities on the parity data in the three phases."""

import math

import pandas as pd

from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    RATE,
    Claim,
    Measured,
    all_of,
    claim,
    difference,
    equals,
    is_above,
    is_positive,
)
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.common import (
    CRITICAL_RANGE,
    WORDS,
    choice_of_strength,
    joined,
    measured,
    near_printed,
    result_near_printed,
    rows_with,
    training_needs,
)
from spinlearn.statistics.rounding import pm

FIDELITY, TOLERANCE = 0.75, 0.05
"""The paper's fidelity of the MBL machine, and the largest deviation that counts as agreement."""

MPS_FIDELITY = 0.48
"""Of a matrix product state trained by gradient descent, as the paper quotes it (its ref. 73)."""

LONG_ENOUGH = {"quenches": 80, "candidates": 150}
"""Training from which on large differences are judged, see `judge`."""

RESOLVED = {"quenches": 100, "candidates": 500, "runs": 24}
"""Training from which on the Anderson-localised machine is compared, see `judge`."""

CASES = (
    ("MBL", "thermal", "the MBL machine exceeds the thermal one"),
    ("MBL", "Anderson", "the MBL machine exceeds the Anderson-localised one"),
    ("Anderson", "thermal", "the Anderson-localised machine exceeds the thermal one"),
)
"""The larger fidelity, the smaller one, and the claim in words."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Order of the phases over all strengths above the transition, and values of the fidelity.

    The rules. An order: the difference of the fidelities, averaged over the strengths of the sweep
    above the transition (h_d > 3.7), is positive (`is_positive`), and it is significantly negative
    at none of them; any of these can refute. The thermal machine is the interacting one at the
    weakest strength. The row says at which strengths the order holds, fails or is open.

    F of the MBL machine equals 0.75 within 0.05 (`equals`) and is above the matrix product state's
    0.48 (`is_above`), at the localised strength, which was chosen after looking; the rows have
    the result at the strength nearest to 3.9, the only one that the paper prints.

    MBL against thermal, and against the matrix product state, is judged from 80 quenches and 150
    candidates on: there the fidelities at h_d = 8 are 0.02 to 0.03 below the largest that we have
    measured (0.74), less than half of the differences (80 and 150 are also this project's default
    sizes). All else needs the paper's 100 quenches and 500 candidates. The orders with the
    Anderson-localised machine also need 24 runs: its fidelity varies much from run to run, and with
    8 runs, sets of other random numbers gave it 0.64 and 0.68 at h_d = 3.9.

    Args:
        table: as `spinlearn.papers.zhong2022.figure8.table` gives it.
    """
    phases = _phases(table)
    found = [
        _order(phases[larger], phases[smaller], larger, smaller, text)
        for larger, smaller, text in CASES
        if not (phases[larger].empty or phases[smaller].empty)
    ]
    localised = rows_with(table, bar="MBL")
    return [*found, *_values(table, localised.iloc[0])] if len(localised) else found


def _phases(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows of each phase; both localised ones at the same strengths above the transition."""
    above = table[table.h > CRITICAL_RANGE[1]]
    sweeps = {name: rows_with(above, kind=name) for name in ("interacting", "Anderson")}
    used = [set(rows.h) for rows in sweeps.values() if len(rows)]
    shared = set.intersection(*used) if used else set()
    interacting, anderson = (rows[rows.h.isin(shared)] for rows in sweeps.values())
    return {"MBL": interacting, "Anderson": anderson, "thermal": rows_with(table, bar="thermal")}


def _mean(rows: pd.DataFrame) -> Measured:
    """Mean over rows with independent errors."""
    return float(rows["mean"].mean()), math.hypot(*rows["error"]) / len(rows)


def _order(upper: pd.DataFrame, lower: pd.DataFrame, larger: str, smaller: str, text: str) -> Claim:
    runs = int(min(upper.runs.min(), lower.runs.min()))
    least = RESOLVED if "Anderson" in (larger, smaller) else LONG_ENOUGH
    overall = difference(_mean(upper), _mean(lower))
    each = {}
    for _, row in upper.iterrows():
        other = lower if smaller == "thermal" else rows_with(lower, h=row["h"])
        each[row["h"]] = difference(measured(row), measured(other.iloc[0]))
    verdicts = {h: is_positive(*found, runs=runs) for h, found in each.items()}
    refuting = [verdict for verdict in verdicts.values() if verdict == NOT_REPRODUCED]
    verdict = all_of(is_positive(*overall, runs=runs), *refuting)
    row, strengths = upper.iloc[0], ", ".join(f"{h:g}" for h in each)
    against = f" against {lower.h.iloc[0]:g}" if smaller == "thermal" else ""
    return claim(
        f"zhong2022.figure8.{larger.lower()}_above_{smaller.lower()}",
        f"{text} on parity data (difference of fidelities, mean over the strengths above the "
        "transition)",
        published="higher",
        measured=overall,
        verdict=verdict,
        needs=[*training_needs(row, **least), ("strengths above h_c", len(each), 3)],
        error_rate=RATE * (len(each) + 1 if verdict == NOT_REPRODUCED else 1),
        scale=common.scale(row, f", h_d = {strengths}{against}"),
        note=joined(
            *(f"{WORDS[verdicts[h]]} at h_d = {h:g}: {pm(*each[h])}" for h in each),
            "strengths of the sweep chosen after a scan",
        ),
    )


def _values(table: pd.DataFrame, row: pd.Series) -> list[Claim]:
    """The fidelity of the MBL machine against the paper's and that of a matrix product state."""
    found, runs = measured(row), int(row["runs"])
    near = near_printed(rows_with(table, machine=row["machine"]))
    note = joined(
        f"the uniform distribution has {row['uniform_fidelity']:.2f}",
        choice_of_strength(row["h"]),
        result_near_printed(row["h"], near["h"], measured(near)),
    )
    at = common.scale(row, f", h_d = {row['h']:g}")
    return [
        claim(
            "zhong2022.figure8.mbl_fidelity",
            "fidelity of the MBL machine on parity data",
            published=f"{FIDELITY:g} (here: within {TOLERANCE:g})",
            measured=found,
            verdict=equals(*found, FIDELITY, TOLERANCE, runs=runs),
            needs=training_needs(row, quenches=100, candidates=500),
            scale=at,
            note=note,
        ),
        claim(
            "zhong2022.figure8.mbl_above_mps",
            "the MBL machine exceeds a matrix product state trained by gradient descent on parity "
            "data (fidelity)",
            published=f"above {MPS_FIDELITY:g}",
            measured=found,
            verdict=is_above(*found, MPS_FIDELITY, runs=runs),
            needs=training_needs(row, **LONG_ENOUGH),
            scale=at,
            note=note,
        ),
    ]
