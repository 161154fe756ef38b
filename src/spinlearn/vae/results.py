"""Files of trained models: weights, architecture and training."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spinlearn.storage.weights import load_weights, save_weights
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.decoders import build
from spinlearn.vae.models import Architecture, OutcomeModel

KIND = "spinlearn vae model 4"
"""The kind of file, stored in it."""


@dataclass(frozen=True)
class Training:
    """How a model was trained; stored with its weights.

    Attributes:
        conditions: values of the conditions at which there are strings, in ascending order; of
            stage `tfi` the transverse fields, in units of J.
        samples: strings per combination of conditions; their mean, rounded down, if they differ.
        run: number of the run, part of the keys of its random streams.
        name: name of the model, a key of `vae.models` of the configuration.
        objective: what was maximised, see `spinlearn.vae.choices.Objective`.
        provenance: of the job that trained it; see `spinlearn.pipeline.job.Job.provenance`.
    """

    conditions: tuple[tuple[float, ...], ...]
    samples: int
    run: int = 0
    name: str = ""
    objective: str = "elbo"
    provenance: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def on(
        cls, data: OutcomeData, provenance: dict[str, Any], least: int = 0, **about: Any
    ) -> "Training":
        """The training on some data, after one with `least` samples; `about` is the rest."""
        values = np.unique(data.conditions, axis=0)  # less memory than the rows of each
        conditions = tuple(tuple(row) for row in values.tolist())
        samples = max(least, len(data.outcomes) // len(values))
        return cls(conditions, samples, provenance=provenance, **about)


Trained = tuple[OutcomeModel, Training]
"""A model and how it was trained."""


def save(path: str | Path, trained: Sequence[Trained]) -> None:
    """Write the weights, architectures and trainings of several runs, whole or not at all.

    Raises:
        UnwritableError: if the file cannot be written.
    """
    runs = [
        {
            "architecture": asdict(model.architecture),
            "training": asdict(training),
            "weights": model.state_dict(),
        }
        for model, training in trained
    ]
    save_weights(path, KIND, {"runs": {str(run["training"]["run"]): run for run in runs}})


def load(path: str | Path) -> list[Trained]:
    """Read the models of all runs in a file, in evaluation mode, and their trainings.

    Raises:
        FileError: as `spinlearn.storage.weights.load_weights`.
    """
    return load_weights(path, KIND, lambda stored: list(map(_rebuilt, stored["runs"].values())))


def origin(model: OutcomeModel, training: Training) -> dict[str, Any]:
    """The columns that every table of a model's estimates has, with their values.

    `run, N, model, decoder, training_samples`.
    """
    return {
        "run": training.run,
        "N": model.architecture.sites,
        "model": training.name,
        "decoder": model.architecture.decoder,
        "training_samples": training.samples,
    }


def _rebuilt(stored: dict[str, Any]) -> Trained:
    model = build(Architecture(**stored["architecture"]))
    model.load_state_dict(stored["weights"])
    return model.eval(), Training(**stored["training"])
