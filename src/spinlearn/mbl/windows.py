"""One window of eigenstates of each realisation: energies, indicators, and what certifies them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from spinlearn.mbl.indicators import gap_ratios, spin_fractions, spin_wave
from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Boundary, Operators, Solver
from spinlearn.spins.eigenwindows import WindowSolver
from spinlearn.spins.entanglement import half_chain_entropies
from spinlearn.spins.hamiltonians import xxz_chain

log = logging.getLogger("spinlearn.mbl")


@dataclass(frozen=True)
class Windows:
    """Windows of a block of realisations, all at one energy density.

    Attributes:
        energies: the window's levels, ascending, in units of J (R, k).
        gap_ratio: mean ratio of adjacent gaps (R).
        entanglement_entropy: mean half-chain entropy, in nats (R).
        number_entropy: mean entropy of the left half's magnetisation, in nats (R).
        spin_fraction: mean dynamical spin fraction (R).
        extremal_energies: E_min and E_max, in units of J (R, 2).
        certified: whether it is proved that no level is missing (R).
        first_level: levels of the spectrum below the window; -1 where it is not certified (R).
        residual: largest ||H v - E v|| of the window, in units of J (R).
        solver: the route that found the window (R).
        products: columns that H or (H - sigma)^-1 was applied to (R).
    """

    energies: Float[np.ndarray, "R k"]
    gap_ratio: Float[np.ndarray, " R"]
    entanglement_entropy: Float[np.ndarray, " R"]
    number_entropy: Float[np.ndarray, " R"]
    spin_fraction: Float[np.ndarray, " R"]
    extremal_energies: Float[np.ndarray, "R 2"]
    certified: Bool[np.ndarray, " R"]
    first_level: Int[np.ndarray, " R"]
    residual: Float[np.ndarray, " R"]
    solver: np.ndarray
    products: Int[np.ndarray, " R"]


def windows_of_block(
    fields: Float[np.ndarray, "R L"],
    energy_density: float,
    states: int,
    streams: Callable[[int], np.random.Generator],
    *,
    boundary: Boundary = "ring",
    operators: Operators = "spin",
    solver: Solver = "auto",
    tolerance: float = 1e-10,
) -> Windows:
    """The window nearest to an energy density of each realisation, with its indicators.

    The indicators are those of `spinlearn.mbl.indicators`, averaged over the window.

    Args:
        fields: one realisation a row, in units of J.
        energy_density: target (E - E_min)/(E_max - E_min).
        states: eigenstates in the window.
        streams: random stream of each realisation's start vectors, by its number.
        boundary: "ring" or "open".
        operators: "spin" (P1) or "pauli" (P2).
        solver: see `spinlearn.spins.eigenwindows.WindowSolver`.
        tolerance: largest residual, in units of J.

    Returns:
        The windows; entropies in nats.

    Raises:
        NotConvergedError, CertificateError: if no route finds one of the windows; none is left out.
    """
    fields = np.asarray(fields, dtype=float)
    L = fields.shape[1]
    chain = xxz_chain(L, boundary, operators=operators)
    wave = spin_wave(chain)
    rows: list[dict[str, object]] = []
    with WindowSolver(chain, solver=solver, tolerance=tolerance) as windows:
        work = track(fields, f"L = {L}: windows", unit="realisation")
        for row, realisation in enumerate(work):
            window = windows.window(realisation, energy_density, states, streams(row))
            for failure in window.cost.failures:
                log.warning("realisation %d: %s it is; %s", row, window.solver, failure)
            entropies = half_chain_entropies(window.vectors, chain.states, L)
            rows.append(
                {
                    "energies": window.energies,
                    "gap_ratio": gap_ratios(window.energies).mean(),
                    "entanglement_entropy": entropies.total.mean(),
                    "number_entropy": entropies.number.mean(),
                    "spin_fraction": spin_fractions(window.vectors**2, wave).mean(),
                    "extremal_energies": window.extremal_energies,
                    "certified": window.certified,
                    "first_level": -1 if window.first_level is None else window.first_level,
                    "residual": window.residuals.max(),
                    "solver": window.solver,
                    "products": window.cost.products,
                }
            )
    found = Windows(**{name: np.array([row[name] for row in rows]) for name in rows[0]})
    log.info("%d of %d windows are certified", found.certified.sum(), len(rows))
    return found
