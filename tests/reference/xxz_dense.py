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


def hamiltonian(
    n, fields, J_zz=1.0, boundary="ring", *, J_xy=1.0, J2=0.0, h_x=0.0, operators="spin"
):
    """sum_b J_b (J_xy (O^x O^x + O^y O^y) + J_zz O^z O^z) + sum_i (h_i O^z_i + h_x O^x_i).

    J_b is 1 for neighbours and J2 for next neighbours; O is S or sigma = 2 S. `h_x` is a number, or
    one per site. The index has site 0 as its most significant bit, and 1 for up.
    """
    unit = {"spin": 1, "pauli": 2}[operators]
    x, y, z = ([unit * on_site(SPIN[axis], site, n) for site in range(n)] for axis in "xyz")
    H = np.zeros((2**n, 2**n), dtype=complex)
    for site, field in enumerate(np.broadcast_to(h_x, n)):
        H += fields[site] * z[site] + field * x[site]
    for distance, J in ((1, 1.0), (2, J2)):
        for i in range(n if boundary == "ring" else n - distance):
            j = (i + distance) % n
            H += J * (J_xy * (x[i] @ x[j] + y[i] @ y[j]) + J_zz * z[i] @ z[j])
    return H.real  # O^y O^y is real


def sector_states(n):
    """The basis states with as many spins up as down, descending."""
    return np.array([s for s in range(2**n - 1, -1, -1) if s.bit_count() == n // 2])
