"""Exact energies of rings: free fermions, Bethe's equations and diagonalisation agree."""

import numpy as np
import pytest

from spinlearn.nqs.rbm import vector, without_biases
from spinlearn.nqs.systems import (
    Ring,
    bethe_energy,
    chain,
    exact_energy,
    ground_vector,
    in_sector,
    tfi_energy,
)
from spinlearn.spins.hamiltonians import xxz_chain


@pytest.mark.parametrize("N", [4, 6, 8, 10, 12])
def test_bethe_energies_are_those_of_diagonalisation(N):
    """Independent route: the whole spectrum of the ring that is not turned, `xxz_chain`."""
    levels = np.linalg.eigvalsh(xxz_chain(N, operators="pauli").H0.toarray())
    assert bethe_energy(N) == pytest.approx(levels[0], abs=1e-9)
    assert exact_energy(Ring("heisenberg", N)) == pytest.approx(levels[0], abs=1e-9)


def test_long_rings_approach_hulthen_s_energy():
    """E_0 / N = 1 - 4 ln 2 - pi^2 / (3 N^2) (Pauli matrices), up to logarithms (Hamer 1986)."""
    for N in (40, 100, 200):
        difference = bethe_energy(N) / N - (1 - 4 * np.log(2))
        assert difference == pytest.approx(-(np.pi**2) / (3 * N**2), rel=0.1)


@pytest.mark.parametrize("h", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("N", [4, 7, 10])
def test_free_fermions_are_the_lowest_even_level(N, h):
    ring = Ring("tfi", N, h=h)
    vector = ground_vector(ring)
    assert vector @ (chain(ring).H0 @ vector) == pytest.approx(tfi_energy(N, h), abs=1e-10)
    np.testing.assert_allclose(vector, vector[::-1], rtol=0, atol=1e-12)
    assert vector.min() > -1e-12


def test_marshall_s_rule_makes_amplitudes_positive():
    ring = Ring("heisenberg", 8)
    psi = ground_vector(ring)
    assert psi.min() > 0
    turned = chain(ring).H0.toarray()
    assert (turned - np.diag(np.diag(turned))).max() <= 0


def test_vectors_of_all_configurations_are_cut_to_the_sector():
    ring = Ring("heisenberg", 4)
    found = in_sector(ring, vector(without_biases(np.zeros((1, 4), complex))), chain(ring))
    np.testing.assert_allclose(found, np.full(6, 6**-0.5))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Ring("heisenberg", 9), "frustrated: the Marshall sign rule needs an even number"),
        (lambda: Ring("xy", 8), "'xy' is not one of tfi, heisenberg"),
        (lambda: Ring("tfi", 2), "N"),
        (lambda: Ring("tfi", 8, h=-1.0), "h"),
        (lambda: bethe_energy(7), "even number of sites, not 7"),
        (lambda: exact_energy(Ring("heisenberg", 30, J_z=2.0)), "take J_z = 1, or at most 20"),
    ],
)
def test_wrong_rings_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
