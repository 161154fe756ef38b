"""Number of levels in a window of eigenstates."""

from math import comb

from spinlearn import arguments


def window_states(L: int, states: int, largest_fraction: float) -> int:
    """Number of levels in a window: `states`, but at most a fraction of the sector (at least 3).

    >>> window_states(8, 50, 0.1), window_states(14, 50, 0.1)
    (7, 50)

    Args:
        L: number of sites; the sector S^z = 0 has C(L, L/2) states.
        states: levels wanted.
        largest_fraction: largest fraction of the sector in a window.
    """
    arguments.integer("L", L, 2)
    arguments.integer("states", states, 1)
    arguments.number("largest_fraction", largest_fraction, 0, 1)
    return max(3, min(states, int(largest_fraction * comb(L, L // 2))))
