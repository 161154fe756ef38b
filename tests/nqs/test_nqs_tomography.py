"""Tomography: gradients, likelihoods, linear inversion and fidelities by independent routes."""

from functools import partial, reduce
from itertools import product

import numpy as np
import pytest

from spinlearn.nqs.linear_inversion import FIRST_TAKEN, fidelity, projected
from spinlearn.nqs.rbm import RBMState, vector
from spinlearn.nqs.reconstructions import MACHINES, Exact, measure, reconstruct, without_model
from spinlearn.nqs.schemas import TOMOGRAPHY
from spinlearn.nqs.tomography import Likelihood, Machine, Settings, train
from spinlearn.pipeline.errors import NotConvergedError
from spinlearn.spins import mps as mp
from spinlearn.spins.pauli_samples import random_axes, sample_z
from spinlearn.spins.pauli_strings import exact_energy, pauli_expectations
from spinlearn.spins.povm import PAULI, density_matrix, empirical_distribution
from spinlearn.tfi.exact import ground_vector, pauli_terms

SETTINGS = Settings(alpha=1, held_out=5, iterations=400, patience=30, starts=2)
HX = 1.0


def ground_state(N):
    return mp.from_dense(ground_vector(N, HX, 1e-5))


def random_data(N, samples, seed=1):
    rng = np.random.default_rng(seed)
    return random_axes(samples, N, rng), rng.integers(2, size=(samples, N), dtype=np.uint8)


def random_vector(N, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=2**N) + 1j * rng.normal(size=2**N)


def parts(machine, parameters, N):
    """Visible biases, hidden biases and couplings of each real machine."""
    for part in parameters.reshape(machine.machines, -1):
        rest = part[N:].reshape(-1, N + 1)
        yield part[:N], rest[:, -1], rest[:, :-1]


def test_likelihood_is_that_of_rotated_states():
    """Independent route: the whole state, rotated by a Kronecker product of eigenvectors."""
    N = 4
    axes, outcomes = random_data(N, 60)
    axes[50:], outcomes[50:] = axes[:10], outcomes[:10]  # outcomes that occur twice
    psi = random_vector(N)
    logarithms = []
    for axis, outcome in zip(axes, outcomes, strict=True):
        frames = [np.linalg.eigh(PAULI[a])[1][:, ::-1].conj().T for a in axis]
        rotated = reduce(np.kron, frames) @ psi / np.linalg.norm(psi)
        place = int("".join(map(str, outcome)), 2)
        logarithms.append(np.log(np.abs(rotated[place]) ** 2))
    assert Likelihood(axes, outcomes).loss(psi) == pytest.approx(-np.mean(logarithms), rel=1e-12)


@pytest.mark.parametrize("has_phase", [False, True])
@pytest.mark.parametrize("alpha", [1, 2])
def test_gradients_are_finite_differences(has_phase, alpha):
    """Central differences with steps of 1e-5: their error is of order 1e-9."""
    N, step = 4, 1e-5
    likelihood, machine = Likelihood(*random_data(N, 100)), Machine(N, alpha, has_phase=has_phase)
    parameters = 0.5 * np.random.default_rng(2).normal(size=machine.parameters)
    _, by_psi = likelihood.loss_and_gradient(machine.psi(parameters))
    found = machine.gradient(parameters, by_psi)
    for place, slope in enumerate(found):
        moved = step * np.eye(machine.parameters)[place]
        above, below = (likelihood.loss(machine.psi(parameters + sign * moved)) for sign in (1, -1))
        assert slope == pytest.approx((above - below) / (2 * step), abs=1e-7)
    assert machine.parameters == (2 if has_phase else 1) * (N + alpha * N * (N + 1))


def test_wave_functions_are_those_of_two_machines():
    """Independent route: `rbm.vector` of both real machines, their square root and logarithm."""
    N, machine = 5, Machine(5, 2, has_phase=True)
    parameters = np.random.default_rng(3).normal(size=machine.parameters)
    first, second = (
        vector(RBMState(*(values + 0j for values in (a, b, w)))).real
        for a, b, w in parts(machine, parameters, N)
    )
    expected = np.sqrt(first) * np.exp(0.5j * np.log(second))
    psi = machine.psi(parameters)
    overlap = np.vdot(expected, psi) / np.linalg.norm(expected) / np.linalg.norm(psi)
    assert abs(overlap) == pytest.approx(1.0, abs=1e-12)
    positive = Machine(N, 2, has_phase=False).psi(parameters[: len(parameters) // 2])
    np.testing.assert_allclose(np.abs(psi), positive, rtol=1e-12)


def test_large_parameters_do_not_overflow():
    machine = Machine(4, 1, has_phase=True)
    psi = machine.psi(1000 * np.random.default_rng(4).normal(size=machine.parameters))
    assert np.isfinite(psi).all()
    assert np.abs(psi).max() == pytest.approx(1.0)


def test_machines_reconstruct_a_ground_state():
    """With 20000 samples of six spins all three machines are close, judged by overlaps of MPS."""
    state = ground_state(6)
    data, exact = measure(state, HX, 20000, seed=1, run=0), Exact(mp.dense(state), HX, 1e-5)
    table = reconstruct(data, exact, [20000], SETTINGS, seed=1, hx=HX, run=0)
    assert list(table.columns) == [column.name for column in TOMOGRAPHY.columns]
    machines = table[table.method.isin(MACHINES)].set_index("method")
    assert (machines.fidelity > 0.995).all()
    assert (machines.excess < 0.005).all()
    assert (machines.loss - machines.exact_loss).abs().max() < 0.01
    # The same training again, judged by a contraction of matrix product states.
    z = np.full_like(data["z"], 2)
    stream = np.random.default_rng(1)
    found = train(z, data["z"], SETTINGS, stream, has_phase=False)
    rebuilt = mp.from_dense(found.psi)
    judged = exact.compare(found.psi[:, None], np.ones(1))
    assert judged["fidelity"] == pytest.approx(abs(mp.overlap(state, rebuilt)) ** 2, abs=1e-10)
    terms = pauli_terms(6, HX, 1e-5)
    excess = (exact_energy(rebuilt, terms) - exact_energy(state, terms)) / 6
    assert judged["excess"] == pytest.approx(excess, abs=1e-10)


def test_phases_are_learned_along_random_axes():
    """A product of spins along +y and -y in turn: its modulus says nothing.

    Positive amplitudes make both outcomes along y equally likely, and those along x and z are so.
    """
    spinors = [np.array([1, 1j * sign]) / np.sqrt(2) for sign in (1, -1, 1, -1)]
    state = reduce(np.kron, spinors)
    data = measure(mp.from_dense(state), 0.0, 40_000, seed=1, run=0)
    learn = partial(train, data["axis"], data["local"], SETTINGS)
    found = learn(np.random.default_rng(1), has_phase=True)
    assert abs(np.vdot(state, found.psi)) ** 2 > 0.98
    with pytest.raises(NotConvergedError, match="guessing"):
        learn(np.random.default_rng(1), has_phase=False)


def test_a_machine_worse_than_guessing_is_refused():
    """Outcomes along x: held-out ones that are all -1, where the others are all +1."""
    outcomes = np.zeros((100, 5), dtype=np.uint8)
    outcomes[:20] = 1
    axes = np.zeros_like(outcomes)
    with pytest.raises(NotConvergedError, match=r"guessing has 3\.466"):
        train(axes, outcomes, SETTINGS, np.random.default_rng(1), has_phase=False)


@pytest.mark.parametrize("run", range(6))
def test_few_samples_of_a_nearly_uniform_state_are_not_refused(run):
    """In the paramagnet samples along z are nearly uniform, so that guessing is nearly right."""
    data = measure(mp.from_dense(ground_vector(4, 2.0, 1e-5)), 2.0, 50, seed=1, run=run)
    z = np.full_like(data["z"], 2)
    found = train(z, data["z"], SETTINGS, np.random.default_rng(run), has_phase=False)
    assert found.loss == pytest.approx(4 * np.log(2), rel=0.25)


def test_the_error_of_a_loss_is_that_of_a_mean():
    axes, outcomes = random_data(3, 40)
    psi = random_vector(3)
    singles = [Likelihood(axes[i : i + 1], outcomes[i : i + 1]).loss(psi) for i in range(40)]
    found = Likelihood(axes, outcomes)
    assert found.loss(psi) == pytest.approx(np.mean(singles))
    assert found.loss_error(psi) == pytest.approx(np.std(singles, ddof=1) / np.sqrt(40))


def test_fewer_samples_are_the_first_ones():
    state = ground_state(4)
    few, many = (measure(state, HX, samples, seed=1, run=2) for samples in (30, 200))
    for name, values in few.items():
        np.testing.assert_array_equal(values, many[name][:30])
    other = measure(state, HX, 30, seed=1, run=3)
    assert all((other[name] != values).any() for name, values in few.items())


def test_linear_inversion_has_the_fidelity_of_its_density_matrix():
    """Independent route: <psi|rho|psi> with rho from the frequencies of all strings."""
    state = ground_state(4)
    outcomes = measure(state, HX, 300, seed=1, run=0)["povm"]
    rho = density_matrix(empirical_distribution(outcomes))
    psi = mp.dense(state)
    assert fidelity(outcomes, psi)[0] == pytest.approx(np.vdot(psi, rho @ psi).real, abs=1e-12)


def test_linear_inversion_approaches_the_exact_state():
    """All 63 Pauli strings of three spins and the fidelity, from 200000 samples.

    Each is within 5.5 standard errors with a false-alarm rate of 4e-8, so all with one of 3e-6; the
    seed is fixed.
    """
    state = ground_state(3)
    psi, outcomes = mp.dense(state), measure(state, HX, 200_000, seed=1, run=0)["povm"]
    texts = ["".join(letters) for letters in product("IXYZ", repeat=3)][1:]
    found = pauli_expectations(outcomes, texts)
    letters = {"I": np.eye(2), **dict(zip("XYZ", PAULI, strict=True))}
    matrices = [reduce(np.kron, [letters[letter] for letter in text]) for text in texts]
    exact = np.array([np.vdot(psi, matrix @ psi).real for matrix in matrices])
    assert (np.abs(found.mean - exact) < 5.5 * found.error).all()
    # rho itself has these expectation values, and the state its fidelity.
    rho = density_matrix(empirical_distribution(outcomes))
    traces = [np.trace(matrix @ rho).real for matrix in matrices]
    np.testing.assert_allclose(traces, found.mean, rtol=0, atol=1e-12)
    overlap, error = fidelity(outcomes, psi)
    assert abs(overlap - 1) < 5.5 * error < 0.05


@pytest.mark.parametrize(("N", "samples"), [(2, 40), (5, 60), (5, 30_000)])
def test_the_nearest_state_is_the_nearest(N, samples):
    """Independent route: all eigenvalues, shifted by a c that is found by bisection.

    Outcomes are uniform: with many samples more eigenvalues are kept than are computed at first.
    """
    outcomes = np.random.default_rng(1).integers(4, size=(samples, N), dtype=np.uint8)
    weights, states = projected(outcomes)
    rho = density_matrix(empirical_distribution(outcomes))
    low, high = -1.0, float(np.linalg.eigvalsh(rho)[-1])
    values, vectors = np.linalg.eigh(rho)
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if np.maximum(values - middle, 0).sum() > 1 else (low, middle)
    expected = (vectors * np.maximum(values - low, 0)) @ vectors.conj().T
    np.testing.assert_allclose((states * weights) @ states.conj().T, expected, rtol=0, atol=1e-10)
    assert weights.sum() == pytest.approx(1.0)
    assert weights.min() > 0
    assert (len(weights) > FIRST_TAKEN) == (samples == 30_000)


def test_frequencies_approach_the_state_as_their_number_says():
    """1 - F of sqrt(frequencies) has the mean (2^N - 1)/(4 M) for many samples, and a spread.

    Four times the samples' fluctuations are chi-square with 2^N - 1 degrees of freedom: over 40
    runs the mean is within 5 of its standard errors, with a false-alarm rate of 6e-7.
    """
    state = ground_state(3)
    exact, M, runs = Exact(mp.dense(state), HX, 1e-5), 20_000, 40
    found = []
    for run in range(runs):
        drawn = sample_z(state, M, np.random.default_rng(run))
        frequencies = np.bincount(drawn.astype(int) @ (4, 2, 1), minlength=8) / M
        judged = exact.compare(np.sqrt(frequencies)[:, None], np.ones(1))
        found.append(4 * M * (1 - judged["fidelity"]))
    assert abs(np.mean(found) - 7) < 5 * np.sqrt(2 * 7 / runs)
    data = {"z": drawn, "povm": np.zeros_like(drawn)}
    row = without_model(data, exact)[0]
    assert 4 * M * (1 - row["fidelity"]) == pytest.approx(found[-1])
    assert row["parameters"] == 7
