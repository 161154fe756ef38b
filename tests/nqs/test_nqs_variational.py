"""Machines trained and evolved by NetKet, and matrix product states, on short rings."""

import logging

import numpy as np
import pytest

from spinlearn.nqs import dynamics, reconfiguration
from spinlearn.nqs.energies import energy_table
from spinlearn.nqs.matrix_products import ground_state
from spinlearn.nqs.rbm import vector
from spinlearn.nqs.reconfiguration import Settings, exact_expectations, v_score
from spinlearn.nqs.schemas import GROUND_STATES
from spinlearn.nqs.systems import Ring, chain, ground_vector, in_sector, terms
from spinlearn.nqs.tensor_sizes import nearest_bond_dimension, numbers
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins.hamiltonians import spin_chain

pytestmark = pytest.mark.slow  # JAX compiles for seconds

SETTINGS = Settings(60, 256, 0.03, 0.01, 0.01, 0.05)


@pytest.fixture(scope="module")
def table():
    return energy_table(Ring("tfi", 6), [1], 2, SETTINGS, seed=1)


def test_machines_reach_the_ground_state(table, tmp_path):
    machines = table[table.method == "rbm"]
    # Energies from vectors: never below E_0; short training reaches a percent.
    assert machines.relative_error.between(0, 0.01).all()
    assert (machines.converged == 1).all()
    assert machines.relative_error.nunique() == 2
    GROUND_STATES.write(tmp_path / "energies.csv", table)
    assert len(GROUND_STATES.read(tmp_path / "energies.csv")) == 3


def test_energies_of_long_rings_come_from_samples(monkeypatch):
    """The same machine: <H> from its vector, and from 16384 samples; fails once in 16,000."""
    arguments = Ring("tfi", 6), 1, range(1), SETTINGS
    [exact] = reconfiguration.ground_states(*arguments, seed=1)
    monkeypatch.setattr(reconfiguration, "MAX_SITES", 4)
    [sampled] = reconfiguration.ground_states(*arguments, seed=1)
    assert (sampled.history == exact.history).all()
    assert exact.energy_error == 0
    assert abs(sampled.energy - exact.energy) < 4 * sampled.energy_error < 0.05
    assert sampled.variance == pytest.approx(exact.variance, rel=0.3)


def test_runs_that_diverge_are_flagged_and_named(caplog):
    """Steps of 5/J leave the region in which the natural gradient is a descent."""
    settings = Settings(30, 64, 5.0, 1e-4, 0.002, 0.02)
    with caplog.at_level(logging.WARNING, "spinlearn.nqs"):
        [run] = reconfiguration.ground_states(Ring("tfi", 6), 1, range(3, 4), settings, seed=1)
    assert not run.converged
    assert "tfi ring of 6 sites, alpha = 1: run 3 has not converged" in caplog.text


@pytest.mark.parametrize("energy", [0.0, 1e-200])
def test_machines_that_end_at_energy_zero_have_no_score(energy, table, tmp_path):
    """As steps of 0.9/J with 64 samples do for some runs of the Ising ring of 8 sites."""
    score = v_score(8, energy, 1.0)
    assert score == np.inf
    GROUND_STATES.write(tmp_path / "energies.csv", table.assign(v_score=score, converged=0))
    assert (GROUND_STATES.read(tmp_path / "energies.csv").v_score == np.inf).all()


@pytest.mark.parametrize("ring", [Ring("tfi", 6, h=0.7), Ring("heisenberg", 6)])
def test_hamiltonians_and_amplitudes_of_netket_are_ours(ring):
    """Its dense matrices and its amplitudes, in its order of configurations, against ours."""
    import netket as nk

    for hamiltonian in (reconfiguration.operators(ring)[1], dynamics.operator(ring)):
        space, spins = hamiltonian.hilbert, chain(ring)
        state = nk.vqs.FullSumState(space, nk.models.RBM(alpha=1, param_dtype=complex), seed=3)
        up = (np.asarray(space.all_states()) > 0).astype(int)
        states = up @ (1 << np.arange(ring.N - 1, -1, -1))
        order = np.argsort(-states)
        assert states[order].tolist() == spins.states.tolist()
        matrix = np.asarray(hamiltonian.to_dense())[np.ix_(order, order)]
        np.testing.assert_allclose(matrix, spins.H0.toarray(), rtol=0, atol=1e-12)
        psi = in_sector(ring, vector(reconfiguration.to_state(state)), spins)
        theirs = np.asarray(state.to_array())[order]
        assert abs(np.vdot(theirs, psi)) == pytest.approx(1.0, abs=1e-6)
        energy, error, variance = exact_expectations(ring, reconfiguration.to_state(state))
        found = state.expect(hamiltonian)
        assert energy == pytest.approx(float(found.mean.real), abs=1e-5)
        assert variance == pytest.approx(float(found.variance), abs=1e-4)
        assert error == 0.0


def test_matrix_product_states_of_full_bond_dimension_are_exact():
    for ring in (Ring("tfi", 6), Ring("heisenberg", 6)):
        state = ground_state(ring, 8)
        assert state.converged
        assert state.relative_error == pytest.approx(0, abs=1e-7)
        assert state.numbers <= numbers(6, 8)
        small = ground_state(ring, 2)
        assert small.relative_error > 1e-4
        assert small.variance > 0.01
    assert nearest_bond_dimension(6, 10_000) == 8


def test_v_score_of_an_eigenstate_is_zero_and_of_a_product_state_known():
    """All spins along x: <H> = -h N and Var H = N for the TFI ring, so V = 1 / h^2."""
    ring = Ring("tfi", 6, h=2.0)
    plus = reconfiguration.RBMState(
        np.zeros(6, complex), np.zeros(1, complex), np.zeros((1, 6), complex)
    )
    energy, _, variance = exact_expectations(ring, plus)
    assert v_score(6, energy, variance) == pytest.approx(0.25)


def test_vectors_of_rings_of_18_and_20_sites_have_the_energies_of_product_states():
    """Without couplings all spins are alike: m = <s> = tanh(2a), x = <sigma^x> = sqrt(1 - m^2).

    <H> and Var H of the TFI ring follow site by site. In the sector S^z = 0 of the Heisenberg ring
    all configurations weigh the same: <s_i s_j> = -1/(N-1), and the total spin is the largest.
    """
    N, a, h = 18, 0.3, 0.7
    tilted = reconfiguration.RBMState(
        np.full(N, a + 0j), np.zeros(1, complex), np.zeros((1, N), complex)
    )
    energy, error, variance = exact_expectations(Ring("tfi", N, h=h), tilted)
    m, x = np.tanh(2 * a), 1 / np.cosh(2 * a)
    assert (energy, error) == (pytest.approx(-N * (m**2 + h * x)), 0.0)
    bonds = 1 - m**4 + 2 * (m**2 - m**4)
    assert variance == pytest.approx(N * (bonds + h**2 * (1 - x**2) - 4 * h * m**2 * x))
    N = 20
    uniform = reconfiguration.RBMState(
        np.zeros(N, complex), np.zeros(1, complex), np.zeros((1, N), complex)
    )
    energy = exact_expectations(Ring("heisenberg", N), uniform)[0]
    assert energy == pytest.approx(-N * (N + 1) / (N - 1))


def test_quench_follows_the_exact_evolution():
    before, after = Ring("tfi", 4, h=2.0), Ring("tfi", 4, h=1.0)
    settings = dynamics.Settings(alpha=2, longest_time=0.3, times=3, step=0.01)
    rows = dynamics.quench(before, after, settings, seed=1)
    assert rows.fidelity.min() > 0.999
    np.testing.assert_allclose(rows.machine, rows.exact, atol=0.01)
    assert np.ptp(rows.energy) < 1e-3 * abs(rows.energy.iloc[0])
    # Independent route: the exact column by the matrix exponential.
    from scipy.linalg import expm

    psi = expm(-0.3j * chain(after).H0.toarray()) @ ground_vector(before)
    field = spin_chain(4, [(0.25, "x", (i,)) for i in range(4)], operators="pauli").H0
    assert rows.exact.iloc[-1] == pytest.approx(np.vdot(psi, field @ psi).real, abs=1e-10)


def test_wrong_requests_are_refused():
    settings = dynamics.Settings(1, 0.1, 2, 0.01)
    with pytest.raises(ValueError, match="up to 14 sites, not 16"):
        dynamics.quench(Ring("tfi", 16), Ring("tfi", 16, h=2.0), settings, seed=1)
    with pytest.raises(ValueError, match="one model and size"):
        dynamics.quench(Ring("tfi", 4), Ring("heisenberg", 4), settings, seed=1)
    with pytest.raises(ValueError, match="J_z"):
        reconfiguration.ground_states(Ring("heisenberg", 4, J_z=2.0), 1, range(1), SETTINGS, seed=1)
    with pytest.raises(ValueError, match="alpha"):
        reconfiguration.ground_states(Ring("tfi", 4), 0, range(1), SETTINGS, seed=1)
    assert len(terms(Ring("tfi", 4, h=0.0))) == 4


def test_quench_from_a_poor_start_is_refused(monkeypatch):
    monkeypatch.setattr(dynamics, "STEPS", 1)
    settings = dynamics.Settings(1, 0.1, 2, 0.01)
    with pytest.raises(NotConvergedError, match="from which the quench starts"):
        dynamics.quench(Ring("heisenberg", 6), Ring("heisenberg", 6, J_z=2.0), settings, seed=1)
