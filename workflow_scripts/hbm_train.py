"""Rule hbm_train: train one Born machine on one task at one disorder strength, a block of runs."""

from typing import cast

from spinlearn.hbm.choices import AnyModel
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import Settings, train
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train the runs of one block, continuing from a checkpoint if there is one; write them."""
    values, task = job.settings, job.wildcards["task"]
    model = cast(AnyModel, job.wildcards["model"])
    machine = born_machine(model, **values["machine"])
    settings = Settings(h=float(job.wildcards["h"]), **values["training"])
    with Checkpoint.of(job, job.output.runs) as checkpoint:
        result = train(
            machine,
            target_distribution(task, machine.visible),
            settings,
            seed=values["seed"],
            runs=block_numbers(job.wildcards["block"], values["block"]),
            checkpoint=checkpoint,
            task=task,
            model=model,
        )
        about = description(machine, settings, task, model)
        save(job.output.runs, result, {**about, **job.provenance})


run(main, __file__)
