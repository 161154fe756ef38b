"""The tetrahedral POVM: elements, dual frame, mass functions, and observables from outcomes.

A site's outcome a is in 0..3. A string of N outcomes has the index sum_i a_i 4^(N-1-i): site 0 is
the most significant digit. A dense state of N sites has the index sum_i s_i 2^(N-1-i) with s = 0
for spin up (sigma^z = +1).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int, UInt8

from spinlearn import arguments

PAULI: Complex[np.ndarray, "3 2 2"] = np.array(
    [[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=complex
)
"""Pauli matrices x, y, z in the basis (up, down)."""

AXES = {"x": 0, "y": 1, "z": 2}
"""Index of each axis in `PAULI` and in the last axis of `VECTORS`."""

VECTORS: Float[np.ndarray, "4 3"] = np.array(
    [
        [0.0, 0.0, 1.0],
        [2 * np.sqrt(2) / 3, 0.0, -1 / 3],
        [-np.sqrt(2) / 3, np.sqrt(2 / 3), -1 / 3],
        [-np.sqrt(2) / 3, -np.sqrt(2 / 3), -1 / 3],
    ]
)
"""Corners v_a of the tetrahedron (Luchnikov 2019, eq. 5)."""

ELEMENTS: Complex[np.ndarray, "4 2 2"] = (np.eye(2) + np.einsum("ax,xst->ast", VECTORS, PAULI)) / 4
"""POVM elements M_a = (1 + v_a . sigma)/4 (Luchnikov 2019, eq. 5).

Each is of rank one; their sum is the identity.
"""

_up = np.sqrt((1 + VECTORS[:, 2]) / 4)
KETS: Complex[np.ndarray, "4 2"] = np.stack(
    [_up, (VECTORS[:, 0] + 1j * VECTORS[:, 1]) / (4 * _up)], axis=1
)
"""Vectors |phi_a> with M_a = |phi_a><phi_a| and a real, positive first component."""

OVERLAPS: Float[np.ndarray, "4 4"] = np.einsum("ast,bts->ab", ELEMENTS, ELEMENTS).real
"""T_ab = Tr M_a M_b (Luchnikov 2019, eq. 9): 1/4 on the diagonal, 1/12 off it."""

INVERSE_OVERLAPS: Float[np.ndarray, "4 4"] = 6 * np.eye(4) - 1
"""Inverse of T: 5 on the diagonal, -1 off it."""

DUALS: Complex[np.ndarray, "4 2 2"] = 6 * ELEMENTS - np.eye(2)
"""Dual frame D_a = sum_b (T^-1)_ab M_b = 6 M_a - 1: rho = sum_a p_a D_a (Luchnikov 2019, eq. 9)."""


def check_noise(noise: float) -> float:
    """Refuse a depolarising probability outside of [0, 1].

    Raises:
        InvalidArgumentError: if it is outside.
    """
    return arguments.number("noise", noise, 0.0, 1.0)


def noisy_elements(noise: float) -> Complex[np.ndarray, "4 2 2"]:
    """Elements (1 - p) M_a + p/4 of the POVM after the channel rho -> (1 - p) rho + p/2.

    Tr M_a = 1/2, so Tr M_a [(1 - p) rho + p/2] = Tr [(1 - p) M_a + p/4] rho: an outcome is replaced
    by a uniform one with probability p.
    """
    return (1 - check_noise(noise)) * ELEMENTS + noise / 4 * np.eye(2)


def depolarised(
    outcomes: UInt8[np.ndarray, "M N"], noise: float, rng: np.random.Generator
) -> UInt8[np.ndarray, "M N"]:
    """A copy in which each outcome is replaced with probability `noise` by a uniform one.

    Args:
        outcomes: the strings.
        noise: p in [0, 1].
        rng: source of one uniform number per (string, site), string after string.
    """
    uniforms = rng.random(outcomes.shape)
    drawn = np.minimum(4 * uniforms / max(check_noise(noise), np.finfo(float).tiny), 3)
    return np.where(uniforms < noise, drawn.astype(np.uint8), outcomes)


STRINGS_AT_ONCE = 65536
"""Strings of outcomes that are held as floating-point numbers at a time."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Means over samples, with their standard errors.

    Attributes:
        mean: estimates, any shape.
        error: standard error of each, sqrt(unbiased variance / samples); NaN for one sample.
        samples: number of strings.
    """

    mean: Float[np.ndarray, "*shape"]
    error: Float[np.ndarray, "*shape"]
    samples: int


def standard_error(mean: np.ndarray, square: np.ndarray, samples: int) -> np.ndarray:
    """Standard error from the means of a quantity and of its square; NaN for one sample."""
    if samples < 2:
        return np.full(mean.shape, np.nan)
    return np.sqrt(np.clip(square - mean**2, 0.0, None) / (samples - 1))


def split(outcomes: Any, at_once: int) -> Iterator[np.ndarray]:
    """Matrices of at most `at_once` strings, from one matrix (or HDF5 dataset) or several, checked.

    Raises:
        InvalidArgumentError: if an outcome is not in 0..3.
    """
    if hasattr(outcomes, "shape"):
        for start in range(0, outcomes.shape[0], at_once):
            part = np.asarray(outcomes[start : start + at_once])
            yield arguments.whole("outcomes", part, (None, None), low=0, high=3)
    else:
        for part in outcomes:
            yield from split(part, at_once)


Outcomes = UInt8[np.ndarray, "M N"] | Iterable[UInt8[np.ndarray, "_ N"]]
"""Strings of outcomes: one matrix, an HDF5 dataset, or an iterable of either (blocks)."""


def outcome_counts(outcomes: Outcomes, *, at_once: int = STRINGS_AT_ONCE) -> Int[np.ndarray, "N 4"]:
    """How often each outcome occurs at each site.

    Raises:
        ValueError: if there are no outcomes, or one is not in 0..3.
    """
    counts: np.ndarray | None = None
    for part in split(outcomes, at_once):
        found = np.stack([np.count_nonzero(part == a, axis=0) for a in range(4)], axis=1)
        counts = found if counts is None else counts + found
    if counts is None or not counts.any():
        raise ValueError("no outcomes given")
    return counts


def site_expectations(outcomes: Outcomes, *, at_once: int = STRINGS_AT_ONCE) -> Estimate:
    """<sigma^alpha_i> = E[3 v_a^alpha] at every site (dual frame, Luchnikov 2019, eq. 9).

    Args:
        outcomes: the strings; see `Outcomes`.
        at_once: strings that are held in memory together.

    Returns:
        Means and errors of shape (3, N): x, y, z by site. The variance of one sample is of
        order 3 (just 3 in the maximally mixed state).

    >>> site_expectations(np.array([[0], [0]], dtype=np.uint8)).mean[:, 0]
    array([0., 0., 3.])
    """
    counts = outcome_counts(outcomes, at_once=at_once)
    samples = int(counts[0].sum())
    probabilities = counts / samples
    values = 3 * VECTORS
    mean = (probabilities @ values).T
    square = (probabilities @ values**2).T
    return Estimate(mean, standard_error(mean, square, samples), samples)


def two_point_functions(
    outcomes: Outcomes, alpha: str, beta: str | None = None, *, at_once: int = STRINGS_AT_ONCE
) -> Estimate:
    """<sigma^alpha_i sigma^beta_j> = E[9 v^alpha_(a_i) v^beta_(a_j)] for every pair of sites.

    Two-point form of the dual frame (Luchnikov 2019, eq. 9, figure 3). On the diagonal, i = j,
    equal axes give 1 exactly and unequal ones 0 (the real part of i sigma^gamma), both without
    error.

    Args:
        outcomes: the strings; see `Outcomes`.
        alpha, beta: axes "x", "y" or "z"; beta is alpha where it is not given.
        at_once: strings that are held in memory together.

    Returns:
        Means and errors of shape (N, N), site i by site j. One sample has a variance of order 9.
    """
    beta = alpha if beta is None else beta
    arguments.one_of("alpha", alpha, AXES)
    arguments.one_of("beta", beta, AXES)
    left, right = 3 * VECTORS[:, AXES[alpha]], 3 * VECTORS[:, AXES[beta]]
    product = square = np.zeros(())
    samples = 0
    for part in split(outcomes, at_once):
        x = left[part]
        y = x if alpha == beta else right[part]
        product = product + x.T @ y
        square = square + (x**2).T @ y**2
        samples += part.shape[0]
    if samples == 0:
        raise ValueError("no outcomes given")
    mean = product / samples
    error = standard_error(mean, square / samples, samples)
    np.fill_diagonal(mean, 1.0 if alpha == beta else 0.0)
    np.fill_diagonal(error, 0.0)
    return Estimate(mean, error, samples)


def magnetisation(outcomes: Outcomes, *, at_once: int = STRINGS_AT_ONCE) -> Estimate:
    """mu_alpha = (1/N) sum_i <sigma^alpha_i> (Luchnikov 2019, section 5).

    The error includes correlations between sites.

    Returns:
        Means and errors of shape (3,): x, y, z.
    """
    values = 3 * VECTORS
    total = np.zeros(3)
    square = np.zeros(3)
    samples = 0
    for part in split(outcomes, at_once):
        # The magnetisation of a string depends only on how often each outcome occurs in it.
        mix = np.stack([np.count_nonzero(part == a, axis=1) for a in range(4)], axis=1)
        each = mix @ values / part.shape[1]
        total += each.sum(axis=0)
        square += (each**2).sum(axis=0)
        samples += part.shape[0]
    if samples == 0:
        raise ValueError("no outcomes given")
    mean = total / samples
    return Estimate(mean, standard_error(mean, square / samples, samples), samples)


# --- mass functions of short chains -------------------------------------------------------------


def _count_sites(size: int, base: int) -> int:
    """N with base^N = size."""
    sites = round(np.log(size) / np.log(base))
    if base**sites != size:
        raise ValueError(f"{size} entries are not {base}^N for any N")
    return sites


def apply_on_every_site(matrix: np.ndarray, tensor: np.ndarray, base: int) -> np.ndarray:
    """Apply (new x base) `matrix` to each of the sites of a flat tensor of base^N entries."""
    sites = _count_sites(tensor.size, base)
    new = matrix.shape[0]
    for _ in range(sites):
        # The leading site is transformed and becomes the last: after N turns the order is back.
        tensor = (matrix @ tensor.reshape(base, -1)).T.reshape(-1)
    return tensor.reshape(new**sites)


def outcome_distribution(
    state: Float[np.ndarray, " D"] | Complex[np.ndarray, " D"],
) -> Float[np.ndarray, " outcomes"]:
    """Mass function P(a) = prod_i <phi_(a_i)| psi> squared in modulus, of all 4^N strings.

    Born's rule for the product POVM (Luchnikov 2019, eqs. 6 and 8), dense state of 2^N amplitudes.
    """
    amplitudes = arguments.normalised("state", state, (None,))
    return np.abs(apply_on_every_site(KETS.conj(), amplitudes, 2)) ** 2


def empirical_distribution(
    outcomes: Outcomes, *, at_once: int = STRINGS_AT_ONCE
) -> Float[np.ndarray, " outcomes"]:
    """Frequencies of all 4^N strings among the samples."""
    counts: np.ndarray | None = None
    for part in split(outcomes, at_once):
        sites = part.shape[1]
        index = part.astype(np.int64) @ (4 ** np.arange(sites - 1, -1, -1))
        found = np.bincount(index, minlength=4**sites)
        counts = found if counts is None else counts + found
    if counts is None or not counts.any():
        raise ValueError("no outcomes given")
    return counts / counts.sum()


def marginal(p: Float[np.ndarray, " outcomes"], sites: Iterable[int]) -> Float[np.ndarray, " kept"]:
    """Mass function of the sites named, summed over the others, in the order of the chain."""
    p = arguments.distribution("p", p, (None,))
    count = _count_sites(p.size, 4)
    kept = {site % count for site in sites}
    others = tuple(site for site in range(count) if site not in kept)
    return p.reshape((4,) * count).sum(axis=others).reshape(-1)


def density_matrix(p: Float[np.ndarray, " outcomes"]) -> Complex[np.ndarray, "D D"]:
    """rho = sum_a p(a) D_(a_1) x ... x D_(a_N), from a mass function (Luchnikov 2019, eq. 9).

    Hermitian and of trace one for every normalised p; positive only if p is physical.
    """
    p = arguments.distribution("p", p, (None,))
    sites = _count_sites(p.size, 4)
    flat = apply_on_every_site(DUALS.reshape(4, 4).T, p.astype(complex), 4)
    order = [*range(0, 2 * sites, 2), *range(1, 2 * sites, 2)]
    return flat.reshape((2,) * (2 * sites)).transpose(order).reshape(2**sites, 2**sites)


def purity(p: Float[np.ndarray, " outcomes"]) -> float:
    """Tr rho^2 = sum_ab p(a) (T^-1 x ... x T^-1)_ab p(b), without building rho.

    Tr D_a D_b = (T^-1)_ab. The Renyi entropy S_2 is minus its logarithm (Luchnikov 2019, section
    5).
    """
    p = arguments.distribution("p", p, (None,))
    return float(p @ apply_on_every_site(INVERSE_OVERLAPS, p, 4))
