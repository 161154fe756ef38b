"""Windows of interior levels against LAPACK on the whole matrix, and their certificates."""

import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import quspin_chain

from spinlearn.pipeline.errors import CertificateError, MissingDependencyError, NotConvergedError
from spinlearn.spins import eigenwindows, pardiso, polfed, shift_invert
from spinlearn.spins.block_lanczos import BlockLanczos, rayleigh_ritz
from spinlearn.spins.disorder import random_fields
from spinlearn.spins.eigenwindows import (
    WindowSolver,
    certify,
    choose_solver,
    eigenwindow,
    extremal_energies,
)
from spinlearn.spins.hamiltonians import spin_chain, xxz_chain
from spinlearn.spins.inertia import UnpivotedFactorisation
from spinlearn.spins.spectra import diagonalise, energy_densities, nearest_windows

TOLERANCE = 1e-10
needs_pardiso = pytest.mark.skipif(not pardiso.available(), reason="MKL PARDISO is not installed")
SPARSE = [pytest.param("shift_invert", marks=needs_pardiso), "polfed"]


def problem(L, h, seed, **options):
    chain = xxz_chain(L, **options)
    return chain, np.random.default_rng(seed).uniform(-h, h, L)


def reference(chain, fields, density, states):
    """The window from LAPACK's whole spectrum: its first level and its energies."""
    spectrum = scipy.linalg.eigvalsh(chain.dense(fields))
    start = nearest_windows(energy_densities(spectrum), np.array([density]), states)[0]
    return start, spectrum[start : start + states], spectrum


@pytest.fixture
def no_pardiso(monkeypatch):
    monkeypatch.setattr(pardiso, "_routine", lambda: None)


def lose_one(find):
    """A solver that misses the level nearest to its target."""

    def found_less(*args, **options):
        found = find(*args, **options)
        energy = args[2]
        kept = np.arange(found.energies.size) != np.argmin(np.abs(found.energies - energy))
        return replace(
            found,
            energies=found.energies[kept],
            vectors=found.vectors[:, kept],
            residuals=found.residuals[kept],
        )

    return found_less


def assert_is_window(window, chain, fields, density):
    states = window.energies.size
    start, energies, spectrum = reference(chain, fields, density, states)
    # A residual r moves a level by at most r, and by r^2 over the gap as a rule.
    np.testing.assert_allclose(window.energies, energies, rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(window.extremal_energies, spectrum[[0, -1]], rtol=1e-12)
    dense = chain.dense(fields)
    rest = np.linalg.norm(dense @ window.vectors - window.vectors * window.energies, axis=0)
    assert rest.max() < TOLERANCE
    np.testing.assert_allclose(rest, window.residuals, rtol=0, atol=1e-12)
    overlaps = window.vectors.T @ window.vectors
    np.testing.assert_allclose(overlaps, np.eye(states), rtol=0, atol=1e-12)
    assert window.converged
    if window.certified:
        assert window.first_level == start


@pytest.mark.parametrize("solver", [*SPARSE, "dense"])
@pytest.mark.parametrize("L", [10, 12])
@pytest.mark.parametrize("h", [1.0, 8.0])
@pytest.mark.parametrize("density", [0.02, 0.3, 0.5, 0.95])
def test_window_agrees_with_whole_spectrum(solver, L, h, density):
    chain, fields = problem(L, h, 7, operators="pauli")
    rng = np.random.default_rng(1)
    window = eigenwindow(chain, fields, density, 20, rng, solver=solver)
    assert_is_window(window, chain, fields, density)
    assert window.certified


@pytest.mark.parametrize("solver", SPARSE)
@pytest.mark.parametrize("density", [0.0, 1.0])
def test_windows_at_spectrum_ends_are_one_sided(solver, density):
    chain, fields = problem(12, 3.0, 2)
    window = eigenwindow(chain, fields, density, 15, np.random.default_rng(1), solver=solver)
    assert_is_window(window, chain, fields, density)
    if window.certified:
        assert window.first_level == (0 if density == 0 else chain.dimension - 15)


@pytest.mark.parametrize("solver", SPARSE)
@pytest.mark.parametrize("boundary", ["ring", "open"])
def test_a_hundred_states(solver, boundary):
    chain, fields = problem(12, 2.0, 5, boundary=boundary)
    window = eigenwindow(chain, fields, 0.5, 100, np.random.default_rng(1), solver=solver)
    assert window.solver == solver
    assert_is_window(window, chain, fields, 0.5)


CHAINS = {
    "next neighbours": (12, "ring", {"J2": 0.7}, "uniform"),
    "quasiperiodic, J_zz = 0.5": (12, "ring", {"J_zz": 0.5}, "quasiperiodic"),
    "field along x": (9, "open", {"h_x": 0.6, "magnetisation": None}, "uniform"),
    "whole space": (9, "ring", {"magnetisation": None, "operators": "pauli"}, "gaussian"),
    "odd length": (11, "open", {"magnetisation": -1.5, "J2": 0.3}, "gaussian"),
    "XX in a sector": (12, "open", {"J_zz": 0.0, "magnetisation": 2}, "quasiperiodic"),
}


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("solver", [*SPARSE, "dense"])
def test_any_chain_agrees_with_quspin(name, solver):
    """Independent route: LAPACK (`eigvalsh`) on QuSpin's matrix."""
    L, boundary, options, kind = CHAINS[name]
    chain = xxz_chain(L, boundary, **options)
    fields = random_fields(np.random.default_rng(L), 2.0, (L,), kind)
    H = quspin_chain.matrix(L, fields, boundary, **options)
    spectrum = np.linalg.eigvalsh(H)
    window = eigenwindow(chain, fields, 0.4, 16, np.random.default_rng(1), solver=solver)
    start = nearest_windows(energy_densities(spectrum), np.array([0.4]), 16)[0]
    assert window.solver == solver
    assert window.certified
    assert window.first_level == start
    expected = spectrum[start : start + 16]
    np.testing.assert_allclose(window.energies, expected, rtol=0, atol=TOLERANCE)
    rest = H @ window.vectors - window.vectors * window.energies
    assert np.linalg.norm(rest, axis=0).max() < TOLERANCE
    np.testing.assert_allclose(window.extremal_energies, spectrum[[0, -1]], rtol=1e-12)


@pytest.mark.parametrize("name", CHAINS)
def test_whole_spectrum_of_any_chain_agrees_with_quspin(name):
    L, boundary, options, kind = CHAINS[name]
    fields = random_fields(np.random.default_rng(L), 2.0, (L,), kind)
    energies, vectors = diagonalise(xxz_chain(L, boundary, **options), fields)
    H = quspin_chain.matrix(L, fields, boundary, **options)
    np.testing.assert_allclose(energies, np.linalg.eigvalsh(H), rtol=0, atol=1e-11)
    np.testing.assert_allclose(H @ vectors, vectors * energies, rtol=0, atol=1e-11)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(len(H)), rtol=0, atol=1e-11)


@pytest.mark.parametrize("solver", SPARSE)
def test_window_of_a_chain_of_terms(solver):
    """An Ising chain in a tilted field with three-spin terms; QuSpin adds the disorder as terms."""
    L = 9
    terms = [(1.0, "zz", (i, i + 1)) for i in range(L - 1)]
    terms += [(0.9, "x", (i,)) for i in range(L)] + [(0.8, "z", (i,)) for i in range(L)]
    terms += [(0.3, "xzx", (i - 1, i, i + 1)) for i in range(1, L - 1)]
    chain = spin_chain(L, terms, operators="pauli")
    fields = np.random.default_rng(0).uniform(-0.5, 0.5, L)
    disorder = [(float(h), "z", (i,)) for i, h in enumerate(fields)]
    spectrum = np.linalg.eigvalsh(quspin_chain.matrix_of_terms(L, terms + disorder, "pauli"))
    window = eigenwindow(chain, fields, 0.5, 20, np.random.default_rng(1), solver=solver)
    assert window.solver == solver
    first = window.first_level
    expected = spectrum[first : first + 20]
    np.testing.assert_allclose(window.energies, expected, rtol=0, atol=TOLERANCE)


@needs_pardiso
@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    h=st.floats(0.3, 20.0),
    density=st.floats(0.0, 1.0),
    states=st.integers(1, 30),
    magnetisation=st.sampled_from([0, 1]),
)
def test_shift_invert_and_lapack_agree_on_any_window(seed, h, density, states, magnetisation):
    chain, fields = problem(10, h, seed, magnetisation=2 * magnetisation)
    rng = np.random.default_rng(seed)
    window = eigenwindow(chain, fields, density, states, rng, solver="shift_invert")
    assert_is_window(window, chain, fields, density)
    assert window.certified


@pytest.mark.parametrize("solver", [*SPARSE, "dense"])
def test_window_at_an_energy(solver):
    chain, fields = problem(12, 4.0, 3)
    spectrum = scipy.linalg.eigvalsh(chain.dense(fields))
    target = spectrum[200] + 1e-3
    with closing(WindowSolver(chain, solver=solver)) as windows:
        window = windows.window_at(fields, target, 9, np.random.default_rng(1))
    nearest = np.sort(np.argsort(np.abs(spectrum - target))[:9])
    np.testing.assert_allclose(window.energies, spectrum[nearest], rtol=0, atol=TOLERANCE)
    assert window.target_energy == target


@pytest.mark.parametrize("solver", SPARSE)
def test_same_stream_same_window(solver):
    chain, fields = problem(12, 4.0, 3)
    first, second = (
        eigenwindow(chain, fields, 0.5, 12, np.random.default_rng(9), solver=solver)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.energies, second.energies)
    np.testing.assert_array_equal(first.vectors, second.vectors)


@needs_pardiso
def test_one_analysis_serves_all_realisations():
    chain = xxz_chain(12)
    rng = np.random.default_rng(4)
    with closing(WindowSolver(chain, solver="shift_invert")) as windows:
        for _ in range(3):
            fields = rng.uniform(-5, 5, 12)
            assert_is_window(windows.window(fields, 0.4, 10, rng), chain, fields, 0.4)
        factors = windows._prepare_factors()
        assert factors.analyses == 1
        assert factors.factorisations == 9


@needs_pardiso
@pytest.mark.parametrize("density", [0.0, 0.5, 0.97])
@pytest.mark.parametrize("removed", [0, 7, 19])
def test_certificate_detects_missed_level(density, removed):
    chain, fields = problem(12, 3.0, 8)
    hamiltonian = chain.sparse(fields)
    spectrum = scipy.linalg.eigvalsh(chain.dense(fields))
    energy = spectrum[0] + density * (spectrum[-1] - spectrum[0])
    with closing(pardiso.SymmetricFactorisation(hamiltonian)) as factors:
        rng = np.random.default_rng(1)
        found = shift_invert.nearest_levels(hamiltonian, factors, energy, 30, rng)
        start = nearest_windows(found.energies, np.array([energy]), 20)[0]
        whole = slice(start, start + 20)
        first = certify(factors, hamiltonian, found, whole, energy)
        np.testing.assert_allclose(spectrum[first : first + 20], found.energies[whole])
        left = np.delete(found.energies, start + removed)
        missing = replace(
            found,
            energies=left,
            vectors=np.delete(found.vectors, start + removed, axis=1),
            residuals=np.delete(found.residuals, start + removed),
        )
        start = nearest_windows(left, np.array([energy]), 20)[0]
        with pytest.raises(CertificateError, match=r"levels were found between"):
            certify(factors, hamiltonian, missing, slice(start, start + 20), energy)


@needs_pardiso
def test_certificate_detects_doubled_level():
    chain, fields = problem(12, 3.0, 8)
    hamiltonian = chain.sparse(fields)
    with closing(pardiso.SymmetricFactorisation(hamiltonian)) as factors:
        rng = np.random.default_rng(1)
        found = shift_invert.nearest_levels(hamiltonian, factors, 0.0, 30, rng)
        ghost = np.sort(np.append(found.energies, found.energies[15] + 1e-12))
        places = np.append(np.arange(16), np.arange(15, 30))
        double = replace(
            found,
            energies=ghost,
            vectors=found.vectors[:, places],
            residuals=found.residuals[places],
        )
        start = nearest_windows(ghost, np.array([0.0]), 20)[0]
        with pytest.raises(CertificateError):
            certify(factors, hamiltonian, double, slice(start, start + 20), 0.0)


def test_second_search_finds_missed_level():
    chain, fields = problem(12, 3.0, 8)
    spectrum, vectors = scipy.linalg.eigh(chain.dense(fields))
    filtered = polfed.FilteredHamiltonian(
        chain.sparse(fields), extremal_energies(chain.sparse(fields)), "cpu"
    )
    points = (spectrum - filtered.centre) / filtered.scale
    chosen = polfed.chebyshev_filter(points[460], 0.5 * (points[480] - points[440]))
    inside = np.flatnonzero(chosen(points) > 0.1)
    rng = np.random.default_rng(1)
    for gone in (440 + 2, 460, 480 - 2):
        kept = np.setdiff1d(inside, [gone])
        strongest = polfed.strongest_missed(filtered, vectors[:, kept], chosen, rng)
        # The Ritz value is that of the level left out.
        np.testing.assert_allclose(strongest, chosen(points[gone : gone + 1])[0], rtol=1e-3)
    assert polfed.strongest_missed(filtered, vectors[:, inside], chosen, rng) < 0.11


@needs_pardiso
def test_other_solver_is_tried_after_failure(monkeypatch):
    monkeypatch.setattr(polfed, "nearest_levels", lose_one(polfed.nearest_levels))
    chain, fields = problem(12, 3.0, 8)
    window = eigenwindow(chain, fields, 0.5, 20, np.random.default_rng(1), solver="polfed")
    assert window.solver == "shift_invert"
    assert len(window.cost.failures) == 1
    assert window.cost.failures[0].startswith("polfed: ")
    assert_is_window(window, chain, fields, 0.5)


def test_failure_of_all_solvers_raises(monkeypatch):
    def fail(*args, **options):
        raise NotConvergedError("made to fail")

    monkeypatch.setattr(polfed, "nearest_levels", fail)
    monkeypatch.setattr(shift_invert, "nearest_levels", fail)
    monkeypatch.setattr(eigenwindows, "MAX_LAPACK_DIMENSION", 0)
    chain, fields = problem(12, 3.0, 8)
    with pytest.raises(NotConvergedError, match=r"(?s)no solver found 20 levels.*polfed: made to"):
        eigenwindow(chain, fields, 0.5, 20, np.random.default_rng(1), solver="polfed")


@pytest.mark.parametrize("density", [0.0, 0.5, 0.95])
def test_superlu_replaces_pardiso(no_pardiso, density):
    chain, fields = problem(12, 3.0, 8)
    assert choose_solver(chain.dimension, 10) == "polfed"
    window = eigenwindow(chain, fields, density, 10, np.random.default_rng(1))
    assert window.solver == "polfed"
    assert window.certified
    assert_is_window(window, chain, fields, density)


def test_second_search_replaces_certificate(no_pardiso, monkeypatch):
    monkeypatch.setattr(eigenwindows, "MAX_SUPERLU_DIMENSION", 0)
    chain, fields = problem(12, 3.0, 8)
    window = eigenwindow(chain, fields, 0.5, 10, np.random.default_rng(1))
    assert not window.certified
    assert window.first_level is None
    assert_is_window(window, chain, fields, 0.5)
    monkeypatch.setattr(polfed, "nearest_levels", lose_one(polfed.nearest_levels))
    window = eigenwindow(chain, fields, 0.5, 10, np.random.default_rng(1))
    assert window.solver == "dense"
    assert "a second search" in window.cost.failures[0]
    monkeypatch.setattr(eigenwindows, "MAX_LAPACK_DIMENSION", 0)
    with pytest.raises(CertificateError, match="a second search"):
        eigenwindow(chain, fields, 0.5, 10, np.random.default_rng(1))


def test_missing_pardiso_says_what_to_install(no_pardiso):
    chain, _ = problem(12, 3.0, 8)
    with pytest.raises(MissingDependencyError, match=r"pip install pypardiso"):
        WindowSolver(chain, solver="shift_invert")


def test_auto_chooses_lapack_for_small_or_wide_windows():
    assert choose_solver(70, 5) == "dense"
    assert choose_solver(3432, 2000) == "dense"
    assert choose_solver(3432, 100) != "dense"


@pytest.mark.parametrize("solver", SPARSE)
@pytest.mark.parametrize(("L", "states"), [(2, 1), (4, 6), (6, 11), (8, 70)])
def test_lapack_replaces_krylov_in_small_spaces(solver, L, states):
    chain, fields = problem(L, 3.0, 8)
    window = eigenwindow(chain, fields, 0.4, states, np.random.default_rng(1), solver=solver)
    assert window.solver == "dense"
    assert len(window.cost.failures) >= 1
    assert_is_window(window, chain, fields, 0.4)


def test_impossible_windows_are_refused():
    chain, fields = problem(8, 3.0, 8)
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="states: must be a whole number >= 1 and <= 70"):
        eigenwindow(chain, fields, 0.5, 71, rng)
    with pytest.raises(ValueError, match="energy_density: must be a finite number >= 0 and <= 1"):
        eigenwindow(chain, fields, 1.5, 7, rng)


@pytest.mark.parametrize("solver", SPARSE)
def test_exact_multiplets_are_all_found(solver):
    """A ring without disorder has degenerate levels (momenta k and -k)."""
    chain = xxz_chain(12)
    spectrum = scipy.linalg.eigvalsh(chain.dense(np.zeros(12)))
    window = eigenwindow(chain, np.zeros(12), 0.37, 24, np.random.default_rng(1), solver=solver)
    start = np.searchsorted(spectrum, window.energies[0] - 1e-9)
    assert np.diff(window.energies).min() < 1e-10
    np.testing.assert_allclose(window.energies, spectrum[start : start + 24], atol=1e-10)


@pytest.mark.parametrize("kind", [pytest.param("pardiso", marks=needs_pardiso), "superlu"])
@settings(max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(2, 40), density=st.floats(0.05, 1.0))
def test_factorisation_solves_and_counts(kind, seed, size, density):
    """Against NumPy's solve and eigenvalues, for any sparse symmetric matrix."""
    rng = np.random.default_rng(seed)
    half = np.triu(rng.standard_normal((size, size)) * (rng.random((size, size)) < density), 1)
    matrix = half + half.T + np.diag(rng.standard_normal(size))
    levels = np.linalg.eigvalsh(matrix)
    other = rng.standard_normal(size)
    b = rng.standard_normal((size, 3))
    make = {"pardiso": pardiso.SymmetricFactorisation, "superlu": UnpivotedFactorisation}[kind]
    factors = make(sp.csr_matrix(matrix))
    for _ in range(2):
        place = rng.integers(size - 1)
        shift = 0.5 * (levels[place] + levels[place + 1])
        inertia = factors.factor(float(shift))
        found = factors.solve(b)
        rest = matrix @ found - shift * found - b
        backward = np.linalg.norm(rest, axis=0).max() / np.linalg.norm(found, axis=0).min()
        if inertia.perturbed_pivots == 0 and backward < 0.01 * (levels[place + 1] - shift):
            assert (inertia.below, inertia.above) == (place + 1, size - place - 1)
            exact = np.linalg.solve(matrix - shift * np.eye(size), b)
            allowed = 1e-13 + 10 * backward / (levels[place + 1] - shift)
            assert np.abs(found - exact).max() < allowed * np.abs(exact).max() * size
        # Another diagonal, as another realisation has.
        matrix = matrix - np.diag(np.diag(matrix)) + np.diag(other)
        levels = np.linalg.eigvalsh(matrix)
        factors.set_diagonal(other)
    assert factors.factorisations == 2
    factors.close()


@needs_pardiso
def test_closed_factorisation_is_refused():
    factors = pardiso.SymmetricFactorisation(xxz_chain(6).H0)
    with pytest.raises(ValueError, match="there are no factors"):
        factors.solve(np.ones((20, 1)))
    factors.close()
    with pytest.raises(ValueError, match="closed"):
        factors.factor(0.0)


@pytest.mark.parametrize("target", [-0.95, -0.4, 0.0, 0.7])
@pytest.mark.parametrize("half_width", [0.3, 0.03, 0.003])
def test_filter_selects_its_interval(target, half_width):
    chosen = polfed.chebyshev_filter(target, half_width)
    x = np.linspace(-1, 1, 20001)
    values = chosen(x)
    inside = np.abs(x - target) <= half_width
    assert values[inside].min() >= polfed.EDGE_VALUE - 1e-9
    np.testing.assert_allclose(chosen(np.array([target])), 1.0, rtol=1e-12)
    if half_width < 0.1 * (1 - abs(target)):
        order = 2.655 * np.sqrt(1 - target**2) / half_width
        assert abs(chosen.order - order) < 0.05 * order + 3
        assert values[np.abs(x - target) > 1.1 * half_width].max() < polfed.EDGE_VALUE


@pytest.mark.parametrize("device", ["cpu", "torch"])
def test_filter_acts_on_eigenvalues(device, monkeypatch):
    chain, fields = problem(8, 3.0, 4)
    hamiltonian = chain.sparse(fields)
    filtered = polfed.FilteredHamiltonian(hamiltonian, extremal_energies(hamiltonian), "cpu")
    if device == "torch":
        h = (hamiltonian - sp.identity(70) * filtered.centre) / filtered.scale
        filtered._recurrence = polfed._TorchRecurrence(sp.csr_matrix(h), "cpu")
    spectrum, vectors = scipy.linalg.eigh(chain.dense(fields))
    chosen = polfed.chebyshev_filter(0.1, 0.05)
    block = np.random.default_rng(1).standard_normal((70, 8))
    exact = vectors @ (
        chosen((spectrum - filtered.centre) / filtered.scale)[:, None] * (vectors.T @ block)
    )
    found = filtered.host(filtered.apply(chosen.coefficients, filtered.start(block)))
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-12)
    assert filtered.matvecs == 8 * chosen.order


def test_polfed_on_torch_tensors():
    """The route that a GPU takes, on torch's processor backend, against LAPACK."""
    chain, fields = problem(12, 3.0, 4)
    hamiltonian = chain.sparse(fields)
    filtered = polfed.FilteredHamiltonian(hamiltonian, extremal_energies(hamiltonian), "cpu")
    h = (hamiltonian - sp.identity(924) * filtered.centre) / filtered.scale
    filtered._recurrence = polfed._TorchRecurrence(sp.csr_matrix(h), "cpu")
    spectrum = scipy.linalg.eigvalsh(chain.dense(fields))
    energy = float(spectrum[400]) + 0.01
    rng = np.random.default_rng(1)
    found = polfed.nearest_levels(hamiltonian, filtered, energy, 20, rng)
    inside = np.abs(spectrum - energy) < found.radius
    assert found.energies.size >= 20
    np.testing.assert_allclose(found.energies, spectrum[inside], rtol=0, atol=TOLERANCE)
    assert found.residuals.max() < TOLERANCE
    chosen = polfed.chebyshev_filter((energy - filtered.centre) / filtered.scale, 0.02)
    less = np.delete(found.vectors, 10, axis=1)
    assert polfed.strongest_missed(filtered, less, chosen, rng) > 0.5


def test_missing_gpu_is_reported():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert polfed.resolve_device("auto") == "cpu"
    with pytest.raises(MissingDependencyError, match="finds no GPU"):
        polfed.resolve_device("cuda")


def test_without_torch_cpu_is_used(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it now fails
    assert polfed.resolve_device("auto") == "cpu"
    with pytest.raises(MissingDependencyError, match="finds no GPU"):
        polfed.resolve_device("cuda")


def test_density_of_states_counts_levels():
    """Against the spectrum; eight random vectors and the kernel leave about two per cent."""
    chain, fields = problem(12, 3.0, 4)
    hamiltonian = chain.sparse(fields)
    filtered = polfed.FilteredHamiltonian(hamiltonian, extremal_energies(hamiltonian), "cpu")
    density = filtered.density_of_states(np.random.default_rng(1))
    spectrum = scipy.linalg.eigvalsh(chain.dense(fields))
    points = (spectrum - filtered.centre) / filtered.scale
    for low, high in ((-1.0, 1.0), (-0.5, 0.2), (-0.1, 0.3), (0.4, 1.0)):
        exact = np.count_nonzero((points > low) & (points < high))
        assert abs(density.count(low, high) - exact) < 0.02 * chain.dimension
    half = density.half_width(-0.2, 150.0)
    assert abs(density.count(-0.2 - half, -0.2 + half) - 150) < 1e-6


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_block_lanczos_relation(library):
    """A V = V T + Q R E^T with orthonormal [V, Q], the basis exhausted or not."""
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((60, 60))
    matrix = matrix + matrix.T
    start = rng.standard_normal((60, 4))
    if library == "torch":
        import torch

        tensor = torch.as_tensor(matrix)
        space = BlockLanczos(lambda x: tensor @ x, torch.as_tensor(start), 56)
    else:
        space = BlockLanczos(lambda x: matrix @ x, start, 56)
    spectrum = np.linalg.eigvalsh(matrix)
    while space.can_grow:
        space.extend()
        values, y, tail = space.ritz()
        vectors = np.asarray(space.combine(y))
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(space.size), rtol=0, atol=1e-12)
        rest = np.linalg.norm(matrix @ vectors - vectors * values, axis=0)
        np.testing.assert_allclose(rest, np.linalg.norm(tail, axis=0), rtol=0, atol=1e-11)
    assert np.abs(values[-1] - spectrum).min() <= np.linalg.norm(tail[:, -1]) + 1e-11


def test_rayleigh_ritz_separates_mixed_vectors():
    rng = np.random.default_rng(2)
    matrix = rng.standard_normal((30, 30))
    matrix = matrix + matrix.T
    spectrum, vectors = np.linalg.eigh(matrix)
    mixed = vectors[:, 5:9] @ rng.standard_normal((4, 4))
    energies, found, residuals = rayleigh_ritz(lambda x: matrix @ x, mixed)
    np.testing.assert_allclose(energies, spectrum[5:9], rtol=0, atol=1e-11)
    assert residuals.max() < 1e-11
    np.testing.assert_allclose(np.abs(np.sum(found * vectors[:, 5:9], axis=0)), 1.0, rtol=1e-10)


@needs_pardiso
@pytest.mark.parametrize("layer", ["ILP64", "GNU,LP64"])
def test_interface_that_a_vendor_module_sets_does_not_count(layer):
    """Before Python starts, as in a notebook under a loaded module; MKL reads it once."""
    program = """
import numpy as np
from spinlearn.spins.eigenwindows import WindowSolver
from spinlearn.spins.hamiltonians import xxz_chain
fields = np.linspace(-1, 1, 10) ** 3
window = WindowSolver(xxz_chain(10), solver="shift_invert").window(
    fields, 0.5, 6, np.random.default_rng(0)
)
print(window.solver, window.certified, *map(repr, window.energies.tolist()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MKL_INTERFACE_LAYER": layer},
    )
    solver, certified, *energies = done.stdout.split()
    assert (solver, certified) == ("shift_invert", "True"), done.stderr
    levels, _ = diagonalise(xxz_chain(10), np.linspace(-1, 1, 10) ** 3)
    start = nearest_windows(energy_densities(levels), np.array([0.5]), 6)[0]
    np.testing.assert_allclose(
        np.array(energies, dtype=float), levels[start : start + 6], rtol=0, atol=1e-9
    )
