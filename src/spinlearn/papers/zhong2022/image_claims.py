"""The claims of figure 3: the hidden machine learns images of digits."""

import re

import numpy as np
import pandas as pd

from spinlearn.papers.verdicts import Claim, claim, is_positive
from spinlearn.papers.zhong2022.common import (
    choice_of_strength,
    data_label,
    joined,
    scale,
    training_needs,
)


def judge(table: pd.DataFrame) -> list[Claim]:
    """The machine learns the digits.

    The rules. The paper gives no number for "accurately", so that the flat image is the baseline:
    the gain F - F_flat, averaged over the digits, is positive (`is_positive`). It needs the paper's
    ten digits and its training. A claim of our own, at any size: so is the smallest gain over the
    digits.

    Args:
        table: as `spinlearn.papers.zhong2022.figure3.table` gives it, of digits only.
    """
    digits = table.drop_duplicates("dataset")
    flat = digits.uniform_fidelity
    gains = digits.mean_fidelity - flat
    error = np.sqrt((digits.fidelity_error**2).sum(skipna=False)) / len(digits)
    mean_gain = (float(gains.mean()), float(error))
    worst = gains.idxmin()
    smallest_gain = (float(gains[worst]), float(digits.fidelity_error[worst]))
    row = digits.iloc[0]
    images = re.sub(r"digit \d", f"{len(digits)} digits", data_label(row))
    found_at = scale(row, f", h_d = {row.h:g}", data=images)
    runs, chosen = int(row.runs), choice_of_strength(row.h)
    removed = float((gains / (1 - flat)).mean())
    return [
        claim(
            "zhong2022.figure3.digits_learned",
            "the hidden machine learns the digit patterns accurately (mean gain in fidelity "
            "over the flat image)",
            published="learned accurately (no number)",
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
            measured=smallest_gain,
            verdict=is_positive(*smallest_gain, runs=runs),
            scale=found_at,
            origin="spinlearn",
            note=joined(f"digit {digits.dataset[worst][-1]} gains least", chosen),
        ),
    ]
