"""Compiled kernel: exp(-iHt)|psi> for one H at a time.

For few members of a long chain, most lanes of `spinlearn.spins.chebyshev` would be empty. This
kernel takes one member. Of an off-diagonal element it reads the column, 4 bytes, and the value only
if the values differ. The Chebyshev vectors T_k(h)|psi> go forward: one pass over the rows makes the
product, the three-term recurrence and the sum of the series. Coefficients are real at even orders
and imaginary at odd ones; each parity has its own sum. So the vectors of a real state stay real,
which takes 0.6 times as long.
"""
# mypy: disable-error-code="no-untyped-def"

from typing import NamedTuple, no_type_check

import numpy as np
from jaxtyping import Float, UInt32
from numba import types
from numba.extending import overload

from spinlearn.spins.chebyshev import (
    Batch,
    Block,
    Evolution,
    bessel,
    series_order,
    spectral_bounds,
    starts,
)
from spinlearn.spins.compiling import compiled

FEW = 4
"""Largest number of members that are evolved one by one."""

MIN_ROWS = 300
"""Rows of a block per member from which they are: below, registers full of members are faster."""


class Hops(NamedTuple):
    """Off-diagonal elements of a block by rows, without the filling of `Block`.

    Element e is `weight * factors[e]`, or just `weight` for all if `factors` is None.
    Indices without a sign: Numba need not test whether they are negative (1.5 times faster).
    """

    first: UInt32[np.ndarray, " d1"]
    columns: UInt32[np.ndarray, " nnz"]
    weight: float
    factors: Float[np.ndarray, " nnz"] | None

    def magnitudes(self) -> "Hops":
        """The magnitudes of the elements."""
        factors = None if self.factors is None else np.abs(self.factors)
        return self._replace(weight=abs(self.weight), factors=factors)


def find_hops(block: Block) -> Hops | None:
    """The off-diagonal elements of a block if `evolve_few` can be used on it, else None.

    It has at least `MIN_ROWS` rows and no flips.
    """
    if block.rows.size < MIN_ROWS or block.flips.shape[1]:
        return None
    stored = block.weights != 0
    weights = block.weights[stored]
    first = np.concatenate([[0], np.cumsum(stored)])[block.first].astype(np.uint32)
    columns = block.columns[stored].astype(np.uint32)
    if np.ptp(weights) == 0:
        return Hops(first, columns, float(weights[0]), None)
    largest = float(np.abs(weights).max())
    return Hops(first, columns, largest, weights / largest)


def are_few(block: Block, members: int) -> bool:
    """Whether `evolve_few` is faster than `evolve_block`, as measured at 12, 14 and 16 sites."""
    return members <= FEW and members * MIN_ROWS <= block.rows.size


def times(factor, amplitude):
    """factor * amplitude, for a real factor and a real or complex amplitude.

    Compiled, it is `_times`, since Numba's own product makes the factor complex and takes twice
    the time.
    """
    return factor * amplitude


@overload(times, inline="always")  # 1.5 times faster than LLVM's inlining
def _times(factor, amplitude):
    if isinstance(amplitude, types.Complex):
        return lambda factor, amplitude: complex(factor * amplitude.real, factor * amplitude.imag)
    return lambda factor, amplitude: factor * amplitude


@compiled
@no_type_check
def tightened(first, columns, weight, factors, levels, radius, lower, upper, time):
    """Rigorous bounds (lower, upper) of the spectrum, not wider than those given.

    For a matrix D + A with diagonal D and any positive v the largest eigenvalue is at most
    max_i (D_i + (|A| v)_i / v_i): Gershgorin's discs after the similarity transformation diag(v)
    (Horn and Johnson, Matrix Analysis, corollary 6.1.6). v = 1 gives the discs themselves, and
    power iteration of D + |A| makes them tighter. The smallest eigenvalue is the largest of -D - A.
    The real part of a row of `v` belongs to the upper bound, the imaginary part to the lower one.
    The iteration ends when it saves fewer orders of the series than it costs.

    Args:
        first, columns, weight, factors: |A|; `Hops.magnitudes`.
        levels: D.
        radius: sum of each row of |A|.
        lower, upper: bounds that are known.
        time: not negative.
    """
    bottom, top = levels.min(), levels.max()
    # Any positive vector will do: floors keep it so.
    v = np.maximum(radius + levels - bottom, 1e-100) + 1j * np.maximum(
        radius + top - levels, 1e-100
    )
    following = np.empty_like(v)
    saved = np.inf
    while saved > 2.0:
        high, low = -np.inf, np.inf
        scale = 1.0 / (top - bottom + weight)
        e = first[0]
        for r in range(levels.size):
            end = first[r + 1]
            total = 0.0j
            while e < end:
                if factors is None:
                    total += v[columns[e]]
                else:
                    total += times(factors[e], v[columns[e]])
                e += 1
            up, down = weight * total.real, weight * total.imag
            high = max(high, levels[r] + up / v[r].real)
            low = min(low, levels[r] - down / v[r].imag)
            up += (levels[r] - bottom) * v[r].real
            down += (top - levels[r]) * v[r].imag
            following[r] = complex(max(scale * up, 1e-100), max(scale * down, 1e-100))
        v, following = following, v
        saved = 0.5 * time * (max(upper - high, 0.0) + max(low - lower, 0.0))
        upper, lower = min(upper, high), max(lower, low)
    return lower, upper


@compiled
@no_type_check
def forward(first, columns, weight, factors, levels, scale, ahead, behind, coefficient, total):
    """behind <- scale h ahead - behind; total += coefficient behind.

    `factors` is an argument of its own, so that Numba compiles only one of the branches.
    """
    weight *= scale
    e = first[0]
    for r in range(levels.size):
        end = first[r + 1]
        hopped = 0.0 * ahead[r]
        while e < end:
            if factors is None:
                hopped += ahead[columns[e]]
            else:
                hopped += times(factors[e], ahead[columns[e]])
            e += 1
        value = scale * levels[r] * ahead[r] + weight * hopped - behind[r]
        behind[r] = value
        total[r] += coefficient * value


@compiled
@no_type_check
def evolve_one(hops, levels, psi, bounds, time, tolerance):
    """exp(-iHt)|psi>, with the order and the truncation error of the series.

    Args:
        hops: off-diagonal elements; `Hops`.
        levels: diagonal.
        psi: the initial state, real or complex.
        bounds: lower and upper bound of the spectrum.
        time: not negative.
        tolerance: bound of the truncation error.
    """
    first, columns, weight, factors = hops
    lower, upper = bounds
    centre = 0.5 * (upper + lower)
    # One per cent of room keeps rounding errors from growing at the ends of [-1, 1].
    width = max(0.505 * (upper - lower), 1e-8)
    order, truncation = series_order(width * time, tolerance)
    table = np.empty((order + 1, 1))
    bessel(width * time, order, 0, table)
    scaled = levels - centre
    ahead, behind = psi.copy(), np.zeros_like(psi)
    even, odd = table[0, 0] * psi, np.zeros_like(psi)
    for k in range(1, order + 1):
        coefficient = (2.0 if k % 4 < 2 else -2.0) * table[k, 0]
        # T_1 = h psi; later T_{k+1} = 2 h T_k - T_{k-1}.
        scale = (1.0 if k == 1 else 2.0) / width
        total = even if k % 2 == 0 else odd
        forward(first, columns, weight, factors, scaled, scale, ahead, behind, coefficient, total)
        ahead, behind = behind, ahead
    return np.exp(-1j * centre * time) * (even - 1j * odd), order, truncation


def evolve_few(
    block: Block, hops: Hops, batch: Batch, time: float, tolerance: float, out: Evolution
) -> None:
    """exp(-i H_n time)|psi> on one block, one candidate after the other.

    Arguments and results are those of `spinlearn.spins.chebyshev.evolve_block`, and the elements
    that `find_hops` found.
    """
    sizes = hops.magnitudes()
    lower, upper = spectral_bounds(block, batch)
    own = starts(batch)
    for c in range(len(batch.diagonals)):
        levels = batch.diagonals[c, block.rows] + block.diagonal
        psi = batch.states[own[c], block.rows]
        start = psi if psi.imag.any() else np.ascontiguousarray(psi.real)
        bounds = tightened(*sizes, levels, block.radius, lower[c], upper[c], time)
        found, order, truncation = evolve_one(hops, levels, start, bounds, time, tolerance)
        out.states[c, block.rows] = found
        out.order[c] = max(out.order[c], order)
        out.truncation[c] = max(out.truncation[c], truncation)
