"""How well a VAE describes strings at each condition, beside independent sites."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import UInt8

from spinlearn import arguments
from spinlearn.statistics.errors import standard_error
from spinlearn.streams import integer_seed, rng
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.model import OUTCOMES
from spinlearn.vae.models import OutcomeModel
from spinlearn.vae.sampling import double_precision


def likelihoods(
    model: OutcomeModel, data: OutcomeData, samples: int, draws: int, seed: int, run: int = 0
) -> pd.DataFrame:
    """Minus the mean log-likelihood of strings in nats, of the model and of independent sites.

    The model's is an upper bound if it has latent variables, see `OutcomeModel.log_probability`.
    Independent sites have the frequencies of the same strings, so theirs is the sum of the
    entropies of the sites. A model that has learned correlations has a lower value.

    Args:
        model: the trained model.
        data: strings, for example those that it was trained on.
        samples: most strings per combination of conditions; if there are more, some are drawn.
        draws: latent vectors per string in the bound.
        seed: root of the streams.
        run: number of the model's run.

    Returns:
        One row per combination of conditions: `conditions` (such as "hx = 0.5; T = 20"),
        `strings`, `vae`, `vae_error` (standard error), `independent_sites`.
    """
    arguments.integer("samples", samples, 1)
    arguments.integer("draws", draws, 1)
    model, rows = double_precision(model), []
    for index in data.by_condition():
        values = data.conditions[index[0]]
        pairs = zip(data.names, values, strict=True)
        where = "; ".join(f"{name} = {value:.10g}" for name, value in pairs)
        key: dict[str, Any] = {"N": data.sites, "conditions": where}
        if len(index) > samples:
            index = rng(seed, "vae", "likelihood", **key).choice(index, samples, replace=False)
        outcomes = data.outcomes[index]
        noise = torch.Generator().manual_seed(
            integer_seed(seed, "vae", "likelihood", run=run, **key)
        )
        conditions = torch.from_numpy(data.conditions[index])
        found = model.log_probability(torch.from_numpy(outcomes), conditions, draws, noise).numpy()
        rows.append(
            {
                "conditions": where,
                "strings": len(index),
                "vae": -found.mean(),
                "vae_error": float(standard_error(found)),
                "independent_sites": independent_entropy(outcomes),
            }
        )
    return pd.DataFrame(rows)


def independent_entropy(outcomes: UInt8[np.ndarray, "strings N"]) -> float:
    """Sum over the sites of the entropy of the outcomes' frequencies, in nats.

    >>> round(independent_entropy(np.array([[0, 3], [1, 3]], dtype=np.uint8)), 4)
    0.6931
    """
    arguments.whole("outcomes", outcomes, (None, None), low=0, high=3)
    frequencies = np.stack([(outcomes == a).mean(axis=0) for a in range(OUTCOMES)])
    logarithms = np.log(frequencies, out=np.zeros_like(frequencies), where=frequencies > 0)
    return float(-(frequencies * logarithms).sum())
