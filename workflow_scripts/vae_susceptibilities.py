"""Rule vae_susceptibilities: derivatives of the VAE's magnetisations with respect to the field."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import SUSCEPTIBILITIES
from spinlearn.vae.susceptibilities import susceptibilities


def main(job: Job) -> None:
    """Differentiate the model at every field."""
    states = read_states(job.input.ground_states)
    tables = [
        susceptibilities(model, states, **job.settings, run=training.run).assign(
            **origin(model, training)
        )
        for model, training in load(job.input.model)
    ]
    SUSCEPTIBILITIES.write(job.output.susceptibilities, pd.concat(tables, ignore_index=True))


run(main, __file__)
