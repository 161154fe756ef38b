"""Finite-size scaling: data collapse of the curves of all sizes.

There is no maintained library for this. `fssa` 0.7.6 (2015), which uses the same measure, imports
`numpy.asfarray`, which NumPy 2 has removed.
"""

from dataclasses import dataclass
from typing import Any, no_type_check

import numpy as np
import pandas as pd
import scipy.optimize
from jaxtyping import Bool, Float

from spinlearn.statistics.bootstrap import (
    Curves,
    Realisations,
    padded_curves,
    resampled_curves,
    spread_interval,
)
from spinlearn.statistics.compiling import compiled

NU_BOUNDS = (0.2, 5.0)
"""Search range of nu."""

OVERLAP = 0.5
"""Share of the points that must lie between points of another size.

With fewer, S could be small only because almost nothing is compared.
"""


def quality(curves: pd.DataFrame, h_c: float, nu: float) -> tuple[float, int]:
    """Quality S of the collapse of the curves of all sizes against X = (h - h_c) L^(1/nu).

    S = (1/N) sum_ij (y_ij - Y_ij)^2 / (dy_ij^2 + dY_ij^2) (Houdayer and Hartmann, Phys. Rev. B 70,
    014418 (2004)). Y_ij +- dY_ij is the value at X_ij of a weighted straight line, fitted to the
    pairs of neighbouring points of the other sizes that enclose X_ij. Points that no other size
    encloses are not among the N. S is about 1 if the curves collapse within their errors, and much
    larger otherwise. A coarse grid of h also increases S, since a straight line between distant
    points deviates from a curved function.

    Args:
        curves: as `spinlearn.statistics.bootstrap.mean_curves` gives it.
        h_c: critical disorder, in the units of h.
        nu: exponent of the correlation length.

    Returns:
        S and N; S is infinite for N = 0.
    """
    S, terms = _quality(*_arguments(padded_curves(curves)), float(h_c), 1.0 / nu)
    return float(S), int(terms)


def scaled(curves: pd.DataFrame, h_c: float, nu: float) -> pd.DataFrame:
    """`curves` with a column `x` = (h - h_c) L^(1/nu)."""
    return curves.assign(x=(curves.h - h_c) * curves.L.astype(float) ** (1.0 / nu))


def collapse(data: Realisations, seed: int, *, resamples: int = 1000) -> pd.DataFrame:
    """Critical disorder and exponent for which y(L, h) = f((h - h_c) L^(1/nu)) fits best.

    S (see `quality`) is minimised over h_c, in the range of h in the data, and ln(nu), in that of
    `NU_BOUNDS`: on a grid over the whole search range, then by Nelder and Mead from its best point.
    The same is done for every bootstrap resample of the realisations, with the standard errors of
    the original data. The indicator must be dimensionless: a gap ratio, a spin fraction, an entropy
    divided by its thermal value.

    The errors are statistical only. A collapse of small sizes gives nu about 1 or below, which
    violates nu >= 2 for a transition in one dimension with disorder (Chandran, Laumann and
    Oganesyan, arXiv:1509.04285): these sizes are not yet in the scaling regime. The bootstrap does
    not include this systematic error.

    Args:
        data: the indicator of each realisation.
        seed: root seed of the resamples.
        resamples: bootstrap resamples of the realisations.

    Returns:
        One row: `L_min, L_max, h_c, h_c_error, h_c_low, h_c_high, nu, nu_error, nu_low, nu_high,
        quality, points, at_bound, fraction_at_bound, resamples`. `low` and `high` are the 16 % and
        84 % quantiles of the resamples, errors are half their distance. `at_bound` says that the
        minimum lies at the edge of the search range, so that the data do not determine it. All
        numbers are NaN if no parameters give enough overlapping points (`OVERLAP`).

    Raises:
        ValueError: if there are fewer than two sizes or two strengths.
    """
    curves, resampled = resampled_curves(data, seed, resamples)
    h_bounds = (float(np.nanmin(curves.h)), float(np.nanmax(curves.h)))
    if h_bounds[0] == h_bounds[1]:
        raise ValueError(f"scaling needs two disorder strengths, there is one: {h_bounds[0]}")
    search = _Search(
        curves,
        h_bounds,
        (float(np.log(NU_BOUNDS[0])), float(np.log(NU_BOUNDS[1]))),
        max(2, int(np.ceil(OVERLAP * curves.counts.sum()))),
    )
    best = search.minimum(curves.means)
    drawn = np.array([search.minimum(means) for means in resampled]).reshape(-1, 3)
    drawn = drawn[~np.isnan(drawn[:, 0])]
    points = 0 if np.isnan(best[0]) else search.quality(curves.means, best)[1]
    row: dict[str, Any] = {"L_min": int(curves.sizes[0]), "L_max": int(curves.sizes[-1])}
    row |= _parameter("h_c", best[0], drawn[:, 0])
    row |= _parameter("nu", np.exp(best[1]), np.exp(drawn[:, 1]))
    row |= {
        "quality": float(best[2]),
        "points": int(points),
        "at_bound": bool(search.at_bound(best[None])[0]),
        "fraction_at_bound": float(search.at_bound(drawn).mean()) if len(drawn) else np.nan,
        "resamples": resamples,
    }
    return pd.DataFrame([row])


def collapse_by_smallest_size(
    data: Realisations, seed: int, *, least_sizes: int = 3, resamples: int = 1000
) -> pd.DataFrame:
    """The collapse of all sizes, then without the smallest size, the two smallest sizes, ...

    The drift of h_c in this table shows the systematic error that the bootstrap does not include.

    Args:
        data, seed, resamples: as for `collapse`.
        least_sizes: smallest number of sizes in a collapse. If the data have fewer, all are used.

    Returns:
        The rows of `collapse`, by ascending `L_min`.
    """
    sizes = sorted({L for L, _ in data})
    starts = sizes[: max(1, len(sizes) - least_sizes + 1)]
    tables = [
        collapse(
            {cell: values for cell, values in data.items() if cell[0] >= start},
            seed,
            resamples=resamples,
        )
        for start in starts
    ]
    return pd.concat(tables, ignore_index=True)


def _parameter(name: str, value: float, drawn: Float[np.ndarray, " resamples"]) -> dict[str, float]:
    """A fitted parameter and its interval, as columns of `collapse`."""
    interval = {f"{name}_{key}": number for key, number in spread_interval(drawn).items()}
    return {name: float(value), **interval}


@dataclass(frozen=True)
class _Search:
    """A minimisation: search range, grid of starting points, least number of overlapping points."""

    curves: Curves
    h_bounds: tuple[float, float]
    log_nu_bounds: tuple[float, float]
    least: int
    points: tuple[int, int] = (25, 17)

    def minimum(self, means: Float[np.ndarray, "sizes strengths"]) -> Float[np.ndarray, "3"]:
        """h_c, ln(nu) and S of the best collapse of given means; NaN if too few points overlap."""
        grids = [
            np.linspace(*bounds, points)
            for bounds, points in zip((self.h_bounds, self.log_nu_bounds), self.points, strict=True)
        ]
        table = _qualities(means, *_arguments(self.curves)[1:], *grids, self.least)
        best = np.unravel_index(np.argmin(table), table.shape)
        if not np.isfinite(table[best]):
            return np.full(3, np.nan)
        start = np.array([grid[index] for grid, index in zip(grids, best, strict=True)])
        steps = np.array([grid[1] - grid[0] for grid in grids])
        inward = np.where(start + steps > [grid[-1] for grid in grids], -1.0, 1.0)
        simplex = np.vstack([start, start + np.diag(0.6 * inward * steps)])

        def S(point: np.ndarray) -> float:
            value, terms = self.quality(means, point)
            return value if terms >= self.least else np.inf

        result = scipy.optimize.minimize(
            S,
            start,
            method="Nelder-Mead",
            bounds=(self.h_bounds, self.log_nu_bounds),
            options={"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-4, "maxiter": 200},
        )
        return np.array([*result.x, result.fun])

    def quality(
        self, means: Float[np.ndarray, "sizes strengths"], point: Float[np.ndarray, " parameters"]
    ) -> tuple[float, int]:
        """S and N at h_c and ln(nu), the first two parameters."""
        return _quality(means, *_arguments(self.curves)[1:], point[0], np.exp(-point[1]))

    def at_bound(self, points: Float[np.ndarray, "minima 3"]) -> Bool[np.ndarray, " minima"]:
        """Whether a minimum lies at the edge of the search range, within 1/1000 of its width."""
        low = np.array([self.h_bounds[0], self.log_nu_bounds[0]])
        high = np.array([self.h_bounds[1], self.log_nu_bounds[1]])
        margin = 1e-3 * (high - low)
        inner = points[:, :2]
        return ((inner < low + margin) | (inner > high - margin)).any(axis=1)


def _arguments(curves: Curves) -> tuple[np.ndarray, ...]:
    """The first arguments of the kernels."""
    return curves.means, curves.errors, curves.h, curves.counts, curves.sizes.astype(float)


@compiled
@no_type_check
def _quality(means, errors, h, counts, sizes, h_c, inverse_nu):
    """Houdayer and Hartmann's S, and the number N of points in its mean.

    Args:
        means, errors, h: (sizes, strengths), of which the first counts[i] of row i are used.
        counts: (sizes,).
        sizes: (sizes,) as float64.
        h_c, inverse_nu: the parameters.
    """
    n = sizes.size
    scale = sizes**inverse_nu
    nearest = np.zeros(n, dtype=np.int64)
    total = 0.0
    terms = 0
    for i in range(n):
        nearest[:] = 0
        for j in range(counts[i]):
            x = (h[i, j] - h_c) * scale[i]
            k0 = kx = ky = kxx = kxy = 0.0
            for other in range(n):
                if other == i:
                    continue
                last = counts[other] - 1
                strength = h_c + x / scale[other]
                if last < 1 or strength < h[other, 0] or strength > h[other, last]:
                    continue
                left = nearest[other]
                while left < last - 1 and h[other, left + 1] < strength:
                    left += 1
                nearest[other] = left
                for point in (left, left + 1):
                    w = 1.0 / errors[other, point] ** 2
                    # Relative to x, so that no digits are lost if x is far from zero.
                    u = (h[other, point] - h_c) * scale[other] - x
                    k0 += w
                    kx += w * u
                    ky += w * means[other, point]
                    kxx += w * u * u
                    kxy += w * u * means[other, point]
            if k0 == 0.0:
                continue
            delta = k0 * kxx - kx * kx
            master = (kxx * ky - kx * kxy) / delta
            variance = kxx / delta
            total += (means[i, j] - master) ** 2 / (errors[i, j] ** 2 + variance)
            terms += 1
    return (total / terms if terms else np.inf), terms


@compiled
@no_type_check
def _qualities(means, errors, h, counts, sizes, centers, log_nus, least):
    """S on a grid of h_c and ln(nu); infinite where fewer than `least` points overlap."""
    table = np.empty((centers.size, log_nus.size))
    for a in range(centers.size):
        for b in range(log_nus.size):
            inverse_nu = np.exp(-log_nus[b])
            S, terms = _quality(means, errors, h, counts, sizes, centers[a], inverse_nu)
            table[a, b] = S if terms >= least else np.inf
    return table
