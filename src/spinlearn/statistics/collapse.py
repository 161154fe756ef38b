"""Finite-size scaling: data collapse of the curves of all sizes.

There is no maintained library for this. `fssa` 0.7.6 (2015) imports `numpy.asfarray`, which NumPy 2
has removed. It joins neighbouring points by straight lines (Houdayer and Hartmann, Phys. Rev. B 70,
014418 (2004)); on the coarse grids of exact diagonalisation this moves h_c by as much as its error.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.optimize
from jaxtyping import Bool, Float

from spinlearn.statistics.bootstrap import Curves, Realisations, resampled_curves, spread_interval
from spinlearn.statistics.master_curve import chi_square
from spinlearn.statistics.scaling_forms import POWER_LAW, ScalingForm

WORST_QUALITY = 3.0
"""Curves with a larger S do not collapse: no parameters are given.

S of curves that do collapse has mean 1 and variance 2/n for n degrees of freedom. It is above 3
with a chance of 1e-5 for n = 20 (four sizes, seven strengths), 0.6 % for n = 5 and 8 % for n = 1.
"""

OVERLAP = 0.5
"""Share of the points that must lie between points of another size.

With fewer, S could be small only because almost nothing is compared.
"""

KNOTS = range(3, 11)
"""Numbers of knots of the master curve to choose from."""

GRIDS = {2: (41, 31), 3: (21, 13, 15)}
"""Points of the search grid along each parameter, for two and for three parameters."""

ZOOM = (0.05, 0.95)
"""Quantiles of the minima of all resamples that the next, finer search grid spans."""

ZOOMS = 2
"""Finer grids after the first one, which spans the search range."""


def scaled(curves: pd.DataFrame, h_c: float, nu: float) -> pd.DataFrame:
    """`curves` with a column `x` = (h - h_c) L^(1/nu)."""
    return curves.assign(x=(curves.h - h_c) * curves.L.astype(float) ** (1.0 / nu))


def collapse(
    data: Realisations, seed: int, *, form: ScalingForm = POWER_LAW, resamples: int = 1000
) -> pd.DataFrame:
    """Parameters for which y(L, h) = f(x(h, L)) fits best, with one smooth f for all sizes.

    f is a natural cubic spline (`chi_square`). The quality S is the reduced chi-square: the least
    sum of ((y - f) / error)^2 over f and the parameters, divided by points minus coefficients of f
    minus parameters. It is minimised on a grid over the search range, then on finer ones about
    the minima, then by Nelder and Mead. The number of knots is the one with the smallest
    chi-square + 2 knots (Akaike, IEEE Trans. Autom. Control 19, 716 (1974)), at most the number
    of strengths of a size. Every bootstrap resample of the realisations is fitted in the same way
    on the grids, with the standard errors and the knots of the original data. The indicator must
    be dimensionless: a gap ratio, a spin fraction, an entropy divided by its thermal value.

    The interval holds 68 % of the resamples. If S is above 1, its distances from the best value
    (of nu and b, on a logarithmic scale) are multiplied by sqrt(S), as if the standard errors of
    the data were too small by this factor (Particle Data Group, Phys. Rev. D 110, 030001 (2024),
    section 5.2.2). With S above `WORST_QUALITY` the curves do not collapse, and there are no
    parameters.

    The errors are statistical. For curves that do collapse, the intervals cover the truth as often
    as they say: of 120 made-up data sets with four sizes, seven strengths and 100 or 1000
    realisations, 66 to 72 % for h_c and for nu. Two errors cover h_c in 94 to 98 %, and nu, whose
    interval is skewed, in 86 to 95 %. Where the curves fall between two neighbouring strengths, nu
    is not determined, and its interval covers less often.

    None of this includes that small sizes are not yet in the scaling regime. They give nu about 1
    or below, which violates nu >= 2 for a transition in one dimension with disorder (Chandran,
    Laumann and Oganesyan, arXiv:1509.04285). Corrections to scaling that decrease with the size can
    move h_c by more than twice its error at an S of 1.5.

    Args:
        data: the indicator of each realisation.
        seed: root seed of the resamples.
        form: the scaling form.
        resamples: bootstrap resamples of the realisations.

    Returns:
        One row: `form, L_min, L_max, quality, points, knots, at_bound, fraction_at_bound,
        resamples`, and for each parameter of the form, for example `h_c`: `h_c, h_c_error, h_c_low,
        h_c_high`. `low` and `high` are the ends of the interval, errors are half their distance.
        `at_bound` says that the minimum lies at the edge of the search range, so that the data do
        not determine it. The parameters are NaN if the curves do not collapse. The quality is NaN
        too if there are too few points, or no parameters for which enough points overlap
        (`OVERLAP`).

    Raises:
        InvalidArgumentError: if values are not finite, or an (L, h) has none.
        ValueError: if there are fewer than two sizes or two strengths.
    """
    curves, resampled = resampled_curves(data, seed, resamples)
    h = curves.h[~np.isnan(curves.h)]
    if np.ptp(h) == 0.0:
        raise ValueError(f"scaling needs two disorder strengths, there is one: {h[0]}")
    fit = _fit(curves, resampled, form)
    row: dict[str, Any] = {
        "form": form.name,
        "L_min": int(curves.sizes[0]),
        "L_max": int(curves.sizes[-1]),
        "quality": fit.quality,
        "points": h.size,
        "knots": fit.knots,
        "at_bound": fit.at_bound,
        "fraction_at_bound": fit.fraction_at_bound,
        "resamples": resamples,
    }
    stretched = fit.best + np.sqrt(max(1.0, fit.quality)) * (fit.drawn - fit.best)
    found, drawn = form.values(fit.best[None]), form.values(stretched)
    for name in form.parameters:
        known = fit.quality <= WORST_QUALITY
        interval = spread_interval(drawn[name] if known else np.empty(0))
        row[name] = float(found[name][0]) if known else np.nan
        row |= {f"{name}_{key}": number for key, number in interval.items()}
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
        The rows of `collapse` with `POWER_LAW`, by ascending `L_min`.
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


@dataclass(frozen=True)
class _Fit:
    """The best fit of the data and those of the resamples, as points of the search."""

    best: Float[np.ndarray, " parameters"]
    drawn: Float[np.ndarray, "resamples parameters"]
    quality: float
    knots: int
    at_bound: bool
    fraction_at_bound: float


@dataclass(frozen=True)
class _Points:
    """All points of all sizes, one after another, and the form that is fitted to them."""

    h: Float[np.ndarray, " points"]
    L: Float[np.ndarray, " points"]
    errors: Float[np.ndarray, " points"]
    form: ScalingForm

    def chi_square(
        self,
        trials: Float[np.ndarray, "trials parameters"],
        y: Float[np.ndarray, "curves points"],
        knots: int,
    ) -> Float[np.ndarray, "trials curves"]:
        """As `chi_square`, infinite where too few points overlap."""
        x = self.form.x(self.h, self.L, trials)
        sums = chi_square(x, y, self.errors, knots)
        sums[~self._overlap(x)] = np.inf
        return sums

    def _overlap(self, x: Float[np.ndarray, "trials points"]) -> Bool[np.ndarray, " trials"]:
        """Whether enough points lie between points of another size."""
        enclosed = np.zeros(x.shape, dtype=bool)
        for size in np.unique(self.L):
            of_size = x[:, size == self.L]
            within = (x >= of_size.min(1, keepdims=True)) & (x <= of_size.max(1, keepdims=True))
            enclosed |= within & (size != self.L)
        return enclosed.mean(axis=1) >= OVERLAP


def _fit(
    curves: Curves, resampled: Float[np.ndarray, "resamples sizes strengths"], form: ScalingForm
) -> _Fit:
    used = ~np.isnan(curves.h)
    L = np.broadcast_to(curves.sizes[:, None].astype(float), used.shape)[used]
    points = _Points(curves.h[used], L, curves.errors[used], form)
    data, drawn = curves.means[used][None], resampled[:, used]
    bounds = np.array(form.bounds(points.h, points.L))
    freedom = points.h.size - len(bounds)
    grid = _grid(bounds)
    best: tuple[float, int] = (np.inf, 0)
    for knots in range(KNOTS.start, min(KNOTS.stop, curves.counts.max() + 1, freedom)):
        least = float(points.chi_square(grid, data, knots).min())
        best = min(best, (least + 2.0 * knots, knots))
    knots = best[1]
    if not knots:
        nothing = np.full(len(bounds), np.nan)
        return _Fit(nothing, np.empty((0, len(bounds))), np.nan, 0, False, np.nan)
    y = np.vstack([data, drawn])
    minima = grid[points.chi_square(grid, y, knots).argmin(axis=0)]
    edge = ((minima == bounds[:, 0]) | (minima == bounds[:, 1])).any(axis=1)[1:]
    step = _step(bounds)
    for _ in range(ZOOMS):
        part = _zoom(minima, step, bounds)
        grid, step = _grid(part), _step(part)
        # The minimum of the data always stays on the grid, also outside the part.
        grid = np.vstack([grid, minima[:1]])
        minima = grid[points.chi_square(grid, y, knots).argmin(axis=0)]

    def S(point: np.ndarray) -> float:
        return float(points.chi_square(point[None], data, knots)[0, 0]) / (freedom - knots)

    inward = np.where(minima[0] + step > bounds[:, 1], -1.0, 1.0)
    simplex = minima[0] + np.vstack([np.zeros(step.size), np.diag(inward * step)])
    options = {"initial_simplex": simplex, "xatol": 1e-4, "fatol": 1e-5}
    result = scipy.optimize.minimize(
        S, minima[0], method="Nelder-Mead", bounds=bounds, options=options
    )
    margin = 1e-3 * np.ptp(bounds, axis=1)
    at_bound = (result.x < bounds[:, 0] + margin) | (result.x > bounds[:, 1] - margin)
    return _Fit(
        best=result.x,
        drawn=minima[1:],
        quality=float(result.fun),
        knots=knots,
        at_bound=bool(at_bound.any()),
        fraction_at_bound=float(edge.mean()) if edge.size else np.nan,
    )


def _grid(bounds: Float[np.ndarray, "parameters 2"]) -> Float[np.ndarray, "trials parameters"]:
    """All combinations of equally spaced values between the bounds."""
    axes = [
        np.linspace(low, high, n) for (low, high), n in zip(bounds, GRIDS[len(bounds)], strict=True)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(bounds))


def _step(bounds: Float[np.ndarray, "parameters 2"]) -> Float[np.ndarray, " parameters"]:
    """Distance of neighbouring values of `_grid`."""
    return np.asarray(np.ptp(bounds, axis=1) / (np.array(GRIDS[len(bounds)]) - 1))


def _zoom(
    minima: Float[np.ndarray, "curves parameters"],
    step: Float[np.ndarray, " parameters"],
    bounds: Float[np.ndarray, "parameters 2"],
) -> Float[np.ndarray, "parameters 2"]:
    """The part of the search range in which nearly all minima lie, and one step more."""
    low, high = np.quantile(minima, ZOOM, axis=0)
    return np.clip(np.stack([low - step, high + step], axis=1), bounds[:, :1], bounds[:, 1:])
