"""Training data of a VAE: POVM outcomes of one chain length at all fields, or the user's own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int, UInt8
from torch import Tensor

from spinlearn import arguments
from spinlearn.streams import rng
from spinlearn.tfi.own_outcomes import load
from spinlearn.tfi.schemas import POVM

HALF_WAVES = 0.4
"""Most half waves of a harmonic per gap between neighbouring values of a condition.

With twice as many, values at the conditions are learned, but not slopes (chi_xx at fields in steps
of at most 0.2 J is off by 0.41 in place of 0.05, root mean square).
"""


@dataclass(frozen=True, eq=False)
class OutcomeData:
    """POVM outcomes of one chain length, each string with the values of its conditions.

    Attributes:
        outcomes: one string of outcomes per row, one byte per outcome.
        conditions: values of the C conditions of each string.
        names: names of the conditions; by default the transverse field, in units of J.
    """

    outcomes: UInt8[np.ndarray, "samples N"]
    conditions: Float64[np.ndarray, "samples C"]
    names: tuple[str, ...] = ("hx",)

    def __post_init__(self) -> None:
        """Refuse outcomes other than 0..3, and conditions that are not finite."""
        arguments.whole("outcomes", self.outcomes, (None, None), low=0, high=3)
        shape = len(self.outcomes), len(self.names)
        arguments.real("conditions", self.conditions, shape)

    @classmethod
    def from_fields(
        cls, by_field: Mapping[float, Sequence[UInt8[np.ndarray, "_ _"]]]
    ) -> "OutcomeData":
        """Join the blocks of all fields, in ascending order of the field.

        Raises:
            ValueError: if there are no blocks, chains differ in length, or an outcome is not 0..3.
        """
        return cls._joined([(hx, block) for hx in sorted(by_field) for block in by_field[hx]])

    @classmethod
    def from_povm(cls, paths: Iterable[str | Path], samples: int = 0) -> "OutcomeData":
        """The outcomes in `tfi/povm` files, in ascending order of the field.

        The strings are held once in memory, one byte per outcome.

        Args:
            paths: the files; blocks of one field in the order of their numbers.
            samples: strings per field, the first ones; 0 takes all.

        Raises:
            FileError: if a file is missing, damaged or of another kind.
            ValueError: as `from_fields`.
        """
        by_field = blocks_by_field(paths)
        blocks = []
        for hx in sorted(by_field):
            left = samples or sum(map(len, by_field[hx]))
            for block in by_field.pop(hx):
                blocks.append((hx, block[:left]))
                left -= len(blocks[-1][1])
        return cls._joined(blocks)

    @classmethod
    def _joined(cls, blocks: list[tuple[float, UInt8[np.ndarray, "_ _"]]]) -> "OutcomeData":
        """Join blocks and the fields of each, in order; the list is emptied on the way.

        So a block that nobody else holds is freed once it is copied.
        """
        lengths = {block.shape[1] for _, block in blocks}
        if len(lengths) != 1:
            raise ValueError(f"strings must have one length, found lengths {sorted(lengths)}")
        sizes = [len(block) for _, block in blocks]
        fields = np.array([[hx] for hx, _ in blocks], dtype=float)
        outcomes, end = np.empty((sum(sizes), lengths.pop()), dtype=np.uint8), sum(sizes)
        while blocks:
            _, block = blocks.pop()
            outcomes[end - len(block) : end] = block
            end -= len(block)
        return cls(outcomes, np.repeat(fields, sizes, axis=0))

    @classmethod
    def from_file(cls, path: str | Path) -> "OutcomeData":
        """The outcomes in a file of the kind `tfi/outcomes`.

        Raises:
            FileError: if it is missing, damaged or of another kind.
        """
        stored = load(path)
        return cls(stored.outcomes, stored.conditions, stored.names)

    @property
    def sites(self) -> int:
        """Chain length N."""
        return self.outcomes.shape[1]

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Least and greatest value of each condition."""
        low, high = self.conditions.min(axis=0), self.conditions.max(axis=0)
        return tuple(zip(low.tolist(), high.tolist(), strict=True))

    @property
    def most_harmonics(self) -> int:
        """Most harmonics of the conditions that their values determine; 0 for few values.

        Of a harmonic k, a half wave is 1/k of the range of a condition. There may be `HALF_WAVES`
        of them per gap between neighbouring values: within a larger gap a model would do anything.
        """
        found = []
        for column in self.conditions.T:
            values = np.unique(column)
            if len(values) > 1:
                gaps = (values[-1] - values[0]) / np.diff(values).max()
                found.append(int(HALF_WAVES * gaps + 1e-9))
        return min(found, default=0)

    def by_condition(self) -> list[Int[np.ndarray, " _"]]:
        """Rows of the strings with equal conditions, in ascending order of the conditions."""
        order = np.lexsort(self.conditions.T[::-1])
        changes = np.diff(self.conditions[order], axis=0).any(axis=1)
        return np.split(order, np.flatnonzero(changes) + 1)

    def split(
        self, held_out: float, seed: int
    ) -> tuple[Int[np.ndarray, " training"], Int[np.ndarray, " held_out"]]:
        """Rows of the strings for training and of those held out, a random fraction.

        Raises:
            ValueError: if none would be left for training, or a fraction above 0 holds out none.
        """
        order = np.arange(len(self.outcomes), dtype=np.int32)
        if not held_out:
            return order, order[:0]
        rng(seed, "vae", "held out", N=self.sites).shuffle(order)
        count = round(held_out * len(order))
        if not 0 < count < len(order):
            raise ValueError(
                f"of the strings, {len(order)} in all, a fraction of {held_out:g} cannot be held "
                "out: some must be on either side; give more strings, or hold out none (0)"
            )
        return order[count:], order[:count]

    def rows(
        self, index: Int[np.ndarray, " batch"]
    ) -> tuple[UInt8[Tensor, "batch N"], Float32[Tensor, "batch C"]]:
        """Some strings and their conditions, as tensors."""
        conditions = self.conditions[index].astype(np.float32)
        return torch.from_numpy(self.outcomes[index]), torch.from_numpy(conditions)

    def batches(
        self,
        epoch: int,
        batch_size: int,
        seed: int,
        run: int = 0,
        rows: Int[np.ndarray, " training"] | None = None,
    ) -> Iterator[tuple[UInt8[Tensor, "batch N"], Float32[Tensor, "batch C"]]]:
        """The shuffled batches of an epoch, a function of (seed, N, run, epoch) only.

        Every string, or every one of `rows`, is in exactly one batch. Sizes differ by at most one
        and do not exceed `batch_size`.
        """
        order = np.arange(len(self.outcomes), dtype=np.int32) if rows is None else rows.copy()
        rng(seed, "vae", "shuffle", N=self.sites, run=run, epoch=epoch).shuffle(order)
        for index in np.array_split(order, number_of_batches(len(order), batch_size)):
            yield self.rows(index)


def number_of_batches(strings: int, batch_size: int) -> int:
    """Batches of an epoch."""
    return -(-strings // batch_size)


def blocks_by_field(paths: Iterable[str | Path]) -> dict[float, list[UInt8[np.ndarray, "_ _"]]]:
    """The outcomes in `tfi/povm` files: a list of blocks for each field.

    Raises:
        FileError: if a file is missing, damaged or of another kind.
    """
    blocks: dict[float, list[np.ndarray]] = {}
    for path in paths:
        contents = POVM.read(path, "outcomes")
        blocks.setdefault(float(contents.attributes["hx"]), []).append(contents["outcomes"])
    return blocks
