"""Agreement of expectation values with DMRG, and DMRG's own error (figures 5 to 8)."""

from typing import Any

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019.common import long_scale, needs
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.verdicts import (
    NOT_REPRODUCED,
    REPRODUCED,
    Claim,
    Measured,
    claim,
    is_below,
)

TOLERANCE = 0.05
"""Largest deviation of an expectation value that counts as agreement."""

FAR, FAR_TOLERANCE = 4, 0.04
"""Sites from here on count as far from the first one, and the same for correlations with them."""

DMRG_TOLERANCE = 1e-3
"""Largest error of the ground states that leaves a comparison with them as it is."""


def best_estimate(table: pd.DataFrame) -> pd.DataFrame:
    """The least noisy estimate of each expectation value, and its deviation.

    It is the mean of the decoder's Bloch vectors where the model has them, otherwise the estimate
    from sampled outcomes.

    Returns:
        The table with the columns `estimate`, `estimate_error` and `deviation` (from `exact`).
    """
    has_mean = table.decoder_mean.notna()
    estimate = table.decoder_mean.where(has_mean, table.vae)
    error = table.decoder_mean_error.where(has_mean, table.vae_error)
    return table.assign(estimate=estimate, estimate_error=error, deviation=estimate - table.exact)


def largest_deviation(rows: pd.DataFrame) -> Measured:
    """The largest deviation of one run from the exact values, and the error at this point."""
    worst = rows.loc[rows.deviation.abs().idxmax()]
    return float(abs(worst.deviation)), float(worst.estimate_error)


def agreement_claim(rows: pd.DataFrame, figure: int, name: str, what: str) -> Claim:
    """Claim that expectation values of the VAE agree with DMRG at every field (figures 5 to 8).

    The rule: the largest deviation of the decoder's mean in a run, averaged over the runs, is below
    `TOLERANCE` (`is_below`). It needs the paper's N = 32 and 500,000 samples per field: agreement
    is that of a trained model, and the nearest-neighbour correlations at the critical field, which
    deviate most, depend on both.

    Args:
        rows: what to compare, of all runs, as `best_estimate` gives it.
        figure: number of the figure.
        name: the last part of the claim's key.
        what: the quantity, in words.
    """
    outside = float((abs(rows.vae - rows.exact) > 2 * rows.vae_error).mean())
    return claim(
        f"luchnikov2019.figure{figure}.{name}",
        f"{what} of the VAE agrees with DMRG at every field (largest deviation)",
        published=f"good agreement (here: within {TOLERANCE})",
        **_judged(
            rows,
            TOLERANCE,
            f"; {outside:.0%} of the sampled estimates deviate by more than two errors",
        ),
    )


def close_agreement_claim(
    rows: pd.DataFrame, figure: int, name: str, text: str, limit: float
) -> Claim:
    """Claim of our own that expectation values are nearer to DMRG's than the paper's words ask.

    Rule and sizes are those of `agreement_claim`, with another limit.

    Args:
        rows: what to compare, of all runs, as `best_estimate` gives it.
        figure: number of the figure.
        name: the last part of the claim's key.
        text: the claim, in words.
        limit: largest deviation, below that of `agreement_claim`.
    """
    return claim(
        f"luchnikov2019.figure{figure}.{name}",
        f"{text} (largest deviation)",
        published=f"no separate claim (here: within {limit:g})",
        origin="spinlearn",
        **_judged(rows, limit),
    )


def _judged(rows: pd.DataFrame, limit: float, note: str = "") -> dict[str, Any]:
    """The largest deviation, its verdict, and where it is."""
    (largest, error), runs = mean_of_runs(rows, largest_deviation)
    mean = rows.groupby(["hx", "site"]).deviation.mean()
    hx, site = mean.abs().idxmax()
    place = f"at site {int(site)}, hx = {hx:g}" if site else f"hx = {hx:g}"
    return {
        "measured": (largest, error),
        "verdict": is_below(largest, error, limit, runs=runs),
        "needs": needs(rows, 32),
        "scale": long_scale(rows),
        "note": f"{place}; rms deviation {np.sqrt((mean**2).mean()):.3f}{note}",
    }


def dmrg_claim(table: pd.DataFrame, figure: int, what: str) -> Claim:
    """Claim of our own that DMRG's own error is too small to matter; any size will do.

    The rule: the largest deviation of the ground states from free fermions (column
    `free_fermions`, without the tie-breaking field) is below `DMRG_TOLERANCE`. It involves no
    random number.
    """
    error = float((table.exact - table.free_fermions).abs().max())
    return claim(
        f"luchnikov2019.figure{figure}.dmrg_error",
        f"DMRG's own error in {what} is too small to matter (largest deviation from free fermions)",
        published=f"no number (5 sweeps, bond dimension 25; here: below {DMRG_TOLERANCE:g})",
        measured=error,
        verdict=REPRODUCED if error < DMRG_TOLERANCE else NOT_REPRODUCED,
        error_rate=0.0,
        scale=long_scale(table),
        origin="spinlearn",
        note="it contains the effect of the tie-breaking field on the ground states",
    )
