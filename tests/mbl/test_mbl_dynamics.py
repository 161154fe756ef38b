"""Dynamics against closed forms, free fermions, QuSpin and dense matrices.

Tolerances: states are accurate to about 1e-14 plus 1e-16 times the phase (energy times time). An
entropy changes by about ln(1e16) = 37 times as much, which 1e-11 covers at times up to 100/J.
"""

import numpy as np
import pytest
import scipy.linalg
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian as quspin_hamiltonian
from quspin.tools.evolution import ExpmMultiplyParallel
from reference import xxz_dense
from scipy.special import entr

from spinlearn.mbl import dynamics
from spinlearn.mbl.dynamics import dynamics_of_block, initial_spins, log_times
from spinlearn.spins.crossover import fastest_evolution
from spinlearn.spins.hamiltonians import spin_chain, xxz_chain
from spinlearn.spins.product_states import all_amplitudes, product_state

NAMES = ("imbalance", "entanglement_entropy", "number_entropy", "return_probability")
TIMES = np.array([0.0, 0.4, 3.0, 20.0])


def neel(L, realisations=1):
    return np.stack([product_state("neel", L)] * realisations)


def random_spins(L, realisations=1, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([product_state("random_product", L, rng) for _ in range(realisations)])


def random_fields(L, h, realisations=1, seed=1):
    return np.random.default_rng(seed).uniform(-h, h, (realisations, L))


def assert_found(found, expected, tolerance=1e-11):
    """`expected`: one row per time, columns as in `NAMES`; of the first realisation."""
    for name, values in zip(NAMES, np.array(expected).T, strict=True):
        np.testing.assert_allclose(getattr(found, name)[0], values, atol=tolerance, err_msg=name)


def assert_same(found, other, tolerance=1e-10):
    for name in NAMES:
        np.testing.assert_allclose(
            getattr(found, name), getattr(other, name), atol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("route", ["diagonalisation", "steps"])
@pytest.mark.parametrize("J_xy", [1.0, 0.6])
def test_two_spins_in_closed_form(J_xy, route):
    """Rabi: P = (J_xy/W)^2 sin^2(W t/2), W^2 = J_xy^2 + (h_0 - h_1)^2, in down-up and up-down.

    The Schmidt weights are P and 1 - P, so S = S_n = -P ln P - (1 - P) ln(1 - P); the imbalance is
    1 - 2P, the return probability 1 - P. J_zz only changes the phase.
    """
    fields = np.array([[0.9, -0.4]])
    W = np.hypot(J_xy, 1.3)
    P = (J_xy / W * np.sin(W * TIMES / 2)) ** 2
    S = entr(P) + entr(1 - P)
    chain = xxz_chain(2, "open", J_xy=J_xy, J_zz=0.7)
    found = dynamics_of_block(chain, fields, TIMES, neel(2), route=route)
    assert_found(found, np.column_stack([1 - 2 * P, S, S, 1 - P]))


def free_fermions(L, boundary, fields, times):
    """All four quantities at J_zz = 0 by Jordan-Wigner fermions; one row per time.

    H = sum_b (c_i^+ c_j + h.c.)/2 + sum_i h_i n_i. On a ring, N fermions see the last bond with the
    sign -(-1)^N. With U = exp(-i h t) of one particle and the occupied sites `o`: C = U_o U_o^+ is
    the correlation matrix, |det U_oo|^2 the return probability. The entropy is that of the
    eigenvalues of C on the left half, and the distribution of its particle number the Fourier
    transform of det(1 + (e^{i phi} - 1) C).
    """
    H = np.diag(fields) + np.diag([0.5] * (L - 1), 1) + np.diag([0.5] * (L - 1), -1)
    if boundary == "ring":
        H[0, -1] = H[-1, 0] = -0.5 * (-1) ** (L // 2)
    occupied, half = np.arange(L) % 2 == 1, L // 2
    sign = np.where(occupied, 1.0, -1.0)
    angles = 2 * np.pi * np.arange(half + 1) / (half + 1)
    rows = []
    for time in times:
        U = scipy.linalg.expm(-1j * time * H)
        C = U[:, occupied] @ U[:, occupied].conj().T
        left = np.clip(np.linalg.eigvalsh(C[:half, :half]), 0.0, 1.0)
        generating = np.prod(1 + np.outer(np.exp(1j * angles) - 1, left), axis=1)
        p = np.clip(np.fft.fft(generating).real / (half + 1), 0.0, 1.0)
        returned = np.abs(np.linalg.det(U[np.ix_(occupied, occupied)])) ** 2
        imbalance = ((2 * np.diag(C).real - 1) * sign).mean()
        rows.append([imbalance, (entr(left) + entr(1 - left)).sum(), entr(p).sum(), returned])
    return rows


@pytest.mark.parametrize(
    ("L", "boundary"), [(8, "open"), (8, "ring"), (10, "ring"), (12, "open"), (12, "ring")]
)
def test_without_interaction_it_is_that_of_free_fermions(L, boundary):
    fields = random_fields(L, 2.0)
    found = dynamics_of_block(xxz_chain(L, boundary, J_zz=0.0), fields, TIMES, neel(L))
    assert_found(found, free_fermions(L, boundary, fields[0], TIMES))


def by_quspin(L, fields, time, options):
    """Expectation values and entropies of QuSpin from the Neel state; terms written out here."""
    pauli = -1 if options.get("operators") == "pauli" else 0
    basis = spin_basis_1d(L, Nup=L // 2, pauli=pauli)
    couplings = {"x": options.get("J_xy", 1.0), "z": options.get("J_zz", 1.0)}
    bonds = []
    for distance, ratio in ((1, 1.0), (2, options.get("J2", 0.0))):
        last = L if options["boundary"] == "ring" else L - distance
        bonds += [(ratio, i, (i + distance) % L) for i in range(last)]
    flips = 2.0 if pauli else 0.5  # sx sx + sy sy = 2 (s+ s- + s- s+) with s+- of 0 and 1
    static = [
        ["+-", [[flips * couplings["x"] * r, i, j] for r, i, j in bonds]],
        ["-+", [[flips * couplings["x"] * r, i, j] for r, i, j in bonds]],
        ["zz", [[couplings["z"] * r, i, j] for r, i, j in bonds]],
        ["z", [[h, i] for i, h in enumerate(fields)]],
    ]
    checks = {"check_herm": False, "check_symm": False, "check_pcon": False}
    H = quspin_hamiltonian(static, [], basis=basis, dtype=np.float64, **checks)
    start = np.zeros(basis.Ns, dtype=complex)
    start[basis.index("01" * (L // 2))] = 1.0
    psi = ExpmMultiplyParallel(H.tocsr(), a=-1j * time).dot(start)
    p = np.abs(psi) ** 2
    bits = (np.asarray(basis.states, dtype=np.int64)[:, None] >> np.arange(L)[::-1]) & 1
    imbalance = (p @ (2 * bits - 1) * np.tile([-1, 1], L // 2)).mean()
    left = np.bincount(bits[:, : L // 2].sum(axis=1), p)
    entropy = basis.ent_entropy(psi, sub_sys_A=range(L // 2), density=False)["Sent_A"]
    return [imbalance, entropy, entr(left).sum(), np.abs(np.vdot(start, psi)) ** 2]


@pytest.mark.parametrize(
    "options",
    [
        {"boundary": "ring", "J_zz": 0.5},
        {"boundary": "open", "J_xy": 0.7, "J_zz": -1.2},
        {"boundary": "ring", "J2": 0.4},
        {"boundary": "open", "J2": -0.3, "J_zz": 0.0},
        {"boundary": "ring", "operators": "pauli", "J_zz": 0.5},
    ],
)
def test_couplings_and_boundaries_agree_with_quspin(options):
    fields = random_fields(8, 3.0)
    found = dynamics_of_block(xxz_chain(8, **options), fields, TIMES, neel(8))
    expected = [by_quspin(8, fields[0], time, options) for time in TIMES[1:]]
    # QuSpin stops its Taylor series at about 1e-14 per step; entropies are up to 37 times worse.
    assert_found(found, [[1.0, 0.0, 0.0, 1.0], *expected], tolerance=1e-10)


def by_kronecker(H, spins, times):
    """All four quantities in the whole space, site 0 the most significant bit, 1 up."""
    L = len(spins)
    psi = all_amplitudes(spins)
    Z = [2 * np.diag(xxz_dense.on_site(xxz_dense.SPIN["z"], i, L)) for i in range(L)]
    z0 = np.array([psi.conj() @ (z * psi) for z in Z]).real
    left_ups = np.array([(s >> (L - L // 2)).bit_count() for s in range(2**L)])
    rows = []
    for time in times:
        now = scipy.linalg.expm(-1j * time * H) @ psi
        z = np.array([now.conj() @ (each * now) for each in Z]).real
        schmidt = np.linalg.svd(now.reshape(2 ** (L // 2), -1), compute_uv=False) ** 2
        number = np.bincount(left_ups, np.abs(now) ** 2)
        returned = np.abs(np.vdot(psi, now)) ** 2
        rows.append([z @ z0 / (z0 @ z0), entr(schmidt).sum(), entr(number).sum(), returned])
    return rows


@pytest.mark.parametrize("route", ["diagonalisation", "steps"])
@pytest.mark.parametrize("boundary", ["ring", "open"])
def test_random_product_state_agrees_with_dense_matrices(boundary, route):
    fields, spins = random_fields(6, 2.0), random_spins(6)
    chain = xxz_chain(6, boundary, J_zz=0.8, magnetisation=None)
    found = dynamics_of_block(chain, fields, TIMES, spins, route=route)
    H = xxz_dense.hamiltonian(6, fields[0], 0.8, boundary)
    assert_found(found, by_kronecker(H, spins[0], TIMES))


def test_chain_that_changes_magnetisation_agrees_with_dense_matrices():
    """The Ising ring in a tilted field, from the Neel state, in the whole space."""
    L, fields = 6, random_fields(6, 1.0)
    terms = [(1.0, "zz", (i, (i + 1) % L)) for i in range(L)] + [(0.9, "x", (i,)) for i in range(L)]
    found = dynamics_of_block(spin_chain(L, terms), fields, TIMES, neel(L))
    S, on = xxz_dense.SPIN, xxz_dense.on_site
    H = sum(on(S["z"], i, L) @ on(S["z"], (i + 1) % L, L) for i in range(L))
    H = H + sum(0.9 * on(S["x"], i, L) + fields[0, i] * on(S["z"], i, L) for i in range(L))
    assert_found(found, by_kronecker(H, neel(L)[0], TIMES))


@pytest.mark.parametrize(
    ("magnetisation", "spins"), [(0, neel(10, 18)), (None, random_spins(8, 18))]
)
def test_both_routes_agree_at_long_times(magnetisation, spins):
    """18 members: a full group of the steps and the rest of one."""
    L = spins.shape[1]
    chain = xxz_chain(L, magnetisation=magnetisation)
    fields, times = random_fields(L, 5.0, 18), log_times(1000.0, 9)
    routes = ("diagonalisation", "steps")
    first, second = (dynamics_of_block(chain, fields, times, spins, route=r) for r in routes)
    assert_same(first, second)
    assert_same(dynamics_of_block(chain, fields, times, spins), second)


def test_route_is_chosen_by_dimension_and_time(monkeypatch):
    assert fastest_evolution(12870, 3e4) == "steps"
    assert fastest_evolution(20, 3e4) == "diagonalisation"
    asked = []

    def remember(dimension, phase):
        asked.append((dimension, phase))
        return "steps"

    monkeypatch.setattr(dynamics, "fastest_evolution", remember)
    chain = xxz_chain(6, magnetisation=None)
    for h in (1.0, 50.0):
        dynamics_of_block(chain, random_fields(6, h), TIMES, random_spins(6))
        levels = np.linalg.eigvalsh(xxz_chain(6).dense(random_fields(6, h)[0]))
        dimension, phase = asked.pop()
        assert dimension == 20  # the largest sector, not the whole space
        assert 1.0 <= phase / (TIMES[-1] * np.ptp(levels) / 2) < 1.5  # rigorous bounds


def test_strong_disorder_is_diagonalised(monkeypatch):
    """At L = 10 and t = 1000/J: 0.9 s by steps, 0.1 s by diagonalisation at h = 100 (measured)."""
    asked = []

    def remember(dimension, phase):
        asked.append(fastest_evolution(dimension, phase))
        return asked[-1]

    monkeypatch.setattr(dynamics, "fastest_evolution", remember)
    for h in (6.0, 100.0):
        fields, times = random_fields(10, h, 2), np.array([0.1, 1000.0])
        dynamics_of_block(xxz_chain(10), fields, times, neel(10, 2))
    assert asked == ["steps", "diagonalisation"]


def test_at_time_zero_the_state_is_the_product_state():
    """Number entropy of a random one: the number of up spins is a sum of independent bits."""
    fields, now, spins = random_fields(6, 3.0), np.zeros(1), random_spins(6)
    found = dynamics_of_block(xxz_chain(6), fields, now, neel(6))
    assert_found(found, [[1.0, 0.0, 0.0, 1.0]])
    ups = np.ones(1)
    for down_and_up in np.abs(spins[0, :3]) ** 2:
        ups = np.convolve(ups, down_and_up)
    found = dynamics_of_block(xxz_chain(6, magnetisation=None), fields, now, spins)
    assert_found(found, [[1.0, 0.0, entr(ups).sum(), 1.0]])


def test_pauli_matrices_are_spin_operators_at_four_times_the_time():
    """H_pauli(J, h) = 4 H_spin(J, h/2)."""
    fields, spins = random_fields(8, 6.0), neel(8)
    pauli = dynamics_of_block(xxz_chain(8, operators="pauli"), fields, TIMES, spins)
    spin = dynamics_of_block(xxz_chain(8), fields / 2, 4 * TIMES, spins)
    assert_same(pauli, spin)


def test_a_realisation_does_not_depend_on_its_block():
    """To rounding: a few members take another kernel than many."""
    fields, chain = random_fields(12, 4.0, 18), xxz_chain(12)
    whole = dynamics_of_block(chain, fields, TIMES, neel(12, 18))
    part = dynamics_of_block(chain, fields[7:9], TIMES, neel(12, 2))
    for name in NAMES:
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[7:9], atol=1e-11)


def test_entropy_grows_only_with_interaction_if_localised():
    """40 realisations at h = 8: slopes per ln t in the window 10/J to 1000/J, by two errors."""
    fields, times = random_fields(10, 8.0, 40), log_times(1000.0, 17)
    slopes = {}
    for J_zz in (1.0, 0.0):
        found = dynamics_of_block(xxz_chain(10, J_zz=J_zz), fields, times, neel(10, 40))
        late = times >= 10.0
        slopes[J_zz] = np.polyfit(np.log(times[late]), found.entanglement_entropy[:, late].T, 1)[0]
    grown = slopes[1.0] - slopes[0.0]
    assert grown.mean() > 2 * grown.std(ddof=1) / np.sqrt(40)


def test_random_states_are_keyed_by_the_realisation():
    """So chains share them, and more blocks change none."""
    states = initial_spins(1, "random_product", 6, 5.0, range(4))
    np.testing.assert_array_equal(
        states[2:], initial_spins(1, "random_product", 6, 5.0, range(2, 4))
    )
    assert np.unique(states[:, 0, 0]).size == 4
    for seed, h in ((2, 5.0), (1, 1.0)):
        assert not np.isclose(states, initial_spins(seed, "random_product", 6, h, range(4))).any()
    np.testing.assert_array_equal(initial_spins(1, "neel", 6, 5.0, range(2)), neel(6, 2))


def test_wrong_times_are_refused():
    fields = random_fields(6, 1.0)
    for times, fault in (
        (np.array([1.0, 0.5]), "ascending and not negative"),
        (np.array([-1.0]), "ascending and not negative"),
        (np.empty(0), "is empty"),
        (np.array([0.0, np.nan]), "holds nan at index 1"),
    ):
        with pytest.raises(ValueError, match=f"times: .*{fault}"):
            dynamics_of_block(xxz_chain(6), fields, times, neel(6))
    with pytest.raises(ValueError, match="times: holds inf"):
        dynamics_of_block(xxz_chain(6), fields, np.array([0.0, np.inf]), neel(6))


def test_unknown_route_is_refused():
    wrong = "steps "  # the hints of types would refuse it first
    check = dynamics.dynamics_of_block.__wrapped__
    with pytest.raises(ValueError, match=r"route: 'steps ' is not one of .*steps"):
        check(xxz_chain(6), random_fields(6, 1.0), TIMES, neel(6), route=wrong)


@pytest.mark.parametrize(
    ("fields", "spins", "words"),
    [
        (np.empty((0, 6)), neel(6), "fields: is empty"),
        (random_fields(8, 1.0), neel(8), r"fields: has the shape \(1, 8\), not \(any, 6\)"),
        (np.full((1, 6), np.nan), neel(6), "fields: .* finite"),
        (random_fields(6, 1.0), neel(8), r"spins: has the shape \(1, 8, 2\), not \(1, 6, 2\)"),
        (random_fields(6, 1.0), neel(6, 2), r"spins: has the shape \(2, 6, 2\), not \(1, 6, 2\)"),
        (random_fields(6, 1.0), 2 * neel(6), "spins: a state has the norm 2, not 1"),
        (random_fields(6, 1.0), random_spins(6), "spins: state 0 .* magnetisation=None"),
    ],
)
def test_fields_and_spins_that_do_not_fit_are_refused(fields, spins, words):
    check = dynamics.dynamics_of_block.__wrapped__
    with pytest.raises(ValueError, match=words):
        check(xxz_chain(6), fields, TIMES, spins)


def test_state_without_imbalance_is_refused():
    plus = product_state("plus", 6)[None]
    chain = xxz_chain(6, magnetisation=None)
    with pytest.raises(ValueError, match=r"spins: state 0 .* no imbalance"):
        dynamics_of_block(chain, random_fields(6, 1.0), TIMES, plus)
