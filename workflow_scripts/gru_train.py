"""Rule gru_train: train the networks of one variant and test them."""

from spinlearn.gru.data import load_realisations
from spinlearn.gru.model import save_networks
from spinlearn.gru.results import prediction_arrays
from spinlearn.gru.schemas import HISTORY, PREDICTIONS
from spinlearn.gru.training import VARIANTS, Settings, checkpoint_files, predict, train_variant
from spinlearn.workflow.checkpoints import discard_checkpoint, interval
from spinlearn.workflow.job import Job, run


def main(job: Job) -> None:
    """Read the indicators, train, predict the test split, write."""
    variant, chosen = job.wildcards["variant"], dict(job.settings)
    seed, normalisation = chosen.pop("seed"), chosen.pop("entropy_normalisation")
    numbers = job.numbers(chosen.pop("block"))
    settings = Settings(**chosen)
    train = load_realisations(job.input.train, normalisation)
    test = load_realisations(job.input.test, normalisation)
    if not VARIANTS[variant].resolved:
        test = test.at(settings.energy_density)
    checkpoint = job.checkpoint(job.output.predictions)
    trained = train_variant(
        variant,
        train,
        settings,
        seed=seed,
        seeds=numbers,
        checkpoint=checkpoint,
        checkpoint_key=job.key,
        checkpoint_interval=interval(),
    )
    PREDICTIONS.write(
        job.output.predictions,
        prediction_arrays(test, predict(trained.networks, test), numbers),
        {
            "variant": variant,
            "train_L": sorted({int(L) for L in train.L}),
            "train_realisations": train.per_ensemble,
            "recipe": settings.recipe,
            "entropy_normalisation": normalisation,
            **job.provenance,
        },
    )
    save_networks(job.output.model, trained.networks)
    HISTORY.write(job.output.history, trained.history)
    for path in checkpoint_files(checkpoint):
        discard_checkpoint(path)


run(main, __file__)
