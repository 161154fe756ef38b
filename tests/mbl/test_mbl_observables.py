"""Observables of eigenstates: against dense matrices, random states, limits and symmetries."""

import logging

import numpy as np
import pytest
from chains import about_chain
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.xxz_dense import SPIN, hamiltonian, on_site, sector_states
from scipy.special import digamma

from spinlearn.mbl.choices import DEFAULT_OBSERVABLES, OBSERVABLES, name_fault
from spinlearn.mbl.indicators import (
    UndefinedObservableError,
    indicators_of_block,
    level_values,
    window_means,
)
from spinlearn.mbl.observables import Levels
from spinlearn.mbl.schemas import INDICATORS
from spinlearn.mbl.windows import windows_of_block
from spinlearn.spins.degeneracies import NoWidthError
from spinlearn.spins.hamiltonians import xxz_chain

ALL = tuple(OBSERVABLES)
NEW = ("participation_entropy", "kl_divergence", "schmidt_gap", "staggered_magnetisation")
GRID = np.array([0.3, 0.5])


def fields(L, h, count, seed=0):
    return np.random.default_rng(seed).uniform(-h, h, (count, L))


def direct_means(vectors, L):
    """The new observables of states of the whole space, each by its definition, then averaged."""
    staggered = sum((-1) ** i * 2 * on_site(SPIN["z"], i, L) for i in range(L)) / L
    shannon, gaps, magnetisations, divergences = [], [], [], []
    for psi in vectors.T:
        p = psi**2
        shannon.append(-sum(x * np.log(x) for x in p if x > 1e-300))
        first, second = np.linalg.svd(psi.reshape(2 ** (L // 2), -1), compute_uv=False)[:2] ** 2
        gaps.append(first - second)
        magnetisations.append(psi @ staggered @ staggered @ psi)
    for one, next_one in zip(vectors.T[:-1], vectors.T[1:], strict=True):
        p, q = one**2, next_one**2
        divergences.append(sum(a * np.log(a / b) for a, b in zip(p, q, strict=True) if a > 1e-300))
    found = (shannon, divergences, gaps, magnetisations)
    return {name: np.mean(values) for name, values in zip(NEW, found, strict=True)}


@pytest.mark.parametrize("boundary", ["ring", "open"])
def test_sector_equals_the_whole_space_by_kronecker_products(boundary):
    """All 20 levels of S^z = 0 in one window, picked out of the 64 of the dense matrix."""
    L, h = 6, fields(6, 2.0, 1)[0]
    _, vectors = np.linalg.eigh(hamiltonian(L, h, boundary=boundary))
    states = sector_states(L)
    inside = vectors[:, (vectors[states] ** 2).sum(axis=0) > 0.5]
    outside = np.setdiff1d(np.arange(2**L), states)
    inside[outside] = 0.0  # rounding, of which the divergence has logarithms
    found = indicators_of_block(xxz_chain(L, boundary), h[None], [0.5], 20, observables=NEW)
    for name, expected in direct_means(inside, L).items():
        assert found[name][0, 0] == pytest.approx(expected, abs=1e-10), name


def test_chain_without_conserved_sz_equals_kronecker_products():
    L, h = 6, fields(6, 2.0, 1)[0]
    chain = xxz_chain(L, h_x=0.7, magnetisation=None)
    along_x = sum(0.7 * on_site(SPIN["x"], i, L) for i in range(L))
    _, vectors = np.linalg.eigh(hamiltonian(L, h) + along_x)
    found = indicators_of_block(chain, h[None], [0.5], 2**L, observables=NEW)
    for name, expected in direct_means(vectors, L).items():
        assert found[name][0, 0] == pytest.approx(expected, abs=1e-9), name


def test_random_real_states():
    """Dirichlet averages: KL = 2 - 2/D, S_p = psi(D/2 + 1) - psi(3/2), m^2 as of the sector.

    Five standard errors of 400 states: a false alarm in a million.
    """
    chain, n = xxz_chain(12), 400
    vectors = np.random.default_rng(3).standard_normal((chain.dimension, n))
    vectors /= np.linalg.norm(vectors, axis=0)
    levels = Levels(chain, np.arange(float(n)), vectors, np.zeros(n, dtype=bool))
    found = window_means(level_values(NEW, levels), levels, np.arange(0, n, 2), 2)
    D = chain.dimension
    signs = (-1.0) ** np.arange(12)
    expected = {
        "kl_divergence": 2 - 2 / D,
        "participation_entropy": digamma(D / 2 + 1) - digamma(3 / 2),
        "staggered_magnetisation": ((2 * chain.z @ signs / 12) ** 2).mean(),
    }
    for name, value in expected.items():
        error = found[name].std(ddof=1) / np.sqrt(n / 2)
        assert abs(found[name].mean() - value) < 5 * error, name
        assert error < 0.03 * value


@settings(max_examples=8)
@given(st.sampled_from([6, 8]), st.integers(0, 1000))
def test_flags_of_symmetry_are_right(L, seed):
    """Fields reflected, or moved round the ring: unchanged where the registry says so.

    Where it does not, the value must change, so that no flag is too careful.
    """
    h = fields(L, 4.0, 1, seed)
    found, reflected, moved = (
        indicators_of_block(xxz_chain(L), each, GRID, 8, observables=ALL)
        for each in (h, h[:, ::-1], np.roll(h, 1, axis=1))
    )
    for name, observable in OBSERVABLES.items():
        for changed, is_symmetric in (
            (reflected, observable.reflection),
            (moved, observable.translation),
        ):
            difference = np.abs(changed[name] - found[name]).max()
            assert (difference < 1e-6) == is_symmetric, (name, difference)


@pytest.mark.parametrize("h", [0.3, 3.0, 40.0])
@pytest.mark.parametrize("L", [4, 6, 8])
def test_values_lie_within_their_limits(L, h):
    found = indicators_of_block(xxz_chain(L), fields(L, h, 3), GRID, 6, observables=ALL)
    for name, observable in OBSERVABLES.items():
        low, high = observable.limits(L)
        assert found[name].min() >= low - 1e-12, name
        assert found[name].max() <= high + 1e-12, name


def test_operators_do_not_matter():
    """Pauli at h and spin at h/2 have the same eigenvectors."""
    h = fields(8, 5.0, 2)
    pauli = indicators_of_block(xxz_chain(8, operators="pauli"), h, GRID, 10, observables=ALL)
    spin = indicators_of_block(xxz_chain(8), h / 2, GRID, 10, observables=ALL)
    for name in ALL:
        np.testing.assert_allclose(spin[name], pauli[name], atol=1e-7, err_msg=name)


def test_product_states_have_closed_forms():
    """J_xy = 0: eigenstates are basis states, in the order of their energies."""
    L, h = 6, fields(6, 2.0, 1)
    chain = xxz_chain(L, J_xy=0.0)
    found = indicators_of_block(chain, h, [0.5], 20, observables=ALL)
    zero = ("entanglement_entropy", "number_entropy", "spin_fraction", "participation_entropy")
    for name in zero:
        assert abs(found[name][0, 0]) < 1e-14, name
    assert found["schmidt_gap"][0, 0] == 1.0
    assert found["kl_divergence"][0, 0] == pytest.approx(20 * np.log(10), rel=1e-12)  # its largest
    three = indicators_of_block(chain, h, [0.01], 3, observables=["staggered_magnetisation"])
    patterns = (2 * chain.z @ (-1.0) ** np.arange(L) / L) ** 2
    lowest = np.argsort(chain.H0.diagonal() + chain.z @ h[0])[:3]
    assert three["staggered_magnetisation"][0, 0] == pytest.approx(patterns[lowest].mean())


# --- undefined values -------------------------------------------------------------------------


def test_degenerate_levels_are_undefined_and_the_log_says_so(caplog, tmp_path):
    """A ring without disorder has pairs of momenta k and -k; one with disorder is not touched."""
    h = np.concatenate([np.zeros((2, 8)), fields(8, 3.0, 1)])
    with caplog.at_level(logging.WARNING, "spinlearn.mbl"):
        found = indicators_of_block(xxz_chain(8), h, GRID, 10)
    for name in DEFAULT_OBSERVABLES:
        assert np.isnan(found[name]).all(axis=1).tolist() == [True, True, False], name
    (line,) = caplog.messages
    assert line == (
        "undefined (NaN) in 2 of 3 realisations: gap_ratio, entanglement_entropy, number_entropy, "
        "spin_fraction, since a window has degenerate levels, closer than 1e-12 of the spectrum's "
        "width"
    )
    about = {**about_chain(), "h": 0.0, "states_per_window": 10}
    INDICATORS.write(tmp_path / "a.h5", {"fields": h, **found}, about)
    stored = INDICATORS.read(tmp_path / "a.h5")
    for name in DEFAULT_OBSERVABLES:
        np.testing.assert_array_equal(stored[name], found[name])


def test_windows_find_the_same_values_undefined():
    h = np.concatenate([np.zeros((1, 8)), fields(8, 3.0, 1)])
    found = windows_of_block(xxz_chain(8), h, 0.5, 10, np.random.default_rng, observables=ALL)
    grid = indicators_of_block(xxz_chain(8), h, [0.5], 10, observables=ALL)
    for name in ALL:
        assert np.isnan(found[name]).tolist() == [True, False]
        np.testing.assert_allclose(found[name], grid[name][:, 0], atol=1e-6, err_msg=name)


@pytest.mark.parametrize("solver", ["dense", "polfed"])
def test_solvers_agree_on_what_is_undefined(solver):
    """An open chain with a reflected pair of fields: few degenerate levels, told by the spectrum.

    The same windows by the levels of the dense matrix, each compared with all others.
    """
    L, h = 10, np.zeros((1, 10))
    chain = xxz_chain(L, "open", J_zz=0.0)
    energies = np.linalg.eigvalsh(chain.dense(h[0]))
    distance = np.abs(energies[:, None] - energies) + np.eye(len(energies))
    is_degenerate = distance.min(axis=1) < 1e-9
    for energy_density in (0.02, 0.31, 0.5):
        target = energies[0] + energy_density * np.ptp(energies)
        nearest = np.argsort(np.abs(energies - target))[:5]
        found = windows_of_block(
            chain, h, energy_density, 5, np.random.default_rng, solver=solver, observables=ALL
        )
        for name in ALL[:5]:
            assert np.isnan(found[name][0]) == is_degenerate[nearest].any(), name


def test_a_window_that_ends_within_a_multiplet_is_undefined():
    """Levels 0 | 1 1: a window of the first two levels has no degenerate pair inside it."""
    chain = xxz_chain(4, J_zz=0.0)
    energies = np.linalg.eigvalsh(chain.dense(np.zeros(4)))
    first = int(np.flatnonzero(np.diff(energies) < 1e-12)[0])
    assert first == 1  # the ground state is not degenerate, the first excited level is
    found = indicators_of_block(chain, np.zeros((1, 4)), [0.0], 2, observables=ALL[1:])
    for name in ALL[1:]:
        assert np.isnan(found[name]).all(), name
    alone = indicators_of_block(chain, np.zeros((1, 4)), [0.0], 1, observables=["spin_fraction"])
    assert np.isfinite(alone["spin_fraction"]).all()


@pytest.mark.parametrize("shift", [1e-13, 1e-7])
def test_degeneracy_is_judged_against_the_width(shift):
    """Splittings of 1e-13 of the width are rounding errors, those of 1e-7 are levels.

    Without J_xy the levels are those of basis states, and fields split them in first order.
    """
    for scale in (1.0, 1e6):
        chain = xxz_chain(6, J_xy=0.0, J_zz=scale)
        found = indicators_of_block(chain, shift * scale * fields(6, 1.0, 1), [0.5], 6)
        for name in DEFAULT_OBSERVABLES:
            assert np.isnan(found[name]).all() == (shift < 1e-12), name


def test_a_spectrum_without_width_has_no_energy_densities():
    chain = xxz_chain(6, J_xy=0.0, J_zz=0.0)
    for compute in (
        lambda: indicators_of_block(chain, np.zeros((1, 6)), GRID, 5),
        lambda: windows_of_block(chain, np.zeros((1, 6)), 0.5, 5, np.random.default_rng),
    ):
        with pytest.raises(NoWidthError, match="all levels are equal"):
            compute()


# --- what is asked for ------------------------------------------------------------------------


def test_an_observable_does_not_depend_on_the_others():
    h = fields(8, 3.0, 2)
    together = indicators_of_block(xxz_chain(8), h, GRID, 10, observables=ALL)
    for name in ALL:
        alone = indicators_of_block(xxz_chain(8), h, GRID, 10, observables=[name])
        others = {"energy_density", "window_mean", "window_width", "extremal_energies"}
        assert {*alone} == {name, *others}
        np.testing.assert_array_equal(alone[name], together[name])


def test_wrong_requests_are_refused():
    h = fields(6, 1.0, 1)
    for compute in (
        lambda chain, names: indicators_of_block(chain, h, GRID, 5, observables=names),
        lambda chain, names: windows_of_block(
            chain, h, 0.5, 5, np.random.default_rng, observables=names
        ),
    ):
        with pytest.raises(ValueError, match="'gap_ration' is no observable; did you mean gap_rat"):
            compute(xxz_chain(6), ["gap_ration"])
        without = xxz_chain(6, h_x=0.5, magnetisation=None)
        with pytest.raises(UndefinedObservableError, match="number_entropy is only defined for"):
            compute(without, ["number_entropy"])
    with pytest.raises(ValueError, match="gap_ratio needs more than the 2 states"):
        indicators_of_block(xxz_chain(6), h, GRID, 2, observables=["gap_ratio"])
    assert "The names are gap_ratio, " in name_fault("zzz")
