"""Disorder: distributions of the fields, and the Aubry-Andre transition that one of them makes.

Seeds are fixed. A statistical test would fail with probability 1e-6 for another seed.
"""

from typing import get_args

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest, kstest

from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.spectra import diagonalise

KINDS = get_args(Disorder)
INDEPENDENT = ("uniform", "gaussian", "binary")
ANGLE = np.pi * (np.sqrt(5) - 1)
"""2 pi beta: how far the quasiperiodic potential's argument moves from one site to the next."""


def draw(kind, h, shape, seed=2, **options):
    return random_fields(np.random.default_rng(seed), h, shape, kind, **options)


@pytest.mark.parametrize("h", [0.5, 8.0])
def test_uniform_fields_are_those_of_numpy(h):
    """Bit for bit: stored results depend on it. Kolmogorov-Smirnov on 20000 fields."""
    fields = draw("uniform", h, (2000, 10))
    expected = np.random.default_rng(2).uniform(-h, h, size=(2000, 10))
    np.testing.assert_array_equal(fields, expected)
    np.testing.assert_array_equal(random_fields(np.random.default_rng(2), h, (2000, 10)), fields)
    assert kstest(fields.ravel(), "uniform", args=(-h, 2 * h)).pvalue > 1e-6


@pytest.mark.parametrize("h", [0.5, 8.0])
def test_gaussian_fields_have_standard_deviation_h(h):
    fields = draw("gaussian", h, (2000, 10))
    assert kstest(fields.ravel(), "norm", args=(0.0, h)).pvalue > 1e-6


@pytest.mark.parametrize("h", [0.5, 8.0])
def test_binary_fields_are_plus_or_minus_h(h):
    fields = draw("binary", h, (2000, 10))
    assert set(fields.ravel()) == {-h, h}
    assert binomtest(int((fields > 0).sum()), fields.size).pvalue > 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_moments(kind):
    """Mean 0, and variance h^2/3, h^2, h^2, h^2/2; 4.9 standard errors have probability 1e-6.

    All sites of a realisation share the phase of the quasiperiodic potential, so standard errors
    are taken over realisations.
    """
    h = 1.5
    fields = draw(kind, h, (4000, 8))
    variance = {"uniform": 1 / 3, "gaussian": 1.0, "binary": 1.0, "quasiperiodic": 0.5}[kind]
    for values, expected in ((fields, 0.0), (fields**2, variance * h**2)):
        means = values.mean(axis=1)
        assert abs(means.mean() - expected) <= 4.9 * means.std() / np.sqrt(4000) + 1e-15
    if kind != "gaussian":
        assert np.abs(fields).max() <= h
        assert np.abs(fields).max() > 0.999 * h


@pytest.mark.parametrize("kind", INDEPENDENT)
def test_sites_and_realisations_are_independent(kind):
    """Correlations of 4000 pairs: 4.9 of 1/sqrt(4000) each way."""
    fields = draw(kind, 1.0, (4001, 6))
    for one, other in ((fields[:-1], fields[1:]), (fields[:-1, :-1], fields[:-1, 1:])):
        products = (one * other).mean(axis=0) / fields.var()
        assert np.abs(products).max() < 4.9 / np.sqrt(4000)


@pytest.mark.parametrize("site_axis", [-1, 0, 1, 2])
def test_quasiperiodic_fields_are_a_cosine(site_axis):
    """Independent route: h_(i+1) + h_(i-1) = 2 cos(2 pi beta) h_i, and the amplitude is h.

    The phase is that of site 0. One is drawn for each realisation; they are uniform on the circle.
    """
    h, shape = 3.0, [40, 50, 60]
    fields = np.moveaxis(draw("quasiperiodic", h, tuple(shape), site_axis=site_axis), site_axis, -1)
    neighbours = fields[..., 2:] + fields[..., :-2]
    np.testing.assert_allclose(neighbours, 2 * np.cos(ANGLE) * fields[..., 1:-1], atol=1e-11)
    # h cos(phi) is the field of site 0, and h sin(phi) follows from site 1.
    sine = (np.cos(ANGLE) * fields[..., 0] - fields[..., 1]) / np.sin(ANGLE)
    np.testing.assert_allclose(np.hypot(fields[..., 0], sine), h, rtol=1e-13)
    phases = np.mod(np.arctan2(sine, fields[..., 0]), 2 * np.pi).ravel()
    assert np.unique(phases).size == phases.size
    assert kstest(phases, "uniform", args=(0, 2 * np.pi)).pvalue > 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_fields_follow_the_stream_and_scale_with_the_strength(kind):
    draws = [draw(kind, 2.0, (7,), seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])
    np.testing.assert_allclose(draw(kind, 5.0, (7,), 1), 2.5 * draws[0], rtol=1e-15)
    assert not draw(kind, 0.0, (7,), 1).any()
    assert draws[0].shape == (7,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("h", [-1.0, np.nan, np.inf])
def test_impossible_strength_is_refused(kind, h):
    with pytest.raises(ValueError, match=f"h: must be a finite number >= 0, not {h}"):
        draw(kind, h, (4,))


def test_unknown_kind_is_refused():
    with pytest.raises(Exception, match="quasiperiodic"):  # ValueError, or a run-time type check
        draw("cauchy", 1.0, (4,))


# --- the transition of Aubry and Andre (Ann. Israel Phys. Soc. 3, 133 (1980)) -------------------
#
# One up spin on the quasiperiodic chain without J_zz is their model, with hopping J_xy/2 and
# potential h (spin), or 2 J_xy and 2 h (Pauli). All states localise where the potential is twice
# the hopping: at h = J_xy (spin) or h = 2 J_xy (Pauli).


def single_spin(L, h, boundary, operators, realisations):
    """Levels and eigenvectors of one up spin, for each realisation; row i is site i."""
    chain = xxz_chain(L, boundary, operators=operators, J_zz=0.0, magnetisation=1 - L / 2)
    fields = draw("quasiperiodic", h, (realisations, L))
    return [diagonalise(chain, some) for some in fields]


def mean_lyapunov_exponent(h, operators):
    """Inverse localisation length, the mean over levels, from chains of 34 and 55 sites.

    In an open chain ln|psi_n(1) psi_n(L)| = (L - 1) ln t - sum_m ln|E_n - E_m| (Thouless 1972), t
    being the hopping. It is the difference of two lengths, so that what the ends add cancels.
    """
    hopping = {"spin": 0.5, "pauli": 2.0}[operators]
    decay = []
    for L in (34, 55):
        levels = np.array([E for E, _ in single_spin(L, h, "open", operators, 20)])
        distances = np.abs(levels[:, :, None] - levels[:, None, :])[:, ~np.eye(L, dtype=bool)]
        decay.append(np.log(distances / hopping).sum(axis=1).mean() / L)
    return (decay[1] - decay[0]) / (55 - 34)


@pytest.mark.parametrize(("operators", "critical"), [("spin", 1.0), ("pauli", 2.0)])
@pytest.mark.parametrize("ratio", [0.3, 0.6, 1.5, 2.0, 4.0])
def test_lyapunov_exponent_of_aubry_and_andre(operators, critical, ratio):
    """It is ln(h/h_c) for h > h_c, for every level, and 0 below.

    The differences that were seen are 0.02 to 0.04, all positive, and fall with the length.
    """
    found = mean_lyapunov_exponent(critical * ratio, operators)
    assert found == pytest.approx(max(0.0, np.log(ratio)), abs=0.05)


@pytest.mark.parametrize(("operators", "critical"), [("spin", 1.0), ("pauli", 2.0)])
def test_aubry_and_andre_transition_is_at_its_exact_place(operators, critical):
    """Position and momentum change places under h -> h_c^2/h, so states spread equally at h_c.

    Inverse participation ratios of position and momentum, the mean over levels of 55 sites on a
    ring; they cross within 0.6 per cent of h_c. 55 beta is 0.008 from an integer, so the potential
    does not quite close on the ring.
    """

    def difference(h):
        ratios = [
            (vectors**4).sum(axis=0).mean()
            - (np.abs(np.fft.fft(vectors, axis=0, norm="ortho")) ** 4).sum(axis=0).mean()
            for _, vectors in single_spin(55, h, "ring", operators, 8)
        ]
        return np.mean(ratios)

    assert difference(0.5 * critical) < -0.3
    assert difference(2 * critical) > 0.3
    crossing = brentq(difference, 0.5 * critical, 2 * critical, xtol=1e-4)
    assert crossing == pytest.approx(critical, rel=0.02)
