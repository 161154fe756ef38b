"""Predictors without a network: against other routes, symmetries, any number of rows, bad data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.linalg

from spinlearn.arguments import InvalidArgumentError
from spinlearn.gru.baselines import (
    DEFAULT_PENALTY,
    predict_baseline,
    ridge,
)
from spinlearn.gru.choices import BASELINES
from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.field_statistics import CUT, RING, field_statistics, resonance
from spinlearn.gru.schemas import INDICATORS

GRID = np.array([0.25, 0.5])


def realisations(count, lengths=(6, 8), strengths=(2.0, 5.0, 9.0), seed=0):
    """Random fields; targets are noisy functions of the fields' deviation and of L."""
    rng = np.random.default_rng(seed)
    cells = [(L, h) for L in lengths for h in strengths]
    fields = pad([rng.uniform(-h, h, (count, L)) for L, h in cells])
    L, h = (np.repeat(column, count) for column in zip(*cells, strict=True))
    smooth = np.exp(-np.nanstd(fields, axis=1) / 3) + 1 / L
    scale = np.array([[1.0, 2.0, 3.0], [0.5, 1.0, 1.5]])
    targets = smooth[:, None, None] * scale + 0.01 * rng.normal(size=(len(L), 2, 3))
    return Realisations(fields, L, h.astype(float), GRID, targets, INDICATORS)


def nothing(data):
    return data.where(np.zeros(len(data), dtype=bool))


# --- against other routes -----------------------------------------------------------------------


def test_mean_is_that_of_a_table_of_the_training_data():
    """Independent route: pandas."""
    train, test = realisations(5), realisations(3, seed=1)
    found = predict_baseline("mean", train, nothing(train), test)
    frame = pd.DataFrame(train.targets.reshape(len(train), -1)).assign(L=train.L, h=train.h)
    means = frame.groupby(["L", "h"]).mean()
    expected = means.loc[list(zip(test.L, test.h, strict=True))].to_numpy()
    assert np.allclose(found.reshape(len(test), -1), expected, rtol=1e-13)


def test_mean_is_interpolated_in_h_and_takes_the_nearest_length():
    train = realisations(5)
    test = realisations(1, lengths=(4, 7, 12), strengths=(1.0, 3.5, 20.0))
    found = predict_baseline("mean", train, nothing(train), test)[:, 0, 0]
    at = {
        (L, h): train.targets[(train.L == L) & (train.h == h), 0, 0].mean()
        for L in (6, 8)
        for h in (2.0, 5.0, 9.0)
    }
    of_length = [[at[L, 2.0], (at[L, 2.0] + at[L, 5.0]) / 2, at[L, 9.0]] for L in (6, 8, 8)]
    assert np.allclose(found, np.concatenate(of_length))


def test_deviation_is_a_quartic_fit():
    """Independent route: numpy's polynomial fit in the deviation itself."""
    train, test = realisations(8), realisations(4, seed=1)
    s, asked = (np.nanstd(data.fields, axis=1) for data in (train, test))
    found = predict_baseline("deviation", train, nothing(train), test)
    inside = (asked >= s.min()) & (asked <= s.max())
    for energy in range(2):
        for column in range(3):
            fit = np.polynomial.Polynomial.fit(s, train.targets[:, energy, column], 4)
            assert np.allclose(found[inside, energy, column], fit(asked[inside]), rtol=1e-9)
    beyond = replace(test, fields=test.fields * 100)
    ends = predict_baseline("deviation", train, nothing(train), beyond)
    assert np.allclose(ends, ends[0])


def test_ridge_solves_the_augmented_least_squares_problem():
    """Independent route: lstsq on rows for the penalty below the data's, scales taken by hand."""
    rng = np.random.default_rng(3)
    known, asked = rng.normal(size=(40, 4)), rng.normal(size=(7, 4))
    targets = rng.normal(size=(40, 2))
    centred = (known - known.mean(axis=0)) / known.std(axis=0)
    wanted = (asked - known.mean(axis=0)) / known.std(axis=0)
    i, j = np.triu_indices(4)
    X, Z = (np.hstack([c, c[:, i] * c[:, j]]) for c in (centred, wanted))
    mean, std = X.mean(axis=0), X.std(axis=0)
    X, Z = (X - mean) / std, (Z - mean) / std
    for penalty in (1e-4, 0.3):
        rows = np.vstack([X, np.sqrt(penalty * len(X)) * np.eye(X.shape[1])])
        right = np.vstack([targets - targets.mean(axis=0), np.zeros((X.shape[1], 2))])
        expected = Z @ scipy.linalg.lstsq(rows, right)[0] + targets.mean(axis=0)
        assert np.allclose(ridge(known, targets, asked, np.array([penalty]))[0], expected)


def test_regression_learns_what_the_statistics_determine():
    """The targets' noise is 0.01 and their spread 0.3; a quarter of it is left to the penalty."""
    train, validation, test = (realisations(n, seed=s) for n, s in ((40, 0), (10, 1), (20, 2)))
    found = predict_baseline("regression", train, validation, test)
    rest = (found - test.targets)[:, 0, 0].std()
    assert rest < 0.03 < 0.1 < test.targets[:, 0, 0].std()


def test_the_validation_data_choose_the_penalty():
    """Fields that say nothing about the targets want a strong penalty: nearly the mean."""
    rng = np.random.default_rng(5)
    train, validation, test = (realisations(20, seed=s) for s in (1, 2, 3))
    train, validation = (
        replace(data, targets=rng.normal(size=data.targets.shape)) for data in (train, validation)
    )
    chosen = predict_baseline("regression", train, validation, test)
    default = predict_baseline("regression", train, nothing(validation), test)
    assert chosen.std() < 0.5 * default.std()
    statistics = [field_statistics(data.fields, data.L)[:, : len(RING)] for data in (train, test)]
    by_hand = ridge(
        statistics[0], train.targets[..., 0], statistics[1], np.array([DEFAULT_PENALTY])
    )
    assert np.allclose(default[..., 0], by_hand[0])


# --- symmetries ---------------------------------------------------------------------------------

FIELDS = np.random.default_rng(7).uniform(-5, 5, (6, 8))
LENGTHS = np.full(6, 8)


@pytest.mark.parametrize(
    "changed",
    [-FIELDS, FIELDS + 3.0, FIELDS[:, ::-1], np.roll(FIELDS, 4, axis=1)],
    ids=["sign", "uniform field", "reflection", "half a ring"],
)
def test_statistics_have_the_symmetries_of_all_indicators(changed):
    found = field_statistics(changed.copy(), LENGTHS)
    assert np.allclose(found, field_statistics(FIELDS, LENGTHS), rtol=1e-12)


def test_only_those_at_the_cuts_change_with_a_translation():
    found = field_statistics(np.roll(FIELDS, 1, axis=1), LENGTHS)
    same = np.isclose(found, field_statistics(FIELDS, LENGTHS), rtol=1e-12).all(axis=0)
    assert same.tolist() == [True] * len(RING) + [False] * len(CUT)


def test_statistics_do_not_depend_on_padding():
    padded = np.pad(FIELDS, ((0, 0), (0, 3)), constant_values=np.nan)
    found = field_statistics(padded, LENGTHS)
    assert np.array_equal(found, field_statistics(FIELDS, LENGTHS))


def test_resonance_is_the_mixing_of_two_levels():
    """Independent route: eigenvectors of four spins in a row, of which the outer two are frozen."""
    for d in (0.0, 0.7, 3.0):
        mixing = []
        for left in (1, -1):
            for right in (1, -1):
                # sigma_z sigma_z with the outer spins, fields +d and 0; exchange 2 J.
                energies = [left * s + right * -s + d * s for s in (1, -1)]
                H = np.array([[energies[0], 2.0], [2.0, energies[1]]])
                vectors = np.linalg.eigh(H)[1]
                mixing.append(4 * np.prod(vectors[:, 0] ** 2))
        assert resonance(np.array([d]))[0] == pytest.approx(np.mean(mixing), rel=1e-12)


# --- any number of rows, and bad data -----------------------------------------------------------


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_rows_give_finite_predictions(name, rows):
    train, test = realisations(1), realisations(2, lengths=(8, 10), seed=1)
    few = train.where(np.arange(len(train)) < rows)
    found = predict_baseline(name, few, nothing(train), test)
    assert np.isfinite(found).all()
    if rows == 1:
        assert np.allclose(found, few.targets[0])


def test_no_disorder_is_no_fault():
    train = replace(realisations(3), fields=np.where(np.isnan(realisations(3).fields), np.nan, 0.0))
    for name in BASELINES:
        assert np.isfinite(predict_baseline(name, train, nothing(train), train)).all()


def test_bad_data_are_named():
    train, test = realisations(2), realisations(1)
    fields = test.fields.copy()
    fields[2, 3] = np.nan
    with pytest.raises(InvalidArgumentError, match="fields: row 2 has NaN"):
        predict_baseline("regression", train, nothing(train), replace(test, fields=fields))
    unknown = replace(test, h=np.full(len(test), np.nan))
    with pytest.raises(InvalidArgumentError, match=r"test\.h"):
        predict_baseline("mean", train, nothing(train), unknown)
    targets = np.where(np.arange(len(train))[:, None, None] == 1, np.nan, train.targets)
    with pytest.raises(InvalidArgumentError, match=r"train\.targets"):
        predict_baseline("deviation", replace(train, targets=targets), nothing(train), test)
    with pytest.raises(InvalidArgumentError, match="'best' is not one of"):
        predict_baseline("best", train, nothing(train), test)
    with pytest.raises(ValueError, match="no training data"):
        predict_baseline("mean", nothing(train), nothing(train), test)
    with pytest.raises(ValueError, match="different energy densities"):
        predict_baseline("mean", train, nothing(train), test.at(0.5))
