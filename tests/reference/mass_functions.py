"""Mass functions of POVM outcomes by Kronecker products on the whole Hilbert space."""

from functools import reduce
from itertools import product

import numpy as np

from spinlearn.spins.povm import ELEMENTS


def distribution_of_density_matrix(rho):
    """P(a) = Tr rho (M_(a_0) x ... x M_(a_(N-1))) of all 4^N strings."""
    sites = rho.shape[0].bit_length() - 1
    strings = product(range(4), repeat=sites)
    return np.array(
        [np.einsum("st,ts->", rho, reduce(np.kron, ELEMENTS[list(a)])).real for a in strings]
    )
