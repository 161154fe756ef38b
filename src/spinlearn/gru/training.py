"""Recipes and variants: which networks are trained on what, and how (P2 section III)."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn.gru.data import INDICATORS, Realisations
from spinlearn.gru.model import (
    DTYPE,
    Architecture,
    GruNetworks,
    features,
    indicators,
    neighbour_pairs,
)
from spinlearn.gru.results import FeatureCurves, PhaseDiagram, Prediction
from spinlearn.learning.training import train
from spinlearn.storage.checkpoints import INTERVAL
from spinlearn.streams import integer_seed, rng

_log = logging.getLogger("spinlearn.gru")

RecipeName = Literal["text", "code"]
Batch = tuple[int, Int[torch.Tensor, "networks batch"]]


@dataclass(frozen=True)
class Recipe:
    """How a loss is formed and minimised.

    Attributes:
        optimiser: "adam" (torch's default betas) or "sgd" (no momentum).
        reduction: squared errors of a batch are averaged ("mean") or summed ("sum").
        energy_optimiser: the same for the head that sees the energy density.
        energy_head: ReLU units of that head; None takes the configured width.
        energy_offset: what that head takes from the energy density.
    """

    optimiser: Literal["adam", "sgd"]
    reduction: Literal["mean", "sum"]
    energy_optimiser: Literal["adam", "sgd"]
    energy_head: int | None
    energy_offset: float


RECIPES: dict[RecipeName, Recipe] = {
    "text": Recipe("adam", "mean", "adam", None, 0.0),
    "code": Recipe("sgd", "sum", "adam", 31, 0.5),
}
"""What P2's appendix A says, and what its published code does; the two differ."""


@dataclass(frozen=True)
class Variant:
    """What a network learns.

    Attributes:
        first: indicators that the features are learned from.
        then: indicators of a fresh head on the frozen features; empty for networks that are
            trained once.
        resolved: whether the fresh head sees the energy density and learns from all of them.
    """

    first: tuple[str, ...]
    then: tuple[str, ...] = ()
    resolved: bool = False

    @property
    def indicators(self) -> tuple[str, ...]:
        """What the finished network predicts."""
        return self.then or self.first


VARIANTS: dict[str, Variant] = {
    "multitask": Variant(INDICATORS),
    "scratch": Variant(("spin_fraction",)),
    "transfer": Variant(("gap_ratio", "entanglement_entropy"), ("spin_fraction",)),
    "energy": Variant(INDICATORS, INDICATORS, resolved=True),
}
"""The multitask network (P2 figures 3, 4, 8), the two that it is compared with (figure 5), and the
one that resolves the energy (figure 6)."""


@dataclass(frozen=True)
class Settings:
    """Settings of a training; the names are those of section `gru` of the configuration.

    Attributes:
        recipe: "text" or "code".
        energy_density: where the features are learned.
        features, head: see `Architecture`.
        epochs, learning_rate: of the first training.
        transfer_epochs, transfer_learning_rate: of a fresh head on frozen features.
        batch_size: samples in one update.
        seeds: how many networks are trained.
    """

    recipe: RecipeName = "text"
    energy_density: float = 0.5
    features: int = 2
    head: int = 10
    epochs: int = 15
    transfer_epochs: int = 30
    batch_size: int = 128
    learning_rate: float = 1e-3
    transfer_learning_rate: float = 1e-4
    seeds: int = 5


@dataclass(frozen=True)
class TrainedNetworks:
    """Networks of one variant and how they came about.

    Attributes:
        networks: the networks, one for each seed.
        history: a row a seed, stage ("features" or "head") and epoch, with `train_loss`: the mean
            squared error over the epoch's samples, each taken before its update.
        resumed: whether a checkpoint was taken up.
        seconds: wall time of this call's training.
    """

    networks: GruNetworks
    history: pd.DataFrame
    resumed: bool
    seconds: float


class _Recorded(nn.Module):
    """A module to train, with the loss of each network and epoch; checkpoints keep both."""

    def __init__(self, module: nn.Module, epochs: int, networks: int) -> None:
        super().__init__()
        self.module = module
        self.losses: torch.Tensor
        self.register_buffer("losses", torch.zeros(epochs, networks, dtype=DTYPE))


def squared_error(
    prediction: Float[torch.Tensor, "networks batch outputs"],
    target: Float[torch.Tensor, "networks batch outputs"],
    reduction: Literal["mean", "sum"],
) -> Float[torch.Tensor, " networks"]:
    """Squared error of each network on its batch, averaged or summed over samples and outputs."""
    error = (prediction - target).square()
    return error.mean(dim=(1, 2)) if reduction == "mean" else error.sum(dim=(1, 2))


def make_optimiser(
    kind: Literal["adam", "sgd"], module: nn.Module, learning_rate: float
) -> torch.optim.Optimizer:
    """The optimiser of a recipe over the parameters that are not frozen."""
    chosen = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if kind == "adam":
        return torch.optim.Adam(chosen, lr=learning_rate, fused=True)
    return torch.optim.SGD(chosen, lr=learning_rate, fused=True)


@dataclass(frozen=True)
class _Run:
    """What both stages of a training have in common."""

    variant: str
    root_seed: int
    seeds: range
    batch_size: int
    reduction: Literal["mean", "sum"]
    checkpoint: Path | None
    checkpoint_key: str
    checkpoint_interval: float

    def weight_seeds(self, stage: str) -> list[int]:
        """A seed for the initial weights of each network."""
        return [
            integer_seed(
                self.root_seed, "gru", "weights", variant=self.variant, stage=stage, seed=number
            )
            for number in self.seeds
        ]

    def orders(self, stage: str, epoch: int, samples: int) -> Int[torch.Tensor, "networks samples"]:
        """The order in which each network sees the samples in an epoch."""
        streams = [
            rng(
                self.root_seed,
                "gru",
                "order",
                variant=self.variant,
                stage=stage,
                seed=number,
                epoch=epoch,
            )
            for number in self.seeds
        ]
        return torch.from_numpy(np.stack([stream.permutation(samples) for stream in streams]))

    def fit(
        self,
        module: nn.Module,
        predict: Callable[[Int[torch.Tensor, "networks batch"]], torch.Tensor],
        target: Float[torch.Tensor, "samples outputs"],
        *,
        stage: Literal["features", "head"],
        optimiser: Literal["adam", "sgd"],
        learning_rate: float,
        epochs: int,
    ) -> tuple[pd.DataFrame, bool, float]:
        """Minimise the sum of the networks' losses, each network going its own way.

        The gradient of a sum over networks that share no parameter is each network's own, and Adam
        and SGD act on each parameter alone: so a network's path does not depend on its company.

        Returns:
            The history, whether a checkpoint was taken up, and the wall time.
        """
        samples, networks = len(target), len(self.seeds)
        recorded = _Recorded(module, epochs, networks)

        def batches(epoch: int) -> Iterator[Batch]:
            for index in self.orders(stage, epoch, samples).split(self.batch_size, dim=1):
                yield epoch, index

        def loss(model: _Recorded, batch: Batch, generator: torch.Generator) -> torch.Tensor:
            epoch, index = batch
            errors = squared_error(predict(index), target[index], self.reduction)
            weight = index.shape[1] / samples if self.reduction == "mean" else 1 / target.numel()
            model.losses[epoch] += weight * errors.detach()
            return errors.sum()

        result = train(
            recorded,
            loss,
            batches,
            make_optimiser(optimiser, module, learning_rate),
            epochs=epochs,
            seed=self.root_seed,
            checkpoint=None if self.checkpoint is None else _beside(self.checkpoint, stage),
            checkpoint_key=f"{self.checkpoint_key} {stage}",
            checkpoint_interval=self.checkpoint_interval,
            description=f"{self.variant}: {stage}",
        )
        history = pd.DataFrame(
            {
                "variant": self.variant,
                "seed": np.repeat(list(self.seeds), epochs),
                "stage": stage,
                "epoch": np.tile(np.arange(1, epochs + 1), networks),
                "train_loss": recorded.losses.T.reshape(-1).numpy(),
            }
        )
        return history, result.resumed_from > 0, result.seconds


def _beside(checkpoint: Path, stage: str) -> Path:
    return checkpoint.with_name(f"{checkpoint.name}.{stage}")


def checkpoint_files(checkpoint: Path) -> list[Path]:
    """The files that a training with this checkpoint may leave; the caller deletes them."""
    return [_beside(checkpoint, stage) for stage in ("features", "head")]


def train_variant(
    name: str,
    data: Realisations,
    settings: Settings,
    *,
    seed: int,
    seeds: range | None = None,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_interval: float = INTERVAL,
) -> TrainedNetworks:
    """Train the networks of one variant, all seeds side by side (P2 section III, appendix A).

    Features are learned at `settings.energy_density`. A variant with a second stage then freezes
    the GRU and trains a fresh head on the features, with its own learning rate and epochs; the
    energy-resolved one on all energy densities of `data`, the energy density standing beside the
    features.

    Args:
        name: the variant, a key of `VARIANTS`.
        data: the training split, of the chain lengths to learn from.
        settings: see `Settings`.
        seed: the pipeline's root seed. Initial weights and the order of samples are streams keyed
            by variant, stage and the network's number.
        seeds: numbers of the networks to train; by default 0, ..., settings.seeds - 1. A network
            does not depend on which others are trained beside it.
        checkpoint: where unfinished work is kept, one file a stage; see `checkpoint_files`.
        checkpoint_key: what the training depends on.
        checkpoint_interval: least time between two checkpoints, in seconds.

    Raises:
        NotConvergedError: if a loss stops being finite.
        ValueError: if there is nothing to learn from.
    """
    if not len(data):
        raise ValueError(f"variant {name}: there is no training data")
    variant, recipe = VARIANTS[name], RECIPES[settings.recipe]
    central = data.at(settings.energy_density)

    run = _Run(
        variant=name,
        root_seed=seed,
        seeds=range(settings.seeds) if seeds is None else seeds,
        batch_size=settings.batch_size,
        reduction=recipe.reduction,
        checkpoint=checkpoint,
        checkpoint_key=checkpoint_key,
        checkpoint_interval=checkpoint_interval,
    )
    architecture = Architecture(variant.first, settings.features, settings.head)
    networks = GruNetworks(len(run.seeds), architecture).initialise(run.weight_seeds("features"))
    pairs = torch.from_numpy(neighbour_pairs(data.fields, data.L))
    lengths = torch.from_numpy(data.L.astype(np.int64))
    history, resumed, seconds = run.fit(
        networks,
        lambda index: networks(pairs[index], lengths[index]),
        _columns(central, variant.first),
        stage="features",
        optimiser=recipe.optimiser,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
    )
    if not variant.then:
        return TrainedNetworks(networks.eval(), history, resumed, seconds)

    architecture = replace(architecture, indicators=variant.then)
    if variant.resolved:
        architecture = replace(
            architecture,
            head=recipe.energy_head or settings.head,
            energy_offset=recipe.energy_offset,
        )
    finished = networks.with_fresh_head(architecture, run.weight_seeds("head"))
    known = data if variant.resolved else central
    inputs = _head_inputs(finished, known)
    each = torch.arange(len(run.seeds))[:, None]
    later, resumed_later, seconds_later = run.fit(
        finished.head,
        lambda index: finished.head(inputs[each, index]),
        _columns(known, variant.then),
        stage="head",
        optimiser=recipe.energy_optimiser if variant.resolved else recipe.optimiser,
        learning_rate=settings.transfer_learning_rate,
        epochs=settings.transfer_epochs,
    )
    return TrainedNetworks(
        finished.eval(),
        pd.concat([history, later], ignore_index=True),
        resumed or resumed_later,
        seconds + seconds_later,
    )


def _columns(data: Realisations, names: tuple[str, ...]) -> Float[torch.Tensor, "samples outputs"]:
    """Targets of the indicators named, a row a realisation and energy density."""
    chosen = data.targets[..., [INDICATORS.index(name) for name in names]]
    return torch.from_numpy(chosen.reshape(-1, len(names)))


def _head_inputs(
    networks: GruNetworks, data: Realisations
) -> Float[torch.Tensor, "networks samples inputs"]:
    """What the heads are fed for every realisation and energy density, in the order of targets."""
    E = len(data.energy_density)
    states = np.repeat(features(networks, data.fields, data.L), E, axis=1)
    energies = np.tile(data.energy_density, len(data))
    shared = torch.from_numpy(energies).expand(networks.networks, -1)
    return networks.head_inputs(torch.from_numpy(states), shared)


def predict(networks: GruNetworks, data: Realisations) -> Prediction:
    """Indicators of every realisation at every energy density of `data`, by every network.

    Networks that do not see the energy density predict the same at all of them.
    """
    E = len(data.energy_density)
    states = np.repeat(features(networks, data.fields, data.L), E, axis=1)
    energies = np.tile(data.energy_density, len(data))
    values = indicators(networks, states, energies)
    prediction = np.full((networks.networks, len(energies), len(INDICATORS)), np.nan)
    for column, name in enumerate(networks.architecture.indicators):
        prediction[..., INDICATORS.index(name)] = values[..., column]
    return Prediction(prediction, states)


def phase_diagram(
    networks: GruNetworks,
    L: int,
    h_grid: Float[np.ndarray, " H"],
    eps_grid: Float[np.ndarray, " E"],
    samples: int,
    rng: np.random.Generator,
    *,
    indicator: str = "spin_fraction",
) -> PhaseDiagram:
    """Predicted indicator over disorder and energy density, from fresh disorder vectors.

    Only forward passes: cost is proportional to L and to the numbers of h, energy densities and
    samples (P2 appendix C). The same draws u in [-1, 1]^L serve every h as h u, so that the diagram
    is smooth in h, and a value at one h does not depend on the rest of the grid.

    Args:
        networks: energy-resolved networks.
        L: chain length, which may be one that the networks never saw.
        h_grid: disorder parameters, in units of J (Pauli).
        eps_grid: energy densities.
        samples: disorder vectors for each h.
        rng: stream of the disorder vectors.
        indicator: which output.
    """
    h_grid, eps_grid = np.asarray(h_grid, dtype=float), np.asarray(eps_grid, dtype=float)
    column = networks.architecture.indicators.index(indicator)
    directions = rng.uniform(-1.0, 1.0, size=(samples, L))
    lengths = np.full(samples, L)
    shape = (networks.networks, h_grid.size, eps_grid.size)
    mean, deviation, largest = np.empty(shape), np.empty(shape), -np.inf
    energies = np.tile(eps_grid, samples)
    for row, h in enumerate(h_grid):
        states = np.repeat(features(networks, h * directions, lengths), eps_grid.size, axis=1)
        values = indicators(networks, states, energies)[..., column]
        values = values.reshape(networks.networks, samples, eps_grid.size)
        mean[:, row], deviation[:, row] = values.mean(axis=1), values.std(axis=1)
        largest = max(largest, float(values.max()))
    return PhaseDiagram(h_grid, eps_grid, mean, deviation, samples, largest)


def feature_curves(
    networks: GruNetworks,
    lengths: tuple[int, ...],
    h_grid: Float[np.ndarray, " H"],
    samples: int,
    rng: np.random.Generator,
) -> FeatureCurves:
    """Average features against disorder, for several chain lengths (P2 figure 8).

    Args:
        networks: trained networks.
        lengths: chain lengths.
        h_grid: disorder parameters, in units of J (Pauli).
        samples: disorder vectors for each; the first L entries of the same draws serve every L.
        rng: stream of the disorder vectors.
    """
    h_grid = np.asarray(h_grid, dtype=float)
    directions = rng.uniform(-1.0, 1.0, size=(max(lengths), samples)).T
    shape = (networks.networks, len(lengths), h_grid.size, networks.architecture.features)
    mean, error = np.empty(shape), np.empty(shape)
    for i, L in enumerate(lengths):
        for j, h in enumerate(h_grid):
            states = features(networks, h * directions[:, :L], np.full(samples, L))
            mean[:, i, j] = states.mean(axis=1)
            error[:, i, j] = states.std(axis=1, ddof=1) / np.sqrt(samples)
    return FeatureCurves(tuple(lengths), h_grid, mean, error, samples)
