"""Half-chain entropies and their normalisations against the whole space and random states."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import entr

from spinlearn.spins.bases import basis_states, quspin_basis
from spinlearn.spins.entanglement import (
    entropy_normalisation,
    half_chain_entropies,
    half_chain_spectra,
    page_entropy,
    page_entropy_sz0,
)
from spinlearn.spins.product_states import all_amplitudes, product_state


def states_of(L):
    return basis_states(L, 0)


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
    basis = quspin_basis(L, 0)
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


@pytest.mark.parametrize("L", [48, 50, 52, 54, 62, 64, 66, 128, 1100])
def test_normalisations_of_long_chains_approach_their_limits(L):
    """ln m - m/(2n) (Page), and at S^z = 0 further (1/2 - ln 2)/2 (Vidmar and Rigol, Phys. Rev.
    Lett. 119, 220603 (2017), at half filling), up to corrections of order 1/L.

    Beyond L = 62 the dimensions leave 64 bits, beyond 1023 the floating-point numbers.
    """
    page = L / 2 * np.log(2) - 1 / 2
    assert entropy_normalisation(L, "page") == pytest.approx(page, rel=1e-14)
    above = entropy_normalisation(L, "page_sz0") - page - (1 / 2 - np.log(2)) / 2
    assert 0 < above < 1 / (4 * L)
    code = entropy_normalisation(L, "gresch2022_code")  # its second term is in bits
    assert code == pytest.approx((L - 1) / 2 * np.log(2), rel=1e-6)


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


# --- any sector, odd lengths, the whole space ---------------------------------------------------

BASES = [
    (6, None),
    (7, None),
    (1, None),
    (2, None),
    (3, 0.5),
    (7, 0.5),
    (7, -1.5),
    (8, 2),
    (9, 2.5),
]
BASES += [(5, 2.5), (6, -3), (6, 2), (7, -2.5), (2, -1), (1, 0.5)]


def make_states(L, magnetisation, count=4, *, is_complex=False):
    """The basis, and random states on it whose amplitudes span seven decades, as columns."""
    states = basis_states(L, magnetisation)
    rng = np.random.default_rng(L)
    vectors = rng.standard_normal((len(states), count))
    if is_complex:
        vectors = vectors + 1j * rng.standard_normal(vectors.shape)
    vectors *= np.exp(-np.linspace(0, 16, count) * rng.random(vectors.shape))
    return states, vectors / np.linalg.norm(vectors, axis=0)


def whole_matrix(vector, states, L):
    """Amplitudes as a 2^(L//2) x 2^(L - L//2) matrix: rows are the left half's states."""
    full = np.zeros(2**L, dtype=vector.dtype)
    full[states] = vector
    return full.reshape(2 ** (L // 2), -1)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize(("L", "magnetisation"), BASES)
def test_any_basis_equals_the_whole_matrix(L, magnetisation, is_complex):
    """Independent routes: an SVD of all amplitudes, and a count of the left half's up spins.

    Up spins are counted in the binary numerals of the basis states.
    """
    states, vectors = make_states(L, magnetisation, is_complex=is_complex)
    found = half_chain_entropies(vectors, states, L)
    spectra = half_chain_spectra(vectors, states, L)
    assert spectra.shape == (4, 2 ** (L // 2))
    for n, vector in enumerate(vectors.T):
        p = np.linalg.svd(whole_matrix(vector, states, L), compute_uv=False) ** 2
        np.testing.assert_allclose(spectra[n], p, rtol=0, atol=1e-14)
        assert found.total[n] == pytest.approx(entr(p).sum(), abs=1e-13)
        two = np.append(p, 0.0)[:2]
        assert found.schmidt_gap[n] == pytest.approx(two[0] - two[1], abs=1e-13)
        counts = np.zeros(L + 1)
        for state, amplitude in zip(states, vector, strict=True):
            counts[format(int(state), f"0{L}b")[: L // 2].count("1")] += abs(amplitude) ** 2
        assert found.number[n] == pytest.approx(entr(counts).sum(), abs=1e-13)


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize(("L", "magnetisation"), [b for b in BASES if b[0] > 1])
def test_quspin_agrees_on_any_basis(L, magnetisation, is_complex):
    """QuSpin's `ent_entropy` in nats; `density=False` leaves out its division by L//2."""
    states, vectors = make_states(L, magnetisation, is_complex=is_complex)
    basis = quspin_basis(L, magnetisation)
    found = half_chain_entropies(vectors, states, L).total
    for n, vector in enumerate(vectors.T):
        half = {"sub_sys_A": list(range(L // 2)), "density": False}
        theirs = basis.ent_entropy(vector, **half)["Sent_A"]
        assert found[n] == pytest.approx(float(theirs), abs=1e-12)


def test_sectors_and_whole_space_agree():
    """The same state in its sector and among all 2^L states, where there is one block."""
    for L, magnetisation in ((8, 0), (7, 1.5), (6, -3)):
        states, vectors = make_states(L, magnetisation)
        everything = basis_states(L, None)
        embedded = np.zeros((2**L, vectors.shape[1]))
        embedded[2**L - 1 - states] = vectors
        inside = half_chain_entropies(vectors, states, L)
        outside = half_chain_entropies(embedded, everything, L)
        for name in ("total", "number", "schmidt_gap"):
            one, other = getattr(inside, name), getattr(outside, name)
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-13, err_msg=name)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 1.2])
@pytest.mark.parametrize("magnetisation", [0, None])
def test_two_spins_in_closed_form(angle, magnetisation):
    """cos a |10> + sin a |01>: p = cos^2 a, sin^2 a; the gap is |cos 2a|, and S is all number."""
    states = basis_states(2, magnetisation)
    vector = np.where(states == 0b10, np.cos(angle), np.where(states == 0b01, np.sin(angle), 0.0))
    found = half_chain_entropies(vector[:, None], states, 2)
    assert found.schmidt_gap[0] == pytest.approx(abs(np.cos(2 * angle)), abs=1e-15)
    expected = entr([np.cos(angle) ** 2, np.sin(angle) ** 2]).sum()
    assert found.total[0] == pytest.approx(expected, abs=1e-15)
    assert found.number[0] == pytest.approx(expected, abs=1e-15)


def test_number_entropy_without_conserved_magnetisation():
    """GHZ: one bit of both. All spins along x: a binomial distribution, and no entanglement."""
    L = 6
    states = basis_states(L, None)
    ghz = np.isin(states, [0, 2**L - 1]) / np.sqrt(2)
    plus = np.full(2**L, 2 ** (-L / 2))
    found = half_chain_entropies(np.transpose([ghz, plus]), states, L)
    binomial = entr(np.array([1, 3, 3, 1]) / 8).sum()
    np.testing.assert_allclose(found.total, [np.log(2), 0], atol=1e-14)
    np.testing.assert_allclose(found.number, [np.log(2), binomial], atol=1e-14)
    np.testing.assert_allclose(found.schmidt_gap, [0, 1], atol=1e-14)


@pytest.mark.parametrize("function", [half_chain_entropies, half_chain_spectra])
def test_incomplete_basis_is_refused(function):
    sector, everything = states_of(6), np.arange(63, -1, -1)
    other = basis_states(6, 1)
    for states in (sector[1:], everything[:-1], np.concatenate([sector, other]), sector[:1]):
        vectors = np.eye(len(states))[:, :1]
        with pytest.raises(ValueError, match="all states of one S\\^z sector, or all 2\\^L states"):
            function(vectors, states, 6)


def test_configuration_entropy_needs_one_sector():
    """A random product state has S = 0 and S_n > 0, so their difference is no entropy."""
    L = 6
    vector = all_amplitudes(product_state("random_product", L, np.random.default_rng(0)))
    found = half_chain_entropies(vector[:, None], np.arange(2**L), L)
    assert found.total[0] == pytest.approx(0, abs=1e-12)
    assert found.number[0] > 0.5
    with pytest.raises(ValueError, match=r"one S\^z sector"):
        _ = found.configuration
    sector = half_chain_entropies(random_vectors(L, 1), states_of(L), L)
    assert sector.configuration == pytest.approx(sector.total - sector.number)
