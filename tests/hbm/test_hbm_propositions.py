"""Zhong 2022, appendix A, numerically: propositions 1 and 2 at sizes that are solved exactly."""

from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg

from spinlearn.arguments import InvalidArgumentError
from spinlearn.hbm.propositions import decoupling_distances, pulsed_ising_errors
from spinlearn.spins import chain_family, evolve, spin_chain
from spinlearn.spins.product_states import all_amplitudes, product_state

FIELDS = np.random.default_rng(3).uniform(-4, 4, (2, 4))
"""Of four visible spins in two quenches."""

HALF_PAULI = {
    "x": np.array([[0, 0.5], [0.5, 0]]),
    "y": np.array([[0, 0.5j], [-0.5j, 0]]),
    "z": np.diag([-0.5, 0.5]),
}
"""Spin matrices for down and up, in this order."""


def product(L, axis, *sites):
    """S^a on some sites, as a Kronecker product."""
    return reduce(np.kron, [HALF_PAULI[axis] if i in sites else np.eye(2) for i in range(L)])


def xxz(bonds, fields, J_xy=1.0, J_zz=1.0):
    """The XXZ Hamiltonian on some bonds, from Kronecker products."""
    L = len(fields)
    H = sum(h * product(L, "z", i) for i, h in enumerate(fields))
    for bond in bonds:
        H = H + J_xy * (product(L, "x", *bond) + product(L, "y", *bond))
        H = H + J_zz * product(L, "z", *bond)
    return H


def test_distance_is_that_of_dense_evolutions():
    """By Kronecker products and matrix exponentials; three visible spins, one hidden and up."""
    fields, hidden_field, time = FIELDS[:, :3], 50.0, 1.5
    small, large = np.full(8, 8**-0.5), np.kron(np.full(8, 8**-0.5), [0.0, 1.0])
    for h in fields:
        corrected = [h[0] - 0.5, h[1], h[2] - 0.5, hidden_field]
        small = scipy.linalg.expm(-1j * time * xxz([(0, 1), (1, 2)], h)) @ small
        ring = xxz([(0, 1), (1, 2), (2, 3), (3, 0)], corrected)
        large = scipy.linalg.expm(-1j * time * ring) @ large
    p, q = abs(small) ** 2, (abs(large) ** 2).reshape(8, 2).sum(axis=1)
    found = decoupling_distances(fields, np.array([50.0]), hidden=1, quench_time=time)
    assert found == pytest.approx(0.5 * np.abs(p - q).sum(), rel=1e-9)


@pytest.mark.parametrize("J_zz", [0.0, 1.0])
def test_strong_fields_decouple_hidden_spins(J_zz):
    """Proposition 1: the basic machine's distributions are limits of the hidden machine's.

    Its proof needs a coupling far below the other energies, while here it is J. What is left is of
    second order, J^2/h, so that the distance halves when the fields double.
    """
    distances = decoupling_distances(FIELDS, np.array([400.0, 800.0, 1600.0]), J_zz=J_zz)
    assert distances[0] < 2e-3
    for one, two in pairwise(distances):
        assert one / two == pytest.approx(2, rel=0.01)


def test_hidden_spins_in_plus_decouple_without_ising_coupling():
    """The distance oscillates with the fields, but stays below a bound that falls as 1/h."""
    strengths = np.array([200.0, 400.0, 800.0, 1600.0, 3200.0])
    distances = decoupling_distances(FIELDS, strengths, hidden_state="plus", J_zz=0.0)
    assert (distances * strengths < 1.0).all()


def test_ising_coupling_does_not_decouple_from_hidden_spins_in_plus():
    """With J_zz a hidden spin in |+> is a random static field on its neighbour, at any h."""
    distances = decoupling_distances(FIELDS, np.array([400.0, 1600.0]), hidden_state="plus")
    assert distances.min() > 0.05


def test_distances_need_a_known_state():
    with pytest.raises(InvalidArgumentError, match="hidden_state"):
        decoupling_distances.__wrapped__(FIELDS, np.array([400.0]), hidden_state="down")


BONDS = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
"""Bonds of a 2 x 3 lattice."""

SUBLATTICE = [0, 2, 4]
"""K, every second site, as on a checkerboard."""

ON_SITES = np.random.default_rng(5).uniform(-1, 1, 6)
LATTICE = ON_SITES.reshape(2, 3)


def hamiltonians():
    """The XXZ model on the lattice, its Ising part, and Z_K, all dense."""
    Z = np.prod([np.diag(2 * product(6, "z", k)) for k in SUBLATTICE], axis=0)
    return xxz(BONDS, ON_SITES), xxz(BONDS, ON_SITES, J_xy=0.0), np.diag(Z)


def test_pulses_on_a_sublattice_leave_the_ising_model():
    """Proposition 2: Z_K e^{-iHt/2} Z_K e^{-iHt/2} is e^{-i H_Ising t} up to t^2.

    By dense matrices. Z_K turns H = I + X into I - X, with I the Ising part and X the exchange. By
    Baker, Campbell and Hausdorff the error is (t^2/4) |[I, X]|, and without pulses t |X|.
    """
    H, ising, Z = hamiltonians()
    exchange = H - ising
    commutator = ising @ exchange - exchange @ ising
    assert np.abs(Z @ H @ Z - (ising - exchange)).max() < 1e-15
    for t in (2e-2, 1e-2):
        pulsed, unpulsed = pulsed_ising_errors(LATTICE, np.array([2, 0]), time=t)
        assert pulsed / t**2 == pytest.approx(np.linalg.norm(commutator, 2) / 4, rel=2 * t)
        assert unpulsed / t == pytest.approx(np.linalg.norm(exchange, 2), rel=2 * t)


def test_error_is_that_of_dense_evolutions():
    """By matrix exponentials, four pulses one after another."""
    H, ising, Z = hamiltonians()
    quarter, exact = (scipy.linalg.expm(-1j * A) for A in (H / 4, ising))
    error = np.linalg.norm(Z @ quarter @ Z @ quarter @ Z @ quarter @ Z @ quarter - exact, 2)
    assert pulsed_ising_errors(LATTICE, np.array([4]), time=1.0) == pytest.approx(error, rel=1e-9)


def test_more_pulses_in_a_fixed_time_approach_the_ising_model():
    """n pulses in a time t: the error halves when their number doubles, below the first order."""
    H, ising, _ = hamiltonians()
    commutator = np.linalg.norm(ising @ H - H @ ising, 2)
    pulses = np.array([64, 128, 256])
    errors = pulsed_ising_errors(LATTICE, pulses, time=2.0)
    assert (errors < 2.0**2 * commutator / (2 * pulses)).all()
    for one, two in pairwise(errors):
        assert one / two == pytest.approx(2, rel=0.01)


def test_an_odd_number_of_pulses_is_refused():
    with pytest.raises(InvalidArgumentError, match="must be even"):
        pulsed_ising_errors(LATTICE, np.array([2, 3]))


def test_a_short_strong_field_is_a_pulse():
    """Zhong 2022, eq. A5: a field pi/dt for a time dt is -i sigma^z on each site of K, up to dt."""
    terms = [(1.0, pair, bond) for pair in ("xx", "yy", "zz") for bond in BONDS]
    chain = spin_chain(6, terms, magnetisation=None)
    psi = all_amplitudes(product_state("random_product", 6, np.random.default_rng(1)))
    psi = psi[chain.states]
    pulse = np.prod(2 * chain.z[:, SUBLATTICE], axis=1)
    errors = []
    for dt in (2e-3, 1e-3):
        strong = ON_SITES.copy()
        strong[SUBLATTICE] += np.pi / dt
        found = evolve(chain_family(chain), chain.diagonal(strong)[None], psi, dt).states[0]
        errors.append(np.linalg.norm(found - (-1j) ** len(SUBLATTICE) * pulse * psi))
    assert errors[1] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
