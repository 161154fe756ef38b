"""Exact time evolution of many Hamiltonians that differ in their diagonal.

H_n = H_0 + diag(d_n) + sum_i x_{n,i} S^x_i, with one real symmetric H_0 for all n: a disordered
chain in which only the fields change. `evolve` expands exp(-i H_n t) in Chebyshev polynomials on
each block of H_0 separately. The blocks of a chain are its S^z sectors, where the spectrum is
narrower than in the whole space. `evolve_by_eigendecomposition` diagonalises every block of every
H_n.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.linalg
import scipy.sparse as sp
from jaxtyping import Complex, Float, Int
from scipy.sparse.csgraph import connected_components

from spinlearn import arguments
from spinlearn.spins.chebyshev import Batch, Block, Evolution, evolve_block, starts
from spinlearn.spins.hamiltonians import SpinChain
from spinlearn.spins.trajectory import Hops, are_few, evolve_few, find_hops

MAX_DENSE_BLOCK = 1000
"""Up to this dimension, extremal eigenvalues of H_0 on a block tighten the spectral bounds."""

States = (
    Complex[np.ndarray, " D"]
    | Complex[np.ndarray, "s D"]
    | Float[np.ndarray, " D"]
    | Float[np.ndarray, "s D"]
)
"""One initial state for all members, one for each, or fewer: the first members share the first."""


@dataclass(frozen=True, eq=False)
class DiagonalFamily:
    """H_n = H_0 + diag(d_n) + sum_i x_{n,i} S^x_i for all n; built by `diagonal_family`.

    Attributes:
        dimension: number of basis states D.
        sites: number of transverse fields that a member has; 0 if it has none.
        blocks: sets of basis states that H_0 (and the flips) do not join to one another.
        hops: for each block, its off-diagonal elements if a few members can be evolved one by one.
    """

    dimension: int
    sites: int
    blocks: tuple[Block, ...]
    hops: tuple[Hops | None, ...]


def diagonal_family(
    H0: sp.spmatrix | sp.sparray,
    flips: Int[np.ndarray, "D F"] | None = None,
) -> DiagonalFamily:
    """The family of a real symmetric sparse matrix H_0.

    Args:
        H0: real and symmetric, (D, D).
        flips: for members with transverse fields: for each basis state and site, the index of the
            state with that site flipped; see `spin_flips`.

    Raises:
        ValueError: if H_0 is not real and symmetric.
    """
    matrix = sp.csr_array(H0)
    if np.iscomplexobj(matrix.data) or matrix.shape[0] != matrix.shape[1]:
        raise ValueError("H_0 must be a real square matrix")
    arguments.real("H0", matrix.sum())
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
    blocks = tuple(_make_block(matrix, rows, flips) for rows in parts)
    return DiagonalFamily(D, flips.shape[1], blocks, tuple(find_hops(block) for block in blocks))


def _make_block(
    matrix: sp.csr_array, rows: Int[np.ndarray, " d"], flips: Int[np.ndarray, "D F"]
) -> Block:
    part = sp.csr_array(matrix[rows][:, rows])
    diagonal = np.asarray(part.diagonal(), dtype=float)
    off_diagonal = sp.csr_array(part - sp.diags_array(diagonal))
    off_diagonal.eliminate_zeros()
    off_diagonal.sort_indices()
    radius = np.asarray(abs(off_diagonal).sum(axis=1)).ravel()
    if rows.size <= MAX_DENSE_BLOCK:
        extremes = np.linalg.eigvalsh(part.toarray())[[0, -1]]
        off_diagonal_extremes = np.linalg.eigvalsh(off_diagonal.toarray())[[0, -1]]
    else:
        extremes = np.array([(diagonal - radius).min(), (diagonal + radius).max()])
        off_diagonal_extremes = np.array([-radius.max(), radius.max()])
    within = np.full(matrix.shape[0], -1, dtype=np.int64)
    within[rows] = np.arange(rows.size)
    first, columns, weights = _pad_rows(off_diagonal)
    return Block(
        rows=rows.astype(np.int64),
        first=first,
        columns=columns,
        weights=weights,
        diagonal=diagonal,
        radius=radius,
        extremes=extremes,
        off_diagonal_extremes=off_diagonal_extremes,
        flips=np.ascontiguousarray(within[flips[rows]], dtype=np.int64),
    )


def _pad_rows(matrix: sp.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sparse matrix as (first, columns, weights), odd rows filled up with a zero."""
    counts = np.diff(matrix.indptr)
    first = np.concatenate([[0], np.cumsum(counts + counts % 2)]).astype(np.int64)
    columns = np.repeat(np.arange(matrix.shape[0]), np.diff(first)).astype(np.int64)
    weights = np.zeros(columns.size)
    place = np.arange(matrix.nnz) + np.repeat(first[:-1] - matrix.indptr[:-1], counts)
    columns[place], weights[place] = matrix.indices, matrix.data
    return first, columns, weights


def _make_dense(block: Block) -> Float[np.ndarray, "d d"]:
    """H_0 on a block."""
    matrix = np.zeros((block.rows.size, block.rows.size))
    row = np.repeat(np.arange(block.rows.size), np.diff(block.first))
    np.add.at(matrix, (row, block.columns), block.weights)
    matrix[np.diag_indices(block.rows.size)] += block.diagonal
    return matrix


def spin_flips(states: Int[np.ndarray, " D"], L: int) -> Int[np.ndarray, "D L"]:
    """Index of the basis state that results from each state by a flip of each site.

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
        raise ValueError(
            "a field along x needs all sectors: build the chain with magnetisation=None"
        )
    return found


@lru_cache(maxsize=32)
def chain_family(chain: SpinChain, transverse: bool = False) -> DiagonalFamily:
    """The family of a chain's Hamiltonians: any fields along z, and fields along x if asked for.

    Args:
        chain: the chain without disorder.
        transverse: whether members have fields along x (spin operators, S^x = sigma^x/2).

    Raises:
        ValueError: if transverse fields lead out of the chain's S^z sector.
    """
    flips = spin_flips(chain.states, chain.L) if transverse else None
    return diagonal_family(chain.H0, flips)


def _make_batch(
    family: DiagonalFamily,
    diagonals: np.ndarray,
    states: np.ndarray,
    x_fields: np.ndarray | None,
) -> Batch:
    """The members of a family as contiguous arrays; raises if shapes do not fit."""
    diagonals = np.ascontiguousarray(arguments.real("diagonals", diagonals, (None, None)))
    psi = arguments.complex_numbers("states", np.atleast_2d(states), (None, None))
    psi = np.ascontiguousarray(psi, dtype=complex)
    n, D = diagonals.shape
    if family.dimension != D or psi.shape[1] != D or len(psi) > n:
        raise ValueError(
            f"diagonals {diagonals.shape} and states {psi.shape} do not fit a family of dimension "
            f"{family.dimension}"
        )
    if family.sites == 0 and x_fields is not None:
        raise ValueError("this family has no transverse fields")
    if x_fields is None:
        return Batch(diagonals, np.zeros((n, family.sites)), np.zeros(n), psi)
    x_fields = arguments.real("x_fields", x_fields, (..., family.sites))
    x = np.broadcast_to(x_fields, (n, family.sites))
    flip_weights = np.ascontiguousarray(0.5 * x)
    return Batch(diagonals, flip_weights, np.abs(flip_weights).sum(axis=1), psi)


def _allocate_evolution(batch: Batch) -> Evolution:
    n, D = batch.diagonals.shape
    return Evolution(np.zeros((n, D), dtype=complex), np.zeros(n, dtype=np.int64), np.zeros(n))


def _evolve_on(
    block: Block,
    hops: Hops | None,
    batch: Batch,
    time: float,
    tolerance: float,
    evolved: Evolution,
) -> None:
    """Write the evolved states on one block; time is not negative. The kernel is chosen here."""
    if not batch.states[:, block.rows].any():
        return
    if block.rows.size == 1:
        row = block.rows[0]
        level = batch.diagonals[:, row] + block.diagonal[0]
        evolved.states[:, row] = np.exp(-1j * time * level) * batch.states[starts(batch), row]
        return
    if hops is not None and are_few(block, len(batch.diagonals)):
        evolve_few(block, hops, batch, time, tolerance, evolved)
    else:
        evolve_block(block, batch, time, tolerance, evolved)


def evolve(
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "n D"],
    states: States,
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
        diagonals: d_n, e.g. `SpinChain.diagonal(fields)`, in units of J.
        states: one initial state for all, or one for each; if there are fewer, the last members
            have the last ones, and all others share the first.
        time: t in units of 1/J, of either sign.
        x_fields: fields x_{n,i} along x in spin operators, for each member or in common, in units
            of J, if the family has them.
        tolerance: bound of the truncation error of a normalised state; rounding adds about
            1e-16 (1 + a t).

    Returns:
        The evolved states. A state does not depend, bit for bit, on the rest of the batch. The
        exception: at most 4 members are evolved one by one, which is faster, on blocks with at
        least 300 rows per member (of chains with 11 sites or more); the result differs from that of
        a larger batch by rounding and truncation.

    Raises:
        InvalidArgumentError: if an argument is not finite, or the tolerance not between 0 and 1.
        ValueError: if shapes do not fit.

    >>> import numpy as np, scipy.sparse as sp
    >>> family = diagonal_family(sp.csr_array([[0.0, 1.0], [1.0, 0.0]]))
    >>> rabi = evolve(family, np.zeros((1, 2)), np.array([1.0, 0.0]), np.pi / 4).states
    >>> np.round(abs(rabi) ** 2, 12).tolist()
    [[0.5, 0.5]]
    """
    if not 0 < tolerance < 1:
        raise arguments.InvalidArgumentError("tolerance", f"must be between 0 and 1: {tolerance}")
    time = arguments.number("time", time)
    batch = _make_batch(family, diagonals, states, x_fields)
    if time < 0:
        batch = batch._replace(states=batch.states.conj())
    evolved = _allocate_evolution(batch)
    for block, hops in zip(family.blocks, family.hops, strict=True):
        _evolve_on(block, hops, batch, float(abs(time)), float(tolerance), evolved)
    return evolved._replace(states=evolved.states.conj()) if time < 0 else evolved


def evolve_by_eigendecomposition(
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "n D"],
    states: States,
    time: float,
    *,
    x_fields: Float[np.ndarray, "n F"] | Float[np.ndarray, " F"] | None = None,
) -> Evolution:
    """exp(-i H_n t)|psi> = V exp(-i E t) V^T |psi>, block by block.

    An independent method, to check `evolve`. Its cost does not grow with the time, so it is faster
    for long times (beyond about 200/J on 8 sites). Arguments and errors are those of `evolve`.
    """
    batch, time = _make_batch(family, diagonals, states, x_fields), arguments.number("time", time)
    evolved = _allocate_evolution(batch)
    for block in family.blocks:
        at_once = max(1, 2**21 // block.rows.size**2)
        for start in range(0, len(batch.diagonals), at_once):
            some = slice(start, min(start + at_once, len(batch.diagonals)))
            levels, vectors = np.linalg.eigh(_make_dense_members(block, batch, some))
            psi = batch.states[starts(batch)[some]][:, block.rows]
            amplitudes = np.einsum("nij,ni->nj", vectors, psi)
            amplitudes *= np.exp(-1j * levels * time)
            evolved.states[some, block.rows] = np.einsum("nij,nj->ni", vectors, amplitudes)
    return evolved


def spectral_trajectory(
    family: DiagonalFamily,
    diagonal: Float[np.ndarray, " D"],
    state: Complex[np.ndarray, " D"],
    times: Float[np.ndarray, " T"],
) -> Complex[np.ndarray, "T D"]:
    """exp(-i H t)|psi> of one member at many times, by one eigendecomposition of every block.

    Args:
        family: what the members share; transverse fields are 0.
        diagonal: d of the member, in units of J.
        state: the initial state.
        times: in units of 1/J, of either sign; their number and length hardly matter.

    Raises:
        InvalidArgumentError: if an argument is not finite.
        ValueError: if shapes do not fit.
    """
    times = arguments.real("times", times, (None,))
    batch = _make_batch(family, np.asarray(diagonal)[None], state, None)
    evolved = np.zeros((times.size, family.dimension), dtype=complex)
    for block in family.blocks:
        psi = batch.states[0, block.rows]
        if not psi.any():
            continue
        # The transpose of a symmetric matrix is in LAPACK's order, and need not be copied.
        matrix = _make_dense_members(block, batch, slice(0, 1))[0].T
        levels, vectors = scipy.linalg.eigh(
            matrix, overwrite_a=True, check_finite=False, driver="evd"
        )
        amplitudes = np.exp(-1j * np.outer(levels, times)) * (vectors.T @ psi)[:, None]
        # The real vectors times pairs of real numbers: a complex product would cost twice as much.
        evolved[:, block.rows] = (vectors @ amplitudes.view(float)).view(complex).T
    return evolved


def _make_dense_members(block: Block, batch: Batch, some: slice) -> Float[np.ndarray, "n d d"]:
    """H_n on a block for some members of a batch."""
    index = np.arange(block.rows.size)
    matrices = np.repeat(_make_dense(block)[None], some.stop - some.start, axis=0)
    matrices[:, index, index] += batch.diagonals[some, block.rows]
    for site in range(batch.flip_weights.shape[1]):
        matrices[:, index, block.flips[:, site]] += batch.flip_weights[some, site, None]
    return matrices
