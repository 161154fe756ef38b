"""Training data of a VAE: POVM outcomes of one chain length at all fields."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from spinlearn.streams import rng
from spinlearn.tfi.schemas import POVM


@dataclass(frozen=True, eq=False)
class OutcomeData:
    """POVM outcomes of one chain length at all fields.

    Attributes:
        outcomes: one string of outcomes per row, one byte per outcome.
        hx: the transverse field of each string, in units of J.
    """

    outcomes: UInt8[np.ndarray, "samples N"]
    hx: Float32[np.ndarray, " samples"]

    @classmethod
    def from_fields(
        cls, by_field: Mapping[float, Sequence[UInt8[np.ndarray, "_ _"]]]
    ) -> "OutcomeData":
        """Join the blocks of all fields, in ascending order of the field.

        Raises:
            ValueError: if there are no blocks, chains differ in length, or an outcome is not 0..3.
        """
        blocks = [(hx, block) for hx in sorted(by_field) for block in by_field[hx]]
        lengths = {block.shape[1] for _, block in blocks}
        if len(lengths) != 1:
            raise ValueError(f"strings must have one length, found lengths {sorted(lengths)}")
        outcomes = np.concatenate([block for _, block in blocks])
        if outcomes.max(initial=0) > 3:
            raise ValueError(f"outcomes are 0..3, found {outcomes.max()}")
        fields = np.array([hx for hx, _ in blocks], dtype=np.float32)
        return cls(outcomes, np.repeat(fields, [len(block) for _, block in blocks]))

    @property
    def sites(self) -> int:
        """Chain length N."""
        return self.outcomes.shape[1]

    def batches(
        self, epoch: int, batch_size: int, seed: int
    ) -> Iterator[tuple[UInt8[Tensor, "batch N"], Float32[Tensor, " batch"]]]:
        """The shuffled batches of an epoch, a function of (seed, N, epoch) only.

        Every string is in exactly one batch. Sizes differ by at most one and do not exceed
        `batch_size`.
        """
        stream = rng(seed, "vae", "shuffle", N=self.sites, epoch=epoch)
        order = stream.permutation(len(self.outcomes))
        for index in np.array_split(order, -(-len(order) // batch_size)):
            yield torch.from_numpy(self.outcomes[index]), torch.from_numpy(self.hx[index])


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
