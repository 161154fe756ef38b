"""The fastest solver for a window of eigenstates; docs/eigensolvers.md has the measurements."""

from spinlearn.spins.choices import Route

DENSE_DIMENSION = 400
"""LAPACK is used up to this dimension."""

DENSE_FRACTION = 0.15
"""LAPACK is used for windows with more than this fraction of the levels."""


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
