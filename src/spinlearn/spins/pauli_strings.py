"""Expectation values of Pauli strings and of Hamiltonians made of them, from POVM outcomes or MPS.

A Pauli string is written in one of two ways, and stands for a product of Pauli matrices on the
sites named:

- a text with one letter per site, such as "ZIIX"; I is the identity;
- a mapping from sites to axes, such as {0: "z", 3: "x"}; negative sites count from the end.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins.mps import MPS, expectation_of_product
from spinlearn.spins.povm import (
    AXES,
    PAULI,
    STRINGS_AT_ONCE,
    VECTORS,
    Estimate,
    Outcomes,
    check_noise,
    split,
    standard_error,
)

PauliString = str | Mapping[int, str]
Terms = Sequence[tuple[float, PauliString]]
"""A Hamiltonian: coefficients and Pauli strings, H = sum_k c_k P_k."""


def factors(pauli: PauliString, sites: int) -> dict[int, int]:
    """The sites on which a string acts, with the axis on each: 0, 1, 2 for x, y, z.

    Args:
        pauli: the string.
        sites: chain length N.

    Raises:
        InvalidArgumentError: if it is no Pauli string of N sites.

    >>> factors("ZIIX", 4)
    {0: 2, 3: 0}
    >>> factors({-1: "y"}, 4)
    {3: 1}
    """
    if isinstance(pauli, str):
        if len(pauli) != sites:
            raise arguments.InvalidArgumentError(
                "pauli", f"has {len(pauli)} letters, but there are {sites} sites: {pauli!r}"
            )
        pauli = {site: axis for site, axis in enumerate(pauli) if axis not in "Ii"}
    found = {}
    for place, axis in pauli.items():
        site = arguments.integer("pauli", place, -sites, sites - 1) % sites
        arguments.one_of("pauli", str(axis).lower(), AXES)
        if site in found:
            raise arguments.InvalidArgumentError("pauli", f"names site {site} twice")
        found[site] = AXES[str(axis).lower()]
    return dict(sorted(found.items()))


def pauli_expectations(
    outcomes: Outcomes,
    strings: Sequence[PauliString],
    *,
    noise: float = 0.0,
    at_once: int = STRINGS_AT_ONCE,
) -> Estimate:
    """<P> = E[prod_i 3 v^(alpha_i)_(a_i)] of several Pauli strings (Luchnikov 2019, eq. 9).

    The variance of one sample grows as 3^weight, the weight being the number of sites on which a
    string acts.

    Args:
        outcomes: the strings of outcomes; see `spinlearn.spins.povm.Outcomes`.
        strings: the K Pauli strings.
        noise: p of a depolarising channel of the measurement that is to be undone: each site gives
            a factor 1/(1 - p), and errors grow with it. 0 takes the outcomes as they are.
        at_once: strings of outcomes that are held in memory together.

    Returns:
        Means and errors of shape (K,).

    Raises:
        InvalidArgumentError: if a string is no Pauli string, an outcome is not in 0..3, or the
            noise is not in [0, 1).
        ValueError: if there are no outcomes.

    >>> up = np.zeros((2, 3), dtype=np.uint8)
    >>> pauli_expectations(up, ["ZII", {0: "z", 2: "z"}]).mean
    array([3., 9.])
    """
    table = _table(noise)
    return _means(outcomes, at_once, lambda part: [_values(part, each, table) for each in strings])


def energy(
    outcomes: Outcomes,
    hamiltonian: Terms,
    *,
    noise: float = 0.0,
    at_once: int = STRINGS_AT_ONCE,
) -> Estimate:
    """<H> = E[h(a)] with the local energy h(a) = sum_k c_k prod_i 3 v_(a_i) of each string.

    The error is that of the mean of h, so it contains the covariances between the terms.

    Args:
        outcomes: the strings of outcomes; see `spinlearn.spins.povm.Outcomes`.
        hamiltonian: coefficients and Pauli strings, such as [(-1.0, "ZZI"), (-0.5, {0: "x"})].
        noise, at_once: as in `pauli_expectations`.

    Returns:
        Mean and error, of shape ().

    Raises:
        InvalidArgumentError, ValueError: as `pauli_expectations`.
    """
    coefficients = arguments.real("hamiltonian", [c for c, _ in hamiltonian], (None,))
    table = _table(noise)

    def local_energies(part: np.ndarray) -> list[np.ndarray]:
        found = np.zeros(len(part))
        for c, (_, pauli) in zip(coefficients, hamiltonian, strict=True):
            found += c * _values(part, pauli, table)
        return [found]

    found = _means(outcomes, at_once, local_energies)
    return Estimate(found.mean.reshape(()), found.error.reshape(()), found.samples)


def exact_pauli_expectations(
    mps: MPS, strings: Sequence[PauliString]
) -> Float[np.ndarray, " strings"]:
    """<P> of several Pauli strings in a matrix product state.

    Raises:
        InvalidArgumentError: if a string is no Pauli string of the state's length.
    """
    found = [factors(pauli, mps.sites) for pauli in strings]
    products = [{site: PAULI[axis] for site, axis in each.items()} for each in found]
    return np.array([expectation_of_product(mps, each) for each in products], dtype=float)


def exact_energy(mps: MPS, hamiltonian: Terms) -> float:
    """<H> of a matrix product state; raises as `exact_pauli_expectations`."""
    coefficients = arguments.real("hamiltonian", [c for c, _ in hamiltonian], (None,))
    return float(coefficients @ exact_pauli_expectations(mps, [pauli for _, pauli in hamiltonian]))


def _table(noise: float) -> Float[np.ndarray, "4 3"]:
    """The factor of each outcome and axis, 3 v_a or 3 v_a / (1 - p)."""
    if check_noise(noise) == 1:
        raise arguments.InvalidArgumentError("noise", "of 1 leaves nothing of the state")
    return 3 * VECTORS / (1 - noise)


def _values(
    part: np.ndarray, pauli: PauliString, table: Float[np.ndarray, "4 3"]
) -> Float[np.ndarray, " samples"]:
    """The value of a Pauli string for each string of outcomes."""
    values = np.ones(len(part))
    for site, axis in factors(pauli, part.shape[1]).items():
        values *= table[part[:, site], axis]
    return values


def _means(
    outcomes: Outcomes, at_once: int, quantities: Callable[[np.ndarray], list[np.ndarray]]
) -> Estimate:
    """Means and errors of quantities of each string of outcomes."""
    total, square, samples = np.zeros(1), np.zeros(1), 0
    for part in split(outcomes, at_once):
        found = quantities(part)
        total = total + [each.sum() for each in found]
        square = square + [(each**2).sum() for each in found]
        samples += len(part)
    if samples == 0:
        raise ValueError("no outcomes given")
    mean = total / samples
    return Estimate(mean, standard_error(mean, square / samples, samples), samples)
