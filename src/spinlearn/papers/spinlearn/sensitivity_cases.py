"""The machines of the sensitivity figure, and what their differences say."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from spinlearn.papers.verdicts import RATE, Claim, Measured, all_of, claim, difference, is_below
from spinlearn.papers.zhong2022.common import joined, scale, training_needs
from spinlearn.statistics.rounding import pm

GROUPS = {
    "hidden": "",
    "initial_state": "initial state",
    "quench_time": "duration of a quench",
    "boundary": "boundary",
    "kernel": "kernel in training",
    "hidden_spins": "",
    "hidden_sites": "place of the hidden spins",
    "other": "",
    "driven": "",
    "drive_strength": "strength D of the drive",
    "drive_time": "correlation time of the drive, with variance 2D or 2D/tau,",
    "drive_plane": "",
}
"""Choices in the order of the figure, and their names in our claims.

Those without a name are not judged here; the paper has claims on the number of hidden spins and on
the plane of the drive.
"""

VARIANTS = {
    "hidden": ("hidden", "hidden (defaults)"),
    "hidden_neel": ("initial_state", "from the Néel state"),
    "hidden_random": ("initial_state", "from random products"),
    "time_01": ("quench_time", "$T$ = {quench_time:g}/J"),
    "time_03": ("quench_time", "$T$ = {quench_time:g}/J"),
    "time_1": ("quench_time", "$T$ = {quench_time:g}/J"),
    "time_30": ("quench_time", "$T$ = {quench_time:g}/J"),
    "open": ("boundary", "open chain"),
    "integer_kernel": ("kernel", "kernel of integers"),
    "pixel_kernel": ("kernel", "kernel of pixels"),
    "basic": ("hidden_spins", "no hidden spin (basic)"),
    "one_hidden": ("hidden_spins", "{hidden} hidden spin"),
    "three_hidden": ("hidden_spins", "{hidden} hidden spins"),
    "four_hidden": ("hidden_spins", "{hidden} hidden spins"),
    "spread": ("hidden_sites", "hidden spins spread"),
    "driven": ("driven", "driven: $D$ = {drive_strength:g}, $\\tau$ = {drive_time:g}"),
    "driven_strong": ("drive_strength", "$D$ = {drive_strength:g}"),
    "driven_long": ("drive_time", "$\\tau$ = {drive_time:g}, variance $2D$"),
    "driven_white": ("drive_time", "$\\tau$ = {drive_time:g}, variance $2D/\\tau$"),
    "driven_xy": ("drive_plane", "in the $xy$ plane"),
}
"""Choice and label of each machine; others are in group "other" under their own name."""

TOLERANCES = {"digit": 0.1, "parity": 0.05}
"""Changes that are small: of log10 of the MMD on a digit, of the fidelity on parity data.

The first is a quarter of the loss, somewhat more than the difference between the hidden and the
basic machine; the second is that of `zhong2022.figure8.mbl_fidelity`.
"""

QUENCHES, CANDIDATES, RUNS = 100, 500, 8
"""The paper's training, and runs at which two errors are below half of the tolerances."""


def variant(columns: Mapping[str, Any]) -> dict[str, str]:
    """Group, label and reference of a machine.

    Args:
        columns: its name and sizes, as in the table of the figure.
    """
    group, label = VARIANTS.get(columns["machine"], ("other", columns["machine"]))
    reference = "driven" if group.startswith("driv") else "hidden"
    return {"group": group, "label": label.format(**columns), "reference": reference}


def judge(table: pd.DataFrame) -> list[Claim]:
    """One claim per choice and data set: all of its variants change little (`is_below`).

    On a digit the change of log10 of the MMD is below 0.1, on parity data that of the fidelity
    below 0.05. Of several strengths the strongest disorder is judged. The value shown is that of
    the variant that changes most.

    Args:
        table: as `born_sensitivity.table` gives it.
    """
    strong = table[table.h == table.h.max()]
    found = []
    for data, names in (("digit", ("digits0", "mnist0")), ("parity", ("parity",))):
        rows = strong[strong.dataset.isin(names)]
        machines = {row["machine"]: row for _, row in rows.iterrows()}
        for group, text in GROUPS.items():
            variants = [row for row in machines.values() if text and row["group"] == group]
            if variants and variants[0]["reference"] in machines:
                found.append(_judged(data, group, variants, machines[variants[0]["reference"]]))
    return found


def _judged(data: str, group: str, variants: list[Any], reference: Any) -> Claim:
    """The claim of one choice; see `judge`."""
    changes = {row["machine"]: _change(data, row, reference) for row in variants}
    fewest = min((*variants, reference), key=lambda row: row["runs"])
    runs, tolerance = int(fewest["runs"]), TOLERANCES[data]
    name, words = {
        "digit": ("log10 MMD", "a digit"),
        "parity": ("the fidelity", "parity data"),
    }[data]
    largest = max(changes.values(), key=lambda change: abs(change[0]))
    return claim(
        f"spinlearn.born_sensitivity.{group}_{data}",
        f"the {GROUPS[group]} changes {name} of the {reference['machine']} machine on {words} by "
        f"less than {tolerance:g} (largest change)",
        published="no claim",
        measured=largest,
        verdict=all_of(
            *(
                is_below(abs(value), error, tolerance, runs=runs)
                for value, error in changes.values()
            )
        ),
        needs=training_needs(fewest, QUENCHES, CANDIDATES, RUNS),
        error_rate=RATE * len(changes),
        scale=scale(reference, f", h_d = {reference['h']:g}"),
        origin="spinlearn",
        note=joined(*(f"{machine} {pm(*change)}" for machine, change in changes.items())),
    )


def _change(data: str, row: Any, reference: Any) -> Measured:
    """What differs from the reference: log10 of the MMD, or the fidelity."""
    if data == "digit":
        return float(row["change"]), float(row["change_error"])
    return difference(*((one["fidelity"], one["fidelity_error"]) for one in (row, reference)))
