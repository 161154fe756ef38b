"""Product states in which evolutions start."""

from typing import get_args

import numpy as np
from jaxtyping import Complex

from spinlearn import arguments
from spinlearn.spins.choices import InitialState


def product_state(
    kind: InitialState, L: int, rng: np.random.Generator | None = None
) -> Complex[np.ndarray, "L 2"]:
    """The amplitudes of down and up of every spin.

    Args:
        kind: "plus", every spin along +x; "neel", down-up-down-up...; "random_product": each spin
            in a direction drawn uniformly on the sphere.
        L: number of sites.
        rng: generator of the random directions.

    Raises:
        InvalidArgumentError: if there is no such state, or a random one has no generator.
    """
    arguments.one_of("kind", kind, get_args(InitialState))
    arguments.integer("L", L, 1)
    if kind == "plus":
        return np.full((L, 2), np.sqrt(0.5), dtype=complex)
    if kind == "neel":
        return np.eye(2, dtype=complex)[np.arange(L) % 2]
    if rng is None:
        raise arguments.InvalidArgumentError("rng", "a random product state needs a generator")
    cosine, azimuth = rng.uniform(-1, 1, L), rng.uniform(0, 2 * np.pi, L)
    up = np.sqrt((1 + cosine) / 2) + 0j
    down = np.sqrt((1 - cosine) / 2) * np.exp(1j * azimuth)
    return np.stack([down, up], axis=1)


def all_amplitudes(spins: Complex[np.ndarray, "L 2"]) -> Complex[np.ndarray, " D"]:
    """All 2^L amplitudes of a product state; site 0 is the most significant bit, 1 is up.

    Raises:
        InvalidArgumentError: if the state of a spin is not normalised.
    """
    spins = arguments.normalised("spins", spins, (None, 2))
    amplitudes = np.ones(1, dtype=complex)
    for spin in spins:
        amplitudes = np.kron(amplitudes, spin)
    return amplitudes
