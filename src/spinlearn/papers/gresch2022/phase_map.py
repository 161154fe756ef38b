"""Indicators averaged over realisations, exact and predicted, over h and energy density."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from spinlearn.gru.evaluation import phase_diagrams
from spinlearn.gru.model import GruNetworks
from spinlearn.papers.gresch2022 import common
from spinlearn.statistics.errors import standard_error
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

EXACT, TESTED, FRESH = "exact", "network (test)", "network"
"""Sources: exact values, the networks on the same disorder vectors, and on fresh ones."""


def tabulate(
    predictions: Contents,
    baselines: Sequence[Contents],
    networks: GruNetworks,
    seed: int,
    *,
    vectors: int,
    h_points: int,
    energy_points: int,
) -> pd.DataFrame:
    """Averages of the paper's indicators for the longest chain.

    Args:
        predictions: contents of the predictions file of energy-resolved networks.
        baselines: contents of those of the energy-resolved baselines.
        networks: the networks.
        seed: the pipeline's.
        vectors: fresh disorder vectors per h.
        h_points, energy_points: points of the finer grid on which they are evaluated.

    Returns:
        One row per (indicator, source, h, energy density). The source is "exact" (average over the
        test realisations), "network (test)" or the name of a baseline (average of predictions for
        the same disorder vectors), or "network" (of those for fresh disorder vectors, on a finer
        grid). `value` is the average, `error` the standard error over disorder vectors, `largest`
        the largest single value.
    """
    L = int(predictions["L"].max())
    h_grid = common.fine_grid(predictions["h"], h_points)
    energies = common.fine_grid(predictions["energy_density"], energy_points)
    tables = [_rows(predictions, L, {0: EXACT, 1: TESTED})]
    tables += [_rows(other, L, {1: str(other.attributes["variant"])}) for other in baselines]
    diagrams = phase_diagrams(
        networks,
        L,
        h_grid,
        energies,
        vectors,
        rng(seed, "gru", "phase diagram", L=L),
        disorder=predictions.attributes["disorder"],
    )
    for indicator in tables[0]["indicator"].unique():
        diagram = diagrams[indicator]
        fresh = common.grid_rows(h=diagram.h, energy_density=diagram.energy_density).assign(
            indicator=indicator,
            source=FRESH,
            L=L,
            value=diagram.mean.mean(axis=0).ravel(),
            error=diagram.deviation.mean(axis=0).ravel() / np.sqrt(diagram.samples),
            largest=diagram.largest,
            **common.size_columns(predictions, L, 0),
        )
        tables.append(fresh[tables[0].columns])
    return pd.concat(tables, ignore_index=True)


def _rows(predictions: Contents, L: int, sources: dict[int, str]) -> pd.DataFrame:
    """Averages over the test split of the exact values (0) and of predictions (1)."""
    columns = common.predicted_columns(predictions)
    cells = [
        (h, float(energy), index[predictions["energy_density"][index] == energy])
        for _, h, index in common.ensembles(predictions, predictions["L"] == L)
        for energy in np.unique(predictions["energy_density"][index])
    ]
    rows = []
    for indicator in (name for name in common.LABELS if name in columns):
        for h, energy, chosen in cells:
            both = common.exact_and_predicted(predictions, chosen, columns[indicator])
            for position, source in sources.items():
                each = both[position].mean(axis=0)
                rows.append(
                    {
                        "indicator": indicator,
                        "source": source,
                        "L": L,
                        "h": h,
                        "energy_density": energy,
                        "value": float(each.mean()),
                        "error": float(standard_error(each)),
                        "largest": float(both[position].max()),
                        **common.size_columns(predictions, L, len(chosen)),
                    }
                )
    return pd.DataFrame(rows)
