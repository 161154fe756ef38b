"""Exact time evolution of many Hamiltonians that differ in their diagonal.

H_n = H_0 + diag(d_n) + sum_i x_{n,i} S^x_i, with one real symmetric H_0 for all n: a disordered
chain in which only the fields change. `evolve` expands exp(-i H_n t) in Chebyshev polynomials on
each block of H_0 on its own (for a chain: each S^z sector, in which the spectrum is narrower than
in the whole space), `evolve_by_eigendecomposition` diagonalises every block of every H_n.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from jaxtyping import Complex, Float, Int
from scipy.sparse.csgraph import connected_components

from spinlearn.spins import chebyshev
from spinlearn.spins.hamiltonians import XXZChain

_DENSE_LIMIT = 1000
"""Largest block of which H_0's extremal eigenvalues are computed to tighten the spectral bounds."""


@dataclass(frozen=True, eq=False)
class _Block:
    """A set of basis states that the off-diagonal elements join to one another and to no others.

    Attributes:
        rows: its basis states.
        first, columns, weights: off-diagonal elements of H_0 by rows, columns counted within the
            block, each row filled up with a zero to an even number of elements.
        diagonal: diagonal of H_0.
        radius: sum of the magnitudes of each row's off-diagonal elements.
        bond_extremes: extremal eigenvalues of H_0 on the block, or bounds of them.
        hop_extremes: the same without the diagonal.
        flips: column to which the flip of each site with a transverse field takes each row.
    """

    rows: Int[np.ndarray, " d"]
    first: Int[np.ndarray, " d1"]
    columns: Int[np.ndarray, " nnz"]
    weights: Float[np.ndarray, " nnz"]
    diagonal: Float[np.ndarray, " d"]
    radius: Float[np.ndarray, " d"]
    bond_extremes: Float[np.ndarray, " 2"]
    hop_extremes: Float[np.ndarray, " 2"]
    flips: Int[np.ndarray, "d F"]

    def dense(self) -> Float[np.ndarray, "d d"]:
        """H_0 on the block."""
        matrix = np.zeros((self.rows.size, self.rows.size))
        row = np.repeat(np.arange(self.rows.size), np.diff(self.first))
        np.add.at(matrix, (row, self.columns), self.weights)
        matrix[np.diag_indices(self.rows.size)] += self.diagonal
        return matrix


@dataclass(frozen=True, eq=False)
class DiagonalFamily:
    """H_n = H_0 + diag(d_n) + sum_i x_{n,i} S^x_i for all n; built by `diagonal_family`.

    Attributes:
        dimension: number of basis states D.
        sites: number of transverse fields that a member has; 0 if it has none.
        blocks: what H_0 (and the flips) fall apart into.
    """

    dimension: int
    sites: int
    blocks: tuple[_Block, ...]


@dataclass(frozen=True)
class Evolution:
    """Evolved states and what they took.

    Attributes:
        states: (n, D) exp(-i H_n t)|psi_n>.
        order: (n,) highest Chebyshev order of each, 0 from an eigendecomposition.
        truncation: (n,) bound of the norm of what the truncated series leaves out, for each block's
            part of a normalised state; 0 from an eigendecomposition.
    """

    states: Complex[np.ndarray, "n D"]
    order: Int[np.ndarray, " n"]
    truncation: Float[np.ndarray, " n"]


def diagonal_family(
    bonds: sp.spmatrix | sp.sparray,
    flips: Int[np.ndarray, "D F"] | None = None,
) -> DiagonalFamily:
    """The family of a real symmetric sparse matrix H_0.

    Args:
        bonds: H_0, (D, D).
        flips: for each basis state and site the index of the state with that site flipped, if
            members have transverse fields; see `spin_flips`.

    Raises:
        ValueError: if H_0 is not real and symmetric.
    """
    matrix = sp.csr_array(bonds)
    if np.iscomplexobj(matrix.data) or matrix.shape[0] != matrix.shape[1]:
        raise ValueError("H_0 must be a real square matrix")
    if matrix.nnz and abs(matrix - matrix.T).max() > 1e-12 * abs(matrix).max():
        raise ValueError("H_0 must be symmetric")
    D = matrix.shape[0]
    if flips is None:
        flips = np.empty((D, 0), dtype=np.int64)
    joined = sp.csr_array(matrix)
    if flips.shape[1]:
        row = np.repeat(np.arange(D), flips.shape[1])
        joined = joined + sp.csr_array((np.ones(row.size), (row, flips.ravel())), shape=(D, D))
    count, label = connected_components(joined, directed=False)
    order = np.argsort(label, kind="stable")
    ends = np.cumsum(np.bincount(label, minlength=count))
    parts = np.split(order, ends[:-1])
    return DiagonalFamily(D, flips.shape[1], tuple(_block(matrix, rows, flips) for rows in parts))


def _block(
    matrix: sp.csr_array, rows: Int[np.ndarray, " d"], flips: Int[np.ndarray, "D F"]
) -> _Block:
    part = sp.csr_array(matrix[rows][:, rows])
    diagonal = np.asarray(part.diagonal(), dtype=float)
    hops = sp.csr_array(part - sp.diags_array(diagonal))
    hops.eliminate_zeros()
    hops.sort_indices()
    radius = np.asarray(abs(hops).sum(axis=1)).ravel()
    counts = np.diff(hops.indptr)
    first = np.concatenate([[0], np.cumsum(counts + counts % 2)]).astype(np.int64)
    columns = np.repeat(np.arange(rows.size), np.diff(first)).astype(np.int64)
    weights = np.zeros(columns.size)
    place = np.arange(hops.nnz) + np.repeat(first[:-1] - hops.indptr[:-1], counts)
    columns[place], weights[place] = hops.indices, hops.data
    if rows.size <= _DENSE_LIMIT:
        bond_extremes = np.linalg.eigvalsh(part.toarray())[[0, -1]]
        hop_extremes = np.linalg.eigvalsh(hops.toarray())[[0, -1]]
    else:
        bond_extremes = np.array([(diagonal - radius).min(), (diagonal + radius).max()])
        hop_extremes = np.array([-radius.max(), radius.max()])
    within = np.full(matrix.shape[0], -1, dtype=np.int64)
    within[rows] = np.arange(rows.size)
    return _Block(
        rows.astype(np.int64),
        first,
        columns,
        weights,
        diagonal,
        radius,
        bond_extremes,
        hop_extremes,
        np.ascontiguousarray(within[flips[rows]], dtype=np.int64),
    )


def spin_flips(states: Int[np.ndarray, " D"], L: int) -> Int[np.ndarray, "D L"]:
    """Index of the basis state that the flip of each site makes of each state.

    Args:
        states: basis states as integers, site 0 the most significant bit; closed under flips.
        L: number of sites.

    Raises:
        ValueError: if a flipped state is not in the basis (a single S^z sector).
    """
    order = np.argsort(states)
    flipped = states[:, None] ^ (1 << np.arange(L - 1, -1, -1))
    found = order[np.searchsorted(states, flipped, sorter=order) % states.size]
    if not np.array_equal(states[found], flipped):
        raise ValueError("a field along x leads out of the basis: build the chain in all sectors")
    return found


@lru_cache(maxsize=32)
def chain_family(chain: XXZChain, transverse: bool = False) -> DiagonalFamily:
    """The family of a chain's Hamiltonians: any fields along z, and fields along x if asked for.

    Args:
        chain: the chain without disorder.
        transverse: whether members have fields along x (spin operators, S^x = sigma^x/2).

    Raises:
        ValueError: if transverse fields lead out of the chain's S^z sector.
    """
    flips = spin_flips(chain.states, chain.L) if transverse else None
    return diagonal_family(chain.bonds, flips)


def _prepared(
    family: DiagonalFamily,
    diagonals: np.ndarray,
    states: np.ndarray,
    x_fields: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contiguous diagonals (n, D), initial states (1 or n, D) and flip elements (n, F)."""
    diagonals = np.ascontiguousarray(diagonals, dtype=float)
    psi = np.ascontiguousarray(np.atleast_2d(states), dtype=complex)
    n, D = diagonals.shape
    if family.dimension != D or psi.shape[1] != D or psi.shape[0] not in (1, n):
        raise ValueError(
            f"diagonals {diagonals.shape} and states {psi.shape} do not fit a family of dimension "
            f"{family.dimension}"
        )
    if family.sites == 0:
        if x_fields is not None:
            raise ValueError("this family has no transverse fields")
        return diagonals, psi, np.empty((n, 0))
    if x_fields is None:
        return diagonals, psi, np.zeros((n, family.sites))
    elements = 0.5 * np.broadcast_to(np.asarray(x_fields, dtype=float), (n, family.sites))
    return diagonals, psi, np.ascontiguousarray(elements)


def evolve(
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "n D"],
    states: Complex[np.ndarray, " D"]
    | Complex[np.ndarray, "n D"]
    | Float[np.ndarray, " D"]
    | Float[np.ndarray, "n D"],
    time: float,
    *,
    x_fields: Float[np.ndarray, "n F"] | Float[np.ndarray, " F"] | None = None,
    tolerance: float = 1e-14,
) -> Evolution:
    """exp(-i H_n t)|psi> for every member of a batch, by a Chebyshev expansion.

    exp(-i a t y) = J_0(at) + 2 sum_k (-i)^k J_k(at) T_k(y) with y = (H - b)/a (Tal-Ezer and
    Kosloff, J. Chem. Phys. 81, 3967 (1984)). The bounds b - a and b + a of the spectrum are
    rigorous, for each candidate and block; the order follows from a rigorous bound of the Bessel
    functions' tail.

    Args:
        family: what the members share.
        diagonals: d_n, e.g. `XXZChain.diagonal(fields)`, in units of J.
        states: one initial state for all, or one for each.
        time: t in units of 1/J, of either sign.
        x_fields: fields x_{n,i} along x in spin operators, for each member or in common, in units
            of J, if the family has them.
        tolerance: bound of the norm of what truncation may leave out; rounding adds about
            1e-16 (1 + a t).

    Returns:
        The evolved states; the same, bit for bit, whatever else is in the batch.

    Raises:
        ValueError: if shapes do not fit, or the tolerance is not between 0 and 1.

    >>> import numpy as np, scipy.sparse as sp
    >>> family = diagonal_family(sp.csr_array([[0.0, 1.0], [1.0, 0.0]]))
    >>> rabi = evolve(family, np.zeros((1, 2)), np.array([1.0, 0.0]), np.pi / 4).states
    >>> np.round(abs(rabi) ** 2, 12).tolist()
    [[0.5, 0.5]]
    """
    diagonals, psi, elements = _prepared(family, diagonals, states, x_fields)
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance: must be between 0 and 1, got {tolerance}")
    if time < 0:
        psi = psi.conj()
    n, D = diagonals.shape
    out = np.zeros((n, D), dtype=complex)
    order = np.zeros(n, dtype=np.int64)
    bound = np.zeros(n)
    lower, upper = np.empty(n), np.empty(n)
    reach = np.abs(elements).sum(axis=1)
    for block in family.blocks:
        if not psi[:, block.rows].any():
            continue
        if block.rows.size == 1:
            row = block.rows[0]
            level = diagonals[:, row] + block.diagonal[0]
            out[:, row] = np.exp(-1j * abs(time) * level) * psi[:, row]
            continue
        chebyshev.spectral_bounds(
            block.rows,
            block.diagonal,
            block.radius,
            block.bond_extremes,
            block.hop_extremes,
            diagonals,
            reach,
            lower,
            upper,
        )
        chebyshev.evolve_block(
            block.rows,
            block.first,
            block.columns,
            block.weights,
            block.diagonal,
            block.flips,
            elements,
            diagonals,
            lower,
            upper,
            np.argsort(upper - lower),
            psi,
            float(abs(time)),
            float(tolerance),
            out,
            order,
            bound,
        )
    return Evolution(out.conj() if time < 0 else out, order, bound)


def evolve_by_eigendecomposition(
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "n D"],
    states: Complex[np.ndarray, " D"]
    | Complex[np.ndarray, "n D"]
    | Float[np.ndarray, " D"]
    | Float[np.ndarray, "n D"],
    time: float,
    *,
    x_fields: Float[np.ndarray, "n F"] | Float[np.ndarray, " F"] | None = None,
) -> Evolution:
    """exp(-i H_n t)|psi> = V exp(-i E t) V^T |psi>, block by block: the reference for `evolve`.

    Arguments and errors as for `evolve`.
    """
    diagonals, psi, elements = _prepared(family, diagonals, states, x_fields)
    n, D = diagonals.shape
    out = np.zeros((n, D), dtype=complex)
    for block in family.blocks:
        d = block.rows.size
        dense = block.dense()
        index = np.arange(d)
        chunk = max(1, 2**21 // d**2)
        for start in range(0, n, chunk):
            some = slice(start, min(start + chunk, n))
            matrices = np.repeat(dense[None], some.stop - start, axis=0)
            matrices[:, index, index] += diagonals[some, block.rows]
            for site in range(family.sites):
                matrices[:, index, block.flips[:, site]] += elements[some, site, None]
            levels, vectors = np.linalg.eigh(matrices)
            here = psi[:, block.rows] if len(psi) == 1 else psi[some, block.rows]
            amplitudes = np.einsum("nij,ni->nj", vectors, np.broadcast_to(here, levels.shape))
            amplitudes *= np.exp(-1j * levels * time)
            out[some, block.rows] = np.einsum("nij,nj->ni", vectors, amplitudes)
    return Evolution(out, np.zeros(n, dtype=np.int64), np.zeros(n))
