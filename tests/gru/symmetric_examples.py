"""Shared by tests of symmetric ensembles: small data, settings, trained ensembles."""

import numpy as np

from spinlearn.gru.data import Realisations, pad
from spinlearn.gru.ensembles import EnsembleTraining, Settings, train

QUICK = Settings(members=2, width=4, epochs=4, batch_size=8, learning_rate=1e-2, weight_decay=0.01)


def synthetic(count=8, seed=1, lengths=(6, 8), strengths=(1.0, 4.0)):
    """Rings whose indicators are functions of the deviation of their fields, and noise."""
    rng = np.random.default_rng(seed)
    fields = pad([rng.uniform(-h, h, (count, L)) for L in lengths for h in strengths])
    L = np.repeat(lengths, count * len(strengths))
    h = np.tile(np.repeat(strengths, count), len(lengths))
    localised = 1 / (1 + np.nanstd(fields, axis=1) ** -2)
    noise = 0.05 * rng.standard_normal((len(L), 3))
    targets = np.stack([0.53 - 0.14 * localised, 1 - localised, 1 - localised**2], 1) + noise
    return Realisations(fields, L, h, np.array([0.5]), targets[:, None])


def trained(settings=QUICK, data=None, validation=None, **others):
    """The result of a quick training."""
    data = data or synthetic()
    held = validation or data.where(np.arange(len(data)) % 4 == 0)
    return train(data, held, settings, normalisation="page", seed=3, **others)


def training(data):
    """What is stored with an ensemble."""
    return EnsembleTraining(
        **data.extent,
        realisations=data.per_ensemble,
        energy_density=0.5,
        entropy_normalisation="page",
    )
