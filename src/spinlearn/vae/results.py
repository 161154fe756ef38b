"""Files of trained VAEs: weights, architecture and training."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spinlearn.learning.weights import load_weights, save_weights
from spinlearn.vae.model import Architecture, ConditionalVAE

KIND = "spinlearn vae model 2"
"""The kind of file, stored in it."""


@dataclass(frozen=True)
class Training:
    """How a model was trained; stored with its weights.

    Attributes:
        fields: transverse fields of the training data, in units of J.
        samples: strings per field.
        provenance: of the job that trained it; see `spinlearn.pipeline.job.Job.provenance`.
    """

    fields: tuple[float, ...]
    samples: int
    provenance: dict[str, Any] = field(default_factory=dict)


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
        FileError: as `spinlearn.learning.weights.load_weights`.
    """
    return load_weights(path, KIND, _rebuilt)


def origin(model: ConditionalVAE, training: Training) -> dict[str, Any]:
    """The columns `N` and `training_samples`, which every table of a model's estimates has."""
    return {"N": model.architecture.sites, "training_samples": training.samples}


def _rebuilt(stored: dict[str, Any]) -> tuple[ConditionalVAE, Training]:
    model = ConditionalVAE(Architecture(**stored["architecture"]))
    model.load_state_dict(stored["weights"])
    return model.eval(), Training(**stored["training"])
