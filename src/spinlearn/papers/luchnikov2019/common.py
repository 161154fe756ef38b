"""Shared by the figures of Luchnikov 2019: labels, sizes, points of the ground states, agreement.

Errors join the variation between runs and the sampling of each; see `spinlearn.vae.runs`.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from spinlearn.papers.verdicts import Claim, Measured, Need, claim, is_below
from spinlearn.vae.runs import over_runs
from spinlearn.vae.schemas import OBSERVABLES

VAE, DMRG = "VAE", "DMRG"
"""Names of the learned and the computed ground states in legends."""

TOLERANCE = 0.05
"""Largest deviation of an expectation value that counts as agreement."""

SAMPLES = 500000
"""The paper's training samples per field. Fewer leave a model with larger errors of its own."""

LONG_CHAIN = "paper: N = 32, 21 fields, 500000 samples each"
SHORT_CHAIN = "paper: N = 5"
"""Sizes of the paper, for the scorecard."""


ESTIMATES = ("vae", "decoder_mean")
"""Columns of `observables.csv` that are estimates of one run, each with an error."""


def observables_over_runs(paths: Iterable[Path], names: Iterable[str]) -> pd.DataFrame:
    """Some observables, averaged over the runs of each model; see `spinlearn.vae.runs.over_runs`.

    One row per (model, observable, field, site).
    """
    table = pd.concat([OBSERVABLES.read(path) for path in paths], ignore_index=True)
    rows = table[table.observable.isin(list(names))]
    return over_runs(rows, ("model", "observable", "hx", "site"), ESTIMATES)


def nearest_field(fields: Iterable[float], wanted: float) -> float:
    """The field nearest to the one wanted; of two at equal distance the smaller.

    >>> nearest_field([0.8, 1.0], 0.9)
    0.8
    """
    return min(sorted(fields), key=lambda hx: round(abs(hx - wanted), 9))


def value_and_error(row: pd.Series, column: str) -> Measured:
    """The value in a column, and the error in the column of this name with `_error`."""
    return float(row[column]), float(row[f"{column}_error"])


def needs(table: pd.DataFrame, N: int) -> list[Need]:
    """The sizes that a claim on a trained model needs: the paper's chain length and samples."""
    samples = int(table.training_samples.iloc[0])
    return [("N", int(table.N.max()), N), ("samples", samples, SAMPLES)]


def scale(table: pd.DataFrame, paper: str) -> str:
    """The sizes of a table and those of the paper, for the scorecard."""
    fields = table.hx.nunique()
    samples = int(table.training_samples.iloc[0])
    N = int(table.N.max())
    return f"N = {N}, {fields} field{'s'[: fields != 1]}, {samples} samples each ({paper})"


def sizes_label(table: pd.DataFrame) -> str:
    """Size of the chain and of the training set, for a title."""
    samples = f"{int(table.training_samples.iloc[0]):,}".replace(",", "\u2009")
    return f"$N$ = {int(table.N.max())}, {samples} training samples per field"


def sizes_and_field_label(table: pd.DataFrame) -> str:
    """The sizes and the tie-breaking longitudinal field, for a title of two lines."""
    field = rf"tie-breaking field $\lambda$ = {table.longitudinal_field.iloc[0]:g} $J$"
    return f"{sizes_label(table)}\n{field}"


def draw_ground_states(ax: Axes, x: pd.Series, y: pd.Series, color: str, label: str) -> None:
    """Values of the ground states as points, joined by a dotted line to guide the eye."""
    ax.plot(x, y, color=color, label=label, lw=0.9, ls=":", marker="_", ms=7, mew=1.5, zorder=1)


def agreement_claim(table: pd.DataFrame, figure: int, name: str, what: str) -> Claim:
    """Claim that expectation values of the VAE agree with DMRG at every field (figures 5 to 8).

    The rule: the largest deviation of the decoder's mean is below `TOLERANCE` (`is_below`, with the
    error at that point). It needs the paper's N = 32 and 500,000 samples per field: agreement is
    that of a trained model, and the nearest-neighbour correlations at the critical field, which
    deviate most, depend on both.

    Args:
        table: the rows to compare.
        figure: number of the figure.
        name: the last part of the claim's key.
        what: the quantity, in words.
    """
    deviation = table.decoder_mean - table.exact
    worst = table.loc[deviation.abs().idxmax()]
    largest = (float(abs(worst.decoder_mean - worst.exact)), float(worst.decoder_mean_error))
    rms = float(np.sqrt((deviation**2).mean()))
    outside = float((abs(table.vae - table.exact) > 2 * table.vae_error).mean())
    place = f"at site {int(worst.site)}, hx = {worst.hx:g}" if worst.site else f"hx = {worst.hx:g}"
    return claim(
        f"luchnikov2019.figure{figure}.{name}",
        f"{what} of the VAE agrees with DMRG at every field (largest deviation)",
        published=f"good agreement (here: within {TOLERANCE})",
        measured=largest,
        verdict=is_below(*largest, TOLERANCE),
        needs=needs(table, 32),
        scale=scale(table, LONG_CHAIN),
        note=f"{place}; rms deviation {rms:.3f}; {outside:.0%} of the sampled estimates deviate by "
        "more than two errors",
    )
