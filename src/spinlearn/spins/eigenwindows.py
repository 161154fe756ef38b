"""Windows of interior eigenstates, with a proof that no level was missed.

A window is the k levels nearest in energy density to a target, as everywhere in the pipeline. Three
solvers find it: LAPACK on the whole matrix, shift-invert Lanczos on MKL PARDISO, and polynomially
filtered Lanczos (POLFED). One interface, one result.

The proof is Sylvester's law of inertia: H - sigma = L D L^T has as many negative eigenvalues as H
has levels below sigma. Factored at a shift beyond either end of the window, the counts must differ
by the number of levels found between. Missed levels bias gap ratios, and no residual shows them.
Where no factorisation can be had, a second search on what is orthogonal to the levels found takes
the certificate's place, and `certified` is false.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType
from typing import get_args

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float
from scipy.sparse.linalg import ArpackError, eigsh

from spinlearn.pipeline.errors import CertificateError, NotConvergedError
from spinlearn.spins import pardiso, polfed, shift_invert
from spinlearn.spins.block_lanczos import NearestLevels
from spinlearn.spins.choices import Device, Route, Solver
from spinlearn.spins.crossover import fastest_route
from spinlearn.spins.hamiltonians import XXZChain
from spinlearn.spins.inertia import Factorisation, UnpivotedFactorisation
from spinlearn.spins.pardiso import SymmetricFactorisation
from spinlearn.spins.spectra import diagonalise, nearest_windows

LAST_RESORT_DIMENSION = 4000
"""LAPACK stands in for solvers that failed up to this dimension (0.4 GB)."""

SUPERLU_DIMENSION = 4000
"""SuperLU stands in for PARDISO in certificates up to this dimension (a second)."""


@dataclass(frozen=True)
class Cost:
    """What a window took.

    Attributes:
        seconds: wall time, the extremal energies included.
        factorisations: numerical factorisations.
        products: columns to which H (POLFED) or (H - sigma)^-1 (shift-invert) was applied.
        subspace: dimension of the Krylov space; of the whole space for LAPACK.
        factor_memory: bytes that the factors take.
        failures: one line for each route that was tried before and failed.
    """

    seconds: float
    factorisations: int = 0
    products: int = 0
    subspace: int = 0
    factor_memory: int = 0
    failures: tuple[str, ...] = ()


@dataclass(frozen=True)
class EigenWindow:
    """Consecutive levels of one realisation, nearest to a target.

    Attributes:
        energies: ascending, in units of J.
        vectors: orthonormal eigenvectors, a column a level.
        residuals: ||H v - E v|| of each.
        converged: all residuals are below the tolerance. A window that is not is never returned.
        certified: it is proved that no level of the spectrum is missing between the first and the
            last, nor nearer to the target than these.
        first_level: number of levels below the window; None if it is not certified.
        extremal_energies: E_min and E_max.
        target_energy: the energy that the levels are nearest to.
        solver: "dense", "shift_invert" or "polfed", whichever found the window.
        cost: what it took.
    """

    energies: Float[np.ndarray, " states"]
    vectors: Float[np.ndarray, "D states"]
    residuals: Float[np.ndarray, " states"]
    converged: bool
    certified: bool
    first_level: int | None
    extremal_energies: Float[np.ndarray, "2"]
    target_energy: float
    solver: Route
    cost: Cost

    @property
    def energy_densities(self) -> Float[np.ndarray, " states"]:
        """epsilon = (E - E_min)/(E_max - E_min) of each level (P2 section II.B)."""
        low, high = self.extremal_energies
        return (self.energies - low) / (high - low)


def choose_solver(dimension: int, states: int) -> Route:
    """What `solver="auto"` means; see `spinlearn.spins.crossover`."""
    return fastest_route(dimension, states, has_pardiso=pardiso.available())


def extremal_energies(hamiltonian: sp.csr_matrix) -> Float[np.ndarray, "2"]:
    """E_min and E_max by Lanczos (ARPACK), to rounding.

    The start vector is random but fixed, so that no symmetry of the chain hides a level from it.

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


def _widest_gaps(points: np.ndarray) -> Iterator[tuple[float, float]]:
    """Gaps between successive points, the widest first: (lower end, upper end)."""
    points = np.sort(points)
    for i in np.argsort(points[:-1] - points[1:], kind="stable"):
        yield float(points[i]), float(points[i + 1])


def _levels_below(
    factorisation: Factorisation, hamiltonian: sp.csr_matrix, points: np.ndarray
) -> tuple[float, int]:
    """A shift in one of the gaps between the points, and the number of levels below it.

    A factorisation with perturbed pivots, or one whose backward error is not small against the
    distance to the nearest level, proves nothing; the next place is tried then.
    """
    probe = np.ones((hamiltonian.shape[0], 1))
    scale = float(np.abs(hamiltonian).sum(axis=1).max())
    for low, high in list(_widest_gaps(points))[:3]:
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
        "no gap at the window's end is wide enough for a factorisation that proves something "
        f"(next to E = {points.mean():.6g}): levels are degenerate there; ask for another number "
        "of states or another energy density"
    )


def certify(
    factorisation: Factorisation,
    hamiltonian: sp.csr_matrix,
    levels: NearestLevels,
    window: slice,
    energy: float,
) -> int:
    """Prove that no level is missing from a window, nor nearer to its target than its farthest.

    Two shifts are placed between the distance of the farthest level of the window and the solver's
    radius, in the widest gaps between the levels found there. The levels below either shift are
    counted by inertia.

    Args:
        factorisation: of H's sparsity, its diagonal set to H's.
        hamiltonian: H.
        levels: all levels that the solver found.
        window: which of them are the window.
        energy: the target.

    Returns:
        The number of levels of the spectrum below the window.

    Raises:
        CertificateError: if the counts disagree with what was found, or prove nothing.
    """
    found = levels.energies
    reach = float(np.abs(found[window] - energy).max())
    if not levels.radius > reach:
        raise CertificateError(
            f"the solver vouches for levels within {levels.radius:.6g} of E = {energy:.6g} only, "
            f"and the window reaches to {reach:.6g}; ask for fewer states"
        )
    distance = np.abs(found - energy)
    beyond = (distance > reach) & (distance < levels.radius)
    below = found[beyond & (found < energy)]
    above = found[beyond & (found > energy)]
    lower, n_lower = _levels_below(
        factorisation, hamiltonian, np.array([energy - levels.radius, *below, energy - reach])
    )
    upper, n_upper = _levels_below(
        factorisation, hamiltonian, np.array([energy + reach, *above, energy + levels.radius])
    )
    between = np.count_nonzero((found > lower) & (found < upper))
    if n_upper - n_lower != between:
        raise CertificateError(
            f"{between} levels were found between E = {lower:.10g} and {upper:.10g}, where the "
            f"spectrum has {n_upper - n_lower}; take another solver, or another seed"
        )
    return n_lower + int(np.count_nonzero((found > lower) & (found < found[window][0])))


def _look_again(
    filtered: polfed.FilteredHamiltonian,
    levels: NearestLevels,
    window: slice,
    energy: float,
    rng: np.random.Generator,
) -> None:
    """Search once more for missed levels, where no factorisation can prove that there are none.

    Raises:
        CertificateError: if there is a level nearer to the target than the window's farthest.
    """
    target = (energy - filtered.centre) / filtered.scale
    half_width = levels.radius / polfed.CLAIMED / filtered.scale
    chosen = polfed.chebyshev_filter(target, half_width)
    ends = (levels.energies[window][[0, -1]] - filtered.centre) / filtered.scale
    strongest = polfed.strongest_missed(filtered, levels.vectors, chosen, rng)
    if strongest > chosen(ends).min():
        raise CertificateError(
            f"a second search near E = {energy:.6g} saw a level that the first one missed; take "
            "another seed, or solver: dense"
        )


class WindowSolver:
    """Windows of many realisations of one chain.

    PARDISO's analysis is done once. Use it as a context manager, so that MKL's memory is given
    back.

    Args:
        chain: the chain without disorder.
        solver: "auto" (see `choose_solver`), "dense", "shift_invert" or "polfed".
        tolerance: largest ||H v - E v||, in units of J.
        device: for POLFED: "cpu", "cuda", or "auto", a GPU where torch sees one.

    Raises:
        MissingDependencyError: if "shift_invert" is asked for without MKL PARDISO.
    """

    def __init__(
        self,
        chain: XXZChain,
        *,
        solver: Solver = "auto",
        tolerance: float = 1e-10,
        device: Device = "auto",
    ) -> None:
        if solver not in get_args(Solver):
            raise ValueError(f"solver is one of {', '.join(get_args(Solver))}, not {solver!r}")
        self.chain = chain
        self.solver: Solver = solver
        self.tolerance = tolerance
        self.device: Device = device
        self._factorisation: Factorisation | None = None
        if solver == "shift_invert":
            self._factorisation = SymmetricFactorisation(chain.bonds)

    def _factors(self) -> Factorisation | None:
        if self._factorisation is None:
            if pardiso.available():
                self._factorisation = SymmetricFactorisation(self.chain.bonds)
            elif self.chain.dimension <= SUPERLU_DIMENSION:
                self._factorisation = UnpivotedFactorisation(self.chain.bonds)
        return self._factorisation

    def close(self) -> None:
        """Give MKL's memory back."""
        if self._factorisation is not None:
            self._factorisation.close()
            self._factorisation = None

    def __enter__(self) -> "WindowSolver":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

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
            states: levels wanted.
            rng: stream of the start vectors; the same stream gives the same window.

        Returns:
            The window, converged; certified unless MKL PARDISO is missing and D exceeds 4000.

        Raises:
            NotConvergedError: if no route converges; CertificateError: if levels are missing.
            ValueError: if the window does not fit into the spectrum.
        """
        return self._solve(fields, energy_density, None, states, rng)

    def window_at(
        self,
        fields: Float[np.ndarray, " L"],
        energy: float,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        """The levels nearest to an energy, in units of J; otherwise as `window`."""
        return self._solve(fields, None, energy, states, rng)

    def _routes(self, states: int) -> list[Route]:
        D = self.chain.dimension
        first = choose_solver(D, states) if self.solver == "auto" else self.solver
        if first == "dense":
            return ["dense"]
        routes: list[Route] = [first]
        if first == "polfed" and pardiso.available():
            routes.append("shift_invert")
        if first == "shift_invert":
            routes.append("polfed")
        if D <= LAST_RESORT_DIMENSION:
            routes.append("dense")
        return routes

    def _solve(
        self,
        fields: Float[np.ndarray, " L"],
        energy_density: float | None,
        energy: float | None,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        begin, D = time.perf_counter(), self.chain.dimension
        if not 1 <= states <= D:
            raise ValueError(f"a window of {states} states does not fit into {D} levels")
        if energy_density is not None and not 0 <= energy_density <= 1:
            raise ValueError(f"an energy density lies between 0 and 1, not at {energy_density}")
        failures: list[str] = []
        missing = False
        for route in self._routes(states):
            try:
                if route == "dense":
                    window = self._dense(fields, energy_density, energy, states)
                else:
                    window = self._sparse(route, fields, energy_density, energy, states, rng)
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

    def _dense(
        self,
        fields: Float[np.ndarray, " L"],
        energy_density: float | None,
        energy: float | None,
        states: int,
    ) -> EigenWindow:
        spectrum, vectors = diagonalise(self.chain, fields)
        ends = spectrum[[0, -1]]
        target = _target(ends, energy_density, energy)
        start = int(_window_start(spectrum, ends, energy_density, target, states))
        kept = slice(start, start + states)
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
            first_level=start,
            extremal_energies=ends,
            target_energy=target,
            solver="dense",
            cost=Cost(seconds=0.0, subspace=self.chain.dimension),
        )

    def _sparse(
        self,
        route: Route,
        fields: Float[np.ndarray, " L"],
        energy_density: float | None,
        energy: float | None,
        states: int,
        rng: np.random.Generator,
    ) -> EigenWindow:
        hamiltonian = self.chain.sparse(fields)
        ends = extremal_energies(hamiltonian)
        target = _target(ends, energy_density, energy)
        factors = self._factors()
        before = 0 if factors is None else factors.factorisations
        if factors is not None:
            factors.set_diagonal(hamiltonian.diagonal())
        count = states + max(6, states // 16)  # a few more, to see the window's ends
        if route == "shift_invert":
            assert isinstance(factors, SymmetricFactorisation)
            levels = shift_invert.nearest_levels(
                hamiltonian, factors, target, count, rng, tolerance=self.tolerance
            )
        else:
            filtered = polfed.FilteredHamiltonian(hamiltonian, ends, self.device)
            levels = polfed.nearest_levels(
                hamiltonian, filtered, target, count, rng, tolerance=self.tolerance
            )
        start = int(_window_start(levels.energies, ends, energy_density, target, states))
        kept = slice(start, start + states)
        first_level = None
        if factors is not None:
            first_level = certify(factors, hamiltonian, levels, kept, target)
        elif route == "polfed":
            _look_again(filtered, levels, kept, target, rng)
        return EigenWindow(
            energies=levels.energies[kept],
            vectors=np.asfortranarray(levels.vectors[:, kept]),
            residuals=levels.residuals[kept],
            converged=True,
            certified=factors is not None,
            first_level=first_level,
            extremal_energies=ends,
            target_energy=target,
            solver=route,
            cost=Cost(
                seconds=0.0,
                factorisations=0 if factors is None else factors.factorisations - before,
                products=levels.products,
                subspace=levels.subspace,
                factor_memory=0 if factors is None else factors.memory,
            ),
        )


def _target(ends: np.ndarray, energy_density: float | None, energy: float | None) -> float:
    if energy is None:
        assert energy_density is not None
        energy = ends[0] + energy_density * (ends[1] - ends[0])
    return float(energy)


def _window_start(
    energies: np.ndarray, ends: np.ndarray, energy_density: float | None, target: float, states: int
) -> int:
    """Where the window starts among some levels, by the pipeline's one definition of a window."""
    if energy_density is None:
        return int(nearest_windows(energies, np.array([target]), states)[0])
    densities = (energies - ends[0]) / (ends[1] - ends[0])
    return int(nearest_windows(densities, np.array([energy_density]), states)[0])


def eigenwindow(
    chain: XXZChain,
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
    with WindowSolver(chain, solver=solver, tolerance=tolerance, device=device) as windows:
        return windows.window(fields, energy_density, states, rng)
