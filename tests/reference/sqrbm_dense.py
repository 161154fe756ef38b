"""The machines of `spinlearn.sqrbm`, and semi-quantum Boltzmann machines, as dense matrices.

Everything here is built from Kronecker products and one full diagonalisation of 2^(n+m) states. It
shares nothing with `spinlearn.sqrbm.model`, holds for hidden units that are coupled to one another
(Demidik 2025, definition 2), and is meant for a few units.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
from jaxtyping import Complex, Float

from spinlearn.sqrbm.model import Machine

MAX_UNITS = 10
"""Units, visible and hidden together, up to which dense matrices are allowed."""

PAULI_MATRICES: dict[str, np.ndarray] = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]], dtype=complex),
    "Z": np.array([[1, 0], [0, -1]], dtype=complex),
}

Term = Mapping[int, str]
"""A Pauli string: which operator acts on which unit, the identity elsewhere."""


def pauli_string(units: int, term: Term) -> Complex[np.ndarray, "dim dim"]:
    """The matrix of a Pauli string on so many units; unit 0 is the leftmost Kronecker factor.

    >>> pauli_string(2, {1: "Z"}).real.diagonal()
    array([ 1., -1.,  1., -1.])

    Raises:
        ValueError: for more than `MAX_UNITS` units.
    """
    if units > MAX_UNITS:
        raise ValueError(f"dense matrices are for at most {MAX_UNITS} units, not {units}")
    return reduce(np.kron, [PAULI_MATRICES[term.get(unit, "I")] for unit in range(units)])


def hamiltonian(
    units: int, terms: Sequence[Term], theta: Float[np.ndarray, " terms"]
) -> Complex[np.ndarray, "dim dim"]:
    """H = sum_i theta_i H_i, a sum of weighted Pauli strings."""
    total = np.zeros((2**units, 2**units), dtype=complex)
    for term, value in zip(terms, theta, strict=True):
        total += value * pauli_string(units, term)
    return total


def restricted_terms(machine: Machine) -> list[Term]:
    """Pauli strings of a semi-quantum RBM (Demidik 2025, eq. 5), in the order of its parameters."""
    n = machine.n
    terms: list[Term] = [{i: "Z"} for i in range(n)]
    for pauli in machine.paulis:
        for hidden in range(n, n + machine.m):
            terms.append({hidden: pauli})
            terms += [{i: "Z", hidden: pauli} for i in range(n)]
    return terms


def semi_quantum_terms(n: int, m: int, paulis: str) -> list[Term]:
    """Pauli strings of a semi-quantum Boltzmann machine with all lateral couplings.

    Demidik 2025, eq. 13.

    Visible fields, visible pairs, hidden fields, hidden pairs, couplings of the two layers.
    """
    hidden = range(n, n + m)
    terms: list[Term] = [{i: "Z"} for i in range(n)]
    terms += [{i: "Z", j: "Z"} for i in range(n) for j in range(i + 1, n)]
    terms += [{i: k} for k in paulis for i in hidden]
    terms += [
        {i: first, j: second}
        for first in paulis
        for second in paulis
        for i in hidden
        for j in range(i + 1, n + m)
    ]
    terms += [{i: "Z", j: k} for k in paulis for i in range(n) for j in hidden]
    return terms


def visible_distribution(
    matrix: Complex[np.ndarray, "dim dim"], n: int
) -> Float[np.ndarray, " states"]:
    """p(v) = Tr[Lambda_v e^{-H}] / Tr e^{-H}; the first n units are visible.

    Demidik 2025, eqs. 20 to 22.
    """
    energy, states = np.linalg.eigh(matrix)
    weight = np.exp(-(energy - energy[0]))
    diagonal = (np.abs(states) ** 2) @ weight
    return diagonal.reshape(2**n, -1).sum(axis=1) / weight.sum()


def semi_quantum_gradient(
    units: int,
    terms: Sequence[Term],
    theta: Float[np.ndarray, " terms"],
    target: Float[np.ndarray, " states"],
) -> Float[np.ndarray, " terms"]:
    """Gradient of KL(q||p) of any machine that is diagonal in its visible units.

    Demidik 2025, eq. 14:

    dL/dtheta_i = sum_v (q_v - p_v) Tr[Lambda_v e^{-H} H_i] / Tr[Lambda_v e^{-H}].
    """
    n = int(np.log2(len(target)))
    matrix = hamiltonian(units, terms, theta)
    energy, states = np.linalg.eigh(matrix)
    weight = np.exp(-(energy - energy[0]))
    gibbs = (states * weight) @ states.conj().T
    unnormalised = gibbs.diagonal().real.reshape(2**n, -1).sum(axis=1)
    factor = (target - unnormalised / unnormalised.sum()) / unnormalised
    gradient = np.empty(len(theta))
    for index, term in enumerate(terms):
        diagonal = np.einsum("ij,ji->i", gibbs, pauli_string(units, term)).real
        gradient[index] = factor @ diagonal.reshape(2**n, -1).sum(axis=1)
    return gradient
