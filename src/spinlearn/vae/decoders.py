"""Every kind of model, by the name of its decoder."""

import torch

from spinlearn.vae.choices import LATENT
from spinlearn.vae.matrix_product import MatrixProductModel
from spinlearn.vae.model import ConditionalVAE
from spinlearn.vae.models import Architecture, OutcomeModel
from spinlearn.vae.nade import NadeModel
from spinlearn.vae.recurrent import RecurrentModel

MODELS: dict[str, type[OutcomeModel]] = {
    **dict.fromkeys(LATENT, ConditionalVAE),
    "recurrent": RecurrentModel,
    "matrix_product": MatrixProductModel,
    "nade": NadeModel,
}


def build(architecture: Architecture, generator: torch.Generator | None = None) -> OutcomeModel:
    """A model of this architecture, with initial weights from `generator`, in float32."""
    return MODELS[architecture.decoder](architecture, generator)
