"""Rule hbm_train: train one Born machine on one task at one disorder strength, a block of runs."""

from typing import cast

from spinlearn.hbm.choices import AnyModel
from spinlearn.hbm.machine import Drive, born_machine
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
    driven = model == "driven"
    machine = born_machine(
        model,
        values["visible"],
        values.get("hidden", 0),
        boundary=values["boundary"],
        quench_time=values["quench_time"],
        drive=Drive(values["drive_strength"], values["drive_time"]) if driven else None,
    )
    settings = Settings(
        h=float(job.wildcards["h"]),
        quenches=values["quenches"],
        candidates=values["candidates"],
        initial_state=values["initial_state"],
        kernel=values["kernel"],
    )
    target = target_distribution(task, values["visible"])
    with Checkpoint.of(job, job.output.runs) as checkpoint:
        results = train(
            machine,
            target,
            settings,
            values["seed"],
            block_numbers(job.wildcards["block"], values["block"]),
            checkpoint=checkpoint,
            task=task,
            model=model,
        )
        attributes = {**description(machine, settings, task, model), **job.provenance}
        save(job.output.runs, results, target, attributes)


run(main, __file__)
