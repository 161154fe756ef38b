"""Probabilities and gradients of the machines, against dense matrices and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import sqrbm_dense as dense
from scipy.stats import special_ortho_group

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets.patterns import parity
from spinlearn.datasets.strings import Request, bit_strings
from spinlearn.learning.distributions import total_variation
from spinlearn.sqrbm.model import KullbackLeibler, Machine, Parameters, signs

# log 2cosh of a sum of up to 10 parameters of order 1: a few hundred units in the last place
ROUNDING = 1e-13

machines = st.builds(
    Machine,
    n=st.integers(1, 9),
    m=st.integers(1, 6),
    paulis=st.sampled_from(["Z", "X", "XZ", "YZ", "XYZ"]),
)


def _random(machine: Machine, runs: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-scale, scale, (runs, machine.size))


def _textbook(machine: Machine, theta: np.ndarray) -> np.ndarray:
    """Demidik 2025, eq. 8: one string and one hidden unit after the other, for one run."""
    a, b, w = machine.unpack(theta)
    log_p = []
    for v in bit_strings(machine.n):
        s = 1.0 - 2.0 * v
        value = -a @ s
        for j in range(machine.m):
            value += np.log(2 * np.cosh(np.linalg.norm(b[:, j] + w[:, j] @ s)))
        log_p.append(value)
    log_p = np.array(log_p)
    return log_p - np.log(np.exp(log_p).sum())


def test_signs_follow_the_order_of_the_distributions():
    for n in (1, 3, 8):
        np.testing.assert_array_equal(signs(n), 1 - 2 * bit_strings(n).astype(float))


@pytest.mark.parametrize("paulis", ["Z", "XZ", "YZ", "XYZ"])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (4, 2), (3, 4), (7, 1)])
def test_probabilities_are_the_diagonal_of_the_gibbs_state(n, m, paulis):
    """Independent route: Kronecker products and one diagonalisation of 2^(n+m) states."""
    machine = Machine(n, m, paulis)
    for seed, scale in ((0, 1.0), (1, 3.0)):
        theta = _random(machine, 1, seed, scale)[0]
        matrix = dense.hamiltonian(n + m, dense.restricted_terms(machine), theta)
        expected = dense.visible_distribution(matrix, n)
        # eigenvalues up to 40 times the scale, each known to a few 1e-16 of the largest
        np.testing.assert_allclose(machine.probability(theta), expected, rtol=1e-12, atol=1e-15)


@given(machine=machines, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_probabilities_match_the_formula_and_are_normalised(machine, seed):
    """Strings with one part (n <= 6) and with two are drawn."""
    theta = _random(machine, 2, seed, 1.5)
    log_p = machine.log_probability(theta)
    for row, parameters in zip(log_p, theta, strict=True):
        np.testing.assert_allclose(row, _textbook(machine, parameters), atol=20 * ROUNDING)
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0, rtol=ROUNDING)


@pytest.mark.parametrize(("n", "m"), [(3, 2), (5, 4), (7, 3)])
def test_one_pauli_is_the_classical_machine(n, m):
    """Brute force: the sum of exp(-E(s, t)) over all 2^m states t of the hidden units."""
    machine = Machine(n, m, "Z")
    theta = _random(machine, 1, 5, 2.0)[0]
    a, b, w = machine.unpack(theta)
    weights = np.array(
        [
            sum(
                np.exp(-(a @ s) - b[0] @ np.array(t) - s @ w[0].T @ np.array(t))
                for t in itertools.product((1.0, -1.0), repeat=m)
            )
            for s in signs(n)
        ]
    )
    np.testing.assert_allclose(machine.probability(theta), weights / weights.sum(), rtol=1e-12)
    for other in ("X", "Y"):
        same = Machine(n, m, other).probability(theta)
        np.testing.assert_array_equal(same, machine.probability(theta))


def test_parameter_counts_are_those_of_table_1():
    for n, m in ((4, 3), (12, 90)):
        assert Machine(n, m, "Z").size == n + m * (n + 1)
        assert Machine(n, m, "XZ").size == n + 2 * m * (n + 1)
        assert Machine(n, m, "YZ").size == n + 2 * m * (n + 1)
        assert Machine(n, m, "XYZ").size == n + 3 * m * (n + 1)
        for paulis in ("Z", "XZ", "XYZ"):
            machine = Machine(n, m, paulis)
            assert len(dense.restricted_terms(machine)) == machine.size


def test_parameters_pack_and_unpack():
    machine = Machine(4, 3, "XZ")
    theta = _random(machine, 5)
    fields = machine.unpack(theta)
    assert [part.shape for part in fields] == [(5, 4), (5, 2, 3), (5, 2, 3, 4)]
    np.testing.assert_array_equal(machine.pack(fields), theta)
    one = Parameters(*(part[2] for part in fields))
    np.testing.assert_array_equal(machine.pack(one), theta[2])


@pytest.mark.parametrize(
    ("n", "m", "paulis", "words"),
    [
        (4, 2, "XQ", "paulis: must be distinct letters of XYZ"),
        (4, 2, "", "paulis: must be distinct letters of XYZ"),
        (4, 2, "XX", "paulis: must be distinct letters of XYZ"),
        (0, 2, "Z", "n: must be a whole number >= 1, not 0"),
        (4, 0, "Z", "m: must be a whole number >= 1, not 0"),
    ],
)
def test_machines_that_cannot_be_are_refused_by_name(n, m, paulis, words):
    with pytest.raises(InvalidArgumentError, match=words):
        Machine(n, m, paulis)


@given(machine=machines, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40)
def test_gradient_matches_finite_differences(machine, seed):
    """Central differences of step 1e-5: an error of 1e-10 from the step, 1e-11 from rounding."""
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(2**machine.n, 0.3))
    theta = _random(machine, 1, seed)
    objective = KullbackLeibler(machine, q, 1)
    gradient = objective(theta).gradient[0]
    step = 1e-5
    for index in rng.choice(machine.size, size=min(8, machine.size), replace=False):
        shifted = [theta.copy(), theta.copy()]
        shifted[0][0, index] += step
        shifted[1][0, index] -= step
        high, low = (float(objective(point).kl[0]) for point in shifted)
        assert gradient[index] == pytest.approx((high - low) / (2 * step), abs=3e-9)


@pytest.mark.parametrize("paulis", ["Z", "YZ", "XYZ"])
def test_gradient_is_proposition_3(paulis):
    """Independent route: dense traces Tr[Lambda_v e^-H H_i] (Demidik 2025, eq. 14)."""
    machine = Machine(4, 2, paulis)
    q = np.random.default_rng(1).dirichlet(np.ones(16))
    theta = _random(machine, 1, 3)
    expected = dense.semi_quantum_gradient(6, dense.restricted_terms(machine), theta[0], q)
    found = KullbackLeibler(machine, q, 1)(theta).gradient[0]
    np.testing.assert_allclose(found, expected, atol=ROUNDING)


@given(
    n=st.integers(2, 8), m=st.integers(1, 4), quantum=st.booleans(), seed=st.integers(0, 2**32 - 1)
)
@settings(max_examples=30)
def test_rotating_the_paulis_of_a_hidden_unit_changes_nothing(n, m, quantum, seed):
    """|Phi_j| is invariant under O(|W|) for each hidden unit; gradients turn with it."""
    paulis = "XYZ" if quantum else "XZ"
    machine = Machine(n, m, paulis)
    theta = _random(machine, 1, seed, 2.0)
    fields = machine.unpack(theta)
    rotations = [
        special_ortho_group.rvs(len(paulis), random_state=seed % 2**31 + j) for j in range(m)
    ]
    rotations[0] = rotations[0] @ np.diag([-1.0] + [1.0] * (len(paulis) - 1))
    turn = np.stack(rotations)  # hidden unit, new Pauli, old Pauli
    turned = machine.pack(
        Parameters(
            fields.visible_field,
            np.einsum("jpq,rqj->rpj", turn, fields.hidden_field),
            np.einsum("jpq,rqji->rpji", turn, fields.coupling),
        )
    )
    q = np.random.default_rng(seed).dirichlet(np.ones(2**n))
    before, after = (KullbackLeibler(machine, q, 1)(x) for x in (theta, turned))
    np.testing.assert_allclose(after.log_probability, before.log_probability, atol=100 * ROUNDING)
    gradient = machine.unpack(before.gradient)
    np.testing.assert_allclose(
        machine.unpack(after.gradient).coupling,
        np.einsum("jpq,rqji->rpji", turn, gradient.coupling),
        atol=100 * ROUNDING,
    )


@given(machine=machines, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_flipping_a_visible_unit_permutes_the_strings(machine, seed):
    """s_i -> -s_i is undone by a_i -> -a_i and w_i -> -w_i."""
    rng = np.random.default_rng(seed)
    flip = rng.integers(machine.n)
    theta = _random(machine, 1, seed)
    a, b, w = (part.copy() for part in machine.unpack(theta))
    a[..., flip] *= -1
    w[..., flip] *= -1
    strings = np.arange(2**machine.n) ^ (1 << (machine.n - 1 - flip))
    flipped = machine.log_probability(machine.pack(Parameters(a, b, w)))
    np.testing.assert_allclose(
        flipped[:, strings], machine.log_probability(theta), atol=10 * ROUNDING
    )


def test_hidden_units_without_couplings_drop_out():
    """w = 0: independent visible units, p(v) = prod_i e^(-a_i s_i) / 2cosh a_i; r = 0 included."""
    machine = Machine(5, 3, "XYZ")
    theta = np.zeros((2, machine.size))
    theta[:, :5] = _random(machine, 2, 4)[:, :5]
    s = signs(5)
    expected = np.prod(np.exp(-theta[:, None, :5] * s) / (2 * np.cosh(theta[:, None, :5])), axis=2)
    np.testing.assert_allclose(machine.probability(theta), expected, rtol=ROUNDING)
    # with b = w = 0 as well, every field is zero and tanh(r)/r must be 1, not 0/0
    value = KullbackLeibler(machine, parity(Request(n=5)).target(0), 2)(theta)
    assert np.isfinite(value.gradient).all()
    hidden = machine.unpack(value.gradient)
    assert np.abs(hidden.hidden_field).max() == 0
    assert np.abs(hidden.coupling).max() == 0


def test_small_fields_expand_to_second_order():
    """log cosh r = r^2/2 - r^4/12: small fields must not be lost."""
    machine = Machine(3, 1, "XYZ")
    theta = _random(machine, 1, 8) * 1e-4
    theta[:, :3] = 0.0
    _, b, w = machine.unpack(theta)
    r2 = ((b[0][:, :, None] + np.einsum("pji,vi->pjv", w[0], signs(3))) ** 2).sum(axis=(0, 1))
    log_p = machine.log_probability(theta)[0]
    expected = r2 / 2 - r2**2 / 12
    np.testing.assert_allclose(log_p - log_p.mean(), expected - expected.mean(), atol=1e-15)


@pytest.mark.parametrize("paulis", ["Z", "XYZ"])
@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_extreme_parameters_neither_overflow_nor_divide_by_zero(paulis, scale):
    """cosh(1e3) overflows; here log p must follow the straight-line limit r -> |Phi|."""
    for n, m in ((4, 3), (8, 600)):
        machine = Machine(n, m, paulis)
        theta = _random(machine, 3, 2, scale)
        q = parity(Request(n=n)).target(0)
        with np.errstate(all="raise", under="ignore"):
            value = KullbackLeibler(machine, q, 3)(theta)
        assert np.isfinite(value.kl).all()
        assert np.isfinite(value.gradient).all()
        a, b, w = machine.unpack(theta)
        field = b[..., None] + np.einsum("rpji,vi->rpjv", w, signs(n))
        limit = -a @ signs(n).T + np.sqrt((field**2).sum(axis=1)).sum(axis=1)
        shift = limit.max(axis=1, keepdims=True)
        found = value.log_probability - value.log_probability.max(axis=1, keepdims=True)
        # |Phi|^2 has an error of eps W^2 with W = (n + 1) scale, so where |Phi| ~ 0 log p has m
        # times that; log(1 + e^-2r) is at most m log 2
        bound = m * np.log(2) + m * 1e-15 * ((n + 1) * scale) ** 2
        assert np.abs(found - (limit - shift)).max() < bound


def test_groups_do_not_change_a_run():
    """A run's numbers are the same to the last bit alone, in a small group and in a large one."""
    for machine in (Machine(6, 5, "XYZ"), Machine(9, 7, "XZ"), Machine(10, 70, "Z")):
        theta = _random(machine, 11, 6)
        q = np.random.default_rng(0).dirichlet(np.ones(2**machine.n), size=11)
        whole = KullbackLeibler(machine, q, 11)(theta)
        for some in (slice(3, 4), slice(2, 9)):
            part = KullbackLeibler(machine, q[some], len(theta[some]))(theta[some])
            for name in ("kl", "gradient", "log_probability"):
                np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[some])


def test_many_hidden_units_of_many_strings():
    """n = 10, m = 90: the textbook formula takes one unit at a time."""
    machine = Machine(10, 90, "XZ")
    theta = _random(machine, 1, 9, 0.3)
    _, b, w = machine.unpack(theta)
    field = b[0][..., None] + np.einsum("pji,vi->pjv", w[0], signs(10))
    r = np.sqrt((field**2).sum(axis=0))
    log_p = -theta[0, :10] @ signs(10).T + np.log(2 * np.cosh(r)).sum(axis=0)
    log_p -= np.log(np.exp(log_p - log_p.max()).sum()) + log_p.max()
    np.testing.assert_allclose(machine.log_probability(theta)[0], log_p, atol=100 * ROUNDING)


def test_gradient_of_long_strings_is_that_of_dense_fields():
    """n = 16 has 1024 high parts, in 16 blocks: the fields of all strings by one matrix product."""
    machine, n = Machine(16, 2, "XYZ"), 16
    theta = _random(machine, 1, 4, 0.5)
    q = np.random.default_rng(4).dirichlet(np.ones(2**n))
    _, b, w = machine.unpack(theta[0])
    s = signs(n)
    field = b[..., None] + w @ s.T
    r = np.sqrt((field**2).sum(axis=0))
    log_p = -theta[0, :n] @ s.T + np.log(2 * np.cosh(r)).sum(axis=0)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()
    slope = field * (np.tanh(r) / r * (p - q))
    found = KullbackLeibler(machine, q, 1)(theta)
    gradient = machine.unpack(found.gradient[0])
    np.testing.assert_allclose(np.exp(found.log_probability[0]), p, rtol=100 * ROUNDING)
    np.testing.assert_allclose(gradient.visible_field, (q - p) @ s, atol=ROUNDING)
    np.testing.assert_allclose(gradient.hidden_field, slope.sum(axis=2), atol=ROUNDING)
    np.testing.assert_allclose(gradient.coupling, slope @ s, atol=ROUNDING)


def test_divergence_vanishes_at_the_target_with_its_gradient():
    machine = Machine(7, 3, "XYZ")
    theta = _random(machine, 4, 1)
    p = machine.probability(theta)
    value = KullbackLeibler(machine, p, 4)(theta)
    np.testing.assert_allclose(value.kl, 0.0, atol=ROUNDING)
    np.testing.assert_allclose(value.gradient, 0.0, atol=ROUNDING)


def test_divergence_takes_impossible_strings():
    """0 log 0 = 0: KL against parity is -log 2^(n-1) minus the mean of log p over its support."""
    machine = Machine(6, 2, "XZ")
    theta = _random(machine, 2, 3)
    q = parity(Request(n=6)).target(0)
    value = KullbackLeibler(machine, q, 2)(theta)
    log_p = machine.log_probability(theta)[:, q > 0]
    np.testing.assert_allclose(value.kl, -np.log(32) - log_p.mean(axis=1), rtol=1e-12)


# --- dense reference ---------------------------------------------------------------------------


def test_semi_quantum_machine_has_all_terms_of_definition_2():
    for n, m, paulis in ((2, 2, "XZ"), (3, 2, "XYZ"), (1, 3, "Z")):
        k = len(paulis)
        terms = dense.semi_quantum_terms(n, m, paulis)
        count = n + n * (n - 1) // 2 + k * m + k * k * m * (m - 1) // 2 + k * n * m
        assert len(terms) == count
        assert len({tuple(sorted(term.items())) for term in terms}) == count
        visible = [term[i] for term in terms for i in term if i < n]
        assert set(visible) == {"Z"}


def test_semi_quantum_machine_without_lateral_terms_is_the_restricted_one():
    n, m, paulis = 3, 2, "XYZ"
    machine = Machine(n, m, paulis)
    theta = _random(machine, 1, 7)[0]
    values = {
        tuple(sorted(term.items())): value
        for term, value in zip(dense.restricted_terms(machine), theta, strict=True)
    }
    terms = dense.semi_quantum_terms(n, m, paulis)
    full = np.array([values.get(tuple(sorted(term.items())), 0.0) for term in terms])
    p = dense.visible_distribution(dense.hamiltonian(n + m, terms, full), n)
    np.testing.assert_allclose(machine.probability(theta), p, rtol=1e-12)


def test_semi_quantum_gradient_with_lateral_terms():
    """Proposition 3 against central differences, hidden units coupled to one another."""
    n, m = 2, 2
    terms = dense.semi_quantum_terms(n, m, "XZ")
    rng = np.random.default_rng(11)
    theta, q = rng.uniform(-1, 1, len(terms)), rng.dirichlet(np.ones(4))

    def divergence(x):
        p = dense.visible_distribution(dense.hamiltonian(n + m, terms, x), n)
        return float((q * np.log(q / p)).sum())

    gradient = dense.semi_quantum_gradient(n + m, terms, theta, q)
    for index in range(len(terms)):
        step = np.zeros(len(terms))
        step[index] = 1e-5
        difference = (divergence(theta + step) - divergence(theta - step)) / 2e-5
        assert gradient[index] == pytest.approx(difference, abs=3e-9)


def test_lateral_couplings_change_the_distribution():
    """A machine with hidden couplings is none of the restricted family's product form."""
    terms = dense.semi_quantum_terms(3, 2, "XZ")
    theta = np.random.default_rng(2).uniform(-1, 1, len(terms))
    lateral = np.array([len(term) == 2 and min(term) >= 3 for term in terms])
    with_them = dense.visible_distribution(dense.hamiltonian(5, terms, theta), 3)
    theta[lateral] = 0.0
    without = dense.visible_distribution(dense.hamiltonian(5, terms, theta), 3)
    assert total_variation(with_them, without) > 1e-3


def test_dense_matrices_are_kept_small():
    with pytest.raises(ValueError, match="at most 10 units"):
        dense.pauli_string(11, {0: "X"})
