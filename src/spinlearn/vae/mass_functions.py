"""Outcome distribution and density matrix of a short chain, exact and learned by a VAE."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from spinlearn.learning.distributions import bhattacharyya
from spinlearn.spins import povm
from spinlearn.spins.mps import dense
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.model import mass_function as learned_mass_function
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import double_precision, latent_seed


@dataclass(frozen=True, eq=False)
class MassFunction:
    """The mass function of one short chain at one field, exact and learned by several runs.

    Attributes:
        exact: P(a) of the ground state, all 4^N strings.
        vae: p(a | hx) of the model of each run.
        bhattacharyya: BC of each model, Σ sqrt(P p) (Luchnikov 2019, figure 11).
        bhattacharyya_samples: BC of the histogram of the training samples.
        bhattacharyya_product: BC of the product of the exact one-site distributions.
        spectrum_exact, spectrum_vae: eigenvalues of the density matrix, ascending.
        reduced_spectrum_exact, reduced_spectrum_vae: of the last three spins (Luchnikov 2019,
            figure 13).
    """

    exact: Float[np.ndarray, " strings"]
    vae: Float[np.ndarray, "runs strings"]
    bhattacharyya: Float[np.ndarray, " runs"]
    bhattacharyya_samples: float
    bhattacharyya_product: float
    spectrum_exact: Float[np.ndarray, " D"]
    spectrum_vae: Float[np.ndarray, "runs D"]
    reduced_spectrum_exact: Float[np.ndarray, " d"]
    reduced_spectrum_vae: Float[np.ndarray, "runs d"]


PER_RUN = ("vae", "bhattacharyya", "spectrum_vae", "reduced_spectrum_vae")
"""What each run has; the rest is common to all."""


def mass_function(
    models: Mapping[int, OutcomeModel],
    state: StoredState,
    training: Iterable[UInt8[np.ndarray, "_ N"]],
    draws: int,
    seed: int,
) -> MassFunction:
    """Exact and learned mass functions of a short chain, and their Bhattacharyya coefficients.

    Args:
        models: the trained model of each run, by the run's number.
        state: the ground state.
        training: the blocks of training outcomes at this field.
        draws: number of latent vectors in the average over the prior; see `mass_function_draws`
            for the number that is used.
        seed: root of the streams.
    """
    sites, hx = state.mps.sites, state.hx
    exact = povm.outcome_distribution(dense(state.mps))
    learned = np.stack(
        [
            learned_mass_function(
                double_precision(model), hx, draws, latent_seed(seed, sites, hx, run)
            )
            for run, model in models.items()
        ]
    )
    product = np.ones(1)
    for site in range(sites):
        product = np.kron(product, povm.marginal(exact, [site]))
    last = range(max(sites - 3, 0), sites)
    histogram = _coefficient_of_samples(exact, training)

    def spectrum(p: np.ndarray) -> np.ndarray:
        return np.linalg.eigvalsh(povm.density_matrix(p))

    return MassFunction(
        exact=exact,
        vae=learned,
        bhattacharyya=bhattacharyya(exact, learned),
        bhattacharyya_samples=histogram,
        bhattacharyya_product=float(bhattacharyya(exact, product)),
        spectrum_exact=spectrum(exact),
        spectrum_vae=np.stack([spectrum(p) for p in learned]),
        reduced_spectrum_exact=spectrum(povm.marginal(exact, last)),
        reduced_spectrum_vae=np.stack([spectrum(povm.marginal(p, last)) for p in learned]),
    )


def _coefficient_of_samples(
    exact: Float[np.ndarray, " strings"], training: Iterable[UInt8[np.ndarray, "_ N"]]
) -> float:
    """BC of the histogram of training strings; NaN if the field was left out of the training."""
    blocks = list(training)
    if not blocks:
        return float("nan")
    return float(bhattacharyya(exact, povm.empirical_distribution(blocks)))


def stack(functions: Sequence[MassFunction]) -> dict[str, Float[np.ndarray, "..."]]:
    """The arrays of several fields by dataset name, stacked along the axis `hx`."""
    names = MassFunction.__dataclass_fields__
    return {
        name: np.stack([getattr(item, name) for item in functions], axis=int(name in PER_RUN))
        for name in names
    }
