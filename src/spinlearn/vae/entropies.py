"""Rényi entropies of the first spins of a chain, exact and learned by a VAE."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from spinlearn import arguments
from spinlearn.spins import povm
from spinlearn.spins.mps import MPS
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.model import ConditionalVAE, decoder_probabilities
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import bloch_vectors, double_precision, latent_seed

PURITY_DRAWS = 4096
"""Number of latent vectors; the purity is an average over all pairs of them."""


def exact_purities(state: MPS) -> Float[np.ndarray, " N"]:
    """Tr ρ_n² of the first n = 1 … N spins of a right-canonical matrix product state.

    Right of a bond the state is an isometry, so ρ_n has the spectrum of the left environment.
    """
    left = np.eye(1)
    purities = []
    for tensor in state.tensors:
        half = np.tensordot(left, tensor, axes=(1, 0))
        left = np.tensordot(tensor.conj(), half, axes=((0, 1), (0, 1)))
        purities.append(float(np.vdot(left, left).real))
    return np.array(purities)


def purities(bloch: Float[np.ndarray, "draws N 3"]) -> povm.Estimate:
    """Tr ρ_n² of the first n = 1 … N spins of the VAE's (quasi-)density matrix.

    ρ_n = E_z ⊗_i (1 + r_i(z)·σ)/2, so Tr ρ_n² = E_(z, z') Π_i (1 + r_i(z)·r_i(z'))/2, averaged
    over all pairs of different draws (an unbiased U-statistic). Luchnikov 2019 estimates it from
    outcomes, which has a much larger variance.

    Args:
        bloch: Bloch vectors of the decoder at independent latent vectors.

    Returns:
        Means and their standard errors (Hoeffding's first-order term) for n = 1 … N.
    """
    bloch = arguments.real("bloch", bloch, (None, None, 3))
    draws, sites, _ = bloch.shape
    rows = np.zeros((sites, draws))
    together = max(1, 2**21 // draws)
    for start in range(0, draws, together):
        index = np.arange(start, min(start + together, draws))
        kernel = np.ones((len(index), draws))
        for n in range(sites):
            kernel *= 0.5 * (1.0 + bloch[index, n] @ bloch[:, n].T)
            rows[n, index] = kernel.sum(axis=1) - kernel[np.arange(len(index)), index]
    rows /= draws - 1
    error = 2 * rows.std(axis=1, ddof=1) / np.sqrt(draws)
    return povm.Estimate(rows.mean(axis=1), error, draws)


def renyi_entropies(
    model: OutcomeModel, state: StoredState, seed: int, run: int = 0
) -> pd.DataFrame:
    """S_2 = −ln Tr ρ_n² of the first n spins, VAE and exact, in nats (Luchnikov 2019, figure 12).

    The VAE's ρ can have negative eigenvalues. Where its purity is not positive, `vae` is NaN.

    Returns:
        One row per n = 1 … N: `hx, n, vae, vae_error, exact`.

    Raises:
        ValueError: if the decoder is not factorised.
    """
    if not (isinstance(model, ConditionalVAE) and model.is_factorised):
        raise ValueError(
            "a Renyi entropy needs a factorised decoder, whose sites have Bloch vectors"
        )
    sites, hx = model.architecture.sites, state.hx
    batches = decoder_probabilities(
        double_precision(model), hx, PURITY_DRAWS, latent_seed(seed, sites, hx, run)
    )
    estimate = purities(np.concatenate([bloch_vectors(batch) for batch in batches]))
    positive = estimate.mean > 0
    purity = np.where(positive, estimate.mean, np.nan)
    return pd.DataFrame(
        {
            "hx": hx,
            "n": np.arange(1, sites + 1),
            "vae": -np.log(purity),
            "vae_error": estimate.error / purity,
            "exact": -np.log(exact_purities(state.mps)),
        }
    )
