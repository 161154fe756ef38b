"""Machines with lateral couplings or quantum visible units, against Kronecker products."""

import numpy as np
import pytest
from reference import sqrbm_dense as dense
from scipy.linalg import expm

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request
from spinlearn.sqrbm.model import KullbackLeibler, Machine, Parameters
from spinlearn.sqrbm.pauli_strings import PauliStrings
from spinlearn.sqrbm.quantum import QuantumMachine, SemiQuantumMachine
from spinlearn.sqrbm.training import Settings, train

FAMILIES = [
    SemiQuantumMachine(3, 2, "XYZ"),
    SemiQuantumMachine(2, 3, "XZ"),
    SemiQuantumMachine(4, 2, "Z"),
    SemiQuantumMachine(1, 1, "YZ"),
    QuantumMachine.generic(2, 2),
    QuantumMachine.transverse_field(3, 2),
    QuantumMachine(3, 1, "XZ", "XZ", ("ZZ", "ZX")),
    QuantumMachine(2, 1, "Y", "YZ", ("YX",)),
]


def random_of(machine, runs=1, seed=0, scale=1.0):
    return np.random.default_rng(seed).uniform(-scale, scale, (runs, machine.size))


def terms_of(machine):
    """Pauli strings in the order of the parameters, written out anew."""
    n, m = machine.n, machine.m
    visible, hidden = range(n), range(n, n + m)
    if isinstance(machine, SemiQuantumMachine):
        terms = dense.restricted_terms(Machine(n, m, machine.paulis))
        terms += [{i: "Z", k: "Z"} for i in visible for k in visible if i < k]
        return terms + [
            {j: P, k: Q}
            for j in hidden
            for k in hidden
            if j < k
            for P in machine.paulis
            for Q in machine.paulis
        ]
    terms = [{i: P} for P in machine.visible for i in visible]
    terms += [{j: P} for P in machine.hidden for j in hidden]
    return terms + [{i: P, j: Q} for P, Q in machine.couplings for i in visible for j in hidden]


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_probabilities_are_the_diagonal_of_the_gibbs_state(machine, scale):
    """Independent route: Kronecker products and the matrix exponential of scipy."""
    units, theta = machine.n + machine.m, random_of(machine, 2, 1, scale)
    assert machine.size == len(terms_of(machine))
    for row, found in zip(theta, machine.probability(theta), strict=True):
        matrix = dense.hamiltonian(units, terms_of(machine), row)
        gibbs = expm(-matrix + np.linalg.eigvalsh(matrix)[0] * np.eye(2**units))
        expected = gibbs.diagonal().real.reshape(2**machine.n, -1).sum(axis=1)
        np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_gradients_match_finite_differences(machine):
    """Central differences of step 1e-5: an error of 1e-10 from the step, 1e-11 from rounding."""
    q = np.random.default_rng(2).dirichlet(np.full(2**machine.n, 0.5))
    q[0], q[-1] = q[0] + q[-1], 0.0
    theta, step = random_of(machine, seed=3), 1e-5
    gradient = machine.objective(q, 1)(theta).gradient[0]
    shifted = np.repeat(theta, 2 * machine.size, axis=0)
    shifted[: machine.size] += step * np.eye(machine.size)
    shifted[machine.size :] -= step * np.eye(machine.size)
    kl = machine.objective(q, len(shifted))(shifted).kl
    difference = (kl[: machine.size] - kl[machine.size :]) / (2 * step)
    np.testing.assert_allclose(gradient, difference, atol=3e-9)


@pytest.mark.parametrize("machine", FAMILIES[:4], ids=str)
def test_semi_quantum_gradient_is_proposition_3(machine):
    """Independent route: traces of dense matrices (Demidik 2025, eq. 14)."""
    q = np.random.default_rng(4).dirichlet(np.ones(2**machine.n))
    theta = random_of(machine, seed=5)
    expected = dense.semi_quantum_gradient(machine.n + machine.m, terms_of(machine), theta[0], q)
    found = machine.objective(q, 1)(theta).gradient[0]
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_quantum_gradient_is_proposition_4():
    """Independent route: d e^-H by the block exponential of (H, H_i; 0, H) (eq. 28)."""
    machine = QuantumMachine.generic(2, 1)
    q = np.random.default_rng(6).dirichlet(np.ones(4))
    theta, terms = random_of(machine, seed=7), terms_of(machine)
    matrix = dense.hamiltonian(3, terms, theta[0])

    def visible(whole):
        return whole.diagonal().real.reshape(4, -1).sum(axis=1)

    weights = visible(expm(-matrix))
    expected = []
    for term in terms:
        block = np.block([[matrix, dense.pauli_string(3, term)], [0 * matrix, matrix]])
        slopes = visible(expm(-block)[:8, 8:])
        expected.append(-q @ (slopes / weights) + slopes.sum() / weights.sum())
    found = machine.objective(q, 1)(theta).gradient[0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("paulis", ["Z", "XZ", "XYZ"])
def test_machine_without_lateral_couplings_is_the_restricted_one(paulis):
    """Values and gradients of the closed form; hidden units so many that H(v) comes in blocks."""
    for n, m in ((4, 3), (2, 9)):
        restricted, machine = Machine(n, m, paulis), SemiQuantumMachine(n, m, paulis)
        theta = random_of(machine, seed=8)
        theta[:, restricted.size :] = 0.0
        q = patterns.parity(Request(n=n)).target(0)
        found = machine.objective(q, 1)(theta)
        expected = KullbackLeibler(restricted, q, 1)(theta[:, : restricted.size])
        np.testing.assert_allclose(found.kl, expected.kl, atol=1e-12)
        np.testing.assert_allclose(
            found.gradient[:, : restricted.size], expected.gradient, atol=1e-12
        )


def test_quantum_machine_holds_the_restricted_ones():
    """W_v = {Z}, W_int = {ZZ, ZX} is sqRBM{Z,X}."""
    machine, restricted = QuantumMachine(3, 2, "Z", "ZX", ("ZZ", "ZX")), Machine(3, 2, "ZX")
    theta = random_of(machine, seed=9)
    fields, couplings = theta[0, 3:7].reshape(2, 2), theta[0, 7:].reshape(2, 3, 2)
    packed = restricted.pack(Parameters(theta[0, :3], fields, couplings.swapaxes(1, 2)))
    np.testing.assert_allclose(
        machine.probability(theta)[0], restricted.probability(packed), rtol=1e-11
    )


def test_transverse_field_on_hidden_units_only_shifts_their_fields():
    """Demidik 2025, discussion: |Phi_j| = sqrt(phi_j^2 + g_j^2), with g_j independent of v."""
    machine = QuantumMachine(3, 2, "Z", "XZ", ("ZZ",))
    theta = random_of(machine, seed=10, scale=2.0)[0]
    a, g, b, w = theta[:3], theta[3:5], theta[5:7], theta[7:].reshape(3, 2)
    s = 1.0 - 2.0 * ((np.arange(8)[:, None] >> np.arange(2, -1, -1)) & 1)
    expected = np.exp(-s @ a) * np.cosh(np.sqrt((b + s @ w) ** 2 + g**2)).prod(axis=1)
    np.testing.assert_allclose(
        machine.probability(theta[None])[0], expected / expected.sum(), rtol=1e-11
    )


def test_divergence_vanishes_at_the_target_with_its_gradient():
    for machine in FAMILIES:
        theta = random_of(machine, 2, 11)
        p = machine.probability(theta)
        value = machine.objective(p, 2)(theta)
        np.testing.assert_allclose(value.kl, 0.0, atol=1e-12)
        np.testing.assert_allclose(value.gradient, 0.0, atol=1e-12)


@pytest.mark.parametrize("machine", FAMILIES, ids=str)
def test_slopes_at_equal_energies(machine):
    """All parameters zero, so e^-H = 1: the slope is the mean of H_i in q, with any hidden state.

    Strings with an X, a Y or a hidden unit have none.
    """
    q = np.random.default_rng(13).dirichlet(np.ones(2**machine.n))
    units = machine.n + machine.m
    expected = [
        q @ dense.pauli_string(units, term).diagonal().real.reshape(len(q), -1).mean(axis=1)
        for term in terms_of(machine)
    ]
    value = machine.objective(q, 1)(np.zeros((1, machine.size)))
    np.testing.assert_allclose(value.gradient[0], expected, atol=1e-14)


@pytest.mark.parametrize("machine", [FAMILIES[0], FAMILIES[4], FAMILIES[5]], ids=str)
def test_training_learns_and_runs_are_independent(machine):
    """The loop of the restricted machines; a run is the same bit for bit beside others."""
    q = patterns.parity(Request(n=machine.n)).target(0)[None]
    many, one = (
        train(machine, q, Settings(60, 0.1), seed=1, runs=runs, dataset="parity")
        for runs in (range(3), [2])
    )
    assert (many.kl < 0.7 * many.kl_history[:, 0]).all()
    np.testing.assert_array_equal(one.parameters[0], many.parameters[2])
    np.testing.assert_array_equal(one.kl_history[0], many.kl_history[2])


def test_families_have_streams_of_their_own():
    keys = [tuple(machine.stream_key.items()) for machine in [*FAMILIES, Machine(3, 2, "XYZ")]]
    assert len(set(keys)) == len(keys)


def test_pauli_strings_are_kronecker_products():
    terms = [{0: "X", 2: "Y"}, {1: "Z"}, {0: "Y", 1: "Y"}, {}]
    strings = PauliStrings(3, terms)
    rng = np.random.default_rng(12)
    matrix = rng.normal(size=(8, 8)) + 1j * rng.normal(size=(8, 8))
    matrix += matrix.conj().T
    for index, term in enumerate(terms):
        expected = dense.pauli_string(3, term)
        np.testing.assert_array_equal(strings.matrix(np.eye(4)[index]), expected)
        assert strings.traces(matrix)[index] == pytest.approx(np.trace(matrix @ expected).real)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SemiQuantumMachine(7, 6, "XZ"), "m: n \\+ m = 7 \\+ 6 units.*at most 12"),
        (lambda: QuantumMachine.generic(6, 5), "m: n \\+ m = 6 \\+ 5 units.*at most 10"),
        (lambda: QuantumMachine(2, 1, "XX", "Z", ("ZZ",)), "visible: must be distinct"),
        (lambda: QuantumMachine(2, 1, "X", "", ("ZZ",)), "hidden: must be distinct"),
        (lambda: QuantumMachine(2, 1, "X", "Z", ("Z",)), "couplings: must be distinct"),
        (lambda: QuantumMachine(2, 0, "X", "Z", ("ZZ",)), "m: must be"),
        (lambda: FAMILIES[0].objective(np.ones(8), 1), "target: "),
        (lambda: FAMILIES[4].probability(np.zeros((1, 3))), "theta: "),
    ],
)
def test_wrong_machines_are_refused(make, words):
    with pytest.raises(InvalidArgumentError, match=words):
        make()
