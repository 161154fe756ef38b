"""Standard errors, and moments of the samples that are defined."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


def standard_error(
    samples: Float[np.ndarray, "samples *columns"],
) -> Float[np.ndarray, "*columns"]:
    """Standard error of the mean of independent samples along the first axis: s / sqrt(n).

    s is the standard deviation with n - 1 in the denominator. The error of a single sample is
    unknown: NaN, as everywhere in this library. That of equal samples, such as realisations without
    disorder, is exactly 0 and not the rounding of their mean, so that `rounding.known` tells it.

    >>> float(standard_error(np.array([1.0, 2.0, 3.0])).round(4))
    0.5774
    >>> float(standard_error(np.array([1.0]))), float(standard_error(np.array([0.1, 0.1, 0.1])))
    (nan, 0.0)
    """
    n = len(samples)
    if n < 2:
        return np.full(samples.shape[1:], np.nan)
    is_constant = (samples == samples[0]).all(axis=0)
    return np.where(is_constant, 0.0, samples.std(axis=0, ddof=1) / np.sqrt(n))


def error_over_runs(
    values: Float[np.ndarray, "runs *columns"], errors: Float[np.ndarray, "runs *columns"]
) -> Float[np.ndarray, "*columns"]:
    """Error of the mean over runs that have errors of their own: hypot(s/sqrt(R), sqrt(sum e^2)/R).

    It joins the standard error over the R runs and the sampling errors e_r. With one run it is the
    sampling error alone, which leaves out how runs differ.

    >>> float(error_over_runs(np.array([1.0, 3.0]), np.array([0.0, 0.0])))
    1.0
    >>> float(error_over_runs(np.array([1.0]), np.array([0.5])))
    0.5
    """
    runs = len(values)
    spread = standard_error(values) if runs > 1 else 0.0
    return np.asarray(np.hypot(spread, np.sqrt((errors**2).sum(axis=0)) / runs))


@dataclass(frozen=True)
class Moments:
    """Moments of samples, without those that are NaN.

    Attributes:
        count: number of samples that are not NaN.
        mean: their mean; NaN if there is none.
        deviation: their standard deviation, with n in the denominator.
        error: standard error of the mean; NaN if there are fewer than two.
    """

    count: Int[np.ndarray, "*columns"]
    mean: Float[np.ndarray, "*columns"]
    deviation: Float[np.ndarray, "*columns"]
    error: Float[np.ndarray, "*columns"]


def defined_moments(samples: Float[np.ndarray, "samples *columns"]) -> Moments:
    """Moments along the first axis of the samples that are not NaN.

    >>> found = defined_moments(np.array([[1.0], [2.0], [3.0], [np.nan]]))
    >>> (int(found.count[0]), float(found.mean[0]), float(found.error[0].round(4)))
    (3, 2.0, 0.5774)
    """
    known = ~np.isnan(samples)
    n = known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, samples, 0.0).sum(axis=0) / n
        squares = (np.where(known, samples - mean, 0.0) ** 2).sum(axis=0)
        highest, lowest = (f.reduce(samples, axis=0, initial=np.nan) for f in (np.fmax, np.fmin))
        squares = np.where(highest == lowest, 0.0, squares)  # not the rounding of the mean
        sample_deviation = np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)
        return Moments(
            count=np.asarray(n),
            mean=np.asarray(mean),
            deviation=np.asarray(np.sqrt(squares / n)),
            error=np.asarray(sample_deviation / np.sqrt(n)),
        )
