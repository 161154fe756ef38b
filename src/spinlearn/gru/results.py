"""What trained networks give: plain arrays, without torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from spinlearn.gru.data import INDICATORS, Realisations
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.storage.blocks import join_blocks
from spinlearn.storage.hdf5 import Contents


@dataclass(frozen=True)
class Prediction:
    """Predictions for a set of realisations, a row a realisation and energy density.

    Attributes:
        prediction: gap ratio, normalised entropy, spin fraction; NaN in the columns that the
            networks do not predict.
        features: feature vectors, repeated for each energy density.
    """

    prediction: Float[np.ndarray, "networks rows 3"]
    features: Float[np.ndarray, "networks rows features"]


def prediction_arrays(
    data: Realisations, prediction: Prediction, numbers: Sequence[int] | None = None
) -> dict[str, np.ndarray]:
    """The arrays of a predictions file, a row a realisation and energy density.

    Args:
        data: what was predicted.
        prediction: by all networks.
        numbers: the networks' numbers; by default from 0.
    """
    networks = range(len(prediction.prediction)) if numbers is None else numbers
    E = len(data.energy_density)
    rows = np.repeat(np.arange(len(data)), E)
    return {
        "network": np.array(networks, dtype=np.int64),
        "fields": data.fields[rows],
        "realisation": rows,
        "L": data.L[rows],
        "h": data.h[rows],
        "energy_density": np.tile(data.energy_density, len(data)),
        "target": data.targets.reshape(-1, len(INDICATORS)),
        "prediction": prediction.prediction,
        "features": prediction.features,
    }


def read_predictions(paths: Iterable[str | Path]) -> Contents:
    """What all networks of a variant predict, from the file of each block of networks.

    Args:
        paths: files of kind `gru/predictions` of one variant; their order is immaterial.

    Raises:
        FileError: if a file is missing, damaged or of another kind, or if two were not computed
            alike.
    """
    found = join_blocks(PREDICTIONS, map(PREDICTIONS.read, paths), "network")
    if not found:
        raise ValueError("no file of predictions was given")
    return found[0]


@dataclass(frozen=True)
class PhaseDiagram:
    """An indicator averaged over fresh disorder vectors (P2 figure 6b).

    Attributes:
        h: disorder parameters, in units of J.
        energy_density: energy densities.
        mean: average over the disorder vectors.
        deviation: standard deviation over them.
        samples: disorder vectors for each h.
        largest: largest single prediction.
    """

    h: Float[np.ndarray, " H"]
    energy_density: Float[np.ndarray, " E"]
    mean: Float[np.ndarray, "networks H E"]
    deviation: Float[np.ndarray, "networks H E"]
    samples: int
    largest: float


@dataclass(frozen=True)
class FeatureCurves:
    """Mean feature vectors over fresh disorder vectors (P2 figure 8).

    Attributes:
        L: chain lengths.
        h: disorder parameters, in units of J.
        mean: averages over the disorder vectors.
        error: their standard errors.
        samples: disorder vectors for each L and h.
    """

    L: tuple[int, ...]
    h: Float[np.ndarray, " H"]
    mean: Float[np.ndarray, "networks lengths H features"]
    error: Float[np.ndarray, "networks lengths H features"]
    samples: int
