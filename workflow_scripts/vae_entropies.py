"""Rule vae_entropies: Rényi entropies of the first n spins, VAE and exact."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.entropies import renyi_entropies
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import ENTROPIES


def main(job: Job) -> None:
    """Estimate the purities at every field."""
    states = read_states(job.input.ground_states)
    tables = [
        renyi_entropies(model, state, job.settings["seed"], training.run).assign(
            **origin(model, training)
        )
        for model, training in load(job.input.model)
        for state in states
    ]
    ENTROPIES.write(job.output.entropies, pd.concat(tables, ignore_index=True))


run(main, __file__)
