"""Where the feature curves of two chain lengths cross, from the table of figure 8."""

from itertools import combinations

import numpy as np
import pandas as pd
from jaxtyping import Float


def crossings(table: pd.DataFrame) -> pd.DataFrame:
    """Where the curves of a feature for two chain lengths cross.

    A crossing counts if the curves differ by more than three standard errors somewhere on each
    side. If there are several, the one with the largest such differences is taken.

    Returns:
        One row per (run, feature, pair of lengths): `h` of the crossing, by linear interpolation,
        or NaN.
    """
    rows = []
    for (run, feature), part in table.groupby(["run", "feature"]):
        curves = part.pivot(index="h", columns="L", values="mean")
        errors = part.pivot(index="h", columns="L", values="error")
        h = curves.index.to_numpy(float)
        for first, second in combinations(curves.columns, 2):
            difference = (curves[first] - curves[second]).to_numpy()
            error = np.hypot(errors[first].to_numpy(), errors[second].to_numpy())
            rows.append((run, feature, first, second, _crossing(h, difference, error)))
    return pd.DataFrame(rows, columns=["run", "feature", "L", "other_L", "h"])


def _crossing(
    h: Float[np.ndarray, " n"], difference: Float[np.ndarray, " n"], error: Float[np.ndarray, " n"]
) -> float:
    """The sign change with the largest significant difference on both sides, or NaN."""
    apart = difference != 0
    h, difference, error = h[apart], difference[apart], error[apart]
    significant = np.where(np.abs(difference) > 3 * error, np.abs(difference), 0.0)
    changes = np.flatnonzero(difference[:-1] * difference[1:] < 0)
    edges = [0, *(changes + 1), len(h)]
    best, where = 0.0, np.nan
    for k, i in enumerate(changes):
        left = significant[edges[k] : i + 1].max()
        right = significant[i + 1 : edges[k + 2]].max()
        if min(left, right) > best:
            best = min(left, right)
            share = difference[i] / (difference[i] - difference[i + 1])
            where = float(h[i] + share * (h[i + 1] - h[i]))
    return where
