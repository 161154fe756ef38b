"""How far the distributions of pairs of sites are from those of the data, as a part of a loss.

A correlation of neighbours that is 0.1 too weak raises KL(P ‖ p) of a string by 0.0006 nat only:
outcomes of the tetrahedral POVM keep a third of a spin, and the loss is quadratic in the deviation.
The bound of the likelihood is some hundredths of a nat too low, by an amount that depends on how
well the encoder knows the latent variable of that correlation. So what the bound prefers need not
have the right correlations. Distributions of pairs need no encoder and no bound: they are means
over the prior, E_z π_i(a | z, hx) π_j(b | z, hx). To fit them is a composite likelihood (Varin,
Reid and Firth 2011), here with the expansion of the likelihood to second order, χ²/2.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from spinlearn.vae.data import OutcomeData
from spinlearn.vae.marginal import latent_points
from spinlearn.vae.model import ConditionalVAE

DRAWS = 128
"""Latent vectors of each of the two means."""

CONDITIONS = 7
"""Combinations of conditions, such as fields, in an update."""

AT_ONCE = 20_000
"""Strings that are counted at once."""

RAREST = 0.02
"""Pairs of outcomes that are less frequent than this weigh as if they were as frequent."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """How frequent pairs of outcomes are, at each combination of conditions.

    Attributes:
        frequencies: share of the strings with outcome a at site i and b at site j; components of
            both axes are a N + i, as in one-hot vectors.
        weights: 1 over the frequency, or over `RAREST` if that is larger; 0 for a site with itself.
        conditions: values of the conditions.
    """

    frequencies: Float[Tensor, "fields components components"]
    weights: Float[Tensor, "fields components components"]
    conditions: Float[Tensor, "fields C"]

    @classmethod
    def of(
        cls, model: ConditionalVAE, data: OutcomeData, rows: Int[np.ndarray, " rows"]
    ) -> "Pairs":
        """Count the pairs of some strings, on the model's device."""
        device = next(model.parameters()).device
        values, field = np.unique(data.conditions[rows], axis=0, return_inverse=True)
        found = []
        for k in range(len(values)):
            index = rows[field == k]
            total = torch.zeros(())
            for part in np.array_split(index, -(-len(index) // AT_ONCE)):
                hot = model.one_hot(data.rows(part)[0].to(device))
                total = total + hot.T @ hot
            found.append(total / len(index))
        frequencies, letters = torch.stack(found), model.architecture.letters
        different = ~torch.eye(data.sites, dtype=torch.bool, device=device)
        weights = different.repeat(letters, letters) / frequencies.clamp(min=RAREST)
        given = torch.from_numpy(values.astype(np.float32))
        return cls(frequencies, weights, given.to(device))

    def distance(
        self,
        model: ConditionalVAE,
        generator: torch.Generator,
        draws: int = DRAWS,
        conditions: int = CONDITIONS,
    ) -> Float[Tensor, ""]:
        """Σ_(i<j) χ²_ij / 2 in nats, a mean over some combinations of conditions.

        χ²_ij = Σ_ab (p − f)² / f of the pair (i, j). The square is the product of two independent
        estimates of p − f, of `draws` latent vectors each, so that it has no bias; it may be
        negative.
        """
        chosen = torch.randperm(len(self.conditions), generator=generator)[:conditions]
        z = latent_points(2 * len(chosen), draws, model.architecture.latent, generator)
        given = self.conditions[chosen].repeat_interleave(2 * draws, dim=0)
        sites = model.decode(z.flatten(0, 1).to(given.device), given).exp().flatten(1)
        sites = sites.unflatten(0, (len(chosen), 2, draws))
        with torch.autocast(given.device.type, enabled=False):  # bfloat16 would round differences
            pairs = sites.transpose(-2, -1) @ sites / draws
        first, second = (pairs - self.frequencies[chosen][:, None]).unbind(dim=1)
        return _half_chi_squared(first * second, self.weights[chosen])

    def distance_of_guessing(self, sites: int) -> float:
        """The same for strings that are all alike."""
        letters = len(self.frequencies[0]) // sites
        squares = (1 / letters**2 - self.frequencies).square()
        return float(_half_chi_squared(squares, self.weights))


def _half_chi_squared(
    squares: Float[Tensor, "fields components components"],
    weights: Float[Tensor, "fields components components"],
) -> Float[Tensor, ""]:
    """Σ_(i<j) χ²_ij / 2, a mean over the fields."""
    return 0.25 * (weights * squares).sum() / len(squares)  # a pair is there twice
