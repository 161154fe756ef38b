"""Recurrent cells of many independent networks, unrolled to the last hidden state.

The parameters have a leading axis `networks`. At every step each network multiplies the columns
(x_t, H, 1) of its batch by one matrix, which gives the arguments of all gates. The gradient is
explicit: the local derivatives of all steps are computed at once, and each step back then needs
few products. The batch is the last axis, so that every gate is contiguous in memory. A sequence
that has ended keeps its state, so padding has no effect.
"""

import torch
from jaxtyping import Float, Int
from torch import nn

DTYPE = torch.float64


def _columns(inputs: torch.Tensor, features: int) -> torch.Tensor:
    """(x_t, H, 1) of each step, one more than inputs, with H = 0."""
    networks, batch, T, width = inputs.shape
    columns = inputs.new_zeros(T + 1, networks, width + features + 1, batch)
    columns[:T, :, :width] = inputs.permute(2, 0, 3, 1)
    columns[:, :, -1] = 1.0
    return columns


def _has_ended(lengths: torch.Tensor, T: int) -> torch.Tensor:
    """1 at the steps beyond each sequence's length, 0 before: (T, networks, 1, batch)."""
    steps = torch.arange(T, device=lengths.device)[:, None, None, None]
    return (steps >= lengths[:, None]).to(DTYPE)


def _weight_gradient(arguments: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
    """The sum over steps and batch of the arguments' gradients times the columns."""
    return (arguments @ columns[: len(arguments)].mT).sum(dim=0)


class _LastHiddenGRU(torch.autograd.Function):
    """Last hidden state of stacked GRUs; z = 1 once a sequence has ended."""

    @staticmethod
    def forward(ctx, weight, inputs, lengths):  # type: ignore[no-untyped-def]
        """See `StackedGRU.forward`; `weight` is the matrix of `StackedGRU.joint_weight`."""
        networks, batch, T, width = inputs.shape
        F = weight.shape[1] // 4
        columns = _columns(inputs, F)
        hidden = columns[:, :, width : width + F].unbind(0)
        gates = inputs.new_empty(T, networks, 4 * F, batch)
        candidates = inputs.new_empty(T, networks, F, batch)
        ended = _has_ended(lengths, T).unbind(0)
        parts = (part.unbind(0) for part in gates.split((2 * F, F, F), dim=2))
        r_and_z, n_input, n_hidden = parts
        r, z = (part.unbind(0) for part in gates[:, :, : 2 * F].split(F, dim=2))
        for t, (column, gate, n) in enumerate(
            zip(columns[:T].unbind(0), gates.unbind(0), candidates.unbind(0), strict=True)
        ):
            torch.bmm(weight, column, out=gate)
            r_and_z[t].sigmoid_()
            torch.maximum(z[t], ended[t], out=z[t])
            torch.addcmul(n_input[t], r[t], n_hidden[t], out=n).tanh_()
            torch.lerp(n, hidden[t], z[t], out=hidden[t + 1])
        ctx.save_for_backward(weight, columns, gates, candidates)
        return hidden[T].mT.contiguous()

    @staticmethod
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        """Backpropagation through time."""
        weight, columns, gates, n = ctx.saved_tensors
        T, networks, F, batch = n.shape
        width = columns.shape[2] - F - 1
        r, z, _, n_hidden = gates.split(F, dim=2)
        new = 1 - z
        local = torch.empty_like(gates).view(T, networks, 4, F, batch)
        to_r, to_z, to_n, to_n_hidden = local.unbind(2)
        torch.mul(new, 1 - n * n, out=to_n)
        torch.mul(to_n, r, out=to_n_hidden)
        torch.mul(to_n_hidden * n_hidden, 1 - r, out=to_r)
        torch.mul((columns[:T, :, width : width + F] - n) * z, new, out=to_z)
        arguments = local.view(T, networks, 4 * F, batch)
        steps, passed, kept = local.unbind(0), arguments.unbind(0), z.unbind(0)
        backwards = weight[:, :, width : width + F].mT.contiguous()
        gradient = gradient.mT
        for t in range(T - 1, -1, -1):
            steps[t].mul_(gradient[:, None])
            if t:
                gradient = torch.baddbmm(kept[t] * gradient, backwards, passed[t])
        return _weight_gradient(arguments, columns), None, None


class _LastHiddenLSTM(torch.autograd.Function):
    """Last hidden state of stacked LSTMs."""

    @staticmethod
    def forward(ctx, weight, inputs, lengths):  # type: ignore[no-untyped-def]
        """See `StackedLSTM.forward`; `weight` is the matrix of `StackedLSTM.joint_weight`."""
        networks, batch, T, width = inputs.shape
        F = weight.shape[1] // 4
        columns = _columns(inputs, F)
        hidden = columns[:, :, width : width + F].unbind(0)
        gates = inputs.new_empty(T, networks, 4 * F, batch)
        cells = inputs.new_zeros(T + 1, networks, F, batch)
        squashed = inputs.new_empty(T, networks, F, batch)
        ended = _has_ended(lengths, T)
        sigmoids = gates[:, :, : 3 * F].unbind(0)
        i, f, o, g = (part.unbind(0) for part in gates.split(F, dim=2))
        for t, (column, gate) in enumerate(
            zip(columns[:T].unbind(0), gates.unbind(0), strict=True)
        ):
            torch.bmm(weight, column, out=gate)
            sigmoids[t].sigmoid_()
            g[t].tanh_()
            cell = torch.addcmul(f[t] * cells[t], i[t], g[t])
            torch.tanh(cell, out=squashed[t])
            torch.lerp(cell, cells[t], ended[t], out=cells[t + 1])
            torch.lerp(o[t] * squashed[t], hidden[t], ended[t], out=hidden[t + 1])
        ctx.save_for_backward(weight, columns, gates, cells, squashed, ended)
        return hidden[T].mT.contiguous()

    @staticmethod
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        """Backpropagation through time."""
        weight, columns, gates, cells, squashed, ended = ctx.saved_tensors
        T, networks, F, batch = squashed.shape
        width = columns.shape[2] - F - 1
        i, f, o, g = gates.split(F, dim=2)
        active = 1 - ended
        local = torch.empty_like(gates).view(T, networks, 4, F, batch)
        to_i, to_f, to_o, to_g = local.unbind(2)
        torch.mul(g * i, 1 - i, out=to_i)
        torch.mul(cells[:T] * f, 1 - f, out=to_f)
        torch.mul(active * squashed * o, 1 - o, out=to_o)
        torch.mul(i, 1 - g * g, out=to_g)
        to_cell = active * o * (1 - squashed * squashed)
        arguments = local.view(T, networks, 4 * F, batch)
        backwards = weight[:, :, width : width + F].mT.contiguous()
        gradient, cell = gradient.mT, torch.zeros_like(squashed[0])
        for t in range(T - 1, -1, -1):
            new = torch.addcmul(active[t] * cell, gradient, to_cell[t])
            to_i[t].mul_(new)
            to_f[t].mul_(new)
            to_g[t].mul_(new)
            to_o[t].mul_(gradient)
            cell = torch.addcmul(ended[t] * cell, new, f[t])
            gradient = torch.baddbmm(ended[t] * gradient, backwards, arguments[t])
        return _weight_gradient(arguments, columns), None, None


class StackedCell(nn.Module):
    """`networks` independent one-layer cells; the parameters are those of torch's own modules."""

    GATES: int

    def __init__(self, networks: int, inputs: int, features: int) -> None:
        super().__init__()
        rows = self.GATES * features
        self.features = features
        self.weight_ih = nn.Parameter(torch.zeros(networks, rows, inputs, dtype=DTYPE))
        self.weight_hh = nn.Parameter(torch.zeros(networks, rows, features, dtype=DTYPE))
        self.bias_ih = nn.Parameter(torch.zeros(networks, rows, dtype=DTYPE))
        self.bias_hh = nn.Parameter(torch.zeros(networks, rows, dtype=DTYPE))


class StackedGRU(StackedCell):
    """`networks` independent one-layer GRU cells.

    With x_t the input, H the hidden state (zero at first) and s the logistic function,

        r = s(W_ir x_t + b_ir + W_hr H + b_hr)
        z = s(W_iz x_t + b_iz + W_hz H + b_hz)
        n = tanh(W_in x_t + b_in + r (W_hn H + b_hn))
        H <- (1 - z) n + z H

    (Cho et al. 2014, reference 62 of Gresch 2022, in the form of `torch.nn.GRU`; rows of the
    weights are in the order r, z, n, as there.)
    """

    GATES = 3

    def joint_weight(self) -> Float[torch.Tensor, "networks rows columns"]:
        """The matrix that takes (x, H, 1) to the arguments of r and z and both parts of n's."""
        F = self.features
        both = torch.cat(
            [self.weight_ih, self.weight_hh, (self.bias_ih + self.bias_hh)[..., None]], dim=-1
        )[:, : 2 * F]
        w, u = self.weight_ih[:, 2 * F :], self.weight_hh[:, 2 * F :]
        b, c = self.bias_ih[:, 2 * F :, None], self.bias_hh[:, 2 * F :, None]
        n_input = torch.cat([w, torch.zeros_like(u), b], dim=-1)
        n_hidden = torch.cat([torch.zeros_like(w), u, c], dim=-1)
        return torch.cat([both, n_input, n_hidden], dim=1)

    def forward(
        self,
        inputs: Float[torch.Tensor, "networks batch T inputs"],
        lengths: Int[torch.Tensor, "networks batch"],
    ) -> Float[torch.Tensor, "networks batch features"]:
        """Hidden state after the last step of each sequence; padding beyond it has no effect.

        Gradients flow to the weights, not to the inputs.
        """
        return _LastHiddenGRU.apply(self.joint_weight(), inputs, lengths)


class StackedLSTM(StackedCell):
    """`networks` independent one-layer LSTM cells.

    With x_t the input, H and C the hidden and the cell's state (zero at first),

        i, f, o = s(W_i. x_t + b_i. + W_h. H + b_h.)
        g = tanh(W_ig x_t + b_ig + W_hg H + b_hg)
        C <- f C + i g
        H <- o tanh(C)

    (Hochreiter and Schmidhuber 1997, reference 61 of Gresch 2022, in the form of `torch.nn.LSTM`;
    rows of the weights are in the order i, f, g, o, as there.)
    """

    GATES = 4

    def joint_weight(self) -> Float[torch.Tensor, "networks rows columns"]:
        """The matrix that takes (x, H, 1) to the arguments of i, f, o and g."""
        bias = (self.bias_ih + self.bias_hh)[..., None]
        rows = torch.cat([self.weight_ih, self.weight_hh, bias], dim=-1)
        i_and_f, g, o = rows.split((2 * self.features, self.features, self.features), dim=1)
        return torch.cat([i_and_f, o, g], dim=1)

    def forward(
        self,
        inputs: Float[torch.Tensor, "networks batch T inputs"],
        lengths: Int[torch.Tensor, "networks batch"],
    ) -> Float[torch.Tensor, "networks batch features"]:
        """Hidden state after the last step of each sequence, as for `StackedGRU.forward`."""
        return _LastHiddenLSTM.apply(self.joint_weight(), inputs, lengths)
