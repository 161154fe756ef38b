"""Rule hbm_train: train one Born machine on one task at one disorder strength, run by run."""

from typing import cast

from spinlearn.hbm.choices import AnyModel
from spinlearn.hbm.histories import description, keeper, kept_runs, write_runs
from spinlearn.hbm.machine import Drive, born_machine
from spinlearn.hbm.targets import target_distribution
from spinlearn.hbm.training import TrainingSettings, train_runs
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import discard_checkpoint, interval


def main(job: Job) -> None:
    """Train what no interrupted job has left behind; write all runs."""
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
    settings = TrainingSettings(
        h=float(job.wildcards["h"]),
        quenches=values["quenches"],
        candidates=values["candidates"],
        initial_state=values["initial_state"],
        kernel=values["kernel"],
    )
    target = target_distribution(task, values["visible"])
    attributes = {**description(machine, settings, task, model), **job.provenance}
    unfinished = job.checkpoint(job.output.runs)
    results = train_runs(
        machine,
        target,
        settings,
        values["seed"],
        job.numbers(values["block"]),
        finished=kept_runs(unfinished, job.key),
        on_run=keeper(unfinished, job.key, target, attributes, interval()),
        task=task,
        model=model,
    )
    write_runs(job.output.runs, results, target, attributes)
    discard_checkpoint(unfinished)


run(main, __file__)
