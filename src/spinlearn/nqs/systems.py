"""The rings whose ground states are sought, and their exact energies.

With Pauli matrices, in units of J: the transverse-field Ising (TFI) ring H = -sum_i sigma^z_i
sigma^z_(i+1) - h sum_i sigma^x_i, and the antiferromagnetic Heisenberg ring H = sum_i sigma_i .
sigma_(i+1), whose x and y axes are turned by pi on every second site. Then no off-diagonal element
of H is positive, and the ground state has no negative amplitude (Marshall's sign rule), for which
the number of sites must be even.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Complex, Float
from scipy.optimize import root
from scipy.sparse.linalg import eigsh

from spinlearn import arguments
from spinlearn.nqs.choices import MODELS
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.hamiltonians import SpinChain, Term, spin_chain

MAX_DIAGONALISED = 20
"""Longest Heisenberg ring that is diagonalised; for longer ones Bethe's equations are solved."""

DENSE = 128
"""Largest matrix that is diagonalised completely."""


@dataclass(frozen=True)
class Ring:
    """One Hamiltonian.

    Attributes:
        model: "tfi" or "heisenberg".
        N: number of sites.
        h: transverse field of the TFI ring, in units of J.
        J_z: coupling of the z components of the Heisenberg ring, in units of J.
    """

    model: str
    N: int
    h: float = 1.0
    J_z: float = 1.0

    def __post_init__(self) -> None:
        arguments.one_of("model", self.model, MODELS)
        arguments.integer("N", self.N, 3)
        arguments.number("h", self.h, 0)
        arguments.number("J_z", self.J_z)
        if self.model == "heisenberg" and self.N % 2:
            raise ValueError(
                f"a Heisenberg ring of {self.N} sites is frustrated: the Marshall sign rule needs "
                "an even number of sites"
            )

    @property
    def magnetisation(self) -> int | None:
        """The sector S^z = 0 of the Heisenberg ring, else the whole space."""
        return 0 if self.model == "heisenberg" else None


def named_ring(name: str, N: int) -> Ring:
    """The ring that paths name.

    >>> named_ring("tfi_h0.50", 10), named_ring("heisenberg", 10).model
    (Ring(model='tfi', N=10, h=0.5, J_z=1.0), 'heisenberg')
    """
    model, _, field = name.partition("_h")
    return Ring(model, N, h=float(field)) if field else Ring(model, N)


def terms(ring: Ring) -> list[Term]:
    """The Hamiltonian, with every second site of the Heisenberg ring turned about z."""
    bonds = [(site, (site + 1) % ring.N) for site in range(ring.N)]
    if ring.model == "tfi":
        couplings: list[Term] = [(-1.0, "zz", bond) for bond in bonds]
        return [*couplings, *((-ring.h, "x", (site,)) for site in range(ring.N) if ring.h)]
    factors = (("xx", -1.0), ("yy", -1.0), ("zz", ring.J_z))
    return [(factor, letters, bond) for bond in bonds for letters, factor in factors if factor]


@lru_cache(maxsize=2)
def chain(ring: Ring) -> SpinChain:
    """The Hamiltonian as a sparse matrix."""
    return spin_chain(ring.N, terms(ring), operators="pauli", magnetisation=ring.magnetisation)


def in_sector(
    ring: Ring, amplitudes: Complex[np.ndarray, " D"], spins: SpinChain
) -> Complex[np.ndarray, " d"]:
    """A vector of all 2^N configurations (`spinlearn.nqs.rbm.vector`) in the basis of the chain."""
    part = amplitudes[2**ring.N - 1 - spins.states]
    return part / np.linalg.norm(part)


def ground_vector(ring: Ring) -> Float[np.ndarray, " d"]:
    """The ground state of a ring as non-negative amplitudes; even under the flip of all spins.

    For the TFI ring with a small field, the lowest two states are nearly degenerate; the search
    is among even states.
    """
    H = chain(ring).H0
    size = H.shape[0]
    even = np.arange(size // 2)
    folded = (H[even][:, even] + H[even][:, size - 1 - even]).tocsr()
    if len(even) <= DENSE:
        vector = np.linalg.eigh(folded.toarray())[1][:, 0]
    else:
        vector = eigsh(folded, k=1, which="SA", v0=np.ones(len(even)), tol=0.0)[1][:, 0]
    whole = np.concatenate([vector, vector[::-1]]) / np.sqrt(2)
    return whole * np.sign(whole.sum())


@lru_cache(maxsize=2)
def exact_energy(ring: Ring) -> float:
    """E_0: free fermions (TFI), diagonalisation or Bethe's equations (Heisenberg).

    Raises:
        ValueError: for a long Heisenberg ring with J_z other than 1.
    """
    if ring.model == "tfi":
        return tfi_energy(ring.N, ring.h)
    if ring.N <= MAX_DIAGONALISED:
        vector = ground_vector(ring)
        return float(vector @ (chain(ring).H0 @ vector))
    if ring.J_z != 1.0:
        raise ValueError(
            f"no exact energy of {ring.N} sites with J_z = {ring.J_z:g}: take J_z = 1, or at most "
            f"{MAX_DIAGONALISED} sites"
        )
    return bethe_energy(ring.N)


def tfi_energy(N: int, h: float) -> float:
    """-sum_k sqrt(1 + h^2 - 2 h cos k) with k = (2 m + 1) pi / N: the lowest even state.

    (Lieb, Schultz and Mattis 1961; Pfeuty 1970.)

    >>> round(tfi_energy(4, 1.0), 9)
    -5.22625186
    """
    k = (2 * np.arange(N) + 1) * np.pi / N
    return -float(np.sqrt(1 + h**2 - 2 * h * np.cos(k)).sum())


def bethe_energy(N: int) -> float:
    """E_0 = N - 2 sum_j 1 / (lambda_j^2 + 1/4) of the Heisenberg ring, Pauli matrices.

    The N/2 rapidities solve 2 N arctan(2 lambda_j) = 2 pi I_j + 2 sum_k arctan(lambda_j -
    lambda_k) with I_j = -(N/2 - 1)/2, ..., (N/2 - 1)/2 (Bethe 1931; Karbach and Mueller 1997).

    Raises:
        ValueError: for an odd number of sites, or fewer than 4.
        NotConvergedError: if the equations are not solved to 1e-9.

    >>> round(bethe_energy(4), 9)
    -8.0
    """
    if arguments.integer("N", N, 4) % 2:
        raise ValueError(f"Bethe's ground state needs an even number of sites, not {N}")
    numbers = np.arange(N // 2) - (N // 2 - 1) / 2

    def residuals(x: Float[np.ndarray, " M"]) -> Float[np.ndarray, " M"]:
        scattering = np.arctan(x[:, None] - x).sum(axis=1)
        return N * np.arctan(2 * x) - np.pi * numbers - scattering

    def jacobian(x: Float[np.ndarray, " M"]) -> Float[np.ndarray, "M M"]:
        kernel = 1 / (1 + (x[:, None] - x) ** 2)
        return kernel + np.diag(2 * N / (1 + 4 * x**2) - kernel.sum(axis=1))

    start = np.arcsinh(np.tan(np.pi * numbers / N)) / np.pi
    found = root(residuals, start, jac=jacobian, tol=1e-13)
    worst = float(abs(residuals(found.x)).max())
    if not worst < 1e-9:
        raise NotConvergedError(f"Bethe's equations for N = {N}: residual {worst:.1e}")
    return N - 2 * float((1 / (found.x**2 + 0.25)).sum())
