"""Purities and Renyi entropies of models from drawn strings and from states."""

import numpy as np
import pytest
import torch

from spinlearn.spins import povm
from spinlearn.spins.compression import purities as exact_purities
from spinlearn.spins.mps import from_dense, sample_povm
from spinlearn.tfi.exact import ground_vector
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.decoders import build
from spinlearn.vae.entropies import outcome_purities, renyi_entropies
from spinlearn.vae.model import all_strings
from spinlearn.vae.models import Architecture


def ground_state_of(sites, hx) -> StoredState:
    """The ground state; the entropies do not look at its observables."""
    nothing = np.zeros(sites)
    pairs = np.zeros((sites, sites))
    return StoredState(
        hx, from_dense(ground_vector(sites, hx, 1e-5)), nothing, nothing, pairs, pairs
    )


def test_purity_of_strings_is_the_mean_over_pairs():
    """Independent route: the sum over all pairs of different strings, for 12 strings of 3 sites."""
    strings = np.random.default_rng(2).integers(0, 4, (12, 3), dtype=np.uint8)
    found = outcome_purities(strings, 3)
    for n in (1, 2, 3):
        kernel = povm.INVERSE_OVERLAPS[strings[:, None, :n], strings[None, :, :n]].prod(axis=2)
        expected = (kernel.sum() - np.trace(kernel)) / (12 * 11)
        assert found.mean[n - 1] == pytest.approx(expected, abs=1e-12)


def test_purity_of_a_ground_state_follows_from_its_strings():
    """Exact values are those of the state; 5 standard errors (1e-6); errors are small."""
    state = ground_state_of(6, 0.9)
    strings, _ = sample_povm(state.mps, 20000, np.random.default_rng(0))
    found = outcome_purities(strings, 5)
    assert np.all(abs(found.mean - exact_purities(state.mps)[:5]) < 5 * found.error)
    assert np.all(found.error < 0.06)


def test_entropies_of_a_matrix_product_are_those_of_its_state():
    """Independent route: purities from the probabilities of all strings."""
    generator = torch.Generator().manual_seed(1)
    model = build(Architecture(4, 1, 3, "matrix_product"), generator).double()
    table = renyi_entropies(model, ground_state_of(4, 0.8), seed=1)
    function = model.log_probability(all_strings(4), torch.full((256, 1), 0.8).double()).exp()
    for n in (1, 2, 3):
        expected = -np.log(povm.purity(povm.marginal(function.numpy(), range(n))))
        assert table.vae[n - 1] == pytest.approx(expected, abs=1e-5)


def test_entropies_of_a_recurrent_network_come_from_its_strings():
    """The exact values are those of its probabilities of all strings; 5 standard errors."""
    generator = torch.Generator().manual_seed(1)
    model = build(Architecture(4, 1, 3, "recurrent"), generator).double()
    table = renyi_entropies(model, ground_state_of(4, 0.8), seed=1)
    assert list(table.n) == [1, 2, 3, 4]
    function = model.log_probability(all_strings(4), torch.full((256, 1), 0.8).double()).exp()
    for n in (1, 2):
        expected = -np.log(povm.purity(povm.marginal(function.numpy(), range(n))))
        assert table.vae[n - 1] == pytest.approx(expected, abs=5 * table.vae_error[n - 1])


def test_error_of_a_purity_from_strings_is_that_of_repeated_draws():
    """Monte Carlo over 1000 draws of 300 strings; the spread is known to 2 %, heavy tails apart."""
    rng = np.random.default_rng(5)
    outcomes = (1 + povm.VECTORS @ np.array([0.3, 0.0, 0.9])) / 4
    found = [
        outcome_purities(rng.choice(4, size=(300, 5), p=outcomes).astype(np.uint8), 5)
        for _ in range(1000)
    ]
    spread = np.std([estimate.mean for estimate in found], axis=0)
    error = np.sqrt(np.mean([estimate.error**2 for estimate in found], axis=0))
    assert error == pytest.approx(spread, rel=0.1)
