"""Dynamics of disordered chains from a product state.

A localised chain keeps a memory of its initial state. Its entropy grows as the logarithm of time if
it interacts (Znidaric, Prosen and Prelovsek, Phys. Rev. B 77, 064426 (2008); Bardarson, Pollmann
and Moore, Phys. Rev. Lett. 109, 017202 (2012)); without interaction (J_zz = J2 = 0) it saturates.

On a ring without interaction, a random product state is no exception at first, but its entropy
grows again at times that are exponential in L: the fermions' last bond has opposite signs for even
and odd numbers of up spins, and such a state has both. An open chain has no such bond.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np
from jaxtyping import Complex, Float

from spinlearn import arguments, streams
from spinlearn.pipeline.progress import track
from spinlearn.spins.chebyshev import TILE, Batch, spectral_bounds
from spinlearn.spins.choices import MagnetisedState
from spinlearn.spins.crossover import EvolutionRoute, fastest_evolution
from spinlearn.spins.entanglement import entropies_of_rows
from spinlearn.spins.evolution import DiagonalFamily, chain_family, evolve, spectral_trajectory
from spinlearn.spins.hamiltonians import SpinChain
from spinlearn.spins.product_states import all_amplitudes, product_state

FIRST_TIME = 0.1
"""The first of the log-spaced times, in units of 1/J."""


@dataclass(frozen=True)
class Dynamics:
    """What is recorded of a block of realisations at each time.

    Attributes:
        imbalance: sum_i <O^z_i(t)> <O^z_i(0)> / sum_i <O^z_i(0)>^2, 1 at t = 0. From the Neel state
            it is the usual imbalance between the two sublattices.
        entanglement_entropy: von Neumann entropy of the left half, in nats.
        number_entropy: entropy of the left half's number of up spins, in nats. It is a part of the
            entanglement entropy if the state has a definite total S^z, as the Neel state.
        return_probability: |<psi(0)|psi(t)>|^2.
    """

    imbalance: Float[np.ndarray, "R T"]
    entanglement_entropy: Float[np.ndarray, "R T"]
    number_entropy: Float[np.ndarray, "R T"]
    return_probability: Float[np.ndarray, "R T"]


class Start(NamedTuple):
    """Initial states as amplitudes (n, D), and <O^z_i> in them (n, L)."""

    states: Complex[np.ndarray, "n D"]
    z: Float[np.ndarray, "n L"]


def log_times(longest: float, points: int) -> Float[np.ndarray, " T"]:
    """Times from `FIRST_TIME` to the longest, evenly spaced in ln t, in units of 1/J.

    >>> log_times(1000.0, 5).round(3).tolist()
    [0.1, 1.0, 10.0, 100.0, 1000.0]
    """
    arguments.number("longest", longest, FIRST_TIME)
    return np.geomspace(FIRST_TIME, longest, arguments.integer("points", points, 1))


def initial_spins(
    seed: int, kind: MagnetisedState, L: int, h: float, realisations: Iterable[int]
) -> Complex[np.ndarray, "R L 2"]:
    """The initial state of each realisation; a random one is keyed by its number, L and h.

    So chains are compared on the same states, as on the same disorder.

    Args:
        seed: the pipeline's root seed.
        kind: see `spinlearn.spins.product_states.product_state`.
        L: number of sites.
        h: disorder strength, in units of J.
        realisations: numbers of the realisations.
    """
    key: dict[str, streams.KeyPart] = {"L": L, "h": f"{h:.2f}"}
    return np.stack(
        [
            product_state(
                kind, L, streams.rng(seed, "mbl", "initial state", realisation=number, **key)
            )
            for number in realisations
        ]
    )


def dynamics_of_block(
    chain: SpinChain,
    fields: Float[np.ndarray, "R L"],
    times: Float[np.ndarray, " T"],
    spins: Complex[np.ndarray, "R L 2"],
    *,
    route: EvolutionRoute | None = None,
) -> Dynamics:
    """Evolve a product state under H = H_0 + fields for each realisation, and record it.

    Args:
        chain: the Hamiltonian without disorder, in the whole space or in a sector that contains the
            initial states: S^z = 0 for the Neel state.
        fields: one row per realisation, in units of J.
        times: ascending, not negative, in units of 1/J.
        spins: initial state of each realisation, from `spinlearn.spins.product_states`.
        route: "diagonalisation", or "steps" of a Chebyshev series from each time to the next; by
            default the faster one for the largest block, see `fastest_evolution`. Their results
            differ by rounding of the phases, 1e-16 times the longest time times the width of the
            spectrum.

    Returns:
        What is recorded, one row per realisation and one column per time.

    Raises:
        InvalidArgumentError: if an argument is not finite or its shape does not fit; if times are
            negative or not ascending; if an initial state is not normalised, is not in the chain's
            sector, or has no imbalance because all <O^z_i> are 0.
    """
    times = arguments.real("times", times, (None,))
    if times[0] < 0 or (np.diff(times) < 0).any():
        raise arguments.InvalidArgumentError("times", "must be ascending and not negative")
    if route is not None:
        arguments.one_of("route", route, get_args(EvolutionRoute))
    fields = arguments.real("fields", fields, (None, chain.L))
    spins = arguments.normalised("spins", spins, (len(fields), chain.L, 2))
    start, family, diagonals = _start(chain, spins), chain_family(chain), chain.diagonal(fields)
    if route is None:
        route = _fastest(family, diagonals, float(times[-1]))
    at_once = 1 if route == "diagonalisation" else TILE
    groups = [slice(first, first + at_once) for first in range(0, len(fields), at_once)]
    found = []
    for some in track(groups, f"L = {chain.L}: dynamics by {route}", unit="group"):
        own = Start(start.states[some], start.z[some])
        evolve_them = _by_diagonalisation if route == "diagonalisation" else _by_steps
        found.append(evolve_them(chain, family, diagonals[some], own, times))
    return Dynamics(*np.concatenate(found, axis=1))


def _start(chain: SpinChain, spins: Complex[np.ndarray, "R L 2"]) -> Start:
    """The initial states in the chain's basis, checked."""
    states = np.stack([all_amplitudes(each)[chain.states] for each in spins])
    outside = np.abs(np.linalg.norm(states, axis=1) - 1) > 1e-10
    if outside.any():
        raise arguments.InvalidArgumentError(
            "spins",
            f"state {outside.argmax()} is not in the chain's S^z sector; build the chain with "
            "magnetisation=None",
        )
    z = (np.abs(states) ** 2) @ chain.z
    unmagnetised = np.abs(z).max(axis=1) < 1e-10
    if unmagnetised.any():
        raise arguments.InvalidArgumentError(
            "spins",
            f"state {unmagnetised.argmax()} has <O^z_i> = 0 on all sites, so it has no imbalance; "
            "give a state with magnetised sites, such as the Neel state",
        )
    return Start(states, z)


def _fastest(
    family: DiagonalFamily, diagonals: Float[np.ndarray, "R D"], longest: float
) -> EvolutionRoute:
    """The faster route on the largest block, by the mean of the bounds of the members' spectra."""
    block = max(family.blocks, key=lambda each: each.rows.size)
    n, D = diagonals.shape
    batch = Batch(diagonals, np.zeros((n, 0)), np.zeros(n), np.zeros((1, D), dtype=complex))
    lower, upper = spectral_bounds(block, batch)
    return fastest_evolution(block.rows.size, float((upper - lower).mean()) / 2 * longest)


def _by_steps(
    chain: SpinChain,
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "n D"],
    start: Start,
    times: Float[np.ndarray, " T"],
) -> Float[np.ndarray, "4 n T"]:
    """The fields of `Dynamics` of a few members, evolved from each time to the next."""
    recorded, states = [], start.states
    for step in np.diff(times, prepend=0.0):
        states = evolve(family, diagonals, states, float(step)).states
        recorded.append(_observe(chain, start, states))
    return np.stack(recorded, axis=-1)


def _by_diagonalisation(
    chain: SpinChain,
    family: DiagonalFamily,
    diagonals: Float[np.ndarray, "1 D"],
    start: Start,
    times: Float[np.ndarray, " T"],
) -> Float[np.ndarray, "4 1 T"]:
    """The fields of `Dynamics` of one member at all times."""
    states = spectral_trajectory(family, diagonals[0], start.states[0], times)
    return _observe(chain, start, states)[:, None]


def _observe(
    chain: SpinChain, start: Start, states: Complex[np.ndarray, "m D"]
) -> Float[np.ndarray, "4 m"]:
    """The fields of `Dynamics` in some states; each has its own initial state, or all have one."""
    z = (states.real**2 + states.imag**2) @ chain.z
    rows = np.ascontiguousarray(states)
    entropies = entropies_of_rows(rows, chain.states.tobytes(), chain.L)
    overlap = np.einsum("md,md->m", np.broadcast_to(start.states.conj(), states.shape), states)
    imbalance = (z * start.z).sum(axis=1) / (start.z**2).sum(axis=1)
    return np.stack([imbalance, entropies.total, entropies.number, np.abs(overlap) ** 2])
