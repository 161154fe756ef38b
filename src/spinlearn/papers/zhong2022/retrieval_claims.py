"""Verdicts on pattern retrieval (figure 6 of Zhong 2022), and its controls."""

from typing import Any

import pandas as pd

from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    RATE,
    Claim,
    Measured,
    all_of,
    claim,
    is_positive,
)
from spinlearn.papers.zhong2022 import common
from spinlearn.papers.zhong2022.retrieval_table import BOTH, FIRST, SECOND
from spinlearn.statistics.rounding import pm

SIZES = {"quenches": 100, "candidates": 500, "runs": 20}
"""The paper's training; with 20 runs two errors are below half of the gain found."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Verdicts for the first machine and strength of the table; none on another chain.

    All are on patterns without their lower or right half, the mean of both, with zero phases. A
    difference is taken in each run, and judged by `is_positive`.

    The paper's claims. After one digit has been learned: the retrieved digit exceeds, in fidelity
    with the digit, the corrupted image, the flat image, and what a machine makes of the same input
    that has learned the other digit alone (all of them). After both have been learned: the
    selectivity F(own) - F(other), the mean over both digits, is positive, and it is not
    significantly below that of the corrupted images.

    Our controls: F(retrieved) less that of the flat image; less that by the other machine; less
    that of |+> under the same quenches; the gain with random pixels and with noise (both); the
    selectivity that is retrieved less that of the corrupted patterns.
    """
    first = table.iloc[0]
    if common.chain_label(first):
        return []
    cases = common.rows_with(table, part="fidelity", machine=first.machine, h=first.h)

    def case(**values: str) -> Any:
        plain = {"pattern": FIRST, "corruption": "half", "encoding": "zero_phases"}
        return common.rows_with(cases, **{**plain, **values}).iloc[0]

    single, both = case(learned=FIRST), case(learned=BOTH, pattern="both")
    return [
        _single(single, case),
        _selective(both, case),
        *_controls_of_one(single, case),
        _corrects_small_errors(case),
        _control_of_both(both),
    ]


def _value(row: Any, name: str) -> Measured:
    """A mean of a row and its error."""
    return float(row[name]), float(row[f"{name}_error"])


def _single(single: Any, case: Any) -> Claim:
    gains = [case(learned=FIRST, encoding=name).gain for name in ("random_phases", "closest_state")]
    conditions = {
        "above the corrupted image": _value(single, "gain"),
        "above the flat image": _value(single, "above_flat"),
        "above the machine that has learned the other digit": _value(single, "above_other_machine"),
    }
    verdict, rate, found = common.all_positive(conditions, int(single.runs))
    return _row(
        single,
        "single_retrieved",
        "after one digit has been learned, half of it retrieves the complete digit (gain in "
        "fidelity with the digit over the corrupted image; the retrieved digit must also exceed "
        "the flat image, and what a machine makes of this half that has learned another digit)",
        _value(single, "gain"),
        published="a complete pattern (no number)",
        verdict=verdict,
        error_rate=rate,
        note=f"{found}; F from {single.input_own:.3f} to {single.own:.3f}, of the flat image "
        f"{single.own - single.above_flat:.3f}; {_by_encoding('gain', gains)}; overlap with "
        f"psi_m* and so with psi_M: {single.overlap:.3f}",
    )


def _selective(both: Any, case: Any) -> Claim:
    others = ("random_phases", "closest_state")
    found = [case(learned=BOTH, pattern="both", encoding=name).selectivity for name in others]
    selectivity, added = _value(both, "selectivity"), _value(both, "added_selectivity")
    runs = int(both.runs)
    kept = is_positive(*added, runs=runs)
    refuting = [kept] if kept == NOT_REPRODUCED else []
    verdict = all_of(is_positive(*selectivity, runs=runs), *refuting)
    below = "below that" if refuting else "not significantly below that"
    return _row(
        both,
        "selective_retrieval",
        "after two digits have been learned superposed, half of one retrieves this one (fidelity "
        "with the own digit less that with the other, positive and not below that of the half)",
        selectivity,
        published="selective retrieval (no number)",
        verdict=verdict,
        error_rate=RATE * (2 if verdict == NOT_REPRODUCED else 1),
        note=f"{below} of the corrupted images, {both.input_selectivity:.3f}: difference "
        f"{pm(*added)}; {_by_encoding('selectivity', found)}",
    )


def _controls_of_one(single: Any, case: Any) -> list[Claim]:
    opposite, plus = case(learned=SECOND), case(learned=FIRST, encoding="plus")
    return [
        _row(
            single,
            "beats_flat_image",
            "the retrieved digit has a higher fidelity with the digit than the flat image",
            _value(single, "above_flat"),
            note=f"the flat image has F = {single.own - single.above_flat:.3f}, half of the digit "
            f"{single.input_own:.3f}",
        ),
        _row(
            single,
            "needs_learning",
            "a machine that has learned the digit retrieves it better than one that has learned "
            "another digit (difference of fidelities)",
            _value(single, "above_other_machine"),
            note=f"the machine that has learned 1 makes a 0 of F = {opposite.own:.3f}",
        ),
        _row(
            single,
            "needs_input",
            "the corrupted digit is retrieved better than |+> under the same quenches (difference "
            "of fidelities)",
            _value(single, "above_plus"),
            note=f"|+> ends with F = {plus.own:.3f}",
        ),
    ]


def _corrects_small_errors(case: Any) -> Claim:
    rows = {name: case(learned=FIRST, corruption=name) for name in ("pixels", "noise")}
    gains = {f"with {name}": _value(row, "gain") for name, row in rows.items()}
    pixels, noise = rows.values()
    verdict, rate, found = common.all_positive(gains, int(pixels.runs))
    return _row(
        pixels,
        "corrects_small_errors",
        "random pixels and noise are corrected too (smaller gain in fidelity of the two)",
        min(gains.values()),
        verdict=verdict,
        error_rate=rate,
        note=f"{found}; F from {pixels.input_own:.3f} to {pixels.own:.3f} (pixels) and from "
        f"{noise.input_own:.3f} to {noise.own:.3f} (noise)",
    )


def _control_of_both(both: Any) -> Claim:
    return _row(
        both,
        "adds_selectivity",
        "the retrieved digits are more selective than the corrupted ones (difference of "
        "F(own) - F(other))",
        _value(both, "added_selectivity"),
        note=f"{both.selectivity:.3f} retrieved, {both.input_selectivity:.3f} corrupted",
    )


def _by_encoding(what: str, values: list[float]) -> str:
    return f"{what} {values[0]:.3f} with random phases, {values[1]:.3f} as psi_m*"


def _row(
    case: Any, name: str, text: str, measured: Measured, verdict: str = "", **details: Any
) -> Claim:
    """A claim; one of our own if the paper published nothing, judged by `is_positive`."""
    published, note = details.pop("published", "no claim"), details.pop("note")
    learned = f"{case.learned} superposed" if case.learned == BOTH else case.learned
    data = common.data_label(case).replace(FIRST, learned)
    return claim(
        f"zhong2022.figure6.{name}",
        text,
        published=published,
        measured=measured,
        verdict=verdict or is_positive(*measured, runs=int(case.runs)),
        needs=common.training_needs(case, **SIZES),
        scale=common.scale(case, f", h_d = {case.h:g}", data=data),
        origin="spinlearn" if published == "no claim" else "paper",
        note=common.joined(note, common.choice_of_strength(case.h)),
        **details,
    )
