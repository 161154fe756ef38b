"""Machines on strings too long for sums over all of them: training, log-likelihood, files.

A data set of samples is divided: a fifth is held out. A data set that is a distribution over a list
of strings is learned from strings drawn by their probabilities, and the mean of log p over the
whole distribution is exact but for log Z; the best possible mean is then minus its entropy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, UInt8
from scipy.special import entr, xlogy

from spinlearn import arguments, streams
from spinlearn.datasets.strings import Strings
from spinlearn.learning.guessing import SURE, WARM_UP_UPDATES, refuse_worse_than_guessing
from spinlearn.sqrbm.model import Machine
from spinlearn.sqrbm.sampling import (
    Line,
    LogPartition,
    PersistentResult,
    PersistentSettings,
    log_partition,
    log_partition_backward,
    log_weight,
    product_fields,
    signs_of,
    train_persistent,
)
from spinlearn.sqrbm.schemas import LONG_FIT
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents

HELD_OUT = 5
"""One of so many samples is held out."""

LEAST_SAMPLES = 10
"""Fewest samples that can be divided."""

SETTLING = 100
"""Sweeps that make strings of the data samples of the machine, near where they began."""

PICTURES = 24
"""Strings of the data, and of each machine, that a file holds for pictures."""


@dataclass(frozen=True, eq=False)
class Division:
    """What is learned, and what is tested.

    Attributes:
        train, train_weights: strings that are learned, and their probabilities.
        test, test_weights: strings over which log p is averaged, and their probabilities.
        is_exact: whether both are the whole distribution.
    """

    train: UInt8[np.ndarray, "train n"]
    train_weights: Float[np.ndarray, " train"]
    test: UInt8[np.ndarray, "test n"]
    test_weights: Float[np.ndarray, " test"]
    is_exact: bool

    @property
    def best(self) -> float:
        """The largest possible mean of log p, minus the entropy, in nats; NaN for samples."""
        return float(-entr(self.test_weights).sum()) if self.is_exact else np.nan

    def independent(self) -> float:
        """Mean of log p of independent bits with the means of what is learned, in nats.

        A bit that is 1 in k of N strings has the probability (k + 1)/(N + 2).
        """
        count = len(self.train)
        ones = (count * (self.train_weights @ self.train) + 1) / (count + 2)
        mean = self.test_weights @ self.test
        return float((xlogy(mean, ones) + xlogy(1 - mean, 1 - ones)).sum())


def divided(data: Strings, seed: int, name: str) -> Division:
    """What is learned of a data set, and what is tested.

    Args:
        data: samples, or a distribution that all runs share.
        seed: the pipeline's.
        name: of the data set, a part of the key of the random division.

    Raises:
        InvalidArgumentError: if runs have their own draws, or samples are too few.
    """
    if data.runs is not None:
        raise arguments.InvalidArgumentError("data", "has a draw per run; take one for all runs")
    p = data.probability[0]
    if data.form == "distribution":
        return Division(data.strings, p, data.strings, p, is_exact=True)
    count = len(data.strings)
    if count < LEAST_SAMPLES:
        what = f"has {count} samples; at least {LEAST_SAMPLES} are needed to hold some out"
        raise arguments.InvalidArgumentError("data", what)
    order = streams.rng(seed, "sqrbm", "held out", dataset=name, n=data.n).permutation(count)
    parts = (order[count // HELD_OUT :], order[: count // HELD_OUT])
    train, test = ((data.strings[part], np.full(len(part), 1.0 / len(part))) for part in parts)
    return Division(*train, *test, is_exact=False)


@dataclass(frozen=True)
class Annealing:
    """How log Z is estimated; see `spinlearn.sqrbm.sampling.log_partition`.

    Attributes:
        chains: independent chains.
        steps: values of beta.
    """

    chains: int = 100
    steps: int = 1000


class LongResult(NamedTuple):
    """Several runs of one machine.

    Attributes:
        machine: the family.
        run: number of each run.
        parameters: flat parameters.
        log_likelihood: mean of log p over the strings that are tested, in nats.
        train_log_likelihood: the same over the strings that are learned.
        log_z, log_z_error: estimate of log Z, a part of log p, and its standard error.
        log_z_backward, log_z_backward_error: the same by annealing strings of the data back. Larger
            by more than errors: the chains of the estimate missed strings that the data have.
        string_log_likelihood: log p of each string that is tested; empty if they are the whole
            distribution.
        samples: strings of the Markov chains after the last step.
    """

    machine: Machine
    run: Int[np.ndarray, " runs"]
    parameters: Float[np.ndarray, "runs size"]
    log_likelihood: Float[np.ndarray, " runs"]
    train_log_likelihood: Float[np.ndarray, " runs"]
    log_z: Float[np.ndarray, " runs"]
    log_z_error: Float[np.ndarray, " runs"]
    log_z_backward: Float[np.ndarray, " runs"]
    log_z_backward_error: Float[np.ndarray, " runs"]
    string_log_likelihood: Float[np.ndarray, "runs test"]
    samples: UInt8[np.ndarray, "runs picture n"]


def learn(
    machine: Machine,
    data: Division,
    settings: PersistentSettings,
    annealing: Annealing,
    *,
    seed: int,
    runs: Iterable[int],
    dataset: str,
) -> LongResult:
    """Train runs of a machine from samples, one after the other, and test each.

    Args:
        machine: the family.
        data: what is learned and tested.
        settings: how to train.
        annealing: how to estimate log Z.
        seed: the pipeline's.
        runs: numbers of the runs.
        dataset: name of the data set, a part of the streams' keys.

    Raises:
        InvalidArgumentError, NotConvergedError: as `train_persistent`.
        NotConvergedError: if after `WARM_UP_UPDATES` steps or more the strings that are tested are
            less likely than for guessing, n ln 2 nats per string, by more than `GUESS_MARGIN` and
            `SURE` standard errors of log Z.
    """
    numbers = list(runs)
    train, test = signs_of(data.train), signs_of(data.test)
    fits = [
        train_persistent(
            machine,
            data.train,
            settings,
            seed=seed,
            weights=data.train_weights,
            dataset=dataset,
            run=run,
        )
        for run in numbers
    ]
    estimates = [
        _log_partitions(fit, train, data.train_weights, annealing, seed, dataset=dataset, run=run)
        for fit, run in zip(fits, numbers, strict=True)
    ]
    forward, backward = zip(*estimates, strict=True)
    thetas, log_z = np.stack([fit.parameters for fit in fits]), _values(forward)
    tested, learned = (
        np.stack([log_weight(machine, theta, s) for theta in thetas]) - log_z[:, None]
        for s in (test, train)
    )
    log_likelihood = tested @ data.test_weights
    if settings.training.iterations >= WARM_UP_UPDATES:
        refuse_worse_than_guessing(
            -log_likelihood,
            np.array([machine.n * np.log(2)]),
            f"{dataset}, {machine}",
            "Take another learning rate or number of steps, fewer hidden units or more samples.",
            margin=SURE * _errors(forward),
        )
    return LongResult(
        machine=machine,
        run=np.array(numbers),
        parameters=thetas,
        log_likelihood=log_likelihood,
        train_log_likelihood=learned @ data.train_weights,
        log_z=log_z,
        log_z_error=_errors(forward),
        log_z_backward=_values(backward),
        log_z_backward_error=_errors(backward),
        string_log_likelihood=tested[:, :0] if data.is_exact else tested,
        samples=np.stack([(fit.chains[:PICTURES] < 0).astype(np.uint8) for fit in fits]),
    )


def _log_partitions(
    fit: PersistentResult,
    strings: np.ndarray,
    weights: np.ndarray,
    annealing: Annealing,
    seed: int,
    **key: streams.KeyPart,
) -> tuple[LogPartition, LogPartition]:
    """log Z from independent units, and from strings of the data that sweeps settle first."""
    machine, theta, base = fit.machine, fit.parameters, product_fields(strings, weights)
    key = {**machine.stream_key, **key}
    rng = streams.rng(seed, "sqrbm", "annealing", **key)
    forward = log_partition(
        machine, theta, rng, chains=annealing.chains, steps=annealing.steps, base=base
    )
    rng = streams.rng(seed, "sqrbm", "annealing back", **key)
    s = strings[rng.choice(len(strings), annealing.chains, p=weights / weights.sum())]
    line = Line(machine, theta, base)
    for _ in range(SETTLING):
        s = line.sweep(s, np.ones(len(s)), rng)
    back = log_partition_backward(machine, theta, s, rng, steps=annealing.steps, base=base)
    return forward, back


def _values(estimates: Iterable[LogPartition]) -> np.ndarray:
    return np.array([one.value for one in estimates])


def _errors(estimates: Iterable[LogPartition]) -> np.ndarray:
    return np.array([one.error for one in estimates])


def save(
    path: str | Path, result: LongResult, data: Division, attributes: Mapping[str, Any]
) -> None:
    """Write a block of runs, of the kind `spinlearn.sqrbm.schemas.LONG_FIT`.

    Args:
        path: the file.
        result: the result of `learn`.
        data: what was learned and tested.
        attributes: `dataset`, the name of the data set, its `source`, and provenance.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    machine = result.machine
    places = (np.arange(PICTURES) + 0.5) / PICTURES
    shown = np.searchsorted(np.cumsum(data.test_weights), places)
    arrays = result._asdict() | machine.unpack(result.parameters)._asdict()
    arrays |= {"data": data.test[shown], "independent": data.independent(), "best": data.best}
    del arrays["machine"], arrays["parameters"], arrays["string_log_likelihood"]
    if not data.is_exact:
        arrays["string_log_likelihood"] = result.string_log_likelihood.astype(np.float32)
    LONG_FIT.write(path, arrays, {**machine.attributes, **attributes})


def load(paths: Iterable[str | Path], *names: str) -> list[Contents]:
    """All runs of each data set, n, Pauli set and m, from the files of their blocks.

    Args:
        paths: files that `save` wrote, in any order.
        names: datasets to read besides `run`; all of them if none is named.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings;
            see `spinlearn.storage.blocks.load_blocks`.
    """
    return load_blocks(LONG_FIT, paths, "run", names, by=("dataset", "n", "paulis", "m"))
