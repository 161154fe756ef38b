"""What the claims of figure 4 share: differences between machines, sizes, choices."""

import pandas as pd

from spinlearn.papers.verdicts import Measured, difference
from spinlearn.papers.zhong2022.common import choice_of_strength, joined, scale
from spinlearn.statistics.rounding import pm

Quarters = dict[str, pd.DataFrame]
"""The rows of each machine, one per quarter of the training."""


def margins(found: Quarters, high: str, low: str) -> list[Measured]:
    """Loss of one machine minus that of another, in each quarter."""
    columns = ["quarter_mean", "quarter_error"]
    values = [found[name][columns].itertuples(index=False, name=None) for name in (high, low)]
    return [difference(*pair) for pair in zip(*values, strict=True)]


def final_fidelity(found: Quarters, machine: str) -> Measured:
    """Fidelity of a machine in the last quarter, with its error."""
    last = found[machine].iloc[-1]
    return float(last["quarter_fidelity"]), float(last["quarter_fidelity_error"])


def fidelities(found: Quarters, *names: str) -> str:
    """The fidelity of each machine in the last quarter, in words."""
    return "F: " + ", ".join(f"{name} {pm(*final_fidelity(found, name))}" for name in names)


def fewest(found: Quarters, *names: str) -> pd.Series:
    """The last row of the machine with the fewest runs."""
    return min((found[name].iloc[-1] for name in names), key=lambda row: int(row["runs"]))


def choices(found: Quarters, *names: str) -> str:
    """What was chosen after looking."""
    return joined(
        choice_of_strength(found[names[-1]].iloc[-1]["h"]),
        "D and tau chosen after a scan" if "driven" in names else "",
    )


def sizes_of(found: Quarters, *names: str) -> str:
    """Data set, sizes and strength of the machines compared, with the drive if there is one."""
    row = found["hidden" if "hidden" in found else names[-1]].iloc[-1]
    more = f", h_d = {row['h']:g}"
    if "driven" in names:
        driven = found["driven"].iloc[-1]
        more += f", D = {driven['drive_strength']:g}, tau = {driven['drive_time']:g}"
    return scale(row, more, "150 quenches, 500 candidates, 100 runs")
