"""Rule gru_baseline: predictors without a network, tested on the same realisations."""

import numpy as np

from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import (
    about_test,
    about_training,
    defined_splits,
    leave_out_undefined,
    load_realisations,
    row_arrays,
)
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Fit each baseline that the rule names to the training split; write its predictions."""
    values = job.settings
    normalisation, further = values["entropy_normalisation"], values["further_indicators"]
    known, test = (
        load_realisations(paths, normalisation, further)
        for paths in (job.input.train, job.input.test)
    )
    if values["energy_density"] is not None:
        known, test = (data.at(values["energy_density"]) for data in (known, test))
    train, validation = defined_splits(known)
    test = leave_out_undefined(test)
    about = {
        "recipe": "none",
        **about_test(test, normalisation),
        **job.provenance,
        **about_training(train.extent["L"], train.per_ensemble, job.provenance),
    }
    for name, path in vars(job.output).items():
        prediction = predict_baseline(name, train, validation, test)
        arrays = {
            "run": np.zeros(1, dtype=np.int64),
            **row_arrays(test),
            "prediction": prediction.reshape(1, -1, len(test.indicators)),
        }
        PREDICTIONS.write(path, arrays, {"variant": name, **about})


run(main, __file__)
