"""The training loop of every torch model: deterministic, resumable, with progress and a history.

The random numbers of an epoch depend only on (seed, epoch). So a run that was killed and resumed
from its last checkpoint ends with the same weights, bit for bit, as an uninterrupted one.
"""

import io
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch

from spinlearn import arguments
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.pipeline.progress import track
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import integer_seed

Batch = TypeVar("Batch")
Row = dict[str, int | float]

_log = logging.getLogger("spinlearn.training")


@dataclass(frozen=True)
class LossHistory:
    """History of a minimisation.

    Attributes:
        table: one row per epoch: `epoch` (from 1), `train_loss` (mean of the batches' losses, each
            taken before its update) and, if a validation was given, `validation_loss` (after the
            epoch).
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
    """

    table: pd.DataFrame
    resumed_from: int


def minimise(
    model: torch.nn.Module,
    loss: Callable[[Any, Batch, torch.Generator], torch.Tensor],
    batches: Callable[[int], Iterable[Batch]],
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    seed: int,
    validation: Callable[[Any], float] | None = None,
    learning_rate_factor: Callable[[int], float] | None = None,
    checkpoint: Checkpoint | None = None,
    description: str = "training",
) -> LossHistory:
    """Minimise a loss by one optimiser step per batch; the model is changed in place.

    The caller sets the number of torch threads.

    Args:
        model: the model, initialised.
        loss: scalar loss of a batch; may draw random numbers from the given generator only. A loss
            that requires no gradient has already added its gradients to those of the parameters.
        batches: the batches of an epoch (0, 1, …), a function of the epoch's number only.
        optimizer: an optimiser over the model's parameters.
        epochs: passes through the data.
        seed: the epoch's generator is seeded by (seed, epoch).
        validation: a number to record after each epoch, computed without gradients in evaluation
            mode; it must not draw random numbers that the training uses.
        learning_rate_factor: factor of the optimiser's initial learning rates in an epoch
            (0, 1, …); None keeps them constant.
        checkpoint: where to store the state of an unfinished run; None stores nothing.
        description: text of the progress line.

    Raises:
        NotConvergedError: if a loss is not finite.
        UnwritableError: if the checkpoint cannot be written.
    """
    arguments.integer("epochs", epochs, 0)
    initial_rates = [group["lr"] for group in optimizer.param_groups]
    rows = _resume(model, optimizer, checkpoint, epochs)
    resumed_from = len(rows)
    if resumed_from:
        _log.info("%s: resuming after epoch %d of %d", description, resumed_from, epochs)
    generator = torch.Generator()
    for epoch in track(range(resumed_from, epochs), description, unit="epoch"):
        generator.manual_seed(integer_seed(seed, "learning", "training", epoch=epoch))
        if learning_rate_factor is not None:
            for group, rate in zip(optimizer.param_groups, initial_rates, strict=True):
                group["lr"] = rate * learning_rate_factor(epoch)
        row: Row = {"epoch": epoch + 1}
        row["train_loss"] = _epoch(model, loss, batches(epoch), optimizer, generator, epoch)
        if validation is not None:
            row["validation_loss"] = _validate(model, validation)
        rows.append(row)
        if checkpoint is not None and epoch + 1 < epochs and checkpoint.due():
            checkpoint.save(_packed(model, optimizer, rows))
    columns = ["epoch", "train_loss", *(["validation_loss"] if validation is not None else [])]
    return LossHistory(pd.DataFrame(rows, columns=columns).astype({"epoch": int}), resumed_from)


def _epoch(
    model: torch.nn.Module,
    loss: Callable[[Any, Batch, torch.Generator], torch.Tensor],
    batches: Iterable[Batch],
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    epoch: int,
) -> float:
    """One pass; the mean of the batches' losses."""
    model.train()
    total, count = 0.0, 0
    for batch in batches:
        optimizer.zero_grad(set_to_none=True)
        value = loss(model, batch, generator)
        number = float(value.detach())
        if not math.isfinite(number):
            raise NotConvergedError(
                f"training diverged: the loss is {number} in batch {count + 1} of epoch "
                f"{epoch + 1}.\n  Lower the learning rate, or look for values that are not finite "
                "in the data."
            )
        if value.requires_grad:
            value.backward()
        optimizer.step()
        total += number
        count += 1
    if count == 0:
        raise ValueError(f"epoch {epoch + 1} has no batches")
    return total / count


def _validate(model: torch.nn.Module, validation: Callable[[Any], float]) -> float:
    model.eval()
    with torch.no_grad():
        value = float(validation(model))
    model.train()
    return value


def _resume(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    checkpoint: Checkpoint | None,
    epochs: int,
) -> list[Row]:
    """Load the state of a checkpoint, if there is one; return the history of its epochs."""
    arrays = None if checkpoint is None else checkpoint.load()
    if arrays is None:
        return []
    # Tensors come back on the CPU; load_state_dict copies them to where the model is.
    state = torch.load(io.BytesIO(arrays["state"].tobytes()), map_location="cpu", weights_only=True)
    rows = list(state["history"])
    if len(rows) > epochs:
        _log.warning("the checkpoint is %d epochs old, %d wanted; starting anew", len(rows), epochs)
        return []
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return rows


def _packed(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, rows: list[Row]
) -> dict[str, np.ndarray]:
    """The state of a minimisation, as one array of bytes."""
    file = io.BytesIO()
    torch.save(
        {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "history": rows}, file
    )
    return {"state": np.frombuffer(file.getbuffer(), dtype=np.uint8)}
