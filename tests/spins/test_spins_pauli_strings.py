"""Pauli strings and energies from outcomes against dense matrices and exact mass functions."""

from functools import reduce

import numpy as np
import pytest
from reference.mass_functions import distribution_of_density_matrix

from spinlearn.spins import pauli_strings as ps
from spinlearn.spins import povm
from spinlearn.spins.mps import from_dense, sample_povm
from spinlearn.spins.pauli_strings import energy, pauli_expectations
from spinlearn.tfi.exact import pauli_terms

SITES = 4
STRINGS = ["ZIIX", "xyzx", {1: "y"}, {0: "Z", -1: "z"}, "IIII"]
MATRICES = {"I": np.eye(2), **dict(zip("XYZ", povm.PAULI, strict=True))}
WRITTEN = ["ZIIX", "XYZX", "IYII", "ZIIZ", "IIII"]
"""The same strings in letters."""


def dense_matrix(letters):
    return reduce(np.kron, [MATRICES[letter] for letter in letters])


def random_state(seed, sites=SITES):
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**sites) + 1j * rng.normal(size=2**sites)
    return state / np.linalg.norm(state)


def all_strings(sites=SITES):
    return (np.arange(4**sites)[:, None] // 4 ** np.arange(sites - 1, -1, -1) % 4).astype(np.uint8)


def expectations(state):
    return np.array([(state.conj() @ dense_matrix(p) @ state).real for p in WRITTEN])


def dense_hamiltonian(terms, sites):
    """The sum of the terms, written out by Kronecker products."""
    letters = ["".join(p.get(site, "I") for site in range(sites)).upper() for _, p in terms]
    return sum(c * dense_matrix(p) for (c, _), p in zip(terms, letters, strict=True))


def test_exact_expectations_agree_with_dense_matrices():
    state = random_state(1)
    found = ps.exact_pauli_expectations(from_dense(state), STRINGS)
    np.testing.assert_allclose(found, expectations(state), atol=1e-13)
    terms = list(zip([0.3, -1.2, 2.0, 0.7, -0.1], STRINGS, strict=True))
    expected = [0.3, -1.2, 2.0, 0.7, -0.1] @ expectations(state)
    assert ps.exact_energy(from_dense(state), terms) == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_mean_over_the_mass_function_is_the_expectation_value(noise):
    """Exact: the mean over all 4^4 strings, weighted by their probability after depolarising."""
    state = random_state(2)
    elements = povm.noisy_elements(noise)
    rho = np.outer(state, state.conj())
    p = np.array(
        [np.einsum("st,ts->", rho, reduce(np.kron, elements[a])).real for a in all_strings()]
    )
    values = np.array(
        [pauli_expectations(a[None], STRINGS, noise=noise).mean for a in all_strings()]
    )
    np.testing.assert_allclose(p @ values, expectations(state), atol=1e-12)


def test_single_sites_and_pairs_agree_with_their_own_estimators():
    """Against `site_expectations` and `two_point_functions`, which count outcomes."""
    outcomes = np.random.default_rng(3).integers(0, 4, (500, SITES), dtype=np.uint8)
    strings = [{1: "y"}, {0: "x", 3: "z"}]
    found = pauli_expectations([outcomes[:7], outcomes[7:]], strings, at_once=100)
    single = povm.site_expectations(outcomes)
    pair = povm.two_point_functions(outcomes, "x", "z")
    np.testing.assert_allclose(found.mean, [single.mean[1, 1], pair.mean[0, 3]], rtol=1e-12)
    np.testing.assert_allclose(found.error, [single.error[1, 1], pair.error[0, 3]], rtol=1e-12)
    assert found.samples == 500


def test_energy_agrees_with_the_state_within_its_error():
    """Ground state of 6 sites, 40 000 strings; 5 standard errors, and the seed is fixed.

    The expected error is that of the local energy over the whole mass function, which contains
    every covariance between terms.
    """
    terms = pauli_terms(6, 0.7, 0.1)
    state = np.linalg.eigh(dense_hamiltonian(terms, 6))[1][:, 0].real
    mps = from_dense(state)
    outcomes, _ = sample_povm(mps, 40_000, np.random.default_rng(5))
    found = energy(outcomes, terms)
    exact = ps.exact_energy(mps, terms)
    assert abs(found.mean - exact) < 5 * found.error
    strings = all_strings(6)
    coefficients = [c for c, _ in terms]
    local = np.zeros(len(strings))
    for c, pauli in terms:
        sites = list(pauli)
        axes = [povm.AXES[axis] for axis in pauli.values()]
        local += c * np.prod(3 * povm.VECTORS[strings[:, sites], axes], axis=1)
    p = povm.outcome_distribution(state)
    assert p @ local == pytest.approx(exact, abs=1e-12)
    error = np.sqrt((p @ local**2 - exact**2) / 40_000)
    assert found.error == pytest.approx(error, rel=0.02)
    apart = np.hypot.reduce(
        coefficients * pauli_expectations(outcomes, [t for _, t in terms]).error
    )
    assert abs(apart / error - 1) > 0.05  # errors of the terms alone would be wrong


def test_depolarising_the_density_matrix_scales_strings():
    """P of the noisy POVM is P of the ideal one after the channel, by Kraus operators."""
    rho = np.outer(random_state(6, 2), random_state(6, 2).conj())
    p, elements = distribution_of_density_matrix(rho), povm.noisy_elements(0.3)
    mixed = np.einsum("ab,cd,bd->ac", *[0.7 * np.eye(4) + 0.3 / 4] * 2, p.reshape(4, 4))
    found = [
        np.einsum("st,ts->", rho, np.kron(elements[a], elements[b])).real
        for a in range(4)
        for b in range(4)
    ]
    np.testing.assert_allclose(found, mixed.ravel(), atol=1e-14)


@pytest.mark.parametrize(
    ("pauli", "what"),
    [
        ("ZZ", "2 letters, but there are 4 sites"),
        ("ZIQI", "pauli"),
        ({4: "z"}, "pauli"),
        ({0: "w"}, "pauli"),
        ({0: "z", -4: "x"}, "names site 0 twice"),
    ],
)
def test_wrong_strings_are_refused(pauli, what):
    with pytest.raises(ValueError, match=what):
        pauli_expectations(np.zeros((1, 4), dtype=np.uint8), [pauli])


def test_wrong_noise_and_missing_outcomes_are_refused():
    with pytest.raises(ValueError, match="noise: of 1"):
        energy(np.zeros((1, 4), dtype=np.uint8), [(1.0, "ZIII")], noise=1.0)
    with pytest.raises(ValueError, match="no outcomes"):
        energy([], [(1.0, "Z")])
