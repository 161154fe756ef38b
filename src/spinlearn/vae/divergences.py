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
from spinlearn.vae.models import OutcomeModel


def divergences(
    model: OutcomeModel,
    states: Iterable[StoredState],
    strings: int,
    draws: int,
    seed: int,
    run: int = 0,
    noise: float = 0.0,
) -> pd.DataFrame:
    """KL(P ‖ p) per site of the outcomes P of ground states from those of a model, in nats.

    The mean of (ln P(a) − ln p(a | hx))/N over strings a that are drawn from the exact state, with
    its exact ln P, from a stream of their own: they are in no training, and the same for all models
    and runs. For a model with latent variables ln p is the importance-weighted bound, so that the
    divergence is an upper limit.

    Args:
        model: the trained model.
        states: the ground states.
        strings: strings to draw at each field.
        draws: latent vectors per string.
        seed: root of the streams.
        run: number of the model's run, part of the key of the latent vectors.
        noise: p of the depolarising channel on each site before the measurement, as in training.

    Returns:
        One row per field: `hx, divergence, divergence_error` (standard error over strings),
        `elbo_divergence` (with the ELBO for ln p; NaN without latent variables), `entropy` (the
        mean of −ln P/N), `strings`, `draws` (0 without latent variables).
    """
    arguments.integer("strings", strings, 1)
    rows = []
    for state in states:
        sites = state.mps.sites
        stream = rng(seed, "vae", "divergence", N=sites, hx=f"{state.hx:.2f}")
        drawn, exact = sample_povm(state.mps, strings, stream, noise=noise)
        key = integer_seed(seed, "vae", "divergence", N=sites, hx=f"{state.hx:.2f}", run=run)
        generator = torch.Generator().manual_seed(key)
        outcomes = torch.from_numpy(drawn)
        field = torch.full((strings, 1), state.hx, dtype=model.dtype)
        learned = model.log_probability(outcomes, field, draws, generator).double().numpy()
        difference = (exact - learned) / sites
        row = {
            "hx": state.hx,
            "divergence": difference.mean(),
            "divergence_error": float(standard_error(difference)),
            "elbo_divergence": np.nan,
            "entropy": -exact.mean() / sites,
            "strings": strings,
            "draws": draws if model.has_latent_variables else 0,
        }
        if model.has_latent_variables:
            with torch.no_grad():
                bound = model.loss(outcomes, field, generator).double().numpy()
            row["elbo_divergence"] = (exact + bound).mean() / sites
        rows.append(row)
    return pd.DataFrame(rows)
