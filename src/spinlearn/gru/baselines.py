"""Predictors without a network, to which networks are compared.

- `mean`: the mean of the training data at the same h and L. It knows h, which a network must infer.
- `deviation`: a polynomial of fourth degree in the standard deviation of the fields.
- `regression`: ridge regression on a dozen statistics of the fields and their products.
"""

import numpy as np
import scipy.linalg
from jaxtyping import Float
from numpy.polynomial import legendre

from spinlearn import arguments
from spinlearn.gru.choices import BASELINES
from spinlearn.gru.data import Realisations
from spinlearn.gru.field_statistics import RING, field_statistics
from spinlearn.mbl.choices import OBSERVABLES

DEGREE = 4
"""Degree of the polynomial in the standard deviation."""

PENALTIES = np.logspace(-6, 1, 15)
"""Ridge penalties to choose from, relative to the mean square of a standardised column."""

DEFAULT_PENALTY = 1e-2
"""Ridge penalty without a validation split."""

Predicted = Float[np.ndarray, "R E indicators"]


def predict_baseline(
    name: str, train: Realisations, validation: Realisations, test: Realisations
) -> Predicted:
    """Predictions of a baseline for the test realisations, in the units of their targets.

    Args:
        name: one of `BASELINES`.
        train: realisations that it is fitted to, as many as there are.
        validation: realisations by which the penalty of the regression is chosen; may be empty.
        test: realisations to predict; of their data only the fields, L and h are used.

    Raises:
        InvalidArgumentError: if a number that the baseline needs is NaN, or there is no such
            baseline.
        ValueError: if there is no training data, or energy densities or indicators differ.
    """
    arguments.one_of("name", name, BASELINES)
    _check_alike(train, test)
    if name == "mean":
        return mean_baseline(train, test)
    if name == "deviation":
        return deviation_baseline(train, test)
    return regression_baseline(train, validation, test)


def _check_alike(train: Realisations, test: Realisations) -> None:
    if not len(train):
        raise ValueError("there is no training data")
    if not np.array_equal(train.energy_density, test.energy_density):
        raise ValueError("training and test data have different energy densities")
    if train.indicators != test.indicators:
        raise ValueError(
            f"the indicators are {train.indicators}, but {test.indicators} in the test"
        )
    arguments.real("train.targets", train.targets)


def mean_baseline(train: Realisations, test: Realisations) -> Predicted:
    """Mean of the training data at the h of each realisation, and at the nearest L.

    Between two h of the training data it is interpolated, beyond them it is that of the last one.
    Of two lengths that are equally near, the longer one is used.
    """
    known_h = arguments.real("train.h", train.h)
    h = arguments.real("test.h", test.h)
    found = np.empty((len(test), *train.targets.shape[1:]))
    lengths = np.unique(train.L)[::-1]
    for L in np.unique(test.L):
        of_length = lengths[np.abs(lengths - L).argmin()] == train.L
        grid = np.unique(known_h[of_length])
        means = np.stack(
            [train.targets[of_length & (known_h == value)].mean(axis=0) for value in grid]
        )
        chosen = test.L == L
        found[chosen] = _interpolate(h[chosen], grid, means)
    return found


def _interpolate(
    x: Float[np.ndarray, " n"], grid: Float[np.ndarray, " k"], values: Float[np.ndarray, "k E I"]
) -> Float[np.ndarray, "n E I"]:
    """Linear interpolation along the first axis, constant beyond the ends."""
    flat = values.reshape(len(grid), -1)
    columns = [np.interp(x, grid, column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(len(x), *values.shape[1:])


def deviation_baseline(train: Realisations, test: Realisations) -> Predicted:
    """Least-squares polynomial of degree `DEGREE` in the standard deviation of the fields.

    Beyond the deviations of the training data it is constant. If these are few, of all polynomials
    that fit equally well the one with the smallest coefficients is taken.
    """
    known, asked = (_deviations(data) for data in (train, test))
    low, high = float(known.min()), float(known.max())
    width = high - low if high > low else 1.0
    design, asked_design = (
        legendre.legvander(2 * (np.clip(s, low, high) - low) / width - 1, DEGREE)
        for s in (known, asked)
    )
    flat = train.targets.reshape(len(train), -1)
    coefficients = scipy.linalg.lstsq(design, flat)[0]
    return (asked_design @ coefficients).reshape(len(test), *train.targets.shape[1:])


def _deviations(data: Realisations) -> Float[np.ndarray, " R"]:
    """Standard deviation of the fields of each realisation."""
    return field_statistics(data.fields, data.L)[:, RING.index("deviation")]


def regression_baseline(
    train: Realisations, validation: Realisations, test: Realisations
) -> Predicted:
    """Ridge regression on statistics of the fields and all products of two of them.

    Indicators that do not change when the ring is translated are regressed on statistics of the
    whole ring only. Each indicator has its own penalty: that of `PENALTIES` with the smallest mean
    squared error on the validation data. Without such data it is `DEFAULT_PENALTY`.
    """
    known, asked = (field_statistics(data.fields, data.L) for data in (train, test))
    held = field_statistics(validation.fields, validation.L) if len(validation) else known[:0]
    found = np.empty((len(test), *train.targets.shape[1:]))
    for column, indicator in enumerate(train.indicators):
        used = slice(len(RING) if OBSERVABLES[indicator].translation else None)
        targets, wanted = (data.targets[..., column] for data in (train, validation))
        tried = ridge(known[:, used], targets, held[:, used], PENALTIES)
        penalty = _best_penalty(tried, wanted)
        found[..., column] = ridge(known[:, used], targets, asked[:, used], penalty)[0]
    return found


def _best_penalty(
    tried: Float[np.ndarray, "P R E"], wanted: Float[np.ndarray, "R E"]
) -> Float[np.ndarray, " 1"]:
    """The penalty whose predictions of the validation data are best."""
    if not wanted.size:
        return np.array([DEFAULT_PENALTY])
    errors = ((tried - wanted) ** 2).mean(axis=(1, 2))
    return PENALTIES[[errors.argmin()]]


def ridge(
    known: Float[np.ndarray, "R statistics"],
    targets: Float[np.ndarray, "R E"],
    asked: Float[np.ndarray, "n statistics"],
    penalties: Float[np.ndarray, " P"],
) -> Float[np.ndarray, "P n E"]:
    """Predictions of ridge regressions on statistics and their products.

    They minimise |y - X b|^2 / R + penalty |b|^2, with the mean of y and of each column of X taken
    out and the columns scaled to unit variance. Any number of rows will do: the penalty bounds b.

    Args:
        known, targets: statistics of the training data, and their targets.
        asked: statistics at which to predict.
        penalties: above 0.
    """
    centre, scale = known.mean(axis=0), _scales(known)
    X, Z = (_with_products((values - centre) / scale) for values in (known, asked))
    centre, scale = X.mean(axis=0), _scales(X)
    X, Z = ((values - centre) / scale for values in (X, Z))
    mean = targets.mean(axis=0)
    U, singular, Vh = scipy.linalg.svd(X, full_matrices=False)
    projected = U.T @ (targets - mean)
    shrunk = singular / (singular**2 + penalties[:, None] * len(X))
    return np.asarray(Z @ (Vh.T @ (shrunk[..., None] * projected)) + mean)


def _scales(columns: Float[np.ndarray, "R n"]) -> Float[np.ndarray, " n"]:
    """Standard deviation of each column; 1 for one that is constant up to rounding."""
    scale = columns.std(axis=0)
    rounding = 1e-9 * np.abs(columns).max(axis=0)
    return np.where(scale > rounding, scale, 1.0)


def _with_products(columns: Float[np.ndarray, "R n"]) -> Float[np.ndarray, "R m"]:
    """The columns, and the products of any two of them, squares included."""
    first, second = np.triu_indices(columns.shape[1])
    return np.hstack([columns, columns[:, first] * columns[:, second]])
