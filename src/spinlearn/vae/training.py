"""Training models of POVM outcomes at all fields, or at all conditions."""

import math
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, get_args

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from spinlearn import arguments
from spinlearn.learning.guessing import GUESS_MARGIN
from spinlearn.learning.training import LossHistory, Row, minimise
from spinlearn.pipeline.errors import DeviceError
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed
from spinlearn.torch_device import usable_device
from spinlearn.vae import marginal
from spinlearn.vae.choices import MARGINAL_MAX_N, Decoder, Objective, Precision, Schedule
from spinlearn.vae.data import OutcomeData, number_of_batches
from spinlearn.vae.decoders import build
from spinlearn.vae.model import OUTCOMES, ConditionalVAE
from spinlearn.vae.models import Architecture, OutcomeModel
from spinlearn.vae.pairs import Pairs

IMPORTANCE_STRINGS = 1000
"""Held-out strings for which the importance-weighted likelihood is computed during training."""

IMPORTANCE_RECORDS = 6
"""How often it is computed, equally spaced up to the last epoch."""

BOUND_DRAWS = 8
"""Latent vectors per string with which the two are compared."""

EVALUATED = 20_000
"""Held-out strings that are evaluated at once."""

HELD_OUT_PAIR_DRAWS = 2048
"""Latent vectors, twice per field, for the distance of pair distributions in held-out losses."""


@dataclass(frozen=True)
class Settings:
    """How a model is trained.

    Attributes:
        hidden: width of the hidden layers.
        latent: latent variables; 0 takes one per site (Luchnikov 2019, section 4).
        epochs: passes through the data; with the objective `marginal` times 100 updates.
        batch_size: largest number of strings in one update; with the objective `marginal` latent
            vectors per field and update.
        learning_rate: initial step size of Adam.
        schedule: `constant` (as in the paper), or `cosine`: the step size falls to zero along
            half a cosine, update by update.
        decoder: `factorised` (as in the paper) or another one.
        objective: `elbo`, or `marginal` for the likelihood of all 4^N counts.
        held_out: fraction of the strings that is held out, at most a half; the weights that are
            best on it are kept. 0 keeps the last weights.
        patience: epochs without a better loss on held-out strings after which training stops.
        precision: `float32`, or `bfloat16` for matrix products (torch's autocast).
        compile: whether the loss is compiled by `torch.compile`.
        draws: latent vectors per string in the loss: 1 for the ELBO, more for a tighter bound
            (`spinlearn.vae.model.importance_bound`).
        largest_gradient: norm to which longer gradients are shortened; 0 leaves them.
        free_nats: nats of every latent variable that cost nothing in the loss
            (`spinlearn.vae.model.unused_latent_variables`), for the decoder `factorised` only:
            others need not use them. Held-out losses are without it.
        pairs: weight in the loss of the distance between pair distributions
            (`spinlearn.vae.pairs`), for factorised sites only. The weights that are kept are best
            on held-out strings with this distance.
        bond_dimension: of the decoder `matrix_product`; others ignore it.
        harmonics: most harmonics K of each condition (`spinlearn.vae.model.harmonics`); there are
            at most as many as the data determine (`OutcomeData.most_harmonics`). 0 gives the
            networks of a VAE its value as it is (as in the paper).
    """

    hidden: int
    latent: int
    epochs: int
    batch_size: int
    learning_rate: float
    schedule: Schedule = "constant"
    decoder: Decoder = "factorised"
    objective: Objective = "elbo"
    held_out: float = 0.0
    patience: int = 0
    precision: Precision = "float32"
    compile: bool = False
    draws: int = 1
    largest_gradient: float = 0.0
    free_nats: float = 0.0
    pairs: float = 0.0
    bond_dimension: int = 4
    harmonics: int = 0

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.one_of("schedule", self.schedule, get_args(Schedule))
        arguments.one_of("decoder", self.decoder, get_args(Decoder))
        arguments.one_of("objective", self.objective, get_args(Objective))
        arguments.one_of("precision", self.precision, get_args(Precision))
        for name, least in (("hidden", 1), ("latent", 0), ("epochs", 0), ("harmonics", 0)):
            arguments.integer(name, getattr(self, name), least)
        for name in ("batch_size", "draws", "bond_dimension"):
            arguments.integer(name, getattr(self, name), 1)
        arguments.integer("patience", self.patience, 0)
        arguments.number("held_out", self.held_out, 0.0, 0.5)
        arguments.positive("learning_rate", self.learning_rate)
        arguments.number("free_nats", self.free_nats, 0.0)
        arguments.number("largest_gradient", self.largest_gradient, 0.0)
        arguments.number("pairs", self.pairs, 0.0)

    def learning_rate_factor(self, epoch: float) -> float:
        """Factor of the initial step size at a place in the training, in epochs."""
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The trained models of several runs and the history of their training.

    Attributes:
        models: the trained models, on the CPU, one per run.
        history: one row per (run, epoch), in nats per string: `run`, `epoch` (from 1), `train_loss`
            (what is minimised), `held_out_loss` (minus the bound, of as many latent vectors as in
            training, without pairs of sites; minus the log-likelihood of models without latent
            variables) and `importance_loss` (minus the importance-weighted log-likelihood); NaN
            where they are not computed.
        seconds: time of each run's training, without that before a checkpoint.
        resumed_from: number of epochs already done in the first run's checkpoint; 0 without one.
    """

    models: tuple[OutcomeModel, ...]
    history: pd.DataFrame
    seconds: tuple[float, ...]
    resumed_from: int

    @property
    def model(self) -> OutcomeModel:
        """The model of the first run."""
        return self.models[0]


def initial_model(
    settings: Settings,
    sites: int,
    seed: int,
    conditions: tuple[str, ...] = ("hx",),
    run: int = 0,
    ranges: tuple[tuple[float, float], ...] = (),
) -> OutcomeModel:
    """A float32 model with initial weights from the stream of (seed, N, run).

    Harmonics need the ranges of the conditions.
    """
    number = integer_seed(seed, "vae", "weights", N=sites, run=run)
    architecture = Architecture(
        sites,
        settings.latent or sites,
        settings.hidden,
        settings.decoder,
        conditions,
        settings.bond_dimension,
        settings.harmonics,
        ranges if settings.harmonics else (),
    )
    return build(architecture, torch.Generator().manual_seed(number))


def mean_loss(
    model: OutcomeModel,
    batch: tuple[Tensor, Tensor],
    generator: torch.Generator,
    draws: int = 1,
    free_nats: float = 0.0,
) -> Tensor:
    """Mean loss of a batch, in nats per string: minus the mean bound of a VAE."""
    outcomes, conditions = batch
    return model.loss(outcomes, conditions, generator, draws, free_nats).mean()


def train(
    data: OutcomeData,
    settings: Settings,
    *,
    seed: int,
    runs: Sequence[int] = (0,),
    importance_draws: int = 64,
    checkpoint: Checkpoint | None = None,
    device: torch.device | str = "cpu",
    starts: Mapping[int, OutcomeModel] | None = None,
) -> TrainingResult:
    """Fit models to all strings with Adam, one run after the other (Luchnikov 2019, appendix A).

    Args:
        data: the strings and their conditions.
        settings: sizes, epochs and step size.
        seed: the pipeline's; root of the streams of initial weights, shuffling and noise.
        runs: numbers of the runs, part of the streams' keys. All hold out the same strings.
        importance_draws: latent vectors per held-out string in the importance-weighted likelihood.
        checkpoint: where to store the state of an unfinished training; None stores nothing.
        device: where to compute. Shuffling and noise are drawn on the CPU, so that only rounding
            depends on the device; a checkpoint can be continued on another device.
        starts: by run, a model with whose weights its training begins; others begin with random
            weights.

    Raises:
        NotConvergedError: if a loss stays worse than that of guessing, see `minimise`.
        DeviceError: if the number format or the compiler that the settings ask for is missing.
        InvalidArgumentError: if torch cannot compute on the device.
        ValueError: if the objective `marginal` does not fit the chain or the decoder, or a model of
            `starts` has another architecture.
    """
    device = usable_device("device", device)
    check_support(settings, device)
    settings = replace(settings, harmonics=min(settings.harmonics, data.most_harmonics))
    training, held_out = data.split(settings.held_out, seed)
    models, tables, seconds, resumed_from = [], [], [], 0
    for run in runs:
        start = time.monotonic()
        model = initial_model(settings, data.sites, seed, data.names, run, data.ranges).to(device)
        if starts is not None and run in starts:
            _copy_weights(starts[run], model)
        fit = _Fit(data, settings, seed, run, device, training, held_out, importance_draws)
        part = checkpoint.part(f"run{run}") if checkpoint is not None else None
        history = fit.counts(model, part) if settings.objective == "marginal" else fit(model, part)
        table = history.table
        if "held_out_loss" not in table:
            table["held_out_loss"] = table.get("validation_loss", np.nan)
        if "importance_loss" not in table:
            table["importance_loss"] = np.nan
        tables.append(table.assign(run=run))
        models.append(model.cpu().eval())
        seconds.append(time.monotonic() - start)
        resumed_from = resumed_from or history.resumed_from
    columns = ["run", "epoch", "train_loss", "held_out_loss", "importance_loss"]
    table = pd.concat(tables, ignore_index=True)[columns]
    return TrainingResult(tuple(models), table, tuple(seconds), resumed_from)


def _copy_weights(start: OutcomeModel, model: OutcomeModel) -> None:
    if start.architecture != model.architecture:
        raise ValueError(
            f"a training cannot begin with weights of {start.architecture}, since its model is "
            f"{model.architecture}"
        )
    model.load_state_dict(start.state_dict())


def check_support(settings: Settings, device: torch.device) -> None:
    """Refuse a number format or a compilation that this machine does not have.

    Raises:
        DeviceError: with what is missing, and what to set.
    """
    if settings.precision == "bfloat16" and not _has_bfloat16(device):
        raise DeviceError(
            f"this {device.type} has no bfloat16.\n  Set precision: float32 in the recipe."
        )
    if settings.compile and device.type == "cpu" and not shutil.which("c++"):
        raise DeviceError(
            "torch.compile needs a C++ compiler, and there is no c++ in the PATH.\n"
            "  Install one, or set compile: false in the recipe."
        )


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@dataclass(frozen=True, eq=False)
class _Fit:
    """One run: its data, its random streams, and how it is fitted."""

    data: OutcomeData
    settings: Settings
    seed: int
    run: int
    device: torch.device
    training: Int[np.ndarray, " training"]
    held_out: Int[np.ndarray, " held_out"]
    importance_draws: int

    def __call__(self, model: OutcomeModel, checkpoint: Checkpoint | None) -> LossHistory:
        """Minimise the models' own loss of strings."""
        batch_size = self.settings.batch_size
        has_bounds = bool(len(self.held_out)) and model.has_latent_variables
        pairs, more = None, 0.0
        if self.settings.pairs and isinstance(model, ConditionalVAE) and model.is_factorised:
            pairs = Pairs.of(model, self.data, self.training)
            more = self.settings.pairs * pairs.distance_of_guessing(self.data.sites)

        def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
            found = self.data.batches(epoch, batch_size, self.seed, self.run, self.training)
            return ((outcomes.to(self.device), given.to(self.device)) for outcomes, given in found)

        return self._minimise(
            model,
            self._loss(pairs),
            batches,
            checkpoint,
            steps=number_of_batches(len(self.training), batch_size),
            more=more,
            validation=partial(self._held_out_loss, pairs=pairs) if len(self.held_out) else None,
            record=partial(self._bounds, pairs=pairs) if has_bounds else None,
        )

    def counts(self, model: OutcomeModel, checkpoint: Checkpoint | None) -> LossHistory:
        """Minimise minus the likelihood of all counts."""
        if self.data.sites > MARGINAL_MAX_N or not model.is_factorised:
            raise ValueError(
                f"the objective marginal needs a factorised VAE, N <= {MARGINAL_MAX_N}"
            )
        if self.settings.precision != "float32" or self.settings.compile:
            raise ValueError("the objective marginal has neither bfloat16 nor compilation")
        if self.settings.draws > 1 or self.settings.pairs:
            raise ValueError("the objective marginal has neither more draws nor pairs in the loss")
        draws = self.settings.batch_size
        counts, conditions = marginal.string_counts(self.data, self.training)
        counts, conditions = counts.to(self.device), conditions.to(self.device)

        return self._minimise(
            model,
            lambda found, batch, noise: marginal.negative_log_likelihood(
                found, batch[0], batch[1], draws, noise
            ),
            lambda epoch: marginal.batches(counts, conditions),
            checkpoint,
            steps=marginal.UPDATES,
            validation=self._held_out_counts_loss(4 * draws) if len(self.held_out) else None,
        )

    def _held_out_counts_loss(self, draws: int) -> Callable[[ConditionalVAE], float]:
        """The loss of the held-out counts, with the same latent vectors in every epoch."""
        counts, conditions = marginal.string_counts(self.data, self.held_out)
        held = counts.to(self.device), conditions.to(self.device)

        def loss(model: ConditionalVAE) -> float:
            noise = torch.Generator().manual_seed(self._number("held-out latent vectors"))
            return float(marginal.negative_log_likelihood(model, *held, draws, noise))

        return loss

    def _minimise(
        self,
        model: OutcomeModel,
        loss: Callable[[Any, Any, torch.Generator], Tensor],
        batches: Callable[[int], Iterator[Any]],
        checkpoint: Checkpoint | None,
        more: float = 0.0,
        **named: Any,
    ) -> LossHistory:
        """Minimise a loss; that of guessing is `more` than N ln 4."""
        rate = self.settings.learning_rate
        return minimise(
            model,
            loss,
            batches,
            torch.optim.Adam(model.parameters(), lr=rate, fused=True),
            epochs=self.settings.epochs,
            seed=self._number("noise"),
            learning_rate_factor=self.settings.learning_rate_factor,
            guess=(1 + GUESS_MARGIN) * (self.data.sites * math.log(OUTCOMES) + more),
            keep_best=bool(len(self.held_out)),
            patience=self.settings.patience,
            largest_gradient=self.settings.largest_gradient or math.inf,
            checkpoint=checkpoint,
            description=f"training run {self.run} of N = {self.data.sites}",
            **named,
        )

    def _loss(self, pairs: Pairs | None) -> Callable[[Any, Any, torch.Generator], Tensor]:
        """The mean loss of a batch in the settings' number format, compiled if they say so."""
        function = torch.compile(mean_loss) if self.settings.compile else mean_loss
        free_nats = self.settings.free_nats if self.settings.decoder == "factorised" else 0.0
        bound = partial(function, draws=self.settings.draws, free_nats=free_nats)
        mixed = self.settings.precision == "bfloat16"

        def loss(model: Any, batch: Any, generator: torch.Generator) -> Tensor:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=mixed):
                found = bound(model, batch, generator)
                if pairs is not None:
                    found = found + self.settings.pairs * pairs.distance(model, generator)
                return found

        return loss

    def _held_out_loss(self, model: Any, pairs: Pairs | None = None) -> float:
        """Mean loss of the held-out strings, each with the same latent vectors in every epoch.

        With pairs it contains those of the training strings.
        """
        noise = torch.Generator().manual_seed(self._number("held-out noise"))
        total, draws = 0.0, self.settings.draws
        for index in np.array_split(self.held_out, -(-len(self.held_out) * draws // EVALUATED)):
            outcomes, given = self.data.rows(index)
            found = model.loss(outcomes.to(self.device), given.to(self.device), noise, draws)
            total += float(found.double().sum())
        return total / len(self.held_out) + self._held_out_pairs(model, pairs)

    def _held_out_pairs(self, model: Any, pairs: Pairs | None) -> float:
        """What the pairs of all fields add to the held-out loss, the same draws in every epoch."""
        if pairs is None:
            return 0.0
        noise = torch.Generator().manual_seed(self._number("held-out pairs"))
        distance = pairs.distance(model, noise, HELD_OUT_PAIR_DRAWS, len(pairs.conditions))
        return self.settings.pairs * float(distance)

    def _bounds(self, model: Any, row: Row, pairs: Pairs | None) -> Row:
        """The bounds of held-out strings, which are without pairs: of the training, and a tighter.

        The second is minus the importance-weighted likelihood, at some epochs. It is the first plus
        the difference between the two for `IMPORTANCE_STRINGS` of the strings, which has a smaller
        error than the likelihood of so few.
        """
        held_out = row["validation_loss"] - self._held_out_pairs(model, pairs)
        found: Row = {"held_out_loss": held_out, "importance_loss": math.nan}
        every = -(-self.settings.epochs // IMPORTANCE_RECORDS)
        if (self.settings.epochs - row["epoch"]) % every:
            return found
        noise = torch.Generator().manual_seed(self._number("importance"))
        outcomes, given = self.data.rows(self.held_out[:IMPORTANCE_STRINGS])
        strings = outcomes.to(self.device), given.to(self.device)
        weighted = -model.log_probability(*strings, self.importance_draws, noise)
        draws = self.settings.draws
        bound = torch.stack([model.loss(*strings, noise, draws) for _ in range(BOUND_DRAWS)])
        difference = float(weighted.double().mean() - bound.double().mean())
        return found | {"importance_loss": held_out + difference}

    def _number(self, purpose: str) -> int:
        """Seed of the stream of a purpose."""
        return integer_seed(self.seed, "vae", purpose, N=self.data.sites, run=self.run)
