"""Rule hbm_optimise: optimise all fields of a machine for one data set, a block of runs."""

from typing import cast

from spinlearn.datasets.strings import load_targets
from spinlearn.hbm.choices import Optimiser
from spinlearn.hbm.machine import born_machine
from spinlearn.hbm.optimised_results import description, save
from spinlearn.hbm.optimisers import Settings, train
from spinlearn.pipeline.job import Job
from spinlearn.pipeline.script import run
from spinlearn.storage.checkpoints import Checkpoint
from spinlearn.streams import block_numbers


def main(job: Job) -> None:
    """Optimise the runs of one block, continuing from a checkpoint if there is one; write them."""
    values, dataset, name = job.settings, job.wildcards["dataset"], job.wildcards["machine"]
    machine = born_machine(**values["machine"], **values["chain"])
    h, optimiser = float(job.wildcards["h"]), cast(Optimiser, job.wildcards["optimiser"])
    settings = Settings(h=h, optimiser=optimiser, **values["training"])
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
