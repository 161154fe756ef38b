"""Block Lanczos with full reorthogonalisation, on NumPy arrays or torch tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

Operator = Callable[[Any], Any]
"""A symmetric operator, applied to blocks (D, s)."""


@dataclass(frozen=True)
class NearestLevels:
    """Levels around a target energy, as one solver found them.

    Attributes:
        energies: ascending, in units of J.
        vectors: orthonormal eigenvectors, one column per level (column-major).
        residuals: ||H v - E v|| of each.
        radius: distance from the target within which the solver claims to have found every level.
        matvecs: vectors to which the operator (H, or its shifted inverse) was applied.
        subspace: dimension of the Krylov space at the end.
    """

    energies: Float[np.ndarray, " n"]
    vectors: Float[np.ndarray, "D n"]
    residuals: Float[np.ndarray, " n"]
    radius: float
    matvecs: int = 0
    subspace: int = 0


class BlockLanczos:
    """A growing Krylov space of a symmetric operator A, and A's projection on it.

    A V_m = V_m T_m + Q R E^T, with V_m orthonormal, T_m block tridiagonal, Q the next block and E
    the last s unit vectors. So the Ritz vector V_m y has the residual norm ||R y_last||.

    Every new block is made orthogonal to all earlier ones, first by the three-term recurrence and
    then against the whole basis. If columns are linearly dependent, their rounding errors are
    orthogonalised again and used as new directions, so that the space can always grow.

    Args:
        operator: A on a block.
        start: (D, s) block. A NumPy array keeps the work in NumPy, a torch tensor on its device.
        capacity: largest dimension of the space.
    """

    def __init__(self, operator: Operator, start: Any, capacity: int) -> None:
        self._operator = operator
        D, self.block = start.shape
        self.capacity = capacity
        self.size = 0
        self._torch = not isinstance(start, np.ndarray)
        room = capacity + self.block
        if self._torch:
            self._basis = start.new_empty((room, D)).T
        else:
            self._basis = np.empty((D, room), order="F")
        self._projection = np.zeros((room, room))
        first, _ = self._orthonormalise(start)
        self._basis[:, : self.block] = first

    @property
    def can_grow(self) -> bool:
        """Whether there is room for another block."""
        return self.size + self.block <= self.capacity

    def _to_host(self, array: Any) -> np.ndarray:
        return array.cpu().numpy() if self._torch else array

    def _orthonormalise(self, block: Any) -> tuple[Any, np.ndarray]:
        if self._torch:
            import torch

            q, r = torch.linalg.qr(block)
        else:
            q, r = np.linalg.qr(block)
        return q, self._to_host(r)

    def _project_out(self, block: Any, first: int, last: int) -> np.ndarray:
        basis = self._basis[:, first:last]
        overlap = basis.T @ block
        block -= basis @ overlap
        return self._to_host(overlap)

    def extend(self) -> None:
        """Apply A to the newest block and append the new part of the result to the basis."""
        s, start, stop = self.block, self.size, self.size + self.block
        image = self._operator(self._basis[:, start:stop])
        near = max(0, start - s)
        overlap = self._project_out(image, near, stop)
        overlap += self._project_out(image, 0, stop)[near:]
        diagonal = overlap[start - near :]
        self._projection[start:stop, start:stop] = 0.5 * (diagonal + diagonal.T)
        q, r = self._orthonormalise(image)
        while np.abs(r.diagonal()).min() < 1e-8 * np.abs(r.diagonal()).max():
            self._project_out(q, 0, stop)
            q, again = self._orthonormalise(q)
            r = again @ r
            if np.abs(again.diagonal()).min() > 1e-2:
                break
        self._basis[:, stop : stop + s] = q
        self._projection[stop : stop + s, start:stop] = r
        self._projection[start:stop, stop : stop + s] = r.T
        self.size = stop

    def ritz(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ritz values (m), coefficients (m, m), and R y_last (s, m) of each Ritz vector."""
        m, s = self.size, self.block
        values, coefficients = np.linalg.eigh(self._projection[:m, :m])
        tail = self._projection[m : m + s, m - s : m] @ coefficients[m - s :]
        return values, coefficients, tail

    def combine(self, coefficients: np.ndarray) -> Any:
        """Basis times coefficients (m, n), or (m + s, n) to include the next block."""
        basis = self._basis[:, : coefficients.shape[0]]
        if self._torch:
            import torch

            return basis @ torch.as_tensor(coefficients, device=basis.device)
        return basis @ coefficients


def rayleigh_ritz(
    apply: Callable[[np.ndarray], np.ndarray], vectors: Float[np.ndarray, "D n"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "D n"], Float[np.ndarray, " n"]]:
    """Best energies and orthonormal vectors of H in the span of some vectors.

    Args:
        apply: H on a block.
        vectors: columns, independent.

    Returns:
        Energies (ascending), vectors, and residual norms ||H v - E v||.
    """
    basis, _ = np.linalg.qr(vectors)
    image = apply(basis)
    small = basis.T @ image
    energies, rotation = np.linalg.eigh(0.5 * (small + small.T))
    found = np.asfortranarray(basis @ rotation)
    residuals = np.linalg.norm(image @ rotation - found * energies, axis=0)
    return energies, found, residuals
