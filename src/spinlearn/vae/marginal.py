"""The exact likelihood of all strings of a short chain, as an objective of training.

For a short chain all 4^N strings can be counted, and all probabilities of a factorised decoder
follow from matrix products, p(a | hx) = E_z Π_i π_i(a_i | z, hx). So no encoder and no bound are
needed: the loss is minus the mean log-likelihood, −Σ_a f(a) ln p(a | hx), with the frequencies f of
the strings at each field. The prior average is over a few hundred latent vectors that are drawn
anew for each update. As the logarithm of an average, the loss is too large by Var(p̂)/(2 p²), with
the variance of the average p̂; points that fill the prior evenly (`latent_points`) make it small.
"""

import math
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import OUTCOMES, ConditionalVAE

SMALLEST = 1e-6
"""Smallest distance of a uniform number from 0 and 1, so that the normal one is finite."""

UPDATES = 100
"""Updates of an epoch."""


def string_counts(
    data: OutcomeData, rows: Int[np.ndarray, " rows"]
) -> tuple[Float[Tensor, "fields strings"], Float[Tensor, "fields C"]]:
    """How often each of the 4^N strings occurs at each combination of conditions, and these."""
    values, field = np.unique(data.conditions[rows], axis=0, return_inverse=True)
    place = OUTCOMES ** np.arange(data.sites - 1, -1, -1)
    index = data.outcomes[rows].astype(np.int64) @ place + field * OUTCOMES**data.sites
    counts = np.bincount(index, minlength=len(values) * OUTCOMES**data.sites)
    found = torch.from_numpy(counts.reshape(len(values), -1).astype(np.float32))
    return found, torch.from_numpy(values.astype(np.float32))


def negative_log_likelihood(
    model: ConditionalVAE,
    counts: Float[Tensor, "fields strings"],
    conditions: Float[Tensor, "fields C"],
    draws: int,
    generator: torch.Generator,
) -> Float[Tensor, ""]:
    """Minus the mean log-likelihood of a string in nats, with `draws` latent vectors per field."""
    z = latent_points(len(counts), draws, model.architecture.latent, generator).to(counts.device)
    given = conditions.repeat_interleave(draws, dim=0)
    sites = model.decode(z.flatten(0, 1), given).exp()
    probability = string_probabilities(sites.unflatten(0, (len(counts), draws)))
    return -(counts * torch.log(probability)).sum() / counts.sum()


def string_probabilities(
    sites: Float[Tensor, "*fields draws letters n"],
) -> Float[Tensor, "*fields strings"]:
    """p(a) of all strings, averaged over draws of the sites' probabilities, with gradients."""
    half = sites.shape[-1] // 2
    left, right = _products(sites[..., :half]), _products(sites[..., half:])
    return (left.transpose(-2, -1) @ right).flatten(-2) / sites.shape[-3]


def latent_points(
    fields: int, draws: int, latent: int, generator: torch.Generator
) -> Float[Tensor, "fields draws latent"]:
    """Latent vectors that fill the prior N(0, 1) more evenly than independent ones.

    The points of a Sobol sequence, shifted at random modulo 1 for each field, through the inverse
    of the normal distribution function (randomised quasi-Monte Carlo; Buchholz, Wenzel and Mandt
    2018). Each vector has the prior's distribution, so that averages have no bias.
    """
    points = torch.quasirandom.SobolEngine(latent).draw(draws)
    shift = torch.rand(fields, 1, latent, generator=generator)
    uniform = ((points + shift) % 1.0).clamp(SMALLEST, 1.0 - SMALLEST)
    return math.sqrt(2.0) * torch.erfinv(2.0 * uniform - 1.0)


def _products(
    sites: Float[Tensor, "*fields draws letters n"],
) -> Float[Tensor, "*fields draws strings"]:
    """Products of the sites' probabilities for every string of n letters."""
    product = torch.ones_like(sites[..., :1, 0])
    for site in sites.unbind(dim=-1):
        product = (product[..., :, None] * site[..., None, :]).flatten(-2)
    return product


def batches(
    counts: Float[Tensor, "fields strings"], conditions: Float[Tensor, "fields C"]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The updates of an epoch, each with all counts."""
    return ((counts, conditions) for _ in range(UPDATES))
