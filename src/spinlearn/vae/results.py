"""Files of trained VAEs: weights, architecture and training."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spinlearn.storage.weights import load_weights, save_weights
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import Architecture, ConditionalVAE

KIND = "spinlearn vae model 3"
"""The kind of file, stored in it."""


@dataclass(frozen=True)
class Training:
    """How a model was trained; stored with its weights.

    Attributes:
        conditions: values of the conditions at which there are strings, in ascending order; of
            stage `tfi` the transverse fields, in units of J.
        samples: strings per combination of conditions; their mean, rounded down, if they differ.
        provenance: of the job that trained it; see `spinlearn.pipeline.job.Job.provenance`.
    """

    conditions: tuple[tuple[float, ...], ...]
    samples: int
    provenance: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def on(cls, data: OutcomeData, provenance: dict[str, Any]) -> "Training":
        """The training on some data."""
        groups = data.by_condition()
        conditions = tuple(tuple(data.conditions[rows[0]].tolist()) for rows in groups)
        return cls(conditions, len(data.outcomes) // len(groups), provenance)


def save(path: str | Path, model: ConditionalVAE, training: Training) -> None:
    """Write the weights, architecture and training of a model, whole or not at all.

    Raises:
        UnwritableError: if the file cannot be written.
    """
    content = {
        "architecture": asdict(model.architecture),
        "training": asdict(training),
        "weights": model.state_dict(),
    }
    save_weights(path, KIND, content)


def load(path: str | Path) -> tuple[ConditionalVAE, Training]:
    """Read a model, in evaluation mode, and its training.

    Raises:
        FileError: as `spinlearn.storage.weights.load_weights`.
    """
    return load_weights(path, KIND, _rebuilt)


def origin(model: ConditionalVAE, training: Training) -> dict[str, Any]:
    """The columns `N` and `training_samples`, which every table of a model's estimates has."""
    return {"N": model.architecture.sites, "training_samples": training.samples}


def _rebuilt(stored: dict[str, Any]) -> tuple[ConditionalVAE, Training]:
    model = ConditionalVAE(Architecture(**stored["architecture"]))
    model.load_state_dict(stored["weights"])
    return model.eval(), Training(**stored["training"])
