"""Hamiltonians of disordered XXZ chains, used by all stages.

H(h) = H_0 + diag(Z h). The Hamiltonian without fields, H_0, and the table Z of S^z eigenvalues are
built once per size; a realisation changes only the diagonal.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int
from quspin.operators import hamiltonian

from spinlearn.spins.bases import chain_basis, z_table
from spinlearn.spins.choices import Boundary, Operators


@dataclass(frozen=True, eq=False)
class XXZChain:
    """A disordered XXZ chain without its disorder; built by `xxz_chain`.

    Attributes:
        L: number of sites.
        boundary: "ring" or "open".
        operators: "spin" (S = sigma/2) or "pauli" (sigma).
        states: basis states as integers, site 0 the most significant bit, 1 up, descending.
        H0: the Hamiltonian without fields, sparse and symmetric, in units of J.
        z: eigenvalues of the field operators: S^z (+-1/2) or sigma^z (+-1) of each site.
    """

    L: int
    boundary: Boundary
    operators: Operators
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


@lru_cache(maxsize=32)
def xxz_chain(
    L: int,
    boundary: Boundary = "ring",
    *,
    operators: Operators = "spin",
    J_xy: float = 1.0,
    J_zz: float = 1.0,
    magnetisation: int | None = 0,
) -> XXZChain:
    """The chain H = sum_b [J_xy (O^x O^x + O^y O^y) + J_zz O^z O^z] + sum_i h_i O^z_i.

    Zhong 2022, eqs. 4-5, with `operators="spin"` (O = S); Gresch 2022, eq. 1, with
    `operators="pauli"` (O = sigma). H_pauli(J, h) = 4 H_spin(J, h/2).

    Args:
        L: number of sites; a ring of 2 counts its bond twice.
        boundary: "ring" joins the last site to the first.
        operators: which operators the couplings and the fields multiply.
        J_xy, J_zz: couplings, in units of J.
        magnetisation: the S^z sector, or None for the whole space of 2^L states.

    Returns:
        The chain without disorder, cached.
    """
    basis = chain_basis(L, magnetisation)
    last = L if boundary == "ring" else L - 1
    bonds = [(i, (i + 1) % L) for i in range(last)]
    hopping = [[0.5 * J_xy, i, j] for i, j in bonds]
    ising = [[J_zz, i, j] for i, j in bonds]
    static = [["+-", hopping], ["-+", hopping], ["zz", ising]]
    built = hamiltonian(
        static,
        [],
        basis=basis,
        dtype=np.float64,
        check_herm=False,
        check_symm=False,
        check_pcon=False,
    )
    matrix = sp.csr_matrix(built.tocsr())
    matrix.sum_duplicates()
    scale = {"spin": 1.0, "pauli": 2.0}[operators]
    states = np.asarray(basis.states, dtype=np.int64)
    return XXZChain(
        L=L,
        boundary=boundary,
        operators=operators,
        states=states,
        H0=sp.csr_matrix(matrix * scale**2),
        z=scale * z_table(states, L),
    )
