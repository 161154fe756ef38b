"""Windows of interior eigenstates, with a proof that no level was missed.

A window is the k levels nearest in energy density to a target, as everywhere in the pipeline. Three
solvers find it: LAPACK on the whole matrix, shift-invert Lanczos on MKL PARDISO, and polynomially
filtered Lanczos (POLFED). They have the same interface and the same result.

The proof is Sylvester's law of inertia: H - sigma = L D L^T has as many negative eigenvalues as H
has levels below sigma. H is factored at one shift beyond each end of the window. The two counts
must differ by the number of levels found between the shifts. The proof is needed because missed
levels bias gap ratios and residuals do not show them. Where no factorisation is possible, a second
search in the space orthogonal to the levels found replaces the certificate, and `certified` is
false.

A certificate counts levels. It says nothing about the eigenvectors of degenerate levels, which are
arbitrary; `EigenWindow.degenerate` marks them.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float
from scipy.sparse.linalg import ArpackError, eigsh

from spinlearn import arguments
from spinlearn.pipeline.errors import CertificateError, NotConvergedError
from spinlearn.spins import pardiso, polfed, shift_invert
from spinlearn.spins.block_lanczos import NearestLevels
from spinlearn.spins.choices import Device, Route, Solver
from spinlearn.spins.crossover import fastest_route
from spinlearn.spins.degeneracies import degenerate_levels, spectrum_width
from spinlearn.spins.hamiltonians import SpinChain
from spinlearn.spins.inertia import Factorisation, UnpivotedFactorisation
from spinlearn.spins.pardiso import SymmetricFactorisation
from spinlearn.spins.spectra import diagonalise, nearest_windows

MAX_LAPACK_DIMENSION = 4000
"""LAPACK replaces solvers that failed up to this dimension (0.4 GB)."""

MAX_SUPERLU_DIMENSION = 4000
"""SuperLU replaces PARDISO in certificates up to this dimension (one second)."""


@dataclass(frozen=True)
class Cost:
    """The effort that a window took.

    Attributes:
        seconds: wall time, the extremal energies included.
        factorisations: numerical factorisations.
        matvecs: vectors to which H (POLFED) or (H - sigma)^-1 (shift-invert) was applied.
        subspace: dimension of the Krylov space; of the whole space for LAPACK.
        factor_memory: bytes that the factors take.
        failures: one line per solver that was tried before and failed.
    """

    seconds: float
    factorisations: int = 0
    matvecs: int = 0
    subspace: int = 0
    factor_memory: int = 0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class EigenWindow:
    """Consecutive levels of one realisation, nearest to a target.

    Attributes:
        energies: ascending, in units of J.
        vectors: orthonormal eigenvectors, one column per level.
        residuals: ||H v - E v|| of each.
        converged: all residuals are below the tolerance; always true for a returned window.
        certified: it is proved that no level between the first and the last one is missing, and
            that no level outside the window is nearer to the target.
        first_level: number of levels below the window; None if it is not certified.
        degenerate: whether each level is degenerate with another one, in the window or beyond its
            ends, so that its eigenvector is arbitrary; see `spinlearn.spins.degeneracies`.
        extremal_energies: E_min and E_max.
        target_energy: the energy that the levels are nearest to.
        solver: the solver that found the window: "dense", "shift_invert" or "polfed".
        cost: time, factorisations, matvecs and memory.
    """

    energies: Float[np.ndarray, " states"]
    vectors: Float[np.ndarray, "D states"]
    residuals: Float[np.ndarray, " states"]
    converged: bool
    certified: bool
    first_level: int | None
    degenerate: Bool[np.ndarray, " states"]
    extremal_energies: Float[np.ndarray, "2"]
    target_energy: float
    solver: Route
    cost: Cost

    @property
    def energy_densities(self) -> Float[np.ndarray, " states"]:
        """epsilon = (E - E_min)/(E_max - E_min) of each level (Gresch 2022, section II.B)."""
        return (self.energies - self.extremal_energies[0]) / spectrum_width(self.extremal_energies)


def choose_solver(dimension: int, states: int) -> Route:
    """The solver used for `solver="auto"`; see `spinlearn.spins.crossover`."""
    return fastest_route(dimension, states, has_pardiso=pardiso.available())


def extremal_energies(hamiltonian: sp.csr_matrix) -> Float[np.ndarray, "2"]:
    """E_min and E_max by Lanczos (ARPACK), to rounding.

    The start vector is random but fixed, so that no symmetry of the chain can hide a level.

    Raises:
        NotConvergedError: if ARPACK gives up.
    """
    D = hamiltonian.shape[0]
    if D < 32:
        return np.linalg.eigvalsh(hamiltonian.toarray())[[0, -1]]
    start = np.random.default_rng(0).standard_normal(D)
    try:
        ends = [
            eigsh(hamiltonian, k=1, which=end, v0=start, return_eigenvectors=False)[0]
            for end in ("SA", "LA")
        ]
    except ArpackError as error:
        raise NotConvergedError(
            f"ARPACK found no extremal energies (dimension {D}): {error}"
        ) from None
    return np.array(ends)


def _sort_gaps(points: np.ndarray) -> Iterator[tuple[float, float]]:
    """Gaps between successive points, the widest first: (lower end, upper end)."""
    points = np.sort(points)
    for i in np.argsort(points[:-1] - points[1:], kind="stable"):
        yield float(points[i]), float(points[i + 1])


def _count_levels_below(
    factorisation: Factorisation, hamiltonian: sp.csr_matrix, points: np.ndarray
) -> tuple[float, int]:
    """A shift in one of the gaps between the points, and the number of levels below it.

    A factorisation proves nothing if pivots were perturbed, or if its backward error is not small
    compared with the distance to the nearest level. Then the next shift is tried.
    """
    probe = np.ones((hamiltonian.shape[0], 1))
    scale = float(np.abs(hamiltonian).sum(axis=1).max())
    for low, high in list(_sort_gaps(points))[:3]:
        for part in (0.5, 0.4, 0.6):
            shift = low + part * (high - low)
            margin = 0.4 * (high - low)
            if margin < 1e-13 * scale:
                break
            inertia = factorisation.factor(shift)
            if inertia.perturbed_pivots > 0:
                continue
            solution = factorisation.solve(probe)
            rest = np.linalg.norm(hamiltonian @ solution - shift * solution - probe)
            if rest < 0.1 * margin * np.linalg.norm(solution):
                return shift, inertia.below
    raise CertificateError(
        "no gap at the end of the window is wide enough to count levels by a factorisation "
        f"(near E = {points.mean():.6g}); the levels are degenerate there. Ask for another number "
        "of states, or another energy density"
    )


def certify(
    factorisation: Factorisation,
    hamiltonian: sp.csr_matrix,
    levels: NearestLevels,
    window: slice,
    energy: float,
) -> int:
    """Prove that no level is missing: none is nearer to the target than the window's farthest.

    One shift is placed on each side of the window, between the distance of its farthest level and
    the solver's radius, in the widest gap between the levels found there. The inertia counts the
    levels below each shift.

    Args:
        factorisation: of H's sparsity, with H's diagonal.
        hamiltonian: H.
        levels: all levels that the solver found.
        window: which of them are the window.
        energy: the target.

    Returns:
        The number of levels of the spectrum below the window.

    Raises:
        CertificateError: if the counts disagree with the levels found, or prove nothing.
    """
    found = levels.energies
    reach = float(np.abs(found[window] - energy).max())
    if not levels.radius > reach:
        raise CertificateError(
            f"the solver found all levels only within {levels.radius:.6g} of E = {energy:.6g}, and "
            f"the window extends to {reach:.6g}; ask for fewer states"
        )
    distance = np.abs(found - energy)
    beyond = (distance > reach) & (distance < levels.radius)
    below = found[beyond & (found < energy)]
    above = found[beyond & (found > energy)]
    lower, n_lower = _count_levels_below(
        factorisation, hamiltonian, np.array([energy - levels.radius, *below, energy - reach])
    )
    upper, n_upper = _count_levels_below(
        factorisation, hamiltonian, np.array([energy + reach, *above, energy + levels.radius])
    )
    between = np.count_nonzero((found > lower) & (found < upper))
    if n_upper - n_lower != between:
        raise CertificateError(
            f"{between} levels were found between E = {lower:.10g} and {upper:.10g}, where the "
            f"spectrum has {n_upper - n_lower}; set another solver, or another seed"
        )
    return n_lower + int(np.count_nonzero((found > lower) & (found < found[window][0])))


def _search_again(
    filtered: polfed.FilteredHamiltonian,
    levels: NearestLevels,
    window: slice,
    energy: float,
    rng: np.random.Generator,
) -> None:
    """Search again for missed levels, if no factorisation can prove that there are none.

    Raises:
        CertificateError: if the search finds a missed level nearer to the target than the window's
            farthest level.
    """
    target = (energy - filtered.centre) / filtered.scale
    half_width = levels.radius / polfed.CLAIMED_FRACTION / filtered.scale
    chosen = polfed.chebyshev_filter(target, half_width)
    ends = (levels.energies[window][[0, -1]] - filtered.centre) / filtered.scale
    strongest = polfed.strongest_missed(filtered, levels.vectors, chosen, rng)
    if strongest > chosen(ends).min():
        raise CertificateError(
            f"a second search near E = {energy:.6g} found a level that the first one missed; set "
            "another seed, or solver: dense"
        )


@dataclass(frozen=True)
class _Target:
    """The target of a window: an energy density, or an energy."""

    density: float | None = None
    energy: float | None = None

    def energy_in(self, ends: np.ndarray) -> float:
        """The energy in a spectrum with these ends."""
        if self.density is None:
            assert self.energy is not None
            return float(self.energy)
        return float(ends[0] + self.density * (ends[1] - ends[0]))

    def window(self, energies: np.ndarray, ends: np.ndarray, states: int) -> slice:
        """The slice of some levels that is the window, by `nearest_windows`."""
        if self.density is None:
            start = nearest_windows(energies, np.array([self.energy]), states)[0]
        else:
            densities = (energies - ends[0]) / spectrum_width(ends)
            start = nearest_windows(densities, np.array([self.density]), states)[0]
        return slice(int(start), int(start) + states)


class WindowSolver:
    """Windows of many realisations of one chain.

    PARDISO analyses the matrix once. Use the solver under `contextlib.closing`, so that MKL's
    memory is freed.

    Args:
        chain: the chain without disorder.
        solver: "auto" (see `choose_solver`), "dense", "shift_invert" or "polfed".
        tolerance: largest ||H v - E v||, in units of J.
        device: for POLFED: "cpu", "cuda", or "auto" (a GPU if torch finds one).

    Raises:
        MissingDependencyError: if "shift_invert" is asked for without MKL PARDISO.
    """

    def __init__(
        self,
        chain: SpinChain,
        *,
        solver: Solver = "auto",
        tolerance: float = 1e-10,
        device: Device = "auto",
    ) -> None:
        arguments.one_of("solver", solver, get_args(Solver))
        arguments.one_of("device", device, get_args(Device))
        self.chain = chain
        self.solver: Solver = solver
        self.tolerance = arguments.positive("tolerance", tolerance)
        self.device: Device = device
        self._factorisation: Factorisation | None = None
        if solver == "shift_invert":
            self._factorisation = SymmetricFactorisation(chain.H0)

    def _prepare_factors(self) -> Factorisation | None:
        if self._factorisation is None:
            if pardiso.available():
                self._factorisation = SymmetricFactorisation(self.chain.H0)
            elif self.chain.dimension <= MAX_SUPERLU_DIMENSION:
                self._factorisation = UnpivotedFactorisation(self.chain.H0)
        return self._factorisation

    def close(self) -> None:
        """Free MKL's memory."""
        if self._factorisation is not None:
            self._factorisation.close()
            self._factorisation = None

    def window(
        self,
        fields: Float[np.ndarray, " L"],
        energy_density: float,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        """The levels nearest to an energy density, epsilon = (E - E_min)/(E_max - E_min).

        Args:
            fields: one realisation, in units of J.
            energy_density: target, in [0, 1].
            states: number of levels.
            rng: stream of the start vectors; the same stream gives the same window.

        Returns:
            The window, converged; certified unless MKL PARDISO is missing and D exceeds 4000.

        Raises:
            NotConvergedError: if no solver converges.
            CertificateError: if levels are missing.
            NoWidthError: if all levels of the chain are equal.
            InvalidArgumentError: if fields are not finite or not L, the energy density is not in
                [0, 1], or the window does not fit into the spectrum.
        """
        density = arguments.number("energy_density", energy_density, 0, 1)
        return self._solve(fields, _Target(density=density), states, rng)

    def window_at(
        self,
        fields: Float[np.ndarray, " L"],
        energy: float,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        """The levels nearest to an energy, in units of J; otherwise as `window`."""
        return self._solve(fields, _Target(energy=arguments.number("energy", energy)), states, rng)

    def _list_routes(self, states: int) -> list[Route]:
        D = self.chain.dimension
        first = choose_solver(D, states) if self.solver == "auto" else self.solver
        if first == "dense":
            return ["dense"]
        routes: list[Route] = [first]
        if first == "polfed" and pardiso.available():
            routes.append("shift_invert")
        if first == "shift_invert":
            routes.append("polfed")
        if D <= MAX_LAPACK_DIMENSION:
            routes.append("dense")
        return routes

    def _solve(
        self,
        fields: Float[np.ndarray, " L"],
        target: _Target,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        begin, D = time.perf_counter(), self.chain.dimension
        fields = arguments.real("fields", fields, (self.chain.L,))
        arguments.integer("states", states, 1, D)
        failures: list[str] = []
        missing = False
        for route in self._list_routes(states):
            try:
                if route == "dense":
                    window = self._solve_dense(fields, target, states)
                else:
                    window = self._solve_sparse(route, fields, target, states, rng)
            except NotConvergedError as error:
                missing = isinstance(error, CertificateError)
                failures.append(f"{route}: {error}")
                continue
            seconds = time.perf_counter() - begin
            cost = replace(window.cost, seconds=seconds, failures=tuple(failures))
            return replace(window, cost=cost)
        kind = CertificateError if missing else NotConvergedError
        raise kind(
            f"no solver found {states} levels of a chain of L = {self.chain.L}:\n  "
            + "\n  ".join(failures)
        )

    def _solve_dense(
        self, fields: Float[np.ndarray, " L"], target: _Target, states: int
    ) -> EigenWindow:
        spectrum, vectors = diagonalise(self.chain, fields)
        ends = spectrum[[0, -1]]
        kept = target.window(spectrum, ends, states)
        chosen = np.asfortranarray(vectors[:, kept])
        rest = self.chain.sparse(fields) @ chosen - chosen * spectrum[kept]
        residuals = np.linalg.norm(rest, axis=0)
        if residuals.max() >= self.tolerance:
            raise NotConvergedError(
                f"LAPACK's residuals reach {residuals.max():.1e}; allow a tolerance above that"
            )
        return EigenWindow(
            energies=spectrum[kept],
            vectors=chosen,
            residuals=residuals,
            converged=True,
            certified=True,
            first_level=kept.start,
            degenerate=degenerate_levels(spectrum, float(np.ptp(ends)))[kept],
            extremal_energies=ends,
            target_energy=target.energy_in(ends),
            solver="dense",
            cost=Cost(seconds=0.0, subspace=self.chain.dimension),
        )

    def _solve_sparse(
        self,
        route: Route,
        fields: Float[np.ndarray, " L"],
        target: _Target,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        hamiltonian = self.chain.sparse(fields)
        ends = extremal_energies(hamiltonian)
        energy = target.energy_in(ends)
        factors = self._prepare_factors()
        before = 0 if factors is None else factors.factorisations
        if factors is not None:
            factors.set_diagonal(hamiltonian.diagonal())
        count = states + max(6, states // 16)  # a few more, to see the ends of the window
        filtered = None
        if route == "shift_invert":
            assert isinstance(factors, SymmetricFactorisation)
            levels = shift_invert.nearest_levels(
                hamiltonian, factors, energy, count, rng, tolerance=self.tolerance
            )
        else:
            filtered = polfed.FilteredHamiltonian(hamiltonian, ends, self.device)
            levels = polfed.nearest_levels(
                hamiltonian, filtered, energy, count, rng, tolerance=self.tolerance
            )
        kept = target.window(levels.energies, ends, states)
        first_level = None
        if factors is not None:
            first_level = certify(factors, hamiltonian, levels, kept, energy)
        elif filtered is not None:
            _search_again(filtered, levels, kept, energy, rng)
        return EigenWindow(
            energies=levels.energies[kept],
            vectors=np.asfortranarray(levels.vectors[:, kept]),
            residuals=levels.residuals[kept],
            converged=True,
            certified=factors is not None,
            first_level=first_level,
            degenerate=degenerate_levels(levels.energies, float(np.ptp(ends)))[kept],
            extremal_energies=ends,
            target_energy=energy,
            solver=route,
            cost=_collect_cost(levels, factors, before),
        )


def _collect_cost(levels: NearestLevels, factors: Factorisation | None, before: int) -> Cost:
    """The cost of a window from sparse matrices; `before` factorisations were made before it."""
    return Cost(
        seconds=0.0,
        factorisations=0 if factors is None else factors.factorisations - before,
        matvecs=levels.matvecs,
        subspace=levels.subspace,
        factor_memory=0 if factors is None else factors.memory,
    )


def eigenwindow(
    chain: SpinChain,
    fields: Float[np.ndarray, " L"],
    energy_density: float,
    states: int,
    rng: np.random.Generator,
    *,
    solver: Solver = "auto",
    tolerance: float = 1e-10,
    device: Device = "auto",
) -> EigenWindow:
    """The levels of one realisation nearest to an energy density; see `WindowSolver.window`.

    >>> from spinlearn.spins.hamiltonians import xxz_chain
    >>> fields = np.array([0.9, -1.3, 0.4, 1.1, -0.2, -0.7, 0.3, -1.8])
    >>> rng = np.random.default_rng(1)
    >>> window = eigenwindow(xxz_chain(8), fields, 0.5, 10, rng)
    >>> window.energies.shape, window.certified, window.solver
    ((10,), True, 'dense')
    """
    solving = WindowSolver(chain, solver=solver, tolerance=tolerance, device=device)
    with closing(solving) as windows:
        return windows.window(fields, energy_density, states, rng)
