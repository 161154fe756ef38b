"""The ratio of adjacent gaps, and its mean without and with level repulsion."""

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins.degeneracies import RESOLUTION

POISSON_GAP_RATIO = 2 * np.log(2) - 1
"""Mean gap ratio of uncorrelated levels: 2 ln 2 - 1."""

GOE_GAP_RATIO = 0.5307
"""Mean gap ratio of the Gaussian orthogonal ensemble (Atas et al., PRL 110, 084101 (2013))."""


def gap_ratios(
    energies: Float[np.ndarray, "*batch D"],
    spectrum_width: float | Float[np.ndarray, "*batch"] = 0.0,
) -> Float[np.ndarray, "*batch D-2"]:
    """r_i = min(d_i, d_{i+1})/max(d_i, d_{i+1}) of adjacent gaps d (Gresch 2022, eq. 2).

    Zhong 2022, eq. B1, is the same. The gap between degenerate levels is zero up to rounding, so
    its ratio to another one has no meaning: r is NaN.

    Args:
        energies: ascending levels, in any unit.
        spectrum_width: E_max - E_min of each spectrum, in the same unit. Levels closer than
            `RESOLUTION` of it are degenerate; by default, equal levels.

    Raises:
        InvalidArgumentError: if a level is not finite, or levels are not ascending.

    >>> gap_ratios(np.array([0.0, 1.0, 3.0, 3.0])).tolist()
    [0.5, nan]
    """
    gaps = np.diff(arguments.real("energies", energies, (..., None)), axis=-1)
    if gaps.min(initial=0.0) < 0:
        raise arguments.InvalidArgumentError("energies", "levels must be ascending; sort them")
    degenerate = gaps <= RESOLUTION * np.asarray(spectrum_width)[..., None]
    gaps = np.where(degenerate, np.nan, gaps)
    low = np.minimum(gaps[..., 1:], gaps[..., :-1])
    high = np.maximum(gaps[..., 1:], gaps[..., :-1])
    return low / high
