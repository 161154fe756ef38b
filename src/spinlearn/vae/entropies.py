"""Rényi entropies of the first spins of a chain, exact and learned by a VAE."""

import math

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8

from spinlearn import arguments
from spinlearn.spins import povm
from spinlearn.spins.compression import purities as exact_purities
from spinlearn.spins.compression import von_neumann_entropies
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.matrix_product import MatrixProductModel
from spinlearn.vae.model import ConditionalVAE, decoder_probabilities
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import bloch_vectors, double_precision, draw, latent_seed

PURITY_DRAWS = 2048
"""Number of latent vectors; the purity is an average over all pairs of them."""

KERNEL_NUMBERS = 2**16
"""Pairs of latent vectors at once: half a megabyte, which stays in a core's cache."""

PURITY_STRINGS = 10_000
"""Strings drawn from a model that has neither a state nor Bloch vectors."""

SAMPLED_SITES = 10
"""Largest part of the chain, in spins, for which the variance of that route is shown."""

PURITY_SITES = 6
"""Largest part of the chain, in spins, whose purity is estimated from strings."""


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
    # (1 + r·r')/2 is one inner product of vectors with four components.
    vectors = np.concatenate([np.ones((draws, sites, 1)), bloch], axis=2).swapaxes(0, 1)
    halves = 0.5 * vectors
    rows = np.zeros((sites, draws))
    together = max(1, KERNEL_NUMBERS // draws)
    for start in range(0, draws, together):
        index = np.arange(start, min(start + together, draws))
        kernel = np.ones((len(index), draws))
        for n in range(sites):
            kernel *= halves[n, index] @ vectors[n].T
            rows[n, index] = kernel.sum(axis=1) - kernel[np.arange(len(index)), index]
    rows /= draws - 1
    error = 2 * rows.std(axis=1, ddof=1) / np.sqrt(draws)
    return povm.Estimate(rows.mean(axis=1), error, draws)


def outcome_purities(outcomes: UInt8[np.ndarray, "M N"], most: int) -> povm.Estimate:
    """Tr ρ_n² of the first n = 1 … `most` spins, from strings of outcomes.

    Tr ρ_n² = Σ_(a, b) p(a) Π_i (T⁻¹)_(a_i b_i) p(b) (Luchnikov 2019, section 5), averaged over all
    pairs of different strings: an unbiased U-statistic. Its variance
    grows with n by a factor of 7 to 9 per spin, if the state is nearly a product.

    Args:
        outcomes: M independent strings.
        most: largest part, in spins; there are 4^n counts.

    Returns:
        Means and their standard errors: both of Hoeffding's terms, 4 ζ_1/M + 2 ζ_2/M², with ζ_2
        from pairs of different strings, and ζ_1 from the spread of the strings' means, which
        exceeds it by ζ_2/M.
    """
    outcomes = arguments.whole("outcomes", outcomes, (None, None), low=0, high=3)
    samples, sites = outcomes.shape
    arguments.integer("most", most, 1, sites)
    means, errors = [], []
    for n in range(1, most + 1):
        index = outcomes[:, :n].astype(int) @ (4 ** np.arange(n - 1, -1, -1))
        counts = np.bincount(index, minlength=4**n).astype(float)
        of_string = povm.apply_on_every_site(povm.INVERSE_OVERLAPS, counts, 4) - 5.0**n
        of_string /= samples - 1
        frequency = counts / samples
        mean = float((frequency * of_string).sum())
        first = float((frequency * of_string**2).sum()) - mean**2
        squares = povm.apply_on_every_site(povm.INVERSE_OVERLAPS**2, counts, 4) - 25.0**n
        second = float((frequency * squares).sum()) / (samples - 1) - mean**2
        means.append(mean)
        single = max(first - second / samples, 0.0)
        errors.append(math.sqrt(4 * single / samples + 2 * max(second, 0.0) / samples**2))
    return povm.Estimate(np.array(means), np.array(errors), samples)


def learned_purities(model: OutcomeModel, hx: float, seed: int, run: int = 0) -> povm.Estimate:
    """Tr ρ_n² of the first n spins of a model, by the best route that its kind allows.

    Exact from the state of a matrix product; from the Bloch vectors of a factorised decoder, for n
    = 1 … N; of others from drawn outcomes, for n = 1 … `PURITY_SITES`.
    """
    sites = model.architecture.sites
    if isinstance(model, MatrixProductModel):
        exact = exact_purities(model.state(hx))
        return povm.Estimate(exact, np.zeros(sites), 0)
    if isinstance(model, ConditionalVAE) and model.is_factorised:
        latent = latent_seed(seed, sites, hx, run)
        batches = decoder_probabilities(double_precision(model), hx, PURITY_DRAWS, latent)
        return purities(np.concatenate([bloch_vectors(batch) for batch in batches]))
    drawn = draw(model, hx, PURITY_STRINGS, seed, "purity", run).outcomes
    return outcome_purities(np.concatenate(drawn), min(PURITY_SITES, sites))


def sampled_purities(
    model: OutcomeModel, hx: float, largest: int, seed: int, run: int = 0
) -> povm.Estimate:
    """Tr ρ_n² of the first n = 1 … `largest` spins from `PURITY_DRAWS` drawn strings.

    The route of Luchnikov 2019, with as many draws as for the Bloch vectors of a factorised
    decoder. NaN for n above `SAMPLED_SITES`.
    """
    drawn = draw(model, hx, PURITY_DRAWS, seed, "sampled purity", run).outcomes
    found = outcome_purities(np.concatenate(drawn), min(SAMPLED_SITES, largest))
    beyond = np.full(largest - len(found.mean), np.nan)
    mean, error = (np.append(values, beyond) for values in (found.mean, found.error))
    return povm.Estimate(mean, error, PURITY_DRAWS)


def renyi_entropies(
    model: OutcomeModel, state: StoredState, seed: int, run: int = 0
) -> pd.DataFrame:
    """S_2 = −ln Tr ρ_n² of the first n spins, learned and exact, in nats (Luchnikov 2019, fig. 12).

    A learned ρ can have negative eigenvalues. Where its purity is not positive, `vae` is NaN.

    Returns:
        One row per n = 1 … N, or per n that `learned_purities` gives: `hx, n, vae, vae_error,
        exact`, `von_neumann` (exact, nats), `sampled_purity` and `sampled_purity_error` (see
        `sampled_purities`), `mps_numbers` (in the ground state's tensors) and `parameters` (of the
        model, with its encoder).
    """
    estimate = learned_purities(model, state.hx, seed, run)
    largest = len(estimate.mean)
    purity = np.where(estimate.mean > 0, estimate.mean, np.nan)
    sampled = sampled_purities(model, state.hx, largest, seed, run)
    return pd.DataFrame(
        {
            "hx": state.hx,
            "n": np.arange(1, largest + 1),
            "vae": -np.log(purity),
            "vae_error": estimate.error / purity,
            "exact": -np.log(exact_purities(state.mps)[:largest]),
            "von_neumann": von_neumann_entropies(state.mps)[:largest],
            "sampled_purity": sampled.mean,
            "sampled_purity_error": sampled.error,
            "mps_numbers": sum(tensor.size for tensor in state.mps.tensors),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
        }
    )
