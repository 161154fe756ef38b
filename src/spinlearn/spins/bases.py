"""Bases of spin-1/2 chains and the S^z table."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int
from quspin.basis import spin_basis_1d

from spinlearn import arguments

MAX_SITES = 63
"""A basis state is a signed 64-bit integer."""


@lru_cache(maxsize=16)
def chain_basis(L: int, magnetisation: int | float | None = 0) -> spin_basis_1d:
    """QuSpin's basis of a chain of `L` spins, in one S^z sector or in all of them.

    Args:
        L: number of sites.
        magnetisation: total S^z in units of hbar (a half-integer for odd L), or None for the
            whole space.

    Returns:
        A basis in spin-1/2 operators (`pauli=False`). A state is an integer whose most significant
        of `L` bits is site 0, with a set bit for an up spin; states are in descending order.

    Raises:
        ValueError: if there is no such sector, or the states do not fit into 64-bit integers.
    """
    if not 1 <= arguments.integer("L", L) <= MAX_SITES:
        raise ValueError(f"a chain has 1 to {MAX_SITES} sites, not {L}")
    if magnetisation is None:
        return spin_basis_1d(L, pauli=False)
    up = L / 2 + arguments.number("magnetisation", magnetisation)
    if up != int(up) or not 0 <= up <= L:
        raise ValueError(f"{L} spins 1/2 cannot have total S^z = {magnetisation:g}")
    return spin_basis_1d(L, Nup=int(up), pauli=False)


def occupations(states: Int[np.ndarray, " D"], L: int) -> Int[np.ndarray, "D L"]:
    """Bits of each state, site 0 first; 1 is spin up."""
    shifts = np.arange(L - 1, -1, -1, dtype=np.int64)
    return ((states.astype(np.int64)[:, None] >> shifts) & 1).astype(np.int8)


def z_table(states: Int[np.ndarray, " D"], L: int) -> Float[np.ndarray, "D L"]:
    """S^z of each site in each basis state: +1/2 or -1/2, in units of hbar."""
    return occupations(states, L) - 0.5
