"""Product states: amplitudes by hand, directions by Kolmogorov and Smirnov."""

from functools import reduce

import numpy as np
import pytest
from scipy.stats import kstest

from spinlearn.spins.product_states import all_amplitudes, product_state


def test_plus_has_all_amplitudes_alike():
    psi = all_amplitudes(product_state("plus", 5))
    np.testing.assert_allclose(psi, 2**-2.5, rtol=1e-14)


@pytest.mark.parametrize(("L", "index"), [(1, 0b0), (4, 0b0101), (5, 0b01010)])
def test_neel_begins_with_a_spin_down(L, index):
    psi = all_amplitudes(product_state("neel", L))
    assert np.flatnonzero(psi).tolist() == [index]
    assert psi[index] == 1


def test_site_0_is_the_most_significant_bit():
    rng = np.random.default_rng(0)
    spins = rng.normal(size=(4, 2)) + 1j * rng.normal(size=(4, 2))
    spins /= np.linalg.norm(spins, axis=1, keepdims=True)
    psi = all_amplitudes(spins)
    for index in (0b0000, 0b1000, 0b0011, 0b1101):
        bits = [index >> shift & 1 for shift in (3, 2, 1, 0)]
        expected = np.prod([spin[bit] for spin, bit in zip(spins, bits, strict=True)])
        assert psi[index] == pytest.approx(expected, abs=1e-14)
    np.testing.assert_allclose(psi, reduce(np.kron, spins), rtol=1e-14)


def test_random_directions_are_uniform_on_the_sphere():
    """Each of x, y, z is uniform in [-1, 1]; false alarm 3e-6, and the seed is fixed."""
    spins = product_state("random_product", 4000, np.random.default_rng(1))
    down, up = spins.T
    np.testing.assert_allclose(np.abs(down) ** 2 + np.abs(up) ** 2, 1.0, rtol=1e-14)
    turned = 2 * up.conj() * down
    for component in (turned.real, turned.imag, np.abs(up) ** 2 - np.abs(down) ** 2):
        assert kstest(component, "uniform", args=(-1, 2)).pvalue > 1e-6


def test_random_directions_need_a_generator():
    with pytest.raises(ValueError, match="needs a generator"):
        product_state("random_product", 4)
