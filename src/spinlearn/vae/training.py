"""Training the conditional VAE on the POVM shards of all fields, and its model file."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from torch import Tensor

from spinlearn.learning.training import TrainingResult, train
from spinlearn.learning.weights import load_weights, save_weights
from spinlearn.storage.checkpoints import INTERVAL
from spinlearn.streams import integer_seed, rng
from spinlearn.tfi.schemas import POVM
from spinlearn.vae.choices import Decoder, Schedule
from spinlearn.vae.model import Architecture, ConditionalVAE

MODEL_FORMAT = "spinlearn vae model 1"
"""What a model file says it is."""


@dataclass(frozen=True, eq=False)
class OutcomeData:
    """POVM outcomes of one chain length at all its fields.

    Attributes:
        outcomes: a string of outcomes a row, one byte an outcome.
        hx: the transverse field of each string, in units of J.
    """

    outcomes: UInt8[np.ndarray, "samples N"]
    hx: Float32[np.ndarray, " samples"]

    @classmethod
    def from_fields(
        cls, by_field: Mapping[float, Sequence[UInt8[np.ndarray, "M N"]]]
    ) -> "OutcomeData":
        """Put the shards of every field together, in ascending order of the field.

        Raises:
            ValueError: if there are none, the chains differ in length, or an outcome is not 0..3.
        """
        shards = [(hx, shard) for hx in sorted(by_field) for shard in by_field[hx]]
        lengths = {shard.shape[1] for _, shard in shards}
        if len(lengths) != 1:
            raise ValueError(f"strings of one length are needed, found lengths {sorted(lengths)}")
        outcomes = np.concatenate([shard for _, shard in shards])
        if outcomes.max(initial=0) > 3:
            raise ValueError(f"outcomes are 0..3, found {outcomes.max()}")
        hx = np.repeat(
            np.array([hx for hx, _ in shards], dtype=np.float32), [len(s) for _, s in shards]
        )
        return cls(outcomes, hx)

    @property
    def digest(self) -> str:
        """Fingerprint of the strings and their fields."""
        content = hashlib.sha256(np.ascontiguousarray(self.outcomes).data)
        content.update(np.ascontiguousarray(self.hx).data)
        return content.hexdigest()[:16]

    @property
    def sites(self) -> int:
        """Chain length N."""
        return self.outcomes.shape[1]

    def batches(
        self, epoch: int, batch_size: int, seed: int
    ) -> Iterator[tuple[UInt8[Tensor, "batch N"], Float32[Tensor, " batch"]]]:
        """The shuffled batches of an epoch, a function of (seed, N, epoch) alone.

        Their sizes differ by one at most and do not exceed `batch_size`; every string is in one.
        """
        stream = rng(seed, "vae", "shuffle", N=self.sites, epoch=epoch)
        order = stream.permutation(len(self.outcomes))
        for index in np.array_split(order, -(-len(order) // batch_size)):
            yield torch.from_numpy(self.outcomes[index]), torch.from_numpy(self.hx[index])


def shards_by_field(paths: Iterable[str | Path]) -> dict[float, list[UInt8[np.ndarray, "M N"]]]:
    """The outcomes in `tfi/povm` files, those of each field together.

    Raises:
        FileError: if a file is missing, damaged or of another kind.
    """
    shards: dict[float, list[np.ndarray]] = {}
    for path in paths:
        contents = POVM.read(path, "outcomes")
        shards.setdefault(float(contents.attributes["hx"]), []).append(contents["outcomes"])
    return shards


"""How the step size changes from epoch to epoch."""


@dataclass(frozen=True)
class TrainingSettings:
    """How a model is trained.

    Attributes:
        hidden: width of the hidden layers.
        latent: latent variables; 0 takes one for each site (P4 §4).
        epochs: passes through the data.
        batch_size: largest number of strings in one update.
        learning_rate: step size of Adam; with a schedule, the initial one.
        seed: root of the streams of initial weights, shuffling and noise.
        schedule: `constant` (P4), or `cosine`: the step size falls to zero along half a cosine.
        decoder: `factorised` (P4) or `autoregressive`.
    """

    hidden: int
    latent: int
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    schedule: Schedule = "constant"
    decoder: Decoder = "factorised"

    def learning_rate_factor(self, epoch: int) -> float:
        """What multiplies the initial step size in an epoch (0, 1, …)."""
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1.0 + math.cos(math.pi * epoch / self.epochs))


def initial_model(settings: TrainingSettings, sites: int) -> ConditionalVAE:
    """A float32 model with the initial weights of (seed, N)."""
    generator = torch.Generator().manual_seed(
        integer_seed(settings.seed, "vae", "weights", N=sites)
    )
    architecture = Architecture(sites, settings.latent or sites, settings.hidden, settings.decoder)
    return ConditionalVAE(architecture, generator)


def negative_elbo(
    model: ConditionalVAE, batch: tuple[Tensor, Tensor], generator: torch.Generator
) -> Tensor:
    """The loss: minus the mean ELBO of a batch, in nats per string."""
    outcomes, hx = batch
    return -model.elbo(outcomes, hx, generator).mean()


def train_vae(
    data: OutcomeData,
    settings: TrainingSettings,
    *,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_interval: float = INTERVAL,
    device: torch.device | str = "cpu",
) -> tuple[ConditionalVAE, TrainingResult]:
    """Maximise the mean ELBO over all strings of all fields with Adam (P4 App. A).

    Args:
        data: the strings.
        settings: sizes, epochs, step size and seed.
        checkpoint, checkpoint_key, checkpoint_interval: as in `spinlearn.learning.training.train`;
            the settings and the data are part of the key without being named.
        device: where to compute. Shuffling and noise are drawn on the CPU, so that only rounding
            depends on it, and a checkpoint may come from another device.

    Returns:
        The trained model, on the CPU, and the history; its `train_loss` is minus the ELBO in nats
        per string.

    Raises:
        NotConvergedError: if the loss is not finite.
    """
    model = initial_model(settings, data.sites).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)

    def batches(epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        for outcomes, hx in data.batches(epoch, settings.batch_size, settings.seed):
            yield outcomes.to(device), hx.to(device)

    result = train(
        model,
        negative_elbo,
        batches,
        optimizer,
        epochs=settings.epochs,
        learning_rate_factor=settings.learning_rate_factor,
        seed=integer_seed(settings.seed, "vae", "noise", N=data.sites),
        checkpoint=checkpoint,
        checkpoint_key=f"{checkpoint_key} {settings} {data.digest}",
        checkpoint_interval=checkpoint_interval,
        description=f"training the VAE of N = {data.sites}",
    )
    return model.cpu(), result


def save_model(path: str | Path, model: ConditionalVAE, settings: dict[str, Any]) -> None:
    """Write the weights, the architecture and the settings, whole or not at all."""
    content = {
        "architecture": asdict(model.architecture),
        "settings": settings,
        "weights": model.state_dict(),
    }
    save_weights(path, MODEL_FORMAT, content)


def load_model(path: str | Path) -> tuple[ConditionalVAE, dict[str, Any]]:
    """Read a model file: the model, in evaluation mode, and the settings stored with it.

    Raises:
        FileError: as `spinlearn.learning.weights.load_weights`.
    """
    return load_weights(path, MODEL_FORMAT, _rebuilt)


def _rebuilt(stored: dict[str, Any]) -> tuple[ConditionalVAE, dict[str, Any]]:
    model = ConditionalVAE(Architecture(**stored["architecture"]))
    model.load_state_dict(stored["weights"])
    return model.eval(), stored["settings"]
