"""Rule vae_train: train the VAE of one chain length on the POVM samples of all fields."""

from spinlearn.learning.devices import training_device
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import discard_checkpoint, interval
from spinlearn.vae.schemas import HISTORY
from spinlearn.vae.training import (
    OutcomeData,
    TrainingSettings,
    save_model,
    shards_by_field,
    train_vae,
)


def main(job: Job) -> None:
    """Read the shards, train, write the model and its history."""
    device = training_device(job.gpus)
    shards = shards_by_field(job.input.povm)
    data = OutcomeData.from_fields(shards)
    checkpoint = job.checkpoint(job.output.model)
    model, result = train_vae(
        data,
        TrainingSettings(**job.settings),
        checkpoint=checkpoint,
        checkpoint_key=job.key,
        checkpoint_interval=interval(),
        device=device,
    )
    about = {"fields": sorted(shards), "training_samples": len(data.outcomes) // len(shards)}
    save_model(job.output.model, model, {**job.settings, **about})
    HISTORY.write(job.output.history, result.history)
    discard_checkpoint(checkpoint)


run(main, __file__)
