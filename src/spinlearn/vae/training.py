"""Training a conditional VAE on the POVM outcomes of all fields, or of all conditions."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import pandas as pd
import torch
from torch import Tensor

from spinlearn import arguments
from spinlearn.learning.training import minimise
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed
from spinlearn.vae.choices import Decoder, Schedule
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import Architecture, ConditionalVAE


@dataclass(frozen=True)
class Settings:
    """How a model is trained.

    Attributes:
        hidden: width of the hidden layers.
        latent: latent variables; 0 takes one per site (Luchnikov 2019, section 4).
        epochs: passes through the data.
        batch_size: largest number of strings in one update.
        learning_rate: initial step size of Adam.
        schedule: `constant` (as in the paper), or `cosine`: the step size falls to zero along
            half a cosine.
        decoder: `factorised` (as in the paper) or `autoregressive`.
    """

    hidden: int
    latent: int
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule = "constant"
    decoder: Decoder = "factorised"

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.one_of("schedule", self.schedule, get_args(Schedule))
        arguments.one_of("decoder", self.decoder, get_args(Decoder))
        for name, least in (("hidden", 1), ("latent", 0), ("epochs", 0), ("batch_size", 1)):
            arguments.integer(name, getattr(self, name), least)
        arguments.positive("learning_rate", self.learning_rate)

    def learning_rate_factor(self, epoch: int) -> float:
        """Factor of the initial step size in an epoch (0, 1, …)."""
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The trained model and the history of its training.

    Attributes:
        model: the trained model, on the CPU.
        history: one row per epoch: `epoch` (from 1), `train_loss` (minus the ELBO, in nats per
            string).
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
    """

    model: ConditionalVAE
    history: pd.DataFrame
    resumed_from: int


def initial_model(
    settings: Settings, sites: int, seed: int, conditions: tuple[str, ...] = ("hx",)
) -> ConditionalVAE:
    """A float32 model with initial weights from the stream of (seed, N)."""
    generator = torch.Generator().manual_seed(integer_seed(seed, "vae", "weights", N=sites))
    architecture = Architecture(
        sites, settings.latent or sites, settings.hidden, settings.decoder, conditions
    )
    return ConditionalVAE(architecture, generator)


def negative_elbo(
    model: ConditionalVAE, batch: tuple[Tensor, Tensor], generator: torch.Generator
) -> Tensor:
    """The loss: minus the mean ELBO of a batch, in nats per string."""
    outcomes, conditions = batch
    return -model.elbo(outcomes, conditions, generator).mean()


def train(
    data: OutcomeData,
    settings: Settings,
    *,
    seed: int,
    checkpoint: Checkpoint | None = None,
    device: torch.device | str = "cpu",
) -> TrainingResult:
    """Maximise the mean ELBO over all strings with Adam (Luchnikov 2019, appendix A).

    Args:
        data: the strings and their conditions, whose values the networks see as they are.
        settings: sizes, epochs and step size.
        seed: the pipeline's; root of the streams of initial weights, shuffling and noise.
        checkpoint: where to store the state of an unfinished training; None stores nothing.
        device: where to compute. Shuffling and noise are drawn on the CPU, so that only rounding
            depends on the device; a checkpoint can be continued on another device.

    Raises:
        NotConvergedError: if the loss is not finite.
    """
    model = initial_model(settings, data.sites, seed, data.names).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for outcomes, conditions in data.batches(epoch, settings.batch_size, seed):
            yield outcomes.to(device), conditions.to(device)

    history = minimise(
        model,
        negative_elbo,
        batches,
        optimizer,
        epochs=settings.epochs,
        learning_rate_factor=settings.learning_rate_factor,
        seed=integer_seed(seed, "vae", "noise", N=data.sites),
        checkpoint=checkpoint,
        description=f"training the VAE of N = {data.sites}",
    )
    return TrainingResult(model.cpu(), history.table, history.resumed_from)
