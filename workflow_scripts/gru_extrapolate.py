"""Rule gru_extrapolate: test predictors on longer rings than those of the training."""

from typing import Any

import numpy as np

from spinlearn.gru.baselines import predict_baseline
from spinlearn.gru.data import (
    Realisations,
    about_test,
    about_training,
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
        "recipe": "none",
        "uncertified": left_out,
        **about_test(test, normalisation),
        **job.provenance,
    }
    makers = {
        "multitask": lambda: _by_networks(job.input.multitask, test),
        "regression": lambda: _by_regression(train, validation, test, job),
        "symmetric": lambda: _by_ensemble(job.input.symmetric[0], test),
    }
    made = {name: makers[name]() for name in vars(job.output)}
    for name, path in vars(job.output).items():
        arrays, training = made[name]
        PREDICTIONS.write(
            path, {**row_arrays(test), **arrays}, {"variant": name, **about, **training}
        )


Made = tuple[dict[str, Any], dict[str, Any]]
"""Arrays of a predictions file, and its attributes that say how the predictor was trained."""


def _by_networks(paths: list[str], test: Realisations) -> Made:
    networks, training = load_networks(paths)
    arrays = {
        "run": np.array(training.runs, dtype=np.int64),
        "prediction": predict(networks, test).prediction,
    }
    about = about_training(training.L, training.realisations, training.provenance)
    return arrays, {"recipe": training.recipe, **about}


def _by_regression(
    train: Realisations, validation: Realisations, test: Realisations, job: Job
) -> Made:
    found = predict_baseline("regression", train, validation, test)
    arrays = {"run": np.zeros(1, dtype=np.int64), "prediction": found.reshape(1, len(test), -1)}
    return arrays, about_training(train.extent["L"], train.per_ensemble, job.provenance)


def _by_ensemble(path: str, test: Realisations) -> Made:
    ensemble, training = load_ensemble(path)
    found = predict_distribution(ensemble, test.fields, test.L, training.entropy_normalisation)
    return found.arrays(), about_training(training.L, training.realisations, training.provenance)


run(main, __file__)
