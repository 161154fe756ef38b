"""Files of trained VAEs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from spinlearn.learning.weights import load_weights, save_weights
from spinlearn.vae.model import Architecture, ConditionalVAE

KIND = "spinlearn vae model 1"
"""The kind of file, stored in it."""


def save(path: str | Path, model: ConditionalVAE, settings: dict[str, Any]) -> None:
    """Write the weights, the architecture and the settings, whole or not at all."""
    content = {
        "architecture": asdict(model.architecture),
        "settings": settings,
        "weights": model.state_dict(),
    }
    save_weights(path, KIND, content)


def load(path: str | Path) -> tuple[ConditionalVAE, dict[str, Any]]:
    """Read a model, in evaluation mode, and the settings stored with it.

    Raises:
        FileError: as `spinlearn.learning.weights.load_weights`.
    """
    return load_weights(path, KIND, _rebuilt)


def origin(model: ConditionalVAE, settings: dict[str, Any]) -> dict[str, Any]:
    """The columns `N` and `training_samples`, which every table of a model's estimates has."""
    return {"N": model.architecture.sites, "training_samples": settings["training_samples"]}


def _rebuilt(stored: dict[str, Any]) -> tuple[ConditionalVAE, dict[str, Any]]:
    model = ConditionalVAE(Architecture(**stored["architecture"]))
    model.load_state_dict(stored["weights"])
    return model.eval(), stored["settings"]
