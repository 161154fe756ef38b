"""Recurrent cells of many independent networks, unrolled to the last hidden state.

The parameters have a leading axis `networks`. A sequence that has ended keeps its state, so padding
has no effect. Gradients are explicit. GRUs are unrolled by compiled kernels. For LSTMs, each
network multiplies the columns (x_t, H, 1) of its batch by one matrix at every step, which gives the
arguments of all gates; the local derivatives of all steps are computed at once, and each step back
then needs few products. The batch is the last axis there, so that every gate is contiguous.
"""

import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn.gru.kernels import gru_backward, gru_forward

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


def _joint_weight(
    weight_ih: torch.Tensor, weight_hh: torch.Tensor, bias_ih: torch.Tensor, bias_hh: torch.Tensor
) -> torch.Tensor:
    """The matrix that takes (x, H, 1) to the sum of the arguments from x and from H."""
    return torch.cat([weight_ih, weight_hh, (bias_ih + bias_hh)[..., None]], dim=-1)


def _parts(joint: torch.Tensor, features: int) -> tuple[torch.Tensor, ...]:
    """The columns of a joint weight that belong to x, to H and to the bias."""
    width = joint.shape[-1] - features - 1
    return joint[..., :width], joint[..., width:-1], joint[..., -1]


class _LastHiddenGRU(torch.autograd.Function):
    """Last hidden state of stacked GRUs on a CPU, by compiled kernels."""

    @staticmethod
    def forward(ctx, weight_ih, weight_hh, bias_ih, bias_hh, inputs, lengths):  # type: ignore[no-untyped-def]
        """See `StackedGRU.forward`."""
        given = (weight_ih, weight_hh, bias_ih, bias_hh, inputs.contiguous(), lengths.contiguous())
        arrays = [part.detach().numpy() for part in given]
        ctx.sizes = (0,) * inputs.shape[-1], (0,) * weight_hh.shape[-1]
        hidden, gates = (torch.from_numpy(part) for part in gru_forward(*arrays, *ctx.sizes))
        ctx.save_for_backward(weight_hh, *given[4:], hidden, gates)
        return hidden.gather(2, lengths[..., None, None].expand(-1, -1, -1, hidden.shape[-1]))[
            :, :, 0
        ]

    @staticmethod
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        """Backpropagation through time."""
        arrays = [part.detach().numpy() for part in (*ctx.saved_tensors, gradient.contiguous())]
        return (*(torch.from_numpy(part) for part in gru_backward(*arrays, *ctx.sizes)), None, None)


class _LastHiddenLSTM(torch.autograd.Function):
    """Last hidden state of stacked LSTMs."""

    @staticmethod
    def forward(ctx, weight_ih, weight_hh, bias_ih, bias_hh, inputs, lengths):  # type: ignore[no-untyped-def]
        """See `StackedLSTM.forward`; the rows of the joint weight are in the order i, f, o, g."""
        networks, batch, T, width = inputs.shape
        F = weight_hh.shape[-1]
        sums = _joint_weight(weight_ih, weight_hh, bias_ih, bias_hh)
        weight = torch.cat([sums[:, : 2 * F], sums[:, 3 * F :], sums[:, 2 * F : 3 * F]], dim=1)
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
        joint = _weight_gradient(arguments, columns)
        joint = torch.cat([joint[:, : 2 * F], joint[:, 3 * F :], joint[:, 2 * F : 3 * F]], dim=1)
        weight_ih, weight_hh, bias = _parts(joint, F)
        return weight_ih, weight_hh, bias, bias, None, None


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

    def forward(
        self,
        inputs: Float[torch.Tensor, "networks batch T inputs"],
        lengths: Int[torch.Tensor, "networks batch"],
    ) -> Float[torch.Tensor, "networks batch features"]:
        """Hidden state after the last step of each sequence; padding beyond it has no effect.

        Gradients flow to the weights, not to the inputs. On a CPU compiled kernels do it; elsewhere
        torch does, step by step.
        """
        if inputs.device.type == "cpu":
            return _LastHiddenGRU.apply(*self.parameters(), inputs, lengths)
        F = self.features
        hidden = inputs.new_zeros(*inputs.shape[:2], F)
        from_x = inputs @ self.weight_ih.mT[:, None] + self.bias_ih[:, None, None]
        for t in range(inputs.shape[2]):
            from_h = torch.baddbmm(self.bias_hh[:, None], hidden, self.weight_hh.mT)
            r, z = (from_x[:, :, t, : 2 * F] + from_h[..., : 2 * F]).sigmoid().split(F, dim=-1)
            n = torch.tanh(from_x[:, :, t, 2 * F :] + r * from_h[..., 2 * F :])
            hidden = torch.where((t < lengths)[..., None], n + z * (hidden - n), hidden)
        return hidden


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

    def forward(
        self,
        inputs: Float[torch.Tensor, "networks batch T inputs"],
        lengths: Int[torch.Tensor, "networks batch"],
    ) -> Float[torch.Tensor, "networks batch features"]:
        """Hidden state after the last step of each sequence, as for `StackedGRU.forward`."""
        return _LastHiddenLSTM.apply(*self.parameters(), inputs, lengths)
