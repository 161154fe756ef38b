"""R^2_norm of predictions (Gresch 2022, eq. 5), for figures 4 and 5."""

from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spinlearn.learning.metrics import score
from spinlearn.papers import style
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

RESAMPLES = 400
"""Bootstrap samples for each error of R^2_norm."""

BASELINE = 0.5
"""R^2_norm of the constant predictor."""

BASELINE_LOOK: dict[str, Any] = {"color": "0.35", "lw": 0.9, "ls": ":"}

PAPER = "L = 10, 12, 14; 30 h; 1000 + 100; 5 on L = 10, 12"
"""Sizes of figures 4 and 5 in the paper."""

R2_LABEL = r"$R^2_\mathrm{norm}$"


def tabulate(predictions: Contents, energy_density: float, seed: int) -> pd.DataFrame:
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
    rows = []
    columns = common.predicted_columns(predictions)
    chosen = list(columns.values())
    at_energy = common.at_energy(predictions, energy_density)
    for L, h, index in common.ensembles(predictions, at_energy):
        exact, predicted = samples(predictions, index, chosen)
        result = score(exact, predicted, stream(seed, L, h), resamples=RESAMPLES)
        runs = predicted.shape[1]
        for position, indicator in enumerate(columns):
            values = result.normalised[:, position]
            sampling = float(np.mean(result.normalised_error[:, position]))
            spread = float(np.std(values, ddof=1)) if runs > 1 else np.nan
            between = 0.0 if runs == 1 else spread**2 / runs
            rows.append(
                {
                    "variant": predictions.attributes["variant"],
                    "indicator": indicator,
                    "L": L,
                    "h": h,
                    "energy_density": energy_density,
                    "r2_norm": float(values.mean()),
                    "run_spread": spread,
                    "sampling_error": sampling,
                    "error": float(np.sqrt(sampling**2 + between)),
                    **common.size_columns(predictions, L, len(index)),
                }
            )
    return pd.DataFrame(rows)


def stream(seed: int, L: int, h: float) -> np.random.Generator:
    """The bootstrap stream of an ensemble, the same for all predictors: they are paired."""
    return rng(seed, "gru", "bootstrap", L=L, h=f"{h:.2f}")


def samples(
    predictions: Contents, index: Int[np.ndarray, " n"], columns: list[int]
) -> tuple[Float[np.ndarray, "n runs I"], Float[np.ndarray, "n runs I"]]:
    """Exact and predicted values of some rows and indicators; the exact ones repeat per run."""
    predicted = predictions["prediction"][:, index][..., columns].transpose(1, 0, 2)
    exact = predictions["target"][index][:, None, columns]
    return np.broadcast_to(exact, predicted.shape), predicted


def average(table: pd.DataFrame) -> Measured:
    """Mean of R^2_norm over rows, and its error (NaN for a single run).

    Sampling errors of different (L, h) are independent, so they add in quadrature.
    """
    sampling = error_of_mean(table["sampling_error"])
    return float(table["r2_norm"].mean()), float(np.hypot(sampling, run_error(table)))


def error_of_mean(errors: pd.Series) -> float:
    """Error of the mean of values with these errors, which are independent."""
    return float(np.sqrt((errors**2).sum()) / len(errors))


def run_error(table: pd.DataFrame) -> float:
    """Error of the mean of R^2_norm over rows that is due to the runs (NaN for a single run).

    The runs are the same in all rows, so their spread is averaged.
    """
    spread = table["run_spread"].mean(skipna=False)
    return float(spread / np.sqrt(table["runs"].iloc[0]))


def curve_look(part: pd.DataFrame, index: int) -> dict[str, Any]:
    """Look of the curve with this index; dashed and hollow where its L was held out."""
    held_out = bool(part["held_out"].iloc[0])
    return {**style.look(index, hollow=held_out), "ls": "--" if held_out else "-"}


def length_label(part: pd.DataFrame) -> str:
    """The chain length of rows, and whether it was held out."""
    held_out = " (not trained on)" if part["held_out"].iloc[0] else ""
    return f"$L = {part['L'].iloc[0]}${held_out}"


def draw_curve(ax: Axes, part: pd.DataFrame, index: int) -> None:
    """One curve of R^2_norm, with its error as a band and the look that belongs to `index`."""
    part = part.sort_values("h")
    half = part["error"].fillna(0.0)
    style.mean_and_band(ax, part["h"], part["r2_norm"], half, **curve_look(part, index))


def draw_baseline(ax: Axes) -> None:
    """The constant predictor, and the range of R^2_norm."""
    ax.axhline(BASELINE, zorder=0, **BASELINE_LOOK)
    ax.set_ylim(0.0, 1.0)


def draw_legend(ax: Axes, looks: dict[str, dict[str, Any]]) -> None:
    """The curves' names with their looks, and the constant predictor."""
    looks = {**looks, "constant predictor": BASELINE_LOOK}
    handles = [Line2D([], [], **look) for look in looks.values()]
    ax.legend(handles, list(looks), loc="lower right")


def draw_heading(fig: Figure, table: pd.DataFrame) -> None:
    """A title that says which averages and errors are shown."""
    fig.suptitle(
        f"$\\epsilon$ = {table['energy_density'].iloc[0]:g}; mean of "
        f"{int(table['runs'].iloc[0])} runs; bands: standard error (test realisations and runs)",
        fontsize=8,
    )
