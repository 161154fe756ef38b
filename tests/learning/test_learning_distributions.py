"""Target distributions and distances between distributions."""

from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinlearn.learning.distributions import (
    bars,
    bhattacharyya,
    bit_strings,
    cardinality,
    classical_fidelity,
    parity,
    random_strings,
    total_variation,
)

SIZES = (4, 6, 8, 10, 12)


def _strings(q: np.ndarray, n: int) -> list[str]:
    """The support as texts, bit 0 first."""
    return [format(index, f"0{n}b") for index in np.flatnonzero(q)]


def _probabilities(seed: int, n: int, count: int = 2) -> np.ndarray:
    """Random distributions, some strings impossible."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(2**n, 0.5), size=count) * (rng.random((count, 2**n)) < 0.8)
    p[:, 0] += 1e-3
    return p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_bit_strings_are_in_order(n):
    table = bit_strings(n)
    assert table.shape == (2**n, n)
    assert ["".join(map(str, row)) for row in table] == [format(i, f"0{n}b") for i in range(2**n)]


@pytest.mark.parametrize("n", SIZES)
def test_supports_are_those_of_the_paper(n):
    """2 + n/2, n^2, C(n, n/2) and 2^(n-1) strings, all equally probable (Demidik 2025)."""
    drawn = random_strings(n, np.random.default_rng(0))
    for q, support in (
        (bars(n), 2 + n // 2),
        (drawn, min(n**2, 2**n)),
        (cardinality(n), comb(n, n // 2)),
        (parity(n), 2 ** (n - 1)),
    ):
        assert q.shape == (2**n,)
        assert np.count_nonzero(q) == support
        np.testing.assert_allclose(q[q > 0], 1.0 / support, rtol=1e-15)
        assert q.sum() == pytest.approx(1.0, abs=1e-14)


def test_bars_are_the_lines_of_the_grid():
    """A 2 x 3 grid written row by row: two rows, three columns."""
    assert set(_strings(bars(6), 6)) == {"111000", "000111", "100100", "010010", "001001"}
    # on 2 x 2 the four lines are distinct as well
    assert set(_strings(bars(4), 4)) == {"1100", "0011", "1010", "0101"}


@pytest.mark.parametrize("n", SIZES)
def test_cardinality_and_parity_count_ones(n):
    assert {text.count("1") for text in _strings(cardinality(n), n)} == {n // 2}
    assert {text.count("1") % 2 for text in _strings(parity(n), n)} == {0}
    # parity of odd length is as good
    assert np.count_nonzero(parity(n - 1)) == 2 ** (n - 2)


@pytest.mark.parametrize("n", [4, 6, 8])
def test_symmetries_of_the_distributions(n):
    """Exchange of units, flips of a pair for parity, swapped rows and shifted columns for bars."""
    units = np.random.default_rng(0).permutation(n)
    order = bit_strings(n)[:, units] @ (1 << np.arange(n - 1, -1, -1))
    for q in (parity(n), cardinality(n)):
        np.testing.assert_array_equal(q[order], q)
    np.testing.assert_array_equal(parity(n)[np.arange(2**n) ^ 0b11], parity(n))
    swap_rows = np.roll(np.arange(n), n // 2)
    shift_columns = np.concatenate(
        [np.roll(np.arange(n // 2), 1), n // 2 + np.roll(np.arange(n // 2), 1)]
    )
    for move in (swap_rows, shift_columns):
        order = bit_strings(n)[:, move] @ (1 << np.arange(n - 1, -1, -1))
        np.testing.assert_array_equal(bars(n)[order], bars(n))


def test_low_order_correlations_vanish_for_parity():
    """Every product of fewer than n signs averages to zero over the even strings."""
    n = 6
    s = 1 - 2 * bit_strings(n).astype(int)
    for members in range(1, 2**n):
        chosen = [i for i in range(n) if members >> i & 1]
        mean = parity(n) @ np.prod(s[:, chosen], axis=1)
        assert mean == (1.0 if len(chosen) == n else 0.0)


def test_random_strings_come_from_the_generator_and_are_uniform():
    """Each string is in 36 of 256 draws on average; five standard deviations: false alarm 2e-4."""
    n, draws = 8, 400
    rng = np.random.default_rng(7)
    counts = sum((random_strings(n, rng) > 0).astype(int) for _ in range(draws))
    share = n**2 / 2**n
    spread = sqrt(draws * share * (1 - share))
    assert np.abs(counts - draws * share).max() < 5 * spread
    a, b, c = (random_strings(n, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


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
    uniform = np.full(64, 1 / 64)
    assert total_variation(uniform, parity(6)) == pytest.approx(0.5)
    assert classical_fidelity(uniform, parity(6)) == pytest.approx(0.5)


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
