"""Distributions over bit strings, and samples of them: what every data set consists of.

The index of a string has bit 0 as its most significant digit. Bit i is site i, and 1 is spin up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from spinlearn import arguments
from spinlearn.datasets.schemas import DATASET
from spinlearn.pipeline.errors import DatasetError

MAX_DENSE_BITS = 20
"""Longest strings for which all 2^n probabilities are listed."""


@dataclass(frozen=True)
class Request:
    """What a data set is made for.

    Attributes:
        n: bits per string.
        name: name of the data set.
        seed: the pipeline's.
        runs: numbers of the runs that have a draw of their own, if the data set has such draws.
        settings: further settings of the data set.
        files: its input files.
    """

    n: int
    name: str = ""
    seed: int = 0
    runs: Sequence[int] = range(1)
    settings: Mapping[str, Any] = field(default_factory=dict)
    files: SimpleNamespace = field(default_factory=SimpleNamespace)

    def __post_init__(self) -> None:
        """Refuse strings without bits."""
        arguments.integer("n", self.n, 1)


@dataclass(frozen=True, eq=False)
class Strings:
    """A distribution over bit strings, or samples of one.

    Attributes:
        strings: the strings that have a probability.
        probability: their probabilities: one row for all runs, or one per run.
        source: where they come from, in a few words.
        form: "samples" if the strings are samples, which may repeat.
        runs: number of the run of each row, if runs have rows of their own.
    """

    strings: UInt8[np.ndarray, "strings n"]
    probability: Float[np.ndarray, "draws strings"]
    source: str
    form: Literal["distribution", "samples"] = "distribution"
    runs: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse bits other than 0 and 1, and probabilities that are no distribution."""
        arguments.one_of("form", self.form, ("distribution", "samples"))
        arguments.whole("strings", self.strings, (None, None), low=0, high=1)
        draws = None if self.runs is None else len(self.runs)
        arguments.distribution("probability", self.probability, (draws, len(self.strings)))

    @property
    def n(self) -> int:
        """Bits per string."""
        return self.strings.shape[1]

    def target(self, run: int) -> Float[np.ndarray, " outcomes"]:
        """All 2^n probabilities for one run.

        Raises:
            ValueError: if the strings are too long, or the run has no draw.
        """
        if self.n > MAX_DENSE_BITS:
            raise ValueError(f"strings of {self.n} bits: at most {MAX_DENSE_BITS} can be listed")
        if self.runs is not None and run not in self.runs:
            raise ValueError(f"the data set has no draw for run {run}")
        row = 0 if self.runs is None else self.runs.index(run)
        dense = np.zeros(2**self.n)
        np.add.at(dense, index_of(self.strings), self.probability[row])
        return dense


def bit_strings(n: int) -> Int[np.ndarray, "states n"]:
    """All 2^n strings in the order of their index, bit 0 first."""
    index = np.arange(2**n)
    return ((index[:, None] >> np.arange(n - 1, -1, -1)) & 1).astype(np.int8)


def index_of(strings: UInt8[np.ndarray, "strings n"]) -> Int[np.ndarray, " strings"]:
    """The index of each string."""
    return strings.astype(np.int64) @ (1 << np.arange(strings.shape[1] - 1, -1, -1))


def from_dense(
    probabilities: Float[np.ndarray, "draws outcomes"],
    source: str,
    runs: Sequence[int] | None = None,
) -> Strings:
    """A distribution from all 2^n probabilities, one row for all runs or one per run.

    Strings that have no probability in any row are left out.

    Raises:
        InvalidArgumentError: if a row is not a distribution over 2^n strings.
    """
    probabilities = arguments.distribution("probabilities", probabilities, (None, None))
    n = probabilities.shape[1].bit_length() - 1
    if probabilities.shape[1] != 2**n:
        raise arguments.InvalidArgumentError(
            "probabilities", f"{probabilities.shape[1]} in a row; strings of n bits have 2^n"
        )
    support = np.flatnonzero(probabilities.any(axis=0))
    return Strings(
        bit_strings(n)[support].astype(np.uint8),
        np.ascontiguousarray(probabilities[:, support]),
        source,
        runs=None if runs is None else tuple(runs),
    )


def uniform_over(mask: Bool[np.ndarray, " outcomes"], source: str) -> Strings:
    """The uniform distribution over the strings that a mask of all 2^n selects.

    Raises:
        InvalidArgumentError: if it selects none.
    """
    if not mask.any():
        raise arguments.InvalidArgumentError("mask", "selects no string")
    return from_dense((mask / mask.sum())[None], source)


def from_samples(samples: UInt8[np.ndarray, "samples n"], source: str) -> Strings:
    """Samples as a data set, each with the probability 1/M.

    Raises:
        InvalidArgumentError: if there are none, or a bit is not 0 or 1.
    """
    samples = arguments.whole("samples", samples, (None, None), low=0, high=1).astype(np.uint8)
    return Strings(samples, np.full((1, len(samples)), 1.0 / len(samples)), source, form="samples")


def save(path: str | Path, data: Strings, name: str, provenance: Mapping[str, Any]) -> None:
    """Write one block of a data set, of the kind `spinlearn.datasets.schemas.DATASET`.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    arrays: dict[str, Any] = {"strings": data.strings, "probability": data.probability}
    if data.runs is not None:
        arrays["run"] = np.array(data.runs, dtype=np.int64)
    about = {"name": name, "form": data.form, "n": data.n, "source": data.source}
    DATASET.write(path, arrays, {**about, **provenance})


def load(path: str | Path) -> Strings:
    """Read one block of a data set.

    Raises:
        FileError: if the file is not readable, or its rows are no distributions.
    """
    stored = DATASET.read(path)
    runs = tuple(stored["run"].tolist()) if "run" in stored else None
    source, form = stored.attributes["source"], stored.attributes["form"]
    try:
        return Strings(stored["strings"], stored["probability"], source, form, runs)
    except ValueError as error:
        raise DatasetError(path, str(error)) from None


def load_targets(
    paths: Iterable[str | Path], runs: Iterable[int]
) -> tuple[Float[np.ndarray, "draws outcomes"], str]:
    """The distributions that runs learn, and where they come from.

    Args:
        paths: files of the blocks of a data set that hold the draws of these runs.
        runs: numbers of the runs.

    Returns:
        All 2^n probabilities, one row per run, or a single row if all runs have the same.

    Raises:
        FileError: if a file is not readable, or no file has a draw for a run.
        ValueError: if the strings are too long.
    """
    blocks = {str(path): load(path) for path in paths}
    path, first = next(iter(blocks.items()))
    if first.runs is None:
        return first.target(0)[None], first.source
    owner = {run: block for block in blocks.values() for run in block.runs or ()}
    wanted = list(runs)
    if missing := [run for run in wanted if run not in owner]:
        raise DatasetError(path, f"holds no draw for run {missing[0]}")
    return np.stack([owner[run].target(run) for run in wanted]), first.source
