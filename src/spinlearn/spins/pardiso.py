"""Sparse symmetric factorisations by MKL PARDISO, with the inertia that certifies a window.

H - sigma = P L D L^T P^T, with 1x1 and 2x2 blocks in D (Bunch and Kaufman's pivots inside
supernodes). By Sylvester's law of inertia D has as many negative eigenvalues as H has levels below
sigma.

All matrices of one sparsity share the analysis (ordering, symbolic factorisation): a realisation of
the disorder, or another shift, only changes the diagonal. The package `pypardiso` brings the
library and finds it. We call the library directly, since the `solve` of `pypardiso` compares or
hashes the matrix at every call.
"""

import ctypes
import weakref
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from spinlearn.pipeline.errors import MissingDependencyError, NotConvergedError
from spinlearn.spins.inertia import Inertia

SYMMETRIC_INDEFINITE = -2
"""PARDISO's matrix type: real, symmetric, indefinite; the upper triangle is given."""

_ANALYSE, _FACTOR, _SOLVE, _RELEASE = 11, 22, 33, -1

_LP64 = 0
"""MKL's number for the interface with integers of 32 bits."""

_MEANINGS = {
    -1: "inconsistent input",
    -2: "not enough memory",
    -3: "the ordering failed",
    -4: "a pivot is zero; move the shift",
    -6: "the ordering failed",
    -7: "the diagonal is singular; move the shift",
    -8: "an index is too large for 32 bits",
    -9: "not enough memory out of core",
}


@lru_cache(maxsize=1)
def _routine() -> Any:
    """MKL's `pardiso`, or None if it is not available."""
    try:
        from pypardiso import PyPardisoSolver

        library = PyPardisoSolver().libmkl
        routine = library.pardiso
    except (ImportError, OSError, AttributeError):
        return None
    # Our integers have 32 bits, whatever MKL_INTERFACE_LAYER says.
    library.MKL_Set_Interface_Layer(_LP64)
    routine.argtypes = [ctypes.c_void_p] * 16
    routine.restype = None
    return routine


def _call(
    routine: Any,
    handle: np.ndarray,
    settings: np.ndarray,
    matrix: tuple[np.ndarray, np.ndarray, np.ndarray],
    dimension: int,
    phase: int,
    b: np.ndarray | None = None,
    x: np.ndarray | None = None,
) -> int:
    """One call of MKL's `pardiso` on (values, first, columns); returns its error number."""
    columns = 1 if b is None else b.shape[1]
    numbers = [1, 1, SYMMETRIC_INDEFINITE, phase, dimension, columns, 0, 0]
    maxfct, mnum, mtype, step, n, nrhs, silent, error = (ctypes.c_int32(i) for i in numbers)
    routine(
        handle.ctypes.data,
        ctypes.addressof(maxfct),
        ctypes.addressof(mnum),
        ctypes.addressof(mtype),
        ctypes.addressof(step),
        ctypes.addressof(n),
        *(part.ctypes.data for part in matrix),
        None,
        ctypes.addressof(nrhs),
        settings.ctypes.data,
        ctypes.addressof(silent),
        None if b is None else b.ctypes.data,
        None if x is None else x.ctypes.data,
        ctypes.addressof(error),
    )
    return error.value


def available() -> bool:
    """Whether MKL PARDISO can be used here."""
    return _routine() is not None


class SymmetricFactorisation:
    """L D L^T of H - sigma for sparse symmetric H of one sparsity.

    Call `close`, as `contextlib.closing` does: the factors are in MKL's memory, and Python's
    garbage collector does not know how large they are.

    Args:
        matrix: symmetric, with real elements. Its sparsity is analysed once; elements that are
            stored as zeros count as part of it.

    Raises:
        MissingDependencyError: if MKL PARDISO is not installed.
    """

    def __init__(self, matrix: sp.csr_matrix) -> None:
        self._pardiso = _routine()
        if self._pardiso is None:
            raise MissingDependencyError(
                "shift-invert needs MKL PARDISO, which is not installed\n"
                "  on x86-64: pip install pypardiso; elsewhere: solver: polfed"
            )
        upper = self._extract_upper(matrix)
        self.dimension: int = upper.shape[0]
        self.analyses = self.factorisations = self.solves = 0
        self._values = upper.data.astype(np.float64)
        first, columns = upper.indptr.astype(np.int32), upper.indices.astype(np.int32)
        self._matrix = self._values, first, columns
        self._place = first[:-1]  # rows are sorted, so the diagonal comes first
        self._diagonal = self._values[self._place].copy()
        self._handle = np.zeros(64, dtype=np.int64)
        self._settings = np.zeros(64, dtype=np.int32)
        for number, value in {
            1: 1,  # what follows is not the default
            2: 2,  # nested dissection by METIS
            10: 8,  # pivots below 1e-8 of the norm are perturbed (and counted)
            11: 0,  # no scaling and
            13: 0,  # no matching: they would tie the analysis to the values
            18: -1,  # count the elements of L
            21: 1,  # Bunch and Kaufman
            35: 1,  # indices start at 0
        }.items():
            self._settings[number - 1] = value
        self._release = weakref.finalize(
            self,
            _call,
            self._pardiso,
            self._handle,
            self._settings,
            self._matrix,
            self.dimension,
            _RELEASE,
        )
        self._call(_ANALYSE)
        self.analyses += 1

    @staticmethod
    def _extract_upper(matrix: sp.csr_matrix) -> sp.csr_matrix:
        """Upper triangle with sorted rows and a full diagonal."""
        size = matrix.shape[0]
        upper = sp.triu(matrix, k=1, format="csr")
        diagonal = sp.csr_matrix(
            (matrix.diagonal(), np.arange(size), np.arange(size + 1)), shape=matrix.shape
        )
        parts = sp.coo_matrix(upper), sp.coo_matrix(diagonal)
        # Assembled by hand: a sparse sum would drop zeros, and with them the common sparsity.
        rows = np.concatenate([part.row for part in parts])
        columns = np.concatenate([part.col for part in parts])
        values = np.concatenate([part.data for part in parts])
        order = np.lexsort((columns, rows))
        first = np.zeros(size + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=size), out=first[1:])
        return sp.csr_matrix((values[order], columns[order], first), shape=matrix.shape)

    def _call(self, phase: int, b: np.ndarray | None = None, x: np.ndarray | None = None) -> None:
        error = _call(
            self._pardiso, self._handle, self._settings, self._matrix, self.dimension, phase, b, x
        )
        if error != 0:
            meaning = _MEANINGS.get(error, "see MKL's documentation")
            raise NotConvergedError(
                f"MKL PARDISO stopped in phase {phase} on a matrix of dimension {self.dimension} "
                f"with error {error}: {meaning}"
            )

    def set_diagonal(self, diagonal: Float[np.ndarray, " D"]) -> None:
        """Switch to an H with another diagonal (another realisation)."""
        self._diagonal = np.array(diagonal, dtype=np.float64)

    def factor(self, shift: float) -> Inertia:
        """Factor H - shift.

        Returns:
            The number of levels on either side of the shift; no proof if `perturbed_pivots` > 0.

        Raises:
            NotConvergedError: if PARDISO stops, for example for lack of memory.
        """
        if not self._release.alive:
            raise ValueError("the factorisation is closed")
        self._values[self._place] = self._diagonal - shift
        self._call(_FACTOR)
        self.factorisations += 1
        above, below, perturbed = (int(self._settings[i]) for i in (21, 22, 13))
        return Inertia(below=below, above=above, perturbed_pivots=perturbed)

    def solve(self, b: Float[np.ndarray, "D n"]) -> Float[np.ndarray, "D n"]:
        """(H - shift)^-1 b for all columns at once (column-major), with the last factors.

        With 8 columns or more, each column takes a quarter of the time of a single one.
        """
        if not self._release.alive or self.factorisations == 0:
            raise ValueError("there are no factors; call factor first")
        b = np.asfortranarray(b, dtype=np.float64)
        x = np.empty_like(b)
        self._call(_SOLVE, b, x)
        self.solves += b.shape[1]
        return x

    @property
    def memory(self) -> int:
        """Memory of analysis and factors, in bytes, as MKL reports it."""
        peak, permanent, factors = (int(self._settings[i]) for i in (14, 15, 16))
        return 1024 * max(peak, permanent + factors)

    def close(self) -> None:
        """Free all of MKL's memory; the object cannot be used afterwards."""
        self._release()
