"""The training loop of every torch model: deterministic, resumable, with progress and a history.

The random numbers of an epoch depend only on (seed, epoch). So a run that was killed and resumed
from its last checkpoint ends with the same weights, bit for bit, as an uninterrupted one.
"""

import io
import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
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
Value = TypeVar("Value")
Row = dict[str, int | float]

_log = logging.getLogger("spinlearn.training")


MOST_STEPS_BACK = 3
"""Steps back after which a training that is worse than guessing is given up."""

WARM_UP = 10
"""The share of the epochs in which a loss may be above that of guessing: one in so many."""

CLIPPED_NORM = 1.0
"""Largest norm of a gradient after a step back."""


@dataclass(frozen=True)
class LossHistory:
    """History of a minimisation.

    Attributes:
        table: one row per epoch: `epoch` (from 1), `train_loss` (mean of the batches' losses, each
            taken before its update; infinite if one was not finite), if a validation was given
            `validation_loss` (after the epoch), and the columns of `record`.
        resumed_from: number of epochs already done in a checkpoint; 0 without one.
        steps_back: how often the training stepped back to its best weights.
    """

    table: pd.DataFrame
    resumed_from: int
    steps_back: int = 0


def minimise(
    model: torch.nn.Module,
    loss: Callable[[Any, Batch, torch.Generator], torch.Tensor],
    batches: Callable[[int], Iterable[Batch]],
    optimizer: torch.optim.Optimizer,
    *,
    epochs: int,
    seed: int,
    validation: Callable[[Any], float] | None = None,
    record: Callable[[Any, Row], Row] | None = None,
    learning_rate_factor: Callable[[float], float] | None = None,
    steps: int = 0,
    guess: float | None = None,
    keep_best: bool = False,
    patience: int = 0,
    largest_gradient: float = math.inf,
    checkpoint: Checkpoint | None = None,
    description: str = "training",
) -> LossHistory:
    """Minimise a loss by one optimiser step per batch; the model is changed in place.

    The caller sets the number of torch threads.

    With `guess`, a training that fails is noticed: after the first epoch and the first tenth of
    them, if the loss of an epoch is above that of guessing and above the best one before, the
    initial one included, or at any time if it is not finite, the training steps back. It goes on
    from its best weights with half the step size, and gradients clipped to the norm `CLIPPED_NORM`.
    After `MOST_STEPS_BACK` steps back, or if the final loss is above that of guessing, it is given
    up; so it is with `keep_best` if no epoch is better than the initial weights. What is compared
    is the validation, or without one the mean loss of the epoch, and that of the first batch for
    the initial weights.

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
        record: further columns of the history, of the model after an epoch and of the row of this
            epoch so far; as `validation`.
        learning_rate_factor: factor of the optimiser's initial learning rates in an epoch
            (0, 1, …); None keeps them constant.
        steps: batches per epoch, if the factor is to change with every batch: its argument is then
            the epoch plus the fraction of it that is done. 0 changes it with every epoch.
        guess: loss of guessing, with any margin; None compares with nothing.
        keep_best: whether to end with the weights of the best validation, not with the last ones.
        patience: epochs without a better validation after which to stop; 0 never stops early.
        largest_gradient: norm to which longer gradients are shortened; gradients that are not
            finite are then left out.
        checkpoint: where to store the state of an unfinished run; None stores nothing.
        description: text of the progress line, and of errors.

    Raises:
        NotConvergedError: if a loss is not finite, or with `guess` as above.
        UnwritableError: if the checkpoint cannot be written.
    """
    arguments.integer("epochs", epochs, 0)
    judges = guess is not None or keep_best or patience > 0
    state = _resume(model, optimizer, checkpoint, epochs) or _State()
    if judges and state.best is None:
        state.best = _copied(model)
        if validation is not None:
            state.best_loss = float(_evaluate(model, validation))
    resumed_from = len(state.rows)
    if resumed_from:
        _log.info("%s: resuming after epoch %d of %d", description, resumed_from, epochs)
    rate = _Rate(optimizer, learning_rate_factor, steps)
    generator = torch.Generator()
    for epoch in track(range(resumed_from, epochs), description, unit="epoch"):
        if patience and epoch - state.best_epoch > patience:
            break
        generator.manual_seed(integer_seed(seed, "learning", "training", epoch=epoch))
        largest = min(largest_gradient, CLIPPED_NORM if state.steps_back else math.inf)
        step = _Step(loss, optimizer, partial(rate.set, epoch, state.steps_back), largest)
        row: Row = {"epoch": epoch + 1}
        row["train_loss"] = _epoch(model, batches(epoch), step, generator, epoch, guess is None)
        if validation is not None:
            row["validation_loss"] = float(_evaluate(model, validation))
        if record is not None:
            row |= _evaluate(model, record, row)
        state.rows.append(row)
        if judges:
            if validation is None and not epoch:
                state.best_loss = step.first
            state.judge(model, epoch)
        if guess is not None and state.has_failed(guess, epoch, epochs):
            _step_back(model, optimizer, state, guess, description)
        if checkpoint is not None and epoch + 1 < epochs and checkpoint.due():
            checkpoint.save(_packed(model, optimizer, state))
    if keep_best and state.best is not None:
        model.load_state_dict(state.best)
    if guess is not None and state.rows:
        if keep_best and state.best_epoch < 0:
            raise _no_better_than_at_first(state, optimizer, description)
        if not state.final(keep_best) <= guess:
            raise _no_better_than_guessing(state.final(keep_best), guess, optimizer, description)
    return LossHistory(state.table(validation is not None), resumed_from, state.steps_back)


@dataclass
class _State:
    """How far a minimisation is.

    Attributes:
        rows: the history.
        best: weights with the lowest loss; None if they are not kept.
        best_loss, best_epoch: their loss, and the epoch after which they were found; −1 for the
            initial ones.
        steps_back: how often the training stepped back.
    """

    rows: list[Row] = field(default_factory=list)
    best: dict[str, torch.Tensor] | None = None
    best_loss: float = math.nan
    best_epoch: int = -1
    steps_back: int = 0

    def table(self, validated: bool) -> pd.DataFrame:
        """The history as a table."""
        columns = ["epoch", "train_loss", *(["validation_loss"] if validated else [])]
        columns += [name for name in (self.rows[0] if self.rows else {}) if name not in columns]
        return pd.DataFrame(self.rows, columns=columns).astype({"epoch": int})

    @property
    def judged(self) -> float:
        """The loss of the last epoch: its validation, or without one the mean of its batches."""
        return float(self.rows[-1].get("validation_loss", self.rows[-1]["train_loss"]))

    def judge(self, model: torch.nn.Module, epoch: int) -> None:
        """Keep the weights if they are the best ones."""
        if self.judged < self.best_loss or math.isnan(self.best_loss):
            self.best, self.best_loss, self.best_epoch = _copied(model), self.judged, epoch

    def has_failed(self, guess: float, epoch: int, epochs: int) -> bool:
        """Whether the last epoch is worse than guessing and than before, or not finite."""
        if not math.isfinite(self.judged):
            return True
        warm = epoch >= max(1, epochs // WARM_UP)
        return warm and self.judged > max(guess, self.best_loss)

    def final(self, keep_best: bool) -> float:
        """The loss of the weights with which the training ends."""
        return self.best_loss if keep_best else self.judged


class _Rate:
    """The step size of an optimiser: its initial one times a factor that depends on the epoch."""

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        factor: Callable[[float], float] | None,
        steps: int,
    ) -> None:
        self.groups = optimizer.param_groups
        self.initial = [group.setdefault("initial_lr", group["lr"]) for group in self.groups]
        self.factor, self.steps = factor, steps

    def set(self, epoch: int, steps_back: int, step: int) -> None:
        """Set the step size before a batch of an epoch, the number `step`."""
        if (step and not self.steps) or (self.factor is None and not steps_back):
            return
        place = epoch + step / self.steps if self.steps else epoch
        factor = 1.0 if self.factor is None else self.factor(place)
        for group, rate in zip(self.groups, self.initial, strict=True):
            group["lr"] = rate * factor * 0.5**steps_back


@dataclass
class _Step:
    """One update: loss, gradient, step.

    Attributes:
        loss: of a batch.
        optimizer: over the model's parameters.
        set_rate: sets the step size before a batch of this number.
        largest: norm to which longer gradients are shortened.
        first: loss of the epoch's first batch.
    """

    loss: Callable[[Any, Any, torch.Generator], torch.Tensor]
    optimizer: torch.optim.Optimizer
    set_rate: Callable[[int], None]
    largest: float
    first: float = math.nan

    def __call__(
        self, model: torch.nn.Module, batch: Any, generator: torch.Generator, number: int
    ) -> float:
        """Update the model if the loss is finite; the loss before the update.

        With a largest norm, a gradient that is not finite is left out. Without one it may be that
        of a single network of many, which does not hinder the others.
        """
        self.set_rate(number)
        self.optimizer.zero_grad(set_to_none=True)
        value = self.loss(model, batch, generator)
        found = float(value.detach())
        self.first = self.first if number else found
        if math.isfinite(found):
            if value.requires_grad:
                value.backward()
            if self.largest == math.inf or self._shorten(model).isfinite():
                self.optimizer.step()
        return found

    def _shorten(self, model: torch.nn.Module) -> torch.Tensor:
        """Shorten the gradient to the largest norm; its norm before."""
        return torch.nn.utils.clip_grad_norm_(model.parameters(), self.largest)


def _epoch(
    model: torch.nn.Module,
    batches: Iterable[Any],
    step: _Step,
    generator: torch.Generator,
    epoch: int,
    raises: bool,
) -> float:
    """One pass; the mean of the batches' losses, infinite if one is not finite."""
    model.train()
    total, count = 0.0, 0
    for batch in batches:
        found = step(model, batch, generator, count)
        count += 1
        if not math.isfinite(found):
            if raises:
                raise NotConvergedError(
                    f"training diverged: the loss is {found} in batch {count} of epoch "
                    f"{epoch + 1}.\n  Lower the learning rate, or look for values that are not "
                    "finite in the data."
                )
            return math.inf
        total += found
    if count == 0:
        raise ValueError(f"epoch {epoch + 1} has no batches")
    return total / count


def _evaluate(model: torch.nn.Module, evaluation: Callable[..., Value], *about: Row) -> Value:
    """A value of the model in evaluation mode, without gradients."""
    model.eval()
    with torch.no_grad():
        value = evaluation(model, *about)
    model.train()
    return value


def _step_back(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    state: _State,
    guess: float,
    description: str,
) -> None:
    """Return to the best weights, without the optimiser's memory of how they were left."""
    if state.steps_back == MOST_STEPS_BACK or state.best is None:
        raise _no_better_than_guessing(state.judged, guess, optimizer, description)
    state.steps_back += 1
    text = "%s: the loss is %.6g after epoch %d (guessing: %.6g); back to the best weights"
    _log.warning(text, description, state.judged, state.rows[-1]["epoch"], guess)
    model.load_state_dict(state.best)
    optimizer.state.clear()


def _no_better_than_guessing(
    found: float, guess: float, optimizer: torch.optim.Optimizer, description: str
) -> NotConvergedError:
    rate = optimizer.param_groups[0]["initial_lr"]
    return NotConvergedError(
        f"{description}: the loss is {found:.6g}, that of guessing {guess:.6g}, with its margin.\n"
        f"  Lower the learning rate ({rate:g}); if the loss was still falling, train for more "
        "epochs."
    )


def _no_better_than_at_first(
    state: _State, optimizer: torch.optim.Optimizer, description: str
) -> NotConvergedError:
    found = min(row.get("validation_loss", row["train_loss"]) for row in state.rows)
    rate = optimizer.param_groups[0]["initial_lr"]
    return NotConvergedError(
        f"{description}: the loss is {found:.6g} at best, that of the initial weights "
        f"{state.best_loss:.6g}.\n  Lower the learning rate ({rate:g}), or train for more epochs."
    )


def _copied(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def _resume(
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    checkpoint: Checkpoint | None,
    epochs: int,
) -> _State | None:
    """Load the state of a checkpoint, if there is one, into the model and the optimiser."""
    arrays = None if checkpoint is None else checkpoint.load()
    if arrays is None:
        return None
    # Tensors come back on the CPU; load_state_dict copies them to where the model is.
    stored = torch.load(
        io.BytesIO(arrays["state"].tobytes()), map_location="cpu", weights_only=True
    )
    state = _State(**stored["progress"])
    if len(state.rows) > epochs:
        old = len(state.rows)
        _log.warning("the checkpoint is %d epochs old, %d wanted; starting anew", old, epochs)
        return None
    model.load_state_dict(stored["model"])
    optimizer.load_state_dict(stored["optimizer"])
    return state


def _packed(
    model: torch.nn.Module, optimizer: torch.optim.Optimizer, state: _State
) -> dict[str, np.ndarray]:
    """The state of a minimisation, as one array of bytes."""
    file = io.BytesIO()
    stored = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "progress": vars(state),
    }
    torch.save(stored, file)
    return {"state": np.frombuffer(file.getbuffer(), dtype=np.uint8)}
