"""A recurrent network for strings of outcomes, without latent variables: exact probabilities.

By the chain rule p(a | hx) = Π_i p(a_i | a_1 … a_(i−1), hx). A vector h of `hidden` components
summarises the earlier outcomes. At each site a gated recurrent unit (Cho et al. 2014) updates it,
and a layer reads the probabilities from it:

    m = (V h) ∘ f(a_(i−1)),    h ← GRU(x_i, m),    p(a_i | …) = softmax(R elu(Q h) + s_i + s(hx))

The factor f depends on the last outcome, so that each outcome acts on h by a matrix of its own
(multiplicative recurrent network: Sutskever, Martens and Hinton 2011; Krause, Lu, Murray and Renals
2016). So it is in the exact chain rule, where each outcome multiplies a vector of the bond
dimension by a matrix (Luchnikov 2019, appendix B). All sites share the weights; the input x_i is
the sum of a vector of the last outcome, one of the site, and a function of the conditions.
"""

from functools import partial

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional

from spinlearn.vae.model import draw_at_site
from spinlearn.vae.models import Architecture, ExactModel, log_probabilities, normal


class RecurrentModel(ExactModel):
    """A multiplicative gated recurrent network over the sites; see the module's text."""

    strings_at_once = 4096

    def __init__(
        self, architecture: Architecture, generator: torch.Generator | None = None
    ) -> None:
        """Initialise the weights from `generator`."""
        super().__init__()
        self.architecture = architecture
        n, hidden = architecture.sites, architecture.hidden
        letters, logits = architecture.letters, architecture.logits
        draw = partial(normal, generator)
        width = (3 * hidden) ** -0.5
        given = len(architecture.conditions)
        if given:
            # Biases that differ put the bends of the functions of a condition at different values.
            self.condition = draw(given, hidden, scale=given**-0.5)
            self.condition_bias = draw(hidden)
            self.shift = draw(hidden, 3 * hidden + logits, scale=width)
        # The row after those of the letters stands for "no outcome yet", before the first site.
        self.outcome = draw(letters + 1, 3 * hidden, scale=0.3)
        self.factor = nn.Parameter(1 + draw(letters + 1, hidden, scale=0.5).detach())
        self.site = draw(n, 3 * hidden, scale=0.1)
        self.mixing = nn.Parameter(torch.eye(hidden) + draw(hidden, hidden, scale=0.1).detach())
        self.gates = draw(hidden, 3 * hidden, scale=width)
        self.gates_bias = nn.Parameter(torch.zeros(3 * hidden))
        self.inner = draw(hidden, hidden, scale=width)
        self.inner_bias = nn.Parameter(torch.zeros(hidden))
        self.readout = draw(hidden, logits, scale=width)
        self.readout_site = nn.Parameter(torch.zeros(n, logits))

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
        inputs, logits = self._shifts(conditions)
        first = torch.full_like(strings[:1], self.architecture.letters)
        before = torch.cat([first, strings[:-1]])
        given = functional.embedding(before, self.outcome) + self.site[:, None] + inputs
        factors = functional.embedding(before, self.factor)
        state, states = torch.zeros_like(factors[0]), []
        for here, factor in zip(given.unbind(), factors.unbind(), strict=True):
            state = self._next(state, here, factor)
            states.append(state)
        found = self._logits(torch.stack(states), self.readout_site[:, None]) + logits
        chosen = log_probabilities(found, dim=2).gather(2, strings[:, :, None])
        return -chosen.sum(dim=(0, 2))

    def sample(
        self, conditions: Float[Tensor, "samples C"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "samples N"]:
        """One string for each row of conditions, site after site; the state is kept."""
        drawn = []
        with torch.no_grad():
            for given in conditions.to(self.dtype).split(self.strings_at_once):
                uniform = rng.random((len(given), self.architecture.sites))
                inputs, logits = self._shifts(given)
                state = inputs.new_zeros(len(given), self.architecture.hidden)
                outcomes = np.empty(uniform.shape, dtype=np.uint8)
                before = torch.full((len(given),), self.architecture.letters)
                for site in range(self.architecture.sites):
                    given_here = self.outcome[before] + self.site[site] + inputs
                    state = self._next(state, given_here, self.factor[before])
                    found = self._logits(state, self.readout_site[site]) + logits
                    probabilities = log_probabilities(found.double(), dim=1).exp().numpy()
                    outcomes[:, site] = draw_at_site(probabilities, uniform[:, site])
                    before = torch.from_numpy(outcomes[:, site]).long()
                drawn.append(outcomes)
        return np.concatenate(drawn)

    def _shifts(
        self, conditions: Float[Tensor, "batch C"]
    ) -> tuple[Float[Tensor, "batch inputs"], Float[Tensor, "batch logits"]]:
        """What the conditions add to the inputs of the gates, and to the logits."""
        if not self.architecture.conditions:
            none = conditions.new_zeros(len(conditions), self.architecture.logits)
            return self.gates_bias.expand(len(conditions), -1), none
        shifts = functional.elu(conditions @ self.condition + self.condition_bias) @ self.shift
        inputs, logits = shifts.split([3 * self.architecture.hidden, self.readout.shape[1]], dim=1)
        return inputs + self.gates_bias, logits

    def _next(
        self,
        state: Float[Tensor, "batch hidden"],
        given: Float[Tensor, "batch inputs"],
        factor: Float[Tensor, "batch hidden"],
    ) -> Float[Tensor, "batch hidden"]:
        """The state at a site, from that at the site before."""
        hidden = self.architecture.hidden
        found = ((state @ self.mixing) * factor) @ self.gates
        keep, reset = torch.sigmoid(given[:, : 2 * hidden] + found[:, : 2 * hidden]).chunk(2, 1)
        new = torch.tanh(given[:, 2 * hidden :] + reset * found[:, 2 * hidden :])
        return torch.lerp(new, state, keep)

    def _logits(
        self, states: Float[Tensor, "*batch hidden"], site: Float[Tensor, "*sites logits"]
    ) -> Float[Tensor, "*batch logits"]:
        """Unnormalised log-probabilities of the outcomes at a site; of bits their difference."""
        return functional.elu(states @ self.inner + self.inner_bias) @ self.readout + site
