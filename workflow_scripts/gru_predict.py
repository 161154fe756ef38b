"""Rule gru_predict: test the networks of one name, one block of runs."""

from spinlearn.gru.data import (
    about_test,
    about_training,
    leave_out_undefined,
    load_realisations,
    split_own,
)
from spinlearn.gru.evaluation import predict, prediction_arrays
from spinlearn.gru.results import load
from spinlearn.gru.schemas import INDICATORS, PREDICTIONS
from spinlearn.pipeline.errors import DatasetError
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run


def main(job: Job) -> None:
    """Predict the indicators of the test split; write them with the exact ones."""
    networks, training = load([job.input.model])
    for name, value in job.settings.items():
        learned = getattr(training, name)
        if learned not in (None, value):
            raise DatasetError(
                job.input.model, f"its networks were trained with {name} = {learned}, not {value}"
            )
    normalisation = job.settings["entropy_normalisation"]
    further = [name for name in networks.architecture.indicators if name not in INDICATORS]
    test = load_realisations(job.input.indicators, normalisation, further)
    if "fields" in job.wildcards:
        _, test = split_own(test)
    if not networks.architecture.resolved:
        test = test.at(training.energy_density)
    test = leave_out_undefined(test)
    PREDICTIONS.write(
        job.output.predictions,
        prediction_arrays(test, predict(networks, test), training.runs, training.redrawn),
        {
            "variant": training.variant,
            "recipe": training.recipe,
            **about_test(test, normalisation),
            **job.provenance,
            **about_training(training.L, training.realisations, training.provenance),
        },
    )


run(main, __file__)
