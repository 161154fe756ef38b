"""Indicators against a direct calculation, their limits, symmetries and windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.gap_ratio import GOE_GAP_RATIO, POISSON_GAP_RATIO, gap_ratios
from spinlearn.mbl.indicators import indicators_of_block, indicators_of_windows
from spinlearn.mbl.observables import spin_fractions, spin_wave
from spinlearn.spins.entanglement import half_chain_entropies
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.spectra import diagonalise, nearest_windows


def fields(L, h, count, seed=0):
    return np.random.default_rng(seed).uniform(-h, h, (count, L))


def direct_indicators(h, grid, k, boundary):
    """Independent method: sort all levels by distance; one state at a time in the whole space."""
    L = h.size
    chain = xxz_chain(L, boundary, operators="pauli")
    energies, vectors = np.linalg.eigh(chain.dense(h))
    densities = (energies - energies[0]) / (energies[-1] - energies[0])
    M = chain.z @ np.exp(2j * np.pi * np.arange(L) / L)
    results = []
    for epsilon in grid:
        window = np.sort(np.argsort(np.abs(densities - epsilon), kind="stable")[:k])
        gaps = np.diff(energies[window])
        r = np.mean([min(a, b) / max(a, b) for a, b in zip(gaps[1:], gaps[:-1], strict=True)])
        S, f = [], []
        for n in window:
            psi = np.zeros(2**L)
            psi[chain.states] = vectors[:, n]
            p = np.linalg.svd(psi.reshape(2 ** (L // 2), -1), compute_uv=False) ** 2
            S.append(-sum(x * np.log(x) for x in p if x > 0))
            weight = vectors[:, n] ** 2
            f.append(1 - abs(weight @ M) ** 2 / (weight @ abs(M) ** 2))
        of_window = densities[window]
        results.append((r, np.mean(S), np.mean(f), of_window.mean(), np.ptp(of_window)))
    return np.array(results).T


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("L", "k"), [(6, 5), (8, 12), (8, 70)])
def test_block_equals_the_textbook_route(L, k, boundary):
    grid = np.array([0.05, 0.3, 0.5, 0.95])
    h = fields(L, 3.0, 2, seed=L + k)
    found = indicators_of_block(xxz_chain(L, boundary, operators="pauli"), h, grid, k)
    for row in range(2):
        r, S, f, mean, width = direct_indicators(h[row], grid, k, boundary)
        np.testing.assert_allclose(found["gap_ratio"][row], r, atol=1e-10)
        np.testing.assert_allclose(found["entanglement_entropy"][row], S, atol=1e-12)
        np.testing.assert_allclose(found["spin_fraction"][row], f, atol=1e-12)
        np.testing.assert_allclose(found["window_mean"][row], mean, atol=1e-12)
        np.testing.assert_allclose(found["window_width"][row], width, atol=1e-12)


def test_several_sizes_of_windows_share_one_diagonalisation():
    """Each is what it is alone; a large window keeps every bit."""
    chain, h, grid = xxz_chain(8, operators="pauli"), fields(8, 4.0, 3), [0.05, 0.4, 0.5]
    together = indicators_of_windows(chain, h, grid, [30, 3])
    for states, found in zip((30, 3), together, strict=True):
        alone = indicators_of_block(chain, h, grid, states)
        assert alone.keys() == found.keys()
        for name, values in alone.items():
            np.testing.assert_allclose(found[name], values, atol=1e-13, err_msg=name)
    alone = indicators_of_block(chain, h, grid, 30)
    for name, values in alone.items():
        np.testing.assert_array_equal(together[0][name], values, err_msg=name)


@given(st.integers(3, 60), st.integers(0, 10_000), st.floats(0.01, 0.99))
def test_windows_hold_the_nearest_levels(k, seed, epsilon):
    densities = np.sort(np.random.default_rng(seed).uniform(0, 1, 60))
    start = int(nearest_windows(densities, np.array([epsilon]), k)[0])
    nearest = np.sort(np.argsort(np.abs(densities - epsilon))[:k])
    np.testing.assert_array_equal(np.arange(start, start + k), nearest)


def test_a_window_larger_than_the_spectrum_is_refused():
    with pytest.raises(ValueError, match=r"states_per_window: must be .* <= 20"):
        indicators_of_block(xxz_chain(6), fields(6, 1, 1), np.array([0.5]), 21)


def test_gap_ratio_limits():
    """Poisson 2 ln 2 - 1 and GOE 0.5307; errors of 10^5 ratios: five sigma, false alarm 6e-7."""
    rng = np.random.default_rng(5)
    ratios = gap_ratios(np.sort(rng.uniform(0, 1, 200_000)))
    # Neighbouring ratios share a gap: the error of independent ones, doubled.
    assert abs(ratios.mean() - POISSON_GAP_RATIO) < 10 * ratios.std() / np.sqrt(ratios.size)
    matrices = rng.standard_normal((300, 100, 100))
    levels = np.linalg.eigvalsh(matrices + matrices.transpose(0, 2, 1))
    means = gap_ratios(levels[:, 25:75]).mean(axis=1)
    assert abs(means.mean() - GOE_GAP_RATIO) < 5 * means.std(ddof=1) / np.sqrt(300)


def test_gap_ratios_of_degenerate_levels_are_undefined():
    """Levels closer than 1e-12 of the width: the gap between them is rounding."""
    levels = np.array([0.0, 1.0, 3.0, 3.0 + 1e-13, 4.0])
    np.testing.assert_array_equal(gap_ratios(levels, 4.0), [0.5, np.nan, np.nan])
    batch = np.stack([levels, levels])
    found = gap_ratios(batch, np.array([4.0, 1e-3]))
    np.testing.assert_array_equal(np.isnan(found), [[False, True, True], [False] * 3])


@settings(max_examples=20)
@given(st.sampled_from([6, 8]), st.integers(0, 1000), st.floats(-3, 3))
def test_indicators_are_invariant_where_the_physics_is(L, seed, shift):
    """All under h -> h + c; gap ratio and spin fraction under ring translation too, while the
    entropy of a fixed half is not."""
    h = fields(L, 4.0, 1, seed)
    grid = np.array([0.3, 0.5])
    chain = xxz_chain(L, operators="pauli")
    here = indicators_of_block(chain, h, grid, 8)
    shifted = indicators_of_block(chain, h + shift, grid, 8)
    turned = indicators_of_block(chain, np.roll(h, 1, axis=1), grid, 8)
    for name in ("gap_ratio", "entanglement_entropy", "number_entropy", "spin_fraction"):
        np.testing.assert_allclose(shifted[name], here[name], atol=1e-8)
    for name in ("gap_ratio", "spin_fraction", "window_width"):
        np.testing.assert_allclose(turned[name], here[name], atol=1e-8)
    assert np.abs(turned["entanglement_entropy"] - here["entanglement_entropy"]).max() > 1e-6


def test_strong_disorder_is_localised():
    """Product states but for J/h: no entropy; f is 0, or 1 where M vanishes at J = 0."""
    chain = xxz_chain(8, operators="pauli")
    _, vectors = diagonalise(chain, fields(8, 1e6, 1)[0])
    entropies = half_chain_entropies(vectors, chain.states, 8)
    assert entropies.total.max() < 1e-3
    wave = spin_wave(chain)
    f = spin_fractions(vectors**2, wave)
    silent = (wave[np.abs(vectors).argmax(axis=0)] ** 2).sum(axis=1) < 1e-12
    assert 0 < silent.sum() < len(f) / 2
    assert f[~silent].max() < 1e-3
    np.testing.assert_allclose(f[silent], 1.0, atol=1e-3)


def test_sector_mean_of_the_spin_wave():
    """<M^dag M> averaged over the sector is L^2/(4(L-1)) in spin operators."""
    for L in (4, 6, 8, 10):
        wave = spin_wave(xxz_chain(L))
        assert (wave**2).sum(axis=1).mean() == pytest.approx(L**2 / (4 * (L - 1)), rel=1e-13)


def test_spin_fraction_of_a_product_state_is_zero():
    chain = xxz_chain(6)
    f = spin_fractions(np.eye(chain.dimension), spin_wave(chain))
    np.testing.assert_allclose(f, 0, atol=1e-14)


def test_conventions_agree():
    """Pauli at h and spin at h/2 have the same eigenvectors: equal indicators."""
    h = fields(8, 5.0, 2)
    pauli = indicators_of_block(xxz_chain(8, operators="pauli"), h, np.array([0.5]), 10)
    spin = indicators_of_block(xxz_chain(8), h / 2, np.array([0.5]), 10)
    np.testing.assert_allclose(
        spin["entanglement_entropy"], pauli["entanglement_entropy"], atol=1e-9
    )
    np.testing.assert_allclose(
        4 * spin["extremal_energies"], pauli["extremal_energies"], atol=1e-10
    )


def test_entropy_is_bounded_by_the_number_of_states():
    chain = xxz_chain(8)
    _, vectors = diagonalise(chain, fields(8, 1.0, 1)[0])
    entropies = half_chain_entropies(vectors, chain.states, 8)
    assert entropies.total.max() <= 4 * np.log(2) + 1e-12


def test_disorder_is_uniform_and_keyed():
    one = draw_fields(1, 8, 2.0, "train", 0, 50)
    assert one.shape == (50, 8)
    assert np.abs(one).max() <= 2.0
    np.testing.assert_array_equal(one, draw_fields(1, 8, 2.0, "train", 0, 50))
    np.testing.assert_array_equal(one[:20], draw_fields(1, 8, 2.0, "train", 0, 20))
    for other in (
        (2, 8, 2.0, "train", 0),
        (1, 8, 2.0, "test", 0),
        (1, 8, 2.0, "train", 1),
        (1, 8, 2.5, "train", 0),
    ):
        assert np.abs(one / 2 - draw_fields(*other, 50) / other[2]).max() > 0.1
    # Kolmogorov-Smirnov at a level of 1e-6, on 4000 draws.
    from scipy.stats import kstest

    assert kstest(draw_fields(1, 8, 2.0, "train", 0, 500).ravel(), "uniform", (-2, 4)).pvalue > 1e-6
