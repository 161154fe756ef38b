"""Neural autoregressive distribution estimator (Larochelle and Murray 2011): exact probabilities.

By the chain rule p(a | c) = Π_i p(a_i | a_1 … a_(i−1), c), with a hidden layer that adds up what
the earlier sites contribute, and a readout per site:

    h_i = σ(b + U c + Σ_(j<i) W_j[a_j]),    p(a_i | …) = softmax(V_i h_i + s_i + S c)

The contribution of letter 0 is zero, so that bits have one vector W_j per site.
"""

from functools import partial

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn import functional

from spinlearn.vae.model import draw_at_site
from spinlearn.vae.models import Architecture, ExactModel, log_probabilities, normal


class NadeModel(ExactModel):
    """`hidden` units that all sites share; see the module's text."""

    strings_at_once = 8192

    def __init__(
        self, architecture: Architecture, generator: torch.Generator | None = None
    ) -> None:
        """Initialise from `generator`: inputs and biases N(0, 1), readouts N(0, 1/hidden)."""
        super().__init__()
        self.architecture = architecture
        n, hidden = architecture.sites, architecture.hidden
        given, logits = len(architecture.conditions), architecture.logits
        draw = partial(normal, generator)
        self.inputs = draw(n - 1, architecture.letters - 1, hidden)
        self.hidden_bias = draw(hidden)
        self.readout = draw(n, hidden, logits, scale=hidden**-0.5)
        self.bias = nn.Parameter(torch.zeros(n, logits))
        if given:
            self.condition = draw(given, hidden)
            self.shift = draw(given, logits, scale=given**-0.5)

    def loss(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        conditions: Float[Tensor, "batch C"],
        generator: torch.Generator | None = None,
        draws: int = 1,
        free_nats: float = 0.0,
    ) -> Float[Tensor, " batch"]:
        """Minus ln p(outcomes | conditions) of each string, in nats, exact."""
        strings = outcomes.T.long()
        first, shift = self._given(conditions)
        added = torch.stack([self._added(j, strings[j]) for j in range(len(strings) - 1)])
        fields = torch.cat([first[None], first + torch.cumsum(added, dim=0)])
        logits = torch.bmm(torch.sigmoid(fields), self.readout) + self.bias[:, None] + shift
        chosen = log_probabilities(logits, dim=2).gather(2, strings[:, :, None])
        return -chosen.sum(dim=(0, 2))

    def sample(
        self, conditions: Float[Tensor, "samples C"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "samples N"]:
        """One string for each row of conditions, site after site."""
        uniform = rng.random((len(conditions), self.architecture.sites))
        outcomes = np.empty(uniform.shape, dtype=np.uint8)
        with torch.no_grad():
            fields, shift = self._given(conditions.to(self.dtype))
            for site in range(self.architecture.sites):
                logits = torch.sigmoid(fields) @ self.readout[site] + self.bias[site] + shift
                p = log_probabilities(logits.double(), dim=1).exp().numpy()
                outcomes[:, site] = draw_at_site(p, uniform[:, site])
                if site + 1 < self.architecture.sites:
                    fields = fields + self._added(site, torch.from_numpy(outcomes[:, site]).long())
        return outcomes

    def _given(
        self, conditions: Float[Tensor, "batch C"]
    ) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch logits"]]:
        """The fields of the hidden units before the first site, and what is added to logits."""
        fields = self.hidden_bias.expand(len(conditions), -1)
        if not self.architecture.conditions:
            return fields, conditions.new_zeros(len(conditions), self.architecture.logits)
        return fields + conditions @ self.condition, conditions @ self.shift

    def _added(self, site: int, letters: Int[Tensor, " batch"]) -> Float[Tensor, "batch hidden"]:
        """What the letters at a site add to the fields of the hidden units."""
        rows = functional.pad(self.inputs[site], (0, 0, 1, 0))
        return functional.embedding(letters, rows)
