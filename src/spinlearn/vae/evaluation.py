"""What a trained VAE says about the ground states: observables, susceptibilities, mass functions.

Given z the sites are independent, so ⟨σ^α_i⟩ = E_z[r^α_i] and ⟨σ^α_i σ^β_j⟩ = E_z[r^α_i r^β_j] for
i ≠ j, with the decoder's Bloch vectors r_i(z) = 3 Σ_a π_i(a | z) v_a. These means carry no noise
from drawing outcomes; the sampled estimates of P4 stand beside them.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional

from spinlearn.learning.distributions import bhattacharyya
from spinlearn.spins import povm
from spinlearn.spins.mps import MPS, dense
from spinlearn.streams import integer_seed, rng
from spinlearn.tfi.exact import free_fermions
from spinlearn.vae.model import (
    ConditionalVAE,
    decoder_probabilities,
    draw_outcomes,
    draw_site_by_site,
    latent_vectors,
)
from spinlearn.vae.model import mass_function as learned_mass_function

OBSERVABLE_COLUMNS = (
    "hx",
    "observable",
    "site",
    "vae",
    "vae_error",
    "exact",
    "decoder_mean",
    "decoder_mean_error",
)
"""Columns of `observables`."""

GUMBEL_TEMPERATURE = 0.5
"""Temperature of the Gumbel-softmax relaxation; P4 does not state its own."""

PURITY_DRAWS = 4096
"""Latent vectors among whose pairs the purity is averaged."""

DIFFERENCE_STEP = 0.05
"""Half-width, in units of J, of the central difference of sampled magnetisations."""

DERIVATIVE_STEP = 1e-4
"""Half-width, in units of J, of the central difference of the exact magnetisation."""


def double_precision(model: ConditionalVAE) -> ConditionalVAE:
    """A copy of a model in float64, for evaluation."""
    return copy.deepcopy(model).double().eval()


def latent_seed(seed: int, sites: int, hx: float) -> int:
    """Seed of the latent vectors with which one field is evaluated."""
    return integer_seed(seed, "vae", "latent", N=sites, hx=f"{hx:.2f}")


def bloch_vectors(
    probabilities: Float[np.ndarray, "draws 4 N"],
) -> Float[np.ndarray, "draws N 3"]:
    """r_i = 3 Σ_a π_i(a) v_a, the mean of the dual frame at each site (P4 eq. 9)."""
    return 3 * np.tensordot(probabilities, povm.VECTORS, axes=(1, 0))


class _Moments:
    """Mean and standard error of rows that arrive in chunks."""

    def __init__(self) -> None:
        self.count, self.total, self.square = 0, np.zeros(()), np.zeros(())

    def add(self, rows: np.ndarray) -> None:
        self.count += len(rows)
        self.total = self.total + rows.sum(axis=0)
        self.square = self.square + (rows**2).sum(axis=0)

    def estimate(self) -> povm.Estimate:
        mean = self.total / self.count
        variance = np.clip(self.square / self.count - mean**2, 0.0, None)
        return povm.Estimate(mean, np.sqrt(variance / max(self.count - 1, 1)), self.count)


@dataclass(frozen=True, eq=False)
class ExactObservables:
    """What a ground state's own tensors say, to compare with.

    Attributes:
        sigma_x, sigma_z: ⟨σ^x_i⟩ and ⟨σ^z_i⟩ of every site.
        xx, zz: ⟨σ^x_i σ^x_j⟩ and ⟨σ^z_i σ^z_j⟩ of every pair.
    """

    sigma_x: Float[np.ndarray, " N"]
    sigma_z: Float[np.ndarray, " N"]
    xx: Float[np.ndarray, "N N"]
    zz: Float[np.ndarray, "N N"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Strings drawn from a model at one field, and the Bloch vectors that they were drawn with.

    Attributes:
        outcomes: the strings, in chunks.
        moments: mean and error, over the latent vectors, of `sigma_x`, `sigma_z`, `xx_1`, `zz_1`
            (each of N sites) and of `mu_x`, `mu_z`; empty for an autoregressive decoder.
    """

    outcomes: list[UInt8[np.ndarray, "chunk N"]]
    moments: dict[str, povm.Estimate]


def draw(model: ConditionalVAE, hx: float, samples: int, seed: int, purpose: str) -> Samples:
    """Draw strings from a model (P4 figure 4), each from a latent vector of its own.

    Args:
        model: the trained model.
        hx: transverse field, in units of J.
        samples: strings to draw.
        seed: root of the streams.
        purpose: what the strings are for, which keys their stream.
    """
    key: dict[str, Any] = {"N": model.architecture.sites, "hx": f"{hx:.2f}"}
    stream = rng(seed, "vae", "outcomes", purpose, **key)
    latent = integer_seed(seed, "vae", "latent", purpose, **key)
    outcomes: list[UInt8[np.ndarray, "chunk N"]] = []
    moments: dict[str, _Moments] = {}
    if model.autoregressive:
        for z in latent_vectors(model, samples, latent):
            outcomes.append(draw_site_by_site(model, z, hx, stream))
        return Samples(outcomes, {})
    for probabilities in decoder_probabilities(model, hx, samples, latent):
        outcomes.append(draw_outcomes(probabilities, stream))
        bloch = bloch_vectors(probabilities)
        for name in "xz":
            spin = bloch[:, :, povm.AXES[name]]
            pair = spin[:, :1] * spin
            pair[:, 0] = 1.0
            moments.setdefault(f"sigma_{name}", _Moments()).add(spin)
            moments.setdefault(f"{name}{name}_1", _Moments()).add(pair)
            moments.setdefault(f"mu_{name}", _Moments()).add(spin.mean(axis=1, keepdims=True))
    return Samples(outcomes, {name: moment.estimate() for name, moment in moments.items()})


def observables(
    model: ConditionalVAE, hx: float, exact: ExactObservables, samples: int, seed: int
) -> pd.DataFrame:
    """One- and two-point functions of the VAE at one field, beside the exact ones.

    Args:
        model: the trained model.
        hx: transverse field, in units of J.
        exact: the ground state's own values.
        samples: strings to draw, each from a latent vector of its own.
        seed: root of the streams.

    Returns:
        A row for each observable and site (from 1), columns `OBSERVABLE_COLUMNS`: `sigma_x` and
        `sigma_z` (⟨σ_n⟩), `zz_1` and `xx_1` (⟨σ_1 σ_n⟩), and `mu_x`, `mu_z` with site 0. `vae` is
        estimated from outcomes through the dual frame, `decoder_mean` from the Bloch vectors of
        the same latent vectors; both with standard errors. An autoregressive decoder has no such
        means: NaN.
    """
    drawn = draw(model, hx, samples, seed, "observables")
    one = povm.site_expectations(drawn.outcomes)
    total = povm.magnetisation(drawn.outcomes)
    nothing = povm.Estimate(np.array(np.nan), np.array(np.nan), samples)
    tables = []
    for name in "xz":
        axis = povm.AXES[name]
        two = povm.two_point_functions(drawn.outcomes, name)
        magnetisation = getattr(exact, f"sigma_{name}")
        pairs = getattr(exact, f"{name}{name}")[0]
        mu = slice(axis, axis + 1)
        for observable, vae, error, truth in (
            (f"sigma_{name}", one.mean[axis], one.error[axis], magnetisation),
            (f"{name}{name}_1", two.mean[0], two.error[0], pairs),
            (f"mu_{name}", total.mean[mu], total.error[mu], magnetisation.mean(keepdims=True)),
        ):
            moment = drawn.moments.get(observable, nothing)
            first = 0 if observable.startswith("mu") else 1
            columns = {
                "hx": hx,
                "observable": observable,
                "site": np.arange(first, first + len(vae)),
                "vae": vae,
                "vae_error": error,
                "decoder_mean": moment.mean,
                "decoder_mean_error": moment.error,
                "exact": truth,
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)[list(OBSERVABLE_COLUMNS)]


# --- susceptibilities ---------------------------------------------------------------------------


def _magnetisations(log_probability: Float[Tensor, "draws 4 N"]) -> Float[Tensor, "draws 2"]:
    """mu_x and mu_z of each draw from logarithms of site weights that sum to one."""
    vectors = torch.as_tensor(3 * povm.VECTORS[:, [0, 2]], dtype=log_probability.dtype)
    return torch.einsum("kan,ac->kc", log_probability.exp(), vectors) / log_probability.shape[2]


def magnetisation_derivative(
    model: ConditionalVAE, hx: float, draws: int, seed: int, *, temperature: float | None = None
) -> povm.Estimate:
    """χ_xx = d mu_x/d hx and χ_zx = d mu_z/d hx of the VAE, by automatic differentiation.

    Backpropagation through the decoder, at fixed latent vectors: a draw's magnetisation depends
    on that draw's copy of hx alone, so one pass gives the derivatives of all.

    Args:
        model: the trained model, with a factorised decoder.
        hx: transverse field, in units of J.
        draws: latent vectors.
        seed: seed of the latent vectors, and of the Gumbel variables.
        temperature: None differentiates the decoder's mean, which is exact for the model; a number
            differentiates Gumbel-softmax samples at that temperature (P4 §4), which is biased.

    Returns:
        Means and standard errors of (χ_xx, χ_zx), in units of 1/J.
    """
    model = double_precision(model)
    moments = _Moments()
    noise = torch.Generator().manual_seed(integer_seed(seed, "vae", "gumbel"))
    for z in latent_vectors(model, draws, seed):
        field = torch.full((len(z),), hx, dtype=z.dtype, requires_grad=True)
        log_probability = model.decode(z, field)
        if temperature is not None:
            gumbel = -torch.empty_like(log_probability).exponential_(generator=noise).log()
            log_probability = functional.log_softmax(
                (log_probability + gumbel) / temperature, dim=1
            )
        magnetisation = _magnetisations(log_probability)
        slopes = [
            torch.autograd.grad(magnetisation[:, axis].sum(), field, retain_graph=not axis)[0]
            for axis in (0, 1)
        ]
        moments.add(torch.stack(slopes, dim=1).numpy())
    return moments.estimate()


def exact_susceptibility(sites: int, hx: float) -> float:
    """χ_xx = d mu_x/d hx of the free-fermion ground state (λ = 0), in units of 1/J.

    A central difference of the exact mu_x, which is odd in hx; its error is of order 1e-8.
    """
    above = free_fermions(sites, hx + DERIVATIVE_STEP).sigma_x.mean()
    below = free_fermions(sites, abs(hx - DERIVATIVE_STEP)).sigma_x.mean()
    below = below if hx >= DERIVATIVE_STEP else -below
    return float((above - below) / (2 * DERIVATIVE_STEP))


def sampled_difference(model: ConditionalVAE, hx: float, samples: int, seed: int) -> povm.Estimate:
    """(χ_xx, χ_zx) from strings drawn at two fields, independently (P4 figure 9).

    (mu(hx + δ) − mu(hx − δ)) / 2δ with δ = `DIFFERENCE_STEP`; at hx < δ between 0 and hx + δ.
    """
    fields = (max(hx - DIFFERENCE_STEP, 0.0), hx + DIFFERENCE_STEP)
    low, high = (
        povm.magnetisation(draw(model, field, samples, seed, f"difference at {hx:.2f}").outcomes)
        for field in fields
    )
    step, axes = fields[1] - fields[0], [povm.AXES["x"], povm.AXES["z"]]
    mean = (high.mean - low.mean) / step
    error = np.hypot(high.error, low.error) / step
    return povm.Estimate(mean[axes], error[axes], samples)


def susceptibilities(
    model: ConditionalVAE, exact: pd.DataFrame, samples: int, seed: int
) -> pd.DataFrame:
    """χ_xx and χ_zx of the VAE by three routes (P4 figure 9), and of the ground states.

    Args:
        model: the trained model.
        exact: columns `hx, mu_x, mu_z`: magnetisations of the ground states.
        samples: latent vectors, and strings at each end of a central difference.
        seed: root of the streams.

    Returns:
        A row for each field and susceptibility (`chi_xx`, `chi_zx`), in units of 1/J:
        `autograd` (exact derivative of the decoder's mean), `gumbel_softmax` (P4's relaxation) and
        `central_difference` (of sampled magnetisations), each with its error; `exact` (free
        fermions; NaN for χ_zx, which the tie-breaking field sets) and `exact_difference` (slope
        of the ground states' magnetisation from this field to the next, at `midpoint`; NaN at the
        last field).
    """
    exact = exact.sort_values("hx")
    sites, fields = model.architecture.sites, exact.hx.to_numpy()
    routes: dict[str, list[povm.Estimate]] = {
        "autograd": [],
        "gumbel_softmax": [],
        "central_difference": [],
    }
    for hx in fields:
        latent = latent_seed(seed, sites, hx)
        routes["autograd"].append(magnetisation_derivative(model, hx, samples, latent))
        routes["gumbel_softmax"].append(
            magnetisation_derivative(model, hx, samples, latent, temperature=GUMBEL_TEMPERATURE)
        )
        routes["central_difference"].append(sampled_difference(model, hx, samples, seed))
    tables = []
    for column, (magnetisation, name) in enumerate((("mu_x", "chi_xx"), ("mu_z", "chi_zx"))):
        columns: dict[str, object] = {"hx": fields, "observable": name}
        for route, estimates in routes.items():
            columns[route] = [estimate.mean[column] for estimate in estimates]
            columns[f"{route}_error"] = [estimate.error[column] for estimate in estimates]
        columns["exact"] = [
            exact_susceptibility(sites, hx) if name == "chi_xx" else np.nan for hx in fields
        ]
        slopes = np.diff(exact[magnetisation]) / np.diff(fields)
        columns["midpoint"] = np.append((fields[1:] + fields[:-1]) / 2, np.nan)
        columns["exact_difference"] = np.append(slopes, np.nan)
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


# --- mass functions and density matrices --------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MassFunction:
    """The mass function of one short chain at one field, exact and learned.

    Attributes:
        exact: P(a) of the ground state, all 4^N strings.
        vae: p(a | hx) of the model.
        bhattacharyya: BC of the model, Σ sqrt(P p) (P4 figure 11).
        bhattacharyya_samples: BC of the bare histogram of the training samples.
        bhattacharyya_product: BC of the product of the exact one-site distributions.
        spectrum_exact, spectrum_vae: eigenvalues of the density matrix, ascending.
        reduced_spectrum_exact, reduced_spectrum_vae: of the last three spins (P4 figure 13).
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
    hx: float,
    state: MPS,
    training: Iterable[UInt8[np.ndarray, "M N"]],
    draws: int,
    seed: int,
) -> MassFunction:
    """Exact and learned mass function of a short chain, and how close they are.

    Args:
        model: the trained model.
        hx: transverse field, in units of J.
        state: the ground state.
        training: the shards of outcomes that the model learned from, at this field.
        draws: latent vectors over which the decoder is averaged.
        seed: root of the streams.
    """
    sites = model.architecture.sites
    exact = povm.outcome_distribution(dense(state))
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


# --- entropies ----------------------------------------------------------------------------------


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
    over all pairs of different draws (an unbiased U-statistic). P4 estimates the same from
    outcomes, with a far larger variance.

    Args:
        bloch: Bloch vectors of the decoder at independent latent vectors.

    Returns:
        Means and their standard errors (Hoeffding's first-order term) for n = 1 … N.
    """
    draws, sites, _ = bloch.shape
    rows = np.zeros((sites, draws))
    block = max(1, 2**21 // draws)
    for start in range(0, draws, block):
        index = np.arange(start, min(start + block, draws))
        kernel = np.ones((len(index), draws))
        for n in range(sites):
            kernel *= 0.5 * (1.0 + bloch[index, n] @ bloch[:, n].T)
            rows[n, index] = kernel.sum(axis=1) - kernel[np.arange(len(index)), index]
    rows /= draws - 1
    error = 2 * rows.std(axis=1, ddof=1) / np.sqrt(draws)
    return povm.Estimate(rows.mean(axis=1), error, draws)


def renyi_entropies(model: ConditionalVAE, hx: float, state: MPS, seed: int) -> pd.DataFrame:
    """S_2 = −ln Tr ρ_n² of the first n spins, VAE and exact, in nats (P4 figure 12).

    Where the VAE's purity is not positive (its ρ need not be), `vae` is NaN.
    """
    sites = model.architecture.sites
    chunks = decoder_probabilities(
        double_precision(model), hx, PURITY_DRAWS, latent_seed(seed, sites, hx)
    )
    estimate = purities(np.concatenate([bloch_vectors(chunk) for chunk in chunks]))
    positive = estimate.mean > 0
    purity = np.where(positive, estimate.mean, np.nan)
    return pd.DataFrame(
        {
            "hx": hx,
            "n": np.arange(1, sites + 1),
            "vae": -np.log(purity),
            "vae_error": estimate.error / purity,
            "exact": -np.log(exact_purities(state)),
        }
    )


def stack(functions: Sequence[MassFunction]) -> dict[str, Float[np.ndarray, "fields ..."]]:
    """The arrays of several fields, one after another, under their dataset names."""
    names = MassFunction.__dataclass_fields__
    return {name: np.stack([getattr(item, name) for item in functions]) for name in names}
