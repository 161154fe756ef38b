"""The disordered XXZ chain as a dense matrix, by Kronecker products of spin-1/2 operators."""

from functools import reduce

import numpy as np

SPIN = {
    "x": np.array([[0, 1], [1, 0]]) / 2,
    "y": np.array([[0, 1j], [-1j, 0]]) / 2,
    "z": np.diag([-0.5, 0.5]),
}
"""S^x, S^y, S^z in the order down, up."""


def on_site(matrix, site, n):
    return reduce(np.kron, [matrix if i == site else np.eye(2) for i in range(n)])


def hamiltonian(n, fields, J_zz=1.0, boundary="ring"):
    """sum S^x S^x + S^y S^y + J_zz S^z S^z over bonds, plus sum h_i S^z_i, on all 2^n states.

    The index has site 0 as its most significant bit, and 1 for up.
    """
    H = np.zeros((2**n, 2**n), dtype=complex)
    for site in range(n):
        H += fields[site] * on_site(SPIN["z"], site, n)
    for site in range(n if boundary == "ring" else n - 1):
        for axis, J in (("x", 1.0), ("y", 1.0), ("z", J_zz)):
            H += J * on_site(SPIN[axis], site, n) @ on_site(SPIN[axis], (site + 1) % n, n)
    return H.real  # S^y S^y is real


def sector_states(n):
    """The basis states with as many spins up as down, descending."""
    return np.array([s for s in range(2**n - 1, -1, -1) if s.bit_count() == n // 2])
