"""How many levels a window of eigenstates holds."""

from math import comb


def window_states(L: int, states: int, largest_fraction: float) -> int:
    """Levels of a window: `states`, or fewer where they would be a wide part of the spectrum.

    >>> window_states(8, 50, 0.1), window_states(14, 50, 0.1)
    (7, 50)

    Args:
        L: number of sites; the sector S^z = 0 has C(L, L/2) states.
        states: levels wanted.
        largest_fraction: fraction of the sector that a window may take.
    """
    return max(3, min(states, int(largest_fraction * comb(L, L // 2))))
