"""Kernels of the POVM sampler: one walk along the chain for many strings.

A string is represented by the vector <phi_a ... |psi> of the outcomes so far: its real and its
imaginary part, each of the dimension of the bond. `BATCH` strings walk together, with the axes
(bond, re|im, string). Per site a matrix product carries them over the site, and `_measure` draws
the outcomes and projects. Strings are the last axis, so that the loops over them are vectorised.
"""

from collections.abc import Sequence
from typing import no_type_check

import numpy as np
from jaxtyping import Complex, Float, Shaped, UInt8

from spinlearn.spins.compiling import compiled
from spinlearn.spins.povm import KETS, VECTORS

Tensor = Float[np.ndarray, "_ 2 _"] | Complex[np.ndarray, "_ 2 _"]

# <phi_a|u> = KET_up u_up + conj(KET_down) u_down. Constants are arguments of the kernel, since
# Numba's cache does not notice that a constant of another module has changed.
AMPLITUDES = np.stack([KETS[:, 0].real, KETS[:, 1].real, -KETS[:, 1].imag])

BATCH = 64
"""Strings that walk together. A constant, so that loops over them leave no remainder."""

FACTORS = 8
"""Conditional probabilities that are multiplied before a logarithm is taken."""

_REORDERED = {"reassoc", "contract", "nsz"}
"""Floating-point flags that allow reordered sums, so that they are vectorised."""


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _moments(candidates, bond, moments):
    """|x_0|^2, |x_1|^2, Re and Im of <x_0, x_1> of the candidates x for up and down."""
    for k in range(BATCH):
        moments[k] = moments[k + BATCH] = moments[k + 2 * BATCH] = moments[k + 3 * BATCH] = 0.0
    # Two bond indices at a time, which halves the writing; in an odd dimension the last one alone.
    pair, half = 4 * BATCH, 2 * BATCH
    for d in range(bond // 2):
        up = candidates[d * pair : (d + 1) * pair]
        down = candidates[bond * half + d * pair : bond * half + (d + 1) * pair]
        for k in range(BATCH):
            r0, i0, s0, j0 = up[k], up[k + BATCH], up[k + 2 * BATCH], up[k + 3 * BATCH]
            r1, i1, s1, j1 = down[k], down[k + BATCH], down[k + 2 * BATCH], down[k + 3 * BATCH]
            moments[k] += (r0 * r0 + i0 * i0) + (s0 * s0 + j0 * j0)
            moments[k + BATCH] += (r1 * r1 + i1 * i1) + (s1 * s1 + j1 * j1)
            moments[k + 2 * BATCH] += (r0 * r1 + i0 * i1) + (s0 * s1 + j0 * j1)
            moments[k + 3 * BATCH] += (r0 * i1 - i0 * r1) + (s0 * j1 - j0 * s1)
    if bond % 2:
        up = candidates[(bond - 1) * half : bond * half]
        down = candidates[(2 * bond - 1) * half : 2 * bond * half]
        for k in range(BATCH):
            r0, i0, r1, i1 = up[k], up[k + BATCH], down[k], down[k + BATCH]
            moments[k] += r0 * r0 + i0 * i0
            moments[k + BATCH] += r1 * r1 + i1 * i1
            moments[k + 2 * BATCH] += r0 * r1 + i0 * i1
            moments[k + 3 * BATCH] += r0 * i1 - i0 * r1


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _weigh(moments, k, corners, a):
    """Four times the probability (Tr rho + v_a . b)/4 of outcome a, not normalised.

    rho is the Gram matrix of the candidates, b its Bloch vector.
    """
    up, down = moments[k], moments[k + BATCH]
    bloch = (
        corners[a, 0] * 2 * moments[k + 2 * BATCH]
        + corners[a, 1] * 2 * moments[k + 3 * BATCH]
        + corners[a, 2] * (up - down)
    )
    return max(up + down + bloch, 0.0)


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _draw(moments, corners, amplitudes, uniforms, outcomes, probability):
    """Draw outcomes.

    The first three moments become the coefficients of the projection, <phi_a| over the square root
    of the probability.
    """
    for k in range(BATCH):
        w0, w1 = _weigh(moments, k, corners, 0), _weigh(moments, k, corners, 1)
        w2, w3 = _weigh(moments, k, corners, 2), _weigh(moments, k, corners, 3)
        total = w0 + w1 + w2 + w3
        # Strictly below the total, so that an outcome without weight is never chosen.
        threshold = min(uniforms[k], 1 - 2**-52) * total
        not0, not1, not2 = threshold >= w0, threshold >= w0 + w1, threshold >= w0 + w1 + w2
        outcomes[k] = int(not0) + int(not1) + int(not2)
        weight = w3 if not2 else (w2 if not1 else (w1 if not0 else w0))
        probability[k] *= weight / total
        scale = 2 / np.sqrt(weight)
        for part in range(3):
            first = amplitudes[part, 1] if not0 else amplitudes[part, 0]
            chosen = amplitudes[part, 3] if not2 else (amplitudes[part, 2] if not1 else first)
            moments[k + part * BATCH] = chosen * scale


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _look_up(moments, corners, amplitudes, outcomes, probability):
    """As `_draw`, with given outcomes; an impossible one ends in vectors of zeros."""
    for k in range(BATCH):
        total = 0.0
        for a in range(4):
            total += _weigh(moments, k, corners, a)
        weight = _weigh(moments, k, corners, int(outcomes[k]))
        probability[k] *= weight / total if weight > 0.0 else 0.0
        scale = 2 / np.sqrt(weight) if weight > 0.0 else 0.0
        for part in range(3):
            moments[k + part * BATCH] = amplitudes[part, int(outcomes[k])] * scale


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _project(candidates, bond, coefficients, vectors):
    """The vectors after the measurement."""
    half = 2 * BATCH
    for d in range(bond):
        up = candidates[d * half : (d + 1) * half]
        down = candidates[(bond + d) * half : (bond + d + 1) * half]
        after = vectors[d * half : (d + 1) * half]
        # One loop for each part: a loop that writes both is not vectorised.
        for k in range(BATCH):
            c0, cr, ci = coefficients[k], coefficients[k + BATCH], coefficients[k + half]
            after[k] = c0 * up[k] + cr * down[k] - ci * down[k + BATCH]
        for k in range(BATCH):
            c0, cr, ci = coefficients[k], coefficients[k + BATCH], coefficients[k + half]
            after[k + BATCH] = c0 * up[k + BATCH] + cr * down[k + BATCH] + ci * down[k]


@compiled(fastmath=_REORDERED)
@no_type_check
def _measure(
    candidates, bond, corners, amplitudes, draw, uniforms, outcomes, probability, vectors, moments
):
    """Draw (or look up) the outcomes of one site for one batch, and project.

    The three steps are loops of their own, since each is then vectorised.

    Args:
        candidates: (up|down, bond, re|im, string), flat: the vectors before the measurement.
        bond: dimension of the bond.
        corners: v_a.
        amplitudes: components of <phi_a|: up, down (real part), down (imaginary); of each a.
        draw: whether outcomes are drawn; otherwise they are given.
        uniforms: (string,) in [0, 1), read if outcomes are drawn.
        outcomes: (string,), written or read.
        probability: (string,), multiplied by that of the outcome, given the earlier ones.
        vectors: (bond, re|im, string), flat, written: the vectors after it, normalised.
        moments: (4, string), flat: scratch space.
    """
    _moments(candidates, bond, moments)
    if draw:
        _draw(moments, corners, amplitudes, uniforms, outcomes, probability)
    else:
        _look_up(moments, corners, amplitudes, outcomes, probability)
    _project(candidates, bond, moments, vectors)


@compiled
@no_type_check
def _walk(
    entries, shapes, bonds, corners, amplitudes, draw, uniforms, outcomes, probabilities, factors
):
    """Take strings along the chain, a batch at a time.

    Args:
        entries, shapes: the matrices of `site_matrices`, one after another, and their shapes.
        bonds: dimensions of the N + 1 bonds.
        corners, amplitudes, draw: as in `_measure`.
        uniforms, outcomes: as in `_measure`, of each site; (N, strings), whole batches.
        probabilities: (N over `factors`, strings): each row is multiplied by the conditional
            probabilities of as many sites.
        factors: sites per row of `probabilities`.
    """
    sites, strings = outcomes.shape
    all_candidates = np.empty(4 * BATCH * bonds.max())
    all_vectors = np.empty(2 * BATCH * bonds.max())
    moments = np.empty(4 * BATCH)
    for low in range(0, strings, BATCH):
        high = low + BATCH
        all_vectors[:BATCH] = 1.0
        all_vectors[BATCH : 2 * BATCH] = 0.0
        start = 0
        for site in range(sites):
            rows, columns = shapes[site]
            matrix = entries[start : start + rows * columns].reshape(rows, columns)
            start += rows * columns
            before = all_vectors[: 2 * BATCH * bonds[site]].reshape(columns, -1)
            candidates = all_candidates[: 4 * BATCH * bonds[site + 1]]
            np.dot(matrix, before, candidates.reshape(rows, -1))
            _measure(
                candidates,
                bonds[site + 1],
                corners,
                amplitudes,
                draw,
                uniforms[site, low:high],
                outcomes[site, low:high],
                probabilities[site // factors, low:high],
                all_vectors,
                moments,
            )


def site_matrices(tensors: Sequence[Tensor], is_complex: bool) -> list[np.ndarray]:
    """The real matrix of each site that acts on the stored vectors from the left.

    Vectors have the axes (bond, re|im, string), candidates (up|down, bond, re|im, string). A real
    tensor acts on both parts separately: its columns are the bond. A complex one mixes the parts:
    its columns are the bond and the part.
    """
    matrices = []
    for tensor in tensors:
        left, _, right = tensor.shape
        t = np.asarray(tensor).transpose(1, 2, 0)
        if is_complex:
            blocks = np.empty((2, right, 2, left, 2))
            blocks[:, :, 0, :, 0] = blocks[:, :, 1, :, 1] = t.real
            blocks[:, :, 1, :, 0], blocks[:, :, 0, :, 1] = t.imag, -t.imag
            matrices.append(blocks.reshape(4 * right, 2 * left))
        else:
            matrices.append(np.array(t, dtype=float, order="C").reshape(2 * right, left))
    return matrices


class Walker:
    """The matrices of a state, ready to take strings along the chain."""

    def __init__(self, tensors: Sequence[Tensor], is_complex: bool) -> None:
        """Prepare the matrices of right-canonical tensors.

        Args:
            tensors: those of the state.
            is_complex: whether any of them is complex.
        """
        matrices = site_matrices(tensors, is_complex)
        self._entries = np.concatenate([matrix.ravel() for matrix in matrices])
        self._shapes = np.array([matrix.shape for matrix in matrices])
        self._bonds = np.array([*(tensor.shape[0] for tensor in tensors), 1])

    def draw(
        self, uniforms: Float[np.ndarray, "M N"]
    ) -> tuple[UInt8[np.ndarray, "M N"], Float[np.ndarray, " M"]]:
        """The strings that uniform numbers select by the chain rule, and ln P of each."""
        count, chosen_by = len(uniforms), _whole_batches(uniforms)
        outcomes = np.empty(chosen_by.shape, dtype=np.uint8)
        log_probability = self._along(chosen_by, outcomes, True)
        return np.ascontiguousarray(outcomes[:, :count].T), log_probability[:count]

    def look_up(self, outcomes: UInt8[np.ndarray, "M N"]) -> Float[np.ndarray, " M"]:
        """ln P of strings."""
        found = _whole_batches(outcomes)
        return self._along(np.empty(found.shape), found, False)[: len(outcomes)]

    def _along(self, uniforms: np.ndarray, outcomes: np.ndarray, draw: bool) -> np.ndarray:
        sites, strings = outcomes.shape
        probabilities = np.ones((-(-sites // FACTORS), strings))
        constants = self._entries, self._shapes, self._bonds, VECTORS, AMPLITUDES
        _walk(*constants, draw, uniforms, outcomes, probabilities, FACTORS)
        with np.errstate(divide="ignore"):  # ln 0 of impossible strings
            return np.log(probabilities).sum(axis=0)


def _whole_batches(strings: Shaped[np.ndarray, "M N"]) -> Shaped[np.ndarray, "N strings"]:
    """The transposed array, filled up with zeros to a multiple of `BATCH` strings."""
    return np.pad(strings.T, ((0, 0), (0, -len(strings) % BATCH)))
