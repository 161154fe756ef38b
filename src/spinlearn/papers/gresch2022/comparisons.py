"""Networks against baselines, paired over the same realisations."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.gru.choices import BASELINES
from spinlearn.learning.metrics import normalised, r_squared, resampled_r_squared
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents


class Resampled(NamedTuple):
    """An indicator in an ensemble (L, h): exact values, R^2_norm (mean over runs), resamples."""

    target: Float[np.ndarray, " n"]
    score: float
    draws: Float[np.ndarray, " resamples"]


def tabulate_all(
    networks: Sequence[Contents], baselines: Sequence[Contents], energy_density: float, seed: int
) -> pd.DataFrame:
    """Rows of `scores.tabulate` for networks and baselines, with the gain over each baseline.

    Args:
        networks, baselines: contents of predictions files, for the same realisations.
        energy_density: the energy density to evaluate.
        seed: the pipeline's.

    Returns:
        One row per (variant, L, h, indicator). Rows of networks have two more columns per baseline:
        `gain_over_NAME` and `gain_over_NAME_error`, see `differences`. Those of baselines have NaN
        there, and one run.

    Raises:
        ValueError: if files hold different realisations.
    """
    others = {
        str(other.attributes["variant"]): resample(other, energy_density, seed)
        for other in baselines
    }
    tables = []
    for network in networks:
        table = scores.tabulate(network, energy_density, seed)
        own = resample(network, energy_density, seed)
        for name, other in others.items():
            found = differences(own, other, f"{network.path} and baseline {name}")
            table = with_gain(table, name, found)
        tables.append(table)
    tables += [scores.tabulate(other, energy_density, seed) for other in baselines]
    return pd.concat(tables, ignore_index=True)


def resample(
    file: Contents, energy_density: float, seed: int
) -> dict[tuple[int, float, str], Resampled]:
    """Every indicator that a file predicts, in every ensemble, by (L, h, indicator).

    The resamples are those of `scores.tabulate`: the same for all predictors.
    """
    columns = common.predicted_columns(file)
    found = {}
    for L, h, index in common.ensembles(file, common.at_energy(file, energy_density)):
        target, predicted = scores.samples(file, index, list(columns.values()))
        draws = resampled_r_squared(target, predicted, scores.stream(seed, L, h), scores.RESAMPLES)
        score = normalised(r_squared(target, predicted)).mean(axis=0)
        means = normalised(draws).mean(axis=1)
        for i, name in enumerate(columns):
            found[L, h, name] = Resampled(target[:, 0, i], float(score[i]), means[:, i])
    return found


def differences(
    first: dict[tuple[int, float, str], Resampled],
    second: dict[tuple[int, float, str], Resampled],
    files: str,
) -> pd.DataFrame:
    """R^2_norm of one predictor minus that of another one, on the same realisations.

    Returns:
        One row per (L, h, indicator that both predict): `difference` of the means over runs, and
        its `error` by the bootstrap over test realisations, in pairs.

    Raises:
        ValueError: if they hold different realisations; it names the files.
    """
    if {key[:2] for key in first} != {key[:2] for key in second}:
        raise ValueError(f"{files} hold different L and h")
    rows = []
    for key in first.keys() & second.keys():
        one, other = first[key], second[key]
        if not np.array_equal(one.target, other.target):
            raise ValueError(f"{files} hold different realisations")
        error = float(np.std(one.draws - other.draws, ddof=1))
        rows.append((*key, one.score - other.score, error))
    return pd.DataFrame(rows, columns=["L", "h", "indicator", "difference", "error"])


def with_gain(table: pd.DataFrame, other: str, found: pd.DataFrame) -> pd.DataFrame:
    """Rows of `scores.tabulate` with their `differences` from another predictor as two columns."""
    gain = f"gain_over_{other}"
    found = found.rename(columns={"difference": gain, "error": f"{gain}_error"})
    return table.merge(found, how="left", on=["L", "h", "indicator"])


def least_gain(part: pd.DataFrame) -> tuple[Measured, str]:
    """Gain of networks over the better baseline, and its name, for rows of `tabulate_all`.

    The better baseline is the one over which the mean gain is least. That is decided on the same
    test realisations, in favour of the baselines. Errors of different (L, h) are independent, so
    they add in quadrature. The error is NaN for a single run; a baseline has no spread of its own.
    """
    gains = {name: float(part[f"gain_over_{name}"].mean()) for name in BASELINES}
    baseline = min(gains, key=lambda name: gains[name])
    sampling = scores.error_of_mean(part[f"gain_over_{baseline}_error"])
    return (gains[baseline], float(np.hypot(sampling, scores.run_error(part)))), baseline
