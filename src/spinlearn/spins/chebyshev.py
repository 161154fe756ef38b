"""Compiled kernel: exp(-i H_n t)|psi> for many H_n that share their off-diagonal elements.

Candidates are the lanes of vector registers. A tile of `TILE` candidates goes through the
Chebyshev series together by Clenshaw's recurrence, which needs two work vectors and reads the
initial state afresh at each order instead of adding up a third. Amplitudes lie as [row, re | im,
candidate], real and imaginary parts apart, since the matrices are real: at L = 8 the largest S^z
block of a tile stays in the first-level cache. Lanes never mix, so the result for a candidate does
not depend, to the last bit, on what else is in its tile.

Numba cannot see that the work vectors do not overlap and gives up on vectorising the recurrence;
explicit lanes (LLVM vectors of 8 doubles, legal on every target) make it 3 to 5 times faster.
"""
# mypy: disable-error-code="no-untyped-def"

from typing import no_type_check

import numpy as np

from spinlearn.spins.compiling import compiled
from spinlearn.spins.lanes import WIDTH, fill, fma, get, load, mul, store, sub

TILE = 2 * WIDTH
"""Candidates that go through the recurrence together."""


@no_type_check
def _aligned(size):
    """An array that starts at a cache line, so that no register is loaded from two."""
    room = np.empty(size + WIDTH)
    start = -(room.ctypes.data // 8) % WIDTH
    return room[start : start + size]


@no_type_check
def _series_order(x, tolerance):
    """Smallest safe K with 2 sum_{k>K} |J_k(x)| <= tolerance, and that bound.

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


@no_type_check
def _bessel(x, order, column, table):
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


@no_type_check
def _step(
    rows,
    first,
    columns,
    weights,
    flips,
    flip_weights,
    diagonal,
    scale,
    ahead,
    behind,
    coefficients,
    k,
    psi,
    shared,
):
    """behind <- a_k psi + 2 h ahead - behind, one order of Clenshaw's recurrence.

    h = (H - centre)/half-width; `diagonal` and `scale` carry the factor 2 (1 at the order 0, where
    the recurrence ends with h itself).
    """
    last = k == 0
    half = fill(0.5 if last else 1.0)
    scale0, scale1 = mul(half, load(scale, 0)), mul(half, load(scale, WIDTH))
    c0, c1 = load(coefficients, k * TILE), load(coefficients, k * TILE + WIDTH)
    zero = fill(0.0)
    odd = k % 2 == 1
    sign = fill(-1.0 if odd else 1.0)
    stride = 2 * TILE
    n_flips = flip_weights.size // TILE
    entry = 0
    for r in range(rows):
        re0 = zero
        re1 = zero
        im0 = zero
        im1 = zero
        end = get(first, r + 1)
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
        for f in range(n_flips):
            i = get(flips, r * n_flips + f)
            w0, w1 = load(flip_weights, f * TILE), load(flip_weights, f * TILE + WIDTH)
            re0 = fma(w0, load(ahead, i), re0)
            re1 = fma(w1, load(ahead, i + WIDTH), re1)
            im0 = fma(w0, load(ahead, i + TILE), im0)
            im1 = fma(w1, load(ahead, i + TILE + WIDTH), im1)
        o = r * stride
        d0 = mul(half, load(diagonal, r * TILE))
        d1 = mul(half, load(diagonal, r * TILE + WIDTH))
        if shared:
            pr0 = fill(get(psi, 2 * r + 1 if odd else 2 * r))
            pi0 = fill(get(psi, 2 * r if odd else 2 * r + 1))
            pr1 = pr0
            pi1 = pi0
        else:
            real = o + TILE if odd else o
            imaginary = o if odd else o + TILE
            pr0, pr1 = load(psi, real), load(psi, real + WIDTH)
            pi0, pi1 = load(psi, imaginary), load(psi, imaginary + WIDTH)
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


@no_type_check
def _evolve_block(
    rows,
    first,
    columns,
    weights,
    bond_diagonal,
    flips,
    flip_weights,
    diagonals,
    lower,
    upper,
    candidates,
    psi,
    time,
    tolerance,
    out,
    order,
    bound,
):
    """exp(-i H_n time)|psi> on one block, for all candidates; `time` is not negative.

    Args:
        rows: basis states of the block.
        first, columns, weights: off-diagonal elements by rows, as many as is even in each row;
            columns are counted within the block.
        bond_diagonal: diagonal of H_0 on the block.
        flips, flip_weights: (states in block, F) columns within the block, and (n, F) elements.
        diagonals: (n, D) what each candidate adds to the diagonal.
        lower, upper: (n) bounds of each candidate's spectrum on the block.
        candidates: order in which candidates are put into tiles.
        psi: (1, D) or (n, D) initial states.
        out: (n, D) final states, written on the block.
        order, bound: (n) raised to what this block takes.
    """
    size, n, n_flips = rows.size, candidates.size, flip_weights.shape[1]
    shared = psi.shape[0] == 1
    stride = 2 * TILE
    offsets = columns * stride
    flip_offsets = (flips * stride).ravel()
    levels = aligned(size * TILE)
    a, b = aligned(size * stride), aligned(size * stride)
    initial = aligned(2 * size if shared else size * stride)
    if shared:
        for r in range(size):
            initial[2 * r] = psi[0, rows[r]].real
            initial[2 * r + 1] = psi[0, rows[r]].imag
    scale, tile_flips = aligned(TILE), aligned(n_flips * TILE)
    orders = np.empty(TILE, np.int64)
    for start in range(0, n, TILE):
        highest = 0
        for lane in range(TILE):
            c = candidates[min(start + lane, n - 1)]
            centre = 0.5 * (upper[c] + lower[c])
            # One per cent of room keeps rounding errors from growing at the ends of [-1, 1].
            width = max(0.505 * (upper[c] - lower[c]), 1e-8)
            scale[lane] = 2.0 / width
            for f in range(n_flips):
                tile_flips[f * TILE + lane] = flip_weights[c, f]
            for r in range(size):
                level = diagonals[c, rows[r]] + bond_diagonal[r]
                levels[r * TILE + lane] = 2.0 * (level - centre) / width
                if not shared:
                    initial[r * stride + lane] = psi[c, rows[r]].real
                    initial[r * stride + TILE + lane] = psi[c, rows[r]].imag
            orders[lane], tail = series_order(width * time, tolerance)
            order[c] = max(order[c], orders[lane])
            bound[c] = max(bound[c], tail)
            highest = max(highest, orders[lane])
        series = np.zeros((highest + 1, TILE))
        for lane in range(TILE):
            bessel(2.0 * time / scale[lane], orders[lane], lane, series)
        for k in range(1, highest + 1):
            # a_k = 2 (-i)^k J_k; the factor -i of odd orders is dealt with in the step.
            factor = 2.0 if k % 4 < 2 else -2.0
            for lane in range(TILE):
                series[k, lane] *= factor
        a[:] = 0.0
        b[:] = 0.0
        coefficients = series.ravel()
        for k in range(highest, -1, -1):
            ahead, behind = (a, b) if k % 2 == 0 else (b, a)
            step(
                size,
                first,
                offsets,
                weights,
                flip_offsets,
                tile_flips,
                levels,
                scale,
                ahead,
                behind,
                coefficients,
                k,
                initial,
                shared,
            )
        for lane in range(min(TILE, n - start)):
            c = candidates[start + lane]
            phase = np.exp(-0.5j * (upper[c] + lower[c]) * time)
            for r in range(size):
                amplitude = complex(b[r * stride + lane], b[r * stride + TILE + lane])
                out[c, rows[r]] = phase * amplitude


@no_type_check
def _spectral_bounds(
    rows, bond_diagonal, radius, bond_extremes, hop_extremes, diagonals, flip_radius, lower, upper
):
    """Safe bounds of each candidate's spectrum on a block: the best of three.

    Gershgorin's discs; Weyl's inequality for H_0 + diagonal; and Weyl's inequality for the
    off-diagonal part of H_0 + whole diagonal.
    """
    for c in range(diagonals.shape[0]):
        disc_low = diagonal_low = total_low = np.inf
        disc_high = diagonal_high = total_high = -np.inf
        for r in range(rows.size):
            d = diagonals[c, rows[r]]
            e = d + bond_diagonal[r]
            diagonal_low, diagonal_high = min(diagonal_low, d), max(diagonal_high, d)
            total_low, total_high = min(total_low, e), max(total_high, e)
            disc_low, disc_high = min(disc_low, e - radius[r]), max(disc_high, e + radius[r])
        low = max(disc_low, bond_extremes[0] + diagonal_low, hop_extremes[0] + total_low)
        high = min(disc_high, bond_extremes[1] + diagonal_high, hop_extremes[1] + total_high)
        lower[c] = low - flip_radius[c]
        upper[c] = high + flip_radius[c]


aligned = compiled(_aligned)
"""Work space for registers; see `_aligned`."""

series_order = compiled(_series_order)
"""Order and truncation error of the Chebyshev series of exp(-i x y), |y| <= 1; `_series_order`."""

bessel = compiled(_bessel)
"""Bessel functions of the first kind, all orders at once; see `_bessel`."""

step = compiled(_step)
"""One order of the recurrence for one tile; see `_step`."""

evolve_block = compiled(_evolve_block)
"""Evolution of all candidates on one block; see `_evolve_block`."""

spectral_bounds = compiled(_spectral_bounds)
"""Spectral bounds of all candidates on one block; see `_spectral_bounds`."""
