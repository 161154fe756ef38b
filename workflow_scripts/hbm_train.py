"""Rule hbm_train: train one machine on one data set at one strength, a block of runs."""

from spinlearn.datasets.strings import load_targets
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.results import description, save
from spinlearn.hbm.training import Settings, train
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Train the runs of one block, continuing from a checkpoint if there is one; write them."""
    values, dataset, name = job.settings, job.wildcards["dataset"], job.wildcards["machine"]
    machine = born_machine(**values["machine"], **values["chain"])
    settings = Settings(h=float(job.wildcards["h"]), **values["training"])
    runs = block_numbers(job.wildcards["block"], values["block"])
    target, source = load_targets(job.input.dataset, runs)
    with Checkpoint.of(job, job.output.runs) as checkpoint:
        result = train(
            machine,
            target,
            settings,
            seed=values["seed"],
            runs=runs,
            checkpoint=checkpoint,
            task=dataset,
            model=name,
        )
        about = description(
            machine, settings, dataset=dataset, source=source, name=name, couplings=values["chain"]
        )
        save(job.output.runs, result, {**about, **job.provenance})


run(main, __file__)
