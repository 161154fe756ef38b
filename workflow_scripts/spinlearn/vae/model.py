"""The conditional variational autoencoder of POVM outcomes: model, ELBO, sampling, likelihoods.

A string of outcomes a_1 … a_N of the tetrahedral POVM, measured on the ground state at the
transverse field hx, is modelled by

    p(a | hx) = ∫ dz N(z; 0, 1) Π_i π_i(a_i | z, hx)                          (P4 eqs. 10, 11)

with a decoder π and an encoder q(z | a, hx) = N(mu, diag sigma²) (P4 eq. A6). Given z the sites are
independent; all correlations come from the latent variables.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn import functional

OUTCOMES = 4
"""Outcomes of the tetrahedral POVM at one site."""

LATENT_CHUNK = 4096
"""Latent vectors that are decoded at once."""


@dataclass(frozen=True)
class Architecture:
    """What fixes the shape of a model.

    Attributes:
        sites: chain length N.
        latent: latent variables; P4 takes N.
        hidden: width of the two hidden layers of the encoder and of the decoder; P4 takes 256.
    """

    sites: int
    latent: int
    hidden: int

    def __post_init__(self) -> None:
        if min(self.sites, self.latent, self.hidden) < 1:
            raise ValueError(f"sizes of a variational autoencoder must be positive, got {self}")


class Perceptron(nn.Module):
    """Two hidden layers with ELU between an input and an output, all He-normal, biases zero."""

    def __init__(
        self, inputs: int, hidden: int, outputs: int, generator: torch.Generator | None = None
    ) -> None:
        """Initialise the weights from `generator`: N(0, 2 / fan-in)."""
        super().__init__()
        sizes = (inputs, hidden, hidden, outputs)
        self.layers = nn.ModuleList(
            nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:], strict=True)
        )
        for layer in self.layers:
            nn.init.normal_(
                layer.weight, std=math.sqrt(2.0 / layer.in_features), generator=generator
            )
            nn.init.zeros_(layer.bias)

    def forward(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch outputs"]:
        """The network's output."""
        first, second, last = self.layers
        return last(functional.elu(second(functional.elu(first(x)))))


class ConditionalVAE(nn.Module):
    """Encoder and decoder, both with hx appended to their inputs (P4 §4, App. A).

    Outcomes enter as one-hot vectors of 4N components, made for a batch at a time. Arrays over
    outcomes have the outcome before the site, axes (batch, 4, N): a softmax over an inner axis of
    length 4 is several times slower.
    """

    def __init__(
        self, architecture: Architecture, generator: torch.Generator | None = None
    ) -> None:
        """Initialise the weights from `generator`."""
        super().__init__()
        self.architecture = architecture
        n, latent, hidden = architecture.sites, architecture.latent, architecture.hidden
        self.encoder = Perceptron(OUTCOMES * n + 1, hidden, 2 * latent, generator)
        self.decoder = Perceptron(latent + 1, hidden, OUTCOMES * n, generator)
        self.register_buffer("_sites", torch.arange(n), persistent=False)

    def one_hot(self, outcomes: UInt8[Tensor, "batch N"]) -> Float[Tensor, "batch 4N"]:
        """One-hot vectors; component a N + i is 1 where site i has outcome a."""
        weight = self.encoder.layers[0].weight
        hot = torch.zeros(
            len(outcomes),
            OUTCOMES * self.architecture.sites,
            dtype=weight.dtype,
            device=weight.device,
        )
        return hot.scatter_(1, outcomes.long() * self.architecture.sites + self._sites, 1.0)

    def encode(
        self, outcomes: UInt8[Tensor, "batch N"], hx: Float[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent"]]:
        """Mean and log-variance ξ = 2 log σ of q(z | outcomes, hx) (P4 eq. A8)."""
        output = self.encoder(torch.cat([self.one_hot(outcomes), hx[:, None]], dim=1))
        mean, log_variance = output.chunk(2, dim=1)
        return mean, log_variance

    def decode(
        self, z: Float[Tensor, "batch latent"], hx: Float[Tensor, " batch"]
    ) -> Float[Tensor, "batch 4 N"]:
        """Log-probabilities log π_i(a | z, hx), normalised over a."""
        logits = self.decoder(torch.cat([z, hx[:, None]], dim=1))
        return functional.log_softmax(logits.view(len(z), OUTCOMES, -1), dim=1)

    def elbo(
        self,
        outcomes: UInt8[Tensor, "batch N"],
        hx: Float[Tensor, " batch"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, " batch"]:
        """Evidence lower bound of each string, with one reparametrised sample (P4 eq. A8), in nats.

        log π(outcomes | z, hx) − KL(q ‖ N(0, 1)) at z = mu + exp(ξ/2) ε, ε ~ N(0, 1).
        """
        mean, log_variance = self.encode(outcomes, hx)
        noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype, device=mean.device)
        z = mean + torch.exp(0.5 * log_variance) * noise
        reconstruction = string_log_probability(self.decode(z, hx), outcomes)
        return reconstruction - kl_to_prior(mean, log_variance)


def kl_to_prior(
    mean: Float[Tensor, "batch latent"], log_variance: Float[Tensor, "batch latent"]
) -> Float[Tensor, " batch"]:
    """KL(N(mu, e^ξ) ‖ N(0, 1)) = ½ Σ (mu² + e^ξ − 1 − ξ), in nats (P4 eq. A8)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(dim=1)


def string_log_probability(
    log_probability: Float[Tensor, "batch 4 N"], outcomes: UInt8[Tensor, "batch N"]
) -> Float[Tensor, " batch"]:
    """Σ_i log π_i(a_i): log-probability of whole strings given z, in nats."""
    return log_probability.gather(1, outcomes.long()[:, None, :]).sum(dim=(1, 2))


def log_likelihood(
    model: ConditionalVAE,
    outcomes: UInt8[Tensor, "strings N"],
    hx: Float[Tensor, " strings"],
    draws: int,
    generator: torch.Generator | None = None,
) -> Float[Tensor, " strings"]:
    """Importance-weighted estimate of log p(outcomes | hx), in nats.

    log (1/K) Σ_k π(a | z_k) N(z_k; 0, 1) / q(z_k | a), z_k ~ q: a lower bound in the mean, which
    rises to the log-likelihood with K (Burda, Grosse and Salakhutdinov 2016, eq. 8).
    """
    pieces = []
    with torch.no_grad():
        rows = max(1, LATENT_CHUNK * 4 // draws)
        for a, h in zip(outcomes.split(rows), hx.split(rows), strict=True):
            mean, log_variance = model.encode(a, h)
            noise = torch.randn(
                (len(a), draws, mean.shape[1]), generator=generator, dtype=mean.dtype
            )
            z = mean[:, None] + torch.exp(0.5 * log_variance)[:, None] * noise
            log_prior = -0.5 * z.square().sum(dim=2)
            log_posterior = -0.5 * (noise.square() + log_variance[:, None]).sum(dim=2)
            decoded = model.decode(z.flatten(0, 1), h.repeat_interleave(draws))
            strings = string_log_probability(decoded, a.repeat_interleave(draws, dim=0))
            log_weight = strings.view(len(a), draws) + log_prior - log_posterior
            pieces.append(torch.logsumexp(log_weight, dim=1) - math.log(draws))
    return torch.cat(pieces)


def latent_vectors(
    model: ConditionalVAE, count: int, seed: int
) -> Iterator[Float[Tensor, "chunk latent"]]:
    """`count` latent vectors z ~ N(0, 1) of the stream `seed`, some thousands at a time.

    Fewer vectors are the first of more.
    """
    weight = model.decoder.layers[0].weight
    generator = torch.Generator().manual_seed(seed)
    for start in range(0, count, LATENT_CHUNK):
        z = torch.randn(
            LATENT_CHUNK, model.architecture.latent, generator=generator, dtype=torch.float64
        )
        yield z[: count - start].to(weight.dtype)


def decoder_probabilities(
    model: ConditionalVAE, hx: float, count: int, seed: int
) -> Iterator[Float[np.ndarray, "chunk 4 N"]]:
    """π_i(a | z, hx) of every site for `count` latent vectors z ~ N(0, 1), in chunks."""
    for z in latent_vectors(model, count, seed):
        with torch.no_grad():
            decoded = model.decode(z, torch.full((len(z),), hx, dtype=z.dtype))
        yield decoded.double().exp().numpy()


def draw_outcomes(
    probabilities: Float[np.ndarray, "samples 4 N"], rng: np.random.Generator
) -> UInt8[np.ndarray, "samples N"]:
    """One string for each row of site probabilities, by inversion of the cumulative sums."""
    cumulative = np.cumsum(probabilities[:, : OUTCOMES - 1], axis=1)
    uniform = rng.random((len(probabilities), 1, probabilities.shape[2]))
    return (uniform >= cumulative).sum(axis=1).astype(np.uint8)


def string_probabilities(
    chunks: Iterable[Float[np.ndarray, "chunk 4 N"]],
) -> Float[np.ndarray, " strings"]:
    """Probabilities of all 4^N strings, averaged over the decoder's draws.

    p(a) = (1/K) Σ_k Π_i π_i(a_i | z_k). The products over the two halves of the chain form a K × 4^n
    and a K × 4^(N−n) matrix, and the average is one matrix product. The first site is the most
    significant digit of the index, as everywhere in `spinlearn.spins.povm`.

    Args:
        chunks: site probabilities, as `decoder_probabilities` gives them.
    """
    total, count = np.zeros(()), 0
    for probabilities in chunks:
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
