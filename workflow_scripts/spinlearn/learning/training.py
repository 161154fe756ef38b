"""The training loop of every torch model: deterministic, resumable, with progress and a history.

What an epoch does depends on (seed, epoch) alone, so a run that was killed and resumed from its
last checkpoint ends with the same weights, bit for bit, as one that was left alone.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
import torch

from spinlearn.learning.checkpoints import load_checkpoint, save_checkpoint
from spinlearn.workflow.checkpoints import INTERVAL
from spinlearn.workflow.errors import NotConvergedError
from spinlearn.workflow.progress import track
from spinlearn.workflow.seeds import integer_seed

Batch = TypeVar("Batch")

_log = logging.getLogger("spinlearn.training")


@dataclass(frozen=True)
class TrainingResult:
    """What a training did.

    Attributes:
        history: a row an epoch: `epoch` (from 1), `train_loss` (mean of the batches' losses, each
            taken before its update) and, if a validation was given, `validation_loss` (after the
            epoch).
        resumed_from: epochs that a checkpoint had already done; 0 for a fresh start.
        seconds: wall time of this call.
    """

    history: pd.DataFrame
    resumed_from: int
    seconds: float


def train(
    model: torch.nn.Module,
    loss: Callable[[Any, Batch, torch.Generator], torch.Tensor],
    batches: Callable[[int], Iterable[Batch]],
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    seed: int,
    validation: Callable[[Any], float] | None = None,
    learning_rate_factor: Callable[[int], float] | None = None,
    checkpoint: Path | None = None,
    checkpoint_key: str = "",
    checkpoint_interval: float = INTERVAL,
    description: str = "training",
) -> TrainingResult:
    """Minimise a loss by one optimiser step a batch; the model is changed in place.

    The caller sets the number of torch threads, and deletes the checkpoint once it has stored what
    it wanted from the trained model.

    Args:
        model: the model, initialised.
        loss: scalar loss of a batch; may draw from the generator given, and from nothing else.
        batches: the batches of an epoch (0, 1, …), a function of the epoch's number alone.
        optimizer: an optimiser over the model's parameters.
        epochs: passes through the data.
        seed: the epoch's generator is seeded by (seed, epoch).
        validation: a number to record after each epoch, computed without gradients in evaluation
            mode; it must not draw random numbers that the training uses.
        learning_rate_factor: what multiplies the optimiser's initial learning rates in an epoch
            (0, 1, …); None keeps them constant.
        checkpoint: where to keep the state of an unfinished run; None keeps none.
        checkpoint_key: what the run depends on (parameters and code digest); a checkpoint of
            another key is ignored.
        checkpoint_interval: least time between two checkpoints, in seconds; 0 writes one after
            every epoch.
        description: what the progress line says.

    Raises:
        NotConvergedError: if a loss is not finite.
        UnwritableError: if the checkpoint cannot be written.
    """
    start = time.monotonic()
    rows: list[dict[str, float]] = []
    done = 0
    initial_rates = [group["lr"] for group in optimizer.param_groups]
    if checkpoint is not None:
        state = load_checkpoint(checkpoint, checkpoint_key)
        if state is not None and state["epoch"] > epochs:
            _log.warning(
                "%s: is %d epochs old, %d wanted; starting anew", checkpoint, state["epoch"], epochs
            )
            state = None
        if state is not None:
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            rows, done = list(state["history"]), state["epoch"]
            _log.info("%s: resuming after epoch %d of %d", description, done, epochs)
    resumed_from = done
    saved = time.monotonic()
    generator = torch.Generator()
    for epoch in track(range(done, epochs), description, unit="epoch"):
        generator.manual_seed(integer_seed(seed, "learning", "training", epoch=epoch))
        if learning_rate_factor is not None:
            for group, rate in zip(optimizer.param_groups, initial_rates, strict=True):
                group["lr"] = rate * learning_rate_factor(epoch)
        row: dict[str, float] = {"epoch": epoch + 1}
        row["train_loss"] = _epoch(model, loss, batches(epoch), optimizer, generator, epoch)
        if validation is not None:
            model.eval()
            with torch.no_grad():
                row["validation_loss"] = float(validation(model))
            model.train()
        rows.append(row)
        now = time.monotonic()
        if checkpoint is not None and epoch + 1 < epochs and now - saved >= checkpoint_interval:
            save_checkpoint(
                checkpoint,
                checkpoint_key,
                {
                    "model": model.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "history": rows,
                    "epoch": epoch + 1,
                },
            )
            saved = time.monotonic()
    columns = ["epoch", "train_loss", *(["validation_loss"] if validation is not None else [])]
    history = pd.DataFrame(rows, columns=columns).astype({"epoch": int})
    return TrainingResult(history, resumed_from, time.monotonic() - start)


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
        value.backward()
        optimizer.step()
        total += number
        count += 1
    if count == 0:
        raise ValueError(f"epoch {epoch + 1} has no batches")
    return total / count
