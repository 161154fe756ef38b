"""Compiled kernel: exp(-i H_n t)|psi> for many H_n that share their off-diagonal elements.

Candidates are the lanes of vector registers. A tile of `TILE` candidates goes through the Chebyshev
series together by Clenshaw's recurrence. It needs two work vectors, and reads the initial state
again at each order. Amplitudes are stored as [row, re | im, candidate], with separate real and
imaginary parts since the matrices are real. At L = 8 the largest S^z block of a tile fits into the
first-level cache. Lanes never mix, so the result for a candidate does not depend, to the last bit,
on the rest of its tile.

Numba does not know that the work vectors do not overlap, and does not vectorise the recurrence.
Explicit lanes (LLVM vectors of 8 doubles, legal on every target) make it 3 to 5 times faster. The
functions for one row are inlined by Numba itself (`inline="always"`); otherwise LLVM would return
their registers through memory.
"""
# mypy: disable-error-code="no-untyped-def"

from typing import Any, NamedTuple, no_type_check

import numpy as np
from jaxtyping import Complex, Float, Int

from spinlearn.spins.compiling import compiled
from spinlearn.spins.lanes import WIDTH, fill, fma, get, load, mul, store, sub

TILE = 2 * WIDTH
"""Candidates that go through the recurrence together."""

ROW = 2 * TILE
"""Doubles that a tile takes for one basis state: real and imaginary parts."""


class Block(NamedTuple):
    """H_0 on a set of basis states that H_0 and the flips connect to each other only.

    Attributes:
        rows: the basis states of the block.
        first, columns, weights: off-diagonal elements by rows, columns counted within the block,
            each row filled up with a zero to an even number of elements.
        diagonal: diagonal of H_0.
        radius: sum of the magnitudes of each row's off-diagonal elements.
        extremes: smallest and largest eigenvalue of H_0 on the block, or bounds of them.
        off_diagonal_extremes: the same for H_0 without its diagonal.
        flips: column to which the flip of each site with a transverse field takes each row.
    """

    rows: Int[np.ndarray, " d"]
    first: Int[np.ndarray, " d1"]
    columns: Int[np.ndarray, " nnz"]
    weights: Float[np.ndarray, " nnz"]
    diagonal: Float[np.ndarray, " d"]
    radius: Float[np.ndarray, " d"]
    extremes: Float[np.ndarray, " 2"]
    off_diagonal_extremes: Float[np.ndarray, " 2"]
    flips: Int[np.ndarray, "d F"]


class Batch(NamedTuple):
    """The candidates: the terms that each adds to H_0, and the initial states.

    Attributes:
        diagonals: diagonal that each adds to H_0.
        flip_weights: matrix elements of its flips.
        flip_radius: sum of their magnitudes.
        states: initial states, fewer than candidates if some share one; see `starts`.
    """

    diagonals: Float[np.ndarray, "n D"]
    flip_weights: Float[np.ndarray, "n F"]
    flip_radius: Float[np.ndarray, " n"]
    states: Complex[np.ndarray, "_ D"]


class Evolution(NamedTuple):
    """Evolved states, with the orders and truncation errors of their series.

    Attributes:
        states: exp(-i H_n t)|psi_n>.
        order: highest Chebyshev order of each; 0 from an eigendecomposition.
        truncation: bound of the truncation error of the series, for each block's part of a
            normalised state; 0 from an eigendecomposition.
    """

    states: Complex[np.ndarray, "n D"]
    order: Int[np.ndarray, " n"]
    truncation: Float[np.ndarray, " n"]


class OffDiagonal(NamedTuple):
    """Off-diagonal elements and flips of a block; columns are offsets in doubles in a tile."""

    first: Any
    columns: Any
    weights: Any
    flips: Any


class Tile(NamedTuple):
    """Input of the recurrence for `TILE` candidates on one block; the candidate is the last axis.

    Attributes:
        scale: 2/half-width of each spectrum.
        levels: 2 (diagonal - centre)/half-width, row by row.
        flip_weights: matrix elements of the flips, site by site.
        initial: initial states; if the tile's candidates share one, a pair (re, im) per row.
        orders: order of each candidate's series.
    """

    scale: Any
    levels: Any
    flip_weights: Any
    initial: Any
    orders: Any


@compiled
@no_type_check
def aligned(size):
    """An array that starts at a cache line, so that no register extends over two lines."""
    room = np.empty(size + WIDTH)
    start = -(room.ctypes.data // 8) % WIDTH
    return room[start : start + size]


@compiled
@no_type_check
def series_order(x, tolerance):
    """Smallest safe K with 2 sum_{k>K} |J_k(x)| <= tolerance, and the bound of that sum.

    K and the bound are the order and the truncation error of the series of exp(-i x y), |y| <= 1.

    Kapteyn: |J_k(k sech a)| <= exp(-k (a - tanh a)) (DLMF 10.14.8); the ratio of successive bounds
    is at most e^-a, so that the tail is at most twice a geometric series. With x = k sech a the
    exponent is x (a cosh a - sinh a), convex in a; Newton's method from the right of the root
    stays right of it, on the safe side. For the smallest x the tail is below 2 (e^{x/2} - 1).
    """
    if x < 1e-100 or 2.0 * np.expm1(0.5 * x) <= tolerance:
        return 0, 2.0 * np.expm1(0.5 * x)
    wanted = np.log(2.0 / tolerance) + 2.0
    a = (3.0 * wanted / x) ** (1.0 / 3.0)
    if a > 1.0:
        a = min(a, max(np.log(2.0 * wanted / x) + 1.0, 2.0))
        while x * (a * np.cosh(a) - np.sinh(a)) < wanted:
            a += 1.0
    for _ in range(50):
        step = (x * (a * np.cosh(a) - np.sinh(a)) - wanted) / (x * a * np.sinh(a))
        a -= step
        if step < 1e-3 * a:
            break
    order = int(np.ceil(x * np.cosh(a)))
    while True:
        a = np.arccosh(order / x)
        bound = 2.0 * np.exp(-order * (a - np.tanh(a))) / (1.0 - np.exp(-a))
        if bound <= tolerance:
            return order - 1 if order > 0 else 0, bound
        order += 1


@compiled
@no_type_check
def bessel(x, order, column, table):
    """J_0(x) ... J_order(x) into a column of the table by Miller's backward recurrence.

    Normalised with J_0 + 2 sum_k J_2k = 1. Above `order` the functions are below the tolerance, and
    starting a few orders higher makes the error of the start smaller than rounding.
    """
    if x < 1e-8:
        term = 1.0
        for k in range(order + 1):
            table[k, column] = term
            term *= 0.5 * x / (k + 1)
        return
    above, here, total = 0.0, 1e-250, 0.0
    for k in range(order + 24, -1, -1):
        if k <= order:
            table[k, column] = here
        if k % 2 == 0:
            total += here if k == 0 else 2.0 * here
        above, here = here, 2.0 * k / x * here - above
    for k in range(order + 1):
        table[k, column] /= total


@compiled(inline="always")
@no_type_check
def off_diagonal_product(off_diagonal, flip_weights, ahead, r):
    """Row `r` of the off-diagonal part times `ahead`: two registers re, two registers im."""
    re0 = re1 = im0 = im1 = fill(0.0)
    columns, weights = off_diagonal.columns, off_diagonal.weights
    entry, end = get(off_diagonal.first, r), get(off_diagonal.first, r + 1)
    while entry < end:
        i, j = get(columns, entry), get(columns, entry + 1)
        u, w = fill(get(weights, entry)), fill(get(weights, entry + 1))
        re0 = fma(u, load(ahead, i), re0)
        re1 = fma(u, load(ahead, i + WIDTH), re1)
        im0 = fma(u, load(ahead, i + TILE), im0)
        im1 = fma(u, load(ahead, i + TILE + WIDTH), im1)
        re0 = fma(w, load(ahead, j), re0)
        re1 = fma(w, load(ahead, j + WIDTH), re1)
        im0 = fma(w, load(ahead, j + TILE), im0)
        im1 = fma(w, load(ahead, j + TILE + WIDTH), im1)
        entry += 2
    n_flips = flip_weights.size // TILE
    for f in range(n_flips):
        i = get(off_diagonal.flips, r * n_flips + f)
        w0, w1 = load(flip_weights, f * TILE), load(flip_weights, f * TILE + WIDTH)
        re0 = fma(w0, load(ahead, i), re0)
        re1 = fma(w1, load(ahead, i + WIDTH), re1)
        im0 = fma(w0, load(ahead, i + TILE), im0)
        im1 = fma(w1, load(ahead, i + TILE + WIDTH), im1)
    return re0, re1, im0, im1


@compiled(inline="always")
@no_type_check
def initial_row(initial, r, odd, shared):
    """Row `r` of the initial states, real and imaginary parts exchanged at odd orders."""
    if shared:
        real = fill(get(initial, 2 * r + 1 if odd else 2 * r))
        imaginary = fill(get(initial, 2 * r if odd else 2 * r + 1))
        return real, real, imaginary, imaginary
    real = r * ROW + (TILE if odd else 0)
    imaginary = r * ROW + (0 if odd else TILE)
    return (
        load(initial, real),
        load(initial, real + WIDTH),
        load(initial, imaginary),
        load(initial, imaginary + WIDTH),
    )


@compiled
@no_type_check
def step(off_diagonal, tile, ahead, behind, coefficients, k, shared):
    """behind <- a_k psi + 2 h ahead - behind, one order of Clenshaw's recurrence.

    h = (H - centre)/half-width; `tile` carries the factor 2 (taken out at order 0, where the
    recurrence ends with h itself). The factor (-i)^k of a_k exchanges real and imaginary part at
    odd orders; its sign is in the coefficients.
    """
    half = fill(0.5 if k == 0 else 1.0)
    scale0, scale1 = mul(half, load(tile.scale, 0)), mul(half, load(tile.scale, WIDTH))
    c0, c1 = load(coefficients, k * TILE), load(coefficients, k * TILE + WIDTH)
    odd = k % 2 == 1
    sign = fill(-1.0 if odd else 1.0)
    for r in range(tile.levels.size // TILE):
        re0, re1, im0, im1 = off_diagonal_product(off_diagonal, tile.flip_weights, ahead, r)
        pr0, pr1, pi0, pi1 = initial_row(tile.initial, r, odd, shared)
        d0 = mul(half, load(tile.levels, r * TILE))
        d1 = mul(half, load(tile.levels, r * TILE + WIDTH))
        o = r * ROW
        t = fma(c0, pr0, sub(mul(d0, load(ahead, o)), load(behind, o)))
        store(behind, o, fma(scale0, re0, t))
        o += WIDTH
        t = fma(c1, pr1, sub(mul(d1, load(ahead, o)), load(behind, o)))
        store(behind, o, fma(scale1, re1, t))
        o += WIDTH
        t = fma(mul(sign, c0), pi0, sub(mul(d0, load(ahead, o)), load(behind, o)))
        store(behind, o, fma(scale0, im0, t))
        o += WIDTH
        t = fma(mul(sign, c1), pi1, sub(mul(d1, load(ahead, o)), load(behind, o)))
        store(behind, o, fma(scale1, im1, t))


@compiled
@no_type_check
def spectral_bounds(block, batch):
    """Rigorous bounds (lower, upper) of each candidate's spectrum on a block, the best of three.

    They are Gershgorin's discs, Weyl's inequality for H_0 + diagonal, and Weyl's inequality for the
    off-diagonal part of H_0 + total diagonal. Flips widen each by their radius.
    """
    n = batch.diagonals.shape[0]
    lower, upper = np.empty(n), np.empty(n)
    for c in range(n):
        disc_low = diagonal_low = total_low = np.inf
        disc_high = diagonal_high = total_high = -np.inf
        for r in range(block.rows.size):
            d = batch.diagonals[c, block.rows[r]]
            e = d + block.diagonal[r]
            diagonal_low, diagonal_high = min(diagonal_low, d), max(diagonal_high, d)
            total_low, total_high = min(total_low, e), max(total_high, e)
            disc_low = min(disc_low, e - block.radius[r])
            disc_high = max(disc_high, e + block.radius[r])
        whole, off_diagonal = block.extremes, block.off_diagonal_extremes
        low = max(disc_low, whole[0] + diagonal_low, off_diagonal[0] + total_low)
        high = min(disc_high, whole[1] + diagonal_high, off_diagonal[1] + total_high)
        lower[c] = low - batch.flip_radius[c]
        upper[c] = high + batch.flip_radius[c]
    return lower, upper


@compiled
@no_type_check
def starts(batch):
    """Index of each candidate's initial state: the last have the last ones, others the first."""
    n = batch.diagonals.shape[0]
    return np.maximum(0, np.arange(n) - n + batch.states.shape[0])


@compiled
@no_type_check
def new_tile(block, batch):
    """Work space of a tile on a block."""
    size = block.rows.size
    return Tile(
        aligned(TILE),
        aligned(size * TILE),
        aligned(batch.flip_weights.shape[1] * TILE),
        aligned(size * ROW),
        np.empty(TILE, np.int64),
    )


@compiled
@no_type_check
def fill_initial(initial, block, states, lanes):
    """Copy the initial states of a tile, `states[lanes]`; return whether they are the first one."""
    shared = not lanes.any()
    for r in range(block.rows.size):
        if shared:
            initial[2 * r] = states[0, block.rows[r]].real
            initial[2 * r + 1] = states[0, block.rows[r]].imag
        else:
            for lane in range(TILE):
                initial[r * ROW + lane] = states[lanes[lane], block.rows[r]].real
                initial[r * ROW + TILE + lane] = states[lanes[lane], block.rows[r]].imag
    return shared


@compiled
@no_type_check
def fill_lane(tile, lane, block, batch, bounds, c):
    """Copy the terms of candidate `c` into a lane; return the half-width of its spectrum."""
    lower, upper = bounds
    centre = 0.5 * (upper[c] + lower[c])
    # One per cent of room keeps rounding errors from growing at the ends of [-1, 1].
    width = max(0.505 * (upper[c] - lower[c]), 1e-8)
    tile.scale[lane] = 2.0 / width
    for f in range(batch.flip_weights.shape[1]):
        tile.flip_weights[f * TILE + lane] = batch.flip_weights[c, f]
    for r in range(block.rows.size):
        level = batch.diagonals[c, block.rows[r]] + block.diagonal[r]
        tile.levels[r * TILE + lane] = 2.0 * (level - centre) / width
    return width


@compiled
@no_type_check
def series_coefficients(tile, time):
    """Coefficients a_k = 2 (-i)^k J_k of a tile; `step` supplies the factor -i of odd orders."""
    table = np.zeros((tile.orders.max() + 1, TILE))
    for lane in range(TILE):
        bessel(2.0 * time / tile.scale[lane], tile.orders[lane], lane, table)
    for k in range(1, table.shape[0]):
        factor = 2.0 if k % 4 < 2 else -2.0
        for lane in range(TILE):
            table[k, lane] *= factor
    return table.ravel()


@compiled
@no_type_check
def evolve_block(block, batch, time, tolerance, out):
    """exp(-i H_n time)|psi> on one block, for all candidates.

    Args:
        block: H_0; a `Block`.
        batch: the candidates; a `Batch`.
        time: not negative.
        tolerance: bound of the truncation error.
        out: `Evolution`; its states are written on the block, its orders and truncation errors
            become the maximum of their old values and those of this block.
    """
    size, n = block.rows.size, batch.diagonals.shape[0]
    flips = (block.flips * ROW).ravel()
    off_diagonal = OffDiagonal(block.first, block.columns * ROW, block.weights, flips)
    lower, upper = bounds = spectral_bounds(block, batch)
    # The narrowest spectrum first, so that the series of one tile have similar orders.
    candidates = np.argsort(upper - lower)
    tile, own = new_tile(block, batch), starts(batch)
    a, b = aligned(size * ROW), aligned(size * ROW)
    for start in range(0, n, TILE):
        # Lanes without a candidate of their own repeat the last one.
        members = candidates[np.minimum(start + np.arange(TILE), n - 1)]
        shared = fill_initial(tile.initial, block, batch.states, own[members])
        for lane, c in enumerate(members):
            width = fill_lane(tile, lane, block, batch, bounds, c)
            tile.orders[lane], bound = series_order(width * time, tolerance)
            out.order[c] = max(out.order[c], tile.orders[lane])
            out.truncation[c] = max(out.truncation[c], bound)
        coefficients = series_coefficients(tile, time)
        a[:] = 0.0
        b[:] = 0.0
        for k in range(tile.orders.max(), -1, -1):
            ahead, behind = (a, b) if k % 2 == 0 else (b, a)
            step(off_diagonal, tile, ahead, behind, coefficients, k, shared)
        for lane in range(min(TILE, n - start)):
            c = members[lane]
            phase = np.exp(-0.5j * (upper[c] + lower[c]) * time)
            for r in range(size):
                amplitude = complex(b[r * ROW + lane], b[r * ROW + TILE + lane])
                out.states[c, block.rows[r]] = phase * amplitude
