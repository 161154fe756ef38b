r"""How much of the variance of a window's mean can be explained by the disorder.

The indicator y of a realisation is a mean over the k values x_i of a window, and each value is
x_i = s + n_i: a part s that changes slowly with energy, the same for all states of the window,
and a part n_i of the single state, with mean 0. Neighbouring eigenstates are unlike each other:
random vectors in the thermal phase, unlike configurations of the local integrals of motion in
the localised one. So the n_i are noise for a predictor that does not resolve single levels,
and they are independent of each other. Let a and b be means over two sets of values, without
a value in common. Then Cov(a, b) = Var(s), Var(y) = Var(s) + Var(n)/k, and the largest R^2 is

    Var(s)/Var(y) = Cov(a, b)/Var(y).

For halves of equal variance this is 2c/(1 + c), with c the correlation of a and b (Spearman
and Brown's formula for a test of double length, Brit. J. Psychol. 3, 271 and 296 (1910)).

The sets are quarters of the window: every fourth value. Sets must alternate, since s drifts
with energy: a lower and an upper half would take this drift for noise. Values with a gap in
common are not independent: neighbouring gap ratios have correlation 0.15 (Poisson) or 0.24
(GOE), those with no common gap 0.00 and -0.01. So for values of more than one level only the
pairs of quarters two apart count, (1, 3) and (2, 4). Halves of even and odd values would give
4c/(1 + 2c) with this correlation c, 0.47 (Poisson) or 0.65 (GOE), where nothing can be
explained. For values of single levels all six pairs count. The result
is the mean covariance over these pairs, divided by Var(y).

Limits: it is an estimate, which may be below 0 or above 1 by its error. It is no bound for
predictors that resolve single levels, as exact diagonalisation does. If the window is a good
part of the spectrum, noises of its states cancel (their sum over all states is a trace, a
smooth function of the fields), so that predictions may explain more than this.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments
from spinlearn.learning.metrics import normalised


@dataclass(frozen=True)
class Ceiling:
    """The largest R^2 of predictions of an indicator, with bootstrap standard errors.

    Attributes:
        share, share_error: share of the variance over realisations that can be explained.
        normalised, normalised_error: 1/(2 - share), to be compared with R^2_norm.
        realisations: number of realisations.
    """

    share: float
    share_error: float
    normalised: float
    normalised_error: float
    realisations: int


def explainable_share(
    quarters: Float[np.ndarray, "R 4"],
    means: Float[np.ndarray, " R"],
    levels: int,
    rng: np.random.Generator,
    *,
    resamples: int = 400,
) -> Ceiling:
    """Share of an indicator's variance over realisations that is not noise of single eigenstates.

    See this module for the formula and its limits.

    Args:
        quarters: means over every fourth value of each window; see `quarter_means`.
        means: means over all values.
        levels: levels to which a value belongs, see `spinlearn.mbl.choices.Observable`.
        rng: the stream of the bootstrap over realisations.
        resamples: number of bootstrap samples.

    Returns:
        The share and its error; NaN if the means do not vary.

    Raises:
        InvalidArgumentError: if numbers are not finite, shapes differ, or there are fewer than
            three realisations.
    """
    quarters = arguments.real("quarters", quarters, (None, 4))
    means = arguments.real("means", means, (len(quarters),))
    arguments.integer("levels", levels, 1)
    count = arguments.integer("number of realisations", len(means), 3)
    pairs = np.array([(0, 2), (1, 3)] if levels > 1 else list(combinations(range(4), 2)))
    share = float(_shares(quarters[None], means[None], pairs)[0])
    index = rng.integers(count, size=(resamples, count))
    drawn = _shares(quarters[index], means[index], pairs)
    drawn = drawn[np.isfinite(drawn)]
    known = np.isfinite(share) and drawn.size > 1
    return Ceiling(
        share=share,
        share_error=float(drawn.std(ddof=1)) if known else float("nan"),
        normalised=float(normalised(share)),
        normalised_error=float(normalised(drawn).std(ddof=1)) if known else float("nan"),
        realisations=count,
    )


def _shares(
    quarters: Float[np.ndarray, "resamples R 4"],
    means: Float[np.ndarray, "resamples R"],
    pairs: Int[np.ndarray, "pairs 2"],
) -> Float[np.ndarray, " resamples"]:
    """Mean covariance of pairs of quarters over the variance of the means; NaN without variance."""
    apart = quarters - quarters.mean(axis=1, keepdims=True)
    explained = (apart[:, :, pairs[:, 0]] * apart[:, :, pairs[:, 1]]).mean(axis=(1, 2))
    width = np.ptp(means, axis=1)
    rounding = 1e-12 * np.abs(means).max(axis=1)
    variance = np.where(width > rounding, means.var(axis=1), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(explained / variance)
