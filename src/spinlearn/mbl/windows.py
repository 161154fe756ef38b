"""One window of eigenstates of each realisation: energies, indicators and certificates."""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.mbl.choices import DEFAULT_OBSERVABLES
from spinlearn.mbl.indicators import (
    check_observables,
    level_values,
    stack_realisations,
    window_means,
)
from spinlearn.mbl.observables import Levels
from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Solver
from spinlearn.spins.eigenwindows import EigenWindow, WindowSolver
from spinlearn.spins.hamiltonians import SpinChain

_log = logging.getLogger("spinlearn.mbl")


def windows_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: float,
    states: int,
    streams: Callable[[int], np.random.Generator],
    *,
    observables: Sequence[str] = DEFAULT_OBSERVABLES,
    solver: Solver = "auto",
    tolerance: float = 1e-10,
) -> dict[str, np.ndarray]:
    """The window nearest to an energy density of each realisation, with its indicators.

    Args:
        chain: the chain without disorder.
        fields: one row per realisation, in units of J.
        energy_density: target (E - E_min)/(E_max - E_min).
        states: eigenstates in the window.
        streams: gives the random stream of the start vectors for a realisation's number.
        observables: names, see `spinlearn.mbl.choices.OBSERVABLES`.
        solver: see `spinlearn.spins.eigenwindows.WindowSolver`.
        tolerance: largest residual, in units of J.

    Returns:
        Each observable by name (R), NaN where it is undefined, entropies in nats; `energies`, the
        window's levels, ascending (R, k), and `extremal_energies`, E_min and E_max (R, 2), in units
        of J; `certified`, whether it is proved that no level is missing (R); `first_level`, the
        number of levels below the window, -1 if it is not certified (R); `residual`, the largest
        ||H v - E v|| of the window in units of J (R); `solver`, the route that found the window
        (R); `matvecs`, the number of vectors to which H or (H - sigma)^-1 was applied (R).

    Raises:
        NotConvergedError, CertificateError: if any of the windows is not found by any solver.
        UndefinedObservableError: if an observable is not defined for the chain.
        NoWidthError: if all levels are equal.
        InvalidArgumentError: as `WindowSolver.window`.
        ValueError: if there is no such observable.
    """
    fields = arguments.real("fields", fields, (None, chain.L))
    check_observables(observables, chain)
    found, rows = [], []
    with closing(WindowSolver(chain, solver=solver, tolerance=tolerance)) as windows:
        work = track(fields, f"L = {chain.L}: windows", unit="realisation")
        for number, realisation in enumerate(work):
            window = windows.window(realisation, energy_density, states, streams(number))
            for failure in window.cost.failures:
                _log.warning("realisation %d: fell back to %s (%s)", number, window.solver, failure)
            levels = Levels(chain, window.energies, window.vectors, window.degenerate)
            values = level_values(observables, levels)
            found.append(window_means(values, levels, np.zeros(1, dtype=np.int64), states))
            rows.append(_describe(window))
    indicators = {name: values[:, 0] for name, values in stack_realisations(found).items()}
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    _log.info("%d of %d windows are certified", columns["certified"].sum(), len(rows))
    return {**indicators, **columns}


def _describe(window: EigenWindow) -> dict[str, object]:
    """The values stored for a window besides its indicators."""
    return {
        "energies": window.energies,
        "extremal_energies": window.extremal_energies,
        "certified": window.certified,
        "first_level": -1 if window.first_level is None else window.first_level,
        "residual": window.residuals.max(),
        "solver": window.solver,
        "matvecs": window.cost.matvecs,
    }
