"""How far a matrix product state is from right-canonical form."""

import numpy as np


def canonical_error(mps):
    """Largest entry of |sum_s A^s (A^s)^dagger - 1| over all sites."""
    rows = [tensor.reshape(tensor.shape[0], -1) for tensor in mps.tensors]
    return max(np.abs(row @ row.conj().T - np.eye(len(row))).max() for row in rows)
