"""Indicators of many-body localisation on a grid of energy densities, by full diagonalisation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from spinlearn.pipeline.progress import track
from spinlearn.spins.choices import Boundary, Operators
from spinlearn.spins.entanglement import half_chain_entropies
from spinlearn.spins.hamiltonians import XXZChain, xxz_chain
from spinlearn.spins.spectra import diagonalise, energy_densities, nearest_windows

POISSON_GAP_RATIO = 2 * np.log(2) - 1
"""Mean gap ratio of uncorrelated levels: 2 ln 2 - 1."""

GOE_GAP_RATIO = 0.5307
"""Mean gap ratio of the Gaussian orthogonal ensemble (Atas et al., PRL 110, 084101 (2013))."""


@dataclass(frozen=True)
class Indicators:
    """Indicators of a block of realisations at each energy density.

    Attributes:
        energy_density: grid (E,).
        gap_ratio: mean ratio of adjacent gaps in each window (R, E).
        entanglement_entropy: mean half-chain entropy, in nats (R, E).
        number_entropy: mean entropy of the left half's magnetisation, in nats (R, E).
        spin_fraction: mean dynamical spin fraction (R, E).
        window_width: energy-density span of each window (R, E).
        extremal_energies: E_min and E_max, in units of J (R, 2).
    """

    energy_density: Float[np.ndarray, " E"]
    gap_ratio: Float[np.ndarray, "R E"]
    entanglement_entropy: Float[np.ndarray, "R E"]
    number_entropy: Float[np.ndarray, "R E"]
    spin_fraction: Float[np.ndarray, "R E"]
    window_width: Float[np.ndarray, "R E"]
    extremal_energies: Float[np.ndarray, "R 2"]


def gap_ratios(energies: Float[np.ndarray, "*batch D"]) -> Float[np.ndarray, "*batch D-2"]:
    """r_i = min(d_i, d_{i+1})/max(d_i, d_{i+1}) of adjacent gaps (P2 eq. 2; P1 eq. B1).

    Exactly degenerate pairs of gaps (both zero) count as r = 1.
    """
    gaps = np.diff(energies, axis=-1)
    low = np.minimum(gaps[..., 1:], gaps[..., :-1])
    high = np.maximum(gaps[..., 1:], gaps[..., :-1])
    return np.divide(low, high, out=np.ones_like(low), where=high > 0)


def spin_fractions(
    probabilities: Float[np.ndarray, "D states"], wave: Float[np.ndarray, "D 2"]
) -> Float[np.ndarray, " states"]:
    """f = 1 - |<M>|^2/<M^dag M>, M = sum_j S^z_j exp(2 pi i j/L) (Pal and Huse 2010).

    P2 eq. 4 prints the fraction upside down. M is diagonal, so only probabilities enter; f is 0
    for a product state and tends to 1 when thermal. A product state on which M vanishes (Neel's,
    say) has f = 0 too, but the least admixture of others turns it to f = 1.

    Args:
        probabilities: squared amplitudes of each state, a column a state.
        wave: real and imaginary part of M in each basis state; see `spin_wave`.
    """
    mean = probabilities.T @ wave
    square = probabilities.T @ (wave**2).sum(axis=1)
    fixed = square < 1e-24 * len(wave)  # M vanishes to rounding: 0/0 stands for a product state
    return np.where(fixed, 0.0, 1.0 - (mean**2).sum(axis=1) / np.where(fixed, 1.0, square))


def spin_wave(chain: XXZChain) -> Float[np.ndarray, "D 2"]:
    """Real and imaginary part of M = sum_j O^z_j exp(2 pi i j/L) in each basis state."""
    phases = 2 * np.pi * np.arange(chain.L) / chain.L
    return chain.z @ np.stack([np.cos(phases), np.sin(phases)], axis=1)


def indicators_of_block(
    fields: Float[np.ndarray, "R L"],
    energy_density: Sequence[float] | Float[np.ndarray, " E"],
    states_per_window: int,
    *,
    boundary: Boundary = "ring",
    operators: Operators = "pauli",
) -> Indicators:
    """All indicators of a block of realisations in the S^z = 0 sector (P2 section II.B).

    For each energy density the `states_per_window` eigenstates nearest to it are averaged over.

    Args:
        fields: one realisation a row, in units of J.
        energy_density: grid of energy densities in (0, 1).
        states_per_window: eigenstates averaged at each energy density.
        boundary: "ring" (P2) or "open".
        operators: "pauli" (P2) or "spin" (P1).

    Returns:
        The indicators; entropies in nats.

    Raises:
        NotConvergedError: if a diagonalisation fails.
        ValueError: if a window does not fit into the spectrum.
    """
    fields = np.asarray(fields, dtype=float)
    grid = np.asarray(energy_density, dtype=float)
    R, L = fields.shape
    chain = xxz_chain(L, boundary, operators=operators)
    wave = spin_wave(chain)
    k = states_per_window
    shape = (R, grid.size)
    r, S, Sn, f, width = (np.empty(shape) for _ in range(5))
    extremal = np.empty((R, 2))
    for row, realisation in enumerate(track(fields, f"L = {L}: diagonalising", unit="realisation")):
        energies, vectors = diagonalise(chain, realisation)
        densities = energy_densities(energies)
        starts = nearest_windows(densities, grid, k)
        windows = starts[:, None] + np.arange(k)
        used = np.unique(windows)
        chosen = vectors[:, used]
        position = np.searchsorted(used, windows)
        entropies = half_chain_entropies(chosen, chain.states, L)
        S[row] = entropies.total[position].mean(axis=1)
        Sn[row] = entropies.number[position].mean(axis=1)
        f[row] = spin_fractions(chosen**2, wave)[position].mean(axis=1)
        r[row] = gap_ratios(energies[windows]).mean(axis=1)
        width[row] = densities[starts + k - 1] - densities[starts]
        extremal[row] = energies[0], energies[-1]
    return Indicators(
        energy_density=grid,
        gap_ratio=r,
        entanglement_entropy=S,
        number_entropy=Sn,
        spin_fraction=f,
        window_width=width,
        extremal_energies=extremal,
    )
