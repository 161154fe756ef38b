"""Rule vae_susceptibilities: derivatives of the VAE's magnetisations with respect to the field."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.schemas import GROUND_STATE
from spinlearn.vae.evaluation import susceptibilities
from spinlearn.vae.schemas import SUSCEPTIBILITIES
from spinlearn.vae.training import load_model


def main(job: Job) -> None:
    """Differentiate the model at every field."""
    model, settings = load_model(job.input.model)
    rows = []
    for path in job.input.ground_states:
        state = GROUND_STATE.read(path, "sigma_x", "sigma_z")
        rows.append(
            {
                "hx": float(state.attributes["hx"]),
                "mu_x": state["sigma_x"].mean(),
                "mu_z": state["sigma_z"].mean(),
            }
        )
    table = susceptibilities(
        model, pd.DataFrame(rows), job.settings["samples"], job.settings["seed"]
    ).assign(N=model.architecture.sites, training_samples=settings["training_samples"])
    SUSCEPTIBILITIES.write(job.output.susceptibilities, table)


run(main, __file__)
