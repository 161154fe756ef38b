"""Wrong arguments of public functions: each is refused by its name."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from jaxtyping import config

from spinlearn.arguments import InvalidArgumentError
from spinlearn.datasets.images import from_image
from spinlearn.datasets.strings import Strings, from_dense, from_samples, uniform_over
from spinlearn.gru import training as gru
from spinlearn.gru.data import Realisations
from spinlearn.gru.model import Architecture, GruNetworks, features, neighbour_pairs
from spinlearn.hbm import training as hbm
from spinlearn.hbm.loss import MaximumMeanDiscrepancy
from spinlearn.hbm.machine import Drive, born_machine
from spinlearn.learning.distributions import bhattacharyya, classical_fidelity, total_variation
from spinlearn.learning.metrics import r_squared, score
from spinlearn.mbl.disorder import draw_fields
from spinlearn.mbl.dynamics import dynamics_of_block, log_times
from spinlearn.mbl.eigenstates import eigenstates_of_block
from spinlearn.mbl.gap_ratio import gap_ratios
from spinlearn.mbl.indicators import indicators_of_block
from spinlearn.mbl.narrow_windows import leave_out_wide_windows
from spinlearn.mbl.window_size import window_states
from spinlearn.mbl.windows import windows_of_block
from spinlearn.spins import mps, povm
from spinlearn.spins.bases import basis_states
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.eigenwindows import WindowSolver, eigenwindow
from spinlearn.spins.entanglement import (
    entropy_normalisation,
    half_chain_entropies,
    half_chain_spectra,
    page_entropy_sz0,
)
from spinlearn.spins.evolution import (
    chain_family,
    evolve,
    evolve_by_eigendecomposition,
    spectral_trajectory,
)
from spinlearn.spins.hamiltonians import spin_chain, xxz_chain
from spinlearn.spins.product_states import all_amplitudes, product_state
from spinlearn.spins.spectra import diagonalise, energy_densities, nearest_windows
from spinlearn.sqrbm import training as sqrbm
from spinlearn.sqrbm.comparison import family as machine_family
from spinlearn.sqrbm.crossfit import cross_fit, fisher_scoring
from spinlearn.sqrbm.model import KullbackLeibler, Machine
from spinlearn.sqrbm.quantum import QuantumMachine
from spinlearn.tfi.exact import exact_diagonalisation, exact_energy, free_fermions
from spinlearn.tfi.ground_states import ground_state
from spinlearn.vae import training as vae
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.likelihood import likelihoods
from spinlearn.vae.model import Architecture as VaeArchitecture
from spinlearn.vae.model import ConditionalVAE, log_likelihood, mass_function
from spinlearn.vae.sampling import draw


@pytest.fixture(autouse=True)
def _as_in_a_notebook():
    """Without the tests' own run-time checks of types, which a notebook does not have."""
    config.update("jaxtyping_disable", True)
    yield
    config.update("jaxtyping_disable", False)


RNG = np.random.default_rng(1)
CHAIN, WHOLE = xxz_chain(8), xxz_chain(4, magnetisation=None)
FIELDS, FAMILY = RNG.uniform(-3, 3, (2, 8)), chain_family(WHOLE)
PSI, D = np.full(16, 0.25), np.zeros((1, 16))
STATES, SPINS = np.eye(70)[:, :3], np.stack([product_state("neel", 8)] * 2)
Q = np.full((1, 16), 1 / 16)
MACHINE, BORN = Machine(4, 2, "XZ"), born_machine(4, 0)
TRAINING, DESCENT = hbm.Settings(1.0, 1, 2), sqrbm.Settings(1, 0.1)
OUTCOMES = np.zeros((3, 4), dtype=np.uint8)
VAE = ConditionalVAE(VaeArchitecture(4, 2, 3))
NETWORKS = GruNetworks(1, Architecture(("gap_ratio",)))
GRU = gru.Settings("paper", 0.5, 2, 4, 10, 1, 0.1)
LEARN_VAE = vae.Settings(4, 2, 1, 2, 0.1)
STRINGS, MPS = np.eye(4, dtype=np.uint8), mps.from_dense(PSI)
DATA = Realisations(
    FIELDS, np.array([8, 8]), np.ones(2), np.array([0.5]), np.ones((2, 1, 4)), system="ring"
)


def other(array, value, dtype=None):
    """A copy of an array with another first entry."""
    copy = np.array(array, dtype=dtype)
    copy.flat[0] = value
    return copy


def windows(fields=FIELDS, density=0.5, states=10, **named):
    return windows_of_block(CHAIN, fields, density, states, np.random.default_rng, **named)


def learn(target, runs=range(1), **changes):
    return hbm.train(BORN, target, replace(TRAINING, **changes), seed=1, runs=runs)


def descend(target, runs=range(1)):
    return sqrbm.train(MACHINE, target, DESCENT, seed=1, runs=runs)


def one_window(fields=FIELDS[0], density=0.5, states=10, **named):
    return eigenwindow(CHAIN, fields, density, states, RNG, **named)


NAN = np.nan
WRONG = [
    # chains, spectra, windows
    ("fields", lambda: one_window(np.full(8, NAN))),
    ("fields", lambda: one_window(FIELDS[0].astype(complex))),
    ("fields", lambda: one_window(FIELDS[0, :7])),
    ("fields", lambda: one_window(FIELDS)),
    ("fields", lambda: one_window(["a"] * 8)),
    ("fields", lambda: one_window(np.ma.masked_greater(FIELDS[0], 0))),
    ("vectors", lambda: half_chain_entropies(np.ma.array(STATES), CHAIN.states, 8)),
    ("states", lambda: half_chain_entropies(STATES, np.ma.array(CHAIN.states), 8)),
    ("state", lambda: mps.from_dense(np.ma.array(PSI))),
    ("energy_density", lambda: one_window(density=NAN)),
    ("energy_density", lambda: one_window(density="0.5")),
    ("states", lambda: one_window(states=0)),
    ("states", lambda: one_window(states=10.0)),
    ("tolerance", lambda: one_window(tolerance=0.0)),
    ("solver", lambda: one_window(solver="fast")),
    ("device", lambda: one_window(device="tpu")),
    ("energy", lambda: WindowSolver(CHAIN).window_at(FIELDS[0], np.inf, 5, RNG)),
    ("fields", lambda: diagonalise(CHAIN, other(FIELDS[0], np.inf))),
    ("fields", lambda: CHAIN.diagonal(FIELDS[:, :6])),
    ("fields", lambda: CHAIN.sparse(np.full(8, NAN))),
    ("energies", lambda: energy_densities(np.array([0.0, NAN]))),
    ("energies", lambda: energy_densities(np.array([]))),
    ("densities", lambda: nearest_windows(np.array([0.0, NAN, 1.0]), np.array([0.5]), 2)),
    ("states", lambda: nearest_windows(np.array([0.0, 0.5, 1.0]), np.array([0.5]), 4)),
    ("boundary", lambda: xxz_chain(8, "closed")),
    ("operators", lambda: xxz_chain(8, operators="sigma")),
    ("J_zz", lambda: xxz_chain(8, J_zz=NAN)),
    ("J2", lambda: xxz_chain(8, J2=1j)),
    ("L", lambda: xxz_chain(8.0)),
    ("magnetisation", lambda: xxz_chain(8, magnetisation=NAN)),
    ("L", lambda: spin_chain(0, [])),
    ("L", lambda: basis_states(4.5)),
    ("h", lambda: random_fields(RNG, -1.0, (4,))),
    ("kind", lambda: random_fields(RNG, 1.0, (4,), "cauchy")),
    ("kind", lambda: product_state("up", 4)),
    ("L", lambda: product_state("plus", 0)),
    ("spins", lambda: all_amplitudes(np.ones((3, 2)))),
    # entanglement, evolution
    ("vectors", lambda: half_chain_entropies(2 * STATES, CHAIN.states, 8)),
    ("vectors", lambda: half_chain_entropies(other(STATES, NAN), CHAIN.states, 8)),
    ("vectors", lambda: half_chain_spectra(STATES[:50], CHAIN.states, 8)),
    ("states", lambda: half_chain_entropies(STATES, CHAIN.states.astype(float), 8)),
    ("name", lambda: entropy_normalisation(8, "bits")),
    ("L", lambda: page_entropy_sz0(7)),
    ("diagonals", lambda: evolve(FAMILY, other(D, NAN), PSI, 1.0)),
    ("diagonals", lambda: evolve(FAMILY, D.astype(complex), PSI, 1.0)),
    ("states", lambda: evolve(FAMILY, D, other(PSI, np.inf), 1.0)),
    ("time", lambda: evolve(FAMILY, D, PSI, NAN)),
    ("time", lambda: evolve(FAMILY, D, PSI, 1j)),
    ("time", lambda: evolve_by_eigendecomposition(FAMILY, D, PSI, np.inf)),
    ("times", lambda: spectral_trajectory(FAMILY, D[0], PSI, np.array([0.0, NAN]))),
    ("x_fields", lambda: evolve(chain_family(WHOLE, True), D, PSI, 1.0, x_fields=np.full(4, NAN))),
    # POVM, matrix product states
    ("outcomes", lambda: povm.magnetisation(other(OUTCOMES, 7))),
    ("outcomes", lambda: povm.two_point_functions(OUTCOMES.astype(float), "z")),
    ("alpha", lambda: povm.two_point_functions(OUTCOMES, "w")),
    ("state", lambda: povm.outcome_distribution(2 * PSI)),
    ("p", lambda: povm.density_matrix(np.full(16, 1.0))),
    ("p", lambda: povm.purity(other(np.full(16, 1 / 16), -1.0))),
    ("p", lambda: povm.marginal(np.full(16, NAN), [0])),
    ("state", lambda: mps.from_dense(other(PSI, NAN))),
    ("tensors", lambda: mps.MPS((np.full((1, 2, 1), NAN),))),
    ("operator", lambda: mps.site_expectations(MPS, np.array([[0.0, 1.0], [0.0, 0.0]]))),
    ("samples", lambda: mps.sample_povm(MPS, -1, RNG)),
    # mbl
    ("fields", lambda: indicators_of_block(CHAIN, other(FIELDS, NAN), [0.5], 10)),
    ("fields", lambda: indicators_of_block(CHAIN, FIELDS[0], [0.5], 10)),
    ("fields", lambda: indicators_of_block(CHAIN, FIELDS[:0], [0.5], 10)),
    ("energy_density", lambda: indicators_of_block(CHAIN, FIELDS, [0.5, 1.5], 10)),
    ("energy_density", lambda: indicators_of_block(CHAIN, FIELDS, [], 10)),
    ("states_per_window", lambda: indicators_of_block(CHAIN, FIELDS, [0.5], 0)),
    ("fields", lambda: windows(other(FIELDS, NAN))),
    ("energy_density", lambda: windows(density=-0.1)),
    ("fields", lambda: eigenstates_of_block(CHAIN, FIELDS[:, :4], 0.5, np.random.default_rng)),
    ("fields", lambda: dynamics_of_block(CHAIN, FIELDS[:, :4], np.ones(1), SPINS)),
    ("times", lambda: dynamics_of_block(CHAIN, FIELDS, np.array([0.0, NAN]), SPINS)),
    ("spins", lambda: dynamics_of_block(CHAIN, FIELDS, np.ones(1), SPINS[:1])),
    ("spins", lambda: dynamics_of_block(CHAIN, FIELDS, np.ones(1), 2 * SPINS)),
    ("route", lambda: dynamics_of_block(CHAIN, FIELDS, np.ones(1), SPINS, route="fast")),
    ("longest", lambda: log_times(NAN, 5)),
    ("h", lambda: draw_fields(1, 8, NAN, "test", 0, 2)),
    ("energies", lambda: gap_ratios(np.array([0.0, NAN, 1.0]))),
    ("energies", lambda: gap_ratios(np.array([0.0, 2.0, 1.0]))),
    ("largest_fraction", lambda: window_states(8, 50, 10)),
    ("largest_shift", lambda: leave_out_wide_windows([], largest_shift=NAN, largest_width=0.1)),
    ("largest_width", lambda: leave_out_wide_windows([], largest_shift=0.1, largest_width=-1)),
    # learning
    ("p", lambda: classical_fidelity(np.ones(4), np.full(4, 0.25))),
    ("q", lambda: total_variation(np.full(4, 0.25), np.full(4, 0.125))),
    ("q", lambda: bhattacharyya(np.full(4, 0.25), np.array([1.5, -0.5, 0.0, 0.0]))),
    ("target", lambda: r_squared(np.array([1.0, NAN]), np.ones(2))),
    ("prediction", lambda: score(np.ones(3), np.ones(4), RNG)),
    # tfi
    ("hx", lambda: free_fermions(4, -1.0)),
    ("hx", lambda: exact_energy(4, NAN)),
    ("N", lambda: exact_energy(0, 1.0)),
    ("longitudinal_field", lambda: exact_diagonalisation(4, 1.0, NAN)),
    ("hx", lambda: ground_state(4, NAN)),
    ("bond_dimension", lambda: ground_state(4, 1.0, bond_dimension=0)),
    # data sets
    ("probabilities", lambda: from_dense(np.full((1, 4), 2.0), "counts")),
    ("probabilities", lambda: from_dense(np.full((1, 6), 1 / 6), "no power of two")),
    ("probability", lambda: Strings(STRINGS, np.full((1, 4), NAN), "made up")),
    ("probability", lambda: Strings(STRINGS, np.full((1, 3), 1 / 3), "made up")),
    ("samples", lambda: from_samples(np.full((2, 3), 2, dtype=np.uint8), "made up")),
    ("samples", lambda: from_samples(np.full((2, 3), 0.5), "made up")),
    ("mask", lambda: uniform_over(np.zeros(4, dtype=bool), "made up")),
    ("image", lambda: from_image(-np.ones((4, 4)), 4, "negative")),
    ("image", lambda: from_image(np.ones((3, 3)), 4, "three pixels")),
    # Born machines
    ("target", lambda: learn(100 * Q)),
    ("target", lambda: learn(0.5 * Q)),
    ("target", lambda: learn(other(Q, -0.5))),
    ("target", lambda: learn(other(Q, NAN))),
    ("target", lambda: learn(Q[0, :8])),
    ("target", lambda: learn(Q[None])),
    ("target", lambda: learn(np.ones((1, 16), dtype=int))),
    ("target", lambda: learn(np.repeat(Q, 2, axis=0), range(3))),
    ("h", lambda: learn(Q, h=NAN)),
    ("quenches", lambda: learn(Q, quenches=0)),
    ("candidates", lambda: learn(Q, candidates=0)),
    ("kernel", lambda: learn(Q, kernel="euclid")),
    ("target", lambda: MaximumMeanDiscrepancy(np.ones(16))),
    ("quench_time", lambda: born_machine(4, 0, quench_time=NAN)),
    ("correlation_time", lambda: Drive(0.1, 0.0)),
    ("hidden_sites", lambda: born_machine(hidden_sites="first")),
    ("variance", lambda: born_machine(drive_variance="D")),
    ("plane", lambda: born_machine(drive_plane="z")),
    ("fields", lambda: BORN.quench(PSI, np.zeros((1, 3)))),
    ("states", lambda: BORN.entropy(2 * PSI + 0j)),
    ("initial_state", lambda: hbm.replay(BORN, 2 * PSI, np.zeros((1, 4)))),
    # Boltzmann machines
    ("target", lambda: descend(100 * Q)),
    ("target", lambda: descend(0.5 * Q)),
    ("target", lambda: descend(other(Q, -0.5))),
    ("target", lambda: descend(Q[:, :8])),
    ("target", lambda: descend(np.repeat(Q, 2, axis=0), range(3))),
    ("target", lambda: KullbackLeibler(MACHINE, np.ones(16), 1)),
    ("initial", lambda: sqrbm.descend(MACHINE, Q[0], np.full((1, MACHINE.size), NAN), DESCENT)),
    ("theta", lambda: MACHINE.probability(np.zeros(2 * MACHINE.size))),
    ("learning_rate", lambda: sqrbm.Settings(1, 0.0)),
    ("schedule", lambda: sqrbm.Settings(1, 0.1, "fast")),
    ("patience", lambda: sqrbm.Settings(1, 0.1, patience=-1)),
    ("tolerance", lambda: sqrbm.Settings(1, 0.1, tolerance=-1.0)),
    ("m", lambda: QuantumMachine.generic(8, 3)),
    ("target", lambda: QuantumMachine.generic(2, 1).objective(2 * PSI[:4], 1)),
    ("kind", lambda: machine_family("fast", 4, 1)),
    ("q", lambda: fisher_scoring(MACHINE, np.eye(16)[:1], np.zeros((1, MACHINE.size)), 1)),
    ("fitted", lambda: cross_fit(MACHINE, Machine(3, 1, "Z"), seed=1)),
    # recurrent networks
    ("fields", lambda: neighbour_pairs(np.array([[1.0, NAN, 2.0]]), np.array([3]))),
    ("lengths", lambda: features(NETWORKS, FIELDS, np.array([8, 9]))),
    ("data.targets", lambda: gru.train(
        "scratch", replace(DATA, targets=np.full((2, 1, 4), NAN)), GRU, seed=1, runs=range(1)
    )),
    ("energy", lambda: replace(GRU, energy="all")),
    ("cell", lambda: replace(GRU, cell="rnn")),
    ("batch_size", lambda: replace(GRU, batch_size=0)),
    # autoencoders
    ("outcomes", lambda: OutcomeData(other(OUTCOMES, 4), np.ones((3, 1)))),
    ("conditions", lambda: OutcomeData(OUTCOMES, np.full((3, 1), NAN))),
    ("conditions", lambda: OutcomeData(OUTCOMES, np.ones((2, 1)))),
    ("learning_rate", lambda: replace(LEARN_VAE, learning_rate=NAN)),
    ("hx", lambda: mass_function(VAE, NAN, 10, 1)),
    ("samples", lambda: draw(VAE, 1.0, 0, 1, "test")),
    ("draws", lambda: likelihoods(VAE, OutcomeData(OUTCOMES, np.ones((3, 1))), 2, 0, 1)),
    ("outcomes", lambda: log_likelihood(
        VAE, torch.full((2, 4), 4, dtype=torch.uint8), torch.ones(2, 1), 3
    )),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call"), WRONG, ids=range(len(WRONG)))
def test_wrong_arguments_are_refused_by_name(name, call):
    with pytest.raises(InvalidArgumentError, match=f"^{name}: ") as refused:
        call()
    assert isinstance(refused.value, ValueError)
    assert refused.value.name == name


def test_whole_numbers_are_real_numbers():
    """Arrays and numbers of an integer type give what the same real ones give."""
    fields = np.arange(8)[None] % 3 - 1
    found = indicators_of_block(CHAIN, fields, [0, 1], 5)
    same = indicators_of_block(CHAIN, fields.astype(float), [0.0, 1.0], 5)
    for name, values in same.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)
    assert log_times(1, 3).tolist() == log_times(1.0, 3).tolist()
    psi = evolve(FAMILY, np.zeros((1, 16), dtype=int), np.eye(16)[0].astype(int), 1).states
    np.testing.assert_array_equal(psi, evolve(FAMILY, D, np.eye(16)[0], 1.0).states)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learn(3 * Q), "probabilities sum to 3, not to 1; divide counts by their sum"),
        (lambda: learn(other(Q, -0.5)), r"holds -0.5 at index \(0, 0\); a probability must not"),
        (lambda: one_window(FIELDS[0, :7]), r"has the shape \(7,\), not \(8\)"),
        (lambda: one_window(density=2), "must be a finite number >= 0 and <= 1, not 2"),
        (lambda: OutcomeData(OUTCOMES[:0], np.ones((0, 1))), r"is empty: its shape is \(0, 4\)"),
    ],
)
def test_messages_say_what_is_allowed(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call()
