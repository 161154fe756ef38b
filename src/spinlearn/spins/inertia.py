"""Inertia: the number of levels below an energy, from a sparse L D L^T factorisation.

Sylvester's law: H - sigma = L D L^T has as many negative eigenvalues as D has. MKL PARDISO gives
the factors fast (`spinlearn.spins.pardiso`). This module has the common interface, and SciPy's
SuperLU as a substitute: 25 times slower at L = 14, and worse beyond.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float
from scipy.sparse.linalg import SuperLU, splu

from spinlearn.pipeline.errors import NotConvergedError


@dataclass(frozen=True)
class Inertia:
    """Signs of the eigenvalues of H - sigma.

    Attributes:
        below: levels of H below the shift.
        above: levels of H above the shift.
        perturbed_pivots: pivots that were replaced because they were too small, or taken off the
            diagonal. If there are any, the counts are those of another matrix and prove nothing.
    """

    below: int
    above: int
    perturbed_pivots: int


@runtime_checkable
class Factorisation(Protocol):
    """Factors of H - shift for matrices H that differ in their diagonals alone."""

    factorisations: int

    @property
    def memory(self) -> int:
        """Memory of the factors, in bytes."""

    def set_diagonal(self, diagonal: Float[np.ndarray, " D"]) -> None:
        """Switch to an H with another diagonal (another realisation)."""

    def factor(self, shift: float) -> Inertia:
        """Factor H - shift, and count the levels on either side."""

    def solve(self, b: Float[np.ndarray, "D n"]) -> Float[np.ndarray, "D n"]:
        """(H - shift)^-1 b for all columns at once, with the last factors."""

    def close(self) -> None:
        """Free the memory."""


class UnpivotedFactorisation:
    """H - sigma = L U by SuperLU with all pivots on the diagonal, so that U = D L^T.

    Without pivoting the factors can be inaccurate. The residual of a solution shows it.

    Args:
        matrix: symmetric, with real elements.
    """

    def __init__(self, matrix: sp.csr_matrix) -> None:
        diagonal = np.asarray(matrix.diagonal())
        self._off = sp.csc_matrix(matrix - sp.diags(diagonal))
        self._diagonal = diagonal
        self.factorisations = 0
        self.memory = 0
        self._factors: SuperLU | None = None

    def set_diagonal(self, diagonal: Float[np.ndarray, " D"]) -> None:
        """Switch to an H with another diagonal (another realisation)."""
        self._diagonal = np.array(diagonal, dtype=np.float64)

    def factor(self, shift: float) -> Inertia:
        """Factor H - shift.

        Returns:
            The number of levels on either side of the shift; no proof if `perturbed_pivots` > 0.

        Raises:
            NotConvergedError: if SuperLU meets a pivot that is zero.
        """
        try:
            factors = splu(
                sp.csc_matrix(self._off + sp.diags(self._diagonal - shift)),
                permc_spec="MMD_AT_PLUS_A",
                diag_pivot_thresh=0.0,
                options={"SymmetricMode": True},
            )
        except RuntimeError as error:
            raise NotConvergedError(
                f"SuperLU found no factors at E = {shift:.10g}: {error}"
            ) from None
        self.factorisations += 1
        self.memory = 12 * (factors.L.nnz + factors.U.nnz)
        self._factors = factors
        pivots = factors.U.diagonal()
        return Inertia(
            below=int(np.count_nonzero(pivots < 0)),
            above=int(np.count_nonzero(pivots > 0)),
            perturbed_pivots=int(np.count_nonzero(factors.perm_r != factors.perm_c)),
        )

    def solve(self, b: Float[np.ndarray, "D n"]) -> Float[np.ndarray, "D n"]:
        """(H - shift)^-1 b for all columns at once, with the last factors."""
        if self._factors is None:
            raise ValueError("there are no factors yet; call factor first")
        return self._factors.solve(b)

    def close(self) -> None:
        """Free the memory."""
        self._factors = None
