"""Files of stage `vae`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from itertools import product

from spinlearn.pipeline.planning import settings
from spinlearn.tfi.config import Tfi
from spinlearn.vae.choices import DECODERS, Decoder
from spinlearn.vae.config import Vae

LIKELIHOOD_DRAWS = 64
"""Latent vectors per string in the bound of the log-likelihood."""


def model_file(name: str, N: int, decoder: Decoder = "factorised") -> str:
    """Path of a file of the model with this chain length and decoder."""
    return f"results/vae/N{N}/{decoder}/{name}"


def model_files(name: str, N: int) -> list[str]:
    """Paths of a file for every decoder."""
    return [model_file(name, N, decoder) for decoder in DECODERS]


def outcome_files(name: str, tfi: Tfi) -> list[str]:
    """Paths of a file of the models of all outcomes of the user's own, for every decoder."""
    cells = product(tfi.outcomes_files, DECODERS)
    return [f"results/vae/{outcomes}/{decoder}/{name}" for outcomes, decoder in cells]


def short_chains(vae: Vae) -> list[int]:
    """Chain lengths for which all 4^N outcome probabilities are compared."""
    return [N for N in vae.N if vae.mass_function_max_N >= N]


def longest_chain(vae: Vae) -> int:
    """The chain length of figures 5 to 9 of Luchnikov 2019, or the nearest."""
    return max(vae.N)


def spectrum_chain(vae: Vae) -> int | None:
    """The chain length of figures 10 and 13, or the nearest; None if all are too long."""
    return min(short_chains(vae), key=lambda N: abs(N - 5), default=None)


def entropy_chain(vae: Vae) -> int:
    """The chain length of figure 12, or the nearest."""
    return min(vae.N, key=lambda N: abs(N - 10))


def train_settings(seed: int, vae: Vae, decoder: str) -> str:
    """The settings that rule `vae_train` uses."""
    used = {"hidden", "latent", "epochs", "batch_size", "learning_rate", "schedule"}
    training = {"decoder": decoder, **vae.model_dump(include=used)}
    return settings(seed=seed, training=training)


def sampling_settings(seed: int, vae: Vae) -> str:
    """The settings of what is estimated from samples of a model."""
    return settings(seed=seed, samples=vae.samples)


def mass_function_settings(seed: int, vae: Vae) -> str:
    """The settings of the probabilities of all outcomes."""
    return settings(seed=seed, prior_samples=vae.prior_samples)


def likelihood_settings(seed: int, vae: Vae) -> str:
    """The settings of the bound of the log-likelihood."""
    return settings(seed=seed, samples=vae.samples, draws=LIKELIHOOD_DRAWS)


def train_threads(vae: Vae) -> int:
    """Threads for training: one for small matrices, which more threads do not make faster."""
    return min(16, max(1, vae.batch_size * vae.hidden // 2**20))


def train_memory(vae: Vae, samples: int, sites: int, conditions: int) -> float:
    """MB for training: torch, outcomes as bytes, their shuffled copy, activations of a batch."""
    batch = vae.batch_size * (24 * vae.hidden + 60 * sites)
    return 900 + 1e-6 * (samples * (2 * sites + 32 + 8 * conditions) + 2 * batch)


def train_minutes(vae: Vae, samples: int, sites: int, conditions: int) -> float:
    """Minutes for training, generous: 6 operations per weight and sample, 8 GFLOP/s per thread."""
    operations = 6 * _weights(vae, sites, conditions) * samples * vae.epochs
    return 10 + operations / 8e9 / train_threads(vae) / 60


def likelihood_minutes(vae: Vae, samples: int, sites: int, conditions: int) -> float:
    """Minutes for the bound of the log-likelihood of all strings, generous."""
    operations = 2 * _weights(vae, sites, conditions) * samples * LIKELIHOOD_DRAWS
    return 10 + operations / 2e9 / 60


def decode_minutes(vae: Vae, tfi: Tfi, N: int, passes: int | float) -> float:
    """Minutes for decoding `passes` latent vectors per sample, generous."""
    operations = 4 * _weights(vae, N) * len(tfi.hx) * vae.samples * passes
    return 10 + operations / 4e9 / 60


def _weights(vae: Vae, sites: int, conditions: int = 1) -> int:
    """Weights of both networks."""
    inputs = 12 * sites + 4 * (vae.latent or sites) + 2 * (conditions - 1)
    return vae.hidden * (2 * vae.hidden + inputs)
