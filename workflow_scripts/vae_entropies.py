"""Rule vae_entropies: Renyi entropies of the first n spins, VAE and exact."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.io import read_mps
from spinlearn.tfi.schemas import GROUND_STATE
from spinlearn.vae.evaluation import renyi_entropies
from spinlearn.vae.schemas import ENTROPIES
from spinlearn.vae.training import load_model


def main(job: Job) -> None:
    """Estimate the purities at every field."""
    model, settings = load_model(job.input.model)
    tables = []
    for path in job.input.ground_states:
        hx = float(GROUND_STATE.read(path, "energy").attributes["hx"])
        tables.append(renyi_entropies(model, hx, read_mps(path), job.settings["seed"]))
    table = pd.concat(tables, ignore_index=True).assign(
        N=model.architecture.sites, training_samples=settings["training_samples"]
    )
    ENTROPIES.write(job.output.entropies, table)


run(main, __file__)
