"""Critical disorder at several energy densities, from exact and from predicted spin fractions."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.gru.evaluation import indicators_at
from spinlearn.gru.model import GruNetworks
from spinlearn.papers.gresch2022 import common
from spinlearn.papers.verdicts import Measured
from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields
from spinlearn.statistics.bootstrap import can_scale, with_errors
from spinlearn.statistics.collapse import collapse
from spinlearn.statistics.crossings import crossing
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

SAMPLES = 200
"""Fresh disorder vectors per (L, h)."""

MIDDLE, SIDES = 0.1, (0.25, 0.35)
"""Distances from energy density 0.5 in the middle of the spectrum, and on both sides of it."""

Cells = dict[float, dict[tuple[int, float], np.ndarray]]
"""Energy density -> (L, h) -> the spin fraction of each realisation."""


def tested_cells(predictions: Contents, lengths: Sequence[int]) -> tuple[Cells, Cells]:
    """Exact spin fractions of the test split, and the means over networks of predicted ones."""
    column = common.predicted_columns(predictions)["spin_fraction"]
    exact: Cells = {}
    predicted: Cells = {}
    for energy in np.unique(predictions["energy_density"]).tolist():
        mask = predictions["energy_density"] == energy
        for L, h, index in common.ensembles(predictions, mask):
            if L in lengths:
                target, of_runs = common.exact_and_predicted(predictions, index, column)
                exact.setdefault(energy, {})[L, h] = target[0]
                predicted.setdefault(energy, {})[L, h] = of_runs.mean(axis=0)
    return exact, predicted


def fresh_cells(
    networks: GruNetworks,
    lengths: Sequence[int],
    h_grid: Float[np.ndarray, " H"],
    energies: Float[np.ndarray, " E"],
    seed: int,
    disorder: Disorder,
) -> Cells:
    """Means over networks of predicted spin fractions, for fresh disorder vectors of any length.

    Vectors of an L are proportional to h, so that curves are smooth in h; lengths are independent.
    """
    column = networks.architecture.indicators.index("spin_fraction")
    found: Cells = {float(energy): {} for energy in energies}
    for L in lengths:
        stream = rng(seed, "gru", "mobility edge", L=L)
        directions = random_fields(stream, 1.0, (SAMPLES, L), disorder)
        for h in h_grid:
            values = indicators_at(networks, h * directions, energies)[..., column]
            of_energy = values.mean(axis=0).T
            for energy, each in zip(found, of_energy, strict=True):
                found[energy][L, float(h)] = each
    return found


def crossings(cells: Cells, seed: int, resamples: int) -> pd.DataFrame:
    """The crossing of two lengths at each energy density, as `h_c, error, fraction`.

    There is no row where the values are too few to scale, or do not vary.
    """
    rows = []
    for energy, values in cells.items():
        data = with_errors(values)
        if not can_scale(data):
            continue
        found = crossing(data, seed, resamples=resamples).iloc[0]
        kept = {"h_c": found.h_crossing, "error": found.error, "fraction": found.fraction}
        rows.append({"energy_density": energy, **kept})
    return pd.DataFrame(rows, columns=["energy_density", "h_c", "error", "fraction"])


def depth(h_c: Mapping[float, float]) -> float:
    """Mean h_c in the middle of the spectrum minus that on both sides of it, where it is known."""
    groups = [[h_c[e] for e in h_c if inside(e)] for inside in (is_middle, is_side)]
    known = [[value for value in group if np.isfinite(value)] for group in groups]
    return float(np.mean(known[0]) - np.mean(known[1])) if all(known) else float("nan")


def is_middle(energy: float) -> bool:
    """Whether an energy density counts as the middle of the spectrum."""
    return bool(abs(energy - 0.5) <= MIDDLE + 1e-9)


def is_side(energy: float) -> bool:
    """Whether an energy density counts as a side."""
    return bool(SIDES[0] - 1e-9 <= abs(energy - 0.5) <= SIDES[1] + 1e-9)


def crossing_depth(cells: Cells, seed: int, resamples: int) -> Measured:
    """The depth of the edge that crossings show, with its bootstrap error.

    A resample takes the same realisations at all energy densities, since values at different
    energies belong to the same disorder vectors. The error is NaN if more than half of the
    resamples have no depth.
    """
    stream = rng(seed, "gru", "mobility edge depth")
    drawn = []
    for _ in range(resamples):
        first = next(iter(cells.values()))
        index = {cell: stream.integers(len(v), size=len(v)) for cell, v in first.items()}
        resampled = {
            energy: {cell: values[index[cell]] for cell, values in data.items()}
            for energy, data in cells.items()
            if is_middle(energy) or is_side(energy)
        }
        drawn.append(_depth_of(resampled, seed))
    known = np.array(drawn)[np.isfinite(drawn)]
    error = float(known.std(ddof=1)) if known.size > resamples / 2 else float("nan")
    return _depth_of(cells, seed), error


def _depth_of(cells: Cells, seed: int) -> float:
    found = crossings(cells, seed, resamples=0).set_index("energy_density")["h_c"]
    return depth(found.to_dict())


def scaling_rows(cells: Cells, seed: int, resamples: int) -> list[pd.DataFrame]:
    """The collapse at each energy density, and the depth of the edge that they show.

    Its error takes those of all energy densities in the middle, or at the sides, as one.
    """
    rows = []
    for energy, each in cells.items():
        data = with_errors(each)
        if not can_scale(data):
            continue
        fit = collapse(data, seed, resamples=resamples).iloc[0]
        values = {"h_c": fit.h_c, "error": fit.h_c_error, "quality": fit.quality}
        rows.append({"part": "edge", "source": "beyond", "energy_density": energy, **values})
    columns = ["part", "source", "energy_density", "h_c", "error", "quality"]
    edge = pd.DataFrame(rows, columns=columns)
    value = depth(dict(zip(edge["energy_density"], edge["h_c"], strict=True)))
    middle = edge["energy_density"].map(is_middle).astype(bool)
    errors = edge["error"][middle].mean(), edge["error"][~middle].mean()
    return [edge, depth_row("beyond", value, math.hypot(*errors))]


def depth_row(source: str, value: float, error: float) -> pd.DataFrame:
    """A row of the part `depth`."""
    return pd.DataFrame([{"part": "depth", "source": source, "depth": value, "error": error}])
