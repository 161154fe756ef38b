"""Distances between distributions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.learning.distributions import (
    bhattacharyya,
    classical_fidelity,
    kl_divergence,
    total_variation,
)


def _probabilities(seed: int, n: int, count: int = 2) -> np.ndarray:
    """Random distributions, some strings impossible."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(2**n, 0.5), size=count) * (rng.random((count, 2**n)) < 0.8)
    p[:, 0] += 1e-3
    return p / p.sum(axis=1, keepdims=True)


@given(n=st.integers(2, 7), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=50)
def test_distances_obey_their_inequalities(n, seed):
    """1 - BC <= TVD <= sqrt(1 - F), F = BC^2; symmetry and the triangle inequality."""
    p, q, r = _probabilities(seed, n, 3)
    tvd, bc, fidelity = total_variation(p, q), bhattacharyya(p, q), classical_fidelity(p, q)
    assert fidelity == pytest.approx(bc**2, abs=1e-14)
    assert 1 - bc <= tvd + 1e-14
    assert tvd <= np.sqrt(max(1 - fidelity, 0.0)) + 1e-7
    for distance in (total_variation, bhattacharyya, classical_fidelity):
        assert distance(p, q) == pytest.approx(distance(q, p), abs=1e-14)
    assert total_variation(p, r) <= tvd + total_variation(q, r) + 1e-14
    # the largest difference of the probabilities of an event
    assert tvd == pytest.approx((p - q)[p > q].sum(), abs=1e-14)


def test_distances_at_their_ends():
    p = np.array([0.5, 0.5, 0.0, 0.0])
    q = np.array([0.0, 0.0, 0.25, 0.75])
    assert total_variation(p, p) == 0.0
    assert classical_fidelity(p, p) == pytest.approx(1.0, abs=1e-15)
    assert total_variation(p, q) == 1.0
    assert bhattacharyya(p, q) == classical_fidelity(p, q) == 0.0
    uniform, half = np.full(64, 1 / 64), np.tile([1 / 32, 0.0], 32)
    assert total_variation(uniform, half) == pytest.approx(0.5)
    assert classical_fidelity(uniform, half) == pytest.approx(0.5)


def test_distances_take_batches():
    p = _probabilities(3, 4, 6).reshape(2, 3, 16)
    q = _probabilities(4, 4, 6).reshape(2, 3, 16)
    for distance in (total_variation, bhattacharyya, classical_fidelity):
        batch = distance(p, q)
        assert batch.shape == (2, 3)
        single = [[distance(p[i, j], q[i, j]) for j in range(3)] for i in range(2)]
        np.testing.assert_allclose(batch, single, rtol=1e-14)


def test_negative_rounding_errors_are_accepted():
    """Measured frequencies and numerical distributions may carry -1e-17."""
    p = np.array([1.0, -1e-17])
    assert classical_fidelity(p, np.array([0.5, 0.5])) == pytest.approx(0.5)
    assert bhattacharyya(p, np.array([1.0, 0.0])) == pytest.approx(1.0)


@given(n=st.integers(2, 6), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_divergence_is_its_sum_and_bounds_the_others(n, seed):
    """Written out; Pinsker's inequality TVD^2 <= KL/2; -ln F <= KL (Jensen's inequality)."""
    p, q = _probabilities(seed, n)
    p = 0.5 * p + 0.5 / 2**n
    expected = sum(b * np.log(b / a) for a, b in zip(p, q, strict=True) if b > 0)
    kl = kl_divergence(q, p)
    assert kl == pytest.approx(expected, abs=1e-12)
    assert total_variation(q, p) ** 2 <= kl / 2 + 1e-14
    assert -np.log(classical_fidelity(q, p)) <= kl + 1e-14


def test_divergence_of_an_impossible_string_is_infinite():
    assert kl_divergence(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == np.inf
    assert kl_divergence(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(np.log(2))
