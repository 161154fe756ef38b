"""Rule gru_train: train the networks of one name, one block of runs."""

from spinlearn.gru.data import defined_splits, load_realisations, split_own
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import HISTORY, INDICATORS
from spinlearn.gru.training import Settings, train
from spinlearn.learning.devices import training_device
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Read the indicators, train, write."""
    variant, values = job.wildcards["variant"], job.settings
    runs = block_numbers(job.wildcards["block"], values["block"])
    settings = Settings(**values["training"])
    normalisation = values["entropy_normalisation"]
    learned = dict.fromkeys((*settings.first, *settings.then))
    further = [name for name in learned if name not in INDICATORS]
    data = load_realisations(job.input.indicators, normalisation, further)
    if "fields" in job.wildcards:
        data, _ = split_own(data)
    if settings.energy == "none":
        data = data.at(settings.energy_density)
    data, validation = defined_splits(data, values["realisations"])
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            variant,
            data,
            settings,
            validation=validation if len(validation) else None,
            seed=values["seed"],
            runs=runs,
            checkpoint=checkpoint,
            device=training_device(job.gpus),
        )
        training = Training(
            variant=variant,
            runs=result.runs,
            **data.extent,
            realisations=data.per_ensemble,
            recipe=settings.recipe,
            energy_density=settings.energy_density,
            entropy_normalisation=normalisation,
            redrawn=result.redrawn,
            provenance=job.provenance,
        )
        save(job.output.model, result.networks, training)
        HISTORY.write(job.output.history, result.history)


run(main, __file__)
