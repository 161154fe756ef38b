"""Degenerate levels, judged against the width of the spectrum."""

import numpy as np
from jaxtyping import Bool, Float

RESOLUTION = 1e-12
"""Levels are degenerate if they are closer than this share of the spectrum's width."""


class NoWidthError(ValueError):
    """All levels of a spectrum are equal, so that energy densities are undefined."""


def spectrum_width(ends: Float[np.ndarray, "2"]) -> float:
    """E_max - E_min.

    Raises:
        NoWidthError: if it is zero up to rounding.
    """
    low, high = float(ends[0]), float(ends[1])
    if high - low <= RESOLUTION * max(abs(low), abs(high)):
        raise NoWidthError(
            f"all levels are equal (E = {low:.6g}), so energy densities are undefined; give the "
            "chain couplings or fields, or a larger sector"
        )
    return high - low


def degenerate_levels(energies: Float[np.ndarray, " n"], width: float) -> Bool[np.ndarray, " n"]:
    """Whether each level is degenerate with a neighbour.

    The eigenvectors of degenerate levels, and all values computed from single ones, are arbitrary:
    they depend on the solver. LAPACK's rounding mixes two levels by about 1e-15 of the width over
    their distance, so that vectors of levels that are not degenerate by this measure are known to
    1e-3 or better.

    Args:
        energies: consecutive levels, ascending.
        width: E_max - E_min of the whole spectrum. Levels closer than `RESOLUTION` of it are
            degenerate.

    >>> degenerate_levels(np.array([0.0, 1.0, 1.0, 3.0]), 3.0).tolist()
    [False, True, True, False]
    """
    is_close = np.diff(energies) <= RESOLUTION * width
    return np.append(is_close, False) | np.append(False, is_close)
