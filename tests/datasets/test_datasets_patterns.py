"""Data sets of patterns: supports, symmetries, and draws keyed by run."""

from collections import Counter
from math import comb, sqrt

import numpy as np
import pytest
from scipy.stats import chisquare

from spinlearn.datasets import patterns
from spinlearn.datasets.strings import Request, bit_strings

SIZES = (4, 6, 8, 10, 12)


def target(name, n, run=0, seed=0, runs=range(3)):
    """All 2^n probabilities of a data set."""
    return getattr(patterns, name)(Request(n=n, seed=seed, runs=runs)).target(run)


def strings(q, n):
    """The support as texts, bit 0 first."""
    return [format(index, f"0{n}b") for index in np.flatnonzero(q)]


@pytest.mark.parametrize("n", SIZES)
def test_supports_are_those_of_the_paper(n):
    """2 + n/2, n^2, C(n, n/2) and 2^(n-1) strings, all equally probable (Demidik 2025)."""
    supports = {
        "bars": 2 + n // 2,
        "random": min(n**2, 2**n),
        "cardinality": comb(n, n // 2),
        "parity": 2 ** (n - 1),
        "bars_and_stripes": 2**2 + 2 ** (n // 2) - 2,
    }
    for name, support in supports.items():
        q = target(name, n)
        assert q.shape == (2**n,)
        assert np.count_nonzero(q) == support
        np.testing.assert_allclose(q[q > 0], 1.0 / support, rtol=1e-15)
        assert q.sum() == pytest.approx(1.0, abs=1e-14)


def test_bars_are_the_lines_of_the_grid():
    """A 2 x 3 grid written row by row: two rows, three columns."""
    expected = {"111000", "000111", "100100", "010010", "001001"}
    assert set(strings(target("bars", 6), 6)) == expected
    # on 2 x 2 the four lines are distinct as well
    assert set(strings(target("bars", 4), 4)) == {"1100", "0011", "1010", "0101"}


def test_bars_and_stripes_are_full_rows_or_full_columns():
    """By hand on 2 x 3: every grid of which all rows are alike, or all columns."""
    expected = set()
    for text in (format(index, "06b") for index in range(64)):
        above, below = text[:3], text[3:]
        if above == below or (len(set(above)) == 1 and len(set(below)) == 1):
            expected.add(text)
    assert set(strings(target("bars_and_stripes", 6), 6)) == expected
    assert set(strings(target("bars", 6), 6)) < expected


@pytest.mark.parametrize("n", SIZES)
def test_cardinality_and_parity_count_ones(n):
    assert {text.count("1") for text in strings(target("cardinality", n), n)} == {n // 2}
    assert {text.count("1") % 2 for text in strings(target("parity", n), n)} == {0}
    # parity of odd length is as good
    assert np.count_nonzero(target("parity", n - 1)) == 2 ** (n - 2)


@pytest.mark.parametrize("n", [4, 6, 8])
def test_symmetries_of_the_distributions(n):
    """Exchange of units, flips of a pair for parity, swapped rows and shifted columns for bars."""
    place = 1 << np.arange(n - 1, -1, -1)
    order = bit_strings(n)[:, np.random.default_rng(0).permutation(n)] @ place
    parity = target("parity", n)
    for q in (parity, target("cardinality", n)):
        np.testing.assert_array_equal(q[order], q)
    np.testing.assert_array_equal(parity[np.arange(2**n) ^ 0b11], parity)
    row = np.roll(np.arange(n // 2), 1)
    swap_rows, shift_columns = np.roll(np.arange(n), n // 2), np.r_[row, n // 2 + row]
    for move in (swap_rows, shift_columns):
        order = bit_strings(n)[:, move] @ place
        for q in (target("bars", n), target("bars_and_stripes", n)):
            np.testing.assert_array_equal(q[order], q)
    flipped = target("bars_and_stripes", n)[::-1]
    np.testing.assert_array_equal(flipped, target("bars_and_stripes", n))


def test_low_order_correlations_vanish_for_parity():
    """Every product of fewer than n signs averages to zero over the even strings."""
    n = 6
    s = 1 - 2 * bit_strings(n).astype(int)
    for members in range(1, 2**n):
        chosen = [i for i in range(n) if members >> i & 1]
        mean = target("parity", n) @ np.prod(s[:, chosen], axis=1)
        assert mean == (1.0 if len(chosen) == n else 0.0)


def test_random_strings_are_uniform():
    """Each string is in 100 of 400 draws on average; five standard deviations: false alarm 2e-4."""
    n, draws = 8, 400
    data = patterns.random(Request(n=n, seed=7, runs=range(draws)))
    counts = sum((data.target(run) > 0).astype(int) for run in range(draws))
    share = n**2 / 2**n
    spread = sqrt(draws * share * (1 - share))
    assert np.abs(counts - draws * share).max() < 5 * spread


def test_random_strings_are_drawn_by_seed_and_run():
    first = patterns.random(Request(n=8, seed=1, runs=range(4)))
    later = patterns.random(Request(n=8, seed=1, runs=range(2, 6)))
    other = patterns.random(Request(n=8, seed=2, runs=range(4)))
    for run in (2, 3):
        np.testing.assert_array_equal(first.target(run), later.target(run))
        assert not np.array_equal(first.target(run), other.target(run))
    assert len({first.target(run).tobytes() for run in range(4)}) == 4
    assert first.runs == (0, 1, 2, 3)


def test_samples_of_bars_and_stripes_are_rows_or_columns():
    """Half of them rows; five standard deviations of 2000 tosses: false alarm 6e-7."""
    request = Request(n=64, seed=3, settings={"samples": 2000})
    data = patterns.bars_and_stripes_4x16(request)
    assert data.form == "samples"
    grids = data.strings.reshape(2000, 4, 16)
    are_rows = (grids == grids[:, :, :1]).all(axis=(1, 2))
    are_columns = (grids == grids[:, :1, :]).all(axis=(1, 2))
    assert (are_rows | are_columns).all()
    # A column pattern looks like rows if all 16 columns are alike (3e-5); rows like columns if all
    # 4 rows are alike (1/8 of the half).
    assert abs((are_rows & ~are_columns).mean() - 0.5 * 7 / 8) < 5 * 0.5 / sqrt(2000)
    assert abs(data.strings.mean() - 0.5) < 0.05
    again = patterns.bars_and_stripes_4x16(request)
    np.testing.assert_array_equal(again.strings, data.strings)


def test_all_bars_and_stripes_are_what_samples_are_drawn_from():
    """2^4 + 2^16 - 2 patterns; the share of each of 10,000 samples by a chi-squared of the rows."""
    data = patterns.all_bars_and_stripes_4x16(Request(n=64))
    assert data.form == "distribution"
    assert len(np.unique(data.strings, axis=0)) == len(data.strings) == 2**4 + 2**16 - 2
    known = dict(zip(map(bytes, data.strings), data.probability[0], strict=True))
    drawn = patterns.bars_and_stripes_4x16(Request(n=64, seed=3, settings={"samples": 10_000}))
    counts = Counter(map(bytes, drawn.strings))
    assert set(counts) <= set(known)
    rows = [string for string, p in known.items() if p > 0.01]
    observed = [counts[string] for string in rows]
    expected = [10_000 * known[string] for string in rows]
    rest = 10_000 - np.array([sum(observed), sum(expected)])
    assert chisquare([*observed, rest[0]], [*expected, rest[1]]).pvalue > 1e-3
