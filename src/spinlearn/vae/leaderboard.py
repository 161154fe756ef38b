"""The models of the leaderboard that this stage has, on bit strings, trained on exact likelihoods.

Every model minimises KL(q||p) over all 2^n strings z by Adam, with a step size that falls to zero
along half a cosine; no data are sampled. None has conditions:

- `nade`, `recurrent`, `matrix_product`: p(z) is exact;
- `factorised`, the decoder of a variational autoencoder: p(z) is the average of the decoder over
  the prior, by points that fill it evenly and are drawn anew in each step
  (`spinlearn.vae.marginal`). It is trained on the likelihood itself, without an encoder, whose
  optimum is at least as good as that of the evidence lower bound.

Models of one shape are stacked and trained together. Adam works element by element, so that none
depends on the others but for rounding.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from spinlearn import arguments
from spinlearn.datasets.leaderboard import Learned, Targets, nearest_width
from spinlearn.learning.distributions import kl_divergence
from spinlearn.learning.guessing import (
    WARM_UP_UPDATES,
    divergence_of_guessing,
    refuse_worse_than_guessing,
    warn_of_guessing,
)
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.progress import track
from spinlearn.streams import integer_seed
from spinlearn.vae.decoders import build
from spinlearn.vae.marginal import latent_points, string_probabilities
from spinlearn.vae.model import ConditionalVAE, all_strings
from spinlearn.vae.models import BITS, Architecture, OutcomeModel

_log = logging.getLogger("spinlearn.vae")

RANK_SEED = 1
"""Seed of the weights at which parameters that change p are counted; any will do."""

CHOICE_POINTS = 2**12
"""Latent points with which the starting points of a run are compared."""


@dataclass(frozen=True)
class Settings:
    """How models are trained.

    Attributes:
        steps: updates of Adam.
        learning_rate: initial step size.
        draws: latent points per step, of models with latent variables.
        final_draws: latent points with which their p after training is computed.
    """

    steps: int
    learning_rate: float
    draws: int = 128
    final_draws: int = 2**16

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        arguments.positive("learning_rate", self.learning_rate)
        for name in ("steps", "draws", "final_draws"):
            arguments.integer(name, getattr(self, name), 1)


class AllStrings(nn.Module):
    """A model as a function that gives ln p of all strings, in float64."""

    def __init__(self, architecture: Architecture, generator: torch.Generator) -> None:
        """Build the model with initial weights from `generator`."""
        super().__init__()
        self.model: OutcomeModel = build(architecture, generator).double()
        self.strings = all_strings(architecture.sites, BITS)

    def forward(self, z: Float[Tensor, "draws latent"]) -> Float[Tensor, " strings"]:
        """ln p; models without latent variables ignore the latent points `z`."""
        if not self.model.has_latent_variables:
            return -self.model.loss(self.strings, z.new_zeros(len(self.strings), 0))
        decoder = cast(ConditionalVAE, self.model)
        return string_probabilities(decoder.decode(z, z[:, :0]).exp()).log()


def architectures(kind: str, n: int, parameters: int) -> dict[str, tuple[str, Architecture]]:
    """The models of a kind with the number of parameters that is nearest: name, width, shape.

    The latent variables of a decoder are half as many as the bits. Of the numbers in a matrix
    product more than half change nothing (its gauge), so that it is there twice: with as many
    numbers, and with as many independent ones.
    """

    def shape(width: int) -> Architecture:
        hidden, bond = (1, width) if kind == "matrix_product" else (width, 1)
        return Architecture(n, n // 2, hidden, kind, (), bond, letters=BITS)

    def count(width: int) -> int:
        return parameters_of(shape(width))

    width = nearest_width(count, parameters)
    if kind == "matrix_product":
        same = nearest_width(lambda width: independent_parameters(shape(width)), parameters)
        return {
            kind: (f"bond dimension {width}", shape(width)),
            f"{kind}_independent": (f"bond dimension {same}", shape(same)),
        }
    latent = f"{n // 2} latent variables, " if kind == "factorised" else ""
    return {kind: (f"{latent}{width} hidden units", shape(width))}


def parameters_of(architecture: Architecture) -> int:
    """Numbers that p depends on, without the encoder's."""
    return build(architecture).parameters_used


def independent_parameters(architecture: Architecture) -> int:
    """How many of the parameters change p: the rank of d ln p / d theta at random weights.

    The decoder of an autoencoder is an exception, since its p is an average: there rotations of
    the K latent variables change nothing. They act on a matrix of rank r = min(K, hidden), so that
    K(K-1)/2 - (K-r)(K-r-1)/2 parameters are redundant.
    """
    if architecture.decoder == "factorised":
        K = architecture.latent
        left = K - min(K, architecture.hidden)
        return parameters_of(architecture) - (K * (K - 1) - left * (left - 1)) // 2
    model = AllStrings(architecture, torch.Generator().manual_seed(RANK_SEED))
    weights = {name: value.detach() for name, value in model.named_parameters()}
    z = torch.zeros(1, architecture.latent, dtype=torch.float64)

    def log_p(values: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(model, values, (z,))

    columns = torch.func.jacrev(log_p)(weights).values()
    matrix = torch.cat([column.flatten(1) for column in columns], dim=1)
    return int(torch.linalg.matrix_rank(matrix, rtol=1e-10))


def learn(
    targets: Targets,
    kinds: Sequence[str],
    budget: Mapping[str, int],
    settings: Settings,
    seed: int,
) -> list[Learned]:
    """Train every kind of model on all targets at once, from several starting points per run.

    Args:
        targets: the distributions that runs learn.
        kinds: decoders.
        budget: `parameters` of each model, and `starts` per run.
        settings: how to train.
        seed: the pipeline's.

    Raises:
        NotConvergedError: if a loss is not finite, or if after `WARM_UP_UPDATES` steps or more the
            best model of a run is worse than the uniform distribution.
    """
    found = []
    for kind in kinds:
        for name, (width, shape) in architectures(kind, targets.n, budget["parameters"]).items():
            numbers = [
                integer_seed(seed, "vae", "leaderboard", model=name, **key)
                for key in targets.keys(budget["starts"])
            ]
            noise = integer_seed(seed, "vae", "leaderboard", model=name, n=targets.n)
            stack = Stack(shape, numbers, settings, noise)
            stack.train(targets.repeated(budget["starts"]), name)
            best = stack.best(targets, budget["starts"])
            _compare_with_guessing(targets.probability, best, name, settings.steps)
            counts = parameters_of(shape), independent_parameters(shape)
            found.append(Learned(name, width, *counts, best))
    return found


def _compare_with_guessing(
    q: Float[np.ndarray, "datasets runs outcomes"],
    p: Float[np.ndarray, "datasets runs outcomes"],
    name: str,
    steps: int,
) -> None:
    """Say in the log how many models are no better than the uniform one; refuse worse ones."""
    change = "Change vae.leaderboard.learning_rate, or raise its steps or the number of starts."
    losses = kl_divergence(q, p).ravel()
    guess = divergence_of_guessing(q).ravel()
    description = f"leaderboard, {name}"
    warn_of_guessing(_log, losses, guess, description, change)
    if steps >= WARM_UP_UPDATES:
        refuse_worse_than_guessing(losses, guess, description, change)


class Stack:
    """Models of one shape, trained together.

    Args:
        architecture: the shape.
        numbers: seeds of the initial weights of each model.
        settings: how to train.
        noise: seed of the latent points, which all models share.
    """

    def __init__(
        self, architecture: Architecture, numbers: Sequence[int], settings: Settings, noise: int
    ) -> None:
        self.settings, self.latent = settings, architecture.latent
        generators = [torch.Generator().manual_seed(number) for number in numbers]
        models = [AllStrings(architecture, generator) for generator in generators]
        self.one, self.noise = models[0], torch.Generator().manual_seed(noise)
        self.weights, self.buffers = torch.func.stack_module_state(models)

    def _points(self, count: int) -> Float[Tensor, "draws latent"]:
        """Latent points; one of zeros for models without latent variables."""
        if not self.one.model.has_latent_variables:
            return torch.zeros(1, self.latent, dtype=torch.float64)
        return latent_points(1, count, self.latent, self.noise)[0].double()

    @property
    def _log_p(self) -> Callable[..., Float[Tensor, "models strings"]]:
        """ln p of all models from their stacked weights and buffers, at the same latent points."""

        def log_p(weights: dict[str, Tensor], buffers: dict[str, Tensor], z: Tensor) -> Tensor:
            return torch.func.functional_call(self.one, (weights, buffers), (z,))

        return torch.func.vmap(log_p, in_dims=(0, 0, None))

    def train(self, targets: Float[np.ndarray, "models strings"], description: str) -> None:
        """Minimise minus the mean log-likelihood of every model, each with its own target.

        Raises:
            NotConvergedError: if a loss is not finite.
        """
        q, log_p = torch.from_numpy(np.ascontiguousarray(targets)), self._log_p
        optimiser = torch.optim.Adam(self.weights.values(), lr=self.settings.learning_rate)
        rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, self.settings.steps)
        for _ in track(range(self.settings.steps), description):
            z = self._points(self.settings.draws)
            loss = -(q * log_p(self.weights, self.buffers, z)).sum()
            if not torch.isfinite(loss):
                raise NotConvergedError(
                    f"{description}: a loss is no longer finite; lower "
                    f"vae.leaderboard.learning_rate = {self.settings.learning_rate:g}"
                )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            rate.step()

    def best(self, targets: Targets, starts: int) -> Float[np.ndarray, "datasets runs outcomes"]:
        """p of the best starting point of each run."""
        with torch.no_grad():
            log_p = self._log_p(self.weights, self.buffers, self._points(CHOICE_POINTS)).numpy()
        chosen = targets.best_starts(-(targets.repeated(starts) * log_p).sum(axis=1))
        z, found = self._points(self.settings.final_draws), []
        with torch.no_grad():
            for place in chosen:
                parts = [{k: v[place] for k, v in x.items()} for x in (self.weights, self.buffers)]
                found.append(torch.func.functional_call(self.one, tuple(parts), (z,)).exp())
        return torch.stack(found).numpy().reshape(targets.probability.shape)
