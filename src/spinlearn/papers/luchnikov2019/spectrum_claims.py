"""Claims of figure 13 on spectra of reconstructed density matrices."""

from functools import partial

import numpy as np
import pandas as pd

from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, is_below, lies_between

STRINGS = "strings"
"""Name of the rows of strings drawn from the exact state, in the place of a model's."""

MIN_LARGEST_EIGENVALUE = 0.5
"""A state is slightly mixed if one eigenvalue is larger than the sum of all others."""


def claims(table: pd.DataFrame) -> list[Claim]:
    """A slightly mixed state, with negative eigenvalues; all need N = 5 and 500,000 samples.

    The rules, by means over the runs: the largest eigenvalue of ρ of the whole chain lies between
    `MIN_LARGEST_EIGENVALUE` and 1 (`lies_between`). The smallest eigenvalue of ρ of the whole
    chain, and of the last three spins, is negative (`is_below`). Claims of our own, which need N =
    5: each is below the mean smallest eigenvalue of as many strings of the exact state
    (`is_below`), so that it is more than the noise of the training strings. Errors of one run are
    the upper limits of `spectrum_with_errors`. There is no claim on the last three spins if they
    are the whole chain.
    """
    paper = table[table.model == common.PAPER_MODEL]
    strings = table[table.model == STRINGS]
    whole = paper[paper.part == "whole"]
    largest, runs = mean_of_runs(whole, _largest)
    hx = f"hx = {table.hx.iloc[0]:g}"
    found = [
        claim(
            "luchnikov2019.figure13.slightly_mixed",
            "the VAE approximates the pure state by a slightly mixed one (largest eigenvalue)",
            published=f"slightly below 1 (no number; here: above {MIN_LARGEST_EIGENVALUE:g})",
            measured=largest,
            verdict=lies_between(*largest, MIN_LARGEST_EIGENVALUE, 1.0, runs=runs),
            needs=common.needs(whole, 5),
            scale=common.scale(whole, common.SHORT_CHAIN),
            note=f"{hx}; limit chosen after looking at the default run",
        )
    ]
    found += _negative(whole, strings[strings.part == "whole"], "", hx)
    reduced = paper[paper.part == "last three"]
    if reduced.level.max() < whole.level.max():
        found += _negative(reduced, strings[strings.part == "last three"], "reduced", hx)
    return found


def _negative(rows: pd.DataFrame, strings: pd.DataFrame, kind: str, hx: str) -> list[Claim]:
    """The smallest eigenvalue: whether it is negative, and whether it is below the noise level."""
    smallest, runs = mean_of_runs(rows, _smallest)
    level = strings.groupby("run").vae.min()
    noise = (float(level.mean()), float(level.std(ddof=1)))
    excess = (smallest[0] - noise[0], float(np.hypot(smallest[1], noise[1])))
    name = f"negative_{kind}_eigenvalues" if kind else "negative_eigenvalues"
    about = partial(claim, scale=common.scale(rows, common.SHORT_CHAIN))
    matrix = "the VAE's density matrix"
    if kind:
        matrix = "the reduced density matrix of the last three spins too"
    negative = int((level < 0).sum())
    return [
        about(
            f"luchnikov2019.figure13.{name}",
            f"negative eigenvalues appear in {matrix} (smallest eigenvalue)",
            published="< 0",
            measured=smallest,
            verdict=is_below(*smallest, 0.0, runs=runs),
            needs=common.needs(rows, 5),
            note=f"{hx}; strings of the exact state give a negative one in {negative} of "
            f"{len(level)} draws",
        ),
        about(
            f"luchnikov2019.figure13.{name}_beyond_noise",
            f"negative eigenvalues in {matrix} are more than the noise of the training strings "
            "(smallest eigenvalue less that of as many strings of the exact state)",
            published="no noise level stated",
            measured=excess,
            verdict=is_below(*excess, 0.0, runs=runs),
            needs=common.needs(rows, 5)[:1],
            origin="spinlearn",
            note=f"{hx}; strings of the exact state: {noise[0]:.4f} ± {noise[1]:.4f} (one draw)",
        ),
    ]


def _largest(rows: pd.DataFrame) -> Measured:
    return common.value_and_error(rows.loc[rows.vae.idxmax()], "vae")


def _smallest(rows: pd.DataFrame) -> Measured:
    return common.value_and_error(rows.loc[rows.vae.idxmin()], "vae")
