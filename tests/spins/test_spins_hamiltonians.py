"""Chain Hamiltonians: exact spectra, traces, symmetries, free fermions.

Matrices are compared with two independent routes: Kronecker products, and QuSpin's `hamiltonian`.
"""

from functools import reduce
from itertools import combinations
from math import comb
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference import quspin_chain

from spinlearn.spins.bases import basis_states, occupations, quspin_basis
from spinlearn.spins.choices import Disorder
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.hamiltonians import NotConservedError, spin_chain, xxz_chain

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
        basis_states(5, 0)


@pytest.mark.parametrize("L", range(1, 11))
def test_basis_states_are_those_of_quspin_in_its_order(L):
    for magnetisation in (None, *(up - L / 2 for up in range(L + 1))):
        basis = quspin_basis(L, magnetisation)  # its states are gone when it is
        assert basis_states(L, magnetisation).tolist() == basis.states.tolist()


@pytest.mark.parametrize(("L", "up"), [(40, 1), (40, 39), (63, 63), (63, 62), (62, 0)])
def test_small_sectors_of_long_chains_are_small(L, up):
    states = basis_states(L, up - L / 2)
    assert states.size == comb(L, up)
    assert (np.bitwise_count(states) == up).all()
    assert (np.diff(states) < 0).all()


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


@pytest.mark.parametrize("kind", get_args(Disorder))
@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("L", "magnetisation"), [(4, 0), (8, 0), (8, -2), (7, 0.5)])
@pytest.mark.parametrize("operators", ["spin", "pauli"])
def test_without_interaction_the_levels_are_free_fermions(
    L, magnetisation, boundary, kind, operators
):
    """Independent route: sums of N single-particle levels; the ring's corner has (-1)^(N+1).

    O^x O^x + O^y O^y hops with amplitude 1/2 (spin) or 2 (Pauli); h O^z is h n - h/2 or 2 h n - h.
    """
    h = random_fields(np.random.default_rng(L), 2.0, (L,), kind)
    N = int(L / 2 + magnetisation)
    scale = {"spin": 1.0, "pauli": 2.0}[operators]
    hopping = scale * np.diag(h) + 0.5 * scale**2 * (np.eye(L, k=1) + np.eye(L, k=-1))
    if boundary == "ring":
        corner = 0.5 * scale**2 * (-1) ** (N + 1)
        hopping[0, -1] += corner
        hopping[-1, 0] += corner
    levels = np.linalg.eigvalsh(hopping)
    expected = sorted(sum(chosen) - scale * h.sum() / 2 for chosen in combinations(levels, N))
    found = spectrum(L, h, boundary, J_zz=0.0, operators=operators, magnetisation=magnetisation)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_diagonal_of_a_batch():
    chain = xxz_chain(6)
    fields = np.random.default_rng(0).uniform(-1, 1, (3, 6))
    batch = chain.diagonal(fields)
    assert batch.shape == (3, 20)
    for row, h in zip(batch, fields, strict=True):
        np.testing.assert_allclose(np.diag(chain.dense(h) - chain.H0.toarray()), row, atol=1e-14)
        np.testing.assert_allclose(chain.sparse(h).toarray(), chain.dense(h), atol=1e-14)


SECTORS = [(6, None), (6, 0), (6, 2), (7, None), (7, 0.5), (7, -2.5), (5, 2.5)]


@pytest.mark.parametrize("operators", ["spin", "pauli"])
@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("L", "magnetisation"), SECTORS)
def test_quspin_builds_the_same_chain(L, magnetisation, boundary, operators):
    """With every coupling; rounding alone, elements being below 20."""
    options = {"operators": operators, "magnetisation": magnetisation}
    options |= {"J_xy": 0.7, "J_zz": -1.3, "J2": 0.4}
    if magnetisation is None:
        options["h_x"] = 0.9
    fields = np.random.default_rng(L).uniform(-2, 2, L)
    chain = xxz_chain(L, boundary, **options)
    basis = quspin_chain.basis(L, magnetisation, operators)
    np.testing.assert_array_equal(chain.states, basis.states.astype(np.int64))
    expected = quspin_chain.matrix(L, fields, boundary, **options)
    np.testing.assert_allclose(chain.dense(fields), expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(chain.sparse(fields).toarray(), expected, rtol=0, atol=1e-13)
    up = {"spin": 0.5, "pauli": 1.0}[operators]
    np.testing.assert_array_equal(chain.z, np.where(occupations(chain.states, L), up, -up))
    assert chain.conserves_sz == (magnetisation is not None)


XYZ = (("x", 1.0), ("y", 0.6), ("z", 0.3))
TERMS = {
    "XYZ": [(J, a + a, (i, i + 1)) for i in range(4) for a, J in XYZ],
    "three sites": [(0.4, "zzz", (0, 1, 2)), (0.7, "+z-", (1, 2, 4)), (0.7, "-z+", (1, 2, 4))],
    "with identities": [(1.5, "I", (3,)), (0.5, "zI", (0, 2)), (-0.2, "xIx", (4, 0, 1))],
    "long range": [(1 / (j - i) ** 3, "zz", (i, j)) for j in range(5) for i in range(j)],
    "one bond of four": [(1.0, "++--", (0, 1, 2, 3)), (1.0, "--++", (0, 1, 2, 3))],
    "raising and lowering": [(0.5, "+-", (4, 0)), (0.5, "-+", (4, 0)), (2, "z", (1,))],
    "two y, one x": [(0.3, "yxy", (0, 2, 3))],
    "tiny coefficients": [(1e-20, "zz", (0, 1)), (3e-20, "x", (2,))],
}


@pytest.mark.parametrize("operators", ["spin", "pauli"])
@pytest.mark.parametrize("name", TERMS)
def test_quspin_adds_up_the_same_terms(name, operators):
    """QuSpin leaves out coefficients below 2e-15, so it gets the tiny ones times 1e20."""
    L, terms = 5, TERMS[name]
    size = 1e20 if name == "tiny coefficients" else 1.0
    expected = quspin_chain.matrix_of_terms(
        L, [(size * c, letters, sites) for c, letters, sites in terms], operators
    )
    chain = spin_chain(L, terms, operators=operators)
    np.testing.assert_allclose(size * chain.H0.toarray(), expected, rtol=0, atol=1e-13)
    if chain.conserves_sz:
        for magnetisation in (-1.5, 0.5):
            sector = spin_chain(L, terms, operators=operators, magnetisation=magnetisation)
            expected = quspin_chain.matrix_of_terms(L, terms, operators, magnetisation)
            np.testing.assert_allclose(sector.H0.toarray(), expected, rtol=0, atol=1e-13)
    assert chain.conserves_sz == (
        name not in ("XYZ", "with identities", "two y, one x") and size == 1
    )


def kronecker_terms(L, terms, scale):
    """Independent route: each operator of a term in the whole space, multiplied from the left."""
    letters = {name: scale * matrix for name, matrix in PAULI.items()} | {"I": np.eye(2)}
    letters |= {"+": letters["x"] + 1j * letters["y"], "-": letters["x"] - 1j * letters["y"]}
    H = np.zeros((2**L, 2**L), dtype=complex)
    for coefficient, names, sites in terms:
        operator = np.eye(2**L, dtype=complex)
        for name, site in zip(names, sites, strict=True):
            one = [letters[name] if i == site else np.eye(2) for i in range(L)]
            operator = operator @ reduce(np.kron, one)
        H += coefficient * operator
    return H


def adjoint(term):
    coefficient, letters, sites = term
    flipped = letters.translate(str.maketrans("+-", "-+"))
    return complex(coefficient).conjugate(), flipped[::-1], sites[::-1]


def random_terms(L):
    """Up to three operators on any sites, the same site twice among them."""
    pairs = st.lists(
        st.tuples(st.sampled_from("Ixyz+-"), st.integers(0, L - 1)), min_size=1, max_size=3
    )
    coefficients = st.sampled_from([1.0, -0.5, 0.3, 0.25j, 2])
    return st.lists(st.tuples(coefficients, pairs), max_size=4).map(
        lambda terms: [
            (c, "".join(a for a, _ in pairs), tuple(i for _, i in pairs)) for c, pairs in terms
        ]
    )


@settings(max_examples=150)
@given(random_terms(3), st.booleans(), st.sampled_from(["spin", "pauli"]))
def test_any_terms_equal_kronecker_products(terms, with_adjoints, operators):
    """The matrix decides: real and symmetric or refused; S^z conserved or no sector."""
    L = 3
    if with_adjoints:
        terms = terms + [adjoint(term) for term in terms]
    order = 2**L - 1 - np.arange(2**L)[::-1]
    expected = kronecker_terms(L, terms, {"spin": 0.5, "pauli": 1.0}[operators])[
        np.ix_(order, order)
    ]
    if np.abs(expected - expected.real.T).max() > 1e-10:
        with pytest.raises(ValueError, match=r"H_0 is not (real|symmetric)"):
            spin_chain(L, terms, operators=operators)
        return
    chain = spin_chain(L, terms, operators=operators)
    np.testing.assert_allclose(chain.H0.toarray(), expected.real, rtol=0, atol=1e-13)
    ups = occupations(chain.states, L).sum(axis=1)
    changes = np.abs(expected)[ups[:, None] != ups].max() > 1e-10
    assert chain.conserves_sz == (not changes)
    if changes:
        with pytest.raises(NotConservedError):
            spin_chain(L, terms, operators=operators, magnetisation=0.5)
    else:
        sector = spin_chain(L, terms, operators=operators, magnetisation=0.5)
        inside = np.ix_(ups == 2, ups == 2)
        np.testing.assert_allclose(sector.H0.toarray(), expected.real[inside], rtol=0, atol=1e-13)


def test_terms_add_up_and_cancel():
    """xx + yy leaves no S^+ S^+, xx - yy no S^+ S^-; nothing is left of H - H."""
    bond = (0, 1)
    exchange = spin_chain(2, [(1.0, "xx", bond), (1.0, "yy", bond)], magnetisation=0)
    np.testing.assert_array_equal(exchange.H0.toarray(), [[0, 0.5], [0.5, 0]])
    pairing = spin_chain(2, [(1.0, "xx", bond), (-1.0, "yy", bond)])
    assert not pairing.conserves_sz
    assert pairing.H0.nnz == 2
    assert pairing.H0[0, 3] == 0.5
    parts = [(0.1, "x", (0,)), (0.2, "x", (0,)), (-0.3, "x", (0,)), (1.0, "z", (1,))]
    assert spin_chain(2, parts, magnetisation=0).conserves_sz  # 0.1 + 0.2 - 0.3 = 5.6e-17
    assert spin_chain(2, []).H0.nnz == 0


def test_order_of_sites_and_of_terms_is_irrelevant():
    terms = [(0.3, "+-z", (2, 0, 1)), (0.3, "-+z", (2, 0, 1)), (0.5, "zx", (3, 1))]
    other = [(0.5, "xz", (1, 3)), (0.3, "z-+", (1, 2, 0)), (0.3, "-z+", (0, 1, 2))]
    first, second = (spin_chain(4, chosen).H0.toarray() for chosen in (terms, other))
    np.testing.assert_array_equal(first, second)


def test_operators_on_the_same_site_are_multiplied():
    """S^x S^x = 1/4 conserves S^z; S^+ S^- projects on up; sigma^x sigma^y = i sigma^z."""
    square = spin_chain(2, [(1.0, "xx", (0, 0))], magnetisation=0)
    np.testing.assert_array_equal(square.H0.toarray(), np.eye(2) / 4)
    up = spin_chain(2, [(1.0, "+-", (0, 0))])
    np.testing.assert_array_equal(up.H0.diagonal(), [1, 1, 0, 0])
    z = spin_chain(1, [(-1j, "xy", (0, 0))], operators="pauli")
    np.testing.assert_array_equal(z.H0.toarray(), np.diag([1, -1]))


@pytest.mark.parametrize(
    ("term", "fault"),
    [
        ((1.0, "ab", (0, 1)), r"\(1.0, 'ab', \(0, 1\)\): 'a' is no operator; .* I x y z \+ -"),
        ((1.0, "zz", (0,)), "as many sites as letters"),
        ((1.0, "", ()), "as many sites as letters, at least one"),
        ((1.0, "z", (4,)), "the sites are the integers 0 to 3"),
        ((1.0, "z", (-1,)), "the sites are the integers 0 to 3"),
        ((1.0, "z", (0.5,)), "the sites are the integers 0 to 3"),
        ((np.nan, "zz", (0, 1)), r"\(nan, 'zz', \(0, 1\)\): the coefficient must be finite"),
        ((complex(0, np.inf), "y", (0,)), "the coefficient must be finite"),
        (("zz", [[1.0, 0, 1]]), r"give \(coefficient, letters, sites\), such as"),
        ((1.0, "z", 0), r"give \(coefficient, letters, sites\), such as"),
    ],
)
def test_wrong_term_is_named(term, fault):
    """The run-time type check of the tests does not look into an iterator."""
    with pytest.raises(ValueError, match=fault):
        spin_chain(4, iter([(1.0, "zz", (0, 1)), term]))


def test_complex_and_asymmetric_hamiltonians_are_refused():
    moriya = [(1.0, "xy", (0, 1)), (-1.0, "yx", (0, 1))]
    with pytest.raises(ValueError, match=r"not real: S\^\+_0 S\^-_1 has the coefficient .*j"):
        spin_chain(2, moriya)
    with pytest.raises(ValueError, match="not real: the identity has the coefficient 0\\+1j"):
        spin_chain(2, [(1j, "I", (0,))])
    with pytest.raises(ValueError, match=r"not symmetric: .* 0.5, and its adjoint .* has 0.2"):
        spin_chain(2, [(0.5, "+-", (0, 1)), (0.2, "-+", (0, 1))])
    with pytest.raises(ValueError, match=r"not symmetric: S\^\+_0 .*its adjoint S\^-_0 has 0"):
        spin_chain(2, [(0.5, "+", (0,))])


@pytest.mark.parametrize("magnetisation", [0, 1])
def test_sector_needs_conserved_magnetisation(magnetisation):
    with pytest.raises(NotConservedError, match=rf"contains S\^\+_0\).* S\^z = {magnetisation};"):
        xxz_chain(4, h_x=0.1, magnetisation=magnetisation)
    with pytest.raises(NotConservedError, match=r"contains S\^\+_0 S\^\+_1\).* magnetisation=None"):
        spin_chain(4, [(1.0, "xx", (0, 1))], magnetisation=magnetisation)


def test_impossible_chains_are_refused():
    with pytest.raises(ValueError, match=r"cannot have total S\^z = 0\.5"):
        xxz_chain(4, magnetisation=0.5)
    with pytest.raises(ValueError, match="1 sites has no neighbours"):
        xxz_chain(1, magnetisation=None)
    with pytest.raises(ValueError, match="2 sites has no next neighbours"):
        xxz_chain(2, J2=0.5)
    with pytest.raises(ValueError, match="1 to 63 sites, not 64"):
        xxz_chain(64, magnetisation=1 - 32)
    for coupling in ("J_xy", "J_zz", "J2", "h_x"):
        with pytest.raises(ValueError, match=f"{coupling}: must be a finite number"):
            xxz_chain(4, magnetisation=None, **{coupling: np.nan})


@pytest.mark.parametrize("L", [3, 33, 63])
def test_single_up_spin_in_a_long_ring(L):
    """One magnon: E = J_xy cos k + (L/4 - 1) J_zz with k a multiple of 2 pi/L; 63 bits fit."""
    chain = xxz_chain(L, J_zz=0.5, magnetisation=1 - L / 2)
    np.testing.assert_array_equal(occupations(chain.states, L), np.eye(L))
    levels = np.cos(2 * np.pi * np.arange(L) / L) + (L / 4 - 1) * 0.5
    np.testing.assert_allclose(
        np.linalg.eigvalsh(chain.dense(np.zeros(L))), np.sort(levels), atol=1e-13 * L
    )
