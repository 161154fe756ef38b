"""Shift-invert block Lanczos: the levels nearest to an energy, by one sparse factorisation.

Levels near sigma are the largest eigenvalues theta = 1/(E - sigma) of (H - sigma)^-1, and well
apart there. A Krylov space of about twice as many vectors as levels wanted contains them.
"""

import numpy as np
import scipy.sparse as sp

from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.block_lanczos import BlockLanczos, NearestLevels, rayleigh_ritz
from spinlearn.spins.pardiso import SymmetricFactorisation

MAX_CORRECTIONS = 2
"""Steps of inverse iteration that make up for rounding in the solves."""

MAX_SHIFT_MOVES = 4
"""How often a shift that is too near a level is moved."""


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

    With a Ritz pair (theta, y) of residual r, the vector (H - sigma)^-1 V y/theta, which costs no
    further solve, has ||H v - E v|| = ||r||/theta^2 up to its norm, E = sigma + 1/theta. A
    Rayleigh-Ritz step with H itself ends the work. Rounding in the solves can leave residuals above
    the tolerance; then v - (H - sigma)^-1 (H v - E v), a step of inverse iteration that only needs
    the solve of something small, brings them down. Where the shift is so near to a level that the
    largest theta drowns the smallest in rounding, it is moved a little towards the next level.

    Args:
        hamiltonian: H, symmetric.
        factorisation: of H's sparsity, its diagonal set to H's. It is left at the shift.
        energy: target, in units of J.
        count: levels wanted.
        rng: stream of the start block.
        tolerance: largest ||H v - E v||.
        block_size: right-hand sides at a time. More cost less each, but the space grows by more.
        max_subspace: largest Krylov space; by default 6 (count + 20).

    Returns:
        The levels, ascending.

    Raises:
        NotConvergedError: if the space is used up, or residuals stay above the tolerance.
    """
    D = hamiltonian.shape[0]
    block = block_size
    capacity = min(max_subspace or 6 * (count + 20), D - block)
    capacity -= capacity % block
    if count > capacity:
        raise NotConvergedError(
            f"{count} levels do not fit into a Krylov space of {capacity} in dimension {D}; "
            "take solver: dense"
        )
    solved, shift, size = factorisation.solves, energy, 0
    for move in range(1, MAX_SHIFT_MOVES + 1):
        if factorisation.factor(shift).perturbed_pivots > 0:
            shift = energy + move * 1e-7 * max(1.0, abs(energy))
            continue
        space = BlockLanczos(factorisation.solve, rng.standard_normal((D, block)), capacity)
        check = int(2.4 * count)
        while space.can_grow:
            space.extend()
            size = space.size
            if size < min(check, capacity):
                continue
            check = size + max(2 * block, count // 8)
            theta, y, tail = space.ritz()
            wanted = np.argsort(-np.abs(theta), kind="stable")[:count]
            theta, y, tail = theta[wanted], y[:, wanted], tail[:, wanted]
            if (np.linalg.norm(tail, axis=0) / theta**2).max() > 0.1 * tolerance:
                continue
            purified = space.combine(np.concatenate([y, tail / theta]))
            energies, vectors, residuals = rayleigh_ritz(hamiltonian.dot, purified)
            for _ in range(MAX_CORRECTIONS):
                if residuals.max() < 0.5 * tolerance:
                    break
                rest = hamiltonian @ vectors - vectors * energies
                corrected = vectors - factorisation.solve(rest)
                energies, vectors, residuals = rayleigh_ritz(hamiltonian.dot, corrected)
            if residuals.max() < tolerance:
                return NearestLevels(
                    energies=energies,
                    vectors=vectors,
                    residuals=residuals,
                    radius=float(np.abs(energies - shift).max() - abs(shift - energy)),
                    products=factorisation.solves - solved,
                    subspace=size,
                )
            break
        else:
            break
        shift += 0.1 * move / theta[1]
        count = min(count + 2, capacity)  # the levels are counted from the shift
    raise NotConvergedError(
        f"shift-invert Lanczos did not bring {count} levels near E = {energy:.6g} (dimension {D}) "
        f"to residuals below {tolerance:.0e} in a space of {size}; ask for fewer states, "
        "allow a larger residual, or take solver: polfed or dense"
    )
