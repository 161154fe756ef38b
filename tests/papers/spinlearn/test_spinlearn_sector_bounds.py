"""Bounds by conserved S^z: against an optimiser, constructed states, and trained machines."""

from math import comb

import numpy as np
import pytest
from chains import HEISENBERG
from scipy.optimize import linprog, minimize

from spinlearn.hbm.loss import MaximumMeanDiscrepancy, kernel_matrix
from spinlearn.hbm.machine import born_machine
from spinlearn.learning.distributions import (
    classical_fidelity,
    kl_divergence,
    total_variation,
)
from spinlearn.papers.spinlearn.sector_bounds import (
    greatest_fidelity,
    least_discrepancy,
    least_divergence,
    least_variation,
    sector_weights,
)


def plus(L):
    """The sector weights of |+>."""
    return np.array([comb(L, N) for N in range(L + 1)]) / 2**L


def ups(n):
    return np.array([bin(z).count("1") for z in range(2**n)])


def target(n, seed=3):
    return np.random.default_rng(seed).dirichlet(np.full(2**n, 0.4))


def parity(n):
    even = ups(n) % 2 == 0
    return even / even.sum()


def amplitudes(state):
    return np.stack([state.real, state.imag], axis=-1)


def test_sector_weights_count_up_spins():
    all_up_but_one = np.zeros((16, 2))
    all_up_but_one[1, 1] = 1.0  # the second state of the basis from all up to all down
    assert sector_weights(all_up_but_one).tolist() == [0, 0, 0, 1, 0]
    assert np.allclose(sector_weights(np.full((16, 2), np.sqrt(1 / 32))), plus(4), atol=1e-15)


def test_sector_weights_are_conserved_by_a_quench():
    """And not with a field along x, for which there are no bounds."""
    fields = np.random.default_rng(0).uniform(-8, 8, (1, 5))
    for h_x, conserved in ((0.0, True), (0.3, False)):
        machine = born_machine(4, 1, quench_time=2.0, **{**HEISENBERG, "h_x": h_x})
        start = machine.initial_state("random_product", np.random.default_rng(1))
        end = machine.quench(start, fields)[0]
        before, after = (sector_weights(amplitudes(state)) for state in (start, end))
        assert np.allclose(before, after, atol=1e-12) == conserved


@pytest.mark.parametrize("hidden", [0, 1])
def test_least_discrepancy_is_the_minimum(hidden):
    """A general optimiser with explicit constraints reaches it, to its tolerance."""
    n, q, w = 3, target(3), plus(3 + hidden)
    K, N = kernel_matrix(n), np.add.outer(ups(n), np.arange(hidden + 1)).ravel()

    def loss(P):
        p = P.reshape(2**n, -1).sum(axis=1)
        return 1e3 * (p - q) @ K @ (p - q)

    found = minimize(
        loss,
        np.array([w[k] / (k == N).sum() for k in N]),
        bounds=[(0, 1)] * N.size,
        constraints={"type": "eq", "fun": lambda P: np.bincount(N, weights=P) - w},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert np.allclose(np.bincount(N, weights=found.x), w, atol=1e-9)
    assert least_discrepancy(q, w) == pytest.approx(found.fun / 1e3, rel=1e-5, abs=1e-9)


def test_least_discrepancy_vanishes_for_the_weights_of_the_target():
    q = target(4)
    assert least_discrepancy(q, np.bincount(ups(4), weights=q)) == pytest.approx(0, abs=1e-15)


def test_hidden_spins_lower_the_least_discrepancy():
    assert least_discrepancy(parity(4), plus(6)) < 0.1 * least_discrepancy(parity(4), plus(4))


def test_bounds_of_long_strings_are_unknown():
    assert np.isnan(least_discrepancy(np.full(2**9, 2.0**-9), plus(9)))


def test_greatest_fidelity_is_reached():
    """By the target with each sector scaled to its weight."""
    q, w = target(4), plus(4)
    Q = np.bincount(ups(4), weights=q)
    best = q * (w / Q)[ups(4)]
    assert greatest_fidelity(q, w) == pytest.approx(classical_fidelity(best, q), rel=1e-12)
    assert greatest_fidelity(parity(6), plus(6)) == pytest.approx(0.5, rel=1e-12)
    assert np.isnan(greatest_fidelity(q, plus(5)))


def test_no_quench_exceeds_the_bounds():
    """States of the basic machine that get close: the best of many quenches."""
    machine = born_machine(4, 0, quench_time=2.0, **HEISENBERG)
    fields = np.random.default_rng(2).uniform(-8, 8, (500, 4))
    p = machine.distribution(machine.quench(machine.initial_state("plus"), fields))
    q = target(4)
    assert MaximumMeanDiscrepancy(q)(p).min() >= least_discrepancy(q, plus(4))
    assert classical_fidelity(p, q[None]).max() <= greatest_fidelity(q, plus(4)) + 1e-12


def one_sector(n, m):
    return (ups(n) == m) / comb(n, m)


@pytest.mark.parametrize(("n", "hidden", "m"), [(4, 0, 2), (4, 1, 1), (6, 2, 3)])
def test_a_target_of_one_sector_has_bounds_in_closed_form(n, hidden, m):
    """At most the sectors m to m + hidden end at m visible up spins."""
    most = plus(n + hidden)[m : m + hidden + 1].sum()
    q = one_sector(n, m)
    assert least_divergence(q, plus(n + hidden)) == pytest.approx(-np.log(most), abs=1e-12)
    assert least_variation(q, plus(n + hidden)) == pytest.approx(1 - most, abs=1e-12)


def cumulative(weights, hidden):
    """Between which sums of p_m, m <= k, lie: those of w_N up to k, and up to k + hidden."""
    sums = np.concatenate([np.cumsum(weights), np.ones(hidden)])
    n = weights.size - 1 - hidden
    return sums[:n], sums[hidden : hidden + n]


@pytest.mark.parametrize("hidden", [0, 1, 2])
@pytest.mark.parametrize("make", [lambda n: target(n, 3), lambda n: target(n, 8), parity])
def test_least_divergence_is_the_minimum(hidden, make):
    """A general optimiser over the cumulative sums of p_m, which Strassen's theorem limits."""
    n = 4
    q, w = make(n), plus(n + hidden)
    Q = np.bincount(ups(n), weights=q, minlength=n + 1)
    low, high = cumulative(w, hidden)

    def loss(F):
        p = np.diff(np.concatenate([[0.0], F, [1.0]])).clip(1e-12)
        return Q[Q > 0] @ np.log(Q[Q > 0] / p[Q > 0])

    found = minimize(
        loss,
        0.5 * (low + high),
        bounds=list(zip(low, high, strict=True)),
        constraints={"type": "ineq", "fun": np.diff},
        method="SLSQP",
        options={"ftol": 1e-13, "maxiter": 1000},
    )
    assert least_divergence(q, w) == pytest.approx(found.fun, abs=1e-6)


@pytest.mark.parametrize("hidden", [0, 1, 2])
@pytest.mark.parametrize("make", [lambda n: target(n, 3), lambda n: target(n, 8), parity])
def test_least_variation_is_the_minimum(hidden, make):
    """A linear programme over weights of all pairs (m, N) and |Q_m - p_m|."""
    n = 4
    q, w = make(n), plus(n + hidden)
    Q = np.bincount(ups(n), weights=q, minlength=n + 1)
    pairs = [(m, m + j) for m in range(n + 1) for j in range(hidden + 1)]
    p = np.array([[float(pair[0] == m) for pair in pairs] for m in range(n + 1)])
    sums = np.array([[float(pair[1] == N) for pair in pairs] for N in range(w.size)])
    identity = np.eye(n + 1)
    found = linprog(
        np.concatenate([np.zeros(len(pairs)), np.full(n + 1, 0.5)]),
        A_ub=np.block([[p, -identity], [-p, -identity]]),
        b_ub=np.concatenate([Q, -Q]),
        A_eq=np.hstack([sums, np.zeros((w.size, n + 1))]),
        b_eq=w,
    )
    assert least_variation(q, w) == pytest.approx(found.fun, abs=1e-9)


def test_strings_out_of_reach_have_an_infinite_divergence():
    """From the Neel state of four visible spins and a hidden one, N = 3: m is 2 or 3."""
    w = np.eye(6)[3]
    assert least_divergence(target(4), w) == np.inf
    assert least_divergence(one_sector(4, 2), w) == pytest.approx(0, abs=1e-15)
    assert least_variation(one_sector(4, 1), w) == 1


def test_no_quench_of_a_hidden_machine_exceeds_the_bounds():
    """And the sectors that a target of one m needs are those that the machine has."""
    machine = born_machine(4, 1, quench_time=2.0, **HEISENBERG)
    fields = np.random.default_rng(2).uniform(-8, 8, (500, 5))
    p = machine.distribution(machine.quench(machine.initial_state("plus"), fields))
    for q in (target(4), parity(4), one_sector(4, 2)):
        divergences = kl_divergence(np.broadcast_to(q, p.shape), p)
        assert divergences.min() >= least_divergence(q, plus(5))
        assert total_variation(q[None], p).min() >= least_variation(q, plus(5))
