"""Finite-size scaling of the localisation transition, and laws of entanglement.

Input is one number a realisation for each size and disorder strength: an indicator averaged over a
window of eigenstates. Output is tables. Errors come from a bootstrap over realisations, and carry
the statistical error alone: at the sizes of exact diagonalisation the drift with L is as large or
larger, so `crossing` gives every pair of sizes and `collapse_by_smallest_size` repeats the collapse
without the smallest sizes.

No maintained library does this. The published one for the same measure (`fssa` 0.7.6, 2015) imports
`numpy.asfarray`, which NumPy 2 has removed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, no_type_check

import numpy as np
import pandas as pd
import scipy.interpolate
import scipy.optimize
import scipy.stats
from jaxtyping import Bool, Float, Int

from spinlearn.spins.choices import EntropyNormalisation, Operators
from spinlearn.spins.compiling import compiled
from spinlearn.spins.entanglement import entropy_normalisation
from spinlearn.storage.hdf5 import Contents
from spinlearn.streams import rng

Indicator = Literal["gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction"]
Direction = Literal["falling", "rising"]

Realisations = Mapping[tuple[int, float], np.ndarray]
"""(L, h) -> the indicator of each realisation, shape (realisations,)."""

_CHUNK = 2_000_000
_FINE = 401


def realisations(
    files: Iterable[Contents],
    indicator: Indicator,
    *,
    operators: Operators = "pauli",
    normalisation: EntropyNormalisation | None = None,
) -> dict[float, dict[tuple[int, float], Float[np.ndarray, " realisations"]]]:
    """Sort the indicator of every realisation by energy density, size and disorder strength.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.INDICATORS`; blocks of the same
            (L, h) are joined.
        indicator: name of the dataset.
        operators: the convention that h is given in. Files in the other one are converted by
            H_pauli(J, h) = 4 H_spin(J, h/2).
        normalisation: what entropies are divided by (`entropy_normalisation`); None leaves nats.

    Returns:
        For each energy density a mapping (L, h) -> values, in ascending order.

    Raises:
        ValueError: a normalisation for something that is no entropy.
    """
    if normalisation is not None and indicator != "entanglement_entropy":
        raise ValueError(f"{indicator} is not divided by an entropy; leave normalisation out")
    blocks: dict[float, dict[tuple[int, float], list[np.ndarray]]] = {}
    for contents in files:
        L = contents["fields"].shape[1]
        h = float(contents.attributes["h"])
        if contents.attributes["operators"] != operators:
            h *= 0.5 if operators == "spin" else 2.0
        scale = 1.0 if normalisation is None else entropy_normalisation(L, normalisation)
        for energy, column in zip(
            contents["energy_density"], contents[indicator].T / scale, strict=True
        ):
            cells = blocks.setdefault(round(float(energy), 12), {})
            cells.setdefault((L, h), []).append(column)
    return {
        energy: {cell: np.concatenate(rows) for cell, rows in sorted(cells.items())}
        for energy, cells in sorted(blocks.items())
    }


def mean_curves(data: Realisations) -> pd.DataFrame:
    """Mean over realisations and its standard error, for every size and disorder strength.

    Returns:
        `L, h, mean, error, realisations`, sorted by L and h. The error is NaN where it is unknown:
        with a single realisation, or where all are equal (no disorder).
    """
    rows = []
    for (L, h), values in sorted(data.items()):
        spread = values.std(ddof=1) if values.size > 1 else 0.0
        error = spread / np.sqrt(values.size) if spread > 0 else np.nan
        rows.append((L, h, values.mean(), error, values.size))
    return pd.DataFrame(rows, columns=["L", "h", "mean", "error", "realisations"])


def resampled_means(
    data: Realisations, seed: int, resamples: int
) -> dict[tuple[int, float], Float[np.ndarray, " resamples"]]:
    """Means of bootstrap resamples of the realisations, drawn with replacement.

    Every (L, h) has a stream of its own, so that sizes and disorder strengths can be added without
    any change to the others, and more resamples only follow those that were there. Neither the
    energy density nor the indicator is part of the stream's name: what was measured on the same
    realisations is resampled together.

    The spread of the means is smaller than the standard error by sqrt(1 - 1/R), for R realisations.
    """
    means = {}
    for (L, h), values in data.items():
        stream = rng(seed, "mbl", "scaling", L=L, h=f"{h:.9g}")
        R = values.size
        rows = max(1, _CHUNK // R)
        means[L, h] = np.concatenate(
            [
                values[stream.integers(R, size=(min(rows, resamples - done), R))].mean(axis=1)
                for done in range(0, resamples, rows)
            ]
            or [np.empty(0)]
        )
    return means


@dataclass(frozen=True)
class _Curves:
    """Mean curves of all sizes, padded with NaN to one length; `resampled` holds the bootstrap."""

    sizes: Int[np.ndarray, " sizes"]
    counts: Int[np.ndarray, " sizes"]
    h: Float[np.ndarray, "sizes strengths"]
    means: Float[np.ndarray, "sizes strengths"]
    errors: Float[np.ndarray, "sizes strengths"]
    resampled: Float[np.ndarray, "resamples sizes strengths"]


def _in_window(data: Realisations, window: tuple[float, float] | None) -> Realisations:
    if window is None:
        return data
    return {cell: values for cell, values in data.items() if window[0] <= cell[1] <= window[1]}


def _curves(
    data: Realisations, window: tuple[float, float] | None, seed: int, resamples: int
) -> _Curves:
    data = _in_window(data, window)
    table = mean_curves(data)
    sizes = np.unique(table.L.to_numpy(dtype=np.int64))
    if sizes.size < 2:
        raise ValueError(
            f"scaling needs two sizes in the window of h, there is {sizes.size}: {sizes}"
        )
    counts = np.array([(table.L == L).sum() for L in sizes], dtype=np.int64)
    shape = (sizes.size, int(counts.max()))
    h, means, errors = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    resampled = np.full((resamples, *shape), np.nan)
    drawn = resampled_means(data, seed, resamples)
    for row, (L, count) in enumerate(zip(sizes, counts, strict=True)):
        part = table[table.L == L]
        h[row, :count], means[row, :count] = part.h, part["mean"]
        errors[row, :count] = part.error
        for column, strength in enumerate(part.h):
            resampled[:, row, column] = drawn[int(L), strength]
    return _Curves(sizes, counts, h, means, errors, resampled)


# --- crossings ------------------------------------------------------------------------------------


def crossing(
    data: Realisations,
    seed: int,
    *,
    resamples: int = 1000,
    direction: Direction = "falling",
    window: tuple[float, float] | None = None,
    degree: int | None = None,
    significance: float = 3.0,
    least_opening: float = 2.0,
) -> pd.DataFrame:
    """Disorder strengths at which the mean curves of successive sizes cross.

    The difference D(h) of the two mean curves, at the strengths that both have, is interpolated by
    a monotone piecewise cubic (PCHIP; Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5, 300
    (1984)). Between neighbouring strengths it has one zero if D changes its sign there, and none
    otherwise.
    With `degree`, a weighted polynomial is fitted to D instead, which pools the strengths inside
    `window` and so has the smaller scatter; it is biased when the window is too wide for it.

    Where both phases are saturated, D is noise about zero and changes its sign at random. So among
    the sign changes the one is taken that splits the curve best: the k that maximises
    sum_{i <= k} D_i / sigma_i^2, the maximum-likelihood position of a step from +D to -D. No
    crossing is found when k is at either end.

    Args:
        data: the indicator of each realisation.
        seed: root seed of the resamples.
        resamples: bootstrap resamples of the realisations.
        direction: "falling" where the larger size lies above before the crossing (gap ratio,
            entropy, spin fraction against h), "rising" where it lies below.
        window: strengths outside are left out.
        degree: degree of the polynomial; None interpolates.
        significance: a strength on the wrong side of the crossing by more than this many standard
            errors means that the curves cross more than once in earnest, and there is no answer.

        least_opening: standard errors by which the curves must be apart, the right way round, at
            some strength on either side. Two saturated curves, whose difference is noise, cross in
            most samples; this leaves about one in ten of them.

    Returns:
        A row a pair: `L_small, L_large, h_crossing, error, low, high, value, crossings,
        wrong_side, right_side, fraction, resamples`. `low` and `high` are the 16 % and 84 %
        quantiles of the resamples that cross, `error` half their distance, and `fraction` is the
        share of those.
        `value` is the indicator there. `crossings` counts all sign changes of D in either
        direction. `wrong_side` is the largest excess on the wrong side, in standard errors, 0 for
        none, `right_side` the largest opening on the right side, of the two sides the smaller. With
        no crossing, one without an opening, or several in earnest, `h_crossing` and `value` are
        NaN.

    Raises:
        ValueError: fewer than two sizes, or realisations without a standard error.
    """
    curves = _curves(data, window, seed, resamples)
    rows = []
    for small in range(curves.sizes.size - 1):
        rows.append(_pair(curves, small, direction, degree, significance, least_opening))
    return pd.DataFrame(rows)


def _pair(
    curves: _Curves,
    small: int,
    direction: Direction,
    degree: int | None,
    significance: float,
    least_opening: float,
) -> dict:
    large = small + 1
    first, second = curves.h[small], curves.h[large]
    h, at_small, at_large = np.intersect1d(
        first[: curves.counts[small]], second[: curves.counts[large]], return_indices=True
    )
    row = {
        "L_small": int(curves.sizes[small]),
        "L_large": int(curves.sizes[large]),
        **dict.fromkeys(("h_crossing", "error", "low", "high", "value"), np.nan),
        "crossings": 0,
        "wrong_side": 0.0,
        "right_side": 0.0,
        "fraction": 0.0,
        "resamples": len(curves.resampled),
    }
    if h.size < (2 if degree is None else degree + 1):
        return row
    sign = {"falling": 1.0, "rising": -1.0}[direction]
    difference = sign * (curves.means[large, at_large] - curves.means[small, at_small])
    sigma = np.hypot(curves.errors[large, at_large], curves.errors[small, at_small])
    drawn = sign * (
        curves.resampled[:, large, at_large] - curves.resampled[:, small, at_small]
    ).reshape(-1, h.size)

    differences = np.vstack([difference, drawn])
    if degree is None:
        zeros = _principal_zeros(h, differences, sigma)
    else:
        grid = np.linspace(h[0], h[-1], _FINE)
        differences = differences @ _polynomial_smoother(h, sigma, degree, grid)
        zeros = _principal_zeros(grid, differences, np.ones(_FINE))
    row["crossings"] = int((np.diff(differences[0] > 0) != 0).sum())
    found = zeros[1:][np.isfinite(zeros[1:])]
    if len(drawn):
        row["fraction"] = found.size / len(drawn)
    row.update(_interval(found))
    wrong = np.where(h < zeros[0], -difference, difference) / sigma
    row["wrong_side"] = float(max(0.0, wrong.max()))
    row["right_side"] = float(
        min(max(0.0, (-wrong[side]).max(initial=0.0)) for side in (h < zeros[0], h >= zeros[0]))
    )
    if (
        np.isfinite(zeros[0])
        and row["wrong_side"] <= significance
        and row["right_side"] >= least_opening
    ):
        row["h_crossing"] = float(zeros[0])
        curve = scipy.interpolate.PchipInterpolator(h, curves.means[small, at_small])
        row["value"] = float(curve(zeros[0]))
    return row


def _principal_zeros(
    h: Float[np.ndarray, " strengths"],
    differences: Float[np.ndarray, "curves strengths"],
    sigma: Float[np.ndarray, " strengths"],
) -> Float[np.ndarray, " curves"]:
    """The zero of each curve's PCHIP in its best split; -inf or inf if that is at an end."""
    gain = np.cumsum(differences / sigma**2, axis=1)
    splits = np.argmax(np.pad(gain, ((0, 0), (1, 0))), axis=1)
    zeros = np.where(splits == 0, -np.inf, np.inf)
    (inside,) = np.nonzero((splits > 0) & (splits < h.size))
    if inside.size == 0:
        return zeros
    left = splits[inside] - 1
    pchip = scipy.interpolate.PchipInterpolator(h, differences[inside], axis=1)
    # Coefficients (power, interval, curve); the cubic falls from above zero to below it.
    cubic = pchip.c[:, left, np.arange(inside.size)]
    low, high = np.zeros(inside.size), h[left + 1] - h[left]
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = ((cubic[0] * middle + cubic[1]) * middle + cubic[2]) * middle + cubic[3] > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    zeros[inside] = h[left] + 0.5 * (low + high)
    return zeros


def _polynomial_smoother(
    h: Float[np.ndarray, " strengths"],
    sigma: Float[np.ndarray, " strengths"],
    degree: int,
    grid: Float[np.ndarray, " fine"],
) -> Float[np.ndarray, "strengths fine"]:
    """The matrix from values at `h` to their weighted least-squares polynomial on `grid`."""
    middle, half = 0.5 * (h[0] + h[-1]), 0.5 * (h[-1] - h[0])
    basis, fine = (
        np.polynomial.chebyshev.chebvander((x - middle) / half, degree) for x in (h, grid)
    )
    return (fine @ np.linalg.pinv(basis / sigma[:, None]) / sigma).T


def _interval(found: Float[np.ndarray, " resamples"]) -> dict[str, float]:
    if found.size < 2:
        return {"error": np.nan, "low": np.nan, "high": np.nan}
    low, high = np.quantile(found, [0.16, 0.84])
    return {"error": 0.5 * float(high - low), "low": float(low), "high": float(high)}


# --- collapse -------------------------------------------------------------------------------------


@compiled
@no_type_check
def _quality(means, errors, h, counts, sizes, h_c, inverse_nu):
    """Houdayer and Hartmann's S, and the number of points that it is the mean over.

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
                    # About x itself: no digits are lost when the curve lies far from zero.
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


def quality(curves: pd.DataFrame, h_c: float, nu: float) -> tuple[float, int]:
    """How well curves of all sizes fall onto one when drawn against X = (h - h_c) L^(1/nu).

    S = (1/N) sum_ij (y_ij - Y_ij)^2 / (dy_ij^2 + dY_ij^2), where Y_ij +- dY_ij is the weighted
    straight line, at X_ij, through those pairs of neighbouring points of the other sizes that
    enclose X_ij. Points that no other size encloses do not count among the N. S is about 1 when the
    curves collapse within their errors, and much larger when they do not (Houdayer and Hartmann,
    Phys. Rev. B 70, 014418 (2004)). A line between far points lies off a curved
    function, so a coarse grid of h raises S as well.

    Args:
        curves: as `mean_curves` gives it.
        h_c: critical disorder, in the units of h.
        nu: exponent of the correlation length.

    Returns:
        S and N; S is infinite for N = 0.
    """
    sizes = np.unique(curves.L)
    counts = np.array([(curves.L == L).sum() for L in sizes], dtype=np.int64)
    padded = np.full((3, sizes.size, int(counts.max())), np.nan)
    for row, (L, count) in enumerate(zip(sizes, counts, strict=True)):
        part = curves[curves.L == L].sort_values("h")
        padded[:, row, :count] = part[["mean", "error", "h"]].to_numpy().T
    S, terms = _quality(*padded, counts, sizes.astype(float), float(h_c), 1.0 / nu)
    return float(S), int(terms)


@dataclass(frozen=True)
class _Search:
    """The box of a minimisation, its grid of starting points, and how many points must overlap."""

    h_bounds: tuple[float, float]
    log_nu_bounds: tuple[float, float]
    least: int
    points: tuple[int, int] = (25, 17)

    def minimum(
        self, curves: _Curves, means: Float[np.ndarray, "sizes strengths"]
    ) -> Float[np.ndarray, "3"]:
        """h_c, ln(nu) and S of the best collapse; NaN where nothing overlaps anywhere."""
        sizes = curves.sizes.astype(float)
        grids = [
            np.linspace(*bounds, points)
            for bounds, points in zip((self.h_bounds, self.log_nu_bounds), self.points, strict=True)
        ]
        table = _qualities(means, curves.errors, curves.h, curves.counts, sizes, *grids, self.least)
        best = np.unravel_index(np.argmin(table), table.shape)
        if not np.isfinite(table[best]):
            return np.full(3, np.nan)
        start = np.array([grid[index] for grid, index in zip(grids, best, strict=True)])
        steps = np.array([grid[1] - grid[0] for grid in grids])
        inward = np.where(start + steps > [grid[-1] for grid in grids], -1.0, 1.0)
        simplex = np.vstack([start, start + np.diag(0.6 * inward * steps)])

        def S(point: np.ndarray) -> float:
            value, terms = _quality(
                means,
                curves.errors,
                curves.h,
                curves.counts,
                sizes,
                point[0],
                np.exp(-point[1]),
            )
            return value if terms >= self.least else np.inf

        result = scipy.optimize.minimize(
            S,
            start,
            method="Nelder-Mead",
            bounds=(self.h_bounds, self.log_nu_bounds),
            options={"initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-4, "maxiter": 200},
        )
        return np.array([*result.x, result.fun])

    def at_bound(self, points: Float[np.ndarray, "minima 3"]) -> Bool[np.ndarray, " minima"]:
        """Whether a minimum lies within a thousandth of the box's side of its edge."""
        low = np.array([self.h_bounds[0], self.log_nu_bounds[0]])
        high = np.array([self.h_bounds[1], self.log_nu_bounds[1]])
        margin = 1e-3 * (high - low)
        inner = points[:, :2]
        return ((inner < low + margin) | (inner > high - margin)).any(axis=1)


def collapse(
    data: Realisations,
    seed: int,
    *,
    resamples: int = 1000,
    window: tuple[float, float] | None = None,
    h_bounds: tuple[float, float] | None = None,
    nu_bounds: tuple[float, float] = (0.2, 5.0),
    overlap: float = 0.5,
) -> pd.DataFrame:
    """Critical disorder and exponent for which y(L, h) = f((h - h_c) L^(1/nu)) fits best.

    S (see `quality`) is minimised over h_c and ln(nu): on a grid over the whole box, then by Nelder
    and Mead from its best point. The same is done for every bootstrap resample of the realisations,
    with the standard errors of the data themselves. The indicator must have no dimension: a gap
    ratio, a spin fraction, an entropy divided by its thermal value.

    The errors are statistical. A collapse of small sizes gives nu about 1 or below, which violates
    nu >= 2 for a transition in one dimension with disorder (Chandran, Laumann and Oganesyan,
    arXiv:1509.04285): the sizes are not yet in the scaling regime, and no bootstrap knows that.

    Args:
        data: the indicator of each realisation.
        seed: root seed of the resamples.
        resamples: bootstrap resamples of the realisations.
        window: strengths outside are left out.
        h_bounds: limits of h_c; the range of h in the data if None.
        nu_bounds: limits of nu.
        overlap: share of the points that must lie between points of another size; a collapse with
            fewer would be good for want of anything to compare.

    Returns:
        One row: `L_min, L_max, h_c, h_c_error, h_c_low, h_c_high, nu, nu_error, nu_low, nu_high,
        quality, points, at_bound, fraction_at_bound, resamples`. `low` and `high` are the 16 % and
        84 % quantiles of the resamples, errors half their distance. `at_bound` says that the
        minimum lies at the edge of the box, so that the data do not determine it. All numbers are
        NaN if no parameters make enough points overlap.

    Raises:
        ValueError: fewer than two sizes, or bounds that are not ascending and positive (a single
            strength leaves no range for h_c).
    """
    curves = _curves(data, window, seed, resamples)
    bounds = h_bounds or (float(np.nanmin(curves.h)), float(np.nanmax(curves.h)))
    if not (bounds[0] < bounds[1] and 0 < nu_bounds[0] < nu_bounds[1]):
        raise ValueError(f"limits must ascend: h_c in {bounds}, nu in {nu_bounds}")
    search = _Search(
        bounds,
        (float(np.log(nu_bounds[0])), float(np.log(nu_bounds[1]))),
        max(2, int(np.ceil(overlap * curves.counts.sum()))),
    )
    best = search.minimum(curves, curves.means)
    drawn = np.array([search.minimum(curves, means) for means in curves.resampled]).reshape(-1, 3)
    drawn = drawn[~np.isnan(drawn[:, 0])]
    terms = 0
    if not np.isnan(best[0]):
        _, terms = _quality(
            curves.means,
            curves.errors,
            curves.h,
            curves.counts,
            curves.sizes.astype(float),
            best[0],
            np.exp(-best[1]),
        )
    row: dict = {"L_min": int(curves.sizes[0]), "L_max": int(curves.sizes[-1])}
    for name, value, column in (
        ("h_c", best[0], drawn[:, 0]),
        ("nu", np.exp(best[1]), np.exp(drawn[:, 1])),
    ):
        row[name] = float(value)
        row.update({f"{name}_{key}": number for key, number in _interval(column).items()})
    row |= {
        "quality": float(best[2]),
        "points": int(terms),
        "at_bound": bool(search.at_bound(best[None])[0]),
        "fraction_at_bound": float(search.at_bound(drawn).mean()) if len(drawn) else np.nan,
        "resamples": resamples,
    }
    return pd.DataFrame([row])


def collapse_by_smallest_size(
    data: Realisations, seed: int, *, least_sizes: int = 3, **options: object
) -> pd.DataFrame:
    """The collapse of all sizes, and again each time the smallest size is left out.

    The drift of h_c down the table is the systematic error that the bootstrap does not see.

    Args:
        data, seed: as for `collapse`.
        least_sizes: how many sizes a collapse must keep. With fewer in the data, all are used.
        options: passed on to `collapse`.

    Returns:
        The rows of `collapse`, by ascending `L_min`.
    """
    sizes = sorted({L for L, _ in data})
    starts = sizes[: max(1, len(sizes) - least_sizes + 1)]
    tables = [
        collapse({cell: v for cell, v in data.items() if cell[0] >= start}, seed, **options)  # type: ignore[arg-type]
        for start in starts
    ]
    return pd.concat(tables, ignore_index=True)


def scaled(curves: pd.DataFrame, h_c: float, nu: float) -> pd.DataFrame:
    """`curves` with a column `x` = (h - h_c) L^(1/nu)."""
    return curves.assign(x=(curves.h - h_c) * curves.L.astype(float) ** (1.0 / nu))


def can_scale(data: Realisations) -> bool:
    """Whether there is enough for a crossing and a collapse: two sizes and three strengths."""
    return len({L for L, _ in data}) > 1 and len({h for _, h in data}) > 2


def with_errors(data: Realisations) -> dict[tuple[int, float], np.ndarray]:
    """The sizes and strengths whose error is known; see `mean_curves`."""
    return {cell: values for cell, values in data.items() if np.ptp(values) > 0}


@dataclass(frozen=True)
class FiniteSizeScaling:
    """What the figure of the transition draws.

    Attributes:
        curves: as `mean_curves`; with `x` = (h - h_c) L^(1/nu) where there is a collapse.
        crossings: as `crossing`; without rows if there is too little to cross.
        collapses: as `collapse_by_smallest_size`; without rows if there is too little.
    """

    curves: pd.DataFrame
    crossings: pd.DataFrame
    collapses: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """All three, one above the other; the column `part` names them."""
        parts = (("curve", self.curves), ("crossing", self.crossings), ("collapse", self.collapses))
        filled = [table.assign(part=name) for name, table in parts if len(table)]
        return pd.concat(filled, ignore_index=True)


def finite_size_scaling(
    data: Realisations, seed: int, *, resamples: int = 1000
) -> FiniteSizeScaling:
    """Curves, crossings and collapse of an indicator, or the curves alone; see `can_scale`."""
    curves, data = mean_curves(data), with_errors(data)
    if not can_scale(data):
        return FiniteSizeScaling(curves, pd.DataFrame(), pd.DataFrame())
    collapses = collapse_by_smallest_size(data, seed, resamples=resamples)
    best = collapses.iloc[0]
    if np.isfinite(best.h_c):
        curves = scaled(curves, best.h_c, best.nu)
    return FiniteSizeScaling(curves, crossing(data, seed, resamples=resamples), collapses)


# --- entanglement ---------------------------------------------------------------------------------


def entanglement_laws(curves: pd.DataFrame, *, level: float = 0.05) -> pd.DataFrame:
    """Area law or volume law of the half-chain entropy, for each disorder strength.

    Weighted least squares of S = a (area law: a chain's cut has no length) and S = a + s L (volume
    law) to the mean entropies. The errors of the means are known, so the difference of the two
    chi^2 is (s/ds)^2 and the preference is the one-sided test of s = 0 against s > 0. (An F test
    would estimate those errors again, and AICc is infinite for two parameters and three sizes.)

    The thermal slope is that of Page's entropy, L ln(2)/2 - 1/2 to leading order; at these sizes
    the mean entropy of a random S^z = 0 state is fitted by the same line with the same weights.

    Args:
        curves: `L, h, mean, error` in nats, as `mean_curves` gives it; other columns are ignored.
        level: the volume law is preferred where the one-sided p-value is below.

    Returns:
        A row a strength with at least two sizes: `h, sizes, area_entropy, area_error, area_chi2,
        area_goodness, slope, slope_error, intercept, intercept_error, volume_chi2,
        volume_goodness, p_value, preferred, page_slope, slope_ratio, slope_ratio_error`.
        Slopes are nats a site. `goodness` is the probability of a larger chi^2 if the law held, NaN
        where no degree of freedom is left. A law can be preferred and fit badly: read both.
        `slope_ratio` = slope / page_slope, 1 for thermal states. Errors are not rescaled by chi^2.

    Raises:
        ValueError: an entropy with a standard error of zero. Those without one are left out.
    """
    if (curves.error <= 0).any():
        raise ValueError("an entropy cannot have a standard error of zero")
    rows = []
    curves = curves[curves.error.notna()]
    for h, part in curves.sort_values("L").groupby("h"):
        if len(part) < 2:
            continue
        L = part.L.to_numpy(dtype=float)
        S, error = part["mean"].to_numpy(), part.error.to_numpy()
        area, area_covariance, area_chi2 = _least_squares(np.ones((L.size, 1)), S, error)
        line = np.stack([np.ones_like(L), L], axis=1)
        volume, volume_covariance, volume_chi2 = _least_squares(line, S, error)
        page = np.array([entropy_normalisation(int(size), "page_sz0") for size in L])
        page_slope = _least_squares(line, page, error)[0][1]
        slope, slope_error = volume[1], np.sqrt(volume_covariance[1, 1])
        p_value = scipy.stats.norm.sf(slope / slope_error)
        rows.append(
            {
                "h": float(h),
                "sizes": L.size,
                "area_entropy": area[0],
                "area_error": np.sqrt(area_covariance[0, 0]),
                "area_chi2": area_chi2,
                "area_goodness": scipy.stats.chi2.sf(area_chi2, L.size - 1),
                "slope": slope,
                "slope_error": slope_error,
                "intercept": volume[0],
                "intercept_error": np.sqrt(volume_covariance[0, 0]),
                "volume_chi2": volume_chi2,
                "volume_goodness": (
                    scipy.stats.chi2.sf(volume_chi2, L.size - 2) if L.size > 2 else np.nan
                ),
                "p_value": p_value,
                "preferred": "volume" if p_value < level else "area",
                "page_slope": page_slope,
                "slope_ratio": slope / page_slope,
                "slope_ratio_error": slope_error / page_slope,
            }
        )
    return pd.DataFrame(rows, columns=LAW_COLUMNS)


LAW_COLUMNS = [
    "h",
    "sizes",
    "area_entropy",
    "area_error",
    "area_chi2",
    "area_goodness",
    "slope",
    "slope_error",
    "intercept",
    "intercept_error",
    "volume_chi2",
    "volume_goodness",
    "p_value",
    "preferred",
    "page_slope",
    "slope_ratio",
    "slope_ratio_error",
]
"""Columns of `entanglement_laws`."""


def _least_squares(
    design: Float[np.ndarray, "points parameters"],
    y: Float[np.ndarray, " points"],
    error: Float[np.ndarray, " points"],
) -> tuple[Float[np.ndarray, " parameters"], Float[np.ndarray, "parameters parameters"], float]:
    """Parameters, their covariance and chi^2, for known errors."""
    q, r = np.linalg.qr(design / error[:, None])
    inverse = np.linalg.inv(r)
    parameters = inverse @ (q.T @ (y / error))
    chi2 = float((((y - design @ parameters) / error) ** 2).sum())
    return parameters, inverse @ inverse.T, chi2


# --- mobility edge --------------------------------------------------------------------------------

_CROSSING = [
    "L_small",
    "L_large",
    "h_crossing",
    "error",
    "low",
    "high",
    "fraction",
    "crossings",
    "wrong_side",
]
_COLLAPSE = [
    "h_c",
    "h_c_error",
    "nu",
    "nu_error",
    "quality",
    "at_bound",
    "fraction_at_bound",
]


def mobility_edge(
    data: Mapping[float, Realisations],
    seed: int,
    *,
    resamples: int = 200,
    direction: Direction = "falling",
    window: tuple[float, float] | None = None,
    nu_bounds: tuple[float, float] = (0.2, 5.0),
) -> pd.DataFrame:
    """Crossing of the two largest sizes, and collapse of all sizes, at each energy density.

    The same realisations are resampled in the same way at all energy densities, so neighbouring
    rows are correlated.

    Args:
        data: energy density -> the indicator of each realisation, as `realisations` gives it.
        seed, resamples, direction, window, nu_bounds: as for `crossing` and `collapse`.

    Returns:
        A row an energy density: `energy_density, L_small, L_large, h_crossing, error, low, high,
        fraction, crossings, wrong_side` of the crossing, and `h_c, h_c_error, nu, nu_error,
        quality, at_bound, fraction_at_bound` of the collapse; its errors are NaN at the edge of
        the search and above `WORST_QUALITY`.

    Raises:
        ValueError: fewer than two sizes or two strengths at an energy density.
    """
    rows: list[dict] = []
    for energy, cells in sorted(data.items()):
        pair = sorted({L for L, _ in cells})[-2:]
        largest = {cell: values for cell, values in cells.items() if cell[0] in pair}
        crossed = crossing(largest, seed, resamples=resamples, direction=direction, window=window)
        collapsed = collapse(cells, seed, resamples=resamples, window=window, nu_bounds=nu_bounds)
        rows += [
            {"energy_density": energy} | first | second
            for first, second in zip(
                crossed[_CROSSING].to_dict("records"),
                collapsed[_COLLAPSE].to_dict("records"),
                strict=True,
            )
        ]
    table = pd.DataFrame(rows)
    # There the spread of the resamples is no error.
    unknown = table.at_bound.astype(bool) | (table.quality > WORST_QUALITY)
    return table.assign(
        h_c_error=table.h_c_error.mask(unknown), nu_error=table.nu_error.mask(unknown)
    )


WORST_QUALITY = 5.0
"""Largest S of a collapse whose parameters have an error; 1 is expected."""


def mobility_edges(
    files: Sequence[Contents],
    seed: int,
    *,
    normalisation: EntropyNormalisation,
    resamples: int = 200,
) -> pd.DataFrame:
    """The mobility edge of each indicator; see `mobility_edge`.

    Args:
        files: contents of files of the kind `spinlearn.mbl.schemas.INDICATORS`.
        seed, resamples: as for `mobility_edge`.
        normalisation: what entropies are divided by.

    Returns:
        The rows of `mobility_edge` with a column `indicator`; none where there is too little data.
    """
    tables = [pd.DataFrame({"indicator": []})]
    for indicator in MAP_INDICATORS:
        divided = normalisation if indicator == "entanglement_entropy" else None
        found = realisations(files, indicator, normalisation=divided)
        data = {energy: with_errors(cells) for energy, cells in found.items()}
        if all(can_scale(cells) for cells in data.values()):
            edge = mobility_edge(data, seed, resamples=resamples)
            tables.append(edge.assign(indicator=indicator))
    return pd.concat(tables[1:] or tables, ignore_index=True)


MAP_INDICATORS: Sequence[Indicator] = ("gap_ratio", "entanglement_entropy", "spin_fraction")
"""Indicators whose maps show a mobility edge."""
