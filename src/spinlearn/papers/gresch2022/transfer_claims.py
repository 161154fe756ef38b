"""The claims of figure 5: features of two indicators serve for the third one."""

import math
from functools import partial

import pandas as pd

from spinlearn.gru.choices import BASELINES
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.gresch2022.learned_claims import learned
from spinlearn.papers.verdicts import Claim, claim, equals, unjudged
from spinlearn.statistics.errors import standard_error

TRANSFERS = {
    "transfer": "spin_fraction",
    "transfer_entropy": "entanglement_entropy",
    "transfer_gap_ratio": "gap_ratio",
}
"""Networks with frozen features, and the indicator that their new head learns."""

GAP_RATIO_TOLERANCE = 0.05
"""Agreement for r, of which nothing but the mean is gained: a tenth of the constant's 1/2."""


def judge(table: pd.DataFrame) -> list[Claim]:
    """Transfer learning is as good as training from scratch and multitask training."""
    if not common.is_of_paper(table):
        return []
    table = table[~table["variant"].isin(BASELINES)]
    transfer = table[table["variant"] == "transfer"]
    key = "gresch2022.figure5.transfer_learned"
    return [
        _transfer_equals(table, "transfer", "scratch"),
        *(_transfer_equals(table, name, "multitask") for name in TRANSFERS),
        learned(transfer, key, "spin_fraction", "the features of r and S suffice for f"),
    ]


def _transfer_equals(table: pd.DataFrame, transfer: str, other: str) -> Claim:
    """R^2_norm of an indicator is about the same after transfer and after another training.

    The rule: the mean difference over (L, h >= 3) is zero within half of the other's gain over the
    constant predictor's 1/2 (`equals`), so that transfer is nearer to it than to no learning. For
    r, where there is hardly a gain, it is zero within 0.05. Its error combines the standard error
    over these independent ensembles with the spread between the runs. It needs five runs and a
    longest chain of at least 12 (`common.needs`).
    """
    indicator = TRANSFERS[transfer]
    is_learned = indicator != "gap_ratio"
    within = (
        f"half of the gain of {other} over a constant predictor"
        if is_learned
        else f"{GAP_RATIO_TOLERANCE}"
    )
    about = partial(
        claim,
        f"gresch2022.figure5.{transfer}_equals_{other}",
        f"R^2_norm of {common.SYMBOLS[indicator]} for h >= 3: transfer minus {other}, "
        f"0 within {within}",
        published=f"0 within statistical errors (here: within {within})",
        scale=common.scale(table, scores.PAPER),
    )
    large = table[(table["h"] >= common.H_MIN) & (table["indicator"] == indicator)]
    large = large.set_index(["L", "h"])
    first, second = (large[large["variant"] == name] for name in (transfer, other))
    difference = (first["r2_norm"] - second["r2_norm"]).dropna()
    if len(difference) < 2:
        return about(**unjudged("fewer than two ensembles"))
    sampling = float(standard_error(difference.to_numpy()))
    error = math.hypot(sampling, scores.run_error(first), scores.run_error(second))
    found = (float(difference.mean()), error)
    tolerance = GAP_RATIO_TOLERANCE
    if is_learned:
        tolerance = max(0.0, (float(second["r2_norm"].mean()) - scores.BASELINE) / 2)
    return about(
        measured=found,
        verdict=equals(*found, 0.0, tolerance, runs=common.run_count(large)),
        needs=common.needs(large.reset_index()),
        note=f"within {tolerance:.2f}; two errors: {2 * error:.2g}",
    )
