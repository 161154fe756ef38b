"""Hamiltonians of spin-1/2 chains from lists of terms, used by all stages.

H(h) = H_0 + diag(Z h). The Hamiltonian without disorder, H_0, and the table Z of the field
operators' eigenvalues are built once per size; a realisation changes only the diagonal.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from math import prod
from operator import itemgetter

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian

from spinlearn.spins.bases import chain_basis, z_table
from spinlearn.spins.choices import Boundary, Operators

Term = tuple[int | float | complex, str, tuple[int, ...]]
"""A coefficient, the operators by their letters, and the site of each: (0.5, "zz", (0, 1))."""

LETTERS = {
    "I": ((1, "I"),),
    "z": ((1, "z"),),
    "+": ((1, "+"),),
    "-": ((1, "-"),),
    "x": ((0.5, "+"), (0.5, "-")),
    "y": ((-0.5j, "+"), (0.5j, "-")),
}
"""Each operator as a sum of those that raise, lower or keep S^z: O^x = (O^+ + O^-)/2, ..."""


Products = dict[tuple[str, tuple[int, ...]], complex]
"""Coefficients of products of operators, by their letters and sites."""


class NotConservedError(ValueError):
    """An S^z sector was asked for, but the Hamiltonian does not conserve S^z."""


@dataclass(frozen=True, eq=False)
class SpinChain:
    """A chain of spins 1/2 without its disorder; built by `spin_chain` or `xxz_chain`.

    Attributes:
        L: number of sites.
        operators: "spin" (O = S = sigma/2) or "pauli" (O = sigma).
        conserves_sz: whether no term changes the total S^z.
        states: basis states as integers, site 0 the most significant bit, 1 up, descending.
        H0: the Hamiltonian without disorder, sparse, real and symmetric, in units of J.
        z: eigenvalues of the field operators: S^z (+-1/2) or sigma^z (+-1) of each site.
    """

    L: int
    operators: Operators
    conserves_sz: bool
    states: Int[np.ndarray, " D"]
    H0: sp.csr_matrix
    z: Float[np.ndarray, "D L"]

    @property
    def dimension(self) -> int:
        """Number of basis states."""
        return self.states.size

    def diagonal(self, fields: Float[np.ndarray, "*batch L"]) -> Float[np.ndarray, "*batch D"]:
        """Diagonal that the fields add to H_0, for one realisation or a batch of them."""
        return np.asarray(fields, dtype=float) @ self.z.T

    def dense(self, fields: Float[np.ndarray, " L"]) -> Float[np.ndarray, "D D"]:
        """H(h) as a dense symmetric matrix (column-major, as LAPACK wants it)."""
        matrix = self.H0.toarray(order="F")
        matrix[np.diag_indices(self.dimension)] += self.diagonal(fields)
        return matrix

    def sparse(self, fields: Float[np.ndarray, " L"]) -> sp.csr_matrix:
        """H(h) as a sparse matrix."""
        return (self.H0 + sp.diags(self.diagonal(fields))).tocsr()


def spin_chain(
    L: int,
    terms: Iterable[Term],
    *,
    operators: Operators = "spin",
    magnetisation: int | float | None = None,
) -> SpinChain:
    """Any Hamiltonian H_0 = sum_t c_t O_t, to which disorder adds sum_i h_i O^z_i.

    Args:
        L: number of sites.
        terms: coefficients (in units of J), operators and sites, as in QuSpin: `(1.0, "xx", (0,
            1))`. The letters are x, y, z, I, and O^+- = O^x +- i O^y. Terms add up.
        operators: "spin" (O = S) or "pauli" (O = sigma).
        magnetisation: an S^z sector, 0 for as many spins up as down; None for all 2^L states.

    Returns:
        The chain without disorder.

    Raises:
        NotConservedError: if a sector is asked for, and some term changes S^z.
        ValueError: if a term is malformed, or H_0 is not real and symmetric.

    >>> ising = [(-1.0, "zz", (0, 1)), (-0.5, "x", (0,)), (-0.5, "x", (1,))]
    >>> spin_chain(2, ising, operators="pauli").dense(np.zeros(2))[0].tolist()
    [-1.0, -0.5, -0.5, 0.0]
    """
    scale = {"spin": 1.0, "pauli": 2.0}[operators]
    expanded = _expand(terms, L, scale)
    changing = [letters for letters, _ in expanded if letters.count("+") != letters.count("-")]
    if changing and magnetisation is not None:
        raise NotConservedError(
            f"the terms do not conserve S^z, so there is no sector S^z = {magnetisation:g}; take "
            "magnetisation=None"
        )
    basis = chain_basis(L, magnetisation)
    states = np.asarray(basis.states, dtype=np.int64)
    return SpinChain(
        L=L,
        operators=operators,
        conserves_sz=not changing,
        states=states,
        H0=_matrix(expanded, basis),
        z=scale * z_table(states, L),
    )


def _expand(terms: Iterable[Term], L: int, scale: float) -> Products:
    """Coefficients of products of +, -, z and I, in spin-1/2 operators; those that cancel left out.

    Operators of different sites commute, so each product is sorted by site.
    """
    sums: Products = defaultdict(complex)
    largest = 0.0
    for coefficient, letters, sites in terms:
        _check_term(letters, sites, L)
        largest = max(largest, abs(coefficient))
        for choice in product(*(LETTERS[letter] for letter in letters)):
            pairs = sorted(
                zip(sites, (letter for _, letter in choice), strict=True), key=itemgetter(0)
            )
            key = "".join(letter for _, letter in pairs), tuple(site for site, _ in pairs)
            sums[key] += coefficient * prod(scale * factor for factor, _ in choice)
    return {key: value for key, value in sums.items() if abs(value) > 1e-15 * largest}


def _check_term(letters: str, sites: tuple[int, ...], L: int) -> None:
    unknown = set(letters) - set(LETTERS)
    if unknown or not letters or len(letters) != len(sites):
        raise ValueError(
            f"term {letters!r} on sites {sites}: give one of {' '.join(LETTERS)} for each site"
        )
    if not all(0 <= site < L for site in sites):
        raise ValueError(f"term {letters!r} on sites {sites}: the sites are 0 to {L - 1}")


def _matrix(expanded: Products, basis: spin_basis_1d) -> sp.csr_matrix:
    """The sparse matrix of a sum of products, by QuSpin."""
    if any(value.imag for value in expanded.values()):
        raise ValueError("H_0 is not real; only real Hamiltonians can be solved")
    static: dict[str, list[list[float]]] = defaultdict(list)
    for (letters, sites), value in expanded.items():
        static[letters].append([value.real, *sites])
    built = hamiltonian(
        [[letters, entries] for letters, entries in static.items()],
        [],
        basis=basis,
        dtype=np.float64,
        check_herm=False,
        check_symm=False,
        check_pcon=False,
    )
    matrix = sp.csr_matrix(built.tocsr())
    matrix.sum_duplicates()
    if matrix.nnz and abs(matrix - matrix.T).max() > 1e-12 * abs(matrix).max():
        raise ValueError("H_0 is not symmetric; add the conjugate of each product of + and -")
    return matrix


@lru_cache(maxsize=32)
def xxz_chain(
    L: int,
    boundary: Boundary = "ring",
    *,
    operators: Operators = "spin",
    J_xy: float = 1.0,
    J_zz: float = 1.0,
    J2: float = 0.0,
    h_x: float = 0.0,
    magnetisation: int | float | None = 0,
) -> SpinChain:
    """The chain H = sum_b J_b [J_xy (O^x O^x + O^y O^y) + J_zz O^z O^z] + h_x sum_i O^x_i + fields.

    Disorder adds sum_i h_i O^z_i. J_b is 1 for nearest neighbours and J2 for next-nearest ones.
    This is Zhong 2022, eqs. 4-5, with `operators="spin"` (O = S), and Gresch 2022, eq. 1, with
    `operators="pauli"` (O = sigma). H_pauli(J, h) = 4 H_spin(J, h/2).

    Args:
        L: number of sites; a ring of 2 counts its bond twice, and one of 4 its next neighbours'.
        boundary: "ring" joins the last site to the first.
        operators: which operators the couplings and the fields multiply.
        J_xy, J_zz: couplings of nearest neighbours, in units of J.
        J2: ratio of the next-nearest neighbours' couplings to these.
        h_x: uniform field along x, in units of J; S^z is not conserved then.
        magnetisation: the S^z sector, or None for the whole space of 2^L states.

    Returns:
        The chain without disorder, cached.

    Raises:
        NotConservedError: if a sector is asked for, and h_x is not 0.
    """
    terms: list[Term] = []
    for distance, ratio in ((1, 1.0), (2, J2)):
        for i in range(L if boundary == "ring" else L - distance):
            bond = (i, (i + distance) % L)
            terms += [
                (ratio * coupling, letters, bond)
                for letters, coupling in (("xx", J_xy), ("yy", J_xy), ("zz", J_zz))
            ]
    terms += [(h_x, "x", (i,)) for i in range(L)]
    return spin_chain(
        L, [term for term in terms if term[0]], operators=operators, magnetisation=magnetisation
    )
