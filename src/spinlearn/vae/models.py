"""What every model of outcome strings offers to training and evaluation.

A model of any kind is a subclass of `OutcomeModel`, listed in `spinlearn.vae.decoders`.
"""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from spinlearn.vae.choices import BIT_DECODERS, DECODERS

OUTCOMES = 4
"""Outcomes of the tetrahedral POVM at one site."""

BITS = 2
"""Values of a bit."""


@dataclass(frozen=True)
class Architecture:
    """The shape of a model.

    Attributes:
        sites: chain length N.
        latent: latent variables; the paper takes N. Decoders without any ignore it.
        hidden: width of the hidden layers; the paper takes 256.
        decoder: `factorised` (the paper's) or another one of `spinlearn.vae.choices.DECODERS`.
        bond_dimension: of the decoder `matrix_product`; others ignore it.
        conditions: names of the C conditions; the paper has the transverse field.
        harmonics: K of `spinlearn.vae.model.harmonics`; 0 gives the networks the conditions as they
            are, as in the paper. Decoders without latent variables ignore it.
        ranges: least and greatest value of each condition, with K > 0.
        letters: values that a site may have: 4 outcomes of the POVM, or 2 for bit strings, which
            may have no conditions.
    """

    sites: int
    latent: int
    hidden: int
    decoder: str = "factorised"
    conditions: tuple[str, ...] = ("hx",)
    bond_dimension: int = 4
    harmonics: int = 0
    ranges: tuple[tuple[float, float], ...] = ()
    letters: int = OUTCOMES

    @property
    def logits(self) -> int:
        """Numbers that give the probabilities at a site: one per letter; of two, the difference."""
        return 1 if self.letters == BITS else self.letters

    @property
    def condition_inputs(self) -> int:
        """Numbers that the networks of a VAE see of the conditions."""
        return len(self.conditions) * (2 * self.harmonics or 1)

    def __post_init__(self) -> None:
        if min(self.sites, self.latent, self.hidden, self.bond_dimension) < 1:
            raise ValueError(f"sizes of a model must be positive, got {self}")
        if self.decoder not in DECODERS:
            raise ValueError(f"a decoder is one of {DECODERS}, not {self.decoder!r}")
        if self.letters not in (BITS, OUTCOMES):
            raise ValueError(f"letters are {BITS} (bits) or {OUTCOMES}, not {self.letters}")
        if self.letters == BITS and self.decoder not in BIT_DECODERS:
            raise ValueError(f"a decoder of bits is one of {BIT_DECODERS}, not {self.decoder!r}")
        if not self.conditions and self.letters == OUTCOMES:
            raise ValueError("a model of POVM outcomes needs at least one condition")
        if self.harmonics and len(self.ranges) != len(self.conditions):
            raise ValueError(f"harmonics need the range of each condition, got {self.ranges}")


def log_probabilities(logits: Tensor, dim: int) -> Tensor:
    """Normalised log-probabilities of the letters, from the `Architecture.logits` along an axis."""
    if logits.shape[dim] == 1:
        both = torch.cat([-logits, logits], dim=dim)
        return nn.functional.logsigmoid(both)
    return nn.functional.log_softmax(logits, dim=dim)


def normal(generator: torch.Generator | None, *shape: int, scale: float = 1.0) -> nn.Parameter:
    """Initial weights: independent normal numbers of mean 0 and standard deviation `scale`."""
    return nn.Parameter(scale * torch.randn(shape, generator=generator))


class OutcomeModel(nn.Module):
    """A distribution p(a | conditions) over strings of outcomes a_1 … a_N, each 0..3 (or bits).

    Attributes:
        architecture: its shape.
        has_latent_variables: whether p(a) is an integral over latent variables. Then `loss` is
            minus the ELBO, and `log_probability` an importance-weighted bound; otherwise both are
            exact.
        is_factorised: whether the sites are independent given the latent variables, so that means
            of spins follow from the decoder without drawing outcomes.
    """

    architecture: Architecture
    has_latent_variables: bool = False
    is_factorised: bool = False

    @property
    def dtype(self) -> torch.dtype:
        """Type of the weights."""
        return next(self.parameters()).dtype

    @property
    def parameters_used(self) -> int:
        """Numbers that p(a | conditions) depends on: the weights, without those of an encoder."""
        weights = self.named_parameters()
        return sum(p.numel() for name, p in weights if not name.startswith("encoder."))

    @abstractmethod
    def loss(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        conditions: Float[Tensor, "batch C"],
        generator: torch.Generator | None = None,
        draws: int = 1,
        free_nats: float = 0.0,
    ) -> Float[Tensor, " batch"]:
        """The loss of each string in nats: an upper bound of minus its log-probability.

        Random numbers are drawn from `generator`, on the CPU. With more `draws`, latent vectors per
        string, the bound is tighter. `free_nats` keeps latent variables in use
        (`spinlearn.vae.model.unused_latent_variables`). Models without them ignore both.
        """

    @abstractmethod
    def log_probability(
        self,
        outcomes: UInt8[Tensor, "strings N"],
        conditions: Float[Tensor, "strings C"],
        draws: int = 1,
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, " strings"]:
        """ln p(outcomes | conditions) of each string in nats, without gradients.

        Exact for models without latent variables, which ignore `draws` and `generator`. Otherwise a
        bound whose mean rises to ln p with `draws`, latent vectors per string.
        """

    @abstractmethod
    def sample(
        self, conditions: Float[Tensor, "samples C"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "samples N"]:
        """One string for each row of conditions, each from its own latent vector if there are."""


class ExactModel(OutcomeModel):
    """A model without latent variables: its loss is minus ln p.

    Attributes:
        strings_at_once: strings that are evaluated at once.
    """

    strings_at_once: int

    def log_probability(
        self,
        outcomes: UInt8[Tensor, "strings N"],
        conditions: Float[Tensor, "strings C"],
        draws: int = 1,
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, " strings"]:
        """ln p(outcomes | conditions) of each string in nats, exact."""
        parts = outcomes, conditions.to(self.dtype)
        batches = zip(*(part.split(self.strings_at_once) for part in parts), strict=True)
        with torch.no_grad():
            return torch.cat([-self.loss(strings, given) for strings, given in batches])
