"""Rule vae_mass_function: all outcome probabilities of a short chain, exact and learned."""

from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.tfi.io import read_mps
from spinlearn.tfi.schemas import GROUND_STATE
from spinlearn.vae.evaluation import mass_function, stack
from spinlearn.vae.schemas import MASS_FUNCTION
from spinlearn.vae.training import load_model, shards_by_field


def main(job: Job) -> None:
    """Compare the model with the ground state and with the bare samples, field by field."""
    model, settings = load_model(job.input.model)
    shards = shards_by_field(job.input.povm)
    states = {
        float(GROUND_STATE.read(path, "energy").attributes["hx"]): path
        for path in job.input.ground_states
    }
    fields = sorted(states)
    functions = [
        mass_function(
            model,
            hx,
            read_mps(states[hx]),
            shards[hx],
            job.settings["prior_samples"],
            job.settings["seed"],
        )
        for hx in fields
    ]
    MASS_FUNCTION.write(
        job.output.mass_function,
        {"hx": fields, **stack(functions)},
        {
            "N": model.architecture.sites,
            "decoder": model.architecture.decoder,
            "training_samples": settings["training_samples"],
            "prior_samples": job.settings["prior_samples"],
            **job.provenance,
        },
    )


run(main, __file__)
