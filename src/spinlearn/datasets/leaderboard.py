"""What models of different stages learned of the same data sets: one kind of file for all.

Every learner of the leaderboard reads the same targets and is given the same number of parameters,
which its width meets as nearly as it can.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments
from spinlearn.datasets.schemas import learned
from spinlearn.datasets.strings import load_targets
from spinlearn.storage.blocks import load_blocks
from spinlearn.storage.hdf5 import Contents


@dataclass(frozen=True, eq=False)
class Targets:
    """The distributions that runs learn.

    Attributes:
        names: of the data sets.
        runs: numbers of the runs.
        probability: q of every string, for each data set and run.
    """

    names: tuple[str, ...]
    runs: tuple[int, ...]
    probability: Float[np.ndarray, "datasets runs outcomes"]

    @property
    def n(self) -> int:
        """Bits per string."""
        return self.probability.shape[2].bit_length() - 1

    def best_starts(self, losses: Float[np.ndarray, " trainings"]) -> Int[np.ndarray, " chosen"]:
        """The starting point of each run that has the lowest loss, as a row of `repeated`."""
        count = len(self.names) * len(self.runs)
        return losses.reshape(-1, count).argmin(axis=0) * count + np.arange(count)

    def repeated(self, starts: int) -> Float[np.ndarray, "trainings outcomes"]:
        """The targets of all starting points, starting point by starting point."""
        rows = self.probability.reshape(-1, self.probability.shape[2])
        return np.tile(rows, (starts, 1))

    def keys(self, starts: int) -> list[dict[str, Any]]:
        """What tells the random streams of all starting points apart, in the same order."""
        return [
            {"n": self.n, "dataset": name, "run": run, "start": start}
            for start in range(starts)
            for name in self.names
            for run in self.runs
        ]


@dataclass(frozen=True, eq=False)
class Learned:
    """One model on all data sets.

    Attributes:
        model: its name.
        width: how wide it is, in words.
        parameters: numbers that it has.
        independent: those of them that change the distribution; files and tables have 2^n - 1, the
            dimension of all distributions, if there are more.
        distribution: p of every string, for each data set and run.
    """

    model: str
    width: str
    parameters: int
    independent: int
    distribution: Float[np.ndarray, "datasets runs outcomes"]


def nearest_width(count: Callable[[int], int], parameters: int) -> int:
    """The width, from 1 on, whose growing number of parameters is the nearest to a given one.

    Of two that are equally near it is the smaller.

    >>> nearest_width(lambda width: 6 + 7 * width, 48), nearest_width(lambda width: 10 * width, 15)
    (6, 1)
    """
    arguments.integer("parameters", parameters, 1)
    width = 1
    while abs(count(width + 1) - parameters) < abs(count(width) - parameters):
        width += 1
    return width


def read_targets(paths: Mapping[str, Iterable[str | Path]], runs: Iterable[int]) -> Targets:
    """The targets of some runs.

    Args:
        paths: files of every data set, by its name; all have strings of one length.
        runs: numbers of the runs.

    Raises:
        FileError: if a file is not readable, or has no draw for a run.
    """
    numbers = tuple(runs)
    found = [load_targets(files, numbers)[0] for files in paths.values()]
    rows = [np.broadcast_to(q, (len(numbers), q.shape[1])) for q in found]
    return Targets(tuple(paths), numbers, np.stack(rows))


def save(
    path: str | Path,
    stage: str,
    targets: Targets,
    models: Sequence[Learned],
    provenance: Mapping[str, Any],
) -> None:
    """Write what the models of a stage learned, of the kind `spinlearn.datasets.schemas.learned`.

    Raises:
        DatasetError, UnwritableError: as `Schema.write`.
    """
    arrays = {
        "run": np.array(targets.runs),
        "parameters": np.array([model.parameters for model in models]),
        "independent": np.array([min(m.independent, 2**targets.n - 1) for m in models]),
        "target": targets.probability,
        "distribution": np.stack([model.distribution for model in models]),
    }
    about = {
        "stage": stage,
        "n": targets.n,
        "models": [model.model for model in models],
        "widths": [model.width for model in models],
        "data_sets": list(targets.names),
    }
    learned(stage).write(path, arrays, {**about, **provenance})


def load(stage: str, paths: Iterable[str | Path]) -> list[Contents]:
    """All runs of the models of a stage for each n, from the files of their blocks.

    Raises:
        FileError: if a file is not readable, or two blocks were computed with different settings.
    """
    return load_blocks(learned(stage), paths, "run", by=("n",))
