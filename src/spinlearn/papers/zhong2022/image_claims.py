"""The claims of figure 3: the hidden machine learns images of digits."""

import re

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.papers.zhong2022.common import (
    all_positive,
    choice_of_strength,
    data_label,
    joined,
    scale,
    training_needs,
)


def judge(table: pd.DataFrame) -> list[Claim]:
    """The machine learns the digits better than the flat image.

    The rules. The paper gives no number for "accurately", so that accuracy is not judged: the flat
    image is the baseline, and the gain F - F_flat, averaged over the digits, is positive
    (`is_positive`). It needs the paper's ten digits and its training. A claim of our own, at any
    size: so is the gain of every digit (each by `is_positive`).

    Args:
        table: as `spinlearn.papers.zhong2022.figure3.table` gives it, of digits only.
    """
    digits = table.drop_duplicates("dataset")
    flat = digits.uniform_fidelity
    gains = digits.mean_fidelity - flat
    error = np.sqrt((digits.fidelity_error**2).sum(skipna=False)) / len(digits)
    mean_gain = (float(gains.mean()), float(error))
    each = {
        f"for {name[-1]}": (float(gain), float(error))
        for name, gain, error in zip(digits.dataset, gains, digits.fidelity_error, strict=True)
    }
    row = digits.iloc[0]
    images = re.sub(r"digit \d", f"{len(digits)} digits", data_label(row))
    found_at = scale(row, f", h_d = {row.h:g}", data=images)
    every, rate, notes = all_positive(each, int(row.runs))
    runs, chosen = int(row.runs), choice_of_strength(row.h)
    removed = float((gains / (1 - flat)).mean())
    return [
        claim(
            "zhong2022.figure3.digits_learned",
            "the hidden machine learns the digit patterns better than the flat image (mean gain in "
            "fidelity)",
            published="learned accurately (no number: accuracy is not judged)",
            measured=mean_gain,
            verdict=is_positive(*mean_gain, runs=runs),
            needs=[
                ("digits", len(digits), 10),
                *training_needs(row, quenches=100, candidates=500),
            ],
            scale=found_at,
            note=joined(
                f"mean fidelity {digits.mean_fidelity.mean():.3f}, of the flat image "
                f"{flat.mean():.3f}: {removed:.0%} of its infidelity is removed",
                chosen,
            ),
        ),
        claim(
            "zhong2022.figure3.digits_beat_flat",
            "for every digit the learned image has a higher fidelity than the flat image (smallest "
            "gain)",
            published="no claim",
            measured=min(each.values()),
            verdict=every,
            error_rate=rate,
            scale=found_at,
            origin="spinlearn",
            note=joined(notes, chosen),
        ),
    ]
