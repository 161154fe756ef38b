"""Shift-invert block Lanczos: the levels nearest to an energy, by one sparse factorisation.

Levels near sigma are the eigenvalues theta = 1/(E - sigma) of (H - sigma)^-1 that are largest in
magnitude, and well separated there. A Krylov space of about twice as many vectors as wanted levels
contains them.
"""

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.block_lanczos import BlockLanczos, NearestLevels, rayleigh_ritz
from spinlearn.spins.pardiso import SymmetricFactorisation

MAX_CORRECTIONS = 2
"""Steps of inverse iteration that correct rounding errors of the solves."""

MAX_SHIFT_MOVES = 4
"""How often a shift that is too near to a level is moved."""


def nearest_levels(
    hamiltonian: sp.csr_matrix,
    factorisation: SymmetricFactorisation,
    energy: float,
    count: int,
    rng: np.random.Generator,
    *,
    tolerance: float = 1e-10,
    block_size: int = 4,
    max_subspace: int | None = None,
) -> NearestLevels:
    """The `count` levels nearest to an energy, by block Lanczos on (H - energy)^-1.

    If the shift is so near to a level that rounding in the largest theta exceeds the smallest one,
    the shift is moved a little towards the next level.

    Args:
        hamiltonian: H, symmetric.
        factorisation: of H's sparsity, with H's diagonal. It is left at the shift.
        energy: target, in units of J.
        count: levels wanted.
        rng: stream of the start block.
        tolerance: largest ||H v - E v||.
        block_size: right-hand sides per solve. Larger blocks cost less per column, but the space
            grows in larger steps.
        max_subspace: largest Krylov space; by default 6 (count + 20).

    Returns:
        The levels, ascending.

    Raises:
        NotConvergedError: if the space is used up, or residuals stay above the tolerance.
    """
    D = hamiltonian.shape[0]
    capacity = min(max_subspace or 6 * (count + 20), D - block_size)
    capacity -= capacity % block_size
    if count > capacity:
        raise NotConvergedError(
            f"{count} levels do not fit into a Krylov space of {capacity} in dimension {D}; "
            "set solver: dense"
        )
    solved, shift, size = factorisation.solves, energy, 0
    for move in range(1, MAX_SHIFT_MOVES + 1):
        if factorisation.factor(shift).perturbed_pivots > 0:
            shift = energy + move * 1e-7 * max(1.0, abs(energy))
            continue
        start = rng.standard_normal((D, block_size))
        space = BlockLanczos(factorisation.solve, start, capacity)
        found = _find_largest_ritz_pairs(space, count, tolerance)
        size = space.size
        if found is None:
            break
        theta, purified = found
        energies, vectors, residuals = _correct_rounding(
            hamiltonian, factorisation, purified, tolerance
        )
        if residuals.max() < tolerance:
            return NearestLevels(
                energies=energies,
                vectors=vectors,
                residuals=residuals,
                radius=float(np.abs(energies - shift).max() - abs(shift - energy)),
                matvecs=factorisation.solves - solved,
                subspace=size,
            )
        shift += 0.1 * move / theta[1]
        count = min(count + 2, capacity)  # the levels are counted from the shift
    raise NotConvergedError(
        f"shift-invert Lanczos did not find {count} levels near E = {energy:.6g} (dimension {D}) "
        f"with residuals below {tolerance:.0e} in a space of {size}; ask for fewer states, "
        "allow a larger residual, or set solver: polfed or dense"
    )


def _find_largest_ritz_pairs(
    space: BlockLanczos, count: int, tolerance: float
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "D n"]] | None:
    """The `count` largest theta and their purified vectors, or None if the space is used up.

    For a Ritz pair (theta, y) with residual r, the purified vector is (H - sigma)^-1 V y/theta. It
    needs no further solve. Up to its norm it has ||H v - E v|| = ||r||/theta^2 with
    E = sigma + 1/theta. The space grows until this is small for all of them.
    """
    check = int(2.4 * count)
    while space.can_grow:
        space.extend()
        if space.size < min(check, space.capacity):
            continue
        check = space.size + max(2 * space.block, count // 8)
        theta, y, tail = space.ritz()
        wanted = np.argsort(-np.abs(theta), kind="stable")[:count]
        theta, y, tail = theta[wanted], y[:, wanted], tail[:, wanted]
        if (np.linalg.norm(tail, axis=0) / theta**2).max() <= 0.1 * tolerance:
            return theta, space.combine(np.concatenate([y, tail / theta]))
    return None


def _correct_rounding(
    hamiltonian: sp.csr_matrix,
    factorisation: SymmetricFactorisation,
    vectors: Float[np.ndarray, "D n"],
    tolerance: float,
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "D n"], Float[np.ndarray, " n"]]:
    """Energies, vectors and residuals of a Rayleigh-Ritz step with H, corrected for rounding.

    Rounding in the solves can leave residuals above the tolerance. A step of inverse iteration,
    v - (H - sigma)^-1 (H v - E v), reduces them, since its right-hand side is small.
    """
    energies, vectors, residuals = rayleigh_ritz(hamiltonian.dot, vectors)
    for _ in range(MAX_CORRECTIONS):
        if residuals.max() < 0.5 * tolerance:
            break
        rest = hamiltonian @ vectors - vectors * energies
        corrected = vectors - factorisation.solve(rest)
        energies, vectors, residuals = rayleigh_ritz(hamiltonian.dot, corrected)
    return energies, vectors, residuals
