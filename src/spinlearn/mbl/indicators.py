"""Indicators of many-body localisation, averaged over windows of eigenstates.

`window_indicators` computes them from given eigenstates. `indicators_of_block` takes the
eigenstates from full diagonalisation, on a grid of energy densities; `spinlearn.mbl.windows` takes
them from a solver for one window. To add an indicator, add a field to `Indicators`, a line to
`window_indicators` and an entry to `spinlearn.mbl.schemas`.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.pipeline.progress import track
from spinlearn.spins.entanglement import half_chain_entropies
from spinlearn.spins.hamiltonians import SpinChain
from spinlearn.spins.spectra import diagonalise, energy_densities, nearest_windows


@dataclass(frozen=True)
class Indicators:
    """Indicators of windows of eigenstates, each a mean over the states of its window.

    Attributes:
        gap_ratio: ratio of adjacent gaps.
        entanglement_entropy: half-chain entropy, in nats.
        number_entropy: entropy of the left half's magnetisation, in nats.
        spin_fraction: dynamical spin fraction, see `spin_fractions`.
    """

    gap_ratio: Float[np.ndarray, "*windows"]
    entanglement_entropy: Float[np.ndarray, "*windows"]
    number_entropy: Float[np.ndarray, "*windows"]
    spin_fraction: Float[np.ndarray, "*windows"]


def window_indicators(
    chain: SpinChain,
    energies: Float[np.ndarray, "windows k"],
    vectors: Float[np.ndarray, "D states"],
    members: Int[np.ndarray, "windows k"],
) -> Indicators:
    """Indicators of one realisation's windows.

    Args:
        chain: the spin chain.
        energies: levels of each window, ascending, in units of J.
        vectors: eigenvectors of all windows as columns.
        members: the columns that belong to each window.
    """
    entropies = half_chain_entropies(vectors, chain.states, chain.L)
    fractions = spin_fractions(vectors**2, spin_wave(chain))
    return Indicators(
        gap_ratio=gap_ratios(energies).mean(axis=1),
        entanglement_entropy=entropies.total[members].mean(axis=1),
        number_entropy=entropies.number[members].mean(axis=1),
        spin_fraction=fractions[members].mean(axis=1),
    )


def stack_indicators(realisations: Sequence[Indicators]) -> dict[str, np.ndarray]:
    """The indicators of many realisations by name, each of shape (realisations, windows)."""
    return {
        field.name: np.array([getattr(found, field.name) for found in realisations])
        for field in dataclasses.fields(Indicators)
    }


def spin_fractions(
    probabilities: Float[np.ndarray, "D states"], wave: Float[np.ndarray, "D 2"]
) -> Float[np.ndarray, " states"]:
    """f = 1 - |<M>|^2/<M^dag M>, M = sum_j S^z_j exp(2 pi i j/L) (Pal and Huse 2010).

    Gresch 2022, eq. 4, prints numerator and denominator swapped. M is diagonal, so f depends on
    probabilities only. f is 0 for a product state and tends to 1 for thermal states. If M vanishes
    on a product state (such as Neel's), f is set to 0, although a small admixture of other states
    gives f = 1.

    Args:
        probabilities: squared amplitudes, one column per state.
        wave: real and imaginary part of M in each basis state; see `spin_wave`.
    """
    mean = probabilities.T @ wave
    square = probabilities.T @ (wave**2).sum(axis=1)
    fixed = square < 1e-24 * len(wave)  # M vanishes up to rounding: a product state with 0/0
    return np.where(fixed, 0.0, 1.0 - (mean**2).sum(axis=1) / np.where(fixed, 1.0, square))


def spin_wave(chain: SpinChain) -> Float[np.ndarray, "D 2"]:
    """Real and imaginary part of M = sum_j O^z_j exp(2 pi i j/L) in each basis state."""
    phases = 2 * np.pi * np.arange(chain.L) / chain.L
    return chain.z @ np.stack([np.cos(phases), np.sin(phases)], axis=1)


@dataclass(frozen=True)
class GridIndicators(Indicators):
    """Indicators of a block of realisations at each energy density, of shape (R, E).

    Attributes:
        energy_density: grid (E,).
        window_width: energy-density span of each window (R, E).
        extremal_energies: E_min and E_max, in units of J (R, 2).
    """

    energy_density: Float[np.ndarray, " E"]
    window_width: Float[np.ndarray, "R E"]
    extremal_energies: Float[np.ndarray, "R 2"]


def indicators_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    energy_density: Sequence[float] | Float[np.ndarray, " E"],
    states_per_window: int,
) -> GridIndicators:
    """All indicators of a block of realisations (Gresch 2022, section II.B).

    At each energy density the average is over the nearest `states_per_window` eigenstates.

    Args:
        chain: the chain without disorder, in one S^z sector if it conserves S^z.
        fields: one row per realisation, in units of J.
        energy_density: grid of energy densities in (0, 1).
        states_per_window: eigenstates averaged at each energy density.

    Returns:
        The indicators; entropies in nats.

    Raises:
        NotConvergedError: if a diagonalisation fails.
        ValueError: if a window does not fit into the spectrum.
    """
    fields = np.asarray(fields, dtype=float)
    grid = np.asarray(energy_density, dtype=float)
    k = states_per_window
    found, widths, extremal = [], [], []
    for realisation in track(fields, f"L = {chain.L}: diagonalising", unit="realisation"):
        energies, vectors = diagonalise(chain, realisation)
        densities = energy_densities(energies)
        starts = nearest_windows(densities, grid, k)
        windows = starts[:, None] + np.arange(k)
        used = np.unique(windows)
        members = np.searchsorted(used, windows)
        found.append(window_indicators(chain, energies[windows], vectors[:, used], members))
        widths.append(densities[starts + k - 1] - densities[starts])
        extremal.append((energies[0], energies[-1]))
    return GridIndicators(
        **stack_indicators(found),
        energy_density=grid,
        window_width=np.array(widths),
        extremal_energies=np.array(extremal),
    )
