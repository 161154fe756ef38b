"""Claims of Zhong 2022, figure 5, that compare the thermal with the localised phase.

The tables are those of `spinlearn.papers.zhong2022.figure5`. The thermal phase is the weakest
disorder of the sweep, the localised phase the strength in the column `localised_h`. It was chosen
after looking: each row that has it says so, with the result at the strength of the sweep nearest to
the paper's 3.9. Claims on the values of the Hamming distance are in `hamming`, those on the values
of the entropy in `entropy_claims`.

The training that they need. That the localised machine ends below the thermal one is judged from 80
quenches and 150 candidates on: there log10 MMD of the localised machine is 0.15 above that of 150
quenches and 500 candidates, less than half of the difference between the phases, 0.4 (all measured
by us, with few runs; 80 and 150 are also this project's default sizes). All others need the
paper's 100 quenches and 500 candidates: Hamming distance and entropy drift as quenches are added,
and where the loss changes most depends on how well each machine is trained.
"""

import math
from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    Measured,
    claim,
    difference,
    is_positive,
)
from spinlearn.papers.zhong2022.common import (
    choice_of_strength,
    joined,
    measured,
    near_printed,
    result_near_printed,
    rows_with,
    scale,
    training_needs,
)
from spinlearn.statistics.rounding import known
from spinlearn.streams import rng

CRITICAL_H = 3.5
"""Disorder strength of the transition that the paper quotes, in spin-1/2 operators."""

RESAMPLES = 4000
"""Resampled sweeps for the position of the steepest decrease."""


def both_phases(table: pd.DataFrame, quantity: str) -> tuple[pd.Series, pd.Series]:
    """The rows of a quantity in the thermal and in the localised phase."""
    strengths = (table.h.min(), table.localised_h.iloc[0])
    thermal, localised = (rows_with(table, quantity=quantity, h=h).iloc[-1] for h in strengths)
    return thermal, localised


def scale_of_both(thermal: pd.Series, localised: pd.Series) -> str:
    """The sizes and both disorder strengths, for the scorecard."""
    return scale(thermal, f", h_d = {thermal['h']:g} and {localised['h']:g}")


PAPER_TRAINING = {"quenches": 100, "candidates": 500}
"""Training of the paper's figure 5."""


def fewest_runs(*rows: pd.Series) -> int:
    """The smallest number of runs behind some rows."""
    return min(int(row["runs"]) for row in rows)


def chosen_strength(table: pd.DataFrame, quantity: str) -> tuple[pd.Series, str]:
    """The row of a quantity in the localised phase, and what its note says about the strength.

    The note has the value at the strength of the sweep nearest to the paper's too.
    """
    _, localised = both_phases(table, quantity)
    near = near_printed(rows_with(table, quantity=quantity, quench=localised["quench"]))
    at_printed = result_near_printed(localised["h"], near["h"], measured(near))
    return localised, joined(choice_of_strength(localised["h"]), at_printed)


def difference_between_phases(table: pd.DataFrame, quantity: str) -> tuple[Measured, str]:
    """The mean of a quantity in the thermal phase minus that in the localised one, and a note.

    The note is that of `chosen_strength`, on the difference.
    """
    thermal, localised = both_phases(table, quantity)
    near = near_printed(rows_with(table, quantity=quantity, quench=localised["quench"]))
    found, other = (difference(measured(thermal), measured(row)) for row in (localised, near))
    at_printed = result_near_printed(localised["h"], near["h"], other)
    return found, joined(choice_of_strength(localised["h"]), at_printed)


def difference_claim(
    table: pd.DataFrame,
    quantity: str,
    key: str,
    text: str,
    *,
    training: dict[str, int] = PAPER_TRAINING,
    **more: Any,
) -> Claim:
    """Claim that the mean of a quantity is larger in the thermal phase (`is_positive`).

    Args:
        table: of figure 5.
        quantity: one of its quantities.
        key, text: as for `claim`.
        training: quenches and candidates that the claim needs.
        more: further arguments of `claim`.
    """
    thermal, localised = both_phases(table, quantity)
    found, note = difference_between_phases(table, quantity)
    return claim(
        key,
        text,
        measured=found,
        verdict=is_positive(*found, runs=fewest_runs(thermal, localised)),
        needs=training_needs(localised, **training),
        scale=scale_of_both(thermal, localised),
        note=note,
        **more,
    )


def localised_below_thermal(table: pd.DataFrame) -> Claim:
    """The localised machine ends below the thermal one (`is_positive`)."""
    return difference_claim(
        table,
        "log10_loss",
        "zhong2022.figure5.localised_below_thermal",
        "the localised machine ends below the thermal one (difference of log10 MMD)",
        figure="5a",
        published="significantly lower",
        training={"quenches": 80, "candidates": 150},
    )


def jump_claims(table: pd.DataFrame) -> list[Claim]:
    """Hamming distance and entropy change more from quench to quench in the thermal phase.

    The rule: the difference of the root mean square changes is positive (`is_positive`).
    """
    return [
        difference_claim(
            table,
            f"{quantity}_step",
            f"zhong2022.figure5.{name}",
            f"{words} jumps more from quench to quench in the thermal phase "
            "(difference of root mean square changes)",
            figure=panel,
            published="larger",
        )
        for quantity, name, words, panel in (
            ("hamming", "hamming_jumps", "the Hamming distance", "5b"),
            ("entropy_per_site", "entropy_jumps", "the entropy per site", "5c"),
        )
    ]


def change_at_transition(table: pd.DataFrame) -> list[Claim]:
    """The loss changes at h_c.

    The rule: between neighbouring strengths, log10 MMD decreases most steeply (against log h) in
    the interval that contains h_c = 3.5; see `_verdict_on_fall`.

    Returns:
        No claim unless there are at least two intervals and one of them contains h_c.
    """
    loss = rows_with(table[table.h > 0], quantity="log10_loss").sort_values("h")
    h, mean, error = (loss[name].to_numpy(dtype=float) for name in ("h", "mean", "error"))
    around = np.flatnonzero((h[:-1] <= CRITICAL_H) & (h[1:] > CRITICAL_H))
    if len(h) < 3 or not len(around):
        return []
    steepest = int(_steepest(h, mean))
    centres = np.sqrt(h[1:] * h[:-1])
    width, verdict = math.nan, INCONCLUSIVE
    note = f"steepest between h_d = {h[steepest]:g} and {h[steepest + 1]:g}"
    if all(known(e) for e in error):
        stream = rng(0, "hbm", "claims", "steepest fall")
        places = _steepest(h, mean + error * stream.normal(size=(RESAMPLES, len(h))))
        inside = float((places == around[0]).mean())
        width, verdict = float(centres[places].std()), _verdict_on_fall(mean, error, inside)
        note += f"; the interval around h_c is the steepest in {inside:.1%} of the resampled sweeps"
    thermal, localised = both_phases(table, "log10_loss")
    return [
        claim(
            "zhong2022.figure5.change_at_transition",
            "the loss changes at the transition (middle of the interval of h_d in which it falls "
            "most steeply)",
            figure="5a",
            published="a significant change at h_c = 3.5",
            measured=(centres[steepest], width),
            verdict=verdict,
            needs=training_needs(localised, **PAPER_TRAINING),
            error_rate=0.025,
            scale=scale(thermal, f", h_d = {', '.join(f'{x:g}' for x in h)}"),
            note=joined(note, "strengths of the sweep chosen after a scan"),
        )
    ]


def _steepest(h: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Index of the interval of h in which each curve decreases most steeply against log h."""
    return np.asarray(np.argmin(np.diff(curves, axis=-1) / np.diff(np.log(h)), axis=-1))


def _verdict_on_fall(mean: np.ndarray, error: np.ndarray, inside: float) -> str:
    """Verdict on "the steepest decrease is around h_c".

    Reproduced if it is there in at least 97.5 % of the resampled sweeps (normal distributions with
    the errors of the means), not reproduced if in at most 2.5 %. Inconclusive in between, or if the
    total decrease is not significant (`is_positive`).

    Args:
        mean, error: of log10 MMD at every strength, ascending.
        inside: share of the resampled sweeps.
    """
    fall = is_positive(mean[0] - mean[-1], math.hypot(error[0], error[-1]))
    if fall != REPRODUCED or 0.025 < inside < 0.975:
        return INCONCLUSIVE
    return REPRODUCED if inside >= 0.975 else NOT_REPRODUCED
