"""Errors of predictions against the number of training realisations (Gresch 2022, appendix B)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from spinlearn import arguments
from spinlearn.gru import ensembles
from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import Realisations
from spinlearn.gru.model import Architecture, GruNetworks, features, indicators, neighbour_pairs
from spinlearn.gru.training import DIVERGED, squared_error
from spinlearn.learning.guessing import WARM_UP_UPDATES, error_of_guessing
from spinlearn.learning.training import minimise
from spinlearn.spins.choices import EntropyNormalisation
from spinlearn.streams import integer_seed, rng

LEAST_UPDATES = 300
"""Least number of updates of symmetric networks."""

Rows = Int[np.ndarray, "repeats n"]
"""The rows of the training data from which each repeat learns."""

Fit = Callable[[Rows, int], tuple[np.ndarray, np.ndarray]]
"""Learns from some rows, with a root seed; predicts training and test data: (repeats, R, I) each.
The predictions of a repeat whose training diverged may be anything, NaN too.

Initial weights are keyed by the repeat alone: they are the same for all sizes.
"""

Learner = Callable[[Realisations, Realisations], Fit]
"""Prepares the training and test data of a learning curve."""


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
        diverged: number of repeats that are left out.
        L, h: chain lengths and disorder strengths of the test.
        train_error: mean squared error on each repeat's own training data; NaN for a length
            without training data.
        test_error: mean squared error on the test data.
        row_error: squared error of each test realisation, averaged over the repeats.
        variance: variance of the targets over the test realisations of each (L, h).
    """

    diverged: int
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
    A repeat in which a learner diverged (`_is_sound`) is left out for all learners and sizes, so
    that differences between them are those of the same repeats. The log names it.

    Args:
        learners: what learns and predicts, by name.
        train, test: data with the same indicators, at one energy density.
        sizes: realisations per (L, h).
        repeats: subsets per size.
        seed: the pipeline's root seed.

    Raises:
        NotConvergedError: if no repeat is left.
        ValueError: if a size exceeds the number of realisations of an (L, h).
    """
    if max(sizes) > train.per_ensemble:
        raise ValueError(
            f"sizes: {max(sizes)} realisations per (L, h) wanted, there are {train.per_ensemble}"
        )
    arguments.integer("repeats", repeats, 1)
    L, h = np.unique(test.L), np.unique(test.h)
    shape = (len(learners), len(sizes), repeats)
    train_error = np.empty((*shape, L.size, h.size, len(test.indicators)))
    test_error = np.empty_like(train_error)
    row_error = np.empty((*shape, len(test), len(test.indicators)))
    is_sound = np.ones(repeats, dtype=bool)
    fits = [learner(train, test) for learner in learners.values()]
    for n, size in enumerate(sizes):
        rows = np.stack([_subset(train, size, _stream(seed, size, k)) for k in range(repeats)])
        for p, fit in enumerate(fits):
            with np.errstate(over="ignore", invalid="ignore"):  # of networks that diverged
                known, row_error[p, n] = (
                    (found - data.targets[:, 0]) ** 2
                    for found, data in zip(fit(rows, seed), (train, test), strict=True)
                )
            is_sound &= _is_sound(known, train, rows)
            for k, own in enumerate(rows):
                mask = np.isin(np.arange(len(train)), own)
                train_error[p, n, k] = _cell_means(known[k], train, mask, L, h)
                test_error[p, n, k] = _cell_means(row_error[p, n, k], test, True, L, h)
    sound = list(ensembles.sound_numbers(is_sound, "repeats", "learning curve"))
    known, asked, by_row = (each[:, :, sound] for each in (train_error, test_error, row_error))
    return LearningCurve(
        repeats - len(sound), L, h, known, asked, by_row.mean(axis=2), _variance(test, L, h)
    )


def _is_sound(
    errors: Float[np.ndarray, "repeats R I"], data: Realisations, rows: Rows
) -> Bool[np.ndarray, " repeats"]:
    """Whether each repeat did not diverge, from its squared errors on the training data.

    It diverged if their mean over its own rows is not finite, or above `DIVERGED` times that of a
    prediction of zeros. Learners give NaN for networks that are worse than a constant.
    """
    with np.errstate(over="ignore"):
        losses = [error[own].mean() for error, own in zip(errors, rows, strict=True)]
        zeros = [(data.targets[own] ** 2).mean() for own in rows]
    return np.isfinite(losses) & ~(np.array(losses) > DIVERGED * np.array(zeros))


def _stream(seed: int, size: int, repeat: int) -> np.random.Generator:
    return rng(seed, "gru", "learning curve", size=size, repeat=repeat)


def _subset(data: Realisations, size: int, stream: np.random.Generator) -> Int[np.ndarray, " n"]:
    """Rows of a random choice of `size` realisations of each (L, h), ascending."""
    cells = sorted(set(zip(data.L.tolist(), data.h.tolist(), strict=True)))
    members = [np.flatnonzero((data.L == L) & (data.h == h)) for L, h in cells]
    return np.sort(np.concatenate([stream.choice(m, size, replace=False) for m in members]))


def _cell_means(
    values: Float[np.ndarray, "R I"],
    data: Realisations,
    chosen: Bool[np.ndarray, " R"] | bool,
    L: Int[np.ndarray, " L"],
    h: Float[np.ndarray, " H"],
) -> Float[np.ndarray, "L H I"]:
    """Means over the chosen realisations of each (L, h); NaN without one."""
    found = np.full((L.size, h.size, values.shape[1]), np.nan)
    for i, j in np.ndindex(L.size, h.size):
        members = (L[i] == data.L) & (data.h == h[j]) & chosen
        if members.any():
            found[i, j] = values[members].mean(axis=0)
    return found


def _variance(
    data: Realisations, L: Int[np.ndarray, " L"], h: Float[np.ndarray, " H"]
) -> Float[np.ndarray, "L H I"]:
    """Variance of the targets of each (L, h)."""
    targets = data.targets[:, 0]
    variance = _cell_means(targets**2, data, True, L, h)
    variance -= _cell_means(targets, data, True, L, h) ** 2
    return variance


def baseline(name: str) -> Learner:
    """The learner of a baseline; see `spinlearn.gru.baselines`. It has no validation data."""

    def prepare(train: Realisations, test: Realisations) -> Fit:
        nothing = train.where(train.L < 0)

        def fit(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
            subsets = [train.where(np.isin(np.arange(len(train)), own)) for own in rows]
            known, asked = (
                np.stack([predict_baseline(name, own, nothing, data)[:, 0] for own in subsets])
                for data in (train, test)
            )
            return known, asked

        return fit

    return prepare


def recurrent_networks(settings: NetworkSettings) -> Learner:
    """The learner of the paper's networks: one per repeat, all in one batch.

    After `WARM_UP_UPDATES` updates or more, a network has diverged if its error on its own rows is
    above that of the best constant per indicator (`error_of_guessing`).
    """

    def prepare(train: Realisations, test: Realisations) -> Fit:
        def fit(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
            networks = _train_networks(train, rows, settings, seed)
            known, asked = (
                indicators(networks, features(networks, data.fields, data.L))
                for data in (train, test)
            )
            if settings.updates >= WARM_UP_UPDATES:
                worse = _is_worse_than_guessing(known, train, rows)
                known[worse], asked[worse] = np.nan, np.nan
            return known, asked

        return fit

    return prepare


def _is_worse_than_guessing(
    known: Float[np.ndarray, "repeats R I"], data: Realisations, rows: Rows
) -> Bool[np.ndarray, " repeats"]:
    """Whether predictions for each repeat's own rows are worse than the best constants."""
    own = data.targets[rows, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        errors = (np.take_along_axis(known, rows[..., None], axis=1) - own) ** 2
    return np.asarray(errors.mean(axis=(1, 2)) > error_of_guessing(own).mean(axis=1))


def symmetric_networks(
    settings: ensembles.Settings, normalisation: EntropyNormalisation
) -> Learner:
    """The learner of symmetric networks: an ensemble of which each member is a repeat.

    So no members are averaged, which is a little worse than the ensemble. There are at least
    `LEAST_UPDATES` updates.
    """

    def prepare(train: Realisations, test: Realisations) -> Fit:
        data = [ensembles.Samples.of(part, normalisation) for part in (train, test)]

        def fit(rows: Rows, seed: int) -> tuple[np.ndarray, np.ndarray]:
            repeats, samples = rows.shape
            least = -(-LEAST_UPDATES // -(-samples // settings.batch_size))
            own = replace(settings, members=repeats, epochs=max(settings.epochs, least))
            trained = ensembles.train_members(data[0], own, rows, seed=seed)
            known, asked = (np.full((repeats, *part.targets.shape), np.nan) for part in data)
            for found, part in zip((known, asked), data, strict=True):
                found[list(trained.members)] = part.means(trained.ensemble)
            return known, asked

        return fit

    return prepare


def _train_networks(
    data: Realisations, rows: Rows, settings: NetworkSettings, seed: int
) -> GruNetworks:
    """Networks with the same number of updates, each on its own rows."""
    repeats, samples = rows.shape
    architecture = Architecture(data.indicators, settings.features, settings.head)
    seeds = [
        integer_seed(seed, "gru", "learning curve weights", repeat=repeat)
        for repeat in range(repeats)
    ]
    networks = GruNetworks(repeats, architecture).initialise(seeds)
    pairs = torch.from_numpy(neighbour_pairs(data.fields, data.L))
    lengths = torch.from_numpy(data.L.astype(np.int64))
    targets = torch.from_numpy(np.ascontiguousarray(data.targets[:, 0]))
    per_epoch = -(-samples // settings.batch_size)

    def batches(epoch: int) -> Iterator[Int[torch.Tensor, "repeats batch"]]:
        order = rng(seed, "gru", "learning curve order", epoch=epoch).permuted(rows, axis=1)
        left = settings.updates - epoch * per_epoch
        yield from islice(torch.from_numpy(order).split(settings.batch_size, dim=1), left)

    def loss(
        model: GruNetworks, index: Int[torch.Tensor, "repeats batch"], generator: torch.Generator
    ) -> torch.Tensor:
        found = model(pairs[index], lengths[index])
        return ensembles.sum_of_finite(squared_error(found, targets[index], "mean"))

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
