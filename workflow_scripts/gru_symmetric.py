"""Rule gru_symmetric: train a symmetric ensemble, and test it."""

import numpy as np

from spinlearn.gru.data import (
    Realisations,
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
        {
            "run": np.zeros(1, dtype=np.int64),
            **row_arrays(test),
            "prediction": found.mean[None],
            "deviation": found.deviation[None],
        },
        {
            "variant": "symmetric",
            "indicators": list(test.indicators),
            "system": test.system,
            "disorder": test.disorder,
            "train_L": list(training.L),
            "train_realisations": training.realisations,
            "recipe": "none",
            "entropy_normalisation": normalisation,
            **job.provenance,
            "training_code_digest": job.provenance["code_digest"],
        },
    )


run(main, __file__)
