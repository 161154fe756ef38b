"""Rule gru_train: train the networks of one variant, one block of runs."""

from spinlearn.gru.data import leave_out_undefined, load_realisations, split_own
from spinlearn.gru.results import Training, save
from spinlearn.gru.schemas import HISTORY
from spinlearn.gru.training import Settings, train
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
    data = load_realisations(job.input.indicators, normalisation, settings.further_indicators)
    if "fields" in job.wildcards:
        data, _ = split_own(data)
    data = leave_out_undefined(data)
    training = Training(
        variant=variant,
        runs=tuple(runs),
        L=tuple(sorted({int(L) for L in data.L})),
        realisations=data.per_ensemble,
        recipe=settings.recipe,
        energy_density=settings.energy_density,
        entropy_normalisation=normalisation,
        provenance=job.provenance,
    )
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            variant, data, settings, seed=values["seed"], runs=runs, checkpoint=checkpoint
        )
        save(job.output.model, result.networks, training)
        HISTORY.write(job.output.history, result.history)


run(main, __file__)
