"""Training of networks (Gresch 2022, section III and appendix A)."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn import arguments
from spinlearn.gru.cells import DTYPE
from spinlearn.gru.choices import Cell, EnergyInput, RecipeName
from spinlearn.gru.data import Realisations
from spinlearn.gru.model import Architecture, GruNetworks, features, neighbour_pairs
from spinlearn.gru.recipes import RECIPES, Optimiser, Reduction
from spinlearn.gru.schemas import INDICATORS
from spinlearn.learning.guessing import WARM_UP_UPDATES, error_of_guessing
from spinlearn.learning.training import minimise
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed, rng
from spinlearn.torch_device import usable_device

Batch = tuple[int, Int[torch.Tensor, "networks batch"]]

DRAWS = 2
"""Times that a network's initial weights are drawn, at most."""

DIVERGED = 100.0
"""After few updates, a network has diverged if its loss exceeds so many times that of zeros."""

VALIDATIONS = 20
"""Epochs of a phase, about, after which the loss on the validation split is recorded."""

_log = logging.getLogger("spinlearn.gru")


@dataclass(frozen=True)
class Settings:
    """What networks learn, and how; names as in `gru.networks` and `gru` of the configuration.

    Attributes:
        recipe: a key of `RECIPES`.
        energy_density: energy density at which the features are learned.
        features, head: see `Architecture`.
        batch_size: realisations in one update; of a head with the energy density as an input,
            pairs of a realisation and an energy density.
        epochs, learning_rate: of the first phase.
        transfer_epochs, transfer_learning_rate: of the second phase, on frozen features; not used
            by networks without one.
        first: indicators learned by the whole network, in the first phase.
        then: indicators learned by a new head on the frozen features, in the second phase; empty
            if there is none.
        energy: how networks know the energy density, see `train`.
        cell, sites: see `Architecture`.
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
    first: Sequence[str] = INDICATORS
    then: Sequence[str] = ()
    energy: EnergyInput = "none"
    cell: Cell = "gru"
    sites: int = 2

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.one_of("recipe", self.recipe, RECIPES)
        arguments.one_of("energy", self.energy, get_args(EnergyInput))
        arguments.one_of("cell", self.cell, get_args(Cell))
        arguments.number("energy_density", self.energy_density, 0, 1)
        for name in ("features", "head", "batch_size", "sites"):
            arguments.integer(name, getattr(self, name), 1)
        for name in ("epochs", "transfer_epochs"):
            arguments.integer(name, getattr(self, name), 0)
        for name in ("learning_rate", "transfer_learning_rate"):
            arguments.number(name, getattr(self, name), 0)

    def architecture(self, indicators: Sequence[str]) -> Architecture:
        """Networks that predict these indicators, without the energy density."""
        return Architecture(
            tuple(indicators), self.features, self.head, cell=self.cell, sites=self.sites
        )


@dataclass(frozen=True)
class TrainingResult:
    """Trained networks and the history of their training.

    Attributes:
        networks: the networks, one per run, in evaluation mode.
        runs: their runs; those whose training diverged are not among them.
        redrawn: those whose initial weights were drawn a second time, see `train`.
        history: one row per (run, stage, epoch), as in `spinlearn.gru.schemas.HISTORY`.
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
    """

    networks: GruNetworks
    runs: tuple[int, ...]
    redrawn: tuple[int, ...]
    history: pd.DataFrame
    resumed_from: int


def train(
    name: str,
    data: Realisations,
    settings: Settings,
    *,
    validation: Realisations | None = None,
    seed: int,
    runs: Sequence[int],
    checkpoint: Checkpoint | None = None,
    device: torch.device | str = "cpu",
) -> TrainingResult:
    """Train the networks of one name, all runs at once.

    Phase "features" trains whole networks. Phase "head", if there is one, freezes the cell and
    trains a head on the features, with its own learning rate and number of epochs. The energy
    density comes in by `settings.energy`:

    - none: both phases have data at `settings.energy_density` only;
    - head: the first phase has data at that energy density (with the recipe of the published code:
      at all of them, one output each). The second trains a new head, which has the energy density
      as an additional input, on all of them;
    - joint: one phase, of whole networks with that input; a batch has all energy densities of its
      realisations;
    - fine_tuned: as joint, then a second phase in which the head alone goes on;
    - heads: features as for head, and a new head for each energy density.

    A network has diverged if, at the end of a phase, its loss is not finite or too high: above that
    of the best constant per indicator (`error_of_guessing`); in a phase of fewer than
    `WARM_UP_UPDATES` updates, above `DIVERGED` times that of zeros. It does not touch the others.
    It is trained once more in this phase, from weights drawn anew; if it diverges again, the run is
    left out of the result. The log names it, and the history keeps it.

    Args:
        name: the networks' name, part of the keys of random streams.
        data: what to learn from, for the chain lengths to train on.
        settings: what to learn, and how.
        validation: realisations whose loss is recorded, about `VALIDATIONS` times per phase; it has
            no effect on the training.
        seed: the pipeline's root seed. Initial weights and the order of samples come from streams
            keyed by name, phase and the run's number.
        runs: numbers of the runs. A run does not depend on the other runs.
        checkpoint: where unfinished work is stored; each phase has its own part.
        device: where to compute. Weights and orders are drawn on the CPU, so that only rounding
            depends on the device; the result is on the CPU.

    Raises:
        NotConvergedError: if no run of the block is left.
        InvalidArgumentError: if fields or targets are not finite, or torch cannot compute on the
            device.
        ValueError: if there is no training data.
    """
    if not len(data):
        raise ValueError(f"network {name}: there is no training data")
    for part, label in ((data, "data.targets"), (validation, "validation.targets")):
        if part is not None:
            shape = len(part), len(part.energy_density), len(part.indicators)
            arguments.real(label, part.targets, shape)
    recipe = RECIPES[settings.recipe]
    phase = _Phase(
        name=name,
        stage="features",
        seed=seed,
        runs=tuple(runs),
        reduction=recipe.reduction,
        batch_size=settings.batch_size,
        optimiser=recipe.optimiser if settings.energy == "none" else recipe.energy_optimiser,
        learning_rate=settings.learning_rate,
        epochs=settings.epochs,
        checkpoint=checkpoint,
        device=usable_device("device", device),
    )
    first = _learn_features(phase, settings, data, validation)
    if not settings.then and settings.energy in ("none", "joint"):
        return first
    second = replace(
        phase,
        stage="head",
        runs=first.runs,
        learning_rate=settings.transfer_learning_rate,
        epochs=settings.transfer_epochs,
    )
    return _after(first, _learn_head(second, settings, first.networks, data, validation))


def squared_error(
    prediction: Float[torch.Tensor, "networks batch outputs"],
    target: Float[torch.Tensor, "networks batch outputs"],
    reduction: Reduction,
) -> Float[torch.Tensor, " networks"]:
    """Squared error of each network on its batch, averaged or summed over samples and outputs."""
    error = (prediction - target).square()
    return error.mean(dim=(1, 2)) if reduction == "mean" else error.sum(dim=(1, 2))


# --- one phase ----------------------------------------------------------------------------------

Predict = Callable[[GruNetworks, Int[torch.Tensor, "networks batch"]], torch.Tensor]


@dataclass(frozen=True)
class _Samples:
    """What a phase learns from.

    Attributes:
        predict: a prediction for chosen samples.
        target: the targets of all samples.
        add_gradients: `GruNetworks.add_gradients` for chosen samples and a factor; None if
            gradients are torch's.
    """

    predict: Predict
    target: Float[torch.Tensor, "samples *outputs"]
    add_gradients: Callable[..., torch.Tensor] | None = None

    def __len__(self) -> int:
        return len(self.target)

    def errors(
        self,
        networks: GruNetworks,
        index: Int[torch.Tensor, "networks batch"],
        reduction: Reduction,
    ) -> Float[torch.Tensor, " networks"]:
        """Squared error of each network on its batch, as a loss of `minimise`."""
        if self.add_gradients is not None:
            count = index.shape[1] * self.target[0].numel() if reduction == "mean" else 1
            return self.add_gradients(index=index, factor=1 / count)
        prediction = self.predict(networks, index)
        return squared_error(prediction, _take(self.target, index).flatten(2), reduction)


Prepare = Callable[[GruNetworks, Realisations], _Samples]


class _Recorded(nn.Module):
    """Networks to train, with the losses of each network and epoch; checkpoints keep both."""

    def __init__(self, networks: GruNetworks, epochs: int) -> None:
        super().__init__()
        self.networks = networks
        self.losses: torch.Tensor
        self.validation: torch.Tensor
        empty = torch.zeros(epochs, networks.networks, dtype=DTYPE)
        self.register_buffer("losses", empty)
        self.register_buffer("validation", torch.full_like(empty, torch.nan))


@dataclass(frozen=True)
class _Phase:
    """One phase of a training: its random streams, and how it minimises."""

    name: str
    stage: Literal["features", "head"]
    seed: int
    runs: tuple[int, ...]
    reduction: Reduction
    batch_size: int
    optimiser: Optimiser
    learning_rate: float
    epochs: int
    checkpoint: Checkpoint | None
    device: torch.device
    draw: int = 1

    def weight_seeds(self) -> list[int]:
        """A seed for the initial weights of each run's network."""
        named = {"variant": self.name, "stage": self.stage}
        if self.draw > 1:
            named["draw"] = str(self.draw)
        return [integer_seed(self.seed, "gru", "weights", **named, seed=run) for run in self.runs]

    def orders(self, epoch: int, samples: int) -> Int[torch.Tensor, "networks samples"]:
        """The order in which each network sees the samples in an epoch."""
        named = {"variant": self.name, "stage": self.stage}
        streams = [
            rng(self.seed, "gru", "order", **named, seed=run, epoch=epoch) for run in self.runs
        ]
        orders = np.stack([stream.permutation(samples) for stream in streams])
        return torch.from_numpy(orders).to(self.device)

    def highest_loss(self, samples: _Samples) -> float:
        """The loss in the last epoch above which a network has diverged; see `train`."""
        if self.epochs * -(-len(samples) // self.batch_size) < WARM_UP_UPDATES:
            return DIVERGED * float(samples.target.square().mean())
        return float(error_of_guessing(samples.target.cpu().flatten(0, -2).numpy()).mean())

    def fit(
        self, networks: GruNetworks, samples: _Samples, validation: _Samples | None
    ) -> tuple[pd.DataFrame, int]:
        """Minimise the sum of the networks' losses.

        The networks share no parameter, so the gradient of the sum is the gradient of each
        network's own loss, and Adam and SGD treat each parameter separately. So the training of a
        network does not depend on the other networks, even if their losses are not finite; these
        are left out of the sum.

        Returns:
            The history, and the number of epochs already done in a checkpoint.
        """
        recorded = _Recorded(networks, self.epochs).to(self.device)
        count, size = len(samples), samples.target.numel()
        every = max(1, self.epochs // VALIDATIONS)

        def batches(epoch: int) -> Iterator[Batch]:
            for index in self.orders(epoch, count).split(self.batch_size, dim=1):
                yield epoch, index
            if validation is not None and ((epoch + 1) % every == 0 or epoch + 1 == self.epochs):
                recorded.validation[epoch] = _mean_error(networks, validation)

        def loss(model: _Recorded, batch: Batch, generator: torch.Generator) -> torch.Tensor:
            epoch, index = batch
            errors = samples.errors(networks, index, self.reduction)
            weight = index.shape[1] / count if self.reduction == "mean" else 1 / size
            known = errors.detach()
            model.losses[epoch] += weight * known
            return torch.where(known.isfinite(), errors, 0.0).sum()

        part = self.stage if self.draw == 1 else f"{self.stage}{self.draw}"
        done = minimise(
            recorded,
            loss,
            batches,
            _make_optimiser(self.optimiser, networks, self.learning_rate),
            epochs=self.epochs,
            seed=self.seed,
            checkpoint=None if self.checkpoint is None else self.checkpoint.part(part),
            description=f"{self.name}: {self.stage}",
        )
        networks.cpu().eval()
        return self._history(recorded.cpu()), done.resumed_from

    def _history(self, recorded: _Recorded) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "variant": self.name,
                "run": np.repeat(list(self.runs), self.epochs),
                "stage": self.stage,
                "draw": self.draw,
                "epoch": np.tile(np.arange(1, self.epochs + 1), len(self.runs)),
                "train_loss": recorded.losses.T.reshape(-1).numpy(),
                "validation_loss": recorded.validation.T.reshape(-1).numpy(),
            }
        )


def _mean_error(networks: GruNetworks, samples: _Samples) -> Float[torch.Tensor, " networks"]:
    """Mean squared error of each network on all samples."""
    with torch.no_grad():
        index = torch.arange(len(samples), device=samples.target.device)
        index = index.expand(networks.networks, -1)
        prediction = samples.predict(networks, index)
        return squared_error(prediction, _take(samples.target, index).flatten(2), "mean")


def _take(
    values: torch.Tensor, index: Int[torch.Tensor, "networks batch"]
) -> Float[torch.Tensor, "networks batch *rest"] | Int[torch.Tensor, "networks batch"]:
    """values[index], three times as fast."""
    return values.index_select(0, index.flatten()).view(*index.shape, *values.shape[1:])


class _FlatAdam(torch.optim.Optimizer):
    """Adam (Kingma and Ba 2014, reference 64 of Gresch 2022) on one vector of all parameters.

    The steps are those of `torch.optim.Adam` with its default betas and epsilon. Most of the time
    of that is spent in calls for each parameter, which here are parts of one vector.
    """

    def __init__(self, parameters: list[nn.Parameter], learning_rate: float) -> None:
        self.flat = nn.Parameter(torch.cat([part.detach().flatten() for part in parameters]))
        gradient = torch.zeros_like(self.flat)
        start = 0
        for part in parameters:
            own = slice(start, start + part.numel())
            part.data = self.flat.data[own].view_as(part)
            part.grad = gradient[own].view_as(part)
            start = own.stop
        self.flat.grad = gradient
        super().__init__([self.flat], {"lr": learning_rate})
        mean, square = torch.zeros_like(gradient), torch.zeros_like(gradient)
        self.state[self.flat] = {"step": 0, "mean": mean, "square": square}

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set all gradients to zero; they stay parts of one vector."""
        if self.flat.grad is not None:
            self.flat.grad.zero_()

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """One step, from the gradients as they are."""
        state, gradient = self.state[self.flat], self.flat.grad
        assert gradient is not None
        state["step"] += 1
        mean, square = state["mean"].lerp_(gradient, 0.1), state["square"]
        square.mul_(0.999).addcmul_(gradient, gradient, value=0.001)
        scale = square.sqrt().div_((1 - 0.999 ** state["step"]) ** 0.5).add_(1e-8)
        rate = self.param_groups[0]["lr"] / (1 - 0.9 ** state["step"])
        self.flat.addcdiv_(mean, scale, value=-rate)


def _make_optimiser(
    kind: Optimiser, module: nn.Module, learning_rate: float
) -> torch.optim.Optimizer:
    """The optimiser of a recipe over the parameters that are not frozen."""
    chosen = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if kind == "adam":
        return _FlatAdam(chosen, learning_rate)
    return torch.optim.SGD(chosen, lr=learning_rate, fused=True)


def _fit_or_draw_again(
    phase: _Phase,
    start: Callable[[_Phase], GruNetworks],
    prepare: Prepare,
    data: Realisations,
    validation: Realisations | None,
) -> TrainingResult:
    """Train networks; those that diverge once more, from other weights. See `train`.

    Args:
        phase: the phase, for all runs.
        start: the networks to begin with, for the runs and the draw of a phase.
        prepare: the samples of some realisations.
        data, validation: the realisations.
    """
    parts: list[GruNetworks] = []
    histories: list[pd.DataFrame] = []
    runs: list[int] = []
    redrawn: list[int] = []
    resumed_from, left = 0, phase.runs
    for draw in range(1, DRAWS + 1):
        again = replace(phase, runs=left, draw=draw)
        networks = start(again).to(phase.device).train()
        known = (
            prepare(networks, validation) if validation is not None and len(validation) else None
        )
        samples = prepare(networks, data)
        history, resumed = again.fit(networks, samples, known)
        losses = history["train_loss"].to_numpy().reshape(len(left), -1)
        ended = ~(losses[:, -1:] > again.highest_loss(samples)).any(axis=1)
        sound = np.flatnonzero(ended & np.isfinite(losses).all(axis=1)).tolist()
        parts.append(networks.select(sound))
        runs += [left[i] for i in sound]
        redrawn += [left[i] for i in sound if draw > 1]
        left = tuple(run for run in left if run not in runs)
        histories.append(history if draw == DRAWS else history[~history["run"].isin(left)])
        resumed_from += resumed
        if not left:
            break
        then = "left out" if draw == DRAWS else "trained again from other weights"
        text = (
            "%s: runs %s diverged in phase %s (not finite, or worse than a constant); they are %s. "
            "A lower learning rate or more epochs may help."
        )
        _log.warning(text, phase.name, ", ".join(map(str, left)), phase.stage, then)
    if not runs:
        raise NotConvergedError(
            f"training diverged: every run of network {phase.name}, from {DRAWS} draws of the "
            "weights each.\n  Lower the learning rate, or look for values "
            "that are not finite in the data; if losses were still falling, train for more epochs."
        )
    order = np.argsort(runs)
    return TrainingResult(
        GruNetworks.join(parts).select(order.tolist()).eval(),
        tuple(runs[i] for i in order),
        tuple(redrawn),
        _sorted(pd.concat(histories)),
        resumed_from,
    )


def _sorted(history: pd.DataFrame) -> pd.DataFrame:
    """A history with its rows in the order of stages and runs."""
    return history.sort_values(["stage", "run", "epoch"], ignore_index=True)


def _after(first: TrainingResult, second: TrainingResult) -> TrainingResult:
    """The result of two phases, one after the other."""
    redrawn = {*first.redrawn, *second.redrawn}
    return TrainingResult(
        second.networks,
        second.runs,
        tuple(run for run in second.runs if run in redrawn),
        _sorted(pd.concat([first.history, second.history])),
        first.resumed_from + second.resumed_from,
    )


# --- what is learned ----------------------------------------------------------------------------


def _central(
    settings: Settings, data: Realisations, validation: Realisations | None
) -> tuple[Realisations, Realisations | None]:
    """The same realisations at the energy density of the features alone."""
    energy = settings.energy_density
    return data.at(energy), None if validation is None else validation.at(energy)


def _learn_features(
    phase: _Phase, settings: Settings, data: Realisations, validation: Realisations | None
) -> TrainingResult:
    """Train whole networks, from random initial weights."""
    recipe = RECIPES[settings.recipe]
    shape, names = settings.architecture(settings.first), tuple(settings.first)
    prepare: Prepare = partial(_whole_networks, names=names)
    if settings.energy in ("joint", "fine_tuned"):
        head = recipe.energy_head or settings.head
        shape = replace(shape, head=head, energy_offset=recipe.energy_offset)
    elif settings.energy != "none" and recipe.energy_outputs:
        outputs = (f"{name} at {e}" for e in data.energy_density for name in names)
        shape = replace(shape, indicators=tuple(outputs))
    else:
        data, validation = _central(settings, data, validation)

    def start(again: _Phase) -> GruNetworks:
        return GruNetworks(len(again.runs), shape).initialise(again.weight_seeds())

    return _fit_or_draw_again(phase, start, prepare, data, validation)


def _learn_head(
    phase: _Phase,
    settings: Settings,
    trained: GruNetworks,
    data: Realisations,
    validation: Realisations | None,
) -> TrainingResult:
    """Train a head on the features of trained networks."""
    recipe = RECIPES[settings.recipe]
    names = tuple(settings.then or settings.first)
    shape = settings.architecture(names)
    prepare: Prepare = partial(_heads, names=names)
    if settings.energy == "none":
        data, validation = _central(settings, data, validation)
    elif settings.energy == "heads":
        shape = replace(shape, energies=tuple(data.energy_density.tolist()))
    else:
        head = recipe.energy_head or settings.head
        shape = replace(shape, head=head, energy_offset=recipe.energy_offset)
    runs = {run: i for i, run in enumerate(phase.runs)}

    def start(again: _Phase) -> GruNetworks:
        own = trained.select([runs[run] for run in again.runs])
        if settings.energy == "fine_tuned" and again.draw == 1:
            own.gru.requires_grad_(False)
            return own
        return own.with_fresh_head(shape, again.weight_seeds())

    return _fit_or_draw_again(phase, start, prepare, data, validation)


def _targets(
    networks: GruNetworks, data: Realisations, names: tuple[str, ...]
) -> Float[torch.Tensor, "R E outputs"]:
    """Targets of the indicators named, where the networks are."""
    chosen = data.targets[..., [data.indicators.index(name) for name in names]]
    return torch.from_numpy(chosen).to(networks.head.output.bias.device)


def _whole_networks(networks: GruNetworks, data: Realisations, names: tuple[str, ...]) -> _Samples:
    """Realisations, all energy densities at once, for training of whole networks."""
    target = _targets(networks, data, names)
    sites = networks.architecture.sites
    pairs = torch.from_numpy(neighbour_pairs(data.fields, data.L, sites)).to(target.device)
    lengths = torch.from_numpy(data.L.astype(np.int64)).to(target.device)
    energies = torch.from_numpy(data.energy_density).to(target.device)

    def predict(
        networks: GruNetworks, index: Int[torch.Tensor, "networks batch"]
    ) -> Float[torch.Tensor, "networks batch outputs"]:
        states = networks.gru(_take(pairs, index), _take(lengths, index))
        if networks.architecture.resolved:
            return networks.at_energies(states, energies).flatten(2)
        return networks.head(states)

    shape = networks.architecture
    if shape.cell != "gru" or shape.resolved or target.device.type != "cpu":
        return _Samples(predict, target)
    compiled = partial(networks.add_gradients, pairs, lengths, target.flatten(1))
    return _Samples(predict, target, compiled)


def _heads(networks: GruNetworks, data: Realisations, names: tuple[str, ...]) -> _Samples:
    """Samples for training of heads: realisations, or pairs of one and an energy density."""
    target = _targets(networks, data, names)
    states = torch.from_numpy(features(networks.cpu(), data.fields, data.L)).to(target.device)
    networks.to(target.device)
    energies = torch.from_numpy(data.energy_density).to(target.device)
    each = torch.arange(networks.networks, device=target.device)[:, None]
    if networks.architecture.energies:
        return _Samples(
            lambda networks, index: networks.at_energies(states[each, index], energies).flatten(2),
            target,
        )
    shared = energies.repeat(len(data)).expand(networks.networks, -1)
    inputs = networks.head_inputs(states.repeat_interleave(len(energies), dim=1), shared)
    return _Samples(
        lambda networks, index: networks.head(inputs[each, index]), target.flatten(0, 1)[:, None]
    )
