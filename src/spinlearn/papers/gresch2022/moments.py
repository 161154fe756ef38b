"""Mean and standard deviation of indicators over realisations, exact and predicted (figure 3)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.papers.gresch2022 import common
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents

SOURCES = ("exact", "network")


def tabulate(
    predictions: Contents, energy_density: float, baselines: Sequence[Contents] = ()
) -> pd.DataFrame:
    """Moments over the test realisations of the longest chain.

    Args:
        predictions: contents of a predictions file.
        energy_density: the energy density to evaluate.
        baselines: contents of the predictions files of baselines.

    Returns:
        One row per (h, indicator, source), the source being "exact", "network" or the name of a
        baseline: `mean` and `std` over the test realisations, and their standard errors
        `mean_error` and `std_error` (Gaussian); averaged over the runs for the source "network".
        For a single realisation, all but the mean are NaN.
    """
    tables = [_tabulate(predictions, energy_density, SOURCES)]
    for file in baselines:
        name = str(file.attributes["variant"])
        table = _tabulate(file, energy_density, ("exact", name))
        tables.append(table[table["source"] == name])
    return pd.concat(tables, ignore_index=True)


def _tabulate(
    predictions: Contents, energy_density: float, sources: tuple[str, str]
) -> pd.DataFrame:
    """Moments of the exact values and of one predictor."""
    mask = common.at_energy(predictions, energy_density)
    longest = predictions["L"] == predictions["L"][mask].max()
    rows = []
    for L, h, index in common.ensembles(predictions, mask & longest):
        for indicator, column in common.predicted_columns(predictions).items():
            both = common.exact_and_predicted(predictions, index, column)
            for source, values in zip(sources, both, strict=True):
                rows.append(
                    {
                        "indicator": indicator,
                        "L": L,
                        "h": h,
                        "energy_density": energy_density,
                        "source": source,
                        **_moments(values),
                        **common.size_columns(predictions, L, len(index)),
                    }
                )
    return pd.DataFrame(rows)


def _moments(values: Float[np.ndarray, "runs n"]) -> dict[str, float]:
    """Columns of mean and standard deviation over n realisations, and their errors."""
    n = values.shape[1]
    std = np.nan
    if n > 1:  # exactly 0 for equal values, not the rounding of their mean
        is_constant = (values == values[:, :1]).all(axis=1)
        std = float(np.where(is_constant, 0.0, values.std(axis=1, ddof=1)).mean())
    return {
        "mean": float(values.mean()),
        "std": std,
        "mean_error": std / np.sqrt(n),
        "std_error": std / np.sqrt(2 * (n - 1)),
    }


def rms_offset(exact: pd.DataFrame, network: pd.DataFrame) -> Measured:
    """Root mean square of `offsets`, with the error propagated from the exact means.

    The error is an upper limit, since both means use the same realisations.
    """
    offset = offsets(exact, network)
    rms = float(np.sqrt((offset**2).mean()))
    unit = exact["mean_error"] / exact["std"]
    error = float(np.sqrt(((offset * unit) ** 2).sum()) / (len(offset) * rms)) if rms else 0.0
    return rms, error


def offsets(exact: pd.DataFrame, network: pd.DataFrame) -> pd.Series:
    """Deviation of the network's means from the exact ones, in exact standard deviations."""
    return (network["mean"] - exact["mean"]) / exact["std"]


def spread_ratio(exact: pd.DataFrame, network: pd.DataFrame) -> Measured:
    """Mean ratio of the network's standard deviations to the exact ones.

    Its error is propagated from the exact ones.
    """
    ratios = network["std"] / exact["std"]
    relative = exact["std_error"] / exact["std"] * ratios
    return float(ratios.mean()), float(np.sqrt((relative**2).sum())) / len(ratios)
