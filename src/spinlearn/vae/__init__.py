"""Models of POVM outcomes: variational autoencoders, autoregressive networks, matrix products.

Fit a model to outcomes, and ask it; see docs/povm.md:

>>> import numpy as np
>>> from spinlearn.vae import fit, outcome_data
>>> outcomes = np.random.default_rng(1).choice([0, 1], (400, 2)).astype(np.uint8)
>>> models = fit(outcome_data(outcomes, {"hx": 0.5}), seed=1, epochs=10, batch_size=20, hidden=8)
>>> models.sample(1000, {"hx": 0.5}, seed=2).shape
(1000, 2)
>>> bool(models.log_probability(outcomes, {"hx": 0.5}).mean() > 2 * np.log(1 / 4))
True
>>> z = models.expectations(["ZI", {0: "z", 1: "z"}], {"hx": 0.5}, seed=3)
>>> z.mean.shape, z.error.shape
((2,), (2,))
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "fitted": ["FittedModels", "fit", "load", "outcome_data", "read_outcomes"],
    },
)
