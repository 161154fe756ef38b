"""Chain Hamiltonians: exact spectra, traces, symmetries, free fermions, Kronecker products."""

from functools import reduce
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spinlearn.spins.bases import chain_basis, occupations
from spinlearn.spins.hamiltonians import xxz_chain

PAULI = {
    "x": np.array([[0, 1], [1, 0]], dtype=complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.diag([1.0, -1.0]).astype(complex),
}


def spectrum(L, fields, boundary="ring", **options):
    return np.linalg.eigvalsh(xxz_chain(L, boundary, **options).dense(np.asarray(fields, float)))


def field_lists(L, bound=10.0):
    return arrays(float, L, elements=st.floats(-bound, bound))


def site_operator(name, site, L):
    return reduce(np.kron, [PAULI[name] if i == site else np.eye(2) for i in range(L)])


def kronecker(L, fields, boundary, scale, J_xy, J_zz):
    """Independent route: the whole space by Kronecker products of Pauli matrices."""
    bonds = [(i, (i + 1) % L) for i in range(L if boundary == "ring" else L - 1)]
    H = np.zeros((2**L, 2**L), dtype=complex)
    for i, j in bonds:
        for name, J in (("x", J_xy), ("y", J_xy), ("z", J_zz)):
            H += J * scale**2 * site_operator(name, i, L) @ site_operator(name, j, L)
    for i, h in enumerate(fields):
        H += scale * h * site_operator("z", i, L)
    return H


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("operators", "scale"), [("spin", 0.5), ("pauli", 1.0)])
@pytest.mark.parametrize(("J_xy", "J_zz"), [(1.0, 1.0), (1.0, 0.0), (0.7, -1.3)])
def test_whole_space_equals_kronecker_products(boundary, operators, scale, J_xy, J_zz):
    L, fields = 4, [0.3, -1.2, 2.0, 0.4]
    chain = xxz_chain(L, boundary, operators=operators, J_xy=J_xy, J_zz=J_zz, magnetisation=None)
    # Kronecker index: site 0 is the most significant bit, 0 is up; ours has 1 for up.
    order = 2**L - 1 - chain.states
    expected = kronecker(L, fields, boundary, scale, J_xy, J_zz)[np.ix_(order, order)]
    np.testing.assert_allclose(chain.dense(np.array(fields)), expected, atol=1e-14)


def test_basis_is_the_sector_and_descends():
    for L in (4, 6, 8):
        chain = xxz_chain(L)
        assert chain.dimension == comb(L, L // 2)
        assert (np.diff(chain.states) < 0).all()
        np.testing.assert_array_equal(occupations(chain.states, L).sum(axis=1), L // 2)
    with pytest.raises(ValueError, match="cannot have total"):
        chain_basis(5, 0)


def test_exact_spectra_of_small_chains():
    ring = spectrum(4, np.zeros(4))
    np.testing.assert_allclose(ring, [-2, -1, 0, 0, 0, 1], atol=1e-14)
    assert spectrum(6, np.zeros(6))[0] == pytest.approx(-(1 + np.sqrt(13) / 2), abs=1e-13)
    opened = sorted(
        [
            (-3 - 2 * 3**0.5) / 4,
            (-3 + 2 * 3**0.5) / 4,
            (-1 - 2 * 2**0.5) / 4,
            (-1 + 2 * 2**0.5) / 4,
            -0.25,
            0.75,
        ]
    )
    np.testing.assert_allclose(spectrum(4, np.zeros(4), "open"), opened, atol=1e-14)


def test_a_ring_of_two_counts_its_bond_twice():
    np.testing.assert_allclose(spectrum(2, [0, 0], "ring"), [-1.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(spectrum(2, [0, 0], "open"), [-0.75, 0.25], atol=1e-15)


@given(st.sampled_from([4, 6, 8]).flatmap(lambda L: st.tuples(st.just(L), field_lists(L))))
def test_pauli_is_four_times_spin_at_half_the_field(case):
    L, h = case
    np.testing.assert_allclose(
        spectrum(L, h, operators="pauli"), 4 * spectrum(L, h / 2), rtol=0, atol=1e-11
    )


@given(
    st.sampled_from([4, 6, 8]).flatmap(lambda L: st.tuples(st.just(L), field_lists(L))),
    st.floats(-2, 2),
    st.sampled_from(["ring", "open"]),
)
def test_sector_traces(case, delta, boundary):
    """Tr H/D = -Delta N_b/(4(L-1)), and the second moment of the ring, in closed form."""
    L, h = case
    chain = xxz_chain(L, boundary, J_zz=delta)
    H = chain.dense(h)
    bonds = L if boundary == "ring" else L - 1
    D = chain.dimension
    scale = max(1.0, float(np.abs(h).max()) ** 2) * L
    assert np.trace(H) / D == pytest.approx(-delta * bonds / (4 * (L - 1)), abs=1e-13 * scale)
    if boundary == "ring":
        second = (
            L**2 / (8 * (L - 1))
            + L**2 * delta**2 / (16 * (L - 1))
            + L / (4 * (L - 1)) * ((h**2).sum() - h.sum() ** 2 / L)
        )
        # The cross term of the Ising bonds and the fields has zero mean only where the bonds'
        # own four-point terms do: compare with the diagonal's own moment exactly.
        diagonal = np.diag(H)
        off = (H**2).sum() - (diagonal**2).sum()
        assert off / D == pytest.approx(L**2 / (8 * (L - 1)), abs=1e-12 * L)
        if delta == 0:
            assert (H**2).sum() / D == pytest.approx(second, abs=1e-12 * scale)


@given(
    st.integers(0, 2).flatmap(lambda k: st.tuples(st.just(4 + 2 * k), field_lists(4 + 2 * k))),
    st.floats(-5, 5),
)
def test_symmetries_of_the_spectrum(case, shift):
    """Unchanged under h -> h + c, h -> -h, reflection, and translation of the ring."""
    L, h = case
    reference = spectrum(L, h)
    tolerance = 1e-12 * (1 + np.abs(h).max() + abs(shift)) * L
    for other in (h + shift, -h, h[::-1], np.roll(h, 1)):
        np.testing.assert_allclose(spectrum(L, other), reference, rtol=0, atol=tolerance)
    np.testing.assert_allclose(
        spectrum(L, h[::-1], "open"), spectrum(L, h, "open"), rtol=0, atol=tolerance
    )


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize("L", [4, 6, 8])
def test_without_interaction_the_levels_are_free_fermions(L, boundary):
    """Independent route: sums of L/2 single-particle levels; the ring's corner has (-1)^(N+1)."""
    from itertools import combinations

    rng = np.random.default_rng(L)
    h = rng.uniform(-2, 2, L)
    N = L // 2
    hopping = np.diag(h) + 0.5 * (np.eye(L, k=1) + np.eye(L, k=-1))
    if boundary == "ring":
        corner = 0.5 * (-1) ** (N + 1)
        hopping[0, -1] += corner
        hopping[-1, 0] += corner
    levels = np.linalg.eigvalsh(hopping)
    expected = sorted(sum(chosen) - h.sum() / 2 for chosen in combinations(levels, N))
    np.testing.assert_allclose(spectrum(L, h, boundary, J_zz=0.0), expected, atol=1e-12)


def test_diagonal_of_a_batch():
    chain = xxz_chain(6)
    fields = np.random.default_rng(0).uniform(-1, 1, (3, 6))
    batch = chain.diagonal(fields)
    assert batch.shape == (3, 20)
    for row, h in zip(batch, fields, strict=True):
        np.testing.assert_allclose(np.diag(chain.dense(h) - chain.H0.toarray()), row, atol=1e-14)
        np.testing.assert_allclose(chain.sparse(h).toarray(), chain.dense(h), atol=1e-14)
