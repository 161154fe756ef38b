"""Rule gru_extrapolate: test predictors on longer rings than those of the training."""

from typing import Any

import numpy as np

from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import (
    Realisations,
    defined_splits,
    leave_out_undefined,
    load_realisations,
    row_arrays,
)
from spinlearn.gru.ensembles import load as load_ensemble
from spinlearn.gru.evaluation import predict
from spinlearn.gru.extrapolation import load_windows
from spinlearn.gru.results import load as load_networks
from spinlearn.gru.schemas import PREDICTIONS
from spinlearn.gru.symmetric import predict_distribution
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Predict the indicators of the windows by each predictor that the rule names; write them."""
    normalisation = job.settings["entropy_normalisation"]
    windows, left_out = load_windows(job.input.windows, normalisation)
    test = leave_out_undefined(windows)
    known = load_realisations(job.input.train, normalisation)
    train, validation = defined_splits(known.at(float(test.energy_density[0])))
    about = {
        "indicators": list(test.indicators),
        "system": test.system,
        "disorder": test.disorder,
        "train_L": sorted({int(L) for L in train.L}),
        "train_realisations": train.per_ensemble,
        "recipe": "none",
        "entropy_normalisation": normalisation,
        "uncertified": left_out,
        **job.provenance,
        "training_code_digest": job.provenance["code_digest"],
    }
    makers = {
        "multitask": lambda: _by_networks(job.input.multitask, test),
        "regression": lambda: _by_regression(train, validation, test),
        "symmetric": lambda: _by_ensemble(job.input.symmetric[0], test),
    }
    for name, path in vars(job.output).items():
        arrays = {**row_arrays(test), **makers[name]()}
        PREDICTIONS.write(path, arrays, {"variant": name, **about})


def _by_networks(paths: list[str], test: Realisations) -> dict[str, Any]:
    networks, training = load_networks(paths)
    return {
        "run": np.array(training.runs, dtype=np.int64),
        "prediction": predict(networks, test).prediction,
    }


def _by_regression(
    train: Realisations, validation: Realisations, test: Realisations
) -> dict[str, Any]:
    found = predict_baseline("regression", train, validation, test)
    return {"run": np.zeros(1, dtype=np.int64), "prediction": found.reshape(1, len(test), -1)}


def _by_ensemble(path: str, test: Realisations) -> dict[str, Any]:
    ensemble, training = load_ensemble(path)
    found = predict_distribution(ensemble, test.fields, test.L, training.entropy_normalisation)
    return {
        "run": np.zeros(1, dtype=np.int64),
        "prediction": found.mean[None],
        "deviation": found.deviation[None],
    }


run(main, __file__)
