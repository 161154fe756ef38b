"""Claims on what a decaying step of the optimiser changes."""

import numpy as np
import pandas as pd

from spinlearn.papers.demidik2025 import common
from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    Measured,
    all_of,
    claim,
    difference,
    is_positive,
)
from spinlearn.sqrbm.choices import SCHEDULES
from spinlearn.statistics.rounding import pm

KEPT, LEAST_M = 0.01, 12
"""Mean rise of the distance that counts as none; m at which rises are seen."""


def _rise(found: pd.DataFrame, schedule: str) -> Measured:
    part = found[found.schedule == schedule]
    error = np.sqrt((part.rise_error**2).sum(skipna=False)) / len(part)
    return float(part.rise.mean()), float(error)


def late_losses(found: pd.DataFrame, scale: str) -> Claim:
    """With a decaying step, runs end where their divergence was lowest.

    The rule: the mean rise of the distance from there to the last step, over all machines, is
    larger with the constant step (`is_positive`), and below 0.01 with the decaying one. It needs 20
    runs and m = 12, where losses are seen.
    """
    constant, decaying = (_rise(found, schedule) for schedule in SCHEDULES)
    runs, gain = int(found.runs.min()), difference(constant, decaying)
    kept = REPRODUCED if decaying[0] < KEPT else NOT_REPRODUCED
    lost = found.groupby("schedule").lost.sum()
    return claim(
        "demidik2025.optimisers.late_losses",
        "with a decaying step, runs keep what they have learned (mean rise of TVD after "
        "its best, constant minus decaying step)",
        published="no claim; the paper's step is constant",
        measured=gain,
        verdict=all_of(is_positive(*gain, runs=runs), kept),
        needs=[("runs", runs, common.RUNS), ("largest m", int(found.m.max()), LEAST_M)],
        scale=scale,
        origin="spinlearn",
        note=f"{pm(*constant)} and {decaying[0]:.4f}; runs that rose by more than 0.1: "
        f"{lost['constant']:.0f} and {lost['decaying']:.0f}",
    )


def ratios_kept(ratios: pd.DataFrame, scale: str) -> list[Claim]:
    """The ratio of hidden units does not depend on the step schedule: a claim per machine.

    The rule: on every data set where it is known, the ratio with the decaying step differs from
    that with the constant step by less than the latter's standard error. It needs 20 runs.
    """
    keys = ["dataset", "n", "paulis"]
    known = ratios[ratios.ratio_bound == "exact"]
    first, second = (known[known.schedule == schedule] for schedule in SCHEDULES)
    joined = first.merge(second, on=keys, suffixes=("", "_decaying"))
    joined["change"] = joined.ratio_decaying - joined.ratio
    found = []
    for paulis in common.semi_quantum(ratios):
        part = joined[joined.paulis == paulis]
        small = bool((part.change.abs() < part.ratio_error).all())
        largest = float(part.change.abs().max()) if len(part) else np.nan
        found.append(
            claim(
                f"demidik2025.optimisers.ratio_{paulis.lower()}",
                f"the ratio of hidden units of an RBM to those of {common.LABELS[paulis]} changes "
                "with the decaying step by less than its error (largest change)",
                published="no claim",
                measured=largest,
                verdict=REPRODUCED if small else NOT_REPRODUCED,
                error_rate=0.0,
                needs=[
                    ("known ratios", len(part), 1),
                    ("runs", int(ratios.runs.min()), common.RUNS),
                ],
                scale=scale,
                origin="spinlearn",
                note="; ".join(
                    f"{row.dataset}: {pm(row.ratio, row.ratio_error)} and "
                    f"{pm(row.ratio_decaying, row.ratio_error_decaying)}"
                    for row in common.rows(part)
                ),
            )
        )
    return found
