"""The fastest solver for a window of eigenstates, and the fastest route for an evolution.

docs/eigensolvers.md has the measurements of the solvers.
"""

from typing import Literal

from spinlearn.spins.choices import Route

EvolutionRoute = Literal["diagonalisation", "steps"]
"""All eigenstates once, for any times; or a Chebyshev series from each time to the next."""

DENSE_DIMENSION = 400
"""LAPACK is used up to this dimension."""

DENSE_FRACTION = 0.15
"""LAPACK is used for windows with more than this fraction of the levels."""

EVOLUTION_TIME = 6.0
"""Up to this time per basis state, in units of 1/J, an evolution goes step by step."""


def fastest_route(dimension: int, states: int, *, has_pardiso: bool) -> Route:
    """The solver used for `solver="auto"`.

    LAPACK for small matrices and for windows that are a large part of the spectrum; else
    shift-invert where MKL PARDISO can be used; else POLFED.

    >>> fastest_route(70, 5, has_pardiso=True), fastest_route(12870, 50, has_pardiso=True)
    ('dense', 'shift_invert')

    Args:
        dimension: states of the sector.
        states: levels of the window.
        has_pardiso: whether MKL PARDISO can be used.
    """
    if dimension <= DENSE_DIMENSION or states > DENSE_FRACTION * dimension:
        return "dense"
    return "shift_invert" if has_pardiso else "polfed"


def fastest_evolution(dimension: int, longest_time: float) -> EvolutionRoute:
    """The route by which a trajectory is evolved.

    Steps cost as much as the time, diagonalisation as the cube of the dimension. For 16 members of
    a ring with h = 6 J both cost the same at 1300/J (L = 10), 6000/J (L = 12), and 36,000/J (L =
    14), which is nearly proportional to the dimension; weaker disorder favours the steps.

    >>> fastest_evolution(924, 1000.0), fastest_evolution(924, 1e5)
    ('steps', 'diagonalisation')

    Args:
        dimension: states of the largest block of the Hamiltonian.
        longest_time: in units of 1/J.
    """
    return "steps" if longest_time <= EVOLUTION_TIME * dimension else "diagonalisation"
