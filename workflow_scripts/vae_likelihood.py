"""Rule vae_likelihood: how well a VAE describes the strings that it was trained on."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.likelihood import likelihoods
from spinlearn.vae.results import load
from spinlearn.vae.schemas import LIKELIHOOD


def main(job: Job) -> None:
    """Estimate the bound at every combination of conditions."""
    model, _ = load(job.input.model)
    data = OutcomeData.from_file(job.input.outcomes)
    table = likelihoods(model, data, **job.settings)
    LIKELIHOOD.write(job.output.likelihood, table.assign(decoder=model.architecture.decoder))


run(main, __file__)
