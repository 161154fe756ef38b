"""Standard errors."""

import numpy as np
from jaxtyping import Float


def standard_error(
    samples: Float[np.ndarray, "samples *columns"],
) -> Float[np.ndarray, "*columns"]:
    """Standard error of the mean of independent samples along the first axis: s / sqrt(n).

    s is the standard deviation with n - 1 in the denominator. The error of a single sample is
    unknown: NaN, as everywhere in this library.

    >>> float(standard_error(np.array([1.0, 2.0, 3.0])).round(4))
    0.5774
    >>> float(standard_error(np.array([1.0])))
    nan
    """
    n = len(samples)
    if n < 2:
        return np.full(samples.shape[1:], np.nan)
    return np.asarray(samples.std(axis=0, ddof=1) / np.sqrt(n))
