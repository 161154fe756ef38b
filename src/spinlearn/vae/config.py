"""Settings of stage `vae`."""

from typing import Annotated

from pydantic import Field

from spinlearn.pipeline.settings import Positive, Section, among, setting
from spinlearn.vae.choices import Schedule


class Vae(Section):
    """Conditional variational autoencoder on POVM outcomes (Luchnikov 2019)."""

    N: tuple[Annotated[int, Field(ge=2, le=256)], ...] = setting(
        (5, 16), "chain lengths to learn, out of tfi.N", "sites", min_length=1
    )
    hidden: Positive = setting(128, "width of the two hidden layers of each network", "units")
    latent: int = setting(0, "latent variables; 0 takes one per site", "variables", ge=0)
    epochs: Positive = setting(18, "passes through the samples of all fields", "epochs")
    batch_size: Positive = setting(1000, "samples per update", "samples")
    learning_rate: float = setting(3e-3, "step size of Adam", gt=0.0, le=1.0)
    schedule: Schedule = setting("cosine", "schedule of the step size; constant in the paper")
    samples: Positive = setting(
        20000, "samples drawn from the trained model at each field", "samples"
    )
    mass_function_max_N: int = setting(
        6,
        "longest chain for which all 4^N outcome probabilities are compared",
        "sites",
        ge=2,
        le=8,
    )
    prior_samples: Positive = setting(
        20000,
        "latent vectors in the average for outcome probabilities",
        "samples",
    )


RELATIONS = (among("vae.N", "tfi.N"),)
