"""Rules vae_train, vae_train_outcomes: train models on POVM samples, or the user's own outcomes."""

import pandas as pd

from spinlearn.learning.devices import training_device
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers
from spinlearn.vae.data import OutcomeData
from spinlearn.vae.results import Training, load, save
from spinlearn.vae.schemas import HISTORY, TIMES
from spinlearn.vae.training import Settings, train


def main(job: Job) -> None:
    """Read the outcomes, train a block of runs, write the models, their history and times."""
    values = job.settings
    if "outcomes" in job.wildcards:
        data = OutcomeData.from_file(job.input.outcomes)
    else:
        data = OutcomeData.from_povm(job.input.povm, values["samples"])
    runs = block_numbers(job.wildcards["block"], values["block"])
    # The model that this one begins with has the same runs, and may have seen more strings.
    begun = [pair for path in job.input.start for pair in load(path)]
    samples = max((known.samples for _, known in begun), default=0)
    with Checkpoint.of(job, job.output.model) as checkpoint:
        result = train(
            data,
            Settings(**values["training"]),
            seed=values["seed"],
            runs=runs,
            importance_draws=values["importance_draws"],
            checkpoint=checkpoint,
            device=training_device(job.gpus),
            starts={known.run: model for model, known in begun},
        )
        about = {"name": job.wildcards["model"], "objective": values["training"]["objective"]}
        trained = [
            (model, Training.on(data, job.provenance, run=number, least=samples, **about))
            for number, model in zip(runs, result.models, strict=True)
        ]
        save(job.output.model, trained)
        HISTORY.write(job.output.history, result.history)
        times = pd.DataFrame({"run": list(runs), "seconds": result.seconds})
        TIMES.write(job.output.times, times)


run(main, __file__)
