"""Rule gru_symmetric: train a symmetric ensemble, and test it."""

from spinlearn.gru.data import (
    Realisations,
    about_test,
    about_training,
    defined_splits,
    leave_out_undefined,
    load_realisations,
    row_arrays,
)
from spinlearn.gru.ensembles import EnsembleTraining, Settings, save, train
from spinlearn.gru.schemas import ENSEMBLE_HISTORY, PREDICTIONS
from spinlearn.gru.symmetric import predict_distribution
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint


def main(job: Job) -> None:
    """Read the indicators, train, predict the test split, write."""
    values = job.settings
    normalisation = values["entropy_normalisation"]

    def read(paths: list[str]) -> Realisations:
        return load_realisations(paths, normalisation).at(values["energy_density"])

    data, validation = defined_splits(read(job.input.train))
    test = leave_out_undefined(read(job.input.test))
    training = EnsembleTraining(
        **data.extent,
        realisations=data.per_ensemble,
        energy_density=values["energy_density"],
        entropy_normalisation=normalisation,
        provenance=job.provenance,
    )
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            data,
            validation,
            Settings(**values["training"]),
            normalisation=normalisation,
            seed=values["seed"],
            checkpoint=checkpoint,
        )
        save(job.output.model, result.ensemble, training)
        ENSEMBLE_HISTORY.write(job.output.history, result.history)
    found = predict_distribution(result.ensemble, test.fields, test.L, normalisation)
    PREDICTIONS.write(
        job.output.predictions,
        {**row_arrays(test), **found.arrays()},
        {
            "variant": "symmetric",
            "recipe": "none",
            **about_test(test, normalisation),
            **job.provenance,
            **about_training(training.L, training.realisations, job.provenance),
        },
    )


run(main, __file__)
