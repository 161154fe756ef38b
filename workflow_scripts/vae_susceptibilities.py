"""Rule vae_susceptibilities: derivatives of the VAE's magnetisations with respect to the field."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import SUSCEPTIBILITIES
from spinlearn.vae.susceptibilities import susceptibilities


def main(job: Job) -> None:
    """Differentiate the model at every field."""
    model, training = load(job.input.model)
    states = read_states(job.input.ground_states)
    table = susceptibilities(model, states, job.settings["samples"], job.settings["seed"])
    SUSCEPTIBILITIES.write(job.output.susceptibilities, table.assign(**origin(model, training)))


run(main, __file__)
