"""Rule vae_mass_function: all outcome probabilities of a short chain, exact and learned."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.stored_states import read_states
from spinlearn.vae.data import blocks_by_field
from spinlearn.vae.mass_functions import mass_function, stack
from spinlearn.vae.model import mass_function_draws
from spinlearn.vae.results import load, origin
from spinlearn.vae.schemas import MASS_FUNCTION


def main(job: Job) -> None:
    """Compare the model with the ground state and with the samples, field by field."""
    trained = load(job.input.model)
    model, training = trained[0]
    models = {about.run: model for model, about in trained}
    blocks, states = blocks_by_field(job.input.povm), read_states(job.input.ground_states)
    draws, seed = job.settings["prior_samples"], job.settings["seed"]
    functions = [
        mass_function(models, state, blocks.get(state.hx, []), draws, seed) for state in states
    ]
    about = {**origin(model, training), "prior_samples": mass_function_draws(model, draws)}
    del about["run"]
    arrays = {"run": list(models), "hx": [state.hx for state in states], **stack(functions)}
    MASS_FUNCTION.write(job.output.mass_function, arrays, {**about, **job.provenance})


run(main, __file__)
