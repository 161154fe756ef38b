"""Compiled kernels of training: what is done with every candidate besides its evolution."""
# mypy: disable-error-code="no-untyped-def"

from typing import no_type_check

import numpy as np

from spinlearn.spins.compiling import compiled


@compiled
@no_type_check
def field_energies(fields, magnitude):
    """sum_i h_i O^z_i (n, 2^L) of each set of fields (n, L), in the states from all up to all down.

    Each site doubles the number of sums. Unlike in a matrix product, the rounding of a candidate
    does not depend on the others.

    Args:
        fields: h_i.
        magnitude: |O^z|, 1/2 or 1.
    """
    n, L = fields.shape
    found = np.zeros((n, 2**L))
    for c in range(n):
        row, size = found[c], 1
        for site in range(L):
            up = fields[c, site] * magnitude
            for j in range(size - 1, -1, -1):
                row[2 * j + 1] = row[j] - up
                row[2 * j] = row[j] + up
            size *= 2
    return found


@compiled
@no_type_check
def outcome_weights(states, order, outcomes):
    """sum of |psi|^2 over the hidden strings of each visible string (n, outcomes).

    Args:
        states: amplitudes (n, D).
        order: the basis states, sorted by visible string.
        outcomes: number of visible strings.
    """
    n, D = states.shape
    hidden = D // outcomes
    found = np.zeros((n, outcomes))
    for c in range(n):
        for outcome in range(outcomes):
            for place in range(outcome * hidden, (outcome + 1) * hidden):
                amplitude = states[c, order[place]]
                found[c, outcome] += amplitude.real**2 + amplitude.imag**2
    return found


@compiled
@no_type_check
def _transform(row):
    """Replace a vector v by sum_x (-1)^{s.x} v(x) of every s, by one butterfly per bit."""
    half = 1
    while half < row.size:
        for i in range(row.size // 2):
            # The i-th string without the bit `half`, and its partner with it.
            zero = 2 * i - (i & (half - 1))
            total, difference = row[zero] + row[zero + half], row[zero] - row[zero + half]
            row[zero], row[zero + half] = total, difference
        half *= 2


@compiled
@no_type_check
def walsh_transforms(rows):
    """sum_x (-1)^{s.x} v(x) of each row v (n, 2^bits)."""
    found = rows.copy()
    for row in found:
        _transform(row)
    return found


@compiled
@no_type_check
def weighted_squares(rows, target, weights):
    """sum_s weights(s) v_s^2 of each row (n): v is the Walsh transform of the row minus target."""
    found = np.zeros(len(rows))
    for c in range(len(rows)):
        difference = rows[c] - target
        _transform(difference)
        for s in range(target.size):
            found[c] += weights[s] * difference[s] ** 2
    return found
