"""The explainable share of an indicator against made-up windows whose noise is known."""

import numpy as np
import pytest

from spinlearn.mbl.choices import OBSERVABLES
from spinlearn.mbl.explainable_share import explainable_share
from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.mbl.indicators import indicators_of_windows
from spinlearn.spins.hamiltonians import xxz_chain

STATES = 30


def quarters_and_means(values):
    """Means over every fourth value (R, 4), and over all values (R)."""
    quarters = [values[:, first::4].mean(axis=1) for first in range(4)]
    return np.stack(quarters, axis=1), values.mean(axis=1)


def ceiling_of(values, levels, seed=0):
    return explainable_share(*quarters_and_means(values), levels, np.random.default_rng(seed))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_share_of_independent_noise_is_known(share):
    """s has variance v and noise 1 per state: share = v/(v + 1/k), and R^2 of s itself is it."""
    rng = np.random.default_rng(4)
    variance = share / (1 - share) / STATES
    s = np.sqrt(variance) * rng.standard_normal(3000)
    values = s[:, None] + rng.standard_normal((3000, STATES))
    found = ceiling_of(values, 1)
    assert abs(found.share - share) < 4 * found.share_error
    assert found.share_error < 0.05
    best = 1 - np.var(values.mean(axis=1) - s) / np.var(values.mean(axis=1))
    assert abs(best - share) < 0.05
    assert found.normalised == pytest.approx(1 / (2 - found.share), rel=1e-12)
    assert found.realisations == 3000


def test_a_drift_with_energy_is_no_noise():
    """A slope of its own in each realisation; halves above and below the middle would give -1."""
    rng = np.random.default_rng(5)
    energy = np.arange(STATES) - (STATES - 1) / 2
    s, slope = rng.standard_normal((2, 2000, 1))
    found = ceiling_of(s + slope * energy, 1)
    assert found.share == pytest.approx(1.0, abs=0.1)
    upper, lower = (s + slope * energy)[:, 15:].mean(1), (s + slope * energy)[:, :15].mean(1)
    assert np.cov(upper, lower)[0, 1] < 0


@pytest.mark.parametrize("kind", ["poisson", "goe"])
def test_gap_ratios_of_unrelated_levels_have_nothing_to_explain(kind):
    """Although neighbouring ratios are correlated: even and odd halves would show a share."""
    rng = np.random.default_rng(6)
    if kind == "poisson":
        levels = np.cumsum(rng.exponential(size=(4000, STATES)), axis=1)
    else:
        matrices = rng.standard_normal((4000, 60, 60))
        levels = np.linalg.eigvalsh(matrices + matrices.transpose(0, 2, 1))[:, 15 : 15 + STATES]
    values = gap_ratios(levels)
    found = ceiling_of(values, OBSERVABLES["gap_ratio"].levels)
    # Gaps of the GOE that share a level are correlated too; that is worth -0.03.
    assert abs(found.share) < 4 * found.share_error + (0.03 if kind == "goe" else 0.0)
    halves = np.cov(values[:, ::2].mean(axis=1), values[:, 1::2].mean(axis=1))[0, 1]
    expected = {"poisson": 0.47, "goe": 0.65}[kind]
    assert halves / values.mean(axis=1).var() == pytest.approx(expected, abs=0.06)


def test_gap_ratios_of_two_kinds_of_spectra_are_explained_by_the_kind():
    """Truth by another route: the spread of the two kinds' means, from other spectra."""
    rng = np.random.default_rng(7)
    shape = np.repeat([1.0, 3.0], 2000)[:, None]
    values = gap_ratios(np.cumsum(rng.gamma(shape, size=(4000, STATES)), axis=1))
    long = gap_ratios(np.cumsum(rng.gamma([[1.0], [3.0]], size=(2, 200_000)), axis=1))
    truth = np.var(long.mean(axis=1)) / values.mean(axis=1).var()
    found = ceiling_of(values, 3)
    assert 0.3 < truth < 0.95
    assert abs(found.share - truth) < 4 * found.share_error


def test_quarters_of_windows_make_up_their_means_and_change_no_number():
    chain, grid = xxz_chain(8, operators="pauli"), [0.3, 0.5]
    h = np.random.default_rng(8).uniform(-4, 4, (3, 8))
    names = list(OBSERVABLES)
    alone = indicators_of_windows(chain, h, grid, [30, 3], observables=names)
    both = indicators_of_windows(chain, h, grid, [30, 3], observables=names, quarters=True)
    for with_quarters, without in zip(both, alone, strict=True):
        for name, values in without.items():
            np.testing.assert_array_equal(with_quarters[name], values)
    for name, observable in OBSERVABLES.items():
        quarters = both[0][f"{name}_quarters"]
        count = 30 - (observable.levels - 1)
        weights = [len(range(first, count, 4)) for first in range(4)]
        np.testing.assert_allclose(quarters @ weights / count, alone[0][name], rtol=1e-12)
        few = np.isfinite(both[1][f"{name}_quarters"]).sum(axis=-1)
        assert (few == 3 - (observable.levels - 1)).all(), name


@pytest.mark.parametrize(
    ("quarters", "means", "fault"),
    [
        (np.zeros((2, 4)), np.zeros(2), "realisations"),
        (np.full((5, 4), np.nan), np.zeros(5), "quarters"),
    ],
)
def test_wrong_arguments_are_named(quarters, means, fault):
    with pytest.raises(ValueError, match=fault):
        explainable_share(quarters, means, 1, np.random.default_rng(0))


def test_share_of_equal_means_is_unknown():
    found = ceiling_of(np.full((5, STATES), 0.1), 1)
    assert np.isnan([found.share, found.share_error, found.normalised]).all()
