"""Where a susceptibility is largest: claims of figure 9 on the place of the transition."""

import math

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn.papers.luchnikov2019 import common
from spinlearn.papers.luchnikov2019.common import ROUNDING, TRANSITION
from spinlearn.papers.luchnikov2019.runs import mean_of_runs
from spinlearn.papers.verdicts import Claim, Measured, claim, equals


def maxima(rows: pd.DataFrame) -> list[Claim]:
    """Where χ_xx is largest: the paper's field of the transition, and that of the ground states.

    The place is the vertex of a parabola through the largest value on the grid and its neighbours,
    from the exact derivative of the decoder's mean, averaged over the runs. The rules: it is the
    paper's 0.9 J within 0.05 (`equals`; a finite chain's, so that it needs N = 32 and 500,000
    samples per field). A claim of our own, at any size: it is that of free fermions, from the same
    fields, within half of their spacing (`equals`).
    """
    place, runs = mean_of_runs(rows, lambda run: vertex_with_error(*_curve(run, "value")))
    hx, exact, _ = _curve(rows[rows.run == rows.run.iloc[0]], "exact")
    true, spacing = vertex(hx, exact), float(np.diff(hx)[max(int(np.argmax(exact)) - 1, 0)])
    difference = (place[0] - true, place[1])
    scale = common.long_scale(rows)
    return [
        claim(
            "luchnikov2019.figure9.maximum",
            "the transition of a finite chain is near h_x = 0.9 J (maximum of chi_xx of the VAE)",
            published="about 0.9",
            measured=place,
            verdict=equals(*place, TRANSITION, ROUNDING, runs=runs),
            needs=common.needs(rows, 32),
            scale=scale,
            note=f"within {ROUNDING:g}; free fermions: {true:.3f}; unlike the collapse of mu_z it "
            "does not depend on the tie-breaking field",
        ),
        claim(
            "luchnikov2019.figure9.maximum_of_ground_states",
            "the VAE finds the field at which chi_xx of the ground states is largest (difference, "
            "in units of J)",
            published=f"no claim (free fermions: {true:.3f})",
            measured=difference,
            verdict=equals(*difference, 0.0, spacing / 2, runs=runs),
            scale=scale,
            origin="spinlearn",
        ),
    ]


def _curve(run: pd.DataFrame, column: str) -> tuple[np.ndarray, ...]:
    """Fields, values and sampling errors of one run."""
    rows = run.sort_values("hx")
    return rows.hx.to_numpy(dtype=float), rows[column].to_numpy(), rows.value_error.to_numpy()


def vertex(x: Float[np.ndarray, " points"], y: Float[np.ndarray, " points"]) -> float:
    """Vertex of the parabola through the largest value and its neighbours; NaN at an end.

    >>> round(vertex(np.array([0.0, 1.0, 3.0]), np.array([-1.0, 0.0, -4.0])), 9)
    1.0
    """
    k = int(np.argmax(y))
    if k in (0, len(y) - 1):
        return math.nan
    slopes = np.diff(y[k - 1 : k + 2]) / np.diff(x[k - 1 : k + 2])
    curvature = (slopes[1] - slopes[0]) / (x[k + 1] - x[k - 1])
    return float((x[k - 1] + x[k]) / 2 - slopes[0] / (2 * curvature))


def vertex_with_error(
    x: Float[np.ndarray, " points"],
    y: Float[np.ndarray, " points"],
    errors: Float[np.ndarray, " points"],
) -> Measured:
    """`vertex`, and its error to first order, from the errors of the values."""
    place, k = vertex(x, y), int(np.argmax(y))
    shifts = []
    for j in (k - 1, k, k + 1):
        if math.isfinite(place):
            step = np.zeros_like(y)
            step[j] = 1e-6
            shifts.append((vertex(x, y + step) - place) / 1e-6 * errors[j])
    return place, float(np.sqrt(np.square(shifts).sum())) if shifts else math.nan
