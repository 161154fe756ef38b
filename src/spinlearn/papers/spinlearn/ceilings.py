"""The share of each indicator's variance that can be explained, from quarters of windows."""

from collections.abc import Sequence
from math import comb

import numpy as np
import pandas as pd

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.explainable_share import explainable_share
from spinlearn.mbl.realisations import by_size_and_strength, observables_in
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

COLUMNS = ["L", "h", "energy_density", "indicator", "share", "share_error", "r2_norm", "error"]
COLUMNS += ["of_spectrum"]

LEAST_REALISATIONS = 3
"""Realisations without which there is no share."""


def ceilings(
    files: Sequence[Contents], energy_density: float | None, seed: int, resamples: int = 400
) -> pd.DataFrame:
    """The largest R^2_norm of each indicator, for every L, h and energy density.

    Args:
        files: contents of files of kind `mbl/indicators` that have quarters of windows.
        energy_density: the only energy density to evaluate; None for all.
        seed: the pipeline's.
        resamples: bootstrap samples for the errors.

    Returns:
        One row per (L, h, energy density, indicator): `share` and `share_error`, the explainable
        share of the variance, `r2_norm` and `error`, 1/(2 - share), and `of_spectrum`, the part of
        the states of the sector S^z = 0 that are in a window. See `explainable_share`. No row for
        an (L, h) with too few realisations.
    """
    rows = []
    for (L, h), blocks in by_size_and_strength(files).items():
        grid = blocks[0]["energy_density"]
        of_spectrum = blocks[0].attributes["states_per_window"] / comb(L, L // 2)
        for name in observables_in(files):
            means = np.concatenate([block[name] for block in blocks])
            quarters = np.concatenate([block[f"{name}_quarters"] for block in blocks])
            for column, energy in enumerate(grid):
                if energy_density is not None and not np.isclose(energy, energy_density):
                    continue
                known = np.isfinite(means[:, column])
                if known.sum() < LEAST_REALISATIONS:
                    continue
                found = explainable_share(
                    quarters[known, column],
                    means[known, column],
                    OBSERVABLES[name].levels,
                    rng(seed, "mbl", "ceiling", L=L, h=f"{h:.2f}"),
                    resamples=resamples,
                )
                rows.append(
                    {
                        "L": L,
                        "h": h,
                        "energy_density": float(energy),
                        "indicator": name,
                        "share": found.share,
                        "share_error": found.share_error,
                        "r2_norm": found.normalised,
                        "error": found.normalised_error,
                        "of_spectrum": of_spectrum,
                    }
                )
    return pd.DataFrame(rows, columns=COLUMNS)
