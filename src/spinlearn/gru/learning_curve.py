"""Errors of predictions against the number of training realisations (Gresch 2022, appendix B)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from spinlearn import arguments
from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import Realisations
from spinlearn.gru.model import Architecture, GruNetworks, features, indicators, neighbour_pairs
from spinlearn.gru.training import squared_error
from spinlearn.learning.training import minimise
from spinlearn.streams import integer_seed, rng

Predict = Callable[[Realisations], Float[np.ndarray, "repeats R I"]]
"""Predictions of realisations by all repeats, at the energy density of the training."""

Learner = Callable[[Sequence[Realisations], int], Predict]
"""Learns from the training set of each repeat, all of one size; the number is the root seed.

Initial weights are keyed by the repeat alone: they are the same for all sizes.
"""


@dataclass(frozen=True)
class NetworkSettings:
    """How the networks of a learning curve are trained, by Adam on the mean squared error.

    Attributes:
        features, head: see `Architecture`.
        updates: updates of each network, whatever the number of its realisations.
        batch_size: realisations per update; all of them if they are fewer.
        learning_rate: step size.
    """

    features: int
    head: int
    updates: int
    batch_size: int
    learning_rate: float

    def __post_init__(self) -> None:
        """Refuse values out of their range."""
        for name in ("features", "head", "updates", "batch_size"):
            arguments.integer(name, getattr(self, name), 1)
        arguments.number("learning_rate", self.learning_rate, 0)


@dataclass(frozen=True)
class LearningCurve:
    """Squared errors of several learners against the number of training realisations.

    Attributes:
        L, h: chain lengths and disorder strengths of the test.
        train_error: mean squared error on each repeat's own training data; NaN for a length
            without training data.
        test_error: mean squared error on the test data.
        row_error: squared error of each test realisation, averaged over the repeats.
        variance: variance of the targets over the test realisations of each (L, h).
    """

    L: Int[np.ndarray, " L"]
    h: Float[np.ndarray, " H"]
    train_error: Float[np.ndarray, "learners sizes repeats L H I"]
    test_error: Float[np.ndarray, "learners sizes repeats L H I"]
    row_error: Float[np.ndarray, "learners sizes R I"]
    variance: Float[np.ndarray, "L H I"]


def learning_curve(
    learners: Mapping[str, Learner],
    train: Realisations,
    test: Realisations,
    sizes: Sequence[int],
    repeats: int,
    *,
    seed: int,
) -> LearningCurve:
    """Errors of learners that learn from random subsets of the training data.

    Each repeat draws its own subset of every (L, h), without replacement, and all learners learn
    from the same subsets. Streams are keyed by size and repeat, so further sizes change nothing.

    Args:
        learners: what learns and predicts, by name.
        train, test: data with the same indicators, at one energy density.
        sizes: realisations per (L, h).
        repeats: subsets per size.
        seed: the pipeline's root seed.

    Raises:
        ValueError: if a size exceeds the number of realisations of an (L, h).
    """
    if max(sizes) > train.per_ensemble:
        raise ValueError(
            f"sizes: {max(sizes)} realisations per (L, h) wanted, there are {train.per_ensemble}"
        )
    arguments.integer("repeats", repeats, 1)
    L, h = np.unique(test.L), np.unique(test.h)
    cells = L.size, h.size, len(test.indicators)
    train_error = np.full((len(learners), len(sizes), repeats, *cells), np.nan)
    test_error, row_error = train_error.copy(), []
    for n, size in enumerate(sizes):
        masks = [
            _subset(train, size, rng(seed, "gru", "learning curve", size=size, repeat=repeat))
            for repeat in range(repeats)
        ]
        for p, learn in enumerate(learners.values()):
            predict = learn([train.where(mask) for mask in masks], seed)
            known = (predict(train) - train.targets[:, 0]) ** 2
            asked = (predict(test) - test.targets[:, 0]) ** 2
            for repeat, mask in enumerate(masks):
                own = train.where(mask)
                train_error[p, n, repeat] = _cell_means(known[repeat][mask], own, L, h)
                test_error[p, n, repeat] = _cell_means(asked[repeat], test, L, h)
            row_error.append(asked.mean(axis=0))
    shape = len(learners), len(sizes), len(test), cells[-1]
    by_learner = np.reshape(row_error, (shape[1], shape[0], *shape[2:])).swapaxes(0, 1)
    targets = test.targets[:, 0]
    variance = _cell_means(targets**2, test, L, h) - _cell_means(targets, test, L, h) ** 2
    return LearningCurve(L, h, train_error, test_error, by_learner, variance)


def _subset(data: Realisations, size: int, stream: np.random.Generator) -> Bool[np.ndarray, " R"]:
    """A random choice of `size` realisations of each (L, h)."""
    chosen = np.zeros(len(data), dtype=bool)
    for L, h in sorted(set(zip(data.L.tolist(), data.h.tolist(), strict=True))):
        members = np.flatnonzero((data.L == L) & (data.h == h))
        chosen[stream.choice(members, size, replace=False)] = True
    return chosen


def _cell_means(
    values: Float[np.ndarray, "R I"],
    data: Realisations,
    L: Int[np.ndarray, " L"],
    h: Float[np.ndarray, " H"],
) -> Float[np.ndarray, "L H I"]:
    """Means over the realisations of each (L, h); NaN without one."""
    found = np.full((L.size, h.size, values.shape[1]), np.nan)
    for i, j in np.ndindex(L.size, h.size):
        members = (L[i] == data.L) & (data.h == h[j])
        if members.any():
            found[i, j] = values[members].mean(axis=0)
    return found


def baseline(name: str) -> Learner:
    """The learner of a baseline; see `spinlearn.gru.baselines`. It has no validation data."""

    def learn(subsets: Sequence[Realisations], seed: int) -> Predict:
        def predict(asked: Realisations) -> Float[np.ndarray, "repeats R I"]:
            found = [predict_baseline(name, own, own.where(own.L < 0), asked) for own in subsets]
            return np.stack(found)[:, :, 0]

        return predict

    return learn


def recurrent_networks(settings: NetworkSettings) -> Learner:
    """The learner of the paper's networks: one per repeat, all in one batch."""

    def learn(subsets: Sequence[Realisations], seed: int) -> Predict:
        networks = _train(subsets, settings, seed)

        def predict(asked: Realisations) -> Float[np.ndarray, "repeats R I"]:
            return indicators(networks, features(networks, asked.fields, asked.L))

        return predict

    return learn


def _train(subsets: Sequence[Realisations], settings: NetworkSettings, seed: int) -> GruNetworks:
    """Networks with the same number of updates, each on its own data."""
    repeats, samples = len(subsets), len(subsets[0])
    architecture = Architecture(subsets[0].indicators, settings.features, settings.head)
    seeds = [
        integer_seed(seed, "gru", "learning curve weights", repeat=repeat)
        for repeat in range(repeats)
    ]
    networks = GruNetworks(repeats, architecture).initialise(seeds)
    pairs = torch.from_numpy(np.stack([neighbour_pairs(own.fields, own.L) for own in subsets]))
    lengths = torch.from_numpy(np.stack([own.L.astype(np.int64) for own in subsets]))
    targets = torch.from_numpy(np.stack([own.targets[:, 0] for own in subsets]))
    each = torch.arange(repeats)[:, None]
    per_epoch = -(-samples // settings.batch_size)

    def batches(epoch: int) -> Iterator[Int[torch.Tensor, "repeats batch"]]:
        stream = rng(seed, "gru", "learning curve order", epoch=epoch)
        order = stream.permuted(np.tile(np.arange(samples), (repeats, 1)), axis=1)
        left = settings.updates - epoch * per_epoch
        yield from islice(torch.from_numpy(order).split(settings.batch_size, dim=1), left)

    def loss(
        model: GruNetworks, index: Int[torch.Tensor, "repeats batch"], generator: torch.Generator
    ) -> torch.Tensor:
        found = model(pairs[each, index], lengths[each, index])
        return squared_error(found, targets[each, index], "mean").sum()

    minimise(
        networks,
        loss,
        batches,
        torch.optim.Adam(networks.parameters(), lr=settings.learning_rate, fused=True),
        epochs=-(-settings.updates // per_epoch),
        seed=seed,
        description=f"{repeats} networks, {samples} realisations each",
    )
    return networks.eval()
