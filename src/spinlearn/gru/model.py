"""The recurrent network of Gresch 2022; many independent networks in one module.

A network reads the pairs (h_i, h_{i+1}) of a ring one after another into a recurrent cell
(`spinlearn.gru.cells`). Its last hidden state, two numbers by default, is the feature vector. A
fully connected layer maps the features, and the energy density for energy-resolved networks, to the
indicators (Gresch 2022, appendix A).

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
from spinlearn.gru.cells import DTYPE, StackedCell, StackedGRU, StackedLSTM
from spinlearn.gru.choices import Cell
from spinlearn.gru.kernels import head_backward, head_forward, squared_errors

CELLS: dict[Cell, type[StackedGRU] | type[StackedLSTM]] = {"gru": StackedGRU, "lstm": StackedLSTM}


def neighbour_pairs(
    fields: Float[np.ndarray, "*batch T"], lengths: Int[np.ndarray, "*batch"], sites: int = 2
) -> Float[np.ndarray, "*batch T sites"]:
    """The pairs (h_1, h_2), ..., (h_{L-1}, h_L), (h_L, h_1) of each ring (Gresch 2022, appendix A).

    Args:
        fields: disorder vectors, in units of J; values beyond a ring's length are padding.
        lengths: number of sites of each ring, at most T.
        sites: neighbours in a tuple; 2 for pairs.

    Returns:
        One tuple per site; zeros beyond a ring's length.

    Raises:
        InvalidArgumentError: if a field of a ring is not finite, or a length is not in 1..T.

    >>> neighbour_pairs(np.array([1.0, 2.0, 3.0, np.nan]), np.array(3)).tolist()
    [[1.0, 2.0], [2.0, 3.0], [3.0, 1.0], [0.0, 0.0]]
    """
    fields = arguments.real("fields", fields, (..., None), nan=True)
    lengths = arguments.whole("lengths", lengths, fields.shape[:-1], low=1, high=fields.shape[-1])
    arguments.integer("sites", sites, 1)
    T = fields.shape[-1]
    site = np.arange(T)
    is_site = site < lengths[..., None]
    if np.isnan(fields[is_site]).any():
        raise arguments.InvalidArgumentError("fields", "are NaN within the length of a ring")
    following = (site[:, None] + np.arange(sites)) % lengths[..., None, None]
    tuples = np.take_along_axis(fields[..., None, :], following, axis=-1)
    return np.where(is_site[..., None], tuples, 0.0)


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


class _TwoLayers(torch.autograd.Function):
    """`StackedHead.forward` on a CPU, by compiled kernels."""

    @staticmethod
    def forward(ctx, x, weight, bias, weight_out, bias_out):  # type: ignore[no-untyped-def]
        """W_2 max(0, W_1 x + b_1) + b_2 of each network."""
        arrays = [part.detach().contiguous() for part in (x, weight, bias, weight_out, bias_out)]
        hidden, output = head_forward(*(part.numpy() for part in arrays))
        ctx.save_for_backward(arrays[0], weight, weight_out, torch.from_numpy(hidden))
        return torch.from_numpy(output)

    @staticmethod
    def backward(ctx, gradient):  # type: ignore[no-untyped-def]
        """Backpropagation through both layers."""
        arrays = [part.detach().numpy() for part in (*ctx.saved_tensors, gradient.contiguous())]
        return tuple(torch.from_numpy(part) for part in head_backward(*arrays))


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
        if x.device.type == "cpu":
            return _TwoLayers.apply(x, *self.parameters())
        return self.output(torch.relu(self.hidden(x)))


@dataclass(frozen=True)
class Architecture:
    """Shape of one network.

    Attributes:
        indicators: names of the outputs of a head.
        features: hidden units of the cell.
        head: ReLU units of the fully connected layer.
        energy_offset: offset subtracted from the energy density, an additional input of the head;
            None if the energy density is not an input.
        cell: kind of the recurrent cell.
        sites: neighbouring sites per input of the cell.
        energies: energy densities that have a head each; empty for one head.
    """

    indicators: tuple[str, ...]
    features: int = 2
    head: int = 10
    energy_offset: float | None = None
    cell: Cell = "gru"
    sites: int = 2
    energies: tuple[float, ...] = ()

    @property
    def resolved(self) -> bool:
        """Whether the outputs depend on the energy density."""
        return self.energy_offset is not None or bool(self.energies)

    @property
    def heads(self) -> int:
        """Number of heads."""
        return max(1, len(self.energies))


class GruNetworks(nn.Module):
    """Networks of the same shape, one per run; they share no parameter.

    The heads of one network follow one another.

    Args:
        networks: number of networks.
        architecture: their shape. Parameters are zero until `initialise` or `load_state_dict`.
    """

    def __init__(self, networks: int, architecture: Architecture) -> None:
        super().__init__()
        self.networks = networks
        self.architecture = architecture
        extra = 0 if architecture.energy_offset is None else 1
        self.gru = CELLS[architecture.cell](networks, architecture.sites, architecture.features)
        self.head = StackedHead(
            networks * architecture.heads,
            architecture.features + extra,
            architecture.head,
            len(architecture.indicators),
        )

    def initialise(self, seeds: Sequence[int]) -> "GruNetworks":
        """Draw every parameter anew, uniform in +-1/sqrt(fan), as torch does by default.

        The fan is the number of hidden features for the cell, and of inputs for a linear map. A
        network's parameters depend on its own seed only.

        Args:
            seeds: one per network.
        """
        if len(seeds) != self.networks:
            raise ValueError(f"{self.networks} networks need as many seeds, got {len(seeds)}")
        for network, seed in enumerate(seeds):
            generator = torch.Generator().manual_seed(seed)
            for module in self.modules():
                if isinstance(module, StackedCell):
                    bound = module.features**-0.5
                elif isinstance(module, StackedLinear):
                    bound = module.weight.shape[-1] ** -0.5
                else:
                    continue
                for parameter in module.parameters(recurse=False):
                    with torch.no_grad():
                        own = parameter.view(self.networks, -1, *parameter.shape[1:])[network]
                        own.uniform_(-bound, bound, generator=generator)
        return self

    def with_fresh_head(self, architecture: Architecture, seeds: Sequence[int]) -> "GruNetworks":
        """Networks with a frozen copy of these cells and new heads (Gresch 2022, section III.B)."""
        fresh = GruNetworks(self.networks, architecture).initialise(seeds)
        fresh.gru.load_state_dict(self.gru.state_dict())
        fresh.gru.requires_grad_(False)
        return fresh

    def select(self, chosen: Sequence[int]) -> "GruNetworks":
        """A copy of some of the networks."""
        part = GruNetworks(len(chosen), self.architecture)
        index = torch.tensor(chosen, dtype=torch.long)
        part.load_state_dict(
            {
                name: value.unflatten(0, (self.networks, -1))[index].flatten(0, 1)
                for name, value in self.state_dict().items()
            }
        )
        return part.train(self.training)

    @staticmethod
    def join(parts: Sequence["GruNetworks"]) -> "GruNetworks":
        """All networks of several modules of the same architecture, one after another."""
        states = [part.state_dict() for part in parts]
        whole = GruNetworks(sum(part.networks for part in parts), parts[0].architecture)
        whole.load_state_dict(
            {name: torch.cat([state[name] for state in states]) for name in states[0]}
        )
        return whole.train(parts[0].training)

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

    def at_energies(
        self,
        features: Float[torch.Tensor, "networks batch features"],
        energies: Float[torch.Tensor, " E"],
    ) -> Float[torch.Tensor, "networks batch E outputs"]:
        """Indicators of each feature vector at every energy density of a grid.

        The grid of networks with a head per energy density is `architecture.energies`.
        """
        networks, batch, _ = features.shape
        if self.architecture.energies:
            each = features[:, None].expand(-1, len(energies), -1, -1).flatten(0, 1)
            return self.head(each).unflatten(0, (networks, -1)).transpose(1, 2)
        repeated = features.repeat_interleave(len(energies), dim=1)
        shared = energies.repeat(batch).expand(networks, -1)
        return self.head(self.head_inputs(repeated, shared)).unflatten(1, (batch, -1))

    def add_gradients(
        self,
        pairs: Float[torch.Tensor, "samples T sites"],
        lengths: Int[torch.Tensor, " samples"],
        target: Float[torch.Tensor, "samples outputs"],
        index: Int[torch.Tensor, "networks batch"],
        factor: float,
    ) -> Float[torch.Tensor, " networks"]:
        """Squared errors of each network, their gradients being added to those of the parameters.

        A compiled kernel does it, in half the time of `forward` and backpropagation. It is for GRUs
        on a CPU whose outputs do not depend on the energy density.

        Args:
            pairs, lengths, target: all samples.
            index: the samples in the batch of each network.
            factor: what the sums of squared errors are multiplied by.

        Raises:
            ValueError: for other cells, or outputs at each energy density.
        """
        if self.architecture.cell != "gru" or self.architecture.resolved:
            raise ValueError("the compiled gradients are for GRUs without energy densities")
        parameters = (*self.gru.parameters(), *self.head.parameters())
        arrays = [part.detach().numpy() for part in (*parameters, pairs, lengths, target, index)]
        shape = self.architecture
        errors, gradients = squared_errors(*arrays, (0,) * shape.sites, (0,) * shape.features)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            parameter.grad.add_(torch.from_numpy(gradient), alpha=factor)
        return factor * torch.from_numpy(errors)

    def forward(
        self,
        pairs: Float[torch.Tensor, "networks batch T sites"],
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
    pairs = torch.from_numpy(neighbour_pairs(fields, lengths, networks.architecture.sites))
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

    Raises:
        InvalidArgumentError: if networks with a head per energy density have none for a value.
    """
    if networks.architecture.energies:
        return _of_own_heads(networks, features, energy_density)
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


def _of_own_heads(
    networks: GruNetworks,
    features: Float[np.ndarray, "networks batch features"],
    energy_density: Float[np.ndarray, " batch"] | None,
) -> Float[np.ndarray, "networks batch outputs"]:
    """Indicators of networks with a head per energy density, each row by its own head."""
    if energy_density is None:
        raise ValueError("energy-resolved networks need an energy density")
    known = np.array(networks.architecture.energies)
    head = np.abs(energy_density[:, None] - known).argmin(axis=1)
    if (missing := np.abs(energy_density - known[head]) > 1e-9).any():
        value = energy_density[missing][0]
        raise arguments.InvalidArgumentError(
            "energy_density", f"{value}: there is a head for each of {known.tolist()} only"
        )
    found = np.empty((*features.shape[:2], len(networks.architecture.indicators)))
    with torch.no_grad():
        for start in range(0, features.shape[1], AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            values = networks.at_energies(
                torch.from_numpy(np.ascontiguousarray(features[:, rows])), torch.from_numpy(known)
            )
            own = torch.from_numpy(head[rows])
            found[:, rows] = values[:, torch.arange(len(own)), own].numpy()
    return found
