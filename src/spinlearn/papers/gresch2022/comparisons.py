"""Networks against baselines, paired over the same realisations."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spinlearn.gru.choices import BASELINES
from spinlearn.learning.metrics import normalised, r_squared, resampled_r_squared
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents


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
    """
    tables = []
    for network in networks:
        table = scores.tabulate(network, energy_density, seed)
        for other in baselines:
            gain = f"gain_over_{other.attributes['variant']}"
            found = differences(network, other, energy_density, seed)
            found = found.rename(columns={"difference": gain, "error": f"{gain}_error"})
            table = table.merge(found, how="left", on=["L", "h", "indicator"])
        tables.append(table)
    tables += [scores.tabulate(other, energy_density, seed) for other in baselines]
    return pd.concat(tables, ignore_index=True)


def differences(
    first: Contents, second: Contents, energy_density: float, seed: int
) -> pd.DataFrame:
    """R^2_norm of one predictor minus that of another one, on the same realisations.

    Args:
        first, second: contents of predictions files.
        energy_density: the energy density to evaluate.
        seed: the pipeline's; the resamples are those of `scores.tabulate`.

    Returns:
        One row per (L, h, indicator that both predict): `difference` of the means over runs, and
        its `error` by the bootstrap over test realisations, in pairs.

    Raises:
        ValueError: if the files hold different realisations.
    """
    names = [name for name in common.predicted_columns(first) if _predicts(second, name)]
    cells = [
        common.ensembles(file, common.at_energy(file, energy_density)) for file in (first, second)
    ]
    if [cell[:2] for cell in cells[0]] != [cell[:2] for cell in cells[1]]:
        raise ValueError(f"{second.path} holds other L and h than {first.path}")
    rows = []
    for (L, h, index), (*_, other_index) in zip(*cells, strict=True):
        target, score, draws = _resampled(first, index, names, scores.stream(seed, L, h))
        same, other, other_draws = _resampled(second, other_index, names, scores.stream(seed, L, h))
        if not np.array_equal(target, same):
            raise ValueError(f"{second.path} holds other realisations than {first.path}")
        error = np.std(draws - other_draws, axis=0, ddof=1)
        found = {"indicator": names, "difference": score - other, "error": error}
        rows.append(pd.DataFrame({"L": L, "h": h, **found}))
    return pd.concat(rows, ignore_index=True)


def _predicts(file: Contents, indicator: str) -> bool:
    return indicator in common.predicted_columns(file)


def _resampled(
    file: Contents, index: Int[np.ndarray, " n"], names: list[str], rng: np.random.Generator
) -> tuple[Float[np.ndarray, "n I"], Float[np.ndarray, " I"], Float[np.ndarray, "resamples I"]]:
    """Targets of some rows, R^2_norm averaged over runs, and the same of resampled rows."""
    columns = common.predicted_columns(file)
    chosen = [columns[name] for name in names]
    target, predicted = scores.samples(file, index, chosen)
    draws = resampled_r_squared(target, predicted, rng, scores.RESAMPLES)
    score = normalised(r_squared(target, predicted)).mean(axis=0)
    return target[:, 0], score, normalised(draws).mean(axis=1)


def least_gain(part: pd.DataFrame) -> tuple[Measured, str]:
    """Gain of networks over the better baseline, and its name, for rows of `tabulate_all`.

    The better baseline is the one over which the mean gain is least. That is decided on the same
    test realisations, in favour of the baselines. Errors of different (L, h) are independent, so
    they add in quadrature. The error is NaN for a single run; a baseline has no spread of its own.
    """
    gains = {name: float(part[f"gain_over_{name}"].mean()) for name in BASELINES}
    baseline = min(gains, key=lambda name: gains[name])
    sampling = np.sqrt((part[f"gain_over_{baseline}_error"] ** 2).sum()) / len(part)
    return (gains[baseline], float(np.hypot(sampling, scores.run_error(part)))), baseline
