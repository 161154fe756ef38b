"""The fastest solver for a window of eigenstates, and the fastest route for an evolution.

docs/eigensolvers.md has the measurements of the solvers.
"""

from typing import Literal

from spinlearn.spins.choices import Disorder, Operators, Route

EvolutionRoute = Literal["diagonalisation", "steps"]
"""All eigenstates once, for any times; or a Chebyshev series from each time to the next."""

DENSE_DIMENSION = 400
"""LAPACK is used up to this dimension."""

DENSE_FRACTION = 0.15
"""LAPACK is used for windows with more than this fraction of the levels."""

EVOLUTION_PHASE = 130.0
"""Up to this phase (half the spectral width times the time) per basis state, steps are used."""

TYPICAL_FIELD = {"uniform": 0.5, "gaussian": 0.8, "binary": 1.0, "quasiperiodic": 0.65}
"""About the mean magnitude of a field, in units of h."""


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


def fastest_evolution(dimension: int, phase: float) -> EvolutionRoute:
    """The route by which a trajectory is evolved.

    Steps cost as much as the phase, which is the order of the Chebyshev series, diagonalisation as
    the cube of the dimension. For 16 members of a ring with h = 6 J both cost the same at the
    phases 22,000 (L = 10), 130,000 (L = 12), and 900,000 (L = 14), which is nearly proportional to
    the dimension.

    >>> fastest_evolution(924, 2e4), fastest_evolution(924, 2e6)
    ('steps', 'diagonalisation')

    Args:
        dimension: states of the largest block of the Hamiltonian.
        phase: half the width of the spectrum times the longest time.
    """
    return "steps" if phase <= EVOLUTION_PHASE * dimension else "diagonalisation"


def half_width_per_site(
    h: float,
    *,
    operators: Operators,
    disorder: Disorder,
    J_xy: float,
    J_zz: float,
    J2: float,
    h_x: float = 0.0,
) -> float:
    """About half the width of the spectrum of `xxz_chain` with disorder, per site, in units of J.

    For requests of time and memory, before there is a Hamiltonian. The mean of the bounds that an
    evolution uses is 0.65 to 1.05 times as large (L = 8 to 14, h = 1 to 30).

    Args:
        h: disorder strength, in units of J.
        operators, J_xy, J_zz, J2, h_x: as for `spinlearn.spins.hamiltonians.xxz_chain`.
        disorder: distribution of the fields.
    """
    unit = {"spin": 0.5, "pauli": 1.0}[operators]
    bonds = 0.8 * unit**2 * (abs(J_xy) + abs(J_zz)) * (1 + abs(J2))
    return bonds + unit * (TYPICAL_FIELD[disorder] * h + abs(h_x))
