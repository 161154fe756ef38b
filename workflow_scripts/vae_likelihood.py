"""Rule vae_likelihood: how well a VAE describes the strings that it was trained on."""

import pandas as pd

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.likelihood import likelihoods
from spinlearn.vae.results import load
from spinlearn.vae.schemas import LIKELIHOOD


def main(job: Job) -> None:
    """Estimate the bound at every combination of conditions."""
    data = OutcomeData.from_file(job.input.outcomes)
    tables = [
        likelihoods(model, data, **job.settings, run=training.run).assign(
            run=training.run, model=training.name, decoder=model.architecture.decoder
        )
        for model, training in load(job.input.model)
    ]
    LIKELIHOOD.write(job.output.likelihood, pd.concat(tables, ignore_index=True))


run(main, __file__)
