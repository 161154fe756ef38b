"""A Born machine: a matrix product state whose tensors depend on the conditions.

p(a | hx) = |(⟨φ_(a_1)| ⊗ … ⊗ ⟨φ_(a_N)|) |ψ(hx)⟩|² / ⟨ψ(hx)|ψ(hx)⟩ by Born's rule for the POVM of
rank one, M_a = |φ_a⟩⟨φ_a| (Luchnikov 2019, eqs. 5 and 6; Han, Wang, Fan, Wang and Zhang 2018). The
state is a real matrix product state, whose tensors are functions of the conditions:

    A_i^s(hx) = B_i^s + Σ_k elu(w_k · hx + b_k) C_(i,k)^s

Unlike the other models it takes for granted that the outcomes come from a pure state with real
amplitudes. Then every p is physical, and observables follow from the state without drawing strings
(`MatrixProductModel.state`).

Of bit strings the model is p(s | conditions) = |⟨s|ψ⟩|² / ⟨ψ|ψ⟩: a measurement in the basis itself.
"""

import math
from functools import partial

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn import functional

from spinlearn import arguments
from spinlearn.spins.mps import MPS, right_canonical, sample_povm
from spinlearn.spins.pauli_samples import sample_z
from spinlearn.spins.povm import KETS
from spinlearn.vae.models import BITS, OUTCOMES, Architecture, ExactModel, normal

CONJUGATE_KETS: dict[int, Float[np.ndarray, "parts letters 2"]] = {
    OUTCOMES: np.stack([KETS.real, -KETS.imag]),
    BITS: np.eye(2)[None],
}
"""⟨φ_a|s⟩: real and imaginary part, by the number of letters; those of bits are real."""

NOISE = 0.1
"""Standard deviation of the initial entries of the tensors around a product state."""


class MatrixProductModel(ExactModel):
    """A matrix product state of `bond_dimension`, with `hidden` functions of the conditions."""

    strings_at_once = 8192

    def __init__(
        self, architecture: Architecture, generator: torch.Generator | None = None
    ) -> None:
        """Initialise the tensors near those of all spins along +x, from `generator`."""
        super().__init__()
        self.architecture = architecture
        bond, hidden = architecture.bond_dimension, architecture.hidden
        shape = architecture.sites, 2, bond, bond
        draw = partial(normal, generator)
        given = len(architecture.conditions)
        if given:
            self.weight = draw(given, hidden, scale=math.sqrt(2 / given))
            self.bias = draw(hidden, scale=math.sqrt(2))
        start = math.sqrt(0.5) * torch.eye(bond)  # all spins along +x
        self.fixed = nn.Parameter(start + draw(*shape, scale=NOISE).detach())
        if given:
            self.slope = draw(hidden, *shape, scale=NOISE / math.sqrt(hidden))

    @property
    def parameters_used(self) -> int:
        """All weights but those of the end tensors that no string uses."""
        sites, bond = self.architecture.sites, self.architecture.bond_dimension
        unused = 2 * 2 * bond * (bond - 1) if sites > 1 else 2 * (bond**2 - 1)
        functions = self.architecture.hidden if self.architecture.conditions else 0
        return super().parameters_used - unused * (1 + functions)

    def loss(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        conditions: Float[Tensor, "batch C"],
        generator: torch.Generator | None = None,
        draws: int = 1,
        free_nats: float = 0.0,
    ) -> Float[Tensor, " batch"]:
        """Minus ln p(outcomes | conditions) of each string, in nats, exact."""
        values, which = self._distinct(conditions)
        tensors, log_norm = self._scaled(self._tensors(values))
        matrices = self._outcome_matrices(tensors)
        letters = self.architecture.letters
        rows = which[:, None] * letters + outcomes.long()
        vectors = torch.zeros_like(matrices[0, 0, :1]).expand(len(rows), 1, -1).contiguous()
        vectors[:, 0, 0] = 1.0
        for of_site, row in zip(matrices.unbind(), rows.unbind(dim=1), strict=True):
            vectors = torch.bmm(vectors, of_site.index_select(0, row))
        parts = vectors[:, 0, :: self.architecture.bond_dimension]
        tiny = torch.finfo(self.dtype).tiny
        log_square = parts.square().sum(dim=1).clamp(min=tiny).log()
        return log_norm[which] + self.architecture.sites * math.log(letters) - log_square

    def sample(
        self, conditions: Float[Tensor, "samples C"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "samples N"]:
        """One string for each row of conditions, drawn from the states as measurements of them."""
        values, which = self._distinct(conditions.double())
        outcomes = np.empty((len(conditions), self.architecture.sites), dtype=np.uint8)
        for number, value in enumerate(values.tolist()):
            chosen, state = np.flatnonzero(which.numpy() == number), self.state(*value)
            if self.architecture.letters == BITS:
                outcomes[chosen] = sample_z(state, len(chosen), rng)
            else:
                outcomes[chosen] = sample_povm(state, len(chosen), rng)[0]
        return outcomes

    def state(self, *conditions: float) -> MPS:
        """The normalised state at one combination of conditions, right-canonical, in float64."""
        given = np.array([float(value) for value in conditions])
        if conditions or self.architecture.conditions:
            arguments.real("conditions", given, (len(self.architecture.conditions),))
        with torch.no_grad():
            values = torch.from_numpy(given).to(self.dtype)[None]
            tensors = self._tensors(values)[0].double().detach()
        sites = [tensor.transpose(0, 1).numpy() for tensor in tensors]
        sites[0], sites[-1] = sites[0][:1], sites[-1][:, :, :1]
        return right_canonical(sites)[0]

    def _distinct(
        self, conditions: Float[Tensor, "batch C"]
    ) -> tuple[Float[Tensor, "values C"], Int[Tensor, " batch"]]:
        """The distinct rows of the conditions, and which of them each row is."""
        if not self.architecture.conditions:
            return conditions[:1], torch.zeros(len(conditions), dtype=torch.long)
        return torch.unique(conditions, dim=0, return_inverse=True)

    def _tensors(self, values: Float[Tensor, "values C"]) -> Float[Tensor, "values N 2 D D"]:
        """The tensors at some values of the conditions, not normalised."""
        if not self.architecture.conditions:
            return self.fixed.expand(len(values), *self.fixed.shape)
        features = functional.elu(values @ self.weight + self.bias)
        return self.fixed + torch.tensordot(features, self.slope, dims=1)

    def _scaled(
        self, tensors: Float[Tensor, "values N 2 D D"]
    ) -> tuple[Float[Tensor, "values N 2 D D"], Float[Tensor, " values"]]:
        """Tensors whose state has a norm near 2^N, and ln ⟨ψ|ψ⟩ − N ln 4 of this state.

        An outcome has a probability near 1/4, so that amplitudes of strings stay near 1. Of bits
        the norm is near 2^(N/2), and ln 2 stands for ln 4.
        """
        near = math.sqrt(self.architecture.letters)
        left = torch.zeros_like(tensors[:, 0, 0])
        left[:, 0, 0] = 1.0
        scaled = []
        for tensor in tensors.unbind(dim=1):
            left = (tensor.mT @ (left[:, None] @ tensor)).sum(dim=1)
            norm = left.diagonal(dim1=1, dim2=2).sum(dim=1)
            left = left / norm[:, None, None]
            scaled.append(tensor * (near / norm.sqrt())[:, None, None, None])
        return torch.stack(scaled, dim=1), left[:, 0, 0].log()

    def _outcome_matrices(
        self, tensors: Float[Tensor, "values N 2 D D"]
    ) -> Float[Tensor, "N rows E E"]:
        """Σ_s ⟨φ_a|s⟩ A_i^s of each site, for (value, outcome) pairs, as real matrices, E = 2 D.

        A row vector (real part, imaginary part) times such a matrix is the complex product. Of bits
        there are only real parts, E = D.
        """
        kets = torch.from_numpy(CONJUGATE_KETS[self.architecture.letters]).to(tensors)
        parts = torch.einsum("ras,vnsbc->nrvabc", kets, tensors)
        if len(kets) == 1:
            return parts.flatten(1, 3)
        real, imaginary = parts.flatten(2, 3).unbind(dim=1)
        upper = torch.cat([real, imaginary], dim=-1)
        lower = torch.cat([-imaginary, real], dim=-1)
        return torch.cat([upper, lower], dim=-2)
