"""Zhong 2022, appendix A, numerically: propositions 1 and 2 at sizes that are solved exactly."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.linalg

from spinlearn.hbm.machine import born_machine
from spinlearn.spins import chain_family, evolve, spin_chain
from spinlearn.spins.product_states import all_amplitudes, product_state

VISIBLE, HIDDEN, TIME = 4, 2, 3.0


def distributions(J_zz, hidden_state, strength):
    """p after two quenches of the open basic machine, and of the hidden one on a ring.

    The hidden spins have strong fields, and begin in |+> or up. If they are up, the fields of their
    two visible neighbours are corrected by -J_zz/2.
    """
    fields = np.random.default_rng(3).uniform(-4, 4, (2, VISIBLE))
    basic = born_machine(VISIBLE, 0, quench_time=TIME, boundary="open", J_zz=J_zz)
    hidden = born_machine(VISIBLE, HIDDEN, quench_time=TIME, J_zz=J_zz)
    spins = product_state("plus", VISIBLE + HIDDEN)
    if hidden_state == "up":
        spins[VISIBLE:] = [0.0, 1.0]
    small, large = basic.initial_state("plus"), all_amplitudes(spins)[hidden.chain.states]
    correction = np.zeros(VISIBLE)
    correction[[0, -1]] = -0.5 * J_zz * (hidden_state == "up")
    for h in fields:
        strong = strength * np.array([1.0, 1.3])
        small = basic.quench(small, h[None])[0]
        large = hidden.quench(large, np.concatenate([h + correction, strong])[None])[0]
    return basic.distribution(small), hidden.distribution(large)


def largest_error(*case):
    p, q = distributions(*case)
    return np.abs(p - q).max()


@pytest.mark.parametrize("J_zz", [0.0, 1.0])
def test_strong_fields_decouple_hidden_spins(J_zz):
    """Proposition 1: the basic machine's distributions are limits of the hidden machine's.

    Its proof needs a coupling far below the other energies, while here it is J. Strong fields on
    hidden spins average their exchange out; what is left is of second order, J^2/h, so that the
    error halves when the fields double. The limit is the open basic machine: on a ring the hidden
    spins stand between the ends of the visible part.
    """
    errors = [largest_error(J_zz, "up", h) for h in (400.0, 800.0, 1600.0)]
    assert errors[0] < 2e-4
    for one, two in pairwise(errors):
        assert one / two == pytest.approx(2, rel=0.01)


def test_hidden_spins_in_plus_decouple_without_ising_coupling():
    """The error oscillates with the fields, but stays below a bound that falls as 1/h."""
    for h in (200.0, 400.0, 800.0, 1600.0, 3200.0):
        assert largest_error(0.0, "plus", h) < 0.25 / h


def test_ising_coupling_does_not_decouple_from_hidden_spins_in_plus():
    """With J_zz a hidden spin in |+> is a random static field on its neighbour, at any h."""
    assert min(largest_error(1.0, "plus", h) for h in (400.0, 1600.0)) > 0.01


BONDS = [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]
"""Bonds of a 2 x 3 lattice."""

SUBLATTICE = [0, 2, 4]
"""K, every second site, as on a checkerboard."""

FIELDS = np.random.default_rng(5).uniform(-1, 1, 6)


def lattice(letters):
    terms = [(1.0, pair, bond) for pair in letters for bond in BONDS]
    return spin_chain(6, terms, magnetisation=None)


def pulse(chain):
    """The product of sigma^z over K, diagonal."""
    return np.prod(2 * chain.z[:, SUBLATTICE], axis=1)


def test_pulses_on_a_sublattice_leave_the_ising_model():
    """Proposition 2: Z_K e^{-iHt/2} Z_K e^{-iHt/2} is e^{-i H_Ising t} up to t^2.

    By dense matrices. Z_K turns H = I + X into I - X, with I the Ising part and X the exchange. By
    Baker, Campbell and Hausdorff the error is (t^2/4) |[I, X]|, and without pulses t |X|.
    """
    H, ising = (lattice(letters).dense(FIELDS) for letters in (("xx", "yy", "zz"), ("zz",)))
    Z = np.diag(pulse(lattice(("zz",))))
    exchange = H - ising
    assert np.abs(Z @ H @ Z - (ising - exchange)).max() < 1e-15
    for t in (2e-2, 1e-2):
        half, exact = (scipy.linalg.expm(-1j * A) for A in (H * t / 2, ising * t))
        error = np.linalg.norm(Z @ half @ Z @ half - exact, 2)
        commutator = ising @ exchange - exchange @ ising
        assert error / t**2 == pytest.approx(np.linalg.norm(commutator, 2) / 4, rel=2 * t)
        unpulsed = np.linalg.norm(half @ half - exact, 2)
        assert unpulsed / t == pytest.approx(np.linalg.norm(exchange, 2), rel=2 * t)


def test_more_pulses_in_a_fixed_time_approach_the_ising_model():
    """n pulses in a time T: the error is of the order T^2/n; by the library's evolution."""
    chain, time = lattice(("xx", "yy", "zz")), 2.0
    family, diagonal, Z = chain_family(chain), chain.diagonal(FIELDS)[None], pulse(chain)
    start = all_amplitudes(product_state("random_product", 6, np.random.default_rng(1)))
    start = start[chain.states]
    levels = lattice(("zz",)).dense(FIELDS).diagonal()
    exact = np.exp(-1j * levels * time) * start
    errors = []
    for pulses in (32, 64, 128):
        psi = start
        for _ in range(pulses):
            psi = Z * evolve(family, diagonal, psi, time / pulses).states[0]
        errors.append(np.linalg.norm(psi - exact))
    assert errors[-1] < 0.05
    for one, two in pairwise(errors):
        assert one / two == pytest.approx(2, rel=0.15)


def test_a_short_strong_field_is_a_pulse():
    """Zhong 2022, eq. A5: a field pi/dt for a time dt is -i sigma^z on each site of K, up to dt."""
    chain = lattice(("xx", "yy", "zz"))
    psi = all_amplitudes(product_state("random_product", 6, np.random.default_rng(1)))
    psi = psi[chain.states]
    errors = []
    for dt in (2e-3, 1e-3):
        strong = FIELDS.copy()
        strong[SUBLATTICE] += np.pi / dt
        found = evolve(chain_family(chain), chain.diagonal(strong)[None], psi, dt).states[0]
        errors.append(np.linalg.norm(found - (-1j) ** len(SUBLATTICE) * pulse(chain) * psi))
    assert errors[1] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.05)
