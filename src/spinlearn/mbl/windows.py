"""One window of eigenstates of each realisation: energies, indicators and certificates."""

import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from spinlearn.mbl.indicators import Indicators, stack_indicators, window_indicators
from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Solver
from spinlearn.spins.eigenwindows import EigenWindow, WindowSolver
from spinlearn.spins.hamiltonians import SpinChain

_log = logging.getLogger("spinlearn.mbl")


@dataclass(frozen=True)
class Windows(Indicators):
    """Windows of a block of realisations, all at one energy density; indicators of shape (R,).

    Attributes:
        energies: the window's levels, ascending, in units of J (R, k).
        extremal_energies: E_min and E_max, in units of J (R, 2).
        certified: whether it is proved that no level is missing (R).
        first_level: number of levels below the window; -1 if it is not certified (R).
        residual: largest ||H v - E v|| of the window, in units of J (R).
        solver: the route that found the window (R).
        matvecs: vectors to which H or (H - sigma)^-1 was applied (R).
    """

    energies: Float[np.ndarray, "R k"]
    extremal_energies: Float[np.ndarray, "R 2"]
    certified: Bool[np.ndarray, " R"]
    first_level: Int[np.ndarray, " R"]
    residual: Float[np.ndarray, " R"]
    solver: np.ndarray
    matvecs: Int[np.ndarray, " R"]


def windows_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: float,
    states: int,
    streams: Callable[[int], np.random.Generator],
    *,
    solver: Solver = "auto",
    tolerance: float = 1e-10,
) -> Windows:
    """The window nearest to an energy density of each realisation, with its indicators.

    Args:
        chain: the chain without disorder.
        fields: one row per realisation, in units of J.
        energy_density: target (E - E_min)/(E_max - E_min).
        states: eigenstates in the window.
        streams: gives the random stream of the start vectors for a realisation's number.
        solver: see `spinlearn.spins.eigenwindows.WindowSolver`.
        tolerance: largest residual, in units of J.

    Returns:
        The windows; entropies in nats.

    Raises:
        NotConvergedError, CertificateError: if any of the windows is not found by any solver.
    """
    fields = np.asarray(fields, dtype=float)
    found: list[Indicators] = []
    rows: list[dict[str, object]] = []
    with closing(WindowSolver(chain, solver=solver, tolerance=tolerance)) as windows:
        work = track(fields, f"L = {chain.L}: windows", unit="realisation")
        for number, realisation in enumerate(work):
            window = windows.window(realisation, energy_density, states, streams(number))
            for failure in window.cost.failures:
                _log.warning("realisation %d: fell back to %s (%s)", number, window.solver, failure)
            members = np.arange(states)[None]
            found.append(window_indicators(chain, window.energies[None], window.vectors, members))
            rows.append(_describe(window))
    indicators = {name: values[:, 0] for name, values in stack_indicators(found).items()}
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    _log.info("%d of %d windows are certified", columns["certified"].sum(), len(rows))
    return Windows(**indicators, **columns)


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
