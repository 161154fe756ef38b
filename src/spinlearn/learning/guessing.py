"""The loss of guessing, with which every learner compares its own; without torch."""

import logging

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import entr

from spinlearn.pipeline.errors import NotConvergedError

GUESS_MARGIN = 0.01
"""How far a loss may be above that of guessing, relatively: data without any structure have no
lower one."""

WARM_UP_UPDATES = 300
"""Updates from which on a network must be no worse than the best constant.

Fewer do not always reach the mean of the targets from random weights: 300 steps of Adam change a
weight by 0.3 at a learning rate of 0.001.
"""

SURE = 4.0
"""Standard errors by which a loss that has an error must be above that of guessing to be refused.

A state may be nearly uniform along an axis, so that few samples have either loss by chance.
"""


def error_of_guessing(
    targets: Float[np.ndarray, "*batch samples outputs"],
) -> Float[np.ndarray, "*batch outputs"]:
    """Highest mean squared error that is no worse than that of the best constant.

    The best constant is the mean of the targets, its error their variance v. With the margin m of
    `GUESS_MARGIN` it is (1 + m) v + m^2: errors of m of the range of targets in [0, 1] are allowed
    also if these hardly vary. It is infinite if squares overflow.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((1 + GUESS_MARGIN) * targets.var(axis=-2) + GUESS_MARGIN**2)


def divergence_of_guessing(
    q: Float[np.ndarray, "*batch outcomes"],
) -> Float[np.ndarray, "*batch"]:
    """KL(q ‖ uniform) = ln K − H(q) in nats, for each distribution q over K outcomes."""
    return np.asarray(np.log(q.shape[-1]) - entr(q).sum(axis=-1))


def cross_entropies(
    logits: Float[np.ndarray, "samples networks"],
    labels: Float[np.ndarray, "samples networks"],
    weights: Float[np.ndarray, " samples"],
) -> tuple[Float[np.ndarray, " networks"], Float[np.ndarray, " networks"]]:
    """Losses of classifiers, and those of the best constants: the share of the label; in nats.

    Args:
        logits: of label 1, of each network.
        labels: 0 or 1, or the share of label 1.
        weights: of the samples.
    """
    losses = weights @ (np.logaddexp(0.0, logits) - labels * logits) / weights.sum()
    share = weights @ labels / weights.sum()
    return losses, entr(share) + entr(1 - share)


def is_worse_than_guessing(
    losses: Float[np.ndarray, " runs"],
    guess: Float[np.ndarray, "#runs"],
    margin: float | Float[np.ndarray, " runs"] = GUESS_MARGIN,
) -> Bool[np.ndarray, " runs"]:
    """Whether the loss of each run is above that of guessing, or not a number.

    Args:
        losses, guess, margin: as for `refuse_worse_than_guessing`.
    """
    return np.asarray(~(losses <= (1 + GUESS_MARGIN) * guess + margin))


def refuse_worse_than_guessing(
    losses: Float[np.ndarray, " runs"],
    guess: Float[np.ndarray, "#runs"],
    description: str,
    change: str,
    margin: float | Float[np.ndarray, " runs"] = GUESS_MARGIN,
) -> None:
    """Refuse models that are worse than guessing, before they are written.

    Args:
        losses: of each run.
        guess: loss of guessing, for all runs or for each.
        description: names the training.
        change: what to change.
        margin: how far a loss may be above that of guessing, in units of the loss (nats if not
            given), besides `GUESS_MARGIN`, relatively.

    Raises:
        NotConvergedError: if the loss of a run is larger, or not a number.
    """
    guess = np.broadcast_to(guess, losses.shape)
    failed = is_worse_than_guessing(losses, guess, margin)
    if failed.any():
        worst = int((losses - guess).argmax())
        raise NotConvergedError(
            f"{description}: the loss of {failed.sum()} of {len(failed)} runs is above that of "
            f"guessing, of the worst {losses[worst]:.4g}; guessing has {guess[worst]:.4g}.\n"
            f"  {change}"
        )


def warn_of_guessing(
    log: logging.Logger,
    losses: Float[np.ndarray, " runs"],
    guess: Float[np.ndarray, "#runs"],
    description: str,
    change: str,
) -> None:
    """Say in the log how many runs end no better than guessing the uniform distribution.

    They have learned nothing, which may be the result; worse ones are refused.

    Args:
        log: of the stage.
        losses: of each run.
        guess: loss of the uniform distribution, for all runs or for each. A run is no better if its
            loss is not lower by more than `GUESS_MARGIN`, relatively.
        description: names the training.
        change: what to change.
    """
    count = int((losses > (1 - GUESS_MARGIN) * guess).sum())
    if count:
        text = "%s: %d of %d runs end no better than guessing (uniform distribution). %s"
        log.warning(text, description, count, len(losses), change)


def warn_of_models_left_out(
    log: logging.Logger,
    runs: Int[np.ndarray, " worse"],
    count: int,
    description: str,
    change: str,
) -> None:
    """Say in the log which runs have no model, since it is worse than guessing.

    Args:
        log: of the stage.
        runs: their numbers.
        count: number of all runs.
        description, change: as for `warn_of_guessing`.
    """
    text = "%s: left out the models of %d of %d runs, which are worse than guessing: %s. %s"
    log.warning(text, description, len(runs), count, ", ".join(map(str, runs)), change)
