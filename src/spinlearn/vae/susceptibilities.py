"""Derivatives of the magnetisations of a trained VAE with respect to the transverse field."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from spinlearn import arguments
from spinlearn.spins import povm
from spinlearn.streams import integer_seed
from spinlearn.tfi.stored_states import StoredState
from spinlearn.tfi.susceptibility import susceptibility
from spinlearn.vae.model import ConditionalVAE, latent_vectors
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import Moments, double_precision, draw, latent_seed

DIFFERENCE_STEP = 0.05
"""Half-width, in units of J, of the central difference of sampled magnetisations."""


def _magnetisations(log_probability: Float[Tensor, "draws 4 N"]) -> Float[Tensor, "draws 2"]:
    """mu_x and mu_z of each draw, from log-probabilities of the outcomes at each site."""
    vectors = torch.as_tensor(3 * povm.VECTORS[:, [0, 2]], dtype=log_probability.dtype)
    return torch.einsum("kan,ac->kc", log_probability.exp(), vectors) / log_probability.shape[2]


def magnetisation_derivative(
    model: ConditionalVAE, hx: float, draws: int, seed: int, *, temperature: float | None = None
) -> povm.Estimate:
    """χ_xx = d mu_x/d hx and χ_zx = d mu_z/d hx of the VAE, by automatic differentiation.

    Backpropagation through the decoder at fixed latent vectors. Each draw has its own copy of hx,
    so one backward pass gives the derivatives of all draws.

    Args:
        model: the trained model, with a factorised decoder.
        hx: transverse field, in units of J.
        draws: latent vectors.
        seed: seed of the latent vectors, and of the Gumbel variables.
        temperature: None differentiates the decoder's mean, which is exact for the model. A number
            differentiates Gumbel-softmax samples at this temperature (Luchnikov 2019, section 4),
            which is biased.

    Returns:
        Means and standard errors of (χ_xx, χ_zx), in units of 1/J.
    """
    hx = arguments.number("hx", hx)
    if temperature is not None:
        arguments.positive("temperature", temperature)
    model = double_precision(model)
    moments = Moments()
    noise = torch.Generator().manual_seed(integer_seed(seed, "vae", "gumbel"))
    for z in latent_vectors(model, draws, seed):
        field = torch.full((len(z),), hx, dtype=z.dtype, requires_grad=True)
        log_probability = model.decode(z, field[:, None])
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


def sampled_difference(
    model: OutcomeModel, hx: float, samples: int, seed: int, run: int = 0
) -> povm.Estimate:
    """(χ_xx, χ_zx) from strings drawn at two fields, independently (Luchnikov 2019, figure 9).

    (mu(hx + δ) − mu(hx − δ)) / 2δ with δ = `DIFFERENCE_STEP`; at hx < δ between 0 and hx + δ.
    """
    purpose = f"difference at {hx:.2f}"
    fields = (max(hx - DIFFERENCE_STEP, 0.0), hx + DIFFERENCE_STEP)
    low, high = (
        povm.magnetisation(draw(model, field, samples, seed, purpose, run).outcomes)
        for field in fields
    )
    step, axes = fields[1] - fields[0], [povm.AXES["x"], povm.AXES["z"]]
    mean = (high.mean - low.mean) / step
    error = np.hypot(high.error, low.error) / step
    return povm.Estimate(mean[axes], error[axes], samples)


def susceptibilities(
    model: OutcomeModel,
    states: Sequence[StoredState],
    samples: int,
    temperatures: Sequence[float],
    seed: int,
    run: int = 0,
) -> pd.DataFrame:
    """χ_xx and χ_zx of the VAE by several routes, and of the ground states.

    Luchnikov 2019, figure 9.

    Args:
        model: the trained model.
        states: the ground states, in ascending order of the field.
        samples: latent vectors, and strings at each end of a central difference.
        temperatures: of the Gumbel-softmax samples.
        seed: root of the streams.
        run: number of the model's run.

    Returns:
        One row per (route, temperature, susceptibility `chi_xx` or `chi_zx`, field), in units of
        1/J. The routes: `autograd` (exact derivative of the decoder's mean), `gumbel_softmax` (the
        paper's relaxation, at each temperature) and `central_difference` (of sampled
        magnetisations; the only one of models without a factorised decoder). Columns: `hx,
        observable, route, temperature` (NaN without one), `value, value_error`; `exact` (free
        fermions; NaN for χ_zx, which depends on the tie-breaking field) and `exact_difference`
        (slope of the ground states' magnetisation from this field to the next, at `midpoint`; NaN
        at the last field).
    """
    fields = np.array([state.hx for state in states])
    exact = [susceptibility(model.architecture.sites, hx) for hx in fields]
    tables = []
    for route, temperature in _routes(model, temperatures):
        found = [_estimate(model, hx, route, temperature, samples, seed, run) for hx in fields]
        for column, (axis, name) in enumerate((("x", "chi_xx"), ("z", "chi_zx"))):
            mu = np.array([getattr(state, f"sigma_{axis}").mean() for state in states])
            columns = {
                "hx": fields,
                "observable": name,
                "route": route,
                "temperature": np.nan if temperature is None else temperature,
                "value": [estimate.mean[column] for estimate in found],
                "value_error": [estimate.error[column] for estimate in found],
                "exact": exact if axis == "x" else np.nan,
                "midpoint": np.append((fields[1:] + fields[:-1]) / 2, np.nan),
                "exact_difference": np.append(np.diff(mu) / np.diff(fields), np.nan),
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _routes(model: OutcomeModel, temperatures: Sequence[float]) -> list[tuple[str, float | None]]:
    """The routes to the derivatives of a model, with temperatures."""
    if not (isinstance(model, ConditionalVAE) and model.is_factorised):
        return [("central_difference", None)]
    soft: list[tuple[str, float | None]] = [("gumbel_softmax", T) for T in temperatures]
    return [("autograd", None), *soft, ("central_difference", None)]


def _estimate(
    model: OutcomeModel,
    hx: float,
    route: str,
    temperature: float | None,
    samples: int,
    seed: int,
    run: int,
) -> povm.Estimate:
    """(χ_xx, χ_zx) by one route at one field."""
    if route == "central_difference" or not isinstance(model, ConditionalVAE):
        return sampled_difference(model, hx, samples, seed, run)
    latent = latent_seed(seed, model.architecture.sites, hx, run)
    return magnetisation_derivative(model, hx, samples, latent, temperature=temperature)
