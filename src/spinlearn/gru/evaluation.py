"""Predictions of trained networks, for known realisations and for fresh disorder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.gru.data import Realisations, row_arrays
from spinlearn.gru.model import GruNetworks, features, indicators
from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields
from spinlearn.statistics.errors import standard_error


@dataclass(frozen=True)
class Prediction:
    """Predictions for a set of realisations, one row per (realisation, energy density).

    Attributes:
        prediction: the indicators of the realisations, in their order; NaN for those that the
            networks do not predict.
        features: feature vectors, repeated for each energy density.
    """

    prediction: Float[np.ndarray, "runs rows indicators"]
    features: Float[np.ndarray, "runs rows features"]


@dataclass(frozen=True)
class PhaseDiagram:
    """An indicator averaged over fresh disorder vectors (Gresch 2022, figure 6b).

    Attributes:
        h: disorder parameters, in units of J.
        energy_density: energy densities.
        mean: average over the disorder vectors.
        deviation: standard deviation over them.
        samples: disorder vectors per h.
        largest: largest single prediction.
    """

    h: Float[np.ndarray, " H"]
    energy_density: Float[np.ndarray, " E"]
    mean: Float[np.ndarray, "runs H E"]
    deviation: Float[np.ndarray, "runs H E"]
    samples: int
    largest: float


@dataclass(frozen=True)
class FeatureCurves:
    """Mean feature vectors over fresh disorder vectors (Gresch 2022, figure 8).

    Attributes:
        L: chain lengths.
        h: disorder parameters, in units of J.
        mean: averages over the disorder vectors.
        error: their standard errors; NaN for a single vector.
        samples: disorder vectors per (L, h).
    """

    L: tuple[int, ...]
    h: Float[np.ndarray, " H"]
    mean: Float[np.ndarray, "runs lengths H features"]
    error: Float[np.ndarray, "runs lengths H features"]
    samples: int


def predict(networks: GruNetworks, data: Realisations) -> Prediction:
    """Indicators of every realisation at every energy density of `data`, by every network.

    Networks without the energy density as input predict the same values at all of them.

    Raises:
        ValueError: if `data` lacks an indicator that the networks predict.
    """
    E = len(data.energy_density)
    states = np.repeat(features(networks, data.fields, data.L), E, axis=1)
    energies = np.tile(data.energy_density, len(data))
    values = indicators(networks, states, energies)
    prediction = np.full((networks.networks, len(energies), len(data.indicators)), np.nan)
    for column, name in enumerate(networks.architecture.indicators):
        prediction[..., data.indicators.index(name)] = values[..., column]
    return Prediction(prediction, states)


def prediction_arrays(
    data: Realisations,
    prediction: Prediction,
    runs: Sequence[int],
    redrawn: Sequence[int] = (),
) -> dict[str, np.ndarray]:
    """The arrays of a predictions file, one row per (realisation, energy density).

    Args:
        data: the realisations.
        prediction: the predictions of all networks for them.
        runs: numbers of the runs that trained the networks.
        redrawn: those of them whose initial weights were drawn a second time.
    """
    return {
        "run": np.array(runs, dtype=np.int64),
        "redrawn": np.isin(runs, redrawn).astype(np.int64),
        **row_arrays(data),
        "prediction": prediction.prediction,
        "features": prediction.features,
    }


def phase_diagrams(
    networks: GruNetworks,
    L: int,
    h_grid: Float[np.ndarray, " H"],
    energy_grid: Float[np.ndarray, " E"],
    samples: int,
    rng: np.random.Generator,
    *,
    disorder: Disorder = "uniform",
) -> dict[str, PhaseDiagram]:
    """Each predicted indicator over disorder and energy density, from fresh disorder vectors.

    It needs only forward passes: the cost is proportional to L and to the numbers of h, energy
    densities and samples (Gresch 2022, appendix C). The same draws u, of disorder strength 1, are
    used for every h, as h u. So the diagram is smooth in h, and a value does not depend on the rest
    of the grid.

    Args:
        networks: energy-resolved networks.
        L: chain length; it may be one that was not used for training.
        h_grid: disorder parameters, in units of J (Pauli).
        energy_grid: energy densities.
        samples: disorder vectors per h.
        rng: stream of the disorder vectors.
        disorder: distribution of the fields.

    Raises:
        InvalidArgumentError: if a number is not finite or out of its range.
    """
    h_grid = arguments.real("h_grid", h_grid, (None,))
    energy_grid = arguments.real("energy_grid", energy_grid, (None,))
    arguments.integer("L", L, 1)
    arguments.integer("samples", samples, 1)
    directions = random_fields(rng, 1.0, (samples, L), disorder)
    outputs = len(networks.architecture.indicators)
    shape = (networks.networks, h_grid.size, energy_grid.size, outputs)
    mean, deviation, largest = np.empty(shape), np.empty(shape), np.full(outputs, -np.inf)
    for row, h in enumerate(h_grid):
        values = indicators_at(networks, h * directions, energy_grid)
        mean[:, row], deviation[:, row] = values.mean(axis=1), values.std(axis=1)
        largest = np.maximum(largest, values.max(axis=(0, 1, 2)))
    return {
        name: PhaseDiagram(
            h_grid, energy_grid, mean[..., i], deviation[..., i], samples, float(largest[i])
        )
        for i, name in enumerate(networks.architecture.indicators)
    }


def indicators_at(
    networks: GruNetworks, rings: Float[np.ndarray, "R L"], energies: Float[np.ndarray, " E"]
) -> Float[np.ndarray, "networks R E outputs"]:
    """Indicators of rings of one length at every energy density of a grid, by every network."""
    R, L = rings.shape
    states = np.repeat(features(networks, rings, np.full(R, L)), energies.size, axis=1)
    values = indicators(networks, states, np.tile(energies, R))
    return values.reshape(networks.networks, R, energies.size, -1)


def feature_curves(
    networks: GruNetworks,
    lengths: tuple[int, ...],
    h_grid: Float[np.ndarray, " H"],
    samples: int,
    rng: np.random.Generator,
    *,
    disorder: Disorder = "uniform",
) -> FeatureCurves:
    """Average features against disorder, for several chain lengths.

    Args:
        networks: trained networks.
        lengths: chain lengths.
        h_grid: disorder parameters, in units of J (Pauli).
        samples: disorder vectors per (L, h); every L uses the first L entries of the same draws.
        rng: stream of the disorder vectors.
        disorder: distribution of the fields.

    Raises:
        InvalidArgumentError: if a number is not finite or out of its range.
    """
    h_grid = arguments.real("h_grid", h_grid, (None,))
    arguments.whole("lengths", lengths, (None,), low=1, high=10**6)
    arguments.integer("samples", samples, 1)
    directions = random_fields(rng, 1.0, (max(lengths), samples), disorder, site_axis=0).T
    shape = (networks.networks, len(lengths), h_grid.size, networks.architecture.features)
    mean, error = np.empty(shape), np.empty(shape)
    for i, L in enumerate(lengths):
        for j, h in enumerate(h_grid):
            states = features(networks, h * directions[:, :L], np.full(samples, L))
            mean[:, i, j] = states.mean(axis=1)
            error[:, i, j] = standard_error(states.swapaxes(0, 1))
    return FeatureCurves(tuple(lengths), h_grid, mean, error, samples)
