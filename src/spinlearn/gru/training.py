"""Training of the networks of one variant (Gresch 2022, section III and appendix A)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn import arguments
from spinlearn.gru.choices import RecipeName
from spinlearn.gru.data import Realisations
from spinlearn.gru.model import DTYPE, Architecture, GruNetworks, features, neighbour_pairs
from spinlearn.gru.recipes import RECIPES, VARIANTS, Optimiser, Recipe, Reduction, Variant
from spinlearn.learning.training import minimise
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed, rng

Batch = tuple[int, Int[torch.Tensor, "networks batch"]]


@dataclass(frozen=True)
class Settings:
    """How networks are trained; the names are those of section `gru` of the configuration.

    Attributes:
        recipe: a key of `RECIPES`.
        energy_density: energy density at which the features are learned.
        features, head: see `Architecture`.
        batch_size: samples in one update.
        epochs, learning_rate: of the first phase.
        transfer_epochs, transfer_learning_rate: of the second phase, a new head on frozen features;
            not used by variants without one.
        further_indicators: names that variants multitask and energy learn beside the paper's.
    """

    recipe: RecipeName
    energy_density: float
    features: int
    head: int
    batch_size: int
    epochs: int
    learning_rate: float
    transfer_epochs: int = 0
    transfer_learning_rate: float = 0.0
    further_indicators: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.one_of("recipe", self.recipe, RECIPES)
        arguments.number("energy_density", self.energy_density, 0, 1)
        for name in ("features", "head", "batch_size"):
            arguments.integer(name, getattr(self, name), 1)
        for name in ("epochs", "transfer_epochs"):
            arguments.integer(name, getattr(self, name), 0)
        for name in ("learning_rate", "transfer_learning_rate"):
            arguments.number(name, getattr(self, name), 0)


@dataclass(frozen=True)
class TrainingResult:
    """Trained networks and the history of their training.

    Attributes:
        networks: the networks, one per run, in evaluation mode.
        history: one row per (run, stage, epoch), as in `spinlearn.gru.schemas.HISTORY`.
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
    """

    networks: GruNetworks
    history: pd.DataFrame
    resumed_from: int


def train(
    variant: str,
    data: Realisations,
    settings: Settings,
    *,
    seed: int,
    runs: range,
    checkpoint: Checkpoint | None = None,
) -> TrainingResult:
    """Train the networks of one variant, all runs at once.

    Phase "features" trains whole networks at `settings.energy_density`. A variant with a second
    phase, "head", then freezes the GRU and trains a new head on the features, with its own learning
    rate and number of epochs. The energy-resolved variant trains that head on all energy densities
    of `data`, with the energy density as an additional input.

    Args:
        variant: a key of `VARIANTS`.
        data: the training split, for the chain lengths to train on.
        settings: how to train.
        seed: the pipeline's root seed. Initial weights and the order of samples come from streams
            keyed by variant, phase and the run's number.
        runs: numbers of the runs. A run does not depend on the other runs.
        checkpoint: where unfinished work is stored; each phase has its own part.

    Raises:
        NotConvergedError: if a loss is not finite.
        InvalidArgumentError: if there is no such variant, or fields or targets are not finite.
        ValueError: if there is no training data.
    """
    arguments.one_of("variant", variant, VARIANTS)
    if not len(data):
        raise ValueError(f"variant {variant}: there is no training data")
    shape = len(data), len(data.energy_density), len(data.indicators)
    arguments.real("data.targets", data.targets, shape)
    chosen = VARIANTS[variant].and_further(settings.further_indicators)
    recipe = RECIPES[settings.recipe]
    central = data.at(settings.energy_density)
    phase = _Phase(
        variant=variant,
        name="features",
        seed=seed,
        runs=runs,
        reduction=recipe.reduction,
        batch_size=settings.batch_size,
        optimiser=recipe.optimiser,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        checkpoint=checkpoint,
    )
    first = _learn_features(phase, chosen, central, settings)
    if not chosen.then:
        return first
    phase = replace(
        phase,
        name="head",
        optimiser=recipe.energy_optimiser if chosen.resolved else recipe.optimiser,
        learning_rate=settings.transfer_learning_rate,
        epochs=settings.transfer_epochs,
    )
    architecture = _second_architecture(chosen, recipe, settings)
    known = data if chosen.resolved else central
    second = _learn_head(phase, first.networks, architecture, known)
    return TrainingResult(
        second.networks,
        pd.concat([first.history, second.history], ignore_index=True),
        first.resumed_from + second.resumed_from,
    )


def squared_error(
    prediction: Float[torch.Tensor, "networks batch outputs"],
    target: Float[torch.Tensor, "networks batch outputs"],
    reduction: Reduction,
) -> Float[torch.Tensor, " networks"]:
    """Squared error of each network on its batch, averaged or summed over samples and outputs."""
    error = (prediction - target).square()
    return error.mean(dim=(1, 2)) if reduction == "mean" else error.sum(dim=(1, 2))


class _Recorded(nn.Module):
    """A module to train, with the loss of each network and epoch; checkpoints keep both."""

    def __init__(self, module: nn.Module, epochs: int, networks: int) -> None:
        super().__init__()
        self.module = module
        self.losses: torch.Tensor
        self.register_buffer("losses", torch.zeros(epochs, networks, dtype=DTYPE))


@dataclass(frozen=True)
class _Phase:
    """One phase of a training: its random streams, and how it minimises."""

    variant: str
    name: Literal["features", "head"]
    seed: int
    runs: range
    reduction: Reduction
    batch_size: int
    optimiser: Optimiser
    learning_rate: float
    epochs: int
    checkpoint: Checkpoint | None

    def weight_seeds(self) -> list[int]:
        """A seed for the initial weights of each run's network."""
        named = {"variant": self.variant, "stage": self.name}
        return [integer_seed(self.seed, "gru", "weights", **named, seed=run) for run in self.runs]

    def orders(self, epoch: int, samples: int) -> Int[torch.Tensor, "networks samples"]:
        """The order in which each network sees the samples in an epoch."""
        named = {"variant": self.variant, "stage": self.name}
        streams = [
            rng(self.seed, "gru", "order", **named, seed=run, epoch=epoch) for run in self.runs
        ]
        return torch.from_numpy(np.stack([stream.permutation(samples) for stream in streams]))

    def fit(
        self,
        module: nn.Module,
        predict: Callable[[Int[torch.Tensor, "networks batch"]], torch.Tensor],
        target: Float[torch.Tensor, "samples outputs"],
    ) -> tuple[pd.DataFrame, int]:
        """Minimise the sum of the networks' losses.

        The networks share no parameter, so the gradient of the sum is the gradient of each
        network's own loss, and Adam and SGD treat each parameter separately. So the training of a
        network does not depend on the other networks.

        Returns:
            The history, and the number of epochs already done in a checkpoint.
        """
        samples = len(target)
        recorded = _Recorded(module, self.epochs, len(self.runs))

        def batches(epoch: int) -> Iterator[Batch]:
            for index in self.orders(epoch, samples).split(self.batch_size, dim=1):
                yield epoch, index

        def loss(model: _Recorded, batch: Batch, generator: torch.Generator) -> torch.Tensor:
            epoch, index = batch
            errors = squared_error(predict(index), target[index], self.reduction)
            weight = index.shape[1] / samples if self.reduction == "mean" else 1 / target.numel()
            model.losses[epoch] += weight * errors.detach()
            return errors.sum()

        done = minimise(
            recorded,
            loss,
            batches,
            _make_optimiser(self.optimiser, module, self.learning_rate),
            epochs=self.epochs,
            seed=self.seed,
            checkpoint=None if self.checkpoint is None else self.checkpoint.part(self.name),
            description=f"{self.variant}: {self.name}",
        )
        return self._history(recorded.losses), done.resumed_from

    def _history(self, losses: Float[torch.Tensor, "epochs networks"]) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "variant": self.variant,
                "run": np.repeat(list(self.runs), self.epochs),
                "stage": self.name,
                "epoch": np.tile(np.arange(1, self.epochs + 1), len(self.runs)),
                "train_loss": losses.T.reshape(-1).numpy(),
            }
        )


def _make_optimiser(
    kind: Optimiser, module: nn.Module, learning_rate: float
) -> torch.optim.Optimizer:
    """The optimiser of a recipe over the parameters that are not frozen."""
    chosen = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if kind == "adam":
        return torch.optim.Adam(chosen, lr=learning_rate, fused=True)
    return torch.optim.SGD(chosen, lr=learning_rate, fused=True)


def _learn_features(
    phase: _Phase, variant: Variant, data: Realisations, settings: Settings
) -> TrainingResult:
    """Train whole networks, from random initial weights."""
    architecture = Architecture(variant.first, settings.features, settings.head)
    networks = GruNetworks(len(phase.runs), architecture).initialise(phase.weight_seeds())
    pairs = torch.from_numpy(neighbour_pairs(data.fields, data.L))
    lengths = torch.from_numpy(data.L.astype(np.int64))
    history, resumed_from = phase.fit(
        networks,
        lambda index: networks(pairs[index], lengths[index]),
        _targets(data, variant.first),
    )
    return TrainingResult(networks.eval(), history, resumed_from)


def _second_architecture(variant: Variant, recipe: Recipe, settings: Settings) -> Architecture:
    """The architecture of networks with a new head."""
    if not variant.resolved:
        return Architecture(variant.then, settings.features, settings.head)
    head = recipe.energy_head or settings.head
    return Architecture(variant.then, settings.features, head, recipe.energy_offset)


def _learn_head(
    phase: _Phase, trained: GruNetworks, architecture: Architecture, data: Realisations
) -> TrainingResult:
    """Train a new head on the features of trained networks."""
    networks = trained.with_fresh_head(architecture, phase.weight_seeds())
    inputs = _head_inputs(networks, data)
    each = torch.arange(len(phase.runs))[:, None]
    history, resumed_from = phase.fit(
        networks.head,
        lambda index: networks.head(inputs[each, index]),
        _targets(data, architecture.indicators),
    )
    return TrainingResult(networks.eval(), history, resumed_from)


def _targets(data: Realisations, names: tuple[str, ...]) -> Float[torch.Tensor, "samples outputs"]:
    """Targets of the indicators named, one row per (realisation, energy density)."""
    chosen = data.targets[..., [data.indicators.index(name) for name in names]]
    return torch.from_numpy(chosen.reshape(-1, len(names)))


def _head_inputs(
    networks: GruNetworks, data: Realisations
) -> Float[torch.Tensor, "networks samples inputs"]:
    """Inputs of the heads per (realisation, energy density), in the order of `_targets`."""
    E = len(data.energy_density)
    states = np.repeat(features(networks, data.fields, data.L), E, axis=1)
    energies = np.tile(data.energy_density, len(data))
    shared = torch.from_numpy(energies).expand(networks.networks, -1)
    return networks.head_inputs(torch.from_numpy(states), shared)
