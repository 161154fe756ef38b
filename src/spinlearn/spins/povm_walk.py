"""Kernels of the POVM sampler: one walk along the chain for many strings.

A string is represented by the vector <phi_a ... |psi> of the outcomes so far: its real and its
imaginary part, each of the dimension of the bond. Per site a matrix product carries a batch of
vectors over the site, and `_measure` draws the outcomes and projects.
"""

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
from jaxtyping import Complex, Float, UInt8

from spinlearn.spins.compiling import compiled
from spinlearn.spins.povm import KETS, VECTORS

Tensor = Float[np.ndarray, "_ 2 _"] | Complex[np.ndarray, "_ 2 _"]

# <phi_a|u> = KET_up u_up + conj(KET_down) u_down. Constants are arguments of the kernel, since
# Numba's cache does not notice that a constant of another module has changed.
AMPLITUDES = np.stack([KETS[:, 0].real, KETS[:, 1].real, -KETS[:, 1].imag], axis=1)

TILE = 32
"""Strings that are measured together: their candidates stay in the first-level cache."""

_REORDERED = {"reassoc", "contract", "nsz"}
"""Floating-point flags that allow reordered sums, so that they are vectorised."""


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _moments(candidates, low, high, moments):
    """|x_0|^2, |x_1|^2, Re and Im of <x_0, x_1> of the candidates x for up and down."""
    for m in range(low, high):
        up = 0.0
        down = 0.0
        real = 0.0
        imaginary = 0.0
        for d in range(candidates.shape[3]):
            r0, r1 = candidates[m, 0, 0, d], candidates[m, 0, 1, d]
            i0, i1 = candidates[m, 1, 0, d], candidates[m, 1, 1, d]
            up += r0 * r0 + i0 * i0
            down += r1 * r1 + i1 * i1
            real += r0 * r1 + i0 * i1
            imaginary += r0 * i1 - i0 * r1
        moments[0, m - low] = up
        moments[1, m - low] = down
        moments[2, m - low] = real
        moments[3, m - low] = imaginary


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _weigh(moments, k, corners, a):
    """Four times the probability (Tr rho + v_a . b)/4 of outcome a, not normalised.

    rho is the Gram matrix of the candidates, b its Bloch vector.
    """
    bloch = (
        corners[a, 0] * 2 * moments[2, k]
        + corners[a, 1] * 2 * moments[3, k]
        + corners[a, 2] * (moments[0, k] - moments[1, k])
    )
    return max(moments[0, k] + moments[1, k] + bloch, 0.0)


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _draw(moments, low, high, corners, amplitudes, uniforms, outcomes, conditionals):
    """Draw outcomes.

    The first three rows of `moments` become the coefficients of the projection, <phi_a| over the
    square root of the probability.
    """
    for m in range(low, high):
        k = m - low
        w0, w1 = _weigh(moments, k, corners, 0), _weigh(moments, k, corners, 1)
        w2, w3 = _weigh(moments, k, corners, 2), _weigh(moments, k, corners, 3)
        total = w0 + w1 + w2 + w3
        # Strictly below the total, so that an outcome without weight is never chosen.
        threshold = min(uniforms[m], 1 - 2**-52) * total
        not0, not1, not2 = threshold >= w0, threshold >= w0 + w1, threshold >= w0 + w1 + w2
        chosen = int(not0) + int(not1) + int(not2)
        weight = w3 if not2 else (w2 if not1 else (w1 if not0 else w0))
        outcomes[m] = chosen
        conditionals[m] = weight / total
        scale = 2 / np.sqrt(weight)
        for part in range(3):
            moments[part, k] = amplitudes[chosen, part] * scale


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _look_up(moments, low, high, corners, amplitudes, outcomes, conditionals):
    """As `_draw`, with given outcomes; an impossible one ends in vectors of zeros."""
    for m in range(low, high):
        k = m - low
        total = 0.0
        for a in range(4):
            total += _weigh(moments, k, corners, a)
        weight = _weigh(moments, k, corners, int(outcomes[m]))
        conditionals[m] = weight / total if weight > 0.0 else 0.0
        scale = 2 / np.sqrt(weight) if weight > 0.0 else 0.0
        for part in range(3):
            moments[part, k] = amplitudes[int(outcomes[m]), part] * scale


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _project(candidates, low, high, coefficients, vectors):
    """The vectors after the measurement."""
    for m in range(low, high):
        c0, cr, ci = coefficients[0, m - low], coefficients[1, m - low], coefficients[2, m - low]
        for d in range(candidates.shape[3]):
            r0, r1 = candidates[m, 0, 0, d], candidates[m, 0, 1, d]
            i0, i1 = candidates[m, 1, 0, d], candidates[m, 1, 1, d]
            vectors[m, 0, d] = c0 * r0 + cr * r1 - ci * i1
            vectors[m, 1, d] = c0 * i0 + cr * i1 + ci * r1


@compiled(fastmath=_REORDERED)
@no_type_check
def _measure(
    candidates, corners, amplitudes, draw, uniforms, outcomes, conditionals, vectors, moments
):
    """Draw (or look up) the outcomes of one site and project.

    The three steps are loops of their own, since each is then vectorised.

    Args:
        candidates: (strings, re|im, up|down, bond), the vectors before the measurement.
        corners, amplitudes: v_a; components of <phi_a|: up, down (real part), down (imaginary).
        draw: whether outcomes are drawn; otherwise they are given.
        uniforms: (strings,) in [0, 1), read if outcomes are drawn.
        outcomes: (strings,), written or read.
        conditionals: (strings,), written: probability of the outcome, given the earlier ones.
        vectors: (strings, re|im, bond), written: the vectors after the measurement, normalised.
        moments: (4, at least one tile), scratch space.
    """
    tile = moments.shape[1]
    for low in range(0, candidates.shape[0], tile):
        high = min(low + tile, candidates.shape[0])
        _moments(candidates, low, high, moments)
        if draw:
            _draw(moments, low, high, corners, amplitudes, uniforms, outcomes, conditionals)
        else:
            _look_up(moments, low, high, corners, amplitudes, outcomes, conditionals)
        _project(candidates, low, high, moments, vectors)


@compiled
@no_type_check
def _walk(
    entries, shapes, bonds, corners, amplitudes, draw, uniforms, outcomes, conditionals, batch, tile
):
    """Take strings along the chain, a batch at a time.

    Args:
        entries, shapes: the matrices of `site_matrices`, one after another, and their shapes.
        bonds: dimensions of the N + 1 bonds.
        corners, amplitudes, draw: as in `_measure`.
        uniforms, outcomes, conditionals: as in `_measure`, of each site; (N, strings).
        batch: strings per matrix product.
        tile: strings that are measured together.
    """
    sites, strings = outcomes.shape
    all_candidates = np.empty(4 * batch * bonds.max())
    all_vectors = np.empty(2 * batch * bonds.max())
    moments = np.empty((4, tile))
    for low in range(0, strings, batch):
        high = min(low + batch, strings)
        count = high - low
        all_vectors[: 2 * count] = 0.0
        all_vectors[: 2 * count : 2] = 1.0
        start = 0
        for site in range(sites):
            rows, columns = shapes[site]
            left, right = bonds[site], bonds[site + 1]
            matrix = entries[start : start + rows * columns].reshape(rows, columns)
            start += rows * columns
            before = all_vectors[: 2 * count * left].reshape(-1, rows)
            candidates = all_candidates[: 4 * count * right]
            np.dot(before, matrix, candidates.reshape(-1, columns))
            _measure(
                candidates.reshape(count, 2, 2, right),
                corners,
                amplitudes,
                draw,
                uniforms[site, low:high],
                outcomes[site, low:high],
                conditionals[site, low:high],
                all_vectors[: 2 * count * right].reshape(count, 2, right),
                moments,
            )


def site_matrices(tensors: Sequence[Tensor], is_complex: bool) -> list[np.ndarray]:
    """The real matrix of each site that acts on the stored vectors.

    A vector is stored as (re|im, bond). A real tensor acts on both parts separately, so they are
    two rows. A complex tensor mixes them, so they are one row of twice the length.
    """
    matrices = []
    for tensor in tensors:
        left, _, right = tensor.shape
        if is_complex:
            real, imaginary = tensor.real, tensor.imag
            blocks = np.empty((2, left, 2, 2, right))
            blocks[0, :, 0], blocks[0, :, 1] = real, imaginary
            blocks[1, :, 0], blocks[1, :, 1] = -imaginary, real
            matrices.append(blocks.reshape(2 * left, 4 * right))
        else:
            matrices.append(np.ascontiguousarray(tensor, dtype=float).reshape(left, 2 * right))
    return matrices


class Walker:
    """The matrices of a state, ready to take strings along the chain."""

    def __init__(self, tensors: Sequence[Tensor], is_complex: bool, batch: int) -> None:
        """Prepare the matrices of right-canonical tensors.

        Args:
            tensors: those of the state.
            is_complex: whether any of them is complex.
            batch: strings per matrix product.
        """
        matrices = site_matrices(tensors, is_complex)
        self._entries = np.concatenate([matrix.ravel() for matrix in matrices])
        self._shapes = np.array([matrix.shape for matrix in matrices])
        self._batch = batch
        self._bonds = np.array([*(tensor.shape[0] for tensor in tensors), 1])

    def draw(
        self, uniforms: Float[np.ndarray, "M N"]
    ) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
        """The strings that uniform numbers select by the chain rule, and ln P of each."""
        outcomes = np.empty(uniforms.shape[::-1], dtype=np.uint8)
        return self._along(np.ascontiguousarray(uniforms.T), outcomes, True)

    def look_up(self, outcomes: UInt8[np.ndarray, "M N"]) -> Float[np.ndarray, " M"]:
        """ln P of strings."""
        found = np.ascontiguousarray(outcomes.T)
        return self._along(np.empty(found.shape), found, False)[1]

    def _along(
        self, uniforms: np.ndarray, outcomes: np.ndarray, draw: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        conditionals = np.empty(outcomes.shape)
        constants = self._entries, self._shapes, self._bonds, VECTORS, AMPLITUDES
        _walk(*constants, draw, uniforms, outcomes, conditionals, self._batch, TILE)
        with np.errstate(divide="ignore"):  # ln 0 of impossible strings
            return np.ascontiguousarray(outcomes.T), np.log(conditionals).sum(axis=0)
