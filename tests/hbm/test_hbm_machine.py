"""Born machines: measured distributions, conservation laws, observables against dense algebra."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import xxz_dense

from spinlearn.hbm.machine import BornMachine, Drive, born_machine
from spinlearn.spins.hamiltonians import xxz_chain
from spinlearn.spins.product_states import all_amplitudes

TILTED = {"operators": "pauli", "J_zz": 0.5, "J2": 0.2, "h_x": 0.3}
"""A chain without conserved S^z."""

DRIVE = Drive(strength=0.05, correlation_time=1.0)


def make_machine(visible, hidden, *, quench_time=10.0, drive=None, **couplings):
    chain = xxz_chain(visible + hidden, magnetisation=None, **couplings)
    return BornMachine(chain, visible, quench_time=quench_time, drive=drive)


def random_state(machine, seed=0):
    rng = np.random.default_rng(seed)
    psi = rng.normal(size=2**machine.L) + 1j * rng.normal(size=2**machine.L)
    return psi / np.linalg.norm(psi)


def random_fields(machine, h, count, seed=0):
    return np.random.default_rng(seed).uniform(-h, h, (count, machine.L))


CHAINS = [
    {},
    {"J_zz": 0.0},
    {"J_xy": 0.6, "J_zz": -1.3, "J2": 0.4},
    {"h_x": 0.7},
    {"J_xy": 0.0, "J_zz": 0.5, "J2": -0.3, "h_x": -0.4},
]


@pytest.mark.parametrize("operators", ["spin", "pauli"])
@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize("couplings", CHAINS)
@pytest.mark.parametrize("drive", ["none", "x", "xy"])
def test_quench_is_the_matrix_exponential(drive, couplings, boundary, operators):
    """The Hamiltonian term by term from Kronecker products, in the whole space, by `expm`."""
    chain = {**couplings, "boundary": boundary, "operators": operators}
    driven = {} if drive == "none" else {"drive_strength": 0.3, "drive_plane": drive}
    machine = born_machine(3, 2, quench_time=2.0, drive_time=0.8, **driven, **chain)
    assert (machine.visible, machine.hidden) == (3, 2)
    psi, fields = random_state(machine), random_fields(machine, 3.0, 3)
    drives = machine.draw_drives(3, np.random.default_rng(1))
    found = machine.quench(psi, fields, drives)
    ascending = np.argsort(machine.chain.states)
    h_x, unit = chain.pop("h_x", 0.0), {"spin": 1, "pauli": 2}[operators]
    along_y = [unit * xxz_dense.on_site(xxz_dense.SPIN["y"], site, 5) for site in range(5)]
    for n in range(3):
        expected = psi[ascending]
        for k, duration in enumerate(machine.slices):
            d = np.zeros((5, 2)) if drives is None else np.pad(drives[n, k], ((0, 0), (0, 1)))
            H = xxz_dense.hamiltonian(5, fields[n], h_x=h_x + d[:, 0], **chain)
            H = H + sum(y * matrix for y, matrix in zip(d[:, 1], along_y, strict=True))
            expected = scipy.linalg.expm(-1j * duration * H) @ expected
        # Rounding grows with the norm of H times the time, here up to 100.
        assert np.abs(found[n][ascending] - expected).max() < 1e-12


@pytest.mark.parametrize(
    ("sizes", "sites"),
    [((6, 2), (0, 1, 2, 4, 5, 6)), ((6, 3), (0, 1, 3, 4, 6, 7)), ((5, 2), (0, 1, 3, 4, 5)),
     ((4, 1), (0, 1, 2, 3)), ((4, 0), (0, 1, 2, 3)), ((2, 4), (1, 4)), ((1, 3), (2,))],
)  # fmt: skip
def test_hidden_spins_are_spread_evenly(sizes, sites):
    """By a marginal over the bits of all sites, one site after another."""
    machine = born_machine(*sizes, hidden_sites="spread")
    assert machine.visible_sites == sites
    assert born_machine(*sizes).visible_sites == tuple(range(sizes[0]))
    psi = random_state(machine)
    weights = np.abs(psi[np.argsort(machine.chain.states)].reshape((2,) * machine.L)) ** 2
    hidden = tuple(set(range(machine.L)) - set(sites))
    assert np.abs(machine.distribution(psi) - weights.sum(axis=hidden).ravel()).max() < 1e-15


@pytest.mark.parametrize("hidden_sites", ["last", "spread"])
@pytest.mark.parametrize("hidden", [0, 2])
def test_initial_state_has_the_sectors_of_the_target(hidden, hidden_sites):
    machine = born_machine(4, hidden, hidden_sites=hidden_sites)
    target = np.random.default_rng(4).dirichlet(np.ones(16))
    target[0b1111] = 0.0
    target /= target.sum()
    psi = machine.initial_state("target_sectors", target=target)
    p = machine.distribution(psi)
    for k in range(5):
        strings = [z for z in range(16) if z.bit_count() == k]
        assert np.abs(p[strings] - target[strings].mean()).max() < 1e-15
    assert np.abs(psi.imag).max() == 0
    assert psi.real.min() >= 0
    for site in set(range(machine.L)) - set(machine.visible_sites):
        flipped = np.searchsorted(
            -machine.chain.states, -(machine.chain.states ^ (1 << (machine.L - 1 - site)))
        )
        assert np.abs(psi[flipped] - psi).max() < 1e-15


@pytest.mark.parametrize("drive", [None, DRIVE, replace(DRIVE, plane="xy")])
def test_last_candidates_start_in_the_last_states(drive):
    machine = make_machine(4, 2, drive=drive)
    psi = np.stack([random_state(machine, seed) for seed in range(3)])
    fields, drives = (
        random_fields(machine, 8.0, 5),
        machine.draw_drives(5, np.random.default_rng(0)),
    )
    found = machine.quench(psi, fields, drives)
    each = machine.quench(psi[[0, 0, 0, 1, 2]], fields, drives)
    assert np.abs(found - each).max() < 1e-13


@pytest.mark.parametrize("drive", [None, DRIVE, replace(DRIVE, plane="xy")])
@given(seed=st.integers(0, 2**32 - 1), h=st.floats(0.1, 20))
@settings(max_examples=15)
def test_a_quench_keeps_the_norm_and_probabilities_add_up(drive, seed, h):
    machine = make_machine(4, 2, drive=drive)
    rng = np.random.default_rng(seed)
    states = machine.quench(
        random_state(machine, seed), random_fields(machine, h, 3, seed), machine.draw_drives(3, rng)
    )
    assert np.abs(np.linalg.norm(states, axis=1) - 1).max() < 1e-12
    p = machine.distribution(states)
    assert p.min() >= 0
    assert np.abs(p.sum(axis=1) - 1).max() < 1e-12


@pytest.mark.parametrize("couplings", [{}, TILTED])
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), h=st.floats(0.1, 20))
def test_energy_is_conserved_within_a_quench(couplings, seed, h):
    machine = make_machine(4, 2, **couplings)
    fields, psi = random_fields(machine, h, 4, seed), random_state(machine, seed)
    states = machine.quench(psi, fields)
    for n in range(4):
        before, after = machine.energy(psi, fields[n]), machine.energy(states[n], fields[n])
        assert abs(after - before) < 1e-12 * (5 + 6 * h)
        exact = psi.conj() @ machine.chain.dense(fields[n]) @ psi
        assert abs(before - exact) < 1e-13 * (5 + 6 * h)


def test_the_distribution_is_the_diagonal_of_the_reduced_density_matrix():
    machine = make_machine(3, 2)
    psi = random_state(machine)
    ordered = psi[np.argsort(machine.chain.states)].reshape(8, 4)
    rho = ordered @ ordered.conj().T
    assert np.abs(machine.distribution(psi) - np.diag(rho)).max() < 1e-15


def test_bit_0_is_site_0_and_1_is_up():
    machine = make_machine(4, 2)
    up, down = np.array([0, 1.0]), np.array([1.0, 0])
    spins = np.array([up, down, down, down, up, up], dtype=complex)
    p = machine.distribution(all_amplitudes(spins)[machine.chain.states])
    assert np.argmax(p) == 0b1000
    assert p[0b1000] == 1
    # The same by the field's energy: site 0 is up, so a field there alone costs + h/2.
    h = np.zeros(6)
    h[0] = 2.0
    psi = all_amplitudes(spins)[machine.chain.states]
    assert machine.energy(psi, h) - machine.energy(psi, np.zeros(6)) == pytest.approx(1.0)


@pytest.mark.parametrize(("hidden", "reachable"), [(2, 50), (0, 20)])
def test_from_a_neel_state_conservation_leaves_part_of_the_outcomes(hidden, reachable):
    machine = make_machine(6, hidden)
    psi = machine.initial_state("neel")
    for fields in random_fields(machine, 2.0, 3):
        psi = machine.quench(psi, fields[None])[0]
    p = machine.distribution(psi)
    half = machine.L // 2
    allowed = [z for z in range(64) if half - hidden <= z.bit_count() <= half]
    assert len(allowed) == reachable == sum(comb(6, half - k) for k in range(hidden + 1))
    assert np.count_nonzero(p) == reachable
    assert np.all(p[allowed] > 1e-9)


def test_from_plus_every_outcome_is_reachable_but_magnetisation_stays_binomial():
    machine = make_machine(6, 0)
    psi = machine.quench(machine.initial_state("plus"), random_fields(machine, 3.0, 1))[0]
    p = machine.distribution(psi)
    assert p.min() > 0
    ups = np.array([z.bit_count() for z in range(64)])
    for k in range(7):
        assert abs(p[ups == k].sum() - comb(6, k) / 64) < 1e-13


def test_machine_without_hidden_spins_measures_all():
    basic = born_machine(6, 0)
    states = basic.quench(basic.initial_state("plus"), random_fields(basic, 4.0, 5))
    assert np.abs(basic.distribution(states) - (np.abs(states) ** 2)[:, ::-1]).max() < 1e-15


def test_without_coupling_the_distribution_never_changes():
    machine = make_machine(4, 2, J_xy=0.0, J_zz=0.0)
    psi = random_state(machine)
    p = machine.distribution(machine.quench(psi, random_fields(machine, 5.0, 4)))
    assert np.abs(p - machine.distribution(psi)).max() < 1e-14


def test_a_decoupled_hidden_part_changes_nothing():
    """Ising coupling alone: hidden spins dephase the visible ones but move no probability."""
    machine = make_machine(4, 2, J_xy=0.0)
    p = machine.distribution(machine.quench(random_state(machine), random_fields(machine, 5.0, 4)))
    assert np.abs(p - machine.distribution(random_state(machine))).max() < 1e-14


def test_reflected_fields_reflect_the_distribution():
    machine = make_machine(6, 0, boundary="open")
    fields = random_fields(machine, 3.0, 3)
    plus = machine.initial_state("plus")
    p, mirrored = (machine.distribution(machine.quench(plus, f)) for f in (fields, fields[:, ::-1]))
    reverse = [int(f"{z:06b}"[::-1], 2) for z in range(64)]
    assert np.abs(mirrored[:, reverse] - p).max() < 1e-12


def test_reversed_fields_flip_every_string_from_plus():
    machine = make_machine(4, 2)
    fields = random_fields(machine, 3.0, 3)
    plus = machine.initial_state("plus")
    p, flipped = (machine.distribution(machine.quench(plus, f)) for f in (fields, -fields))
    assert np.abs(flipped[:, ::-1] - p).max() < 1e-12


def test_initial_states():
    machine = make_machine(4, 2)
    plus = machine.initial_state("plus")
    assert np.abs(plus - 1 / 8).max() < 1e-15
    neel = machine.distribution(machine.initial_state("neel"))
    assert neel[0b0101] == 1
    random = machine.initial_state("random_product", np.random.default_rng(3))
    assert abs(np.linalg.norm(random) - 1) < 1e-14
    assert np.abs(machine.entropy(random)) < 1e-12
    assert not np.allclose(
        random, machine.initial_state("random_product", np.random.default_rng(4))
    )


def test_random_product_directions_are_uniform_on_the_sphere():
    """<S^z> of a uniform direction has mean 0 and variance 1/12; the phase has mean 0.

    6 sites of 400 states: 2400 draws; each of the three tests at 4 sigma, false alarm 2e-4.
    """
    machine = make_machine(6, 0)
    rng = np.random.default_rng(12)
    states = np.array([machine.initial_state("random_product", rng) for _ in range(400)])
    sz = ((np.abs(states) ** 2) @ machine.chain.z).ravel()
    n = sz.size
    assert abs(sz.mean()) < 4 * np.sqrt(1 / 12 / n)
    # Var((S^z)^2) = 1/80 - 1/144 for a uniform law on [-1/2, 1/2].
    assert abs((sz**2).mean() - 1 / 12) < 4 * np.sqrt((1 / 80 - 1 / 144) / n)
    sx = [np.vdot(s, s[::-1]).real for s in states]  # product of 6 sigma^x: mean 0, variance 3^-6
    assert abs(np.mean(sx)) < 4 * np.sqrt(3.0**-6 / 400)


@pytest.mark.parametrize("left", [1, 2, 3, 5])
def test_entropy_is_that_of_the_reduced_density_matrix(left):
    machine = make_machine(4, 2)
    states = np.array([random_state(machine, seed) for seed in range(3)])
    for psi, found in zip(states, machine.entropy(states, left), strict=True):
        matrix = psi[np.argsort(machine.chain.states)].reshape(2**left, -1)
        levels = np.linalg.eigvalsh(matrix @ matrix.conj().T)
        expected = -(levels * np.log(levels.clip(1e-300))).sum()
        assert abs(found - expected) < 1e-12


def test_entropy_of_bell_pairs_across_the_cut():
    machine = make_machine(4, 0)
    psi = np.zeros(16, dtype=complex)
    for a in range(4):
        psi[np.flatnonzero(machine.chain.states == 0b101 * a)] = 0.5
    assert machine.entropy(psi) == pytest.approx(2 * np.log(2), abs=1e-14)


def test_hamming_distance_of_known_states():
    machine = make_machine(4, 2)
    neel = machine.initial_state("neel")
    assert machine.hamming_distance(neel, machine.flipped(neel)) == pytest.approx(0, abs=1e-15)
    # One exchange of neighbours flips two spins of six, and sigma^z_i is a number on the start.
    psi = np.zeros_like(neel)
    psi[machine.chain.states == 0b100101] = 1
    flipped = 2 * (machine.chain.z.T @ np.abs(neel) ** 2)[:, None] * psi
    assert machine.hamming_distance(psi, flipped) == pytest.approx(2 / 6, abs=1e-15)


@pytest.mark.parametrize("couplings", [{}, TILTED])
def test_hamming_distance_is_equation_9_in_the_heisenberg_picture(couplings):
    machine = make_machine(3, 1, **couplings)
    psi, h = random_state(machine), random_fields(machine, 2.0, 1)
    U = scipy.linalg.expm(-1j * machine.quench_time * machine.chain.dense(h[0]))
    expected = 0.5
    for i in range(4):
        sigma = np.diag(np.where(machine.chain.states >> (3 - i) & 1, 1.0, -1.0))
        expected -= (psi.conj() @ U.conj().T @ sigma @ U @ sigma @ psi).real / 8
    flipped = machine.quench(machine.flipped(psi), np.repeat(h, 4, axis=0))
    found = machine.hamming_distance(machine.quench(psi, h)[0], flipped)
    assert abs(found - expected) < 1e-12


def test_thermal_hamming_distance_from_plus_is_a_half_less_one_over_2L():
    """Many strong random quenches scramble; the conserved magnetisation keeps 1/(2L).

    Mean of 60 quenches of four runs; the standard deviation of one value is near 0.008 and values
    are nearly independent, so 0.004 is four standard errors: false alarm below 1e-4.
    """
    machine = make_machine(6, 0)
    rng = np.random.default_rng(5)
    values = []
    for _ in range(4):
        psi = machine.initial_state("plus")
        flipped = machine.flipped(psi)
        for m in range(80):
            h = rng.uniform(-1.5, 1.5, (1, 6))
            psi = machine.quench(psi, h)[0]
            flipped = machine.quench(flipped, np.repeat(h, 6, axis=0))
            if m >= 20:
                values.append(machine.hamming_distance(psi, flipped))
    assert abs(np.mean(values) - (0.5 - 1 / 12)) < 0.004


def test_slices_of_a_drive_add_up():
    for T, tau in ((10.0, 1.0), (1.0, 0.3), (2.0, 2.0), (0.9, 0.3), (1.0, 5.0)):
        slices = make_machine(2, 0, quench_time=T, drive=Drive(0.1, tau)).slices
        assert abs(sum(slices) - T) < 1e-12
        assert all(0 < s <= tau + 1e-12 for s in slices)
        assert len(slices) == max(1, int(np.ceil(T / tau - 1e-9)))


@pytest.mark.parametrize(("variance", "expected"), [("2D", 0.16), ("2D/tau", 0.32)])
def test_variance_of_a_drive_along_x_and_y(variance, expected):
    """12000 normal draws of each axis: their variance is known to sqrt(2/n) = 1.3 %; 4 sigma."""
    drive = Drive(0.08, 0.5, variance=variance, plane="xy")
    drawn = make_machine(3, 0, drive=drive).draw_drives(200, np.random.default_rng(0))
    assert drawn.shape == (200, 20, 3, 2)
    x, y = drawn[..., 0].ravel(), drawn[..., 1].ravel()
    for axis in (x, y):
        assert abs(axis.var() / expected - 1) < 4 * np.sqrt(2 / axis.size)
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(x.size)


def test_drives_have_standard_deviation_root_2D_and_are_shared_or_not():
    """10000 normal draws: their variance is known to sqrt(2/n) = 1.4 %; 4 sigma, 6e-5."""
    machine = make_machine(5, 0, drive=Drive(0.08, 1.0))
    own = machine.draw_drives(200, np.random.default_rng(0))
    assert own.shape == (200, 10, 5, 1)
    assert abs(own.var() / 0.16 - 1) < 4 * np.sqrt(2 / own.size)
    shared = make_machine(5, 0, drive=Drive(0.08, 1.0, shared=True))
    common = shared.draw_drives(200, np.random.default_rng(0))
    assert np.array_equal(common, np.broadcast_to(common[0], common.shape))
    assert make_machine(5, 0).draw_drives(3, np.random.default_rng(0)) is None


def test_a_drive_breaks_the_conservation_of_magnetisation():
    machine = make_machine(6, 0, drive=Drive(0.5, 1.0))
    drives = machine.draw_drives(1, np.random.default_rng(0))
    states = machine.quench(machine.initial_state("neel"), random_fields(machine, 1.0, 1), drives)
    assert np.count_nonzero(machine.distribution(states)[0] > 1e-6) > 20


def test_field_along_x_reaches_every_outcome():
    """Without it, S^z leaves 50 of the 64 outcomes to the Neel state."""
    machine = born_machine(h_x=0.3)
    psi = machine.quench(machine.initial_state("neel"), random_fields(machine, 2.0, 1))
    assert machine.distribution(psi)[0].min() > 1e-8


def test_pauli_machine_is_a_faster_spin_machine():
    """H_pauli(J, h) = 4 H_spin(J, h/2), and a field along x of h_x is one of h_x/2."""
    spin = born_machine(4, 2, quench_time=8.0, J2=0.3, h_x=0.2)
    pauli = born_machine(4, 2, quench_time=2.0, operators="pauli", J2=0.3, h_x=0.4)
    psi, h = random_state(spin), random_fields(spin, 2.0, 3)
    assert np.abs(spin.quench(psi, h) - pauli.quench(psi, 2 * h)).max() < 1e-12
    assert np.array_equal(spin.flipped(psi), pauli.flipped(psi))


def test_single_sector_is_refused():
    with pytest.raises(ValueError, match="needs all 64 states of its 6 spins, the chain has 20"):
        BornMachine(xxz_chain(6), 4)
    with pytest.raises(ValueError, match="visible: must be 1 to 6, the chain's sites; got 7"):
        BornMachine(xxz_chain(6, magnetisation=None), 7)


def test_faults_are_refused():
    machine = born_machine(6, 0, drive_strength=0.05, drive_time=1.0)
    with pytest.raises(ValueError, match="give drives for a driven machine"):
        machine.quench(machine.initial_state("plus"), np.zeros((1, 6)))
    with pytest.raises(ValueError, match="needs a generator"):
        machine.initial_state("random_product")
    with pytest.raises(ValueError, match="target_sectors needs the target"):
        machine.initial_state("target_sectors")
