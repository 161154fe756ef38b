"""Mean curves of an indicator over disorder strength, and their bootstrap over realisations.

The input of this module, of `crossings` and of `collapse` is one number per realisation for each
size and disorder strength. Errors come from resampled realisations and are only statistical: at the
sizes of exact diagonalisation the drift with L is as large or larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from spinlearn.arguments import real
from spinlearn.statistics.errors import standard_error
from spinlearn.streams import rng

Realisations = Mapping[tuple[int, float], np.ndarray]
"""(L, h) -> the indicator of each realisation, shape (realisations,)."""

MAX_DRAWS = 2_000_000
"""Random integers that are held in memory at once."""


def mean_curves(data: Realisations) -> pd.DataFrame:
    """Mean over realisations and its standard error, for every size and disorder strength.

    Returns:
        `L, h, mean, error, realisations`, sorted by L and h. The error is NaN if it is unknown: for
        a single realisation, or if all are equal (no disorder). The mean of none is NaN.
    """
    rows = []
    for (L, h), values in sorted(data.items()):
        error = float(standard_error(values))
        mean = values.mean() if values.size else np.nan
        rows.append((L, h, mean, error if error > 0 else np.nan, values.size))
    return pd.DataFrame(rows, columns=["L", "h", "mean", "error", "realisations"])


def resampled_means(
    data: Realisations, seed: int, resamples: int
) -> dict[tuple[int, float], Float[np.ndarray, " resamples"]]:
    """Means of bootstrap resamples of the realisations, drawn with replacement.

    Every (L, h) has its own random stream, so that new sizes and disorder strengths do not change
    the others, and more resamples begin with the earlier ones. Energy density and indicator are not
    part of the stream's key: values from the same realisations are resampled together.

    The spread of the means is smaller than the standard error by sqrt(1 - 1/R), for R realisations.
    """
    if not resamples:  # making streams takes longer than all else
        return {cell: np.empty(0) for cell in data}
    means = {}
    for (L, h), values in data.items():
        # Do not rename the key ("mbl", "scaling"): other keys give other random numbers.
        stream = rng(seed, "mbl", "scaling", L=L, h=f"{h:.9g}")
        R = values.size
        rows = max(1, MAX_DRAWS // R)
        means[L, h] = np.concatenate(
            [
                values[stream.integers(R, size=(min(rows, resamples - done), R))].mean(axis=1)
                for done in range(0, resamples, rows)
            ]
        )
    return means


@dataclass(frozen=True)
class Curves:
    """Mean curves of all sizes, padded with NaN to one length.

    Attributes:
        sizes: chain lengths, ascending.
        counts: strengths of each size.
        h: disorder strengths of each size, ascending.
        means, errors: mean and standard error at each.
    """

    sizes: Int[np.ndarray, " sizes"]
    counts: Int[np.ndarray, " sizes"]
    h: Float[np.ndarray, "sizes strengths"]
    means: Float[np.ndarray, "sizes strengths"]
    errors: Float[np.ndarray, "sizes strengths"]


def padded_curves(table: pd.DataFrame) -> Curves:
    """Curves of a table with the columns `L, h, mean, error`, in any order of rows."""
    ordered = table[["h", "mean", "error"]].to_numpy(dtype=float)
    L = table["L"].to_numpy(dtype=np.int64)
    ordered = ordered[np.lexsort((ordered[:, 0], L))]
    sizes, counts = np.unique(L, return_counts=True)
    padded = np.full((3, sizes.size, counts.max()), np.nan)
    for row, part in enumerate(np.split(ordered, np.cumsum(counts)[:-1])):
        padded[:, row, : len(part)] = part.T
    return Curves(sizes, counts, *padded)


def resampled_curves(
    data: Realisations, seed: int, resamples: int
) -> tuple[Curves, Float[np.ndarray, "resamples sizes strengths"]]:
    """The mean curves, and the means of each resample.

    Raises:
        InvalidArgumentError: if values are not finite, or an (L, h) has none.
        ValueError: if there are fewer than two sizes.
    """
    for (L, h), values in data.items():
        real(f"data[{L}, {h:g}]", values, (None,))
    sizes = sorted({L for L, _ in data})
    if len(sizes) < 2:
        raise ValueError(f"scaling needs two sizes, there is {len(sizes)}: {sizes}")
    curves = padded_curves(mean_curves(data))
    resampled = np.full((resamples, *curves.h.shape), np.nan)
    for (L, h), means in resampled_means(data, seed, resamples).items():
        row = int(np.searchsorted(curves.sizes, L))
        resampled[:, row, curves.h[row] == h] = means[:, None]
    return curves, resampled


def spread_interval(found: Float[np.ndarray, " resamples"]) -> dict[str, float]:
    """`low` and `high`, the 16 % and 84 % quantiles of resamples, and `error`, half their distance.

    NaN with fewer than two.
    """
    if found.size < 2:
        return {"error": np.nan, "low": np.nan, "high": np.nan}
    low, high = np.quantile(found, [0.16, 0.84])
    return {"error": 0.5 * float(high - low), "low": float(low), "high": float(high)}


def can_scale(data: Realisations) -> bool:
    """Whether the data suffice for a crossing and a collapse: two sizes and three strengths."""
    return len({L for L, _ in data}) > 1 and len({h for _, h in data}) > 2


def with_errors(data: Realisations) -> dict[tuple[int, float], np.ndarray]:
    """The sizes and strengths whose error is known; see `mean_curves`."""
    return {cell: values for cell, values in data.items() if values.size and np.ptp(values) > 0}
