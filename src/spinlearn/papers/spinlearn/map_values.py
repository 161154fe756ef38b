"""Averages of indicators over realisations, for every chain length, disorder and energy density."""

import numpy as np
import pandas as pd

from spinlearn.mbl.realisations import by_size_and_strength, observables_in
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.spins.entanglement import entropy_normalisation
from spinlearn.statistics.errors import defined_moments
from spinlearn.storage.hdf5 import Contents


def map_values(files: list[Contents], normalisation: EntropyNormalisation) -> pd.DataFrame:
    """Each indicator averaged over realisations, for every L, h and energy density.

    Returns:
        Long format: `L, h, energy_density, indicator, mean, error, std, realisations`; the
        entanglement entropy is divided by the normalisation named, others are in their unit.
        Realisations for which an indicator is undefined do not count. `window_mean, window_width`
        are the means over all realisations, `states_per_window` the number of states.
    """
    tables = []
    indicators = observables_in(files)
    for (L, h), blocks in by_size_and_strength(files).items():
        window_mean, window_width = (
            np.concatenate([block[name] for block in blocks]).mean(axis=0)
            for name in ("window_mean", "window_width")
        )
        scale = {"entanglement_entropy": entropy_normalisation(L, normalisation)}
        for indicator in indicators:
            values = np.concatenate([block[indicator] for block in blocks])
            moments = defined_moments(values / scale.get(indicator, 1.0))
            columns = {
                "L": L,
                "h": h,
                "energy_density": blocks[0]["energy_density"],
                "indicator": indicator,
                "mean": moments.mean,
                "error": moments.error,
                "std": moments.deviation,
                "realisations": moments.count,
                "window_mean": window_mean,
                "window_width": window_width,
                "states_per_window": blocks[0].attributes["states_per_window"],
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)
