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
from spinlearn.gru.ensembles import EnsembleTraining
from spinlearn.gru.ensembles import load as load_ensemble
from spinlearn.gru.evaluation import predict
from spinlearn.gru.extrapolation import load_windows
from spinlearn.gru.results import Training
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
        "recipe": "none",
        "entropy_normalisation": normalisation,
        "uncertified": left_out,
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
    return arrays, {"recipe": training.recipe, **_attributes(training)}


def _by_regression(
    train: Realisations, validation: Realisations, test: Realisations, job: Job
) -> Made:
    found = predict_baseline("regression", train, validation, test)
    arrays = {"run": np.zeros(1, dtype=np.int64), "prediction": found.reshape(1, len(test), -1)}
    return arrays, {
        "train_L": sorted({int(L) for L in train.L}),
        "train_realisations": train.per_ensemble,
        "training_code_digest": job.provenance["code_digest"],
    }


def _by_ensemble(path: str, test: Realisations) -> Made:
    ensemble, training = load_ensemble(path)
    found = predict_distribution(ensemble, test.fields, test.L, training.entropy_normalisation)
    arrays = {
        "run": np.zeros(1, dtype=np.int64),
        "prediction": found.mean[None],
        "deviation": found.deviation[None],
    }
    return arrays, _attributes(training)


def _attributes(training: Training | EnsembleTraining) -> dict[str, Any]:
    """What a predictor that is read from a file learned from, and the settings of its training."""
    return {
        "train_L": list(training.L),
        "train_realisations": training.realisations,
        "parameters": training.provenance["parameters"],
        "seed": training.provenance["seed"],
        "training_code_digest": training.provenance["code_digest"],
    }


run(main, __file__)
