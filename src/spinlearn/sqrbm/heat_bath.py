"""Compiled kernel: visible units of many chains drawn one after the other."""
# mypy: disable-error-code="no-untyped-def"

from math import exp
from typing import no_type_check

import numpy as np

from spinlearn.spins.compiling import compiled

_REORDERED = {"contract", "reassoc", "nsz", "arcp"}
_LARGE = 1e150
"""Products below it can be divided by one another, and multiplied by e^T, without overflow."""


@compiled(fastmath=_REORDERED, inline="always")
@no_type_check
def _decay(x):
    """e^-x of x >= 0, to 1e-12; for x > 40 it is e^-40. Without branches, for vector registers.

    `kernels._expm1` is exact to rounding, which chains do not need: sweeps take 10 to 24 % longer
    with it.
    """
    z = min(x, 40.0) * (-1 / 256)
    square = z * z
    # Taylor polynomial of degree 9 in pairs, so that few operations wait for others
    low = (1.0 + z) + square * (1 / 2 + z * (1 / 6))
    high = (1 / 24 + z * (1 / 120)) + square * (1 / 720 + z * (1 / 5040))
    fourth = square * square
    y = low + fourth * (high + fourth * (1 / 40320 + z * (1 / 362880)))
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    y *= y
    return y * y


@compiled(fastmath=_REORDERED)
@no_type_check
def _log_and_rest(square, beta):
    """T and P with prod_j 2cosh r_j = e^T P, r_j = beta sqrt(square_j).

    T is the sum of r_j, and P the product of 1 + e^(-2 r_j). If that is large, its logarithm is a
    part of T and P is 1.
    """
    total, product = 0.0, 1.0
    for j in range(square.size):
        r = beta * np.sqrt(square[j])
        total += r
        product *= 1.0 + _decay(2.0 * r)
    if product < _LARGE:
        return total, product
    for j in range(square.size):
        total += np.log(1.0 + _decay(2.0 * beta * np.sqrt(square[j])))
    return total, 1.0


@compiled(fastmath=_REORDERED)
@no_type_check
def heat_bath(s, phi, beta, base, field, coupling, odds):
    """Draw every visible unit of every chain once, given all others, in place.

    A chain at beta follows the machine with the fields base + beta (a - base) and beta Phi. A unit
    flips if u/(1 - u) < f(flipped)/f, with the ratio

        exp(2 a_i s_i + sum_j (r'_j - r_j)) prod_j (1 + e^(-2 r'_j)) / (1 + e^(-2 r_j)),

    r_j = beta |Phi_j|: one exponential per hidden unit, and no logarithm up to 500 of them.

    Args:
        s: signs (chains, n), changed.
        phi: Phi_j^P of the machine at beta = 1 (chains, paulis, m), changed.
        beta: of each chain.
        base, field: a_i at beta = 0 and at beta = 1 (n).
        coupling: w_ij^P as (n, paulis, m).
        odds: u/(1 - u) of uniform u (chains, n).
    """
    chains, n = s.shape
    paulis, m = phi.shape[1:]
    square = np.empty(m)
    for c in range(chains):
        own = phi[c]
        square[:] = 0.0
        for k in range(paulis):
            for j in range(m):
                square[j] += own[k, j] * own[k, j]
        total, product = _log_and_rest(square, beta[c])
        for i in range(n):
            twice = 2.0 * s[c, i]
            w = coupling[i]
            for j in range(m):
                flipped = own[0, j] - twice * w[0, j]
                square[j] = flipped * flipped
            for k in range(1, paulis):
                for j in range(m):
                    flipped = own[k, j] - twice * w[k, j]
                    square[j] += flipped * flipped
            new_total, new_product = _log_and_rest(square, beta[c])
            a = base[i] + beta[c] * (field[i] - base[i])
            if odds[c, i] < exp(twice * a + new_total - total) * (new_product / product):
                s[c, i] = -s[c, i]
                total, product = new_total, new_product
                for k in range(paulis):
                    for j in range(m):
                        own[k, j] -= twice * w[k, j]
