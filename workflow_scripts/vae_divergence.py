"""Rule vae_divergence: the true divergence of ground states from trained models."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.divergences import divergences
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import DIVERGENCE, TIMES


def main(job: Job) -> None:
    """Draw fresh strings at every field, and compare their probabilities."""
    states, tables = read_states(job.input.ground_states), []
    seconds = TIMES.read(job.input.times).set_index("run").seconds
    for model, training in load(job.input.model):
        has_bound = training.objective == "elbo"
        table = divergences(model, states, **job.settings, run=training.run, has_bound=has_bound)
        tables.append(table.assign(**origin(model, training), seconds=seconds[training.run]))
    DIVERGENCE.write(job.output.divergence, pd.concat(tables, ignore_index=True))


run(main, __file__)
