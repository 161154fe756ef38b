"""The toric code: stabilisers, energy and degeneracy against matrices of the Hamiltonian."""

import numpy as np
import pytest

from spinlearn.nqs import toric_code
from spinlearn.nqs.exact_states import stabiliser_table
from spinlearn.spins.hamiltonians import spin_chain


@pytest.mark.parametrize("sides", [(2, 2), (3, 2), (3, 3)])
def test_stabilisers_of_the_ground_state_are_one(sides):
    lattice = toric_code.torus(*sides)
    machine = toric_code.machine(lattice)
    found = toric_code.stabilisers(lattice, toric_code.amplitudes(lattice))
    np.testing.assert_allclose(found.vertices, 1.0, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.faces, 1.0, rtol=0, atol=1e-12)
    assert machine.couplings == 2 * lattice.qubits


@pytest.mark.parametrize(
    ("faces", "path"), [((), ()), ((0, 3), (0,)), ((1, 2), ()), ((), (1, 5)), ((0, 1, 2, 3), (6,))]
)
def test_states_are_eigenstates_of_the_hamiltonian(faces, path):
    """Independent route: H of a 2 x 2 torus from Pauli strings, by `spins.hamiltonians`."""
    lattice = toric_code.torus(2, 2)
    terms = [(-1.0, "xxxx", tuple(map(int, edges))) for edges in lattice.vertices]
    terms += [(-1.0, "zzzz", tuple(map(int, edges))) for edges in lattice.faces]
    matrix = spin_chain(lattice.qubits, terms, operators="pauli").H0
    psi = toric_code.amplitudes(lattice, faces, path)
    expected = toric_code.expected(lattice, faces, path)
    energy = -expected.vertices.sum() - expected.faces.sum()
    # A path that closes is a product of faces and loops, and has no ends.
    np.testing.assert_allclose(matrix @ psi, energy * psi, rtol=0, atol=1e-12)


def test_every_edge_is_at_two_faces_and_two_vertices():
    lattice = toric_code.torus(3, 2)
    for edges in (lattice.faces, lattice.vertices):
        assert np.bincount(edges.ravel()).tolist() == [2] * lattice.qubits


def test_impossible_lattices_and_states_are_refused():
    with pytest.raises(ValueError, match="Ly"):
        toric_code.torus(3, 1)
    with pytest.raises(ValueError, match="24 qubits; exact vectors have at most 20"):
        toric_code.torus(4, 3)
    with pytest.raises(ValueError, match="name an even number"):
        toric_code.machine(toric_code.torus(2, 2), faces=(1,))


def test_table_has_both_states_of_every_torus():
    found = stabiliser_table(["2x2", "3x2"])
    assert len(found) == 2 * (8 + 12)
    assert found.groupby("state").expected.min().to_dict() == {"ground": 1, "excited": -1}
    assert found.deviation.abs().max() < 1e-12
