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
    model, training = load(job.input.model)
    tables = [
        observables(model, state, job.settings["samples"], job.settings["seed"])
        for state in read_states(job.input.ground_states)
    ]
    table = pd.concat(tables, ignore_index=True).assign(
        **origin(model, training), decoder=model.architecture.decoder
    )
    OBSERVABLES.write(job.output.observables, table)


run(main, __file__)
