"""Chains of spins 1/2 as dense matrices, from QuSpin's `hamiltonian` and its own bases.

QuSpin's `pauli=True` gives sigma^z, sigma^x, sigma^y and sigma^+- = sigma^x +- i sigma^y = 2 S^+-,
as `spinlearn.spins.hamiltonians` has it. (Its `pauli=-1` has sigma^+- = S^+-.)
"""

import numpy as np
from quspin.basis import spin_basis_1d
from quspin.operators import hamiltonian


def basis(L, magnetisation, operators="spin"):
    """All states, or those of one S^z sector, descending, with site 0 the most significant bit."""
    Nup = None if magnetisation is None else round(L / 2 + magnetisation)
    return spin_basis_1d(L, Nup=Nup, pauli=operators == "pauli")


def matrix_of_terms(L, terms, operators="spin", magnetisation=None):
    """The sum of terms (coefficient, letters, sites), complex and dense."""
    static = [[letters, [[coefficient, *sites]]] for coefficient, letters, sites in terms]
    checks = {"check_herm": False, "check_symm": False, "check_pcon": False}
    states = basis(L, magnetisation, operators)
    return hamiltonian(static, [], basis=states, dtype=np.complex128, **checks).toarray()


def xxz_terms(L, boundary="ring", J_xy=1.0, J_zz=1.0, J2=0.0, h_x=0.0):
    """Neighbours, next neighbours (J2 times as strong) and a field along x."""
    n = L if boundary == "ring" else L - 1
    terms = []
    for bonds, ratio in (
        ([(i, (i + 1) % L) for i in range(n)], 1.0),
        ([(i, (i + 2) % L) for i in range(n if boundary == "ring" else n - 1)], J2),
    ):
        for letters, J in (("xx", J_xy), ("yy", J_xy), ("zz", J_zz)):
            terms += [(ratio * J, letters, bond) for bond in bonds]
    return terms + [(h_x, "x", (i,)) for i in range(L)]


def matrix(L, fields, boundary="ring", *, operators="spin", magnetisation=0, **couplings):
    """The disordered chain with the arguments of `xxz_chain`; real and symmetric."""
    terms = xxz_terms(L, boundary, **couplings)
    terms += [(float(h), "z", (i,)) for i, h in enumerate(fields)]
    found = matrix_of_terms(L, terms, operators, magnetisation)
    assert not found.imag.any()
    return found.real
