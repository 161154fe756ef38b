"""Networks against baselines and against one another, paired over the same realisations."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spinlearn.gru.baselines import BASELINES
from spinlearn.learning.metrics import mean_difference_error, normalised, resampled_r_squared
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.gresch2022.scores import RESAMPLES, run_error
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

NAMES = {"mean": "mean at each $h$", "deviation": "quartic in std", "regression": "regression"}
"""Names of the baselines on figures."""


def gain_column(name: str) -> str:
    """The column with a predictor's R^2_norm minus that of another one."""
    return f"gain_over_{name}"


def with_gains(
    table: pd.DataFrame,
    predictions: Contents,
    others: Sequence[Contents],
    energy_density: float,
    seed: int,
) -> pd.DataFrame:
    """A table of `scores.tabulate` with the gain over other predictors of the same realisations.

    Args:
        table: the rows of `predictions`.
        predictions, others: contents of predictions files.
        energy_density: the energy density to evaluate.
        seed: the pipeline's; the resamples are those of `scores.tabulate`.

    Returns:
        The table with two more columns per predictor: `gain_over_NAME`, the mean R^2_norm over runs
        minus that of the other one, and `gain_over_NAME_error`, its bootstrap error over test
        realisations, paired. NaN where the other predictor does not predict an indicator.

    Raises:
        ValueError: if another file holds other realisations.
    """
    found = table.copy()
    for other in others:
        name = str(other.attributes["variant"])
        pairs = [
            _gain(predictions, other, row, energy_density, seed)
            for row in table[["L", "h", "indicator"]].itertuples(index=False)
        ]
        column = gain_column(name)
        found[[column, f"{column}_error"]] = np.array(pairs).reshape(-1, 2)
    return found


def _gain(
    predictions: Contents, other: Contents, row: "tuple[int, float, str]", energy: float, seed: int
) -> Measured:
    """Gain in R^2_norm of one indicator in one ensemble (L, h), with its paired error."""
    L, h, indicator = row
    stream = partial(rng, seed, "gru", "bootstrap", L=L, h=f"{h:.2f}")
    exact, scores, draws = [], [], []
    for file in (predictions, other):
        column = common.predicted_columns(file).get(indicator)
        if column is None:
            return np.nan, np.nan
        index = _rows(file, L, h, energy)
        target, predicted = common.exact_and_predicted(file, index, column)
        target = np.repeat(target, len(predicted), axis=0)
        exact.append(target[0])
        drawn = resampled_r_squared(target.T, predicted.T, stream(), RESAMPLES)
        draws.append(drawn)
        scores.append(float(normalised(_r_squared(target.T, predicted.T)).mean()))
    if not np.array_equal(*exact):
        raise ValueError(f"{other.path} holds other realisations than {predictions.path}")
    return scores[0] - scores[1], float(mean_difference_error(*draws))
