"""Dimensions of the families, and families fitted to one another (Demidik 2025, theorem 1)."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn import arguments
from spinlearn.sqrbm.crossfit import (
    ENOUGH,
    cross_fit,
    dimension,
    equivalence,
    fisher_scoring,
    jacobian,
)
from spinlearn.sqrbm.model import Machine


@given(
    n=st.integers(2, 7),
    m=st.integers(1, 3),
    paulis=st.sampled_from(["Z", "XZ", "XYZ"]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=25)
def test_jacobian_matches_finite_differences(n, m, paulis, seed):
    machine = Machine(n, m, paulis)
    rng = np.random.default_rng(seed)
    theta = rng.uniform(-1, 1, (2, machine.size))
    direction = rng.normal(size=(2, machine.size))
    step = 1e-5
    high = machine.log_probability(theta + step * direction)
    low = machine.log_probability(theta - step * direction)
    slopes = np.einsum("rvk,rk->rv", jacobian(machine, theta), direction)
    # the third derivative along the direction is at most about |direction|^3 times that of tanh
    scale = np.abs(direction).sum(axis=1).max() ** 3
    np.testing.assert_allclose(slopes, (high - low) / (2 * step), atol=1e-10 * scale + 1e-8)


@pytest.mark.parametrize(
    ("n", "m", "paulis"),
    [
        (6, 1, "Z"),
        (6, 2, "Z"),
        (6, 1, "XZ"),
        (6, 2, "XZ"),
        (6, 1, "XYZ"),
        (7, 2, "XYZ"),
        (7, 3, "Z"),
    ],
)
def test_dimension_counts_parameters_less_rotations(n, m, paulis):
    """|W|(|W| - 1)/2 directions of each hidden unit only rotate its Paulis."""
    machine = Machine(n, m, paulis)
    rotations = m * len(paulis) * (len(paulis) - 1) // 2
    assert dimension(machine, np.random.default_rng(3)) == machine.size - rotations


def test_dimension_is_at_most_that_of_all_distributions():
    assert dimension(Machine(3, 6, "XYZ"), np.random.default_rng(0)) == 7


def test_theorem_1_families_differ_in_dimension():
    """So neither n + 2(n + 1) nor n + 3(n + 1) parameters stand for the same distributions."""
    rng = np.random.default_rng(0)
    for n in (5, 6, 8):
        assert dimension(Machine(n, 2, "Z"), rng) == dimension(Machine(n, 1, "XZ"), rng) + 1
        assert dimension(Machine(n, 3, "Z"), rng) == dimension(Machine(n, 1, "XYZ"), rng) + 3


@pytest.mark.parametrize("paulis", ["Z", "XZ", "XYZ"])
def test_fisher_scoring_finds_members_of_the_family(paulis):
    machine = Machine(5, 1, paulis)
    rng = np.random.default_rng(1)
    q = machine.probability(rng.uniform(-1.5, 1.5, (1, machine.size)))
    start = rng.uniform(-1, 1, (8, machine.size))
    theta, kl = fisher_scoring(machine, np.repeat(q, 8, axis=0), start, 120)
    best = kl.argmin()
    assert 0 <= kl[best] < 1e-20
    np.testing.assert_allclose(machine.probability(theta[best]), q[0], atol=1e-10)


def test_fisher_scoring_never_climbs():
    machine = Machine(4, 2, "XZ")
    rng = np.random.default_rng(2)
    q = rng.dirichlet(np.ones(16), size=5)
    start = rng.uniform(-1, 1, (5, machine.size))
    divergences = [fisher_scoring(machine, q, start, steps)[1] for steps in (0, 1, 5, 25)]
    assert all((later <= sooner).all() for sooner, later in pairwise(divergences))
    np.testing.assert_allclose(
        divergences[0], (q * np.log(q / machine.probability(start))).sum(axis=1), rtol=1e-10
    )


def test_a_hidden_qubit_differs_from_two_classical_hidden_units():
    """n = 5: own members are found to rounding; members of the other family are not approached."""
    fits = {
        (fit.source.paulis, fit.fitted.paulis): fit
        for fit in equivalence(5, 1, "XZ", seed=1, targets=3, starts=12, iterations=150)
    }
    for own in (("XZ", "XZ"), ("Z", "Z")):
        assert np.median(fits[own].kl) < 1e-20
    for other in (("XZ", "Z"), ("Z", "XZ")):
        assert np.median(fits[other].kl) > 1e-6
        assert fits[other].kl.min() > 1e-12
    assert fits["XZ", "Z"].dimensions == (16, 17)


def test_two_hidden_qubits_differ_from_four_classical_hidden_units():
    """n = 6, where both have 34 of 63 parameters: 32 and 34 dimensions, and members apart."""
    fits = {
        (fit.source.paulis, fit.fitted.paulis): fit
        for fit in equivalence(6, 2, "XZ", seed=1, targets=1, starts=20, iterations=150)
    }
    for own in (("XZ", "XZ"), ("Z", "Z")):
        assert fits[own].kl.min() < 1e-20
    for other in (("XZ", "Z"), ("Z", "XZ")):
        assert fits[other].kl.min() > 1e-9
    assert fits["XZ", "Z"].source.size == fits["XZ", "Z"].fitted.size == 34
    assert fits["XZ", "Z"].dimensions == (32, 34)


@pytest.mark.parametrize(("n", "m"), [(7, 2), (8, 2), (7, 3), (8, 3)])
def test_rank_by_finite_differences_is_the_dimension(n, m):
    """The rank of a Jacobian by central differences, whose rounding is about 1e-10."""
    for paulis, units in (("XZ", m), ("Z", 2 * m), ("XYZ", m), ("Z", 3 * m)):
        machine = Machine(n, units, paulis)
        theta = np.random.default_rng(5).uniform(-1, 1, machine.size)
        steps = 1e-5 * np.eye(machine.size)
        slopes = machine.log_probability(theta + steps) - machine.log_probability(theta - steps)
        values = np.linalg.svd(slopes / 2e-5, compute_uv=False)
        rank = int((values > 1e-7 * values[0]).sum())
        rotations = units * len(paulis) * (len(paulis) - 1) // 2
        assert rank == dimension(machine, np.random.default_rng(0)) == machine.size - rotations


def test_as_many_parameters_as_distributions_have_are_refused():
    """n = 6, {X,Y,Z}, m = 3: 69 parameters, and distributions have 63."""
    options = {"seed": 1, "targets": 1, "starts": 1, "iterations": 1}
    with pytest.raises(arguments.InvalidArgumentError, match=r"m.*69 parameters.*63"):
        equivalence(6, 3, "XYZ", **options)


def test_all_starts_end_once_one_has_found_the_target():
    machine = Machine(5, 1, "Z")
    rng = np.random.default_rng(1)
    q = np.repeat(machine.probability(rng.uniform(-1.5, 1.5, (1, machine.size))), 8, axis=0)
    start = rng.uniform(-1, 1, (8, machine.size))
    ended = fisher_scoring(machine, q, start, 120, ENOUGH)[1]
    full = fisher_scoring(machine, q, start, 120)[1]
    assert ended.min() < ENOUGH
    assert (ended >= full).all()
    assert (ended > full).any()


def test_a_classical_unit_is_a_qubit_with_one_axis():
    """The inclusion that does hold: RBM_{n,m} within sqRBM_{n,m}."""
    fit = cross_fit(
        Machine(4, 1, "Z"), Machine(4, 1, "XZ"), seed=1, targets=3, starts=6, iterations=150
    )
    # where the extra axis vanishes the Fisher matrix is singular and convergence only linear
    assert fit.kl.max() < 1e-8


def test_more_targets_do_not_change_the_earlier_ones():
    families = Machine(4, 1, "XZ"), Machine(4, 2, "Z")
    options = {"seed": 4, "starts": 2, "iterations": 10}
    few = cross_fit(*families, targets=1, **options)
    many = cross_fit(*families, targets=2, **options)
    np.testing.assert_array_equal(few.kl_starts, many.kl_starts[:1])
