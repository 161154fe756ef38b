"""Observables of eigenstates: functions of consecutive levels of one realisation.

A function gives one value per level, per pair of neighbouring levels or per triple of them. What
is known about each, and its name, is in `spinlearn.mbl.choices`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import entr, rel_entr

from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.spins.entanglement import HalfChainEntropies, half_chain_entropies
from spinlearn.spins.hamiltonians import SpinChain

SMALLEST_PROBABILITY = 1e-20
"""Residuals of 1e-10 leave errors of about this size in the probabilities of basis states."""


@dataclass(frozen=True, eq=False)
class Levels:
    """Eigenstates of one realisation, and what several observables of them share.

    Attributes:
        chain: the spin chain.
        energies: ascending, in units of J.
        vectors: real eigenvectors as columns, in the order of `energies`.
        degenerate: whether each level is degenerate with another level of the spectrum; see
            `spinlearn.spins.degeneracies`.
    """

    chain: SpinChain
    energies: Float[np.ndarray, " n"]
    vectors: Float[np.ndarray, "D n"]
    degenerate: Bool[np.ndarray, " n"]

    @cached_property
    def probabilities(self) -> Float[np.ndarray, "D n"]:
        """Probability of each basis state in each eigenstate."""
        return self.vectors**2

    @cached_property
    def half_chain(self) -> HalfChainEntropies:
        """Entanglement of the left half with the right one."""
        return half_chain_entropies(self.vectors, self.chain.states, self.chain.L)


def gap_ratio(levels: Levels) -> Float[np.ndarray, " triples"]:
    """Ratio of adjacent gaps (Gresch 2022, eq. 2)."""
    return gap_ratios(levels.energies)


def entanglement_entropy(levels: Levels) -> Float[np.ndarray, " n"]:
    """Half-chain von Neumann entropy, in nats (Gresch 2022, eq. 3, with the missing sign)."""
    return levels.half_chain.total


def number_entropy(levels: Levels) -> Float[np.ndarray, " n"]:
    """Entropy of the left half's number of up spins, in nats."""
    return levels.half_chain.number


def schmidt_gap(levels: Levels) -> Float[np.ndarray, " n"]:
    """Difference of the two largest eigenvalues of the left half's density matrix."""
    return levels.half_chain.schmidt_gap


def spin_fraction(levels: Levels) -> Float[np.ndarray, " n"]:
    """Dynamical spin fraction; see `spin_fractions`."""
    return spin_fractions(levels.probabilities, spin_wave(levels.chain))


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


def participation_entropy(levels: Levels) -> Float[np.ndarray, " n"]:
    """Shannon entropy -sum_s p_s ln p_s over the basis states, in nats.

    It is ln D for equal weights and psi(D/2 + 1) - psi(3/2) on average for random real states.
    """
    return entr(levels.probabilities).sum(axis=0)


def kl_divergence(levels: Levels) -> Float[np.ndarray, " pairs"]:
    """KL = sum_s p_s ln(p_s/q_s), p and q the probabilities of levels n and n + 1, in nats.

    Luitz, Laflorencie and Alet, PRB 91, 081103 (2015). It is 2 - 2/D on average for random real
    states, and grows with L for localised ones. Solvers do not resolve probabilities below
    `SMALLEST_PROBABILITY`: these are replaced by it, so no value is above 46.
    """
    p = np.maximum(levels.probabilities, SMALLEST_PROBABILITY)
    return rel_entr(p[:, :-1], p[:, 1:]).sum(axis=0)


def staggered_magnetisation(levels: Levels) -> Float[np.ndarray, " n"]:
    """<((1/L) sum_i (-1)^i sigma^z_i)^2>: 1 for the Neel state, for any operators of the chain."""
    signs = (-1.0) ** np.arange(levels.chain.L)
    pattern = np.sign(levels.chain.z) @ signs / levels.chain.L
    return levels.probabilities.T @ pattern**2
