"""Rule vae_observables: one- and two-point functions of a trained VAE, and the exact ones."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.observables import observables
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import OBSERVABLES


def main(job: Job) -> None:
    """Sample the model at every field and estimate."""
    states = read_states(job.input.ground_states)
    tables = [
        observables(model, state, **job.settings, run=training.run).assign(
            **origin(model, training)
        )
        for model, training in load(job.input.model)
        for state in states
    ]
    OBSERVABLES.write(job.output.observables, pd.concat(tables, ignore_index=True))


run(main, __file__)
