"""The recurrent network of Gresch 2022; many independent networks in one module.

A network reads the pairs (h_i, h_{i+1}) of a ring one after another into a gated recurrent unit.
Its last hidden state, two numbers by default, is the feature vector. A fully connected layer maps
the features, and the energy density for energy-resolved networks, to the indicators (Gresch 2022,
appendix A).

A single network is so small that most of the time goes into calling torch. So the networks of all
runs form one module whose parameters have a leading axis `networks`. They share the calls but no
parameters, and a step of all networks takes about as long as a step of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

from spinlearn import arguments

DTYPE = torch.float64


def neighbour_pairs(
    fields: Float[np.ndarray, "*batch T"], lengths: Int[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch T 2"]:
    """The pairs (h_1, h_2), ..., (h_{L-1}, h_L), (h_L, h_1) of each ring (Gresch 2022, appendix A).

    Args:
        fields: disorder vectors, in units of J; values beyond a ring's length are padding.
        lengths: number of sites of each ring, at most T.

    Returns:
        One pair per site; zeros beyond a ring's length.

    Raises:
        InvalidArgumentError: if a field of a ring is not finite, or a length is not in 1..T.

    >>> neighbour_pairs(np.array([1.0, 2.0, 3.0, np.nan]), np.array(3)).tolist()
    [[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [0.0, 0.0]]
    """
    fields = arguments.real("fields", fields, (..., None), nan=True)
    lengths = arguments.whole("lengths", lengths, fields.shape[:-1], low=1, high=fields.shape[-1])
    T = fields.shape[-1]
    site = np.arange(T)
    if np.isnan(fields[site < lengths[..., None]]).any():
        raise arguments.InvalidArgumentError("fields", "are NaN within the length of a ring")
    following = np.where(site + 1 < lengths[..., None], site + 1, 0) % T
    pairs = np.stack([fields, np.take_along_axis(fields, following, axis=-1)], axis=-1)
    return np.where((site < lengths[..., None])[..., None], pairs, 0.0)


class _LastHidden(torch.autograd.Function):
    """Last hidden state of stacked GRUs, with an explicit gradient.

    At step t every network multiplies the columns (x_t, H, 1) of its batch by one matrix. Its four
    blocks of rows give the arguments of r and z, and the two parts of the argument of n. In the
    backward pass the local derivatives of all steps are computed at once; each step then needs only
    two products. The batch is the last axis, so that every block is contiguous in memory.
    """

    @staticmethod
    def forward(ctx, weight, inputs, lengths):  # type: ignore[no-untyped-def]
        """See `StackedGRU.forward`; `weight` is the matrix of `StackedGRU._joint_weight`."""
        networks, batch, _, width = inputs.shape
        F = weight.shape[1] // 4
        shortest, longest = int(lengths.min()), int(lengths.max())
        columns = inputs.new_zeros(longest + 1, networks, width + F + 1, batch)
        columns[:longest, :, :width] = inputs[:, :, :longest].permute(2, 0, 3, 1)
        columns[:, :, -1] = 1.0
        hidden = columns[:, :, width : width + F].unbind(0)
        gates = inputs.new_empty(longest, networks, 4 * F, batch)
        candidates = inputs.new_empty(longest, networks, F, batch)
        for t in range(longest):
            torch.bmm(weight, columns[t], out=gates[t])
            r_and_z, n_input, n_hidden = gates[t].split((2 * F, F, F), dim=1)
            r, z = r_and_z.sigmoid_().split(F, dim=1)
            n = torch.addcmul(n_input, r, n_hidden, out=candidates[t]).tanh_()
            torch.lerp(n, hidden[t], z, out=hidden[t + 1])
            if t >= shortest:
                over = (lengths <= t)[:, None]
                torch.where(over, hidden[t], hidden[t + 1], out=hidden[t + 1])
        ctx.save_for_backward(weight, columns, gates, candidates, lengths)
        return hidden[longest].mT.contiguous()

    @staticmethod
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        """Backpropagation through time."""
        weight, columns, gates, n, lengths = ctx.saved_tensors
        longest, networks, F, batch = n.shape
        width = columns.shape[2] - F - 1
        r, z, _, n_hidden = gates.split(F, dim=2)
        previous = columns[:longest, :, width : width + F]
        active = torch.arange(longest)[:, None, None, None] < lengths[:, None]
        to_n = torch.where(active, (1 - z) * (1 - n * n), 0.0)
        to_r = to_n * n_hidden * r * (1 - r)
        to_z = torch.where(active, (previous - n) * z * (1 - z), 0.0)
        local = torch.stack([to_r, to_z, to_n, to_n * r], dim=2)
        kept = torch.where(active, z, 1.0)
        backwards = weight[:, :, width : width + F].mT.contiguous()
        gradient = gradient.mT
        for t in range(longest - 1, -1, -1):
            local[t] *= gradient[:, None]
            if t:
                passed = local[t].view(networks, 4 * F, batch)
                gradient = torch.baddbmm(kept[t] * gradient, backwards, passed)
        arguments = local.view(longest, networks, 4 * F, batch)
        return (arguments @ columns[:longest].mT).sum(dim=0), None, None


class StackedGRU(nn.Module):
    """`networks` independent one-layer GRU cells, unrolled to the last hidden state.

    With x_t the input, H the hidden state (zero at first) and s the logistic function,

        r = s(W_ir x_t + b_ir + W_hr H + b_hr)
        z = s(W_iz x_t + b_iz + W_hz H + b_hz)
        n = tanh(W_in x_t + b_in + r (W_hn H + b_hn))
        H <- (1 - z) n + z H

    (Cho et al. 2014, reference 62 of Gresch 2022, in the form of `torch.nn.GRU`; rows of the
    weights are in the order r, z, n, as there.)
    """

    def __init__(self, networks: int, inputs: int, features: int) -> None:
        super().__init__()
        self.features = features
        self.weight_ih = nn.Parameter(torch.zeros(networks, 3 * features, inputs, dtype=DTYPE))
        self.weight_hh = nn.Parameter(torch.zeros(networks, 3 * features, features, dtype=DTYPE))
        self.bias_ih = nn.Parameter(torch.zeros(networks, 3 * features, dtype=DTYPE))
        self.bias_hh = nn.Parameter(torch.zeros(networks, 3 * features, dtype=DTYPE))

    def _joint_weight(self) -> Float[torch.Tensor, "networks rows columns"]:
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
        return _LastHidden.apply(self._joint_weight(), inputs, lengths)


class StackedLinear(nn.Module):
    """`networks` independent affine maps."""

    def __init__(self, networks: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(networks, outputs, inputs, dtype=DTYPE))
        self.bias = nn.Parameter(torch.zeros(networks, outputs, dtype=DTYPE))

    def forward(
        self, x: Float[torch.Tensor, "networks batch inputs"]
    ) -> Float[torch.Tensor, "networks batch outputs"]:
        """W x + b of each network."""
        return torch.baddbmm(self.bias[:, None], x, self.weight.mT)


class StackedHead(nn.Module):
    """`networks` independent fully connected networks with one ReLU layer."""

    def __init__(self, networks: int, inputs: int, width: int, outputs: int) -> None:
        super().__init__()
        self.hidden = StackedLinear(networks, inputs, width)
        self.output = StackedLinear(networks, width, outputs)

    def forward(
        self, x: Float[torch.Tensor, "networks batch inputs"]
    ) -> Float[torch.Tensor, "networks batch outputs"]:
        """W_2 max(0, W_1 x + b_1) + b_2 of each network."""
        return self.output(torch.relu(self.hidden(x)))


@dataclass(frozen=True)
class Architecture:
    """Shape of one network.

    Attributes:
        indicators: names of the outputs.
        features: hidden units of the GRU.
        head: ReLU units of the fully connected layer.
        energy_offset: offset subtracted from the energy density, an additional input of the head;
            None if the energy density is not an input.
    """

    indicators: tuple[str, ...]
    features: int = 2
    head: int = 10
    energy_offset: float | None = None


class GruNetworks(nn.Module):
    """Networks of the same shape, one per run; they share no parameter.

    Args:
        networks: number of networks.
        architecture: their shape. Parameters are zero until `initialise` or `load_state_dict`.
    """

    def __init__(self, networks: int, architecture: Architecture) -> None:
        super().__init__()
        self.networks = networks
        self.architecture = architecture
        extra = 0 if architecture.energy_offset is None else 1
        self.gru = StackedGRU(networks, 2, architecture.features)
        self.head = StackedHead(
            networks, architecture.features + extra, architecture.head, len(architecture.indicators)
        )

    def initialise(self, seeds: Sequence[int]) -> "GruNetworks":
        """Draw every parameter anew, uniform in +-1/sqrt(fan), as torch does by default.

        The fan is the number of hidden features for the GRU, and of inputs for a linear map. A
        network's parameters depend on its own seed only.

        Args:
            seeds: one per network.
        """
        if len(seeds) != self.networks:
            raise ValueError(f"{self.networks} networks need as many seeds, got {len(seeds)}")
        for network, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            for module in self.modules():
                if isinstance(module, StackedGRU):
                    bound = module.features**-0.5
                elif isinstance(module, StackedLinear):
                    bound = module.weight.shape[-1] ** -0.5
                else:
                    continue
                for parameter in module.parameters(recurse=False):
                    with torch.no_grad():
                        parameter[network].uniform_(-bound, bound, generator=generator)
        return self

    def with_fresh_head(self, architecture: Architecture, seeds: Sequence[int]) -> "GruNetworks":
        """Networks with a frozen copy of these GRUs and new heads (Gresch 2022, section III.B)."""
        fresh = GruNetworks(self.networks, architecture).initialise(seeds)
        fresh.gru.load_state_dict(self.gru.state_dict())
        fresh.gru.requires_grad_(False)
        return fresh

    def head_inputs(
        self,
        features: Float[torch.Tensor, "networks batch features"],
        energy_density: Float[torch.Tensor, "networks batch"] | None,
    ) -> Float[torch.Tensor, "networks batch inputs"]:
        """Inputs of the head: the features, and the energy density for energy-resolved networks."""
        offset = self.architecture.energy_offset
        if offset is None:
            return features
        if energy_density is None:
            raise ValueError("energy-resolved networks need an energy density")
        return torch.cat([features, (energy_density - offset)[..., None]], dim=-1)

    def forward(
        self,
        pairs: Float[torch.Tensor, "networks batch T 2"],
        lengths: Int[torch.Tensor, "networks batch"],
        energy_density: Float[torch.Tensor, "networks batch"] | None = None,
    ) -> Float[torch.Tensor, "networks batch outputs"]:
        """Indicators of each disorder vector; the outputs are not restricted to [0, 1]."""
        return self.head(self.head_inputs(self.gru(pairs, lengths), energy_density))


AT_ONCE = 8192
"""Disorder vectors, or inputs of a head, that are evaluated at once."""


def features(
    networks: GruNetworks, fields: Float[np.ndarray, "batch T"], lengths: Int[np.ndarray, " batch"]
) -> Float[np.ndarray, "networks batch features"]:
    """Feature vectors of disorder vectors, by every network.

    Args:
        networks: trained networks.
        fields: disorder vectors, in units of J, padded.
        lengths: number of sites of each ring.
    """
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths))
    sites = torch.from_numpy(np.asarray(lengths, dtype=np.int64))
    parts = []
    with torch.no_grad():
        for start in range(0, len(pairs), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            shared = pairs[part].expand(networks.networks, *pairs[part].shape)
            parts.append(networks.gru(shared, sites[part].expand(networks.networks, -1)))
    return torch.cat(parts, dim=1).numpy()


def indicators(
    networks: GruNetworks,
    features: Float[np.ndarray, "networks batch features"],
    energy_density: Float[np.ndarray, " batch"] | None = None,
) -> Float[np.ndarray, "networks batch outputs"]:
    """Indicators that the heads compute from feature vectors.

    Args:
        networks: trained networks.
        features: see `features`.
        energy_density: a value for each feature vector, for energy-resolved networks.
    """
    parts = []
    with torch.no_grad():
        inputs = torch.from_numpy(np.ascontiguousarray(features))
        energies = None
        if energy_density is not None:
            energies = torch.from_numpy(np.ascontiguousarray(energy_density))
            energies = energies.expand(networks.networks, -1)
        for start in range(0, inputs.shape[1], AT_ONCE):
            part = slice(start, start + AT_ONCE)
            chosen = None if energies is None else energies[:, part]
            parts.append(networks.head(networks.head_inputs(inputs[:, part], chosen)))
    return torch.cat(parts, dim=1).numpy()
