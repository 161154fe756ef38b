"""Smooth curves through points, against SciPy's natural splines and NumPy's least squares."""

import numpy as np
import pytest
import scipy.interpolate

from spinlearn.statistics.master_curve import chi_square


def by_least_squares(x, y, errors, knots):
    """Independent route: SciPy's natural cubic splines through unit vectors span the same space."""
    t = np.quantile(x, np.linspace(0, 1, knots))
    basis = scipy.interpolate.CubicSpline(t, np.eye(knots), bc_type="natural")(x)
    coefficients, *_ = np.linalg.lstsq(basis / errors[:, None], y / errors, rcond=None)
    return (((y - basis @ coefficients) / errors) ** 2).sum()


@pytest.mark.parametrize("knots", [3, 6, 10])
def test_chi_square_is_that_of_the_best_natural_spline(knots):
    rng = np.random.default_rng(knots)
    x, y = 100 * rng.standard_normal((2, 24)), rng.standard_normal((3, 24))
    errors = rng.uniform(0.5, 2.0, 24)
    found = chi_square(x, y, errors, knots)
    expected = [[by_least_squares(row, curve, errors, knots) for curve in y] for row in x]
    # Conditioning of the basis of 10 functions (1e5) times rounding.
    assert found == pytest.approx(np.array(expected), rel=1e-8)


def test_points_at_one_place_determine_no_curve():
    x = np.stack([np.repeat(0.5, 12), np.repeat([0.0, 1.0], 6), np.arange(12.0)])
    found = chi_square(x, np.ones((1, 12)), np.ones(12), 4)[:, 0]
    assert np.isinf(found[:2]).all()
    assert found[2] == pytest.approx(0.0, abs=1e-10)
