"""The ratio of adjacent gaps, and its mean without and with level repulsion."""

import numpy as np
from jaxtyping import Float

POISSON_GAP_RATIO = 2 * np.log(2) - 1
"""Mean gap ratio of uncorrelated levels: 2 ln 2 - 1."""

GOE_GAP_RATIO = 0.5307
"""Mean gap ratio of the Gaussian orthogonal ensemble (Atas et al., PRL 110, 084101 (2013))."""


def gap_ratios(energies: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch D-2"]:
    """r_i = min(d_i, d_{i+1})/max(d_i, d_{i+1}) of adjacent gaps d (Gresch 2022, eq. 2).

    Zhong 2022, eq. B1, is the same. If both gaps are zero, r = 1.

    Args:
        energies: ascending levels, in any unit.
    """
    gaps = np.diff(energies, axis=-1)
    low = np.minimum(gaps[..., 1:], gaps[..., :-1])
    high = np.maximum(gaps[..., 1:], gaps[..., :-1])
    return np.divide(low, high, out=np.ones_like(low), where=high > 0)
