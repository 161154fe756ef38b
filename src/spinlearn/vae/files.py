"""Files of stage `vae`: paths, settings of rules, memory (MB) and time (minutes) of jobs."""

from spinlearn.pipeline.planning import settings
from spinlearn.tfi.config import Tfi
from spinlearn.vae.choices import DECODERS, Decoder
from spinlearn.vae.config import Vae


def model_file(name: str, N: int, decoder: Decoder = "factorised") -> str:
    """A file of the model with one chain length and decoder."""
    return f"results/vae/N{N}/{decoder}/{name}"


def model_files(name: str, N: int) -> list[str]:
    """The same file for every decoder."""
    return [model_file(name, N, decoder) for decoder in DECODERS]


def short_chains(vae: Vae) -> list[int]:
    """Chain lengths whose 4^N outcome probabilities can be compared one by one."""
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
    """The settings that training uses."""
    used = {"hidden", "latent", "epochs", "batch_size", "learning_rate", "schedule"}
    return settings(seed=seed, decoder=decoder, **vae.model_dump(include=used))


def train_threads(vae: Vae) -> int:
    """Threads for training: products of small matrices gain nothing from a second one."""
    return min(16, max(1, vae.batch_size * vae.hidden // 2**20))


def train_memory(vae: Vae, tfi: Tfi, N: int) -> float:
    """MB for training: torch, outcomes as bytes and in shuffled order, a batch's activations."""
    batch = vae.batch_size * (24 * vae.hidden + 60 * N)
    return 900 + 1e-6 * (len(tfi.hx) * tfi.samples * (2 * N + 40) + 2 * batch)


def train_minutes(vae: Vae, tfi: Tfi, N: int) -> float:
    """Minutes for training, generous: six operations per weight and sample, 8 GFLOP/s a thread."""
    samples = len(tfi.hx) * tfi.samples * vae.epochs
    return 10 + 6 * _weights(vae, N) * samples / 8e9 / train_threads(vae) / 60


def decode_minutes(vae: Vae, tfi: Tfi, N: int, passes: float) -> float:
    """Minutes for decoding `passes` latent vectors per outcome sampled, generous."""
    operations = 4 * _weights(vae, N) * len(tfi.hx) * vae.samples * passes
    return 10 + operations / 4e9 / 60


def _weights(vae: Vae, N: int) -> int:
    """Weights of both networks."""
    return vae.hidden * (2 * vae.hidden + 12 * N + 4 * (vae.latent or N))
