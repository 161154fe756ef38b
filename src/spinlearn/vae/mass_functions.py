"""Outcome distribution and density matrix of a short chain, exact and learned by a VAE."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn.learning.distributions import bhattacharyya
from spinlearn.spins import povm
from spinlearn.spins.mps import dense
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.model import ConditionalVAE
from spinlearn.vae.model import mass_function as learned_mass_function
from spinlearn.vae.sampling import double_precision, latent_seed


@dataclass(frozen=True, eq=False)
class MassFunction:
    """The mass function of one short chain at one field, exact and learned.

    Attributes:
        exact: P(a) of the ground state, all 4^N strings.
        vae: p(a | hx) of the model.
        bhattacharyya: BC of the model, Σ sqrt(P p) (Luchnikov 2019, figure 11).
        bhattacharyya_samples: BC of the histogram of the training samples.
        bhattacharyya_product: BC of the product of the exact one-site distributions.
        spectrum_exact, spectrum_vae: eigenvalues of the density matrix, ascending.
        reduced_spectrum_exact, reduced_spectrum_vae: of the last three spins (Luchnikov 2019,
            figure 13).
    """

    exact: Float[np.ndarray, " strings"]
    vae: Float[np.ndarray, " strings"]
    bhattacharyya: float
    bhattacharyya_samples: float
    bhattacharyya_product: float
    spectrum_exact: Float[np.ndarray, " D"]
    spectrum_vae: Float[np.ndarray, " D"]
    reduced_spectrum_exact: Float[np.ndarray, " d"]
    reduced_spectrum_vae: Float[np.ndarray, " d"]


def mass_function(
    model: ConditionalVAE,
    state: StoredState,
    training: Iterable[UInt8[np.ndarray, "_ N"]],
    draws: int,
    seed: int,
) -> MassFunction:
    """Exact and learned mass function of a short chain, and their Bhattacharyya coefficients.

    Args:
        model: the trained model.
        state: the ground state.
        training: the blocks of training outcomes at this field.
        draws: number of latent vectors in the average over the prior.
        seed: root of the streams.
    """
    sites, hx = model.architecture.sites, state.hx
    exact = povm.outcome_distribution(dense(state.mps))
    vae = learned_mass_function(double_precision(model), hx, draws, latent_seed(seed, sites, hx))
    histogram = povm.empirical_distribution(training)
    product = np.ones(1)
    for site in range(sites):
        product = np.kron(product, povm.marginal(exact, [site]))
    last = range(max(sites - 3, 0), sites)

    def spectrum(p: np.ndarray) -> np.ndarray:
        return np.linalg.eigvalsh(povm.density_matrix(p))

    return MassFunction(
        exact=exact,
        vae=vae,
        bhattacharyya=float(bhattacharyya(exact, vae)),
        bhattacharyya_samples=float(bhattacharyya(exact, histogram)),
        bhattacharyya_product=float(bhattacharyya(exact, product)),
        spectrum_exact=spectrum(exact),
        spectrum_vae=spectrum(vae),
        reduced_spectrum_exact=spectrum(povm.marginal(exact, last)),
        reduced_spectrum_vae=spectrum(povm.marginal(vae, last)),
    )


def stack(functions: Sequence[MassFunction]) -> dict[str, Float[np.ndarray, "fields ..."]]:
    """The arrays of several fields, stacked, by dataset name."""
    names = MassFunction.__dataclass_fields__
    return {name: np.stack([getattr(item, name) for item in functions]) for name in names}
