"""Coefficient of determination of predictions, R^2 and R^2_norm, with bootstrap errors."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spinlearn import arguments

MAX_VALUES = 100_000
"""Resampled values that are held in memory at once."""


def _is_constant(values: np.ndarray) -> np.ndarray:
    """Whether values are equal along the first axis, up to a few units in the last place."""
    spread = values.max(axis=0) - values.min(axis=0)
    return np.asarray(spread <= 4 * np.finfo(float).eps * np.abs(values).max(axis=0))


def r_squared(
    target: Float[np.ndarray, "samples *outputs"], prediction: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "*outputs"]:
    """Coefficient of determination R^2 = 1 - sum (y - yhat)^2 / sum (y - mean y)^2.

    It is 1 for a perfect prediction, 0 for the constant mean, and has no lower limit. If the
    targets do not vary, R^2 is -inf (the limit of vanishing variance at fixed residual), or NaN if
    they are also predicted exactly.

    Raises:
        InvalidArgumentError: if the shapes differ, there is no sample, or a number is not finite.

    >>> float(r_squared(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.0])))
    0.5
    """
    target = arguments.real("target", target)
    return _r_squared(target, arguments.real("prediction", prediction, target.shape))


def _r_squared(target: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    residual = ((target - prediction) ** 2).sum(axis=0)
    variance = ((target - target.mean(axis=0)) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 - residual / np.where(_is_constant(target), 0.0, variance))


def normalised(
    r_squared: Float[np.ndarray, "*outputs"] | float,
) -> Float[np.ndarray, "*outputs"]:
    """R^2_norm = 1 / (2 - R^2), in [0, 1] (Gresch 2022, eq. 5).

    1 is a perfect prediction, 1/2 the constant mean, 0 the limit R^2 -> -inf.

    >>> [float(normalised(value)) for value in (1.0, 0.0, -np.inf)]
    [1.0, 0.5, 0.0]
    """
    return np.asarray(1.0 / (2.0 - np.asarray(r_squared, dtype=float)))


@dataclass(frozen=True)
class Score:
    """R^2 and R^2_norm with bootstrap standard errors.

    Attributes:
        r_squared, r_squared_error: R^2; the error is NaN where R^2 is not finite.
        normalised, normalised_error: 1 / (2 - R^2).
        samples: number of samples.
    """

    r_squared: Float[np.ndarray, "*outputs"]
    r_squared_error: Float[np.ndarray, "*outputs"]
    normalised: Float[np.ndarray, "*outputs"]
    normalised_error: Float[np.ndarray, "*outputs"]
    samples: int


def score(
    target: Float[np.ndarray, "samples *outputs"],
    prediction: Float[np.ndarray, "samples *outputs"],
    rng: np.random.Generator,
    *,
    resamples: int = 400,
) -> Score:
    """R^2 and R^2_norm, with standard errors by resampling the samples with replacement.

    If the targets of a resample do not vary, it has R^2 = -inf and R^2_norm = 0. The error of R^2
    is taken over the finite resamples, that of R^2_norm over all that are not NaN.

    Args:
        target, prediction: exact and predicted values, samples along the first axis.
        rng: the stream of the resampling.
        resamples: number of bootstrap samples.

    Raises:
        InvalidArgumentError: as `r_squared`.
    """
    value = r_squared(target, prediction)
    draws = resampled_r_squared(target, prediction, rng, resamples)
    scaled = normalised(draws)
    return Score(
        r_squared=value,
        r_squared_error=np.where(np.isfinite(value), _spread(draws), np.nan),
        normalised=normalised(value),
        normalised_error=np.where(np.isnan(value), np.nan, _spread(scaled)),
        samples=len(target),
    )


def resampled_r_squared(
    target: Float[np.ndarray, "samples *outputs"],
    prediction: Float[np.ndarray, "samples *outputs"],
    rng: np.random.Generator,
    resamples: int,
) -> Float[np.ndarray, "resamples *outputs"]:
    """R^2 of samples drawn with replacement.

    The draws depend on the stream and on the number of samples only. So two predictors of the same
    samples are compared in pairs, resample by resample, if both get a stream of the same key.

    Raises:
        InvalidArgumentError: as `r_squared`.
    """
    target = arguments.real("target", target)
    prediction = arguments.real("prediction", prediction, target.shape)
    count = len(target)
    index = rng.integers(count, size=(resamples, count))
    block = max(1, MAX_VALUES // target.size)
    draws = [
        _r_squared(target[rows.T], prediction[rows.T])
        for rows in np.split(index, range(block, resamples, block))
    ]
    return np.concatenate(draws)


def _spread(draws: Float[np.ndarray, "resamples *outputs"]) -> Float[np.ndarray, "*outputs"]:
    """Standard deviation over the finite draws; NaN where there are fewer than two."""
    finite = np.isfinite(draws)
    count = finite.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(finite, draws, 0.0).sum(axis=0) / count
        squares = np.where(finite, (draws - mean) ** 2, 0.0).sum(axis=0)
        return np.where(count > 1, np.sqrt(squares / (count - 1)), np.nan)
