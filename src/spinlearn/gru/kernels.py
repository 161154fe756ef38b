"""Compiled kernels of stacked GRUs and heads: forward and backward passes on a CPU.

One network is so small that calls of torch take most of the time of a pass. These kernels go
through networks, sequences and steps one by one, with all numbers of a step at hand. The sizes of
an input and of H are the lengths of two tuples: these are known when a kernel is compiled, so that
short loops are unrolled, which is 1.4 times as fast. Symbols are those of
`spinlearn.gru.cells.StackedGRU` and `spinlearn.gru.model.StackedHead`.
"""

from math import exp
from typing import no_type_check

import numpy as np

from spinlearn.spins.compiling import compiled

_REORDERED = {"contract", "reassoc", "arcp"}


@compiled(fastmath=_REORDERED)
@no_type_check
def gru_forward(weight_ih, weight_hh, bias_ih, bias_hh, inputs, lengths, per_input, per_h):
    """Hidden states H before each step, and after the last one; and r, z, n, W_hn H + b_hn.

    Shapes: inputs (networks, batch, T, width), lengths (networks, batch); the results
    (networks, batch, T + 1, F) and (networks, batch, T, 4 F), undefined beyond a length. The tuples
    `per_input` and `per_h` have width and F zeros.
    """
    networks, batch, T, _ = inputs.shape
    width, F = len(per_input), len(per_h)
    hidden = np.empty((networks, batch, T + 1, F))
    gates = np.empty((networks, batch, T, 4 * F))
    for k in range(networks):
        for b in range(batch):
            hidden[k, b, 0] = 0.0
        for t in range(T):
            for b in range(batch):  # successive ones are independent, so their latencies overlap
                if t >= lengths[k, b]:
                    continue
                x, state, gate = inputs[k, b, t], hidden[k, b, t], gates[k, b, t]
                for row in range(3 * F):
                    from_x, from_h = bias_ih[k, row], bias_hh[k, row]
                    for i in range(width):
                        from_x += weight_ih[k, row, i] * x[i]
                    for i in range(F):
                        from_h += weight_hh[k, row, i] * state[i]
                    if row < 2 * F:
                        gate[row] = 1.0 / (1.0 + exp(-(from_x + from_h)))
                    else:
                        argument = from_x + gate[row - 2 * F] * from_h
                        gate[row] = 1.0 - 2.0 / (exp(2.0 * argument) + 1.0)
                        gate[row + F] = from_h
                for f in range(F):
                    z, n = gate[F + f], gate[2 * F + f]
                    hidden[k, b, t + 1, f] = n + z * (state[f] - n)
    return hidden, gates


@compiled(fastmath=_REORDERED)
@no_type_check
def gru_backward(weight_hh, inputs, lengths, hidden, gates, gradient, per_input, per_h):
    """Gradients of the four parameters, from those of the last hidden states (not changed)."""
    networks, batch = lengths.shape
    width, F = len(per_input), len(per_h)
    of_weight_ih = np.zeros((networks, 3 * F, width))
    of_weight_hh = np.zeros((networks, 3 * F, F))
    of_bias_ih, of_bias_hh = np.zeros((networks, 3 * F)), np.zeros((networks, 3 * F))
    of_h, of_state, from_h = np.empty(F), np.empty(F), np.empty(3 * F)
    for k in range(networks):
        for b in range(batch):
            for f in range(F):
                of_h[f] = gradient[k, b, f]
            for t in range(lengths[k, b] - 1, -1, -1):
                x, state, gate = inputs[k, b, t], hidden[k, b, t], gates[k, b, t]
                for f in range(F):
                    r, z, n = gate[f], gate[F + f], gate[2 * F + f]
                    to_n = of_h[f] * (1.0 - z) * (1.0 - n * n)
                    from_h[f] = to_n * gate[3 * F + f] * r * (1.0 - r)
                    from_h[F + f] = of_h[f] * (state[f] - n) * z * (1.0 - z)
                    from_h[2 * F + f] = to_n * r
                    of_bias_ih[k, 2 * F + f] += to_n
                    for i in range(width):
                        of_weight_ih[k, 2 * F + f, i] += to_n * x[i]
                    of_state[f] = of_h[f] * z
                for row in range(2 * F):
                    of_bias_ih[k, row] += from_h[row]
                    for i in range(width):
                        of_weight_ih[k, row, i] += from_h[row] * x[i]
                for row in range(3 * F):
                    of_bias_hh[k, row] += from_h[row]
                    for i in range(F):
                        of_weight_hh[k, row, i] += from_h[row] * state[i]
                        of_state[i] += from_h[row] * weight_hh[k, row, i]
                for f in range(F):
                    of_h[f] = of_state[f]
    return of_weight_ih, of_weight_hh, of_bias_ih, of_bias_hh


@compiled(fastmath=_REORDERED)
@no_type_check
def head_forward(x, weight_1, bias_1, weight_2, bias_2):
    """max(0, W_1 x + b_1), and W_2 times that plus b_2; x is (networks, batch, inputs)."""
    networks, batch, inputs = x.shape
    units, outputs = weight_1.shape[1], weight_2.shape[1]
    hidden = np.empty((networks, batch, units))
    output = np.empty((networks, batch, outputs))
    for k in range(networks):
        for b in range(batch):
            for unit in range(units):
                value = bias_1[k, unit]
                for i in range(inputs):
                    value += weight_1[k, unit, i] * x[k, b, i]
                hidden[k, b, unit] = 0.0 if value <= 0.0 else value  # NaN stays
            for o in range(outputs):
                value = bias_2[k, o]
                for unit in range(units):
                    value += weight_2[k, o, unit] * hidden[k, b, unit]
                output[k, b, o] = value
    return hidden, output


@compiled(fastmath=_REORDERED)
@no_type_check
def head_backward(x, weight_1, weight_2, hidden, gradient):
    """Gradients of x and of the four parameters, from those of the outputs."""
    networks, batch, inputs = x.shape
    units, outputs = weight_1.shape[1], weight_2.shape[1]
    of_x, of_weight_1, of_weight_2 = (
        np.zeros(x.shape),
        np.zeros(weight_1.shape),
        np.zeros(weight_2.shape),
    )
    of_bias_1, of_bias_2 = np.zeros((networks, units)), np.zeros((networks, outputs))
    for k in range(networks):
        for b in range(batch):
            for o in range(outputs):
                of_bias_2[k, o] += gradient[k, b, o]
                for unit in range(units):
                    of_weight_2[k, o, unit] += gradient[k, b, o] * hidden[k, b, unit]
            for unit in range(units):
                if hidden[k, b, unit] == 0.0:
                    continue
                back = 0.0
                for o in range(outputs):
                    back += gradient[k, b, o] * weight_2[k, o, unit]
                of_bias_1[k, unit] += back
                for i in range(inputs):
                    of_weight_1[k, unit, i] += back * x[k, b, i]
                    of_x[k, b, i] += back * weight_1[k, unit, i]
    return of_x, of_weight_1, of_bias_1, of_weight_2, of_bias_2


@compiled(fastmath=_REORDERED)
@no_type_check
def squared_errors(
    weight_ih, weight_hh, bias_ih, bias_hh, weight_1, bias_1, weight_2, bias_2,
    pairs, lengths, target, index, per_input, per_h,
):  # fmt: skip
    """Sum of squared errors of each network on its batch, and gradients of the eight parameters.

    Shapes: pairs (samples, T, width), lengths (samples), target (samples, outputs), index
    (networks, batch): the samples in the batch of each network.
    """
    networks, batch = index.shape
    F, outputs = len(per_h), target.shape[1]
    inputs = np.empty((networks, batch, *pairs.shape[1:]))
    steps = np.empty((networks, batch), lengths.dtype)
    last = np.empty((networks, batch, F))
    for k in range(networks):
        for b in range(batch):
            inputs[k, b] = pairs[index[k, b]]
            steps[k, b] = lengths[index[k, b]]
    hidden, gates = gru_forward(
        weight_ih, weight_hh, bias_ih, bias_hh, inputs, steps, per_input, per_h
    )
    for k in range(networks):
        for b in range(batch):
            last[k, b] = hidden[k, b, steps[k, b]]
    units, found = head_forward(last, weight_1, bias_1, weight_2, bias_2)
    errors = np.zeros(networks)
    for k in range(networks):
        for b in range(batch):
            for o in range(outputs):
                error = found[k, b, o] - target[index[k, b], o]
                errors[k] += error * error
                found[k, b, o] = 2.0 * error
    back = head_backward(last, weight_1, weight_2, units, found)
    of_gru = gru_backward(weight_hh, inputs, steps, hidden, gates, back[0], per_input, per_h)
    return errors, of_gru + back[1:]
