"""R^2_norm of predictions (Gresch 2022, eq. 5), for figures 4 and 5."""

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.gru.schemas import INDICATORS
from spinlearn.learning.metrics import score
from spinlearn.papers.gresch2022.common import (
    at_energy,
    ensembles,
    predicted_columns,
    size_columns,
)
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

RESAMPLES = 400
"""Bootstrap samples for each error of R^2_norm."""

BASELINE = 0.5
"""R^2_norm of the constant predictor."""

PAPER = "L = 10, 12, 14; 30 h; 1000 + 100; 5 on L = 10, 12"
"""Sizes of figures 4 and 5 in the paper."""

R2_LABEL = r"$R^2_\mathrm{norm}$"


def scores(predictions: Contents, energy_density: float, seed: int) -> pd.DataFrame:
    """R^2_norm = 1/(2 - R^2) of each indicator over the test realisations.

    Args:
        predictions: contents of a predictions file.
        energy_density: the energy density to evaluate.
        seed: the pipeline's. Each (L, h) has its own bootstrap stream, the same for all variants.

    Returns:
        One row per (L, h, indicator): `r2_norm`, the mean over runs; `run_spread`, the standard
        deviation over runs (NaN for a single run); `sampling_error`, the bootstrap error over the
        test realisations, which all runs share; `error`, the error of the mean from both.
    """
    stream = partial(rng, seed, "gru", "bootstrap")
    rows = []
    columns = predicted_columns(predictions)
    for L, h, index in ensembles(predictions, at_energy(predictions, energy_density)):
        predicted = predictions["prediction"][:, index][..., columns].transpose(1, 0, 2)
        exact = np.broadcast_to(predictions["target"][index][:, None, columns], predicted.shape)
        result = score(exact, predicted, stream(L=L, h=f"{h:.2f}"), resamples=RESAMPLES)
        runs = predicted.shape[1]
        for position, column in enumerate(columns):
            values = result.normalised[:, position]
            sampling = float(np.mean(result.normalised_error[:, position]))
            spread = float(np.std(values, ddof=1)) if runs > 1 else np.nan
            between = 0.0 if runs == 1 else spread**2 / runs
            rows.append(
                {
                    "variant": predictions.attributes["variant"],
                    "indicator": INDICATORS[column],
                    "L": L,
                    "h": h,
                    "energy_density": energy_density,
                    "r2_norm": float(values.mean()),
                    "run_spread": spread,
                    "sampling_error": sampling,
                    "error": float(np.sqrt(sampling**2 + between)),
                    **size_columns(predictions, L, len(index)),
                }
            )
    return pd.DataFrame(rows)


def average(table: pd.DataFrame) -> tuple[float, float]:
    """Mean of R^2_norm over rows, and its error (NaN for a single run).

    Sampling errors of different (L, h) are independent, so they add in quadrature. The runs are the
    same in all rows, so their spread is averaged.
    """
    sampling = np.sqrt((table["sampling_error"] ** 2).sum()) / len(table)
    between = table["run_spread"].mean(skipna=False) / np.sqrt(table["runs"].iloc[0])
    return float(table["r2_norm"].mean()), float(np.hypot(sampling, between))


def draw_curve(ax: Axes, part: pd.DataFrame, color: str, marker: str) -> None:
    """One curve of R^2_norm with its error as a band; dashed where the length was held out."""
    part = part.sort_values("h")
    held_out = bool(part["held_out"].iloc[0])
    ax.plot(
        part["h"],
        part["r2_norm"],
        color=color,
        marker=marker,
        ls="--" if held_out else "-",
        mfc="white" if held_out else color,
    )
    half = part["error"].fillna(0.0)
    low, high = part["r2_norm"] - half, part["r2_norm"] + half
    ax.fill_between(part["h"], low, high, color=color, alpha=0.18, lw=0)


def draw_baseline(ax: Axes) -> None:
    """The constant predictor, and the range of R^2_norm."""
    ax.axhline(BASELINE, color="0.35", lw=0.9, ls=":", zorder=0)
    ax.set_ylim(0.0, 1.0)


def baseline_handle() -> Line2D:
    """The constant predictor's line in a legend."""
    return Line2D([], [], color="0.35", lw=0.9, ls=":")


def draw_heading(fig: Figure, table: pd.DataFrame) -> None:
    """A title that says which averages and errors are shown."""
    fig.suptitle(
        f"$\\epsilon$ = {table['energy_density'].iloc[0]:g}; mean of "
        f"{int(table['runs'].iloc[0])} runs; bands: standard error (test realisations and runs)",
        fontsize=8,
    )
