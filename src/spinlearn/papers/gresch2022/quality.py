"""R^2_norm over disorder and energy density, and where it is best (Gresch 2022, appendix C)."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.learning.metrics import normalised, r_squared, resampled_r_squared
from spinlearn.papers.gresch2022 import common, scores
from spinlearn.papers.verdicts import Measured
from spinlearn.storage.hdf5 import Contents

RESAMPLES = 100
"""Bootstrap samples of the realisations of each h."""

NEAR_MIDDLE, FAR_FROM_MIDDLE = 0.1, 0.3
"""Distances from energy density 0.5: at most, in the middle; at least, towards the ends."""

TRANSITION = (4.0, 8.0)
"""Disorder around the transition, h_c of about 6 in the paper (Pauli)."""

Grid = Float[np.ndarray, "... H E"]


def tabulate(predictions: Contents, seed: int) -> pd.DataFrame:
    """R^2_norm of the longest chain at every h and energy density, and two contrasts of it.

    Args:
        predictions: contents of a predictions file of all energy densities.
        seed: the pipeline's; one bootstrap stream per h, the same for all predictors.

    Returns:
        Rows of the part `map`, one per (h, energy density, indicator): `value`, R^2_norm averaged
        over runs. Rows of the parts `middle` and `transition`, one per indicator: `value`, see
        `contrasts`, and `error`, from the realisations (resampled together for all energy
        densities) and from the runs.
    """
    L, energies = int(predictions["L"].max()), np.unique(predictions["energy_density"])
    columns = common.predicted_columns(predictions)
    cells = common.ensembles(predictions, predictions["L"] == L)
    values, draws = [], []
    for _, strength, index in cells:
        order = np.lexsort(
            (predictions["energy_density"][index], predictions["realisation"][index])
        )
        target, predicted = scores.samples(predictions, index[order], list(columns.values()))
        by_energy = (-1, energies.size, *target.shape[1:])
        target, predicted = (each.reshape(by_energy) for each in (target, predicted))
        stream = scores.stream(seed, L, strength)
        values.append(normalised(r_squared(target, predicted)))
        drawn = resampled_r_squared(target, predicted, stream, RESAMPLES)
        draws.append(normalised(drawn).mean(axis=2))
    h = np.array([strength for _, strength, _ in cells])
    each, drawn = np.stack(values), np.stack(draws)  # H E runs I, H resamples E I
    tables = []
    for column, indicator in enumerate(columns):
        grid = each[..., column].mean(axis=-1)
        rows = common.grid_rows(h=h, energy_density=energies)
        tables.append(rows.assign(part="map", indicator=indicator, value=grid.ravel()))
        found = contrasts(grid, h, energies)
        of_runs = contrasts(np.moveaxis(each[..., column], -1, 0), h, energies)
        of_draws = contrasts(np.moveaxis(drawn[..., column], 1, 0), h, energies)
        for part, value in found.items():
            runs = of_runs[part]
            between = runs.std(ddof=1) / runs.size**0.5 if runs.size > 1 else 0.0
            error = float(np.hypot(between, of_draws[part].std(ddof=1)))
            row = {"part": part, "indicator": indicator, "value": float(value), "error": error}
            tables.append(pd.DataFrame([row]))
    realisations = len(cells[0][2]) // energies.size
    return pd.concat(tables, ignore_index=True).assign(
        predictor=predictions.attributes["variant"],
        L=L,
        **common.size_columns(predictions, L, realisations),
    )


def contrasts(
    grid: Grid, h: Float[np.ndarray, " H"], energies: Float[np.ndarray, " E"]
) -> dict[str, np.ndarray]:
    """Where a quantity over (h, energy density) is large, for h >= 3.

    `middle`: its mean over the middle of the spectrum minus that towards the ends (`NEAR_MIDDLE`,
    `FAR_FROM_MIDDLE`). `transition`: in the middle of the spectrum, its mean over the h of
    `TRANSITION` minus that over the other h. NaN if the grid has no such values.
    """
    distance, strong = np.abs(energies - 0.5), h >= common.H_MIN
    middle, ends = distance <= NEAR_MIDDLE + 1e-9, distance >= FAR_FROM_MIDDLE - 1e-9
    near = (h >= TRANSITION[0]) & (h <= TRANSITION[1])
    return {
        "middle": np.asarray(_mean(grid, strong, middle) - _mean(grid, strong, ends)),
        "transition": np.asarray(_mean(grid, near, middle) - _mean(grid, strong & ~near, middle)),
    }


def _mean(grid: Grid, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Mean over some h and energy densities; NaN without any."""
    chosen = grid[..., rows, :][..., columns]
    if not chosen.shape[-1] or not chosen.shape[-2]:
        return np.full(grid.shape[:-2], np.nan)
    return np.asarray(chosen.mean(axis=(-2, -1)))


def contrast(table: pd.DataFrame, part: str, predictor: str, indicator: str) -> Measured:
    """One of the contrasts in a table, with its error."""
    chosen = (table["part"] == part) & (table["predictor"] == predictor)
    row = table[chosen & (table["indicator"] == indicator)].iloc[0]
    return float(row["value"]), float(row["error"])
