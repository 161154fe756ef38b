"""Bases of spin-1/2 chains and the S^z table."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from spinlearn import arguments

MAX_SITES = 63
"""A basis state is a signed 64-bit integer."""


def basis_states(L: int, magnetisation: int | float | None = 0) -> Int[np.ndarray, " D"]:
    """The basis states of a chain of `L` spins, in one S^z sector or in all of them, descending.

    A state is an integer whose most significant of `L` bits is site 0; a set bit is an up spin.

    Args:
        L: number of sites.
        magnetisation: total S^z in units of hbar (a half-integer for odd L), or None for the
            whole space.

    Raises:
        ValueError: if there is no such sector, or the states do not fit into 64-bit integers.

    >>> [f"{state:04b}" for state in basis_states(4, 1)]
    ['1110', '1101', '1011', '0111']
    """
    up = _up_spins(L, magnetisation)
    if up is None:
        return np.arange(2**L - 1, -1, -1, dtype=np.int64)
    # Those of the last sites with k up spins; one site more per step. Too few up spins are dropped.
    none = np.empty(0, dtype=np.int64)
    states = [np.zeros(1, dtype=np.int64), *[none] * up]
    for site in range(L):
        fewest = max(0, up - (L - 1 - site))
        for k in range(up, max(0, fewest - 1), -1):
            states[k] = np.concatenate([states[k - 1] | 1 << site, states[k]])
        states[:fewest] = [none] * fewest
    return states[up]


def quspin_basis(L: int, magnetisation: int | float | None = 0) -> Any:
    """QuSpin's basis with the states of `basis_states` in their order, in spin-1/2 operators.

    For QuSpin's own operators and tools. QuSpin is imported here, not with this module, since that
    takes as long as a small job.

    Args:
        L, magnetisation: as for `basis_states`.

    Raises:
        ValueError: as `basis_states`.
    """
    from quspin.basis import spin_basis_1d

    return spin_basis_1d(L, Nup=_up_spins(L, magnetisation), pauli=False)


def _up_spins(L: int, magnetisation: int | float | None) -> int | None:
    """Number of up spins in a sector; None for the whole space."""
    if not 1 <= arguments.integer("L", L) <= MAX_SITES:
        raise ValueError(f"a chain has 1 to {MAX_SITES} sites, not {L}")
    if magnetisation is None:
        return None
    up = L / 2 + arguments.number("magnetisation", magnetisation)
    if up != int(up) or not 0 <= up <= L:
        raise ValueError(f"{L} spins 1/2 cannot have total S^z = {magnetisation:g}")
    return int(up)


def occupations(states: Int[np.ndarray, " D"], L: int) -> Int[np.ndarray, "D L"]:
    """Bits of each state, site 0 first; 1 is spin up."""
    shifts = np.arange(L - 1, -1, -1, dtype=np.int64)
    return ((states.astype(np.int64)[:, None] >> shifts) & 1).astype(np.int8)


def z_table(states: Int[np.ndarray, " D"], L: int) -> Float[np.ndarray, "D L"]:
    """S^z of each site in each basis state: +1/2 or -1/2, in units of hbar."""
    return occupations(states, L) - 0.5
