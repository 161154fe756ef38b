"""The conditional variational autoencoder of POVM outcomes: model, ELBO, sampling, likelihoods.

A string of outcomes a_1 … a_N of the tetrahedral POVM, measured on the ground state at the
transverse field hx, is modelled by

    p(a | hx) = ∫ dz N(z; 0, 1) Π_i π_i(a_i | z, hx)                          (eqs. 10, 11)

with a decoder π and an encoder q(z | a, hx) = N(mu, diag sigma²) (eq. A6); equations are those of
Luchnikov 2019. Given z the sites are independent; all correlations come from the latent variables.
For comparison there is an autoregressive decoder, with π_i(a_i | a_1 … a_(i−1), z, hx), and one
that shares a linear part with the encoder (`LinearPart`).
With outcomes of the user's own there may be several conditions in the place of hx.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional

from spinlearn import arguments
from spinlearn.vae.models import OUTCOMES, Architecture, OutcomeModel, log_probabilities

LATENT_BATCH = 4096
"""Latent vectors that are decoded at once."""

EVALUATIONS = 2**19
"""Largest number of (string, latent vector) pairs at which `mass_function` evaluates an
autoregressive decoder."""


class Perceptron(nn.Module):
    """Two hidden layers with ELU between an input and an output, He-normal, biases zero."""

    def __init__(
        self,
        inputs: int,
        hidden: int,
        outputs: int,
        generator: torch.Generator | None = None,
        masks: Sequence[Float[Tensor, "_ _"]] | None = None,
    ) -> None:
        """Initialise the weights from `generator`: N(0, 2 / fan-in).

        Args:
            inputs, hidden, outputs: sizes of the layers.
            generator: stream of the weights.
            masks: for each layer, 1 for weights that exist and 0 for others; None keeps all.
        """
        super().__init__()
        sizes = (inputs, hidden, hidden, outputs)
        layers = [nn.Linear(n, m) for n, m in pairwise(sizes)]
        self.layers = nn.ModuleList(layers)
        self.masked = masks is not None
        for k, layer in enumerate(layers):
            mask = torch.ones_like(layer.weight) if masks is None else masks[k]
            fan_in = mask.sum(dim=1, keepdim=True).clamp(min=1.0)
            nn.init.normal_(layer.weight, generator=generator)
            with torch.no_grad():
                layer.weight *= mask * torch.sqrt(2.0 / fan_in)
            nn.init.zeros_(layer.bias)
            if masks is not None:
                self.register_buffer(f"_mask{k}", mask, persistent=False)

    def forward(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch outputs"]:
        """The network's output, in the format of its weights.

        That format holds under `torch.autocast` too. Losses are sums over sites, of which bfloat16
        keeps two digits: too few for weights of importance.
        """
        for k, layer in enumerate(self.layers):
            if k:
                x = functional.elu(x)
            if self.masked:
                weight: Any = layer.weight * getattr(self, f"_mask{k}")
                x = functional.linear(x, weight, cast(Tensor, layer.bias))
            else:
                x = layer(x)
        return x.to(cast(Tensor, self.layers[-1].weight).dtype)


def autoregressive_masks(
    sites: int, free: int, hidden: int, letters: int = OUTCOMES, logits: int = OUTCOMES
) -> tuple[
    Float[Tensor, "hidden inputs"],
    Float[Tensor, "hidden hidden"],
    Float[Tensor, "components hidden"],
]:
    """Masks for which the output of site i depends on the outcomes of earlier sites only.

    Masked autoencoder for distribution estimation (Germain, Gregor, Murray and Larochelle 2015,
    eqs. 8 to 12): a hidden unit of degree d = 0 … N − 1 sees the sites j < d and units of degree
    at most d; output i sees units of degree at most i.

    Args:
        sites: chain length N; inputs and outputs have components a N + i.
        free: number of inputs after the outcomes that every unit sees (latent variables,
            conditions).
        hidden: width of the hidden layers; unit k has the degree k modulo N.
        letters, logits: numbers a of components per site of the inputs and of the outputs.
    """
    degree = torch.arange(hidden) % sites
    outcomes = degree[:, None] > torch.arange(letters * sites)[None, :] % sites
    first = torch.cat([outcomes, torch.ones(hidden, free, dtype=torch.bool)], dim=1)
    second = degree[:, None] >= degree[None, :]
    last = torch.arange(logits * sites)[:, None] % sites >= degree[None, :]
    return first.float(), second.float(), last.float()


def harmonics(
    conditions: Float[Tensor, "batch C"], ranges: Float[Tensor, "2 C"], count: int
) -> Float[Tensor, "batch inputs"]:
    """sin(π k u) and cos(π k u), k = 1 … K, of each condition.

    u runs from 0 to 1 over the range of the condition. A smooth network of the condition itself
    cannot change within a small part of the range before a long training; one of its harmonics can
    (Fourier features: Tancik et al. 2020). The ends of the range are half a period apart, so that
    they differ, and slopes there do not vanish.

    Args:
        conditions: values of the conditions.
        ranges: least and greatest values; where both are equal, u is 0.
        count: K.
    """
    low, high = ranges.to(conditions.dtype)
    u = (conditions - low) / torch.where(high > low, high - low, 1.0)
    k = math.pi * torch.arange(1, count + 1, dtype=u.dtype, device=u.device)
    angle = (u[:, :, None] * k).flatten(1)
    return torch.cat([torch.sin(angle), torch.cos(angle)], dim=1)


class LinearPart(nn.Module):
    """A part of the decoder that is linear in z, and what it says of z, for the encoder.

    The logits of outcome a at site i gain Σ_j W_(a,i),j g_j z_j, with gains g_j that are linear in
    what the networks see of the conditions: correlations change with the field, and without them
    every other layer would have to take away what W puts in. If nothing else depends on z, the
    logarithm of the posterior of z is Σ_j z_j g_j Σ_i W_(a_i,i),j minus a function that no outcome
    changes. Expanded to second order at z = 0 it has the mean
    σ_j² g_j Σ_i (W_(a_i,i),j − ¼ Σ_a W_(a,i),j), with the variance σ_j² of z_j. This is what the
    encoder's mean gains: both networks share W and g, as the two layers of a harmonium share their
    weights (Welling, Rosen-Zvi and Hinton 2004). So a mode of little weight is inferred as soon as
    the decoder has it. Without this the encoder learns it late, and until then the bound is higher
    without the mode.

    At first all gains are 1. Every latent variable moves one site, and no two move the same site
    alike as long as there are no more than 3N: W = ½ in the components of a direction orthogonal to
    (1, 1, 1, 1), normalised to mean square one third.
    """

    DIRECTIONS = ((1.0, 1.0, -1.0, -1.0), (1.0, -1.0, 1.0, -1.0), (1.0, -1.0, -1.0, 1.0))

    def __init__(self, architecture: Architecture) -> None:
        """Initial weights without chance."""
        super().__init__()
        sites, latent = architecture.sites, architecture.latent
        weight = torch.zeros(OUTCOMES, sites, latent)
        for j in range(latent):
            direction = self.DIRECTIONS[j // sites % len(self.DIRECTIONS)]
            weight[:, j % sites, j] = 0.5 / math.sqrt(3.0) * torch.tensor(direction)
        self.weight = nn.Parameter(weight.flatten(0, 1))
        self.gains = nn.Linear(architecture.condition_inputs, latent)
        nn.init.zeros_(self.gains.weight)
        nn.init.ones_(self.gains.bias)

    def logits(
        self, z: Float[Tensor, "batch latent"], given: Float[Tensor, "batch inputs"]
    ) -> Float[Tensor, "batch components"]:
        """What the logits gain; `given` is what the networks see of the conditions."""
        return ((z * self._gains(given)) @ self.weight.T).to(self.weight.dtype)

    def slopes(
        self, hot: Float[Tensor, "batch components"], given: Float[Tensor, "batch inputs"]
    ) -> Float[Tensor, "batch latent"]:
        """What the mean of q(z | outcomes, conditions) gains, over the variance of z."""
        slopes = (hot - 1.0 / OUTCOMES) @ self.weight * self._gains(given)
        return slopes.to(self.weight.dtype)

    def _gains(self, given: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch latent"]:
        return self.gains(given.to(self.weight.dtype))


class ConditionalVAE(OutcomeModel):
    """Encoder and decoder, both with hx appended to their inputs (section 4, appendix A).

    In general C named conditions are appended, with the values that the data give, or their
    `harmonics`.

    Outcomes are given as one-hot vectors of 4N components, made for one batch at a time. Arrays
    over outcomes have axes (batch, 4, N), since a softmax over a last axis of length 4 is several
    times slower.

    With the autoregressive decoder, π_i depends on a_1 … a_(i−1) as well as on z and the
    conditions, so that correlations need not come from the latent variables. The decoder `tied` is
    factorised, and has a `LinearPart`.
    """

    has_latent_variables = True

    def __init__(
        self, architecture: Architecture, generator: torch.Generator | None = None
    ) -> None:
        """Initialise the weights from `generator`."""
        super().__init__()
        self.architecture = architecture
        n, latent, hidden = architecture.sites, architecture.latent, architecture.hidden
        given, letters = architecture.condition_inputs, architecture.letters
        outputs = architecture.logits * n
        self.autoregressive = architecture.decoder == "autoregressive"
        self.is_factorised = not self.autoregressive
        self.encoder = Perceptron(letters * n + given, hidden, 2 * latent, generator)
        if self.autoregressive:
            masks = autoregressive_masks(n, latent + given, hidden, letters, architecture.logits)
            inputs = letters * n + latent + given
            self.decoder = Perceptron(inputs, hidden, outputs, generator, masks)
        else:
            self.decoder = Perceptron(latent + given, hidden, outputs, generator)
        self.linear = LinearPart(architecture) if architecture.decoder == "tied" else None
        self._sites: Tensor
        self.register_buffer("_sites", torch.arange(n), persistent=False)
        self._ranges: Tensor
        ranges = torch.tensor(architecture.ranges, dtype=torch.float64).reshape(-1, 2).T
        self.register_buffer("_ranges", ranges, persistent=False)

    def one_hot(self, outcomes: UInt8[Tensor, "batch N"]) -> Float[Tensor, "batch components"]:
        """One-hot vectors; component a N + i is 1 where site i has outcome a."""
        shape = len(outcomes), self.architecture.letters * self.architecture.sites
        hot = torch.zeros(shape, dtype=self.dtype, device=outcomes.device)
        return hot.scatter_(1, outcomes.long() * self.architecture.sites + self._sites, 1.0)

    def encode(
        self, hot: Float[Tensor, "batch components"], conditions: Float[Tensor, "batch C"]
    ) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
        """Mean and log-variance ξ = 2 log σ of q(z | outcomes, conditions) (eq. A8)."""
        given = self._inputs(conditions)
        mean, log_variance = self.encoder(torch.cat([hot, given], dim=1)).chunk(2, dim=1)
        if self.linear is not None:
            # A variance above the prior's would be no posterior's; early in a training it is noise.
            variance = torch.exp(log_variance.clamp(max=0.0))
            mean = mean + variance * self.linear.slopes(hot, given)
        return mean, log_variance

    def decode(
        self,
        z: Float[Tensor, "batch latent"],
        conditions: Float[Tensor, "batch C"],
        hot: Float[Tensor, "batch components"] | None = None,
    ) -> Float[Tensor, "batch letters N"]:
        """Log-probabilities log π_i(a | z, conditions), normalised over a.

        Args:
            z: latent vectors.
            conditions: values of the conditions.
            hot: one-hot outcomes, for the autoregressive decoder only; each site uses those of the
                earlier sites.
        """
        given = self._inputs(conditions)
        inputs = [z, given]
        if self.autoregressive:
            if hot is None:
                raise ValueError("an autoregressive decoder needs the outcomes before each site")
            inputs.insert(0, hot)
        logits = self.decoder(torch.cat(inputs, dim=1))
        if self.linear is not None:
            logits = logits + self.linear.logits(z, given)
        return log_probabilities(logits.view(len(z), self.architecture.logits, -1), dim=1)

    def _inputs(self, conditions: Float[Tensor, "batch C"]) -> Float[Tensor, "batch inputs"]:
        """What the networks see of the conditions."""
        if not self.architecture.harmonics:
            return conditions
        return harmonics(conditions, self._ranges, self.architecture.harmonics)

    def elbo(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        conditions: Float[Tensor, "batch C"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, " batch"]:
        """Evidence lower bound of each string, with one reparametrised sample (eq. A8), in nats.

        log π(outcomes | z, conditions) − KL(q ‖ N(0, 1)) at z = mu + exp(ξ/2) ε, ε ~ N(0, 1). The
        noise is drawn on the CPU, so that it does not depend on the model's device.
        """
        hot = self.one_hot(outcomes)
        return _elbo(self, outcomes, conditions, hot, self.encode(hot, conditions), generator)

    def loss(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        conditions: Float[Tensor, "batch C"],
        generator: torch.Generator | None = None,
        draws: int = 1,
        free_nats: float = 0.0,
    ) -> Float[Tensor, " batch"]:
        """Minus the ELBO of each string, or minus its bound from more draws; in nats.

        With `free_nats`, every string costs more by `unused_latent_variables` of the batch.
        """
        hot = self.one_hot(outcomes)
        encoded = self.encode(hot, conditions)
        if draws == 1:
            bound = _elbo(self, outcomes, conditions, hot, encoded, generator)
        else:
            bound = _importance_bound(self, outcomes, conditions, hot, encoded, draws, generator)
        return unused_latent_variables(*encoded, free_nats) - bound if free_nats else -bound

    def log_probability(
        self,
        outcomes: UInt8[Tensor, "strings N"],
        conditions: Float[Tensor, "strings C"],
        draws: int = 1,
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, " strings"]:
        """Importance-weighted bound of ln p of each string; see `log_likelihood`."""
        return log_likelihood(self, outcomes, conditions, draws, generator)

    def sample(
        self, conditions: Float[Tensor, "samples C"], rng: np.random.Generator
    ) -> UInt8[np.ndarray, "samples N"]:
        """One string for each row of conditions, from a latent vector z ~ N(0, 1) of its own."""
        strings = []
        for given in conditions.to(self.dtype).split(LATENT_BATCH):
            z = torch.from_numpy(rng.standard_normal((len(given), self.architecture.latent)))
            strings.append(draw_site_by_site(self, z.to(self.dtype), given, rng))
        return np.concatenate(strings)


Encoded = tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]
"""Mean and log-variance of q(z | outcomes, conditions)."""


def _elbo(
    model: ConditionalVAE,
    outcomes: UInt8[Tensor, "batch N"],
    conditions: Float[Tensor, "batch C"],
    hot: Float[Tensor, "batch components"],
    encoded: Encoded,
    generator: torch.Generator | None,
) -> Float[Tensor, " batch"]:
    mean, log_variance = encoded
    noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype).to(mean.device)
    z = mean + torch.exp(0.5 * log_variance) * noise
    reconstruction = string_log_probability(model.decode(z, conditions, hot), outcomes)
    return reconstruction - kl_to_prior(mean, log_variance)


def kl_to_prior(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Float[Tensor, " batch"]:
    """KL(N(mu, e^ξ) ‖ N(0, 1)) = ½ Σ (mu² + e^ξ − 1 − ξ), in nats (eq. A8)."""
    return _kl_of_variables(mean, log_variance).sum(dim=1)


def _kl_of_variables(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Float[Tensor, "batch latent"]:
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance)


def unused_latent_variables(
    mean: Float[Tensor, "batch latent"],
    log_variance: Float[Tensor, "batch latent"],
    free_nats: float,
) -> Float[Tensor, ""]:
    """Σ_j max(λ − KL_j, 0) in nats; KL_j is the mean KL(q ‖ prior) of latent variable j.

    Added to minus the ELBO, it makes the first λ = `free_nats` of every latent variable free (free
    bits: Kingma, Salimans, Jozefowicz, Chen, Sutskever and Welling 2016). Without it, variables
    that would say little about a string are given up early and never learned: in the paramagnet all
    modes but those of the longest wavelengths.
    """
    return (free_nats - _kl_of_variables(mean, log_variance).mean(dim=0)).clamp(min=0.0).sum()


def string_log_probability(
    log_probability: Float[Tensor, "batch letters N"], outcomes: UInt8[Tensor, "batch N"]
) -> Float[Tensor, " batch"]:
    """Σ_i log π_i(a_i): log-probability of whole strings given z, in nats."""
    return log_probability.gather(1, outcomes.long()[:, None, :]).sum(dim=(1, 2))


def importance_bound(
    model: ConditionalVAE,
    outcomes: UInt8[Tensor, "strings N"],
    conditions: Float[Tensor, "strings C"],
    draws: int,
    generator: torch.Generator | None = None,
) -> Float[Tensor, " strings"]:
    """log (1/K) Σ_k w_k of each string, w_k = π(a | z_k) N(z_k; 0, 1) / q(z_k | a), z_k ~ q.

    Its mean is a lower bound of ln p in nats, tighter than the ELBO (Burda, Grosse and
    Salakhutdinov 2016, eq. 8); K = `draws`. The noise is drawn on the CPU.

    The gradient of the encoder's weights is the doubly reparametrised one (Tucker, Lawson, Gu and
    Maddison 2019, eq. 8), Σ_k v_k² ∂ ln w_k/∂z_k · ∂z_k/∂φ with v_k = w_k / Σ w. It has the mean of
    the plain gradient. The noise of the plain one grows with K against its mean; this one's does
    not, and vanishes where q is the posterior.
    """
    hot = model.one_hot(outcomes)
    encoded = model.encode(hot, conditions)
    return _importance_bound(model, outcomes, conditions, hot, encoded, draws, generator)


def _importance_bound(
    model: ConditionalVAE,
    outcomes: UInt8[Tensor, "batch N"],
    conditions: Float[Tensor, "batch C"],
    hot: Float[Tensor, "batch components"],
    encoded: Encoded,
    draws: int,
    generator: torch.Generator | None,
) -> Float[Tensor, " batch"]:
    mean, log_variance = encoded
    shape = len(outcomes), draws, mean.shape[1]
    noise = torch.randn(shape, generator=generator, dtype=mean.dtype).to(mean.device)
    z = mean[:, None] + torch.exp(0.5 * log_variance)[:, None] * noise
    log_prior = -0.5 * z.square().sum(dim=2)
    log_posterior = _log_density(z, mean.detach()[:, None], log_variance.detach()[:, None])
    decoded = model.decode(
        z.flatten(0, 1),
        conditions.repeat_interleave(draws, dim=0),
        hot.repeat_interleave(draws, dim=0) if model.autoregressive else None,
    )
    strings = string_log_probability(decoded, outcomes.repeat_interleave(draws, dim=0))
    log_weight = strings.view(len(outcomes), draws) + log_prior - log_posterior
    if z.requires_grad:
        share = torch.softmax(log_weight.detach(), dim=1)[:, :, None]
        # The gradient that arrives at z has v_k once.
        z.register_hook(lambda gradient: gradient * share)
    return torch.logsumexp(log_weight, dim=1) - math.log(draws)


def _log_density(
    z: Float[Tensor, "strings draws latent"],
    mean: Float[Tensor, "strings 1 latent"],
    log_variance: Float[Tensor, "strings 1 latent"],
) -> Float[Tensor, "strings draws"]:
    """ln N(z; mean, e^ξ) without the constant (latent/2) ln 2π."""
    scaled = (z - mean).square() * torch.exp(-log_variance)
    return -0.5 * (scaled + log_variance).sum(dim=-1)


def log_likelihood(
    model: ConditionalVAE,
    outcomes: UInt8[Tensor, "strings N"],
    conditions: Float[Tensor, "strings C"],
    draws: int,
    generator: torch.Generator | None = None,
) -> Float[Tensor, " strings"]:
    """`importance_bound` of many strings, without gradients: it tends to ln p for many draws.

    Args:
        model: the model.
        outcomes: strings of outcomes.
        conditions: values of the conditions of each string.
        draws: K, latent vectors per string.
        generator: stream of the latent vectors.
    """
    shape, last = (None, model.architecture.sites), model.architecture.letters - 1
    arguments.whole("outcomes", outcomes.cpu().numpy(), shape, low=0, high=last)
    arguments.real("conditions", conditions.cpu().numpy(), (len(outcomes), None))
    rows = max(1, LATENT_BATCH * 4 // arguments.integer("draws", draws, 1))
    pairs = zip(outcomes.split(rows), conditions.split(rows), strict=True)
    with torch.no_grad():
        return torch.cat([importance_bound(model, *pair, draws, generator) for pair in pairs])


# --- the model as a generator -------------------------------------------------------------------


def latent_vectors(
    model: ConditionalVAE, count: int, seed: int
) -> Iterator[Float[Tensor, "_ latent"]]:
    """`count` latent vectors z ~ N(0, 1) from the stream `seed`, `LATENT_BATCH` at a time.

    With a smaller count, the vectors are the first ones of a larger count.
    """
    arguments.integer("count", count, 1)
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, count, LATENT_BATCH):
        z = torch.randn(
            LATENT_BATCH, model.architecture.latent, generator=generator, dtype=torch.float64
        )
        yield z[: count - start].to(model.dtype)


def decoder_probabilities(
    model: ConditionalVAE, hx: float, count: int, seed: int
) -> Iterator[Float[np.ndarray, "_ 4 N"]]:
    """π_i(a | z, hx) of every site for `count` latent vectors z ~ N(0, 1), in batches.

    Raises:
        ValueError: if the decoder is autoregressive, since it has no independent sites.
    """
    hx = arguments.number("hx", hx)
    for z in latent_vectors(model, count, seed):
        with torch.no_grad():
            decoded = model.decode(z, torch.full((len(z), 1), hx, dtype=z.dtype))
        yield decoded.double().exp().numpy()


def invert_cumulative(
    probabilities: Float[np.ndarray, "samples letters n"], uniform: Float[np.ndarray, "samples n"]
) -> UInt8[np.ndarray, "samples n"]:
    """Outcomes at which the cumulative sums of the probabilities pass uniform numbers."""
    cumulative = np.cumsum(probabilities[:, :-1], axis=1)
    return (uniform[:, None] >= cumulative).sum(axis=1).astype(np.uint8)


def draw_at_site(
    probabilities: Float[np.ndarray, "samples letters"], uniform: Float[np.ndarray, " samples"]
) -> UInt8[np.ndarray, " samples"]:
    """`invert_cumulative` at one site."""
    return invert_cumulative(probabilities[:, :, None], uniform[:, None])[:, 0]


def draw_outcomes(
    probabilities: Float[np.ndarray, "samples letters N"], rng: np.random.Generator
) -> UInt8[np.ndarray, "samples N"]:
    """One string for each row of independent site probabilities."""
    samples, _, sites = probabilities.shape
    return invert_cumulative(probabilities, rng.random((samples, sites)))


def draw_site_by_site(
    model: ConditionalVAE,
    z: Float[Tensor, "samples latent"],
    conditions: Float[Tensor, "samples C"],
    rng: np.random.Generator,
) -> UInt8[np.ndarray, "samples N"]:
    """One string for each latent vector; if the decoder is autoregressive, site after site."""
    sites = model.architecture.sites
    with torch.no_grad():
        if not model.autoregressive:
            return draw_outcomes(model.decode(z, conditions).double().exp().numpy(), rng)
        uniform = rng.random((len(z), sites))
        outcomes = np.zeros((len(z), sites), dtype=np.uint8)
        hot = torch.zeros(len(z), model.architecture.letters, sites, dtype=model.dtype)
        rows = torch.arange(len(z))
        for site in range(sites):
            decoded = model.decode(z, conditions, hot.flatten(1))[:, :, site]
            probabilities = decoded.double().exp().numpy()
            outcomes[:, site] = draw_at_site(probabilities, uniform[:, site])
            hot[rows, torch.from_numpy(outcomes[:, site]).long(), site] = 1.0
    return outcomes


def string_probabilities(
    batches: Iterable[Float[np.ndarray, "_ 4 N"]],
) -> Float[np.ndarray, " strings"]:
    """Probabilities of all 4^N strings, averaged over draws of a factorised decoder.

    p(a) = (1/K) Σ_k Π_i π_i(a_i | z_k). The products over the two halves of the chain form a
    K × 4^n and a K × 4^(N−n) matrix, and the average is one matrix product. The first site is the
    most significant digit of the index, as in `spinlearn.spins.povm`.

    Args:
        batches: site probabilities, as `decoder_probabilities` gives them.
    """
    total, count = np.zeros(()), 0
    for probabilities in batches:
        half = probabilities.shape[2] // 2
        left = _products(probabilities[:, :, :half])
        right = _products(probabilities[:, :, half:])
        total = total + (left.T @ right).reshape(-1)
        count += len(probabilities)
    if not count:
        raise ValueError("no latent vectors given")
    return total / count


def _products(
    probabilities: Float[np.ndarray, "draws 4 n"],
) -> Float[np.ndarray, "draws strings"]:
    """Products of the site probabilities for every string of n outcomes."""
    product = np.ones((len(probabilities), 1))
    for site in np.moveaxis(probabilities, 2, 0):
        product = (product[:, :, None] * site[:, None, :]).reshape(len(product), -1)
    return product


def all_strings(sites: int, letters: int = OUTCOMES) -> UInt8[Tensor, "strings N"]:
    """All 4^N strings (2^N of bits); the first site is the most significant digit of the index."""
    index = torch.arange(letters**sites)
    place = letters ** torch.arange(sites - 1, -1, -1)
    return ((index[:, None] // place) % letters).to(torch.uint8)


def mass_function_draws(model: OutcomeModel, draws: int) -> int:
    """Latent vectors over which `mass_function` averages if `draws` are asked for.

    0 without latent variables. An autoregressive decoder is evaluated for each string, so that it
    has fewer, of which there are at most `EVALUATIONS` evaluations (but at least one per string).
    """
    if not model.has_latent_variables:
        return 0
    if model.is_factorised:
        return draws
    return min(draws, max(1, EVALUATIONS // OUTCOMES**model.architecture.sites))


def mass_function(
    model: OutcomeModel, hx: float, draws: int, seed: int
) -> Float[np.ndarray, " strings"]:
    """Probabilities p(a | hx) of all 4^N strings: exact, or averaged over the prior.

    The average is over `mass_function_draws(model, draws)` latent vectors.
    """
    arguments.integer("draws", draws, 1)
    hx = arguments.number("hx", hx)
    strings = all_strings(model.architecture.sites)
    if not isinstance(model, ConditionalVAE):
        field = torch.full((len(strings), 1), hx, dtype=model.dtype)
        return model.log_probability(strings, field).double().exp().numpy()
    if model.is_factorised:
        return string_probabilities(decoder_probabilities(model, hx, draws, seed))
    draws, count = mass_function_draws(model, draws), len(strings)
    together = max(1, LATENT_BATCH // count)
    total = torch.zeros(count, dtype=torch.float64)
    with torch.no_grad():
        for batch in latent_vectors(model, draws, seed):
            for z in batch.split(together):
                repeated = strings.repeat(len(z), 1)
                decoded = model.decode(
                    z.repeat_interleave(count, dim=0),
                    torch.full((len(repeated), 1), hx, dtype=model.dtype),
                    model.one_hot(repeated),
                )
                found = string_log_probability(decoded, repeated).double().exp()
                total += found.view(len(z), count).sum(dim=0)
    return (total / draws).numpy()
