"""Small networks with one hidden layer, many side by side on the same inputs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import nn

from spinlearn.learning.guessing import (
    WARM_UP_UPDATES,
    cross_entropies,
    refuse_worse_than_guessing,
)
from spinlearn.learning.training import minimise
from spinlearn.streams import rng

Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Inputs (batch, inputs), labels (batch, networks) and weights (batch)."""

BATCH = 4096
"""Samples whose hidden units are in memory at once, in `logits`."""

Vary = Callable[[torch.Tensor, np.random.Generator], torch.Tensor]
"""Replaces a batch of inputs by one that is as likely, by a symmetry of the system."""


@dataclass(frozen=True)
class Settings:
    """The networks and their training.

    Attributes:
        hidden: hidden units of each network.
        epochs: passes through the training samples.
        batch_size: samples per update.
        learning_rate: step size of Adam.
        weight_decay: decay of the weights per update, relative to the step size (AdamW).
    """

    hidden: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float


class Classifiers(nn.Module):
    """`networks` independent networks x -> a + b.max(0, W x + w), one logit each."""

    def __init__(self, networks: int, inputs: int, hidden: int, rng: np.random.Generator) -> None:
        """Weights and thresholds uniform within 1/sqrt(inputs of the unit), as torch's own."""
        super().__init__()
        units = networks * hidden
        self.first = _uniform(rng, inputs**-0.5, units, inputs)
        self.threshold = _uniform(rng, inputs**-0.5, units)
        self.second = _uniform(rng, hidden**-0.5, networks, hidden)
        self.bias = nn.Parameter(torch.zeros(networks))

    def forward(
        self, x: Float[torch.Tensor, "batch inputs"]
    ) -> Float[torch.Tensor, "batch networks"]:
        """Logits; above zero means the upper label."""
        hidden = torch.relu(torch.addmm(self.threshold, x, self.first.T))
        hidden = hidden.view(len(x), *self.second.shape)
        return torch.einsum("bnh,nh->bn", hidden, self.second) + self.bias


def _uniform(rng: np.random.Generator, limit: float, *shape: int) -> nn.Parameter:
    return nn.Parameter(torch.from_numpy(rng.uniform(-limit, limit, shape).astype(np.float32)))


def train(
    x: Shaped[np.ndarray, "samples inputs"],
    labels: Float[np.ndarray, "samples networks"],
    weights: Float[np.ndarray, " samples"],
    settings: Settings,
    seed: int,
    *,
    vary: Vary | None = None,
    description: str = "classifiers",
) -> Classifiers:
    """Train one network per column of labels, by their weighted mean cross-entropy.

    Args:
        x: inputs, of order 1.
        labels: 0 or 1.
        weights: of the samples; their mean should be 1.
        settings: sizes and training.
        seed: of initial weights and of the order of samples.
        vary: symmetry by which every batch is changed at random; None for none.
        description: text of the progress line, and of errors.

    Raises:
        NotConvergedError: if a loss is not finite, or if after `WARM_UP_UPDATES` updates or more a
            network has a larger loss than guessing by the share of each label.
    """
    inputs, targets, shares = (torch.from_numpy(a.astype(np.float32)) for a in (x, labels, weights))
    stream = rng(seed, "phases", "weights")
    model = Classifiers(labels.shape[1], x.shape[1], settings.hidden, stream)
    entropy = nn.BCEWithLogitsLoss(reduction="none")

    def loss(model: Classifiers, batch: Batch, _: torch.Generator) -> torch.Tensor:
        some, wanted, share = batch
        return (share[:, None] * entropy(model(some), wanted)).mean(0).sum()

    def batches(epoch: int) -> Iterator[Batch]:
        stream = rng(seed, "phases", "order", epoch=epoch)
        for chosen in torch.from_numpy(stream.permutation(len(x))).split(settings.batch_size):
            some = inputs[chosen] if vary is None else vary(inputs[chosen], stream)
            yield some, targets[chosen], shares[chosen]

    optimizer = torch.optim.AdamW(
        model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
    )
    minimise(
        model, loss, batches, optimizer,
        epochs=settings.epochs, seed=seed, description=description,
    )  # fmt: skip
    if settings.epochs * -(-len(x) // settings.batch_size) >= WARM_UP_UPDATES:
        change = f"Lower the learning rate ({settings.learning_rate:g}), or train for more epochs."
        found = cross_entropies(logits(model, x), labels, weights)
        refuse_worse_than_guessing(*found, description, change)
    return model.eval()


def shift_lattice(
    spins: Float[torch.Tensor, "batch sites"], rng: np.random.Generator
) -> Float[torch.Tensor, "batch sites"]:
    """Periodic square lattices, moved by one random vector."""
    L = round(spins.shape[1] ** 0.5)
    shifts = rng.integers(L, size=2).tolist()
    return spins.view(-1, L, L).roll(shifts, (1, 2)).reshape(spins.shape)


@torch.no_grad()
def logits(
    model: Classifiers, x: Shaped[np.ndarray, "samples inputs"]
) -> Float[np.ndarray, "samples networks"]:
    """Logits of all networks, batch after batch."""
    parts = [x[start : start + BATCH] for start in range(0, len(x), BATCH)]
    found = [model(torch.from_numpy(part.astype(np.float32))) for part in parts]
    return torch.cat(found).double().numpy()
