# vae - files, settings and resources, for vae.smk and for its figures.
VAE = cfg.vae

# P4's decoder, whose files lie in vae/N{N}/, and the one beside it, one folder further down.
VAE_FOLDERS = {"factorised": "", "autoregressive": "autoregressive/"}

# Chain lengths whose 4^N outcome probabilities can be compared one by one.
VAE_SHORT = [N for N in VAE.N if N <= VAE.mass_function_max_N]
# The chain length of P4's figure, or the nearest.
VAE_LONG = max(VAE.N)
VAE_SPECTRUM_N = min(VAE_SHORT, key=lambda N: abs(N - 5), default=None)
VAE_ENTROPY_N = min(VAE.N, key=lambda N: abs(N - 10))


def vae_file(name, N, decoder="factorised"):
    """A file of the model of one chain length."""
    return f"results/vae/N{N}/{VAE_FOLDERS[decoder]}{name}"


def vae_files(name, N):
    """The same file for every decoder."""
    return [vae_file(name, N, decoder) for decoder in VAE_FOLDERS]


def vae_ground_states(wildcards):
    """Ground states of the job's chain length."""
    return tfi_ground_states(wildcards.N)


def vae_povm(wildcards):
    """Shards of POVM samples of the job's chain length."""
    return tfi_povm(wildcards.N)


def vae_training(decoder):
    """The settings that training uses."""
    return settings(
        seed=cfg.seed,
        decoder=decoder,
        hidden=VAE.hidden,
        latent=VAE.latent,
        epochs=VAE.epochs,
        batch_size=VAE.batch_size,
        learning_rate=VAE.learning_rate,
        schedule=VAE.schedule,
    )


def vae_weights(N):
    """Weights of both networks."""
    latent = VAE.latent or N
    return VAE.hidden * (2 * VAE.hidden + 12 * N + 4 * latent)


def vae_threads(wildcards):
    """Threads for training: matrix products of small batches gain nothing from a second one."""
    return min(16, max(1, VAE.batch_size * VAE.hidden // 2**20))


def vae_train_memory(wildcards, attempt):
    """MB for training: torch, the outcomes as bytes and in shuffled order, a batch's activations."""
    N = int(wildcards.N)
    samples = len(TFI.hx) * TFI.samples
    batch = VAE.batch_size * (24 * VAE.hidden + 60 * N)
    return int((900 + 1e-6 * (samples * (2 * N + 40) + 2 * batch)) * attempt)


def vae_train_minutes(wildcards, attempt):
    """Minutes for training, generous: six operations a weight and sample, at 8 GFLOP/s a thread."""
    samples = len(TFI.hx) * TFI.samples * VAE.epochs
    seconds = 6 * vae_weights(int(wildcards.N)) * samples / 8e9 / vae_threads(wildcards)
    return int((10 + seconds / 60) * attempt)


def vae_minutes(passes):
    """Minutes for decoding `passes` latent vectors for each outcome sampled, generous."""

    def minutes(wildcards, attempt):
        N = int(wildcards.N)
        operations = 4 * vae_weights(N) * len(TFI.hx) * VAE.samples * passes(N)
        return int((10 + operations / 4e9 / 60) * attempt)

    return minutes
