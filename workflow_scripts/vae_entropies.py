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
    model, training = load(job.input.model)
    tables = [
        renyi_entropies(model, state, job.settings["seed"])
        for state in read_states(job.input.ground_states)
    ]
    table = pd.concat(tables, ignore_index=True).assign(**origin(model, training))
    ENTROPIES.write(job.output.entropies, table)


run(main, __file__)
