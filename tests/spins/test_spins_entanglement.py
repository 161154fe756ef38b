"""Half-chain entropies and their normalisations against the whole space and random states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from spinlearn.spins.bases import chain_basis
from spinlearn.spins.entanglement import (
    entropy_normalisation,
    half_chain_entropies,
    half_chain_spectra,
    page_entropy,
    page_entropy_sz0,
)


def states_of(L):
    return np.asarray(chain_basis(L, 0).states, dtype=np.int64)


def random_vectors(L, count, seed=0):
    vectors = np.random.default_rng(seed).standard_normal((len(states_of(L)), count))
    return vectors / np.linalg.norm(vectors, axis=0)


def whole_space_entropies(vector, L):
    """Independent route: the singular values of the 2^(L/2) x 2^(L/2) matrix of amplitudes.

    The number entropy is from its row sums, the left half's distribution.
    """
    full = np.zeros(2**L, dtype=vector.dtype)
    full[states_of(L)] = vector
    full = full.reshape(2 ** (L // 2), -1)
    p = np.linalg.svd(full, compute_uv=False) ** 2
    ups = np.bitwise_count(np.arange(len(full)))
    q = np.bincount(ups, weights=(np.abs(full) ** 2).sum(axis=1))
    return entr(p).sum(), entr(q).sum()


def assert_equals_the_whole_space(vectors, L):
    found = half_chain_entropies(vectors, states_of(L), L)
    total, number = np.transpose([whole_space_entropies(vector, L) for vector in vectors.T])
    np.testing.assert_allclose(found.total, total, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.number, number, rtol=0, atol=1e-13)
    assert (found.total >= 0).all()
    assert (found.number >= 0).all()


def product_across_the_middle(L, ups, seed):
    """A random state of the left half with `ups` spins up, times one of the right half."""
    rng = np.random.default_rng(seed)
    half = L // 2
    numbers = np.bitwise_count(np.arange(2**half))
    left = np.where(numbers == ups, rng.standard_normal(2**half), 0.0)
    right = np.where(numbers == half - ups, rng.standard_normal(2**half), 0.0)
    vector = np.outer(left, right).ravel()[states_of(L)]
    return vector / np.linalg.norm(vector)


@given(st.sampled_from([4, 6, 8, 10]), st.integers(0, 1000))
def test_blocks_equal_the_whole_space(L, seed):
    vectors = random_vectors(L, 3, seed)
    assert_equals_the_whole_space(vectors, L)
    found = half_chain_entropies(vectors, states_of(L), L)
    assert (found.configuration >= -1e-13).all()


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("L", range(2, 15, 2))
def test_entropies_of_each_size(L, is_complex):
    """Of random states, and of localised ones, whose small Schmidt values span 16 decades."""
    vectors = random_vectors(L, 3) + 1j * is_complex * random_vectors(L, 3, seed=1)
    steep = vectors * np.exp(-np.random.default_rng(2).uniform(0, 40, vectors.shape))
    vectors = np.concatenate([vectors, steep], axis=1)
    vectors /= np.linalg.norm(vectors, axis=0)
    assert_equals_the_whole_space(vectors if is_complex else vectors.real, L)


@pytest.mark.parametrize("L", range(2, 15, 2))
def test_entropies_of_product_states_vanish(L):
    """They have one Schmidt value; all others are 0 up to rounding."""
    vectors = [
        product_across_the_middle(L, ups, seed) for ups in range(L // 2 + 1) for seed in (0, 1)
    ]
    found = half_chain_entropies(np.transpose(vectors), states_of(L), L)
    for entropy in (found.total, found.number):
        assert (entropy >= 0).all()
        np.testing.assert_allclose(entropy, 0, atol=1e-13)


@pytest.mark.parametrize("L", range(2, 15, 2))
def test_entropies_of_equal_schmidt_values(L):
    """Each basis state of the left half with its complement: S = (L/2) ln 2.

    The second state has random signs, the third only the left states that begin with up.
    """
    states, half = states_of(L), L // 2
    left, right = states >> half, states & (2**half - 1)
    mirrored = (left ^ right == 2**half - 1).astype(float)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], len(states))
    vectors = np.stack([mirrored, signs * mirrored, mirrored * (left >> (half - 1))], axis=1)
    vectors /= np.linalg.norm(vectors, axis=0)
    found = half_chain_entropies(vectors, states, L).total
    np.testing.assert_allclose(found, np.log(2) * np.array([half, half, half - 1]), atol=1e-13)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("L", [4, 6, 10])
def test_spectra_equal_the_whole_space(L, is_complex):
    """Independent route: squared singular values of the 2^(L/2) x 2^(L/2) matrix of amplitudes."""
    vectors = random_vectors(L, 3)
    if is_complex:
        vectors = (vectors + 1j * random_vectors(L, 3, seed=1)) / np.sqrt(2)
        vectors /= np.linalg.norm(vectors, axis=0)
    found = half_chain_spectra(vectors, states_of(L), L)
    assert found.shape == (3, 2 ** (L // 2))
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-13)
    for spectrum, vector in zip(found, vectors.T, strict=True):
        full = np.zeros(2**L, dtype=vector.dtype)
        full[states_of(L)] = vector
        values = np.linalg.svd(full.reshape(2 ** (L // 2), -1), compute_uv=False)
        np.testing.assert_allclose(spectrum, values**2, atol=1e-14)
    entropies = half_chain_entropies(vectors, states_of(L), L).total
    p = np.where(found > 0, found, 1.0)
    np.testing.assert_allclose(-(p * np.log(p)).sum(axis=1), entropies, atol=1e-12)


@pytest.mark.parametrize("L", [6, 8])
def test_quspin_agrees(L):
    """Independent route: QuSpin's own entanglement entropy (per site of the subsystem)."""
    basis = chain_basis(L, 0)
    vectors = random_vectors(L, 4)
    found = half_chain_entropies(vectors, states_of(L), L).total
    for column, vector in enumerate(vectors.T):
        theirs = basis.ent_entropy(vector, sub_sys_A=range(L // 2), density=False)["Sent_A"]
        assert found[column] == pytest.approx(float(theirs), abs=1e-12)


def test_product_states_and_a_bell_pair():
    L = 6
    states = states_of(L)
    product = np.eye(len(states))
    entropies = half_chain_entropies(product, states, L)
    np.testing.assert_allclose(entropies.total, 0, atol=1e-15)
    bell = np.zeros((len(states), 1))
    for text in ("001110", "010110", "101010"):
        assert int(text, 2) in states
    for text in ("001101", "010101"):  # (|001> + |010>)|101>: not entangled
        bell[states == int(text, 2)] = 2**-0.5
    assert half_chain_entropies(bell, states, L).total[0] == pytest.approx(0, abs=1e-14)
    bell[:] = 0
    for text in ("001110", "110001"):  # |001>|110> + |110>|001>: one ebit, all of it number
        bell[states == int(text, 2)] = 2**-0.5
    pair = half_chain_entropies(bell, states, L)
    assert pair.total[0] == pytest.approx(np.log(2), abs=1e-14)
    assert pair.number[0] == pytest.approx(np.log(2), abs=1e-14)


def test_page_entropy_is_its_sum():
    for m, n in ((1, 4), (2, 8), (8, 2), (16, 16)):
        small, large = min(m, n), max(m, n)
        expected = sum(1 / k for k in range(large + 1, m * n + 1)) - (small - 1) / (2 * large)
        assert page_entropy(m, n) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("L", [6, 8, 10])
def test_sector_page_value_is_the_mean_over_random_states(L):
    """2000 Gaussian states; five standard errors, a false alarm of 6e-7 for each L."""
    complex_states = random_vectors(L, 2000, 1) + 1j * random_vectors(L, 2000, 2)
    complex_states /= np.linalg.norm(complex_states, axis=0)
    entropies = half_chain_entropies(complex_states, states_of(L), L).total
    error = entropies.std(ddof=1) / np.sqrt(2000)
    assert abs(entropies.mean() - page_entropy_sz0(L)) < 5 * error


def test_named_normalisations():
    for L in (8, 10, 12, 14):
        n = 2 ** (L // 2)
        assert entropy_normalisation(L, "page") == page_entropy(n, n)
        assert entropy_normalisation(L, "page_sz0") < entropy_normalisation(L, "page")
        bits = sum(1 / k for k in range(n + 1, n * n + 1)) / np.log(2) - (n - 1) / (2 * n)
        assert 1 / entropy_normalisation(L, "gresch2022_code") == pytest.approx(
            1 / np.log(2) / bits
        )
    with pytest.raises(Exception, match="gresch2022_code"):  # ValueError, or a run-time type check
        entropy_normalisation(8, "pages")
