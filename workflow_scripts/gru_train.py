"""Rule gru_train: train the networks of one variant."""

from spinlearn.gru.data import load_realisations
from spinlearn.gru.model import Training, save_networks
from spinlearn.gru.schemas import HISTORY
from spinlearn.gru.training import Settings, checkpoint_files, train_variant
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import discard_checkpoint, interval


def main(job: Job) -> None:
    """Read the indicators, train, write."""
    variant, chosen = job.wildcards["variant"], dict(job.settings)
    seed, normalisation = chosen.pop("seed"), chosen.pop("entropy_normalisation", None)
    numbers = job.numbers(chosen.pop("block"))
    settings = Settings(**chosen)
    data = load_realisations(job.input.indicators, normalisation)
    checkpoint = job.checkpoint(job.output.model)
    trained = train_variant(
        variant,
        data,
        settings,
        seed=seed,
        seeds=numbers,
        checkpoint=checkpoint,
        checkpoint_key=job.key,
        checkpoint_interval=interval(),
    )
    training = Training(
        variant=variant,
        numbers=tuple(numbers),
        L=tuple(sorted({int(L) for L in data.L})),
        realisations=data.per_ensemble,
        recipe=settings.recipe,
        energy_density=settings.energy_density,
        entropy_normalisation=normalisation,
        provenance=job.provenance,
    )
    save_networks(job.output.model, trained.networks, training)
    HISTORY.write(job.output.history, trained.history)
    for path in checkpoint_files(checkpoint):
        discard_checkpoint(path)


run(main, __file__)
