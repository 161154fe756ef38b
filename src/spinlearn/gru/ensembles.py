"""Training of symmetric ensembles, and their files."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int

from spinlearn import arguments
from spinlearn.gru.choices import LARGE_CLUSTER
from spinlearn.gru.data import Realisations
from spinlearn.gru.schemas import INDICATORS
from spinlearn.gru.symmetric import (
    Shape,
    SymmetricEnsemble,
    inputs,
    predict_distribution,
    upper_limits,
)
from spinlearn.learning.guessing import WARM_UP_UPDATES, error_of_guessing
from spinlearn.learning.training import minimise
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.storage.weights import load_weights, save_weights
from spinlearn.streams import integer_seed, rng

NAME = "spinlearn symmetric ensemble"
KIND = f"{NAME} 1"
"""The kind of file, stored in it, and its name without the version."""

Batch = Int[torch.Tensor, "members batch"]

_log = logging.getLogger("spinlearn.gru")


@dataclass(frozen=True)
class Settings:
    """How an ensemble is trained; the names are those of section `gru.symmetric`.

    Attributes:
        members: networks per indicator.
        width: tanh units of each.
        epochs: passes through the training split.
        batch_size: realisations per update.
        learning_rate: initial step size of AdamW; it falls to zero as half a cosine.
        weight_decay: decay of AdamW, times the step size per update; not of offsets and exponents.
    """

    members: int
    width: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        for name in ("members", "width", "batch_size"):
            arguments.integer(name, getattr(self, name), 1)
        arguments.integer("epochs", self.epochs, 0)
        arguments.number("learning_rate", self.learning_rate, 0)
        arguments.number("weight_decay", self.weight_decay, 0)


@dataclass(frozen=True)
class TrainingResult:
    """A trained ensemble.

    Attributes:
        ensemble: the networks, in evaluation mode.
        members: numbers of its members. Those that diverged are missing.
        history: one row per epoch, as in `spinlearn.gru.schemas.ENSEMBLE_HISTORY`. Losses that are
            not finite are left out of its means.
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
    """

    ensemble: SymmetricEnsemble
    members: tuple[int, ...]
    history: pd.DataFrame
    resumed_from: int


def gaussian_loss(
    mean: Float[torch.Tensor, "*batch"],
    log_deviation: Float[torch.Tensor, "*batch"],
    target: Float[torch.Tensor, "*batch"],
) -> Float[torch.Tensor, "*batch"]:
    """Minus the logarithm of the normal density of each target, in nats."""
    standardised = (target - mean) * (-log_deviation).exp()
    return 0.5 * standardised.square() + log_deviation + 0.5 * np.log(2 * np.pi)


def sum_of_finite(losses: Float[torch.Tensor, " networks"]) -> Float[torch.Tensor, ""]:
    """Sum of the losses of networks that share no parameter, such that none ends the training.

    For a loss that is not finite, the mean of the others counts, as a constant. So its network does
    not touch the others, and the sum over the number of networks is the mean of the finite losses.
    It is NaN if there are none.
    """
    known = losses.detach()
    is_finite = known.isfinite()
    return torch.where(is_finite, losses, known[is_finite].mean()).sum()


@dataclass(frozen=True)
class Samples:
    """Realisations as the networks see them; inputs of clusters are costly, so made once."""

    x: Float[torch.Tensor, "R inputs"]
    lengths: Int[torch.Tensor, " R"]
    upper: Float[torch.Tensor, "R indicators"]
    targets: Float[torch.Tensor, "R indicators"]

    @classmethod
    def of(cls, data: Realisations, normalisation: EntropyNormalisation) -> "Samples":
        """Those of some realisations, at one energy density.

        Raises:
            ValueError: as `train`, if the networks are not for such realisations.
        """
        _check(data)
        lengths = data.L.astype(np.int64)
        upper = upper_limits(INDICATORS, lengths, normalisation)
        columns = [data.indicators.index(name) for name in INDICATORS]
        targets = data.targets[:, 0, columns]
        parts = (inputs(data.fields, lengths), lengths, upper, targets)
        return cls(*(torch.from_numpy(part) for part in parts))

    def losses(self, ensemble: SymmetricEnsemble, index: Batch) -> Float[torch.Tensor, " members"]:
        """`gaussian_loss` of each member, mean over its batch and the indicators."""
        mean, log_deviation = ensemble(self.x[index], self.lengths[index], self.upper[index])
        return gaussian_loss(mean, log_deviation, self.targets[index]).mean(dim=(1, 2))

    def sum_of_losses(self, ensemble: SymmetricEnsemble) -> float:
        """`sum_of_finite` of the members' losses on all realisations."""
        everything = torch.arange(len(self.x)).expand(ensemble.shape.members, -1)
        return float(sum_of_finite(self.losses(ensemble, everything)))

    def means(self, ensemble: SymmetricEnsemble) -> Float[np.ndarray, "members R indicators"]:
        """What each member predicts for every realisation."""
        members = ensemble.shape.members
        shared = (part.expand(members, *part.shape) for part in (self.x, self.lengths, self.upper))
        with torch.no_grad():
            return np.asarray(ensemble(*shared)[0].numpy())


def train(
    data: Realisations,
    validation: Realisations,
    settings: Settings,
    *,
    normalisation: EntropyNormalisation,
    seed: int,
    subsets: Int[np.ndarray, "members n"] | None = None,
    checkpoint: Checkpoint | None = None,
) -> TrainingResult:
    """Train an ensemble by maximum likelihood, all members at once.

    Members differ in their initial weights and in the order of the realisations. A member does not
    depend on the others: they share no parameter, and AdamW treats each parameter separately. A
    member has diverged if its loss on its own data is not finite at the end, or, after
    `WARM_UP_UPDATES` updates or more, above that of the best normal distribution per indicator that
    is the same for all realisations; it is left out, and the log names it. Afterwards the
    deviations of each indicator are multiplied by one factor, such that the standardised errors on
    the validation split have a mean square of 1.

    Args:
        data: realisations to learn from, at one energy density.
        validation: realisations for the factor; if there are none, it is 1.
        settings: how to train.
        normalisation: what the entropies of `data` are divided by.
        seed: the pipeline's root seed; streams are keyed by the member's number.
        subsets: rows of `data` from which each member learns; all if None. Inputs are standardised
            with all rows.
        checkpoint: where unfinished work is stored.

    Raises:
        NotConvergedError: if all members diverge.
        ValueError: if there is no data, they are not of the Heisenberg ring, a ring is shorter than
            `LARGE_CLUSTER`, or there are several energy densities.
    """
    known = Samples.of(data, normalisation)
    held = Samples.of(validation, normalisation) if len(validation) else None
    rows = np.tile(np.arange(len(data)), (settings.members, 1)) if subsets is None else subsets
    result = train_members(known, settings, rows, held=held, seed=seed, checkpoint=checkpoint)
    if len(validation):
        _widen(result.ensemble, validation, normalisation)
    return result


def train_members(
    known: Samples,
    settings: Settings,
    rows: Int[np.ndarray, "members n"],
    *,
    seed: int,
    held: Samples | None = None,
    checkpoint: Checkpoint | None = None,
) -> TrainingResult:
    """`train` without the factors of the deviations, from prepared samples.

    Args:
        known: what to learn from.
        settings: how to train.
        rows: the samples from which each member learns.
        seed, checkpoint: as for `train`.
        held: samples whose loss is recorded.

    Raises:
        NotConvergedError: if all members diverge.
    """
    members = settings.members
    ensemble = SymmetricEnsemble(Shape(INDICATORS, members, settings.width)).initialise(
        [integer_seed(seed, "gru", "ensemble_weights", member=k) for k in range(members)],
        known.x,
        known.lengths,
    )

    def batches(epoch: int) -> Sequence[Batch]:
        return _orders(seed, rows, epoch).split(settings.batch_size, dim=1)

    found = minimise(
        ensemble,
        lambda model, index, generator: sum_of_finite(known.losses(model, index)),
        batches,
        _make_optimiser(ensemble, settings),
        epochs=settings.epochs,
        seed=seed,
        validation=None if held is None else held.sum_of_losses,
        learning_rate_factor=lambda epoch: 0.5 * (1 + cos(pi * epoch / settings.epochs)),
        checkpoint=checkpoint,
        description="symmetric ensemble",
    )
    updates = settings.epochs * -(-rows.shape[1] // settings.batch_size)
    is_sound = _is_sound(ensemble, known, torch.from_numpy(rows), updates)
    sound = sound_numbers(is_sound, "members", "symmetric ensemble")
    history = _per_member(found.table, members)
    return TrainingResult(ensemble.select(sound), sound, history, found.resumed_from)


def _is_sound(
    ensemble: SymmetricEnsemble, known: Samples, index: Batch, updates: int
) -> Bool[np.ndarray, " members"]:
    """Whether each member did not diverge; see `train`.

    The loss of a normal distribution with the mean and the variance v of the targets is
    ln(2 pi e v)/2 per indicator; the margin of `error_of_guessing` is in v.
    """
    with torch.no_grad():
        losses = known.losses(ensemble, index).numpy()
    if updates < WARM_UP_UPDATES:
        return np.isfinite(losses)
    variance = error_of_guessing(known.targets[index].numpy())
    guess = 0.5 * np.log(2 * np.pi * np.e * variance).mean(axis=1)
    return np.isfinite(losses) & ~(losses > guess)


def sound_numbers(is_sound: Bool[np.ndarray, " n"], parts: str, whole: str) -> tuple[int, ...]:
    """Numbers of the parts of a whole that did not diverge; the log names the others.

    Raises:
        NotConvergedError: if all diverged.
    """
    if not is_sound.any():
        raise NotConvergedError(
            f"training diverged in all {is_sound.size} {parts} of the {whole}.\n  Lower the "
            "learning rate, or look for values that are not finite in the data; if losses were "
            "still falling, train for longer."
        )
    if not is_sound.all():
        diverged = np.flatnonzero(~is_sound)
        text = (
            "%s: left out %d of %d %s, which diverged: %s. "
            "A lower learning rate or a longer training may help."
        )
        numbers = ", ".join(map(str, diverged))
        _log.warning(text, whole, diverged.size, is_sound.size, parts, numbers)
    return tuple(np.flatnonzero(is_sound).tolist())


def _orders(seed: int, rows: Int[np.ndarray, "members n"], epoch: int) -> Batch:
    """The order in which each member sees its realisations in an epoch."""
    streams = [rng(seed, "gru", "ensemble_order", member=k, epoch=epoch) for k in range(len(rows))]
    orders = [stream.permutation(own) for stream, own in zip(streams, rows, strict=True)]
    return torch.from_numpy(np.stack(orders))


def _per_member(sums: pd.DataFrame, members: int) -> pd.DataFrame:
    """The history with means over members; NaN where there is no validation split."""
    return sums.assign(
        train_loss=sums["train_loss"] / members,
        validation_loss=sums.get("validation_loss", np.nan) / members,
    )


def _check(data: Realisations) -> None:
    if not len(data):
        raise ValueError("there is no training data")
    if data.system not in ("ring", f"ring, {data.disorder} disorder"):
        raise ValueError(
            f"the data are of another chain ({data.system}); clusters and symmetries are those of "
            "the Heisenberg ring"
        )
    if len(data.energy_density) != 1:
        raise ValueError(f"data at {len(data.energy_density)} energy densities; take one of them")
    if data.L.min() < LARGE_CLUSTER:
        raise ValueError(f"a ring has {data.L.min()} sites; at least {LARGE_CLUSTER} are needed")


def _make_optimiser(ensemble: SymmetricEnsemble, settings: Settings) -> torch.optim.Optimizer:
    """AdamW; matrices decay, offsets and exponents do not."""
    named = list(ensemble.named_parameters())
    decaying = [value for name, value in named if name.endswith("weight")]
    free = [value for name, value in named if not name.endswith("weight")]
    groups = [
        {"params": decaying, "weight_decay": settings.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def _widen(
    ensemble: SymmetricEnsemble, validation: Realisations, normalisation: EntropyNormalisation
) -> None:
    """Set the factors of the deviations from the errors on the validation split."""
    found = predict_distribution(ensemble, validation.fields, validation.L, normalisation)
    columns = [validation.indicators.index(name) for name in INDICATORS]
    errors = (validation.targets[:, 0, columns] - found.mean) / found.deviation
    ensemble.widening.copy_(torch.from_numpy(np.sqrt((errors**2).mean(axis=0))))


@dataclass(frozen=True)
class EnsembleTraining:
    """How an ensemble was trained; stored with its weights.

    Attributes:
        L: chain lengths of the training data.
        h: disorder parameters of the training data, in units of J (Pauli).
        deviation: smallest and largest standard deviation of a disorder vector.
        realisations: realisations per (L, h) of the training data.
        energy_density: energy density of the indicators.
        entropy_normalisation: what entropies are divided by.
        disorder: distribution of the fields, see `spinlearn.gru.data.Realisations`; empty if
            unknown.
        provenance: of the job that trained it; see `spinlearn.pipeline.job.Job.provenance`.
    """

    L: tuple[int, ...]
    h: tuple[float, ...]
    deviation: tuple[float, ...]
    realisations: int
    energy_density: float
    entropy_normalisation: EntropyNormalisation
    disorder: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)


def save(path: str | Path, ensemble: SymmetricEnsemble, training: EnsembleTraining) -> None:
    """Write an ensemble and its training, whole or not at all.

    Raises:
        UnwritableError: if the file cannot be written.
    """
    content = {
        "shape": asdict(ensemble.shape),
        "training": asdict(training),
        "state": ensemble.state_dict(),
    }
    save_weights(path, KIND, content)


def load(path: str | Path) -> tuple[SymmetricEnsemble, EnsembleTraining]:
    """Read an ensemble, in evaluation mode, and its training.

    Raises:
        FileError: as `spinlearn.storage.weights.load_weights`.
    """
    return load_weights(path, KIND, _rebuilt)


def _rebuilt(stored: dict[str, Any]) -> tuple[SymmetricEnsemble, EnsembleTraining]:
    ensemble = SymmetricEnsemble(Shape(**stored["shape"]))
    ensemble.load_state_dict(stored["state"])
    return ensemble.eval(), EnsembleTraining(**stored["training"])
