"""Maximum mean discrepancy: Walsh transform against the printed double sum; its properties."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.hbm.loss import (
    BANDWIDTHS,
    KullbackLeibler,
    MaximumMeanDiscrepancy,
    distance_to,
    hamming_spectrum,
    kernel_matrix,
    walsh_hadamard,
)

KERNELS = ("hamming", "integer", "pixel")


def random_distributions(seed, *shape):
    p = np.random.default_rng(seed).random(shape) ** 4
    return p / p.sum(axis=-1, keepdims=True)


def printed_kernel(x, y):
    """The kernel of Zhong 2022, eq. C1, between two points."""
    squared = np.sum((np.asarray(x, float) - np.asarray(y, float)) ** 2)
    return sum(np.exp(-squared / (2 * s)) for s in (0.1, 0.25, 4, 10)) / 4


def points(n, kernel):
    strings = list(itertools.product([0, 1], repeat=n))
    if kernel == "hamming":
        return strings
    indices = [int("".join(map(str, bits)), 2) for bits in strings]
    if kernel == "integer":
        return [(i,) for i in indices]
    side = 2 ** (n // 2)
    return [(i // side, i % side) for i in indices]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("n", [2, 4])
def test_kernel_matrix_is_the_printed_kernel(n, kernel):
    where = points(n, kernel)
    expected = [[printed_kernel(x, y) for y in where] for x in where]
    assert np.abs(kernel_matrix(n, kernel) - expected).max() < 1e-15


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1), n=st.sampled_from([2, 4, 6]), kernel=st.sampled_from(KERNELS)
)
def test_discrepancy_is_the_printed_double_sum(seed, n, kernel):
    q, *p = random_distributions(seed, 4, 2**n)
    K = kernel_matrix(n, kernel)
    found = MaximumMeanDiscrepancy(q, kernel)(np.array(p))
    for row, value in zip(p, found, strict=True):
        expected = row @ K @ row + q @ K @ q - 2 * row @ K @ q
        assert abs(value - expected) < 1e-14


@pytest.mark.parametrize("n", [1, 3, 5])
def test_odd_numbers_of_bits_on_bit_vectors(n):
    p, q = random_distributions(n, 2, 2**n)
    expected = (p - q) @ kernel_matrix(n) @ (p - q)
    assert abs(MaximumMeanDiscrepancy(q)(p) - expected) < 1e-15


@pytest.mark.parametrize("n", [1, 4, 7])
def test_walsh_functions_are_eigenvectors_of_the_hamming_kernel(n):
    W = walsh_hadamard(np.eye(2**n))
    assert np.array_equal(W @ W.T, 2**n * np.eye(2**n))
    signs = np.array([[(-1) ** (x & s).bit_count() for x in range(2**n)] for s in range(2**n)])
    assert np.array_equal(W, signs)
    expected = W / 2**n @ np.diag(hamming_spectrum(n)) @ W
    assert np.abs(kernel_matrix(n) - expected).max() < 1e-13


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels_are_positive_definite(kernel):
    levels = np.linalg.eigvalsh(kernel_matrix(6, kernel))
    # Each mixture holds exp(-5 d^2), nearly the unit matrix, with weight 1/4.
    assert levels[0] > 0.1
    if kernel == "hamming":
        assert np.abs(np.sort(hamming_spectrum(6)) - levels).max() < 1e-12


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    kernel=st.sampled_from(KERNELS),
    step=st.sampled_from([1e-6, 1e-3, 1.0]),
)
def test_zero_if_and_only_if_equal_and_a_squared_distance(seed, kernel, step):
    p, q, r = random_distributions(seed, 3, 64)
    assert MaximumMeanDiscrepancy(q, kernel)(q) == 0
    near = (1 - step) * q + step * p
    value = MaximumMeanDiscrepancy(q, kernel)(near)
    assert value > 0
    # Quadratic along a line, symmetric, and its root obeys the triangle inequality.
    whole = MaximumMeanDiscrepancy(q, kernel)(p)
    assert abs(value - step**2 * whole) < 1e-9 * step**2
    assert abs(MaximumMeanDiscrepancy(p, kernel)(q) - whole) < 1e-15
    there = np.sqrt(MaximumMeanDiscrepancy(q, kernel)(r)) + np.sqrt(
        MaximumMeanDiscrepancy(r, kernel)(p)
    )
    assert np.sqrt(whole) <= there + 1e-12


@given(seed=st.integers(0, 2**32 - 1), flip=st.integers(0, 63))
def test_hamming_kernel_is_invariant_under_flips_and_permutations_of_bits(seed, flip):
    p, q = random_distributions(seed, 2, 64)
    order = np.random.default_rng(seed).permutation(6)
    index = np.arange(64) ^ flip
    bits = (index[:, None] >> np.arange(6)) & 1
    moved = bits[:, order] @ (1 << np.arange(6))
    same = MaximumMeanDiscrepancy(q[moved])(p[moved])
    assert abs(same - MaximumMeanDiscrepancy(q)(p)) < 1e-15


def test_point_masses_at_a_hamming_distance():
    point = np.eye(64)
    for d in range(7):
        k = np.mean([np.exp(-d / (2 * s)) for s in BANDWIDTHS])
        assert abs(MaximumMeanDiscrepancy(point[0])(point[2**d - 1]) - 2 * (1 - k)) < 1e-14


def test_faults_are_refused():
    with pytest.raises(ValueError, match=r"2\^n"):
        MaximumMeanDiscrepancy(np.full(6, 1 / 6))
    with pytest.raises(ValueError, match=r"2\^n"):
        walsh_hadamard(np.ones(12))
    with pytest.raises(ValueError, match="square"):
        kernel_matrix(3, "pixel")
    with pytest.raises(ValueError, match="at most"):
        kernel_matrix(14, "integer")


def test_divergence_is_its_sum_over_strings():
    """Written out; strings without weight in the target add nothing."""
    p, q = random_distributions(3, 2, 16)
    q[::3] = 0
    q /= q.sum()
    expected = sum(b * np.log(b / a) for a, b in zip(p, q, strict=True) if b)
    assert float(KullbackLeibler(q)(p)) == pytest.approx(expected, rel=1e-13)
    assert float(KullbackLeibler(q)(q)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("loss", ["mmd", "kl"])
def test_slopes_equal_central_differences(loss):
    """Of a single probability p >= 0.01; the error of differences is (1e-5/p)^2/3, relatively."""
    p, q = random_distributions(4, 2, 16) + 0.01
    found = distance_to(q / q.sum(), loss)
    for k in range(16):
        step = np.zeros(16)
        step[k] = 1e-5
        difference = (float(found(p + step)) - float(found(p - step))) / 2e-5
        assert found.slope(p)[k] == pytest.approx(difference, rel=1e-6, abs=1e-8)
