"""Rule vae_observables: one- and two-point functions of a trained VAE beside the exact ones."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.schemas import GROUND_STATE
from spinlearn.vae.evaluation import ExactObservables, observables
from spinlearn.vae.schemas import OBSERVABLES
from spinlearn.vae.training import load_model

EXACT = ("sigma_x", "sigma_z", "xx", "zz")


def main(job: Job) -> None:
    """Sample the model at every field and estimate."""
    model, settings = load_model(job.input.model)
    tables = []
    for path in job.input.ground_states:
        state = GROUND_STATE.read(path, *EXACT)
        exact = ExactObservables(**{name: state[name] for name in EXACT})
        hx = float(state.attributes["hx"])
        tables.append(observables(model, hx, exact, job.settings["samples"], job.settings["seed"]))
    table = pd.concat(tables, ignore_index=True).assign(
        N=model.architecture.sites,
        decoder=model.architecture.decoder,
        training_samples=settings["training_samples"],
    )
    OBSERVABLES.write(job.output.observables, table)


run(main, __file__)
