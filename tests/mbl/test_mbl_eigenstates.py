"""Single eigenstates and their entanglement spectra, against dense matrices and full vectors."""

import logging
from math import comb

import numpy as np
import pytest
from reference import xxz_dense

from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.eigenstates import eigenstates_of_block
from spinlearn.spins.entanglement import half_chain_entropies
from spinlearn.spins.hamiltonians import xxz_chain


def streams(row):
    return np.random.default_rng([5, row])


@pytest.mark.parametrize("boundary", ["ring", "open"])
@pytest.mark.parametrize(("L", "energy_density"), [(4, 0.9), (6, 0.1), (8, 0.5)])
def test_states_are_eigenvectors_at_the_right_energy(L, energy_density, boundary):
    fields = draw_fields(3, L, 3.0, "eigenstates", 0, 3)
    found = eigenstates_of_block(xxz_chain(L, boundary), fields, energy_density, streams)
    sector = xxz_dense.sector_states(L)
    assert found["states"].shape == (3, comb(L, L // 2))
    for row, realisation in enumerate(fields):
        H = xxz_dense.hamiltonian(L, realisation, 1.0, boundary)[np.ix_(sector, sector)]
        energies = np.linalg.eigvalsh(H)
        densities = (energies - energies[0]) / (energies[-1] - energies[0])
        nearest = np.argmin(np.abs(densities - energy_density))
        assert found["energy"][row] == pytest.approx(energies[nearest], abs=1e-9)
        assert found["energy_density"][row] == pytest.approx(densities[nearest], abs=1e-9)
        state = found["states"][row]
        assert np.linalg.norm(state) == pytest.approx(1.0, abs=1e-12)
        assert np.abs(H @ state - found["energy"][row] * state).max() < 1e-8
        assert state[np.argmax(np.abs(state))] > 0


@pytest.mark.parametrize("L", [4, 8])
def test_spectra_are_the_schmidt_values_of_the_whole_vector(L):
    fields = draw_fields(3, L, 1.0, "eigenstates", 0, 3)
    found = eigenstates_of_block(xxz_chain(L), fields, 0.5, streams)
    sector = xxz_dense.sector_states(L)
    for state, spectrum in zip(found["states"], found["spectrum"], strict=True):
        full = np.zeros(2**L)
        full[sector] = state
        values = np.linalg.svd(full.reshape(2 ** (L // 2), -1), compute_uv=False)
        np.testing.assert_allclose(spectrum, values**2, atol=1e-14)
        p = spectrum[spectrum > 0]
        entropy = half_chain_entropies(state[:, None], sector, L).total[0]
        assert -(p * np.log(p)).sum() == pytest.approx(entropy, abs=1e-12)


def test_the_shortest_chain_has_two_states():
    found = eigenstates_of_block(xxz_chain(2), np.array([[0.3, -0.4]]), 0.0, streams)
    assert found["states"].shape == (1, 2)
    assert found["energy_density"][0] == pytest.approx(0.0, abs=1e-12)


def test_states_of_degenerate_levels_are_undefined(caplog):
    """Without disorder the ring's middle levels are degenerate, its ground state is not."""
    fields = np.concatenate([np.zeros((1, 8)), draw_fields(3, 8, 3.0, "eigenstates", 0, 1)])
    with caplog.at_level(logging.WARNING, "spinlearn.mbl"):
        found = eigenstates_of_block(xxz_chain(8), fields, 0.45, streams)
    for name in ("states", "spectrum"):
        assert np.isnan(found[name]).all(axis=1).tolist() == [True, False]
    assert np.isfinite(found["energy"]).all()
    assert np.isfinite(found["energy_density"]).all()
    assert "undefined (NaN) in 1 of 2 realisations" in caplog.text
    ground = eigenstates_of_block(xxz_chain(8), fields, 0.0, streams)
    assert np.isfinite(ground["states"]).all()


def test_a_realisation_does_not_depend_on_its_block():
    fields = draw_fields(1, 12, 4.0, "eigenstates", 0, 3)
    whole = eigenstates_of_block(xxz_chain(12), fields, 0.5, streams)
    part = eigenstates_of_block(xxz_chain(12), fields[:2], 0.5, streams)
    for name, values in part.items():
        np.testing.assert_array_equal(values, whole[name][:2], err_msg=name)


@pytest.mark.parametrize("solver", ["dense", "polfed"])
def test_solvers_agree(solver):
    fields = draw_fields(1, 10, 2.0, "eigenstates", 0, 2)
    found = eigenstates_of_block(xxz_chain(10), fields, 0.5, streams, solver=solver)
    exact = eigenstates_of_block(xxz_chain(10), fields, 0.5, streams)
    np.testing.assert_allclose(found["energy"], exact["energy"], atol=1e-9)
    np.testing.assert_allclose(found["states"], exact["states"], atol=1e-6)
