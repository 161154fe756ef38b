"""Claims of figure vae_family on fields that were left out of training."""

from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019.agreement import TOLERANCE, largest_deviation
from spinlearn.papers.luchnikov2019.common import LONG_CHAIN, scale
from spinlearn.papers.luchnikov2019.runs import difference, mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, is_below, is_positive
from spinlearn.statistics.rounding import pm

TRAINED, LEFT_OUT = "trained", "left_out"
"""The model trained on all fields, and the one without some of them."""

N, SAMPLES = 16, 40000
"""Least chain length and training samples per field; shorter chains have no sharp transition."""


def magnetisation(rows: pd.DataFrame) -> Measured:
    """Mean deviation of one run, and its sampling error."""
    error = float(np.sqrt((rows.estimate_error**2).sum()) / len(rows))
    return float(rows.deviation.mean()), error


def rms(rows: pd.DataFrame) -> Measured:
    """Root mean square deviation of one run, less the sampling noise, and its sampling error."""
    squares = rows.deviation**2 - rows.estimate_error**2
    error = float(np.sqrt((rows.estimate_error**2).mean() / len(rows)))
    return float(np.sqrt(max(squares.mean(), 0.0))), error


def claims(table: pd.DataFrame) -> list[Claim]:
    """Claims of our own on the VAE without some fields, at these fields; means over the runs.

    The rules. For mu_x, and for the correlations along z with n ≥ 4, the largest deviation in a run
    is below `TOLERANCE` (`is_below`). The root mean square deviation of linear interpolation of the
    exact values minus that of the VAE is positive (`is_positive`), for mu_x and for the
    correlations along z with n > 1: a VAE that is no better than a straight line has learned
    nothing about the family. The divergence per site is larger than that of the VAE trained on all
    fields (`is_positive`). All need N = 16 and 40,000 samples per field.
    """
    rows = table[table.left_out & ~((table.observable == "zz_1") & (table.site == 1))]
    left_out = rows[rows.model == LEFT_OUT]
    if left_out.empty:
        return []
    fields = ", ".join(f"{hx:g}" for hx in sorted(left_out.hx.unique()))
    about = partial(
        claim,
        needs=[
            ("N", int(table.N.max()), N),
            ("samples", int(table.training_samples.max()), SAMPLES),
        ],
        scale=scale(left_out, LONG_CHAIN),
        origin="spinlearn",
    )
    correlations = left_out[(left_out.observable == "zz_1") & (left_out.site >= 4)]
    found = []
    for name, what, part in (
        ("magnetisation", "mu_x", left_out[left_out.observable == "mu_x"]),
        ("correlations", "<sigma^z_1 sigma^z_n>, n >= 4,", correlations),
    ):
        largest, runs = mean_of_runs(part, largest_deviation)
        found.append(
            about(
                f"spinlearn.vae_family.{name}",
                f"the VAE predicts {what} at fields left out of its training (largest deviation)",
                published=f"Luchnikov 2019: the whole family, no field left out (here: within "
                f"{TOLERANCE})",
                measured=largest,
                verdict=is_below(*largest, TOLERANCE, runs=runs),
                note=f"left out: hx = {fields}",
            )
        )
    for name, what in (("mu_x", "mu_x"), ("zz_1", "<sigma^z_1 sigma^z_n>")):
        found.append(_beats_interpolation(about, left_out[left_out.observable == name], what))
    return [*found, _cost(about, rows[rows.observable == "divergence"])]


def _beats_interpolation(about: partial[Claim], rows: pd.DataFrame, what: str) -> Claim:
    rows = rows.dropna(subset=["interpolated"])
    line = float(np.sqrt(((rows.interpolated - rows.exact) ** 2).mean()))
    vae, runs = mean_of_runs(rows, rms)
    gain = (line - vae[0], vae[1])
    kind = "magnetisation" if what == "mu_x" else "correlations"
    return about(
        f"spinlearn.vae_family.{kind}_beat_interpolation",
        f"at fields left out the VAE is nearer to {what} than linear interpolation of the exact "
        "values (decrease of the rms deviation)",
        published="no claim",
        measured=gain,
        verdict=is_positive(*gain, runs=runs),
        note=f"rms deviation: VAE {pm(*vae)}, interpolation {line:.4f}",
    )


def _cost(about: partial[Claim], rows: pd.DataFrame) -> Claim:
    without, trained = (
        mean_of_runs(rows[rows.model == model], magnetisation) for model in (LEFT_OUT, TRAINED)
    )
    cost, runs = difference(without, trained)
    return about(
        "spinlearn.vae_family.cost_of_leaving_out",
        "leaving fields out of training costs accuracy there (increase of the KL divergence per "
        "site, in nats)",
        published="no claim",
        measured=cost,
        verdict=is_positive(*cost, runs=runs),
        note=f"trained on all fields: {pm(*trained.measured)}",
    )
