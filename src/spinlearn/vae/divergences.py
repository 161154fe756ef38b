"""The true divergence of the ground states' outcomes from those of a model, on fresh strings."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch

from spinlearn import arguments
from spinlearn.spins.mps import sample_povm
from spinlearn.statistics.errors import standard_error
from spinlearn.streams import integer_seed, rng
from spinlearn.tfi.stored_states import StoredState
from spinlearn.vae.choices import MARGINAL_MAX_N
from spinlearn.vae.model import OUTCOMES, mass_function
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import double_precision

PRIOR_DRAWS = 20_000
"""Latent vectors in the mass function of a short chain."""


def divergences(
    model: OutcomeModel,
    states: Iterable[StoredState],
    strings: int,
    draws: int,
    seed: int,
    run: int = 0,
    has_bound: bool = True,
    noise: float = 0.0,
) -> pd.DataFrame:
    """KL(P ‖ p) per site of the outcomes P of ground states from those of a model, in nats.

    The mean of (ln P(a) − ln p(a | hx))/N over strings a that are drawn from the exact state, with
    its exact ln P, from a stream of their own: they are in no training, and the same for all
    models. Each run has its own, so that sampling errors average out over the runs. For a model
    with latent variables ln p is the importance-weighted bound, so that the divergence is an upper
    limit; but for a factorised decoder of a short chain, of at most `MARGINAL_MAX_N` sites, it is
    the logarithm of the mass function over `PRIOR_DRAWS` latent vectors, which needs no encoder.

    Args:
        model: the trained model.
        states: the ground states.
        strings: strings to draw at each field.
        draws: latent vectors per string.
        seed: root of the streams.
        run: number of the model's run, part of the keys of the strings and of the latent vectors.
        has_bound: whether the model was trained by the ELBO; otherwise it has no encoder of use.
        noise: p of the depolarising channel on each site before the measurement, as in training.

    Returns:
        One row per field: `hx, divergence, divergence_error` (standard error over strings),
        `elbo_divergence` (with the ELBO for ln p; NaN without one), `entropy` (the mean of
        −ln P/N), `strings`, `draws` (latent vectors in ln p; 0 without latent variables),
        `parameters` (`OutcomeModel.parameters_used`).
    """
    arguments.integer("strings", strings, 1)
    rows = []
    for state in states:
        sites = state.mps.sites
        stream = rng(seed, "vae", "divergence", N=sites, hx=f"{state.hx:.2f}", run=run)
        drawn, exact = sample_povm(state.mps, strings, stream, noise=noise)
        key = integer_seed(seed, "vae", "divergence", N=sites, hx=f"{state.hx:.2f}", run=run)
        generator = torch.Generator().manual_seed(key)
        outcomes = torch.from_numpy(drawn)
        field = torch.full((strings, 1), state.hx, dtype=model.dtype)
        if model.is_factorised and sites <= MARGINAL_MAX_N:
            place, used = OUTCOMES ** np.arange(sites - 1, -1, -1), PRIOR_DRAWS
            probability = mass_function(double_precision(model), state.hx, used, key)
            learned = np.log(probability[drawn.astype(np.int64) @ place])
        else:
            used = draws if model.has_latent_variables else 0
            learned = model.log_probability(outcomes, field, draws, generator).double().numpy()
        difference = (exact - learned) / sites
        row = {
            "hx": state.hx,
            "divergence": difference.mean(),
            "divergence_error": float(standard_error(difference)),
            "elbo_divergence": np.nan,
            "entropy": -exact.mean() / sites,
            "strings": strings,
            "draws": used,
            "parameters": model.parameters_used,
        }
        if model.has_latent_variables and has_bound:
            with torch.no_grad():
                bound = model.loss(outcomes, field, generator).double().numpy()
            row["elbo_divergence"] = (exact + bound).mean() / sites
        rows.append(row)
    return pd.DataFrame(rows)
