"""Weighted sums of Pauli strings as dense matrices, and traces of matrices with the strings.

A Pauli string maps a basis state to one other: P |x> = phase(x) |x XOR flip>. So it is stored as a
flip and 2^units phases, and a sum of strings costs one addition per string and basis state.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Complex, Float, Int

from spinlearn import arguments

Term = Mapping[int, str]
"""A Pauli string: which of X, Y, Z acts on which unit; the identity elsewhere."""

Matrices = Float[np.ndarray, "*batch dim dim"] | Complex[np.ndarray, "*batch dim dim"]


class PauliStrings:
    """A list of Pauli strings on so many units; unit 0 is the most significant bit of a state.

    Attributes:
        units: number of units.
        phases: phase(x) of every string; real if no string has an odd number of Y.

    >>> PauliStrings(1, [{0: "Z"}, {0: "X"}]).matrix(np.array([0.5, 2.0]))
    array([[ 0.5,  2. ],
           [ 2. , -0.5]])
    """

    def __init__(self, units: int, terms: Sequence[Term]) -> None:
        self.units = arguments.integer("units", units, 0)
        states = np.arange(2**units)
        flips = [
            sum(1 << units - 1 - i for i, pauli in term.items() if pauli != "Z") for term in terms
        ]
        phases = np.array([_phase(units, term, states) for term in terms])
        self.phases = phases if phases.imag.any() else np.ascontiguousarray(phases.real)
        found, group = np.unique(flips, return_inverse=True)
        self._groups = [
            (np.flatnonzero(group == index), states ^ flip) for index, flip in enumerate(found)
        ]

    def matrix(self, weights: Float[np.ndarray, "*batch terms"]) -> Matrices:
        """sum_t weight_t P_t, one matrix per row of weights."""
        dim = 2**self.units
        total = np.zeros((*weights.shape[:-1], dim, dim), dtype=self.phases.dtype)
        for members, flipped in self._groups:
            total[..., flipped, np.arange(dim)] = weights[..., members] @ self.phases[members]
        return total

    def traces(self, matrices: Matrices) -> Float[np.ndarray, "*batch terms"]:
        """Tr[A P_t] of Hermitian matrices A with every string."""
        found = np.empty((*matrices.shape[:-2], len(self.phases)))
        for members, flipped in self._groups:
            entries = matrices[..., np.arange(2**self.units), flipped]
            found[..., members] = (entries @ self.phases[members].T).real
        return found


def _phase(units: int, term: Term, states: Int[np.ndarray, " dim"]) -> np.ndarray:
    """The factor with which a string maps every basis state to another."""
    phase = np.ones(len(states), dtype=complex)
    for unit, pauli in term.items():
        sign = 1.0 - 2.0 * ((states >> units - 1 - unit) & 1)
        phase *= {"X": 1.0, "Y": 1j * sign, "Z": sign}[pauli]
    return phase
