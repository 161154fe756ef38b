"""Rules vae_train, vae_train_outcomes: train a VAE on POVM samples, or the user's own outcomes."""

from spinlearn.learning.devices import training_device
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.vae.data import OutcomeData, blocks_by_field
from spinlearn.vae.results import Training, save
from spinlearn.vae.schemas import HISTORY
from spinlearn.vae.training import Settings, train


def main(job: Job) -> None:
    """Read the outcomes, train, write the model and its history."""
    if "outcomes" in job.wildcards:
        data = OutcomeData.from_file(job.input.outcomes)
    else:
        data = OutcomeData.from_fields(blocks_by_field(job.input.povm))
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            data,
            Settings(**job.settings["training"]),
            seed=job.settings["seed"],
            checkpoint=checkpoint,
            device=training_device(job.gpus),
        )
        save(job.output.model, result.model, Training.on(data, job.provenance))
        HISTORY.write(job.output.history, result.history)


run(main, __file__)
