"""Matrix product states of a smaller bond dimension, and purities of the parts of a chain."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from scipy.special import entr

from spinlearn import arguments
from spinlearn.spins.mps import MPS, right_canonical


def compress(mps: MPS, bond_dimension: int) -> MPS:
    """The state with at most `bond_dimension` Schmidt values at every bond, normalised.

    One sweep of singular value decompositions from the left (Schollwoeck 2011, section 4.5.1). The
    tensors right of a bond are canonical, so the singular values are the Schmidt values of the
    state compressed so far. Its squared distance to the given state is at most twice the sum of the
    discarded weights.

    Args:
        mps: the state, right-canonical.
        bond_dimension: Schmidt values kept at every bond, at least 1.
    """
    arguments.integer("bond_dimension", bond_dimension, 1)
    carry = np.eye(1)
    tensors = []
    for tensor in mps.tensors:
        block = np.tensordot(carry, tensor, axes=(1, 0))
        left, values, right = np.linalg.svd(block.reshape(-1, tensor.shape[2]), full_matrices=False)
        kept = min(bond_dimension, len(values))
        tensors.append(left[:, :kept].reshape(-1, 2, kept))
        carry = values[:kept, None] * right[:kept]
    tensors[-1] = np.tensordot(tensors[-1], carry, axes=(2, 0))
    return right_canonical(tensors)[0]


def purities(mps: MPS) -> Float[np.ndarray, " N"]:
    """Tr rho_n^2 of the first n = 1 ... N spins of a right-canonical matrix product state."""
    return np.array([(values**2).sum() for values in _spectra(mps)])


def von_neumann_entropies(mps: MPS) -> Float[np.ndarray, " N"]:
    """-Tr rho_n ln rho_n of the first n = 1 ... N spins of a right-canonical MPS, in nats."""
    return np.array([entr(values).sum() for values in _spectra(mps)])


def _spectra(mps: MPS) -> Iterator[Float[np.ndarray, " _"]]:
    """Eigenvalues of rho_n of the first n = 1 ... N spins.

    Right of a bond the state is an isometry, so rho_n has the spectrum of the left environment.
    """
    left = np.eye(1)
    for tensor in mps.tensors:
        half = np.tensordot(left, tensor, axes=(1, 0))
        left = np.tensordot(tensor.conj(), half, axes=((0, 1), (0, 1)))
        yield np.linalg.eigvalsh(left).clip(min=0.0)
