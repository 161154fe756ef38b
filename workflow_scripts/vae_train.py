"""Rule vae_train: train the VAE of one chain length on the POVM samples of all fields."""

from spinlearn.learning.devices import training_device
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.vae.data import OutcomeData, blocks_by_field
from spinlearn.vae.results import Training, save
from spinlearn.vae.schemas import HISTORY
from spinlearn.vae.training import Settings, train


def main(job: Job) -> None:
    """Read the blocks, train, write the model and its history."""
    blocks = blocks_by_field(job.input.povm)
    data = OutcomeData.from_fields(blocks)
    samples = len(data.outcomes) // len(blocks)
    training = Training(tuple(sorted(blocks)), samples, job.provenance)
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            data,
            Settings(**job.settings["training"]),
            seed=job.settings["seed"],
            checkpoint=checkpoint,
            device=training_device(job.gpus),
        )
        save(job.output.model, result.model, training)
        HISTORY.write(job.output.history, result.history)


run(main, __file__)
