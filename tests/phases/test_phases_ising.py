"""Ising configurations: exact results, brute force, and streams keyed by meaning."""

import re
from itertools import product

import numpy as np
import pytest

from spinlearn.arguments import InvalidArgumentError
from spinlearn.phases import onsager
from spinlearn.phases.ising import block_streams, configurations, energies, magnetisations

SIGMAS = 4.0
"""Each comparison of this file fails by chance once in 16,000 (Gaussian)."""


def means(values):
    """Mean over chains and its standard error, for values (chains, samples)."""
    chains = values.mean(axis=1)
    return chains.mean(), chains.std(ddof=1) / len(chains) ** 0.5


def brute_force(L, T):
    """Energy per site and <|m|> from all 2^(L^2) configurations, counted with their bonds."""
    totals = np.zeros(3)
    for upper in product((-1, 1), repeat=L * L // 2):
        lower = np.array(list(product((-1, 1), repeat=L * L // 2)), dtype=np.int8)
        spins = np.concatenate([np.broadcast_to(upper, lower.shape), lower], axis=1).astype(np.int8)
        energy, m = energies(spins), np.abs(magnetisations(spins))
        weights = np.exp(-(energy + 2) * L * L / T)
        totals += weights.sum(), (weights * energy).sum(), (weights * m).sum()
    return totals[1] / totals[0], totals[2] / totals[0]


@pytest.mark.parametrize("T", [1.8, 2.269, 3.0])
def test_small_lattice_agrees_with_brute_force(T):
    spins = configurations(4, (T,), block_streams(1, 4, 0), chains=200, samples=20, sweeps=2)[0]
    exact = brute_force(4, T)
    for values, wanted in zip((energies(spins), np.abs(magnetisations(spins))), exact, strict=True):
        mean, error = means(values)
        assert error < 0.02
        assert abs(mean - wanted) < SIGMAS * error


def test_energies_count_every_bond_once():
    assert energies(np.ones((1, 16), dtype=np.int8))[0] == -2
    checkerboard = np.indices((4, 4)).sum(0).ravel() % 2 * 2 - 1
    assert energies(checkerboard.astype(np.int8)[None])[0] == 2


def test_large_lattice_agrees_with_onsager_and_yang():
    """Off T_c, where the correlation length is a fraction of L = 32."""
    temperatures = (1.8, 2.0, 3.2)
    spins = configurations(
        32, temperatures, block_streams(2, 32, 0), chains=24, samples=4, sweeps=4
    )
    T = np.array(temperatures)
    for row in range(len(T)):
        mean, error = means(energies(spins[row]))
        assert error < 0.01
        assert abs(mean - onsager.energy(T)[row]) < SIGMAS * error
    for row in range(2):
        mean, error = means(np.abs(magnetisations(spins[row])))
        assert abs(mean - onsager.magnetisation(T)[row]) < SIGMAS * error


def test_onsager_agrees_with_a_numerical_integral():
    """u = d(beta f)/d(beta) of Onsager's integral for the free energy, by central differences."""
    from scipy.integrate import quad

    def beta_f(beta):
        k = 1 / np.sinh(2 * beta) ** 2

        def integrand(theta):
            root = np.sqrt(1 + k**2 - 2 * k * np.cos(2 * theta))
            return np.log(np.cosh(2 * beta) ** 2 + root / k)

        return -(np.log(2) + quad(integrand, 0, np.pi)[0] / np.pi) / 2

    for T in (1.5, 2.2, 3.0):
        beta, step = 1 / T, 1e-4
        slope = (beta_f(beta + step) - beta_f(beta - step)) / (2 * step)
        assert onsager.energy(np.array([T]))[0] == pytest.approx(slope, abs=1e-6)
    assert onsager.energy(np.array([onsager.T_C]))[0] == pytest.approx(-np.sqrt(2), abs=1e-6)


def test_temperatures_and_blocks_have_streams_of_their_own():
    sizes = {"chains": 4, "samples": 2, "sweeps": 1}
    both = configurations(5, (2.0, 2.5), block_streams(3, 5, 0), **sizes)
    alone = configurations(5, (2.5,), block_streams(3, 5, 0), **sizes)
    assert (both[1] == alone[0]).all()
    other = configurations(5, (2.5,), block_streams(3, 5, 1), **sizes)
    assert (other != alone).any()


def test_wrong_arguments_are_refused():
    with pytest.raises(InvalidArgumentError, match="L"):
        configurations(2, (2.0,), block_streams(1, 2, 0), chains=2, samples=1, sweeps=1)
    with pytest.raises(InvalidArgumentError, match="temperatures"):
        configurations(4, (0.0,), block_streams(1, 4, 0), chains=2, samples=1, sweeps=1)


def test_configurations_that_are_no_square_are_refused():
    with pytest.raises(InvalidArgumentError, match="10 sites are no square lattice"):
        energies(np.ones((3, 10), dtype=np.int8))


def test_example_of_the_page_runs(repository):
    """The Python blocks of docs/phases.md, as a reader would paste them."""
    page = (repository / "docs/phases.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {})
