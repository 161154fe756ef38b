"""Polynomially filtered block Lanczos (POLFED): interior levels from matvecs only.

Sierant, Lewenstein and Zakrzewski, Phys. Rev. Lett. 125, 156601 (2020). The spectrum is mapped on
[-1, 1]. The filter P(x) = sum_{n<=K} c_n T_n(x)/norm with c_n = (2 - delta_n0) cos(n arccos x_0), a
delta function cut off at order K, is largest at the target x_0. So the wanted levels are at the top
of the spectrum of P(H), where Lanczos converges first. K is chosen such that P falls to 0.17 at the
ends of an interval that contains them; the largest side lobe is 0.13.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, no_type_check

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from spinlearn.pipeline.errors import MissingDependencyError, NotConvergedError
from spinlearn.spins.block_lanczos import BlockLanczos, NearestLevels, rayleigh_ritz
from spinlearn.spins.choices import Device
from spinlearn.spins.compiling import compiled
from spinlearn.spins.lanes import WIDTH, fill, fma, get, load, mul, store, sub

EDGE_VALUE = 0.17
"""Value of the filter at the ends of the interval whose levels are wanted."""

MAX_ATTEMPTS = 3
"""Number of intervals that are tried, each with 1.5 times as many levels as the last."""

N_MOMENTS = 256
"""Chebyshev moments of the density of states; its resolution is pi/256 of the spectrum's width."""

CLAIMED_FRACTION = 0.97
"""Fraction of the interval's half-width within which all levels must be found; P is 0.2 there."""

Array = Any
"""A NumPy array or a torch tensor."""


@compiled
@no_type_check
def clenshaw_step(first, columns, weights, diagonal, x, ahead, behind, c, scale):
    """behind <- c x + scale h ahead - behind on a block of WIDTH columns, row-major and flat.

    Args:
        first, columns, weights: off-diagonal elements of h by rows; columns are offsets in doubles.
        diagonal: diagonal of h.
    """
    c_lanes = fill(c)
    entry = 0
    for r in range(diagonal.size):
        o = r * WIDTH
        total = sub(mul(c_lanes, load(x, o)), load(behind, o))
        total = fma(fill(scale * get(diagonal, r)), load(ahead, o), total)
        end = get(first, r + 1)
        while entry < end:
            weight = fill(scale * get(weights, entry))
            total = fma(weight, load(ahead, get(columns, entry)), total)
            entry += 1
        store(behind, o, total)


class _CompiledRecurrence:
    """The recurrence by a compiled kernel on the CPU, WIDTH columns at a time."""

    def __init__(self, h: sp.csr_matrix) -> None:
        off = sp.csr_matrix(h - sp.diags(h.diagonal()))
        off.eliminate_zeros()
        self._elements = (
            off.indptr.astype(np.int64),
            off.indices.astype(np.int64 if off.shape[0] * WIDTH >= 2**31 else np.int32) * WIDTH,
            off.data.astype(np.float64),
            np.ascontiguousarray(h.diagonal()),
        )

    def start(self, block: np.ndarray) -> Array:
        return np.ascontiguousarray(block)

    def zeros(self, block: Array) -> Array:
        return np.zeros_like(block)

    def step(self, x: Array, ahead: Array, behind: Array, c: float, scale: float) -> Array:
        clenshaw_step(*self._elements, x.ravel(), ahead.ravel(), behind.ravel(), c, scale)
        return behind

    def host(self, block: Array) -> np.ndarray:
        return block


class _TorchRecurrence:
    """The recurrence with torch's sparse matrices, on any of its devices."""

    def __init__(self, h: sp.csr_matrix, device: str) -> None:
        import torch

        from spinlearn.torch_device import usable_device

        self._torch, self._device = torch, usable_device("device", device)
        first, columns = torch.as_tensor(h.indptr).long(), torch.as_tensor(h.indices).long()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
            self._h = torch.sparse_csr_tensor(
                first,
                columns,
                torch.as_tensor(h.data.astype(np.float64)),
                size=h.shape,
                device=self._device,
                check_invariants=True,
            )

    def start(self, block: np.ndarray) -> Array:
        return self._torch.as_tensor(np.ascontiguousarray(block), device=self._device)

    def zeros(self, block: Array) -> Array:
        return self._torch.zeros_like(block)

    def step(self, x: Array, ahead: Array, behind: Array, c: float, scale: float) -> Array:
        return (self._h @ ahead).mul_(scale).add_(x, alpha=c).sub_(behind)

    def host(self, block: Array) -> np.ndarray:
        return block.cpu().numpy()


@dataclass(frozen=True)
class Filter:
    """The filter P on [-1, 1].

    Attributes:
        target: x_0.
        half_width: P is at least `EDGE_VALUE` for |x - x_0| <= half_width.
        coefficients: of T_0 ... T_K, such that P(x_0) = 1.
    """

    target: float
    half_width: float
    coefficients: Float[np.ndarray, " orders"]

    @property
    def order(self) -> int:
        """K, the number of matvecs per application to one vector."""
        return self.coefficients.size - 1

    def __call__(self, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        """P(x)."""
        return np.polynomial.chebyshev.chebval(x, self.coefficients)

    @property
    def claimed_value(self) -> float:
        """Smallest value of P where the solver claims to find every level."""
        ends = self.target + CLAIMED_FRACTION * self.half_width * np.array([-1.0, 1.0])
        return float(self(np.clip(ends, -1.0, 1.0)).min())


def chebyshev_filter(target: float, half_width: float) -> Filter:
    """The filter of highest order that is still at least 0.17 at x_0 +- half_width.

    Far from the ends of [-1, 1] that is K = 2.655 sqrt(1 - x_0^2)/half_width. An interval that
    reaches beyond -1 or 1 is cut off there.

    Raises:
        ValueError: if the interval holds all of [-1, 1].
    """
    ends = np.clip([target - half_width, target + half_width], -1.0, 1.0)
    if np.abs(ends).min() == 1.0:
        raise ValueError("an interval as wide as the spectrum needs no filter")
    n = np.arange(1 + int(8 / half_width))
    factor = 2.0 * np.cos(n * np.arccos(target))
    factor[0] = 1.0
    norms = np.cumsum(factor * np.cos(n * np.arccos(target)))
    values = np.cumsum(factor * np.cos(np.arccos(ends)[:, None] * n), axis=1) / norms
    low = np.flatnonzero(values.min(axis=0) < EDGE_VALUE)
    order = max(1, int(low[0]) - 1 if low.size else n.size - 1)
    return Filter(target, half_width, factor[: order + 1] / norms[order])


@dataclass(frozen=True)
class DensityOfStates:
    """Chebyshev moments of the density of states on [-1, 1], damped by Jackson's kernel."""

    moments: Float[np.ndarray, " N"]
    dimension: int

    def count(self, low: float, high: float) -> float:
        """Levels between two points of [-1, 1]."""
        start, stop = np.arccos(np.clip([high, low], -1.0, 1.0))
        n = np.arange(1, self.moments.size)
        series = self.moments[1:] * (np.sin(n * stop) - np.sin(n * start)) / n
        return float(self.dimension / np.pi * (self.moments[0] * (stop - start) + 2 * series.sum()))

    def half_width(self, target: float, wanted: float) -> float:
        """Half-width of the interval around the target that contains `wanted` levels."""
        low, high = 0.0, 2.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            if self.count(target - middle, target + middle) < wanted:
                low = middle
            else:
                high = middle
        return high


def _jackson(count: int) -> np.ndarray:
    n, q = np.arange(count), np.pi / (count + 1)
    return ((count - n + 1) * np.cos(n * q) + np.sin(n * q) / np.tan(q)) / (count + 1)


class FilteredHamiltonian:
    """H mapped on [-1, 1], its filters and its density of states.

    Args:
        hamiltonian: H, symmetric.
        extremal_energies: E_min and E_max.
        device: "cpu" (compiled kernel), "cuda" (torch), or "auto": a GPU if torch finds one.

    Raises:
        MissingDependencyError: if "cuda" is asked for and torch finds no GPU.
    """

    def __init__(
        self,
        hamiltonian: sp.csr_matrix,
        extremal_energies: Float[np.ndarray, "2"],
        device: Device = "auto",
    ) -> None:
        low, high = extremal_energies
        self.dimension = hamiltonian.shape[0]
        self.centre = 0.5 * (high + low)
        # A margin, so that rounding in the extremes cannot push a level out of [-1, 1].
        self.scale = 0.5 * (high - low) * (1 + 1e-6)
        shift = sp.identity(self.dimension, format="csr") * self.centre
        h = sp.csr_matrix((hamiltonian - shift) / self.scale)
        self.matvecs = 0
        self.device = resolve_device(device)
        self._recurrence: _CompiledRecurrence | _TorchRecurrence = (
            _CompiledRecurrence(h) if self.device == "cpu" else _TorchRecurrence(h, self.device)
        )

    def start(self, block: Float[np.ndarray, "D s"]) -> Array:
        """A block on the device where the work is done."""
        return self._recurrence.start(block)

    def host(self, block: Array) -> np.ndarray:
        """A block as a NumPy array."""
        return self._recurrence.host(block)

    def apply(self, coefficients: Float[np.ndarray, " n"], block: Array) -> Array:
        """sum_n c_n T_n(h) X by Clenshaw's recurrence: two work blocks, one matvec per order."""
        run = self._recurrence
        x = run.start(block) if isinstance(block, np.ndarray) else block.contiguous()
        ahead, behind = x * float(coefficients[-1]), run.zeros(x)
        for k in range(coefficients.size - 2, -1, -1):
            new = run.step(x, ahead, behind, float(coefficients[k]), 2.0 if k > 0 else 1.0)
            ahead, behind = new, ahead
        self.matvecs += (coefficients.size - 1) * x.shape[1]
        return ahead

    def density_of_states(self, rng: np.random.Generator) -> DensityOfStates:
        """Density of states by the kernel polynomial method (Weisse et al., RMP 78, 275 (2006)).

        mu_n = Tr T_n(h)/D from WIDTH random vectors of signs, two moments per matvec:
        2 T_m T_n = T_{m+n} + T_{m-n}.
        """
        run = self._recurrence
        signs = rng.choice([-1.0, 1.0], size=(self.dimension, WIDTH))
        before = run.start(signs)
        now = run.step(before, before, run.zeros(before), 0.0, 1.0)
        sums = np.zeros(N_MOMENTS)
        sums[0], sums[1] = self.dimension * WIDTH, float((now * before).sum())
        first, second = sums[0], sums[1]
        for n in range(1, N_MOMENTS // 2):
            sums[2 * n] = 2 * float((now * now).sum()) - first
            new = run.step(before, now, before, 0.0, 2.0)
            before, now = now, new
            sums[2 * n + 1] = 2 * float((now * before).sum()) - second
        self.matvecs += WIDTH * (N_MOMENTS // 2)
        return DensityOfStates(sums / sums[0] * _jackson(N_MOMENTS), self.dimension)


def resolve_device(device: Device) -> str:
    """The device for a setting: "cpu", or "cuda" if torch finds a GPU."""
    if device == "cpu":
        return "cpu"
    try:
        import torch

        found = torch.cuda.is_available()
    except ModuleNotFoundError:  # the environment of the physics rules has no torch
        found = False
    if found:
        return "cuda"
    if device == "cuda":
        raise MissingDependencyError(
            "device: cuda, but torch finds no GPU; install a CUDA build of torch, or set "
            "device: cpu"
        )
    return "cpu"


def nearest_levels(
    hamiltonian: sp.csr_matrix,
    filtered: FilteredHamiltonian,
    energy: float,
    count: int,
    rng: np.random.Generator,
    *,
    tolerance: float = 1e-10,
    max_subspace: int | None = None,
) -> NearestLevels:
    """At least `count` levels nearest to an energy, by block Lanczos on the filtered H.

    The Krylov space starts with about 20.4 s + 1.7 N vectors, where s is the size of a block and N
    the number of levels in the interval (Sierant et al.). It grows until all levels within 0.97 of
    the interval have converged and no new level appears. A Rayleigh-Ritz step with H separates
    levels on different sides of the target at which P has the same value. If the interval contains
    too few levels, or the space reaches its capacity, a wider interval is tried.

    Args:
        hamiltonian: H, symmetric.
        filtered: the same H with its spectral map.
        energy: target, in units of J.
        count: levels wanted.
        rng: stream of start blocks and of the density of states.
        tolerance: largest ||H v - E v||.
        max_subspace: largest Krylov space; by default four times the expected one.

    Returns:
        All levels within `radius` of the target, at least `count`.

    Raises:
        NotConvergedError: if no attempt converges.
    """
    D, matvecs, size = filtered.dimension, filtered.matvecs, 0
    if D < 4 * WIDTH or count > D // 2:
        raise NotConvergedError(
            f"POLFED cannot find {count} of {D} levels; set solver: dense, or ask for fewer states"
        )
    target = float(np.clip((energy - filtered.centre) / filtered.scale, -1.0, 1.0))
    density = filtered.density_of_states(rng)
    wanted = 1.15 * count + 8
    for _ in range(MAX_ATTEMPTS):
        chosen = chebyshev_filter(target, density.half_width(target, min(wanted, 0.5 * D)))
        expected = int(1.7 * wanted + 20.4 * WIDTH)
        capacity = min(max_subspace or 4 * expected, D - WIDTH)
        capacity -= capacity % WIDTH
        start = filtered.start(rng.standard_normal((D, WIDTH)))
        space = BlockLanczos(partial(filtered.apply, chosen.coefficients), start, capacity)
        for ritz_vectors in _grow_until_converged(space, filtered, chosen, expected, tolerance):
            levels = _extract_levels(hamiltonian, filtered, chosen, ritz_vectors, energy)
            if (levels.residuals < tolerance).all():
                break
        else:
            levels = None
        if levels is not None and levels.energies.size >= count:
            return replace(levels, matvecs=filtered.matvecs - matvecs, subspace=space.size)
        size = space.size
        wanted *= 1.5
    raise NotConvergedError(
        f"POLFED did not find {count} levels near E = {energy:.6g} (dimension {D}) with residuals "
        f"below {tolerance:.0e} in {MAX_ATTEMPTS} attempts, the last in a space of {size}; ask for "
        "fewer states, allow a larger residual, or set solver: shift_invert or dense"
    )


def _grow_until_converged(
    space: BlockLanczos,
    filtered: FilteredHamiltonian,
    chosen: Filter,
    expected: int,
    tolerance: float,
) -> Iterator[Float[np.ndarray, "D n"]]:
    """Ritz vectors of the filter's interval, each time all of its levels seem to have converged.

    The criteria: the residuals estimated for H are small, and the number of levels no longer grows.
    (If a level is missing, the number grows when the space grows.)
    """
    check, last_seen = expected, -1
    while space.can_grow:
        space.extend()
        if space.size < min(check, space.capacity):
            continue
        check = space.size + max(2 * WIDTH, expected // 12)
        values, y, tail = space.ritz()
        top, seen = values >= EDGE_VALUE, last_seen
        claimed = values[top] >= chosen.claimed_value
        last_seen = int(claimed.sum())
        # The residual with H is larger than with P, by up to the width of the spectrum over 0.17.
        estimates = np.linalg.norm(tail[:, top], axis=0) * filtered.scale / EDGE_VALUE
        if last_seen == seen and not (estimates[claimed] > tolerance).any():
            yield filtered.host(space.combine(y[:, top]))


def _extract_levels(
    hamiltonian: sp.csr_matrix,
    filtered: FilteredHamiltonian,
    chosen: Filter,
    ritz_vectors: Float[np.ndarray, "D n"],
    energy: float,
) -> NearestLevels:
    """Levels in the claimed part of the filter's interval, by a Rayleigh-Ritz step with H."""
    energies, vectors, residuals = rayleigh_ritz(hamiltonian.dot, ritz_vectors)
    radius = CLAIMED_FRACTION * chosen.half_width * filtered.scale
    inside = np.abs(energies - energy) < radius
    return NearestLevels(
        energies=energies[inside],
        vectors=np.asfortranarray(vectors[:, inside]),
        residuals=residuals[inside],
        radius=radius,
    )


def strongest_missed(
    filtered: FilteredHamiltonian,
    vectors: Float[np.ndarray, "D n"],
    chosen: Filter,
    rng: np.random.Generator,
    *,
    steps: int = 12,
) -> float:
    """Largest Ritz value of the filter in the space orthogonal to the levels found.

    This is a second search for missed levels, from another start block. A Ritz value never exceeds
    the largest eigenvalue. So if it exceeds the filter's value at the farthest level found, a level
    was missed. Otherwise it is good evidence, but not a proof, that none was missed.

    Args:
        filtered: H with its spectral map.
        vectors: orthonormal eigenvectors found.
        chosen: filter; see `chebyshev_filter`.
        rng: stream of the start block.
        steps: blocks in the Krylov space.
    """
    found = filtered.start(vectors)

    def deflated(block: Array) -> Array:
        inside = block - found @ (found.T @ block)
        image = filtered.apply(chosen.coefficients, inside)
        return image - found @ (found.T @ image)

    start = filtered.start(rng.standard_normal((filtered.dimension, WIDTH)))
    space = BlockLanczos(deflated, start - found @ (found.T @ start), steps * WIDTH)
    while space.can_grow:
        space.extend()
    return float(space.ritz()[0][-1])
