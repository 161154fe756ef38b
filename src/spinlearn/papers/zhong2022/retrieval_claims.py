"""Verdicts on pattern retrieval (figure 6 of Zhong 2022), and its controls."""

from typing import Any

import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, difference, is_positive
from spinlearn.papers.zhong2022 import common

SIZES = {"quenches": 100, "candidates": 500, "runs": 20}
"""The paper's training; with 20 runs two errors are below half of the effects found."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Verdicts for the first machine and strength of the table; none on another chain.

    All are on patterns without their lower or right half, the mean of both, with zero phases, and
    by `is_positive`. The paper's: the gain in fidelity with the pattern, F(retrieved) -
    F(corrupted), after one digit has been learned; the selectivity F(own) - F(other), the mean over
    both digits, after both have been learned. Ours are the controls: F(retrieved) less that of the
    flat image; less that by a machine which has learned the other digit alone; less that of |+>
    under the same quenches; the gain with random pixels and with noise; the selectivity that is
    retrieved less that of the corrupted patterns.
    """
    first = table.iloc[0]
    if common.chain_label(first):
        return []
    cases = common.rows_with(table, part="fidelity", machine=first.machine, h=first.h)

    def case(**values: str) -> Any:
        plain = {"pattern": "0", "corruption": "half", "encoding": "zero_phases"}
        return common.rows_with(cases, **{**plain, **values}).iloc[0]

    single, both = case(learned="0"), case(learned="01", pattern="both")
    return [
        *_paper_claims(single, both, case),
        *_controls_of_one(single, case),
        *_control_of_both(both),
    ]


def _paper_claims(single: Any, both: Any, case: Any) -> list[Claim]:
    others = ("random_phases", "closest_state")
    gains = [case(learned="0", encoding=name).gain for name in others]
    found = [case(learned="01", pattern="both", encoding=name).selectivity for name in others]
    return [
        _row(
            single,
            "single_retrieved",
            "after one digit has been learned, half of it retrieves the complete digit (gain in "
            "fidelity with the digit over the corrupted image)",
            (single.gain, single.gain_error),
            published="a complete pattern (no number)",
            note=f"F from {single.input_own:.3f} to {single.own:.3f}, of the flat image "
            f"{single.own - single.above_flat:.3f}; {_by_encoding('gain', gains)}; overlap with "
            f"psi_m* and so with psi_M: {single.overlap:.3f}",
        ),
        _row(
            both,
            "selective_retrieval",
            "after two digits have been learned superposed, half of one retrieves this one "
            "(fidelity with the own digit less that with the other)",
            (both.selectivity, both.selectivity_error),
            published="selective retrieval (no number)",
            note=f"of the corrupted images {both.input_selectivity:.3f}; "
            f"{_by_encoding('selectivity', found)}",
        ),
    ]


def _controls_of_one(single: Any, case: Any) -> list[Claim]:
    own = (single.own, single.own_error)
    opposite, plus = case(learned="1"), case(learned="0", encoding="plus")
    pixels, noise = (case(learned="0", corruption=name) for name in ("pixels", "noise"))
    fainter = pixels if pixels.gain < noise.gain else noise
    return [
        _row(
            single,
            "beats_flat_image",
            "the retrieved digit has a higher fidelity with the digit than the flat image",
            (single.above_flat, single.above_flat_error),
            note=f"the flat image has F = {single.own - single.above_flat:.3f}, half of the digit "
            f"{single.input_own:.3f}",
        ),
        _row(
            single,
            "needs_learning",
            "a machine that has learned the digit retrieves it better than one that has learned "
            "another digit (difference of fidelities)",
            difference(own, (opposite.own, opposite.own_error)),
            note=f"the machine that has learned 1 makes a 0 of F = {opposite.own:.3f}",
        ),
        _row(
            single,
            "needs_input",
            "the corrupted digit is retrieved better than |+> under the same quenches (difference "
            "of fidelities)",
            difference(own, (plus.own, plus.own_error)),
            note=f"|+> ends with F = {plus.own:.3f}",
        ),
        _row(
            fainter,
            "corrects_small_errors",
            "random pixels and noise are corrected too (smaller gain in fidelity of the two)",
            (fainter.gain, fainter.gain_error),
            note=f"F from {pixels.input_own:.3f} to {pixels.own:.3f} (pixels) and from "
            f"{noise.input_own:.3f} to {noise.own:.3f} (noise)",
        ),
    ]


def _control_of_both(both: Any) -> list[Claim]:
    return [
        _row(
            both,
            "adds_selectivity",
            "the retrieved digits are more selective than the corrupted ones (difference of "
            "F(own) - F(other))",
            (both.added_selectivity, both.added_selectivity_error),
            note=f"{both.selectivity:.3f} retrieved, {both.input_selectivity:.3f} corrupted",
        )
    ]


def _by_encoding(what: str, values: list[float]) -> str:
    return f"{what} {values[0]:.3f} with random phases, {values[1]:.3f} as psi_m*"


def _row(
    case: Any,
    name: str,
    text: str,
    measured: tuple[float, float],
    published: str = "no claim",
    note: str = "",
) -> Claim:
    learned = "digits 0 and 1 superposed" if case.learned == "01" else "digit 0"
    data = common.data_label(case).replace("digit 0", learned)
    value = (float(measured[0]), float(measured[1]))
    return claim(
        f"zhong2022.figure6.{name}",
        text,
        published=published,
        measured=value,
        verdict=is_positive(*value, runs=int(case.runs)),
        needs=common.training_needs(case, **SIZES),
        scale=common.scale(case, f", h_d = {case.h:g}", data=data),
        origin="spinlearn" if published == "no claim" else "paper",
        note=common.joined(note, common.choice_of_strength(case.h)),
    )
