"""Every kind of model, by the name of its decoder."""

import torch

from spinlearn.vae.model import ConditionalVAE
from spinlearn.vae.models import Architecture, OutcomeModel

MODELS: dict[str, type[OutcomeModel]] = {
    "factorised": ConditionalVAE,
    "autoregressive": ConditionalVAE,
}


def build(architecture: Architecture, generator: torch.Generator | None = None) -> OutcomeModel:
    """A model of this architecture, with initial weights from `generator`, in float32."""
    return MODELS[architecture.decoder](architecture, generator)
