"""Hamiltonians of spin-1/2 chains from lists of terms, used by all stages.

H(h) = H_0 + diag(Z h). The Hamiltonian without disorder, H_0, and the table Z of the field
operators' eigenvalues are built once per size; a realisation changes only the diagonal.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from math import prod
from numbers import Integral, Number
from typing import Any, get_args

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from spinlearn import arguments
from spinlearn.spins.bases import basis_states, z_table
from spinlearn.spins.choices import Boundary, Operators

Term = tuple[int | float | complex, str, tuple[int, ...]]
"""A coefficient, the operators by their letters, and the site of each: (0.5, "zz", (0, 1))."""

MATRICES = {
    "I": np.eye(2),
    "x": np.array([[0, 0.5], [0.5, 0]]),
    "y": np.array([[0, -0.5j], [0.5j, 0]]),
    "z": np.diag([0.5, -0.5]),
    "+": np.array([[0.0, 1.0], [0.0, 0.0]]),
    "-": np.array([[0.0, 0.0], [1.0, 0.0]]),
}
"""The operators of a term by their letters, for spin 1/2, in the order up, down."""

Products = dict[tuple[str, tuple[int, ...]], complex]
"""Coefficients of products of S^z, S^+ and S^- by their letters and sites, each site once.

These products and the identity are linearly independent, so coefficients can be compared.
"""


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
        """Diagonal that the fields add to H_0, for one realisation or a batch of them.

        Raises:
            InvalidArgumentError: if fields are not finite, or not one per site.
        """
        return arguments.real("fields", fields, (..., self.L)) @ self.z.T

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
        terms: coefficients (in units of J), operators and sites: `(1.0, "xx", (0, 1))`. The letters
            are x, y, z, I, and O^+- = O^x +- i O^y (so sigma^+- = 2 S^+-, as QuSpin's
            `pauli=True` has it). Terms add up; operators on the same site are multiplied.
        operators: "spin" (O = S) or "pauli" (O = sigma).
        magnetisation: an S^z sector, 0 for as many spins up as down; None for all 2^L states.

    Returns:
        The chain without disorder.

    Raises:
        NotConservedError: if a sector is asked for, and some term changes S^z.
        ValueError: if a term is malformed or not finite, or H_0 is not real and symmetric; if
            there is no such sector, or no such operators.

    >>> ising = [(-1.0, "zz", (0, 1)), (-0.5, "x", (0,)), (-0.5, "x", (1,))]
    >>> spin_chain(2, ising, operators="pauli").dense(np.zeros(2))[0].tolist()
    [-1.0, -0.5, -0.5, 0.0]
    """
    arguments.one_of("operators", operators, get_args(Operators))
    arguments.integer("L", L, 1)
    scale = {"spin": 1.0, "pauli": 2.0}[operators]
    products = _add_up(terms, L, scale)
    _check_real_symmetric(products)
    changing = [key for key in products if key[0].count("+") != key[0].count("-")]
    if changing and magnetisation is not None:
        raise NotConservedError(
            f"the terms do not conserve S^z (their sum contains {_name(*changing[0])}), "
            f"so there is no sector S^z = {magnetisation:g}; take magnetisation=None"
        )
    states = basis_states(L, magnetisation)
    return SpinChain(
        L=L,
        operators=operators,
        conserves_sz=not changing,
        states=states,
        H0=_build_matrix(products, states, L),
        z=scale * z_table(states, L),
    )


def _add_up(terms: Iterable[Term], L: int, scale: float) -> Products:
    """The terms as a sum of products in spin-1/2 operators; those that cancel are left out."""
    sums: Products = defaultdict(complex)
    sizes: dict[tuple[str, tuple[int, ...]], float] = defaultdict(float)
    for term in terms:
        _check_term(term, L)
        coefficient, letters, sites = term
        strength = coefficient * scale ** (len(letters) - letters.count("I"))
        expanded = [_expand(letters, sites, site) for site in sorted(set(sites))]
        for choice in product(*expanded):
            kept = [(letter, site) for letter, site, _ in choice if letter != "I"]
            key = "".join(letter for letter, _ in kept), tuple(site for _, site in kept)
            value = strength * prod(factor for *_, factor in choice)
            sums[key] += value
            sizes[key] += abs(value)
    rounded = {key: _without_rounding(value, sizes[key]) for key, value in sums.items()}
    return {key: value for key, value in rounded.items() if value}


def _without_rounding(value: complex, size: float) -> complex:
    """A sum whose real or imaginary part is 0 if it is only the rounding of larger values."""
    parts = (part if abs(part) > 1e-14 * size else 0.0 for part in (value.real, value.imag))
    return complex(*parts)


def _expand(letters: str, sites: tuple[int, ...], site: int) -> list[tuple[str, int, complex]]:
    """The product of a term's operators on one site, as a sum: letter, site and factor of each."""
    here = [MATRICES[letter] for letter, place in zip(letters, sites, strict=True) if place == site]
    (a, b), (c, d) = reduce(np.matmul, here).tolist()
    parts = {"I": (a + d) / 2, "z": a - d, "+": b, "-": c}
    return [(letter, site, complex(factor)) for letter, factor in parts.items() if factor]


def _check_term(term: Any, L: int) -> None:
    """Raise a ValueError that says what is wrong with a term."""
    if (
        len(term) != 3
        or not isinstance(term[0], Number)
        or not isinstance(term[1], str)
        or np.ndim(term[2]) != 1
    ):
        raise ValueError(
            f"term {term!r}: give (coefficient, letters, sites), such as (1.0, 'zz', (0, 1))"
        )
    coefficient, letters, sites = term
    unknown = [letter for letter in letters if letter not in MATRICES]
    if unknown:
        raise ValueError(
            f"term {term!r}: {unknown[0]!r} is no operator; the letters are {' '.join(MATRICES)}"
        )
    if not letters or len(letters) != len(sites):
        raise ValueError(f"term {term!r}: give as many sites as letters, at least one")
    if not all(isinstance(site, Integral) and 0 <= int(site) < L for site in sites):
        raise ValueError(f"term {term!r}: the sites are the integers 0 to {L - 1}")
    if not np.isfinite(coefficient):
        raise ValueError(f"term {term!r}: the coefficient must be finite")


def _name(letters: str, sites: tuple[int, ...]) -> str:
    """A product in words, for error messages."""
    return " ".join(f"S^{letter}_{site}" for letter, site in zip(letters, sites, strict=True))


def _check_real_symmetric(products: Products) -> None:
    """Raise a ValueError that names a product because of which H_0 is not real and symmetric."""
    for (letters, sites), value in products.items():
        if value.imag:
            raise ValueError(
                f"H_0 is not real: {_name(letters, sites) or 'the identity'} has the coefficient "
                f"{value:.3g}. Only real Hamiltonians can be solved: real coefficients, and an "
                "even number of y in each term"
            )
    for (letters, sites), value in products.items():
        adjoint = letters.translate(str.maketrans("+-", "-+"))
        other = products.get((adjoint, sites), 0.0)
        if abs(value - other) > 1e-14 * abs(value):
            raise ValueError(
                f"H_0 is not symmetric: {_name(letters, sites)} has the coefficient "
                f"{value.real:.3g}, and its adjoint {_name(adjoint, sites)} has {other.real:.3g}; "
                "add what is missing"
            )


def _build_matrix(products: Products, states: Int[np.ndarray, " D"], L: int) -> sp.csr_matrix:
    """The sparse matrix of a sum of products in the basis of descending `states`.

    Products that flip the same spins join the same pairs of states, so they are added up first.
    """
    groups: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for (letters, sites), value in products.items():
        bits = dict.fromkeys("z+-", 0)
        for letter, site in zip(letters, sites, strict=True):
            bits[letter] |= 1 << (L - 1 - site)
        element = value.real * 0.5 ** letters.count("z")
        groups[bits["+"] | bits["-"]].append((bits["-"], bits["z"], element))
    rows, columns, entries = [], [], []
    for flips, group in groups.items():
        values = np.zeros(states.size)
        for lowered, z, element in group:
            minus = np.bitwise_count(~states & z) & 1  # an odd number of down spins
            possible = (states & flips) == lowered  # S^- needs an up spin, S^+ a down spin
            values += np.where(minus, -element, element) * possible
        column = np.flatnonzero(values)
        rows.append(states.size - 1 - np.searchsorted(states[::-1], states[column] ^ flips))
        columns.append(column)
        entries.append(values[column])
    if not groups:
        return sp.csr_matrix((states.size, states.size))
    where = np.concatenate(rows), np.concatenate(columns)
    return sp.csr_matrix((np.concatenate(entries), where), shape=(states.size, states.size))


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
        L: number of sites; a ring of 2 counts its bond twice, and one of 4 its next neighbours'. In
            a ring of 3 the next neighbours are the neighbours.
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
        InvalidArgumentError: if there is no such boundary, or a coupling is not finite.
        ValueError: if the chain is too short for its neighbours, or there is no such sector.
    """
    arguments.integer("L", L)
    arguments.one_of("boundary", boundary, get_args(Boundary))
    for name, value in (("J_xy", J_xy), ("J_zz", J_zz), ("J2", J2), ("h_x", h_x)):
        arguments.number(name, value)
    if L < 2 or (L < 3 and J2):
        raise ValueError(f"a chain of {L} sites has no {'next ' if J2 else ''}neighbours")
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
