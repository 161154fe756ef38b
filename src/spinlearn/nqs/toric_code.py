"""Kitaev's toric code as a restricted Boltzmann machine (Deng, Li and Das Sarma, 2017).

H = -sum_v A_v - sum_f B_f with A_v = prod sigma^x on the four edges at a vertex and B_f = prod
sigma^z on the four edges round a face, on a torus of Lx x Ly vertices with N = 2 Lx Ly qubits.
(Phys. Rev. B 96, 195145.)
"""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from jaxtyping import Complex, Float, Int

from spinlearn import arguments
from spinlearn.nqs.choices import MAX_SITES
from spinlearn.nqs.rbm import RBMState, vector


@dataclass(frozen=True, eq=False)
class Torus:
    """A square lattice on a torus, qubits on its edges.

    Edge (x, y, 0) leads from vertex (x, y) to (x + 1, y), edge (x, y, 1) to (x, y + 1).

    Attributes:
        faces, vertices: the four edges of each, as numbers 2 (x + Lx y) + direction.
    """

    Lx: int
    Ly: int
    faces: Int[np.ndarray, "F 4"]
    vertices: Int[np.ndarray, "V 4"]

    @property
    def qubits(self) -> int:
        """Number of edges."""
        return 2 * self.Lx * self.Ly


def torus(Lx: int, Ly: int) -> Torus:
    """The torus of Lx x Ly vertices.

    Raises:
        InvalidArgumentError: if a side is below 2, where a face has an edge twice.
        ValueError: if it has more qubits than an exact vector can have.
    """
    arguments.integer("Lx", Lx, 2)
    arguments.integer("Ly", Ly, 2)
    if 2 * Lx * Ly > MAX_SITES:
        raise ValueError(
            f"a torus of {Lx} x {Ly} has {2 * Lx * Ly} qubits; exact vectors have at most "
            f"{MAX_SITES}: take a smaller one"
        )

    def edge(x: int, y: int, direction: int) -> int:
        return 2 * (x % Lx + Lx * (y % Ly)) + direction

    places = [(x, y) for y in range(Ly) for x in range(Lx)]
    faces = [
        [edge(x, y, 0), edge(x, y + 1, 0), edge(x, y, 1), edge(x + 1, y, 1)] for x, y in places
    ]
    vertices = [
        [edge(x, y, 0), edge(x - 1, y, 0), edge(x, y, 1), edge(x, y - 1, 1)] for x, y in places
    ]
    return Torus(Lx, Ly, np.array(faces), np.array(vertices))


def machine(lattice: Torus, faces: tuple[int, ...] = (), path: tuple[int, ...] = ()) -> RBMState:
    """A ground state, or an excited state, with one hidden unit per face.

    Couplings i pi/4 give Psi(s) = prod_f cos(pi/4 sum_e s_e), which vanishes unless prod s_e = 1 on
    each face; its sign on the rest, (-1)^(number of down spins), does not change under any A_v.
    The hidden bias -i pi/2 turns the cosine of a face into a sine: there B_f = -1. The visible
    bias i pi/2 on an edge is sigma^z there, up to a phase: A_v = -1 at both ends of a path of
    such edges.

    Args:
        lattice: the torus.
        faces: faces with B_f = -1, an even number of them.
        path: edges of a path; A_v = -1 at its ends.

    Raises:
        ValueError: for an odd number of faces: prod_f B_f = 1 on a torus.
    """
    if len(faces) % 2:
        raise ValueError(
            f"{len(faces)} faces cannot have B_f = -1 on a torus, where prod_f B_f = 1: name an "
            "even number"
        )
    coupling = np.zeros((len(lattice.faces), lattice.qubits), complex)
    np.put_along_axis(coupling, lattice.faces, 0.25j * np.pi, axis=1)
    hidden, visible = np.zeros(len(coupling), complex), np.zeros(lattice.qubits, complex)
    hidden[list(faces)] = -0.5j * np.pi
    visible[list(path)] = 0.5j * np.pi
    return RBMState(visible, hidden, coupling)


@dataclass(frozen=True, eq=False)
class Stabilisers:
    """Expectation values of all stabilisers.

    Attributes:
        vertices: <A_v>.
        faces: <B_f>.
    """

    vertices: Float[np.ndarray, " V"]
    faces: Float[np.ndarray, " F"]


def stabilisers(lattice: Torus, amplitudes: Complex[np.ndarray, " D"]) -> Stabilisers:
    """<A_v> and <B_f> of a normalised state, in the basis of `spinlearn.nqs.rbm.spins`."""
    index = np.arange(amplitudes.size)
    masks = 1 << np.arange(lattice.qubits - 1, -1, -1)

    def flipped(edges: Int[np.ndarray, " 4"]) -> float:
        mask = reduce(np.bitwise_xor, masks[edges])
        return float(np.vdot(amplitudes, amplitudes[index ^ mask]).real)

    def parity(edges: Int[np.ndarray, " 4"]) -> float:
        down = np.bitwise_count(index & reduce(np.bitwise_or, masks[edges])).astype(int)
        return float(abs(amplitudes) ** 2 @ (1 - 2 * (down % 2)))

    return Stabilisers(
        np.array([flipped(edges) for edges in lattice.vertices]),
        np.array([parity(edges) for edges in lattice.faces]),
    )


def excitations(lattice: Torus) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Faces and a path of an excited state: first and last face, an edge of the first vertex."""
    return (0, len(lattice.faces) - 1), (0,)


def expected(lattice: Torus, faces: tuple[int, ...], path: tuple[int, ...]) -> Stabilisers:
    """The stabilisers that `machine` is meant to have: -1 at the faces and at the path's ends."""
    crossings = np.isin(lattice.vertices, path).sum(axis=1)
    named = np.isin(np.arange(len(lattice.faces)), faces)
    return Stabilisers(1.0 - 2.0 * (crossings % 2), 1.0 - 2.0 * named)


def amplitudes(
    lattice: Torus, faces: tuple[int, ...] = (), path: tuple[int, ...] = ()
) -> Complex[np.ndarray, " D"]:
    """The vector of `machine`."""
    return vector(machine(lattice, faces, path))
