"""The spin fraction averaged over realisations, exact and predicted, over h and energy density."""

import numpy as np
import pandas as pd

from spinlearn.gru.evaluation import phase_diagram
from spinlearn.gru.model import GruNetworks
from spinlearn.papers.gresch2022 import common
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

ENERGY_POINTS = 37
"""Points of the finer grid of energy densities on which networks are evaluated."""

SAMPLES = 200
"""Fresh disorder vectors per h; the paper takes 100."""

TEST_SOURCES = ("exact", "network (test)")


def tabulate(predictions: Contents, networks: GruNetworks, seed: int) -> pd.DataFrame:
    """Averaged spin fraction of the longest chain.

    Args:
        predictions: contents of the predictions file of energy-resolved networks.
        networks: these networks.
        seed: the pipeline's.

    Returns:
        One row per (source, h, energy density). The source is "exact" (average over the test
        realisations), "network (test)" (the networks' average over the same disorder vectors) or
        "network" (their average over fresh disorder vectors, on a finer grid). `error` is the
        standard error over disorder vectors, `largest` the largest single value.
    """
    L = int(predictions["L"].max())
    diagram = phase_diagram(
        networks,
        L,
        common.fine_grid(predictions["h"], common.H_POINTS),
        common.fine_grid(predictions["energy_density"], ENERGY_POINTS),
        SAMPLES,
        rng(seed, "gru", "phase diagram", L=L),
        disorder=predictions.attributes["disorder"],
    )
    fresh = common.grid_rows(h=diagram.h, energy_density=diagram.energy_density).assign(
        source="network",
        L=L,
        spin_fraction=diagram.mean.mean(axis=0).ravel(),
        error=diagram.deviation.mean(axis=0).ravel() / np.sqrt(diagram.samples),
        largest=diagram.largest,
        **common.size_columns(predictions, L, 0),
    )
    tested = _test_rows(predictions, L)
    return pd.concat([tested, fresh[tested.columns]], ignore_index=True)


def _test_rows(predictions: Contents, L: int) -> pd.DataFrame:
    """The rows of the sources that use the disorder vectors of the test split."""
    column = common.predicted_columns(predictions)["spin_fraction"]
    rows = []
    for _, h, index in common.ensembles(predictions, predictions["L"] == L):
        energies = predictions["energy_density"][index]
        for energy in np.unique(energies):
            chosen = index[energies == energy]
            both = common.exact_and_predicted(predictions, chosen, column)
            for source, values in zip(TEST_SOURCES, both, strict=True):
                each = values.mean(axis=0)
                rows.append(
                    {
                        "source": source,
                        "L": L,
                        "h": h,
                        "energy_density": float(energy),
                        "spin_fraction": float(each.mean()),
                        "error": float(standard_error(each)),
                        "largest": float(values.max()),
                        **common.size_columns(predictions, L, len(chosen)),
                    }
                )
    return pd.DataFrame(rows)
