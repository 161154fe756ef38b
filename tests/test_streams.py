"""Random streams keyed by meaning."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinlearn import streams

parts = st.one_of(st.integers(0, 10**6), st.text(max_size=6), st.booleans(), st.floats(0, 10))


@given(st.lists(parts, max_size=4), st.lists(parts, max_size=4))
def test_streams_are_equal_for_equal_keys_alone(one, other):
    same = [(type(a), a) for a in one] == [(type(b), b) for b in other]
    # Two 64-bit draws of different streams agree with a chance of 2^-64: never here.
    assert (streams.integer_seed(7, *one) == streams.integer_seed(7, *other)) == same


def test_named_parts_may_come_in_any_order():
    seed = streams.integer_seed
    assert seed(1, "a", L=8, h="1.00") == seed(1, "a", h="1.00", L=8)
    assert len({seed(1, "a", L=8), seed(1, "a", N=8), seed(2, "a", L=8), seed(1, "a", L="8")}) == 4


def test_streams_are_pinned():
    """A change of the keying would silently change every data set: it must be deliberate."""
    generator = streams.rng(20261120, "mbl", "disorder", L=8, h="1.00", split="train", block=0)
    assert generator.integers(0, 1000, 4).tolist() == [994, 552, 695, 849]


def test_streams_of_neighbouring_keys_are_uncorrelated():
    """Correlation of 10^4 pairs is below 5 sigma = 0.05; false alarm 6e-7 for each of 20 pairs."""
    draws = np.array([streams.rng(3, "x", block=b).standard_normal(10_000) for b in range(21)])
    for one, other in itertools.pairwise(draws):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.05


def test_key_of_other_types_is_refused():
    with pytest.raises(TypeError, match="keyed by strings and numbers"):
        streams.rng(1, [1, 2])


@given(size=st.integers(1, 100), blocks=st.integers(1, 20))
def test_blocks_hold_every_number_once(size, blocks):
    numbers = [n for b in range(blocks) for n in streams.block_numbers(f"{b:04d}", size)]
    assert numbers == list(range(size * blocks))
